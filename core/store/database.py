"""A connection to the store, on SQLite or PostgreSQL, with its transactions and migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, OperationalError

from core.errors import FieldbackError, SettingsError

T = TypeVar("T")
CHUNK = 500  # rows or ids in one statement; SQLite takes 32,766 parameters
BUSY_TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Store:
    """The store behind one database URL.

    | usage | gives |
    | --- | --- |
    | `Store.open(url)` | a store; nothing is read yet |
    | `with store.begin() as conn` | a transaction that writes: all of it or nothing |
    | `with store.read() as conn` | a consistent view to read from |
    """

    engine: Engine

    @classmethod
    def open(cls, url: str) -> Store:
        """A store at an SQLAlchemy URL; makes the folder of an SQLite file.

        Raises:
            SettingsError: the URL is not of a database that is supported.
        """
        parsed = _parse_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_open_sqlite(parsed))
        return cls(create_engine(parsed, pool_pre_ping=True, hide_parameters=True))

    @classmethod
    def open_migrated(cls, url: str) -> Store:
        """The store at `url` with its tables as this version has them.

        Raises:
            SettingsError: the URL is not of a database that is supported.
        """
        store = cls.open(url)
        store.migrate()
        return store

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction that writes; on SQLite it takes the write lock at once."""
        with self.engine.connect().execution_options(writes=True) as conn, conn.begin():
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that reads: later commits of others are not seen in it."""
        is_postgres = self.engine.dialect.name == "postgresql"
        options = {"isolation_level": "REPEATABLE READ"} if is_postgres else {}
        with self.engine.connect().execution_options(**options) as conn, conn.begin():
            yield conn

    def migrate(self) -> None:
        """Brings the tables up to date; safe to call at every start."""
        try:
            if self.is_current():
                return
            with self.begin() as conn:
                if self.engine.dialect.name == "postgresql":
                    conn.exec_driver_sql("SELECT pg_advisory_xact_lock(814001)")
                if MigrationContext.configure(conn).get_current_revision() != _head():
                    config = _alembic_config()
                    config.attributes["connection"] = conn
                    command.upgrade(config, "head")
        except OperationalError as error:
            raise FieldbackError(f"the database does not answer: {error.orig}") from error

    def is_current(self) -> bool:
        """True if the database answers and its tables are up to date."""
        try:
            with self.read() as conn:
                return MigrationContext.configure(conn).get_current_revision() == _head()
        except OperationalError:
            return False

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()


def upsert(
    conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, keep: Sequence[str] = ()
) -> None:
    """Inserts rows, or updates those whose primary key is there, all columns but `keep`."""
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    for chunk in chunked(rows, CHUNK):
        statement = insert(table)
        changed = {
            name: statement.excluded[name] for name in chunk[0] if name not in {*keys, *keep}
        }
        conn.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=changed)
            if changed
            else statement.on_conflict_do_nothing(index_elements=keys),
            [dict(row) for row in chunk],
        )


def chunked(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError("FIELDBACK_DATABASE_URL: not a database URL") from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError(
            f"FIELDBACK_DATABASE_URL: {parsed.get_backend_name()} is not supported, "
            "use sqlite or postgresql"
        )
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        writes = conn.get_execution_options().get("writes", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    return config


def _head() -> str | None:
    return ScriptDirectory.from_config(_alembic_config()).get_current_head()
