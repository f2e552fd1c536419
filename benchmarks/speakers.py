"""How many turns and sentences get the right role: `python -m benchmarks.speakers DIR`.

DIR holds `conversations/*.json` in Fieldback JSON. Roles and labels are hidden (`Speaker 1`, …) and
guessed; then all turns are joined to one block without speakers, and every sentence is guessed.
`--held-out` adds the families of the training corpus, each by a model that has not read it. Figures
go to `results/speakers.json`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from core.vocabulary import Conversation, ConversationKind, CrmTables, Role, Turn
from models.role_model import RoleModel
from models.sentences import split_sentences
from models.speakers import assign_roles
from models.training.speakers import evaluate, load_dialogues

RESULTS = Path(__file__).parent / "results" / "speakers.json"


def read_calls(folder: Path) -> dict[str, list[Turn]]:
    """The turns of every call with known roles, by id."""
    calls = {}
    for path in sorted((folder / "conversations").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        turns = [
            Turn(t["speaker"], t["text"], Role(t.get("role", "unknown"))) for t in data["turns"]
        ]
        if data["kind"] == "call" and any(turn.role is not Role.UNKNOWN for turn in turns):
            calls[data["id"]] = turns
    return calls


def count_turns(turns: list[Turn], model: RoleModel) -> tuple[int, int]:
    """Turns right and turns in all, speakers told apart but nameless."""
    names = {name: f"Speaker {n}" for n, name in enumerate(dict.fromkeys(t.speaker for t in turns))}
    hidden = tuple(Turn(names[turn.speaker], turn.text) for turn in turns)
    guessed = assign_roles(_call(hidden), CrmTables(), model=model).turns
    pairs = [(a.role, b.role) for a, b in zip(turns, guessed, strict=True)]
    known = [(truth, guess) for truth, guess in pairs if truth is not Role.UNKNOWN]
    return sum(truth is guess for truth, guess in known), len(known)


def count_sentences(turns: list[Turn], model: RoleModel) -> tuple[int, int]:
    """Sentences right and sentences in all, joined to one block.

    A sentence of the block that reaches over a change of speaker counts by its first character.
    """
    block, truth = "", {}
    for turn in turns:
        for start, _ in split_sentences(turn.text):
            truth[len(block) + start] = turn.role
        block += turn.text + " "
    spans = assign_roles(_call((Turn("", block),)), CrmTables(), model=model).turns[0].spans
    guess = {at: span.role for span in spans for at in range(span.start, span.end)}
    known = {at: role for at, role in truth.items() if role is not Role.UNKNOWN}
    return sum(guess.get(at) is role for at, role in known.items()), len(known)


def _call(turns: tuple[Turn, ...]) -> Conversation:
    """A call of these turns."""
    return Conversation("call", ConversationKind.CALL, turns)


def measure(folder: Path) -> dict[str, dict[str, float | int]]:
    """The shares right by the prefix of the conversations' ids, and over all."""
    model = RoleModel.load()
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, turns in read_calls(folder).items():
        right, n_turns = count_turns(turns, model)
        joined, n_sentences = count_sentences(turns, model)
        for group in ("all", name.split("-")[0]):
            sums[group].update(right=right, turns=n_turns, joined=joined, sentences=n_sentences)
    return {
        group: {
            "turns": round(n["right"] / n["turns"], 3),
            "n_turns": n["turns"],
            "undiarised_sentences": round(n["joined"] / n["sentences"], 3),
            "n_sentences": n["sentences"],
        }
        for group, n in sums.items()
    }


def main() -> None:
    """Prints the figures and keeps them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds conversations/*.json")
    parser.add_argument("--held-out", action="store_true", help="cross-validate by family as well")
    options = parser.parse_args()
    figures: dict[str, Any] = {"labelled calls": measure(options.folder)}
    if options.held_out:
        figures["held-out families"] = evaluate(load_dialogues())
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**kept, **figures}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
