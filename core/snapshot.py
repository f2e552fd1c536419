"""Immutable snapshots of a night in Parquet, and the counts that analytics draw from them.

A snapshot is a folder named by its id, with a Parquet file a table and `manifest.json`; the file
`CURRENT` beside the folders names the one that readers use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import duckdb
import fsspec

from core.errors import NotPublished

TABLES = ("conversations", "segments", "mentions", "themes")
CURRENT = "CURRENT"
WEEKS = 13


@dataclass(frozen=True, slots=True)
class Scope:
    """Which conversations an answer is about.

    `segments`: (dimension, value) pairs; several values of one dimension mean any of them, several
    dimensions mean all. Case does not count; dimensions are held in lower case. `since` and `until`
    are days, both included, in UTC.
    """

    segments: tuple[tuple[str, str], ...] = ()
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        lowered = tuple((dimension.lower(), value) for dimension, value in self.segments)
        object.__setattr__(self, "segments", lowered)


@dataclass(frozen=True, slots=True)
class Totals:
    """Conversations and accounts in a segment, and conversations in the rest."""

    n_conversations: int
    n_accounts: int
    rest_conversations: int


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How often a theme (or a type) occurs; the unit is the conversation.

    `daily` counts conversations with it per day of `as_of` backwards: day 0 is the as-of day.
    `deals` holds a row a stratum: won with, closed with, won without, closed without.
    """

    id: str
    type: str
    n_conversations: int
    n_accounts: int
    rest_conversations: int
    daily: Mapping[int, int]
    deals: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """The customer's own words, with their place."""

    mention_id: str
    conversation_id: str
    turn: int
    start: int
    end: int
    quote: str
    type: str
    value: str | None
    confidence: float
    role: str
    started_at: datetime | None
    segments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording of a theme, the commonest of its near-duplicates, which count together."""

    wording: str
    n_mentions: int
    n_conversations: int


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A theme of a family, with the conversations in scope that it occurs in."""

    id: str
    type: str
    n_conversations: int


@dataclass(frozen=True, slots=True)
class Corrections:
    """What people said of mentions since a snapshot, up to verdict `number`, and what was erased.

    `places`: conversation, turn and start of the sentences that they judged; `mentions`: all that
    holds there now, rows as they are published. `erased`: ids of conversations.
    """

    number: int = 0
    places: tuple[tuple[str, int, int], ...] = ()
    mentions: tuple[Mapping[str, Any], ...] = ()
    erased: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """One published night, ready to be asked. Open it with `open_current`; it never changes.

    | usage | gives |
    | --- | --- |
    | `snapshot.totals(scope)` | conversations and accounts in scope and in the rest |
    | `snapshot.groups(kind, scope)` | a row of counts a theme |
    | `snapshot.quotes(ids, scope)` | quotes of themes |
    """

    url: str
    id: str
    as_of: date
    manifest: Mapping[str, Any]
    aliases: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    corrections: Corrections = Corrections()

    @property
    def last_verdict(self) -> int:
        """Number of the last verdict that was known when it was published."""
        return int(self.manifest.get("verdicts", 0))

    def totals(self, scope: Scope) -> Totals:
        """Conversations and accounts in the scope, and conversations of the rest."""
        row = self._query(
            f"""{_scoped(scope)}
            SELECT count(*) FILTER (WHERE inside), count(DISTINCT account_id) FILTER (WHERE inside),
                   count(*) FILTER (WHERE NOT inside) FROM scoped""",
            _parameters(scope),
        )[0]
        return Totals(*row)

    def daily_totals(self, scope: Scope) -> dict[int, int]:
        """Days before the as-of day -> dated conversations in scope."""
        rows = self._query(
            f"""{_scoped(scope)}
            SELECT date_diff('day', day, ?::DATE), count(*) FROM scoped
            WHERE inside AND day IS NOT NULL GROUP BY 1""",
            [*_parameters(scope), self.as_of],
        )
        return dict(rows)

    def groups(self, kind: str, scope: Scope, *, by: str = "theme") -> list[GroupCounts]:
        """Counts of every theme, family of themes in sight, or type of a kind, by id.

        `by`: `theme`, `family` or `type`.
        """
        where = f"{_scoped(scope)}, {_hits(by)}"
        parameters = [*_parameters(scope), kind]
        rows = self._query(
            f"""{where}
            SELECT h.id, coalesce(any_value(t.type), min(h.type)), count(*) FILTER (WHERE inside),
                   count(DISTINCT account_id) FILTER (WHERE inside),
                   count(*) FILTER (WHERE NOT inside)
            FROM hits h LEFT JOIN themes t ON t.id = h.id
            GROUP BY h.id HAVING count(*) FILTER (WHERE inside) > 0 ORDER BY h.id""",
            parameters,
        )
        daily = self._daily(where, parameters)
        deals = self._deals(where, parameters)
        return [
            GroupCounts(key, type_, n, n_accounts, rest, daily.get(key, {}), deals.get(key, ()))
            for key, type_, n, n_accounts, rest in rows
        ]

    def families(self, kind: str, scope: Scope) -> dict[str, list[FamilyMember]]:
        """Family id -> its themes, those that most conversations in scope have first."""
        rows = self._query(
            f"""{_scoped(scope)}, {_hits("theme")}
            SELECT f.id, t.id, t.type, count(h.id)
            FROM families f JOIN themes t ON t.id = f.theme_id
            LEFT JOIN hits h ON h.id = t.id AND h.inside
            WHERE t.kind = ? GROUP BY f.id, t.id, t.type ORDER BY 1, 4 DESC, 2""",
            [*_parameters(scope), kind, kind],
        )
        found: dict[str, list[FamilyMember]] = {}
        for key, *member in rows:
            found.setdefault(key, []).append(FamilyMember(*member))
        return found

    def coverage(self, kind: str, scope: Scope) -> tuple[int, int]:
        """Mentions of a kind in scope that are in a theme, and mentions in all."""
        row = self._query(
            f"""{_scoped(scope)} SELECT count(m.theme_id), count(*) FROM mentions m
            JOIN scoped s ON s.id = m.conversation_id AND s.inside WHERE m.kind = ?""",
            [*_parameters(scope), kind],
        )[0]
        return row[0], row[1]

    def quotes(
        self,
        kind: str,
        scope: Scope,
        ids: Sequence[str],
        *,
        by: str = "theme",
        limit: int = 3,
        offset: int = 0,
    ) -> dict[str, list[Quote]]:
        """Id -> its quotes in scope: the surest, each wording and each conversation once first."""
        rows = self._query(
            f"""{_scoped(scope)}, found AS (
                SELECT {_KEY[by]} AS group_id, m.*,
                    row_number() OVER (PARTITION BY {_KEY[by]}, m.conversation_id
                                       ORDER BY m.confidence DESC, m.id) AS nth,
                    row_number() OVER (PARTITION BY {_KEY[by]}, {_WORDING}
                                       ORDER BY m.confidence DESC, m.id) AS repeat
                FROM mentions m JOIN scoped s ON s.id = m.conversation_id AND s.inside
                WHERE m.kind = ?),
            ranked AS (SELECT *, row_number() OVER (
                    PARTITION BY group_id
                    ORDER BY greatest(nth, repeat), length(quote) < 25, confidence DESC, id
                ) AS place FROM found)
            SELECT group_id, id, conversation_id, turn, "start", "end", quote, type, value,
                   confidence, role, started_at FROM ranked
            WHERE group_id IN (SELECT unnest(?::VARCHAR[])) AND place > ? AND place <= ?
            ORDER BY group_id, place""",
            [*_parameters(scope), kind, list(ids), offset, offset + limit],
        )
        segments = self._segments_of({row[2] for row in rows})
        found: dict[str, list[Quote]] = {}
        for key, *columns in rows:
            values = dict(zip(_QUOTE_FIELDS, columns, strict=True))
            quote = Quote(**values, segments=segments.get(values["conversation_id"], {}))
            found.setdefault(key, []).append(quote)
        return found

    def variants(
        self, kind: str, scope: Scope, theme_id: str, *, limit: int = 10
    ) -> tuple[int, list[Variant]]:
        """How many wordings a theme has in scope, and the commonest of them."""
        rows = self._query(
            f"""{_scoped(scope)}, said AS (
                SELECT {_WORDING} AS wording, m.conversation_id,
                    CASE WHEN m.kind = 'persona_trait' THEN coalesce(m.value, m.statement)
                         ELSE m.statement END AS text
                FROM mentions m JOIN scoped s ON s.id = m.conversation_id AND s.inside
                WHERE m.kind = ? AND {_KEY["theme"]} = ?),
            texts AS (SELECT wording, text, row_number() OVER (
                    PARTITION BY wording ORDER BY count(*) DESC, length(text), text) AS nth
                FROM said GROUP BY wording, text)
            SELECT t.text, count(*), count(DISTINCT s.conversation_id), count(*) OVER ()
            FROM said s JOIN texts t ON t.wording = s.wording AND t.nth = 1
            GROUP BY t.wording, t.text ORDER BY 3 DESC, 2 DESC, 1 LIMIT ?""",
            [*_parameters(scope), kind, theme_id, limit],
        )
        return (rows[0][3] if rows else 0), [Variant(*row[:3]) for row in rows]

    def dimensions(self) -> dict[str, list[tuple[str, int]]]:
        """Dimension -> its values with how many conversations have them, the most first."""
        rows = self._query(
            """SELECT dimension, value, count(*) FROM segments GROUP BY 1, 2
            ORDER BY 1, 3 DESC, 2""",
            [],
        )
        found: dict[str, list[tuple[str, int]]] = {}
        for dimension, value, n in rows:
            found.setdefault(dimension, []).append((value, n))
        return found

    def themes(self) -> dict[str, Mapping[str, Any]]:
        """Theme id -> its row as published."""
        cursor = self._connection.cursor().execute("SELECT * FROM themes ORDER BY id")
        names = [column[0] for column in cursor.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}

    def _daily(self, where: str, parameters: Sequence[Any]) -> dict[str, dict[int, int]]:
        rows = self._query(
            f"""{where} SELECT id, date_diff('day', day, ?::DATE), count(*) FROM hits
            WHERE inside AND day IS NOT NULL GROUP BY 1, 2""",
            [*parameters, self.as_of],
        )
        found: dict[str, dict[int, int]] = {}
        for key, day, n in rows:
            found.setdefault(key, {})[day] = n
        return found

    def _deals(
        self, where: str, parameters: Sequence[Any]
    ) -> dict[str, tuple[tuple[int, int, int, int], ...]]:
        rows = self._query(
            f"""{where}, closed AS (
                SELECT DISTINCT deal_id, outcome = 'won' AS won, coalesce(industry, '') AS stratum
                FROM scoped WHERE inside AND outcome IN ('won', 'lost')),
            strata AS (SELECT stratum, count(*) AS n, count(*) FILTER (WHERE won) AS won
                FROM closed GROUP BY 1),
            touched AS (SELECT DISTINCT id, deal_id FROM hits WHERE inside),
            with_it AS (SELECT t.id, c.stratum, count(*) AS n, count(*) FILTER (WHERE won) AS won
                FROM touched t JOIN closed c USING (deal_id) GROUP BY 1, 2)
            SELECT i.id, coalesce(w.won, 0), coalesce(w.n, 0),
                   s.won - coalesce(w.won, 0), s.n - coalesce(w.n, 0)
            FROM (SELECT DISTINCT id FROM with_it) i CROSS JOIN strata s
            LEFT JOIN with_it w ON w.id = i.id AND w.stratum = s.stratum
            ORDER BY i.id, s.stratum""",
            parameters,
        )
        found: dict[str, tuple[tuple[int, int, int, int], ...]] = {}
        for key, *counts in rows:
            found[key] = (*found.get(key, ()), (counts[0], counts[1], counts[2], counts[3]))
        return found

    def _segments_of(self, conversation_ids: set[str]) -> dict[str, dict[str, str]]:
        rows = self._query(
            """SELECT conversation_id, dimension, value FROM segments
            WHERE conversation_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL""",
            [sorted(conversation_ids)],
        )
        found: dict[str, dict[str, str]] = {}
        for key, dimension, value in rows:
            found.setdefault(key, {})[dimension] = value
        return found

    def _query(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        return self._connection.cursor().execute(sql, parameters).fetchall()

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:")
        connection.execute("SET GLOBAL TimeZone = 'UTC'")  # plain SET does not reach cursors
        filesystem, path = fsspec.core.url_to_fs(self.url)
        local = "file" in filesystem.protocol
        if not local:
            connection.register_filesystem(filesystem)
        prefix = path if local else f"{filesystem.unstrip_protocol(path)}"
        for table in TABLES:
            file = f"{prefix}/{self.id}/{table}.parquet".replace("'", "''")
            connection.execute(f"CREATE TABLE {table} AS FROM read_parquet('{file}')")
        # a snapshot of an earlier version knows neither wordings nor related themes nor families
        connection.execute("ALTER TABLE mentions ADD COLUMN IF NOT EXISTS wording VARCHAR")
        connection.execute("ALTER TABLE themes ADD COLUMN IF NOT EXISTS related VARCHAR[]")
        connection.execute("ALTER TABLE themes ADD COLUMN IF NOT EXISTS family VARCHAR")
        self._lay_over_moves(connection)
        self._lay_over_corrections(connection)
        self._erase(connection)
        connection.execute("CREATE TABLE aliases (old VARCHAR, new VARCHAR)")
        if self.aliases:
            connection.execute(
                """INSERT INTO aliases SELECT * FROM
                (SELECT unnest(?::VARCHAR[]) AS old, unnest(?::VARCHAR[]) AS new)
                WHERE new IN (SELECT id FROM themes)""",
                [list(self.aliases), list(self.aliases.values())],
            )
        self._gather_families(connection)
        return connection

    def _gather_families(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Names families by their oldest theme in sight; a theme without others is one of its own.

        What people hid or merged since belongs to none.
        """
        connection.execute(
            """CREATE TABLE families AS SELECT id AS theme_id, first_value(id) OVER (
                PARTITION BY coalesce(family, id) ORDER BY born, id) AS id
            FROM themes WHERE id NOT IN (SELECT unnest(?::VARCHAR[]))
            AND id NOT IN (SELECT old FROM aliases)""",
            [sorted(self.hidden)],
        )

    def _lay_over_moves(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Puts mentions that people moved since into their themes, new ones among these."""
        for part in self.parts.values():
            names = ", ".join(part)
            connection.execute(
                f"""INSERT INTO themes ({names}) SELECT {", ".join("?" for _ in part)}
                WHERE NOT EXISTS (SELECT 1 FROM themes WHERE id = ?)""",
                [*part.values(), part["id"]],
            )
        if self.moved:
            connection.execute(
                """UPDATE mentions SET theme_id = moved.theme_id FROM
                (SELECT unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS theme_id) moved
                WHERE mentions.id = moved.id""",
                [list(self.moved), list(self.moved.values())],
            )

    def _erase(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Takes conversations that were erased since out of every table."""
        for table in ("conversations", "segments", "mentions"):
            column = "id" if table == "conversations" else "conversation_id"
            connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::VARCHAR[]))",
                [list(self.corrections.erased)],
            )

    def _lay_over_corrections(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Takes what holds in the sentences that people judged since from the corrections."""
        connection.execute("CREATE TABLE held AS FROM mentions LIMIT 0")
        names = [row[0] for row in connection.execute("DESCRIBE held").fetchall()]
        values = ", ".join("?" for _ in names)
        for row in self.corrections.mentions:
            connection.execute(f"INSERT INTO held VALUES ({values})", [row.get(n) for n in names])
        columns = [list(column) for column in zip(*self.corrections.places, strict=True)]
        connection.execute(
            """DELETE FROM mentions USING (SELECT unnest(?::VARCHAR[]) AS conversation_id,
                unnest(?::INTEGER[]) AS turn, unnest(?::INTEGER[]) AS place) judged
            WHERE mentions.conversation_id = judged.conversation_id
            AND mentions.turn = judged.turn AND mentions."start" = judged.place""",
            columns or [[], [], []],
        )
        connection.execute(
            """INSERT INTO mentions SELECT * REPLACE (
                CASE WHEN theme_id IN (SELECT id FROM themes) THEN theme_id END AS theme_id)
            FROM held WHERE conversation_id IN (SELECT id FROM conversations)"""
        )


def current_id(url: str) -> str | None:
    """Id of the snapshot that readers use now, if there is one."""
    filesystem, path = fsspec.core.url_to_fs(url)
    try:
        return str(filesystem.cat_file(f"{path}/{CURRENT}").decode().strip())
    except FileNotFoundError:
        return None


def open_current(
    url: str,
    *,
    aliases: Mapping[str, str] | None = None,
    moved: Mapping[str, str] | None = None,
    parts: Mapping[str, Mapping[str, Any]] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Snapshot:
    """The snapshot that readers use now, with what people decided since laid over it.

    Args:
        url: where snapshots lie.
        aliases: ids of merged themes -> where they went; those into themes that the snapshot does
            not know wait for the next one.
        moved: ids of mentions -> the theme that they were moved to.
        parts: rows of those themes by id, for the ones that the snapshot does not know.
        hidden: ids of the themes that count in no family.

    Raises:
        NotPublished: nothing has been published yet.
    """
    snapshot_id = current_id(url)
    if snapshot_id is None:
        raise NotPublished("nothing has been published yet: run `fieldback run` first")
    filesystem, path = fsspec.core.url_to_fs(url)
    manifest = json.loads(filesystem.cat_file(f"{path}/{snapshot_id}/manifest.json"))
    as_of = date.fromisoformat(manifest["as_of"])
    overlay = (dict(aliases or {}), dict(moved or {}), dict(parts or {}), hidden)
    return Snapshot(url, snapshot_id, as_of, manifest, *overlay)


_QUOTE_FIELDS = tuple(Quote.__dataclass_fields__)[:-1]
_THEME = "coalesce((SELECT new FROM aliases WHERE old = m.theme_id), m.theme_id)"
_KEY = {
    "theme": _THEME,
    "family": f"(SELECT f.id FROM families f WHERE f.theme_id = {_THEME})",
    "type": "m.kind || '/' || m.type",
}


_WORDING = "coalesce(m.wording, m.id)"


def _hits(by: str) -> str:
    """SQL: one row a group and conversation; takes the kind as its parameter."""
    return f"""hits AS (
        SELECT {_KEY[by]} AS id, min(m.type) AS type, s.id AS conversation_id,
               any_value(s.account_id) AS account_id, any_value(s.deal_id) AS deal_id,
               any_value(s.day) AS day, any_value(s.inside) AS inside
        FROM mentions m JOIN scoped s ON s.id = m.conversation_id
        WHERE m.kind = ? AND {_KEY[by]} IS NOT NULL GROUP BY 1, 3)"""


def _scoped(scope: Scope) -> str:
    """SQL: the conversations of the dates, each marked as inside the segment or not."""
    dimensions = sorted({dimension for dimension, _ in scope.segments})
    tests = " AND ".join(
        """EXISTS (SELECT 1 FROM segments g WHERE g.conversation_id = c.id
        AND lower(g.dimension) = lower(?)
        AND lower(g.value) IN (SELECT lower(unnest(?::VARCHAR[]))))"""
        for _ in dimensions
    )
    dates = " AND ".join(
        test
        for test, value in (("started_at >= ?", scope.since), ("started_at < ?", scope.until))
        if value is not None
    )
    return f"""WITH scoped AS (
        SELECT c.*, CAST(c.started_at AS DATE) AS day, ({tests or "TRUE"}) AS inside
        FROM conversations c WHERE {dates or "TRUE"})"""


def _parameters(scope: Scope) -> list[Any]:
    """The parameters of `_scoped`, in its order."""
    values: list[Any] = []
    for dimension in sorted({dimension for dimension, _ in scope.segments}):
        values += [dimension, [value for name, value in scope.segments if name == dimension]]
    if scope.since is not None:
        values.append(_midnight(scope.since))
    if scope.until is not None:
        values.append(_midnight(scope.until + timedelta(days=1)))
    return values


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
