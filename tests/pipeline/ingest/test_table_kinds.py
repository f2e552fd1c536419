from __future__ import annotations

import pytest

from pipeline.ingest.table_kinds import TableKind, find_table_kind


@pytest.mark.parametrize(
    ("path", "headers", "kind"),
    [
        ("accounts.csv", "id,name,industry", TableKind.ACCOUNTS),
        ("crm/contacts.csv", "id,name,email,title,account", TableKind.CONTACTS),
        ("deals.csv", "id,name,account,stage,amount", TableKind.DEALS),
        (
            "hubspot-crm-exports-all-companies-2026.csv",
            "Record ID,Company name",
            TableKind.ACCOUNTS,
        ),
        ("export.csv", "Deal Name,Deal Stage,Amount,Close Date", TableKind.DEALS),
        ("export.csv", "First Name,Last Name,Email,Account Name", TableKind.CONTACTS),
        ("export.csv", "Company name,Company Domain Name,Industry", TableKind.ACCOUNTS),
        ("export.csv", "Note body,Activity date,Associated Company", TableKind.NOTES),
        ("export.csv", "Account,Industry,Employees", TableKind.ACCOUNTS),
        ("deal notes.csv", "Note Content,Deal Name,Created Time", TableKind.NOTES),
        ("account-notes.csv", "date,account,rep,note,stage", TableKind.NOTES),
        ("accounts.csv", "Deal Name,Deal Stage,Amount", TableKind.DEALS),
        ("accounts.csv", "x,y", TableKind.ACCOUNTS),
        ("export.csv", "x,y", None),
    ],
)
def test_name_and_columns_tell_what_a_table_holds(
    path: str, headers: str, kind: TableKind | None
) -> None:
    assert find_table_kind(path, tuple(headers.split(","))) is kind
