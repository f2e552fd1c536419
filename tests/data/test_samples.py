"""The sample data hold what their README says; a plain word search stands in for the models."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
README = (SAMPLES / "README.md").read_text(encoding="utf-8")
SECURITY = re.compile(
    r"HIPAA|GDPR|privacy|patient data|student data|compliance|encryption keys|pen test"
    r"|security review|data breach|finding in the login",
    re.IGNORECASE,
)
PEOPLE = re.compile(
    r"no-shows|turnover|\bquit\b|can't hire|can't find \w+ (staff|people)|\bleaving\b|sick",
    re.IGNORECASE,
)
EMAIL = re.compile(
    r"email me|email it, please|prefers email|email is the only|by email(,| please)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample conversation: its format, day (ISO), account and words as they stand."""

    format: str
    day: str
    account: str
    text: str


def read_table(path: str) -> list[dict[str, str]]:
    with (SAMPLES / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


INDUSTRIES = {row["name"]: row["industry"] for row in read_table("crm/accounts.csv")}


def find_account(title: str) -> str:
    return max((name for name in INDUSTRIES if name in title), key=len, default="")


TEXT_STYLES = {
    "voicemail": r"^(?!.*\w: ).*(leave a message|this is a message)",
    "menu": r"press one",
    "bracket": r"^\[\d\d:\d\d\] ",
    "name and time": r"^\[\D+\] \d\d:\d\d:\d\d\n",
    "otter": r"^[A-Z]\w+ \w+  \d+:\d\d  \n",
    "speaker": r"^[A-Z]\w+ \w+: .*\n[A-Z]\w+ \w+: ",
}


def tell_text_style(text: str) -> str:
    """The first style that fits; `no speakers` when none does."""
    styles = (name for name, pattern in TEXT_STYLES.items() if re.search(pattern, text))
    return next(styles, "no speakers")


def tell_format(path: Path, text: str) -> str:
    match path.suffix:
        case ".json":
            return "assemblyai" if "utterances" in text else "json"
        case ".vtt":
            return "teams" if "<v " in text else "zoom"
        case ".txt":
            return tell_text_style(text)
    return path.suffix[1:]


def read_record(text: str, format_name: str) -> Sample:
    record = json.loads(text)
    return Sample(format_name, record["started_at"][:10], record["account"], text)


def read_calls() -> Iterator[Sample]:
    for path in sorted((SAMPLES / "calls").iterdir()):
        text = path.read_text(encoding="utf-8")
        name = tell_format(path, text)
        if name == "jsonl":
            yield from (read_record(line, name) for line in text.splitlines())
        elif name == "json":
            yield read_record(text, name)
        else:
            yield Sample(name, path.name[:10], find_account(path.name), text)


def read_notes() -> Iterator[Sample]:
    for row in read_table("notes/rep_notes_hubspot.csv"):
        text = f"{row['Note body']} {row['Associated Contact']}"
        yield Sample("hubspot", row["Activity date"][:10], row["Associated Company"], text)
    for row in read_table("notes/rep_notes_salesforce.csv"):
        month, day, year = row["Date"].split("/")
        text = f"{row['Full Comments']} {row['Contact']}"
        yield Sample("salesforce", f"{year}-{month:0>2}-{day:0>2}", row["Company / Account"], text)


SAMPLE_CALLS = tuple(read_calls())
CONVERSATIONS = tuple(
    sample
    for sample in (*SAMPLE_CALLS, *read_notes())
    if sample.format not in {"voicemail", "menu"}
)


def read_personas() -> list[dict[str, object]]:
    personas: list[dict[str, object]] = yaml.safe_load(
        (SAMPLES / "personas.yaml").read_text(encoding="utf-8")
    )["personas"]
    return personas


def list_persona_names(slug: str) -> list[str]:
    """The names of the contacts whose title belongs to the persona."""
    persona = next(persona for persona in read_personas() if persona["slug"] == slug)
    match = persona["match"]
    assert isinstance(match, dict)
    return [
        contact["name"]
        for contact in read_table("crm/contacts.csv")
        if any(title in contact["title"] for title in match["titles"])
    ]


def find_by_persona(slug: str) -> list[Sample]:
    names = list_persona_names(slug)
    return [s for s in CONVERSATIONS if any(name in s.text for name in names)]


def count_of(pattern: re.Pattern[str], samples: list[Sample]) -> str:
    found = sum(bool(pattern.search(sample.text)) for sample in samples)
    return f"{found} of {len(samples)}"


def count_accounts(pattern: re.Pattern[str], samples: list[Sample]) -> int:
    return len({sample.account for sample in samples if pattern.search(sample.text)})


def test_each_format_is_there_as_often_as_the_readme_says() -> None:
    assert Counter(sample.format for sample in SAMPLE_CALLS) == {
        "json": 10,
        "jsonl": 6,
        "zoom": 11,
        "teams": 8,
        "srt": 5,
        "speaker": 7,
        "bracket": 6,
        "name and time": 5,
        "otter": 5,
        "assemblyai": 5,
        "no speakers": 2,
        "voicemail": 2,
        "menu": 1,
    }
    assert "73 recordings" in README


def test_both_note_exports_hold_twenty_three_notes() -> None:
    formats = Counter(sample.format for sample in read_notes())
    assert formats == {"hubspot": 23, "salesforce": 23}


def test_every_conversation_names_a_known_account_and_a_day_in_october() -> None:
    for sample in (*SAMPLE_CALLS, *read_notes()):
        assert sample.account in INDUSTRIES
        assert "2026-10-01" <= sample.day <= "2026-10-31"


def test_contacts_and_deals_belong_to_known_accounts() -> None:
    rows = [*read_table("crm/contacts.csv"), *read_table("crm/deals.csv")]
    assert {row["account"] for row in rows} == set(INDUSTRIES)


def test_outcomes_are_won_lost_or_open_and_agree_with_the_stage() -> None:
    for deal in read_table("crm/deals.csv"):
        closed = {"Closed Won": "won", "Closed Lost": "lost"}.get(deal["stage"], "open")
        assert deal["outcome"] == closed


def test_the_personas_cover_most_contacts() -> None:
    covered = {
        name for persona in read_personas() for name in list_persona_names(str(persona["slug"]))
    }
    assert len(covered) >= 0.75 * len(read_table("crm/contacts.csv"))


def test_messages_name_known_personas_and_leave_two_gaps() -> None:
    text = (SAMPLES / "messages.yaml").read_text(encoding="utf-8")
    messages = yaml.safe_load(text)["messages"]
    slugs = {persona["slug"] for persona in read_personas()}
    answered = {answer for message in messages for answer in message["answers"]}
    assert len(messages) == 10
    assert all(set(message["personas"]) <= slugs for message in messages)
    assert not answered & {"pain_point/people", "objection/security"}


def test_security_is_raised_in_healthcare_far_more_often_than_elsewhere() -> None:
    healthcare = [s for s in CONVERSATIONS if INDUSTRIES[s.account] == "Healthcare"]
    others = [s for s in CONVERSATIONS if s not in healthcare]
    assert count_of(SECURITY, healthcare) == "16 of 27"
    assert count_of(SECURITY, others) == "4 of 89"
    assert "16 of 27 Healthcare conversations | 4 of 89 other" in README


def test_trouble_with_people_rises_in_the_last_two_weeks() -> None:
    early = [s for s in CONVERSATIONS if s.day < "2026-10-18"]
    late = [s for s in CONVERSATIONS if s.day >= "2026-10-18"]
    assert count_of(PEOPLE, late) == "16 of 51"
    assert count_of(PEOPLE, early) == "3 of 65"
    assert count_accounts(PEOPLE, late) == 16
    assert "16 of 51 from 18 to 31 October | 3 of 65 from 1 to 17 October" in README


@pytest.mark.parametrize(
    ("pattern", "count", "n_accounts"),
    [(re.compile("Excel"), "15 of 58", 13), (EMAIL, "11 of 58", 10)],
    ids=["tool", "channel"],
)
def test_operations_managers_contradict_their_persona(
    pattern: re.Pattern[str], count: str, n_accounts: int
) -> None:
    operations = find_by_persona("operations-manager")
    assert count_of(pattern, operations) == count
    assert count_accounts(pattern, operations) == n_accounts
    assert f"{count} of its conversations, {n_accounts} accounts" in README
