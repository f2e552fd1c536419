from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.store import Store
from core.store.crm import account_ids, deal_ids, save_crm, subject_id
from core.tables import accounts, contacts, deals
from core.vocabulary import Account, Contact, CrmTables, Deal

CLOSED = datetime(2026, 10, 1, tzinfo=UTC)
CRM = CrmTables(
    accounts=(Account("A1", "Willow Dental", attributes={"industry": "Healthcare"}),),
    contacts=(Contact("C1", "Ada Marsh", "Ada@willow.example", "555", "Owner", "A1"),),
    deals=(Deal("D1", "Willow", "willow dental", "Closed", "won", 900.0, "EUR", closed_at=CLOSED),),
)


def test_crm_rows_are_linked_by_key_or_by_name_in_any_case(store: Store) -> None:
    with store.begin() as conn:
        save_crm(conn, source="crm", crm=CRM, key=b"k")
        known = account_ids(conn, "crm")
        assert known["A1"] == known["willow dental"]
        assert conn.execute(select(contacts.c.account_id)).scalar_one() == known["A1"]
        deal = conn.execute(select(deals)).one()
        assert (deal.account_id, deal.closed_at) == (known["A1"], CLOSED)
        assert deal_ids(conn, "crm") == {"D1": deal.id}
        assert account_ids(conn, "other") == {}


def test_no_name_or_address_of_a_person_is_stored(store: Store) -> None:
    with store.begin() as conn:
        save_crm(conn, source="crm", crm=CRM, key=b"k")
        row = str(tuple(conn.execute(select(contacts)).one()))
    assert not {word for word in ("Ada", "ada", "Marsh", "willow.example", "555") if word in row}


def test_tables_read_again_change_rows_and_add_none(store: Store) -> None:
    changed = CrmTables(accounts=(Account("A1", "Willow Dental Group"),))
    with store.begin() as conn:
        save_crm(conn, source="crm", crm=CRM, key=b"k")
        save_crm(conn, source="crm", crm=changed, key=b"k")
        assert conn.execute(select(accounts.c.name)).scalars().all() == ["Willow Dental Group"]
        assert len(conn.execute(select(deals)).all()) == 1


@given(identity=st.emails(), key=st.binary(min_size=1))
def test_a_pseudonym_is_the_same_for_the_same_person_and_key_only(
    identity: str, key: bytes
) -> None:
    made = subject_id(key, "crm", identity)
    assert made == subject_id(key, "crm", f" {identity} ")
    assert made != subject_id(key + b"x", "crm", identity)
    assert made != subject_id(key, "other", identity)
    assert identity not in made
