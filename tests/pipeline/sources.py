"""A small source for tests of whole nights: fourteen conversations, CRM tables, a persona."""

from __future__ import annotations

import json
from pathlib import Path

OBJECTIONS = (
    "Honestly that is too expensive for a team of our size.",
    "The price is way over what we budgeted for this year.",
    "We can't afford that on top of what we pay already.",
    "I'd have to get my director to sign off on it first.",
    "We're happy with the supplier that we have.",
    "I'm worried where our patient data would be stored.",
    "Will it even work with the old system that we run?",
)
PAINS = (
    "We spend two days a week typing orders in by hand.",
    "Orders keep falling through the cracks between the shifts.",
    "I can't see which branch is over budget until the month is over.",
)
CONTACTS = ("Pat Quillan", "Mira Okafor", "Tom Ashdown", "Lena Brandt", "Raj Malhotra")
TRAITS = (
    "I run operations for four branches.",
    "We keep all of it in Excel.",
    "Just send me an email, I never pick up the phone.",
)


def write_source(folder: Path) -> Path:
    """Writes the source to a folder and returns it."""
    folder.mkdir(parents=True)
    for number in range(14):
        path = folder / f"call-{number:02d}.json"
        path.write_text(json.dumps(_conversation(number)), encoding="utf-8")
    accounts = [f"A{n},Firm {n},firm{n}.example,{_industry(n)},Small" for n in range(5)]
    contacts = [
        f"C{n},{name},contact@firm{n}.example,Operations Manager,A{n}"
        for n, name in enumerate(CONTACTS)
    ]
    _write_csv(folder / "accounts.csv", "id,name,domain,industry,company_size", accounts)
    _write_csv(folder / "contacts.csv", "id,name,email,title,account", contacts)
    (folder / "personas.yaml").write_text(
        "personas:\n"
        "  - slug: operations\n"
        "    name: Operations\n"
        "    match: {titles: [Operations Manager]}\n"
        "    fields: {tool: [paper], channel: [phone calls]}\n",
        encoding="utf-8",
    )
    return folder


def _conversation(number: int) -> dict[str, object]:
    account = number % 5
    said = [
        OBJECTIONS[number % len(OBJECTIONS)],
        PAINS[number % len(PAINS)],
        TRAITS[number % len(TRAITS)],
        OBJECTIONS[(number * 3 + 1) % len(OBJECTIONS)],
    ]
    turns = [{"speaker": "Sam Seller", "role": "rep", "text": "Thanks for taking the time today."}]
    for text in said:
        turns.append({"speaker": CONTACTS[account], "role": "customer", "text": text})
        turns.append({"speaker": "Sam Seller", "role": "rep", "text": "I see, tell me more."})
    return {
        "id": f"call-{number}",
        "kind": "call",
        "started_at": f"2026-10-{number + 10:02d}T09:00:00Z",
        "account": f"Firm {account}",
        "participants": [
            {"name": CONTACTS[account], "role": "customer"},
            {"name": "Sam Seller", "role": "rep"},
        ],
        "turns": turns,
    }


def _industry(number: int) -> str:
    return "Healthcare" if number < 2 else "Retail"


def _write_csv(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
