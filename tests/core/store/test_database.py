from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from core.errors import FieldbackError, SettingsError
from core.store import Store
from core.store.database import chunked, upsert
from core.tables import messages, metadata

MESSAGE = {"slug": "a", "text": "x", "channel": None, "stage": None, "personas": [], "answers": []}


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_is_migrating_once(store: Store) -> None:
    store.migrate()
    assert store.is_current()


def test_a_store_that_was_never_migrated_is_not_current(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'new' / 'fieldback.db'}")
    assert not store.is_current()
    store.migrate()
    assert store.is_current()
    store.close()


def test_two_that_migrate_at_once_do_not_collide(tmp_path: Path) -> None:
    url, failed = f"sqlite:///{tmp_path / 'fieldback.db'}", []

    def migrate() -> None:
        store = Store.open(url)
        try:
            store.migrate()
        except FieldbackError as error:
            failed.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.parametrize("url", ["", "no url", "mysql://x/y", "oracle://x/y"])
def test_a_database_that_is_not_supported_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="FIELDBACK_DATABASE_URL"):
        Store.open(url)


def test_a_password_does_not_show_in_the_error_about_its_url() -> None:
    with pytest.raises(SettingsError) as caught:
        Store.open("mysql://robin:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_a_database_that_does_not_answer_is_an_error_for_the_user() -> None:
    store = Store.open("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    assert not store.is_current()
    with pytest.raises(FieldbackError, match="does not answer"):
        store.migrate()
    store.close()


def test_a_reader_sees_nothing_of_what_is_written_meanwhile(store: Store) -> None:
    with store.read() as reader:
        assert reader.execute(select(messages)).all() == []
        with store.begin() as writer:
            writer.execute(insert(messages).values(**MESSAGE))
        assert reader.execute(select(messages)).all() == []


def test_an_upsert_inserts_and_then_updates(store: Store) -> None:
    with store.begin() as conn:
        upsert(conn, messages, [MESSAGE])
        upsert(conn, messages, [{**MESSAGE, "text": "y", "stage": "awareness"}], keep=["stage"])
        row = conn.execute(select(messages)).one()
    assert (row.text, row.stage) == ("y", None)


def test_more_rows_than_one_statement_takes_are_all_stored(store: Store) -> None:
    rows = [{**MESSAGE, "slug": f"m{number}"} for number in range(1_203)]
    with store.begin() as conn:
        upsert(conn, messages, rows)
        upsert(conn, messages, [])
        assert len(conn.execute(select(messages.c.slug)).all()) == 1_203


@given(items=st.lists(st.integers()), size=st.integers(1, 10))
def test_chunks_put_together_are_the_whole(items: list[int], size: int) -> None:
    chunks = list(chunked(items, size))
    assert [item for chunk in chunks for item in chunk] == items
    assert all(0 < len(chunk) <= size for chunk in chunks)
