from __future__ import annotations

import pytest

from core.vocabulary import Account, Contact, CrmTables, Deal
from pipeline.ingest.columns import DEAL_FIELDS, map_columns
from pipeline.ingest.crm import (
    index_accounts,
    link_problems,
    merge_crm,
    normalise_domain,
    read_outcome,
)
from pipeline.ingest.document import ParsedFile

_MARLOW = Account("a1", "Marlow Clinics", "marlow.example")


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        ({"Stage": "Closed Won"}, "won"),
        ({"Deal Stage": "closedlost"}, "lost"),
        ({"Stage": "Negotiation"}, "open"),
        ({"Stage": "Won't fix timing"}, "open"),
        ({"Status": "Won", "Stage": "Proposal"}, "won"),
        ({"Status": "active", "Stage": "Lost - price"}, "lost"),
        ({"Is Won": "true"}, "won"),
        ({"Is Won": "false", "Is Closed": "TRUE"}, "lost"),
        ({"Is Closed": "TRUE"}, "open"),
        ({"Name": "x"}, "open"),
    ],
)
def test_the_outcome_comes_from_its_column_flags_or_the_stage(
    cells: dict[str, str], outcome: str
) -> None:
    assert read_outcome(map_columns(tuple(cells), DEAL_FIELDS), cells) == outcome


@pytest.mark.parametrize(
    "text", ["https://www.Marlow.example/about", "ann@marlow.example", "marlow.example:443"]
)
def test_domains_are_compared_bare(text: str) -> None:
    assert normalise_domain(text) == "marlow.example"


@pytest.mark.parametrize("reference", ["A1", "marlow clinics", "www.marlow.example", "x; a1"])
def test_an_account_is_found_by_key_name_or_domain(reference: str) -> None:
    assert index_accounts([_MARLOW]).find(reference) is _MARLOW


@pytest.mark.parametrize("reference", [None, "", ";", "Marlow"])
def test_an_unknown_account_is_not_found(reference: str | None) -> None:
    assert index_accounts([_MARLOW]).find(reference) is None


def test_rows_that_name_no_known_account_are_named_with_their_place() -> None:
    crm = CrmTables(
        (_MARLOW,),
        (Contact("c1", "Bo", "bo@marlow.example"), Contact("c2", "Cy", account="Nowhere")),
        (Deal("d1", "New", account="a1"), Deal("d2", "Old")),
    )
    places = {"contacts/c2": ("contacts.csv", 3), "deals/d2": ("deals.csv", 9)}
    assert [str(problem) for problem in link_problems(crm, places)] == [
        "contacts.csv:3: the contact's account column names no known account",
        "deals.csv:9: the deal names no account",
    ]


def test_tables_of_several_files_are_merged() -> None:
    one = ParsedFile(crm=CrmTables((_MARLOW,)), places={"accounts/a1": ("a.csv", 2)})
    two = ParsedFile(crm=CrmTables(deals=(Deal("d1", "New"),)), places={"deals/d1": ("d.csv", 2)})
    crm, places = merge_crm([one, two])
    assert (len(crm.accounts), len(crm.deals)) == (1, 1)
    assert places == {"accounts/a1": ("a.csv", 2), "deals/d1": ("d.csv", 2)}
