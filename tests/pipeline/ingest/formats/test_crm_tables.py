from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.vocabulary import Account, Contact, Deal
from pipeline.ingest.registry import ParsedFile

Parse = Callable[..., ParsedFile]

_CLOSED = datetime(2026, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "id,name,domain,industry,Tier\n7,Marlow,marlow.example,Health,A\n",
        "Record ID,Company name,Company Domain Name,Industry,Tier\n"
        "7,Marlow,marlow.example,Health,A\n",
        "Account ID,Account Name,Website,Industry,Tier\n7,Marlow,https://www.marlow.example,Health,A\n",
        "ID;Organization - Name;Organization - Website;Industry;Tier\n"
        "7;Marlow;marlow.example;Health;A\n",
    ],
)
def test_accounts_of_every_crm_and_columns_without_a_place(parse: Parse, text: str) -> None:
    parsed = parse("accounts.csv", text)
    expected = Account("7", "Marlow", "marlow.example", {"industry": "Health", "Tier": "A"})
    assert parsed.crm.accounts == (expected,)
    assert parsed.places == {"accounts/7": ("accounts.csv", 2)}


@pytest.mark.parametrize(
    "text",
    [
        "id,name,email,phone,title,account\n5,Bo Lind,bo@m.example,555,CFO,Marlow\n",
        "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Associated Company\n"
        "5,Bo,Lind,bo@m.example,555,CFO,Marlow\n",
        "Contact ID,First Name,Last Name,Email,Mobile,Title,Account Name\n"
        "5,Bo,Lind,bo@m.example,555,CFO,Marlow\n",
        "Person - ID,Person - Name,Person - Email - Work,Person - Phone - Work,Person - Job title,"
        "Person - Organization\n5,Bo Lind,bo@m.example,555,CFO,Marlow\n",
    ],
)
def test_contacts_of_every_crm(parse: Parse, text: str) -> None:
    parsed = parse("contacts.csv", text)
    expected = Contact("5", "Bo Lind", "bo@m.example", "555", "CFO", "Marlow")
    assert parsed.crm.contacts == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "id,name,account,stage,amount,currency,rep,close_date\n"
        "9,New,Marlow,Closed Won,12000,USD,Ann,2026-09-30\n",
        "Record ID,Deal Name,Associated Company,Deal Stage,Amount,Currency,Deal owner,Close Date\n"
        '9,New,Marlow,Closed Won,"$12,000.00",USD,Ann,2026-09-30 00:00\n',
        "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Amount Currency,"
        "Opportunity Owner,Close Date\n9,New,Marlow,Closed Won,12000,USD,Ann,9/30/2026\n",
        "Deal - ID,Deal - Title,Deal - Organization,Deal - Stage,Deal - Value,"
        "Deal - Currency of Value,Deal - Owner,Deal - Won time\n"
        "9,New,Marlow,Closed Won,12000,USD,Ann,2026-09-30 00:00:00\n",
    ],
)
def test_deals_of_every_crm(parse: Parse, text: str) -> None:
    parsed = parse("deals.csv", text)
    expected = Deal("9", "New", "Marlow", "Closed Won", "won", 12000, "USD", "Ann", _CLOSED)
    assert parsed.crm.deals == (expected,)


def test_broken_rows_are_named_and_the_others_kept(parse: Parse) -> None:
    text = (
        "Deal Name,Amount,Close Date\nA,abc,\nB,5,someday\nC,€5,\n,5,\n../D,1,\nE,1,2026-01-01,x\n"
    )
    parsed = parse("deals.csv", text)
    assert [(deal.name, deal.currency) for deal in parsed.crm.deals] == [("C", "EUR")]
    assert [str(problem) for problem in parsed.problems] == [
        "deals.csv:7: the row has 4 cells, the header 3",
        "deals.csv:2: the amount in column 'Amount' cannot be read",
        "deals.csv:3: the date in column 'Close Date' cannot be read",
        "deals.csv:5: the deal has neither a name nor an id",
        "deals.csv:6: the id is a path that leaves its folder",
    ]


def test_a_table_without_the_needed_columns_is_refused(parse: Parse) -> None:
    (problem,) = parse("accounts.csv", "foo,bar\n1,2\n").problems
    assert str(problem) == (
        "accounts.csv:1: the table of accounts has no column for the account's name, such as "
        "'Account Name'; it has: foo, bar"
    )


def test_own_column_names_are_mapped_by_the_source(parse: Parse) -> None:
    parsed = parse("firmen.csv", "Firma,Netz\nMarlow,m.example\n",
                   columns={"Firma": "name", "Netz": "domain"})  # fmt: skip
    assert parsed.crm.accounts == (Account("Marlow", "Marlow", "m.example"),)


def test_a_second_row_of_a_key_is_refused_unless_it_says_the_same(parse: Parse) -> None:
    parsed = parse("deals.csv", "id,name,stage\n1,A,Won\n1,A,Won\n1,A,Lost\n")
    assert len(parsed.crm.deals) == 1
    assert [str(problem) for problem in parsed.problems] == [
        "deals.csv:4: the id of this record stands already in line 2 with other content"
    ]


def test_contacts_of_one_name_are_all_kept_since_all_are_redacted(parse: Parse) -> None:
    parsed = parse("contacts.csv", "name,phone\nBo Lind,555\nBo Lind,666\n")
    assert [contact.phone for contact in parsed.crm.contacts] == ["555", "666"]


def test_what_no_column_of_the_store_holds_is_cut_or_left_out(parse: Parse) -> None:
    long = "x" * 400
    (deal,) = parse(
        "deals.csv", f"id,name,stage,currency,account\n1,{long},{long},US dollars,{long}\n"
    ).crm.deals
    assert (len(deal.name), len(deal.stage or ""), deal.currency) == (300, 200, None)
    assert len(deal.account or "") == 300


def test_the_first_cells_of_a_table_without_headers_are_not_quoted(parse: Parse) -> None:
    first = "bo@lind.example,+44 7700 900123," + "I told her about the divorce of my sister " * 3
    (problem,) = parse("accounts.csv", f"{first}\n1,2,3\n").problems
    assert problem.reason.endswith("it has: …, …, I told her about the divorce of my sist…")
