"""The columns of the store, for SQLite and PostgreSQL alike.

Text is redacted before it comes here. Times are UTC. Ids are `core.vocabulary.make_id` strings.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database (SQLite would lose the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC; a naive time is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("night", Date, nullable=False),
    Column("status", String(16), nullable=False),  # running, completed, failed, crashed
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("counts", JSON, nullable=False),
    Column("seconds", JSON, nullable=False),  # stage -> seconds
    Column("snapshot", String(80)),
    Column("error", Text),
    Index(None, "night"),
)

locks = Table(
    "locks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("owner", String(300), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("path", String(1000), primary_key=True),
    Column("fingerprint", String(200)),  # size and time or etag: spares reading again
    Column("content_hash", String(64)),
    Column("status", String(16), nullable=False),  # pending, read, failed
    Column("format", String(40)),
    Column("n_conversations", Integer, nullable=False, default=0),
    Column("run_id", String(40)),
    Index(None, "status"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(200), nullable=False),
    Column(
        "scope", String(1000), nullable=False
    ),  # what was read when it was found: replaced as one
    Column("path", String(1000), nullable=False),
    Column("line", Integer),
    Column("reason", Text, nullable=False),
    Column("kind", String(40), nullable=False),  # name of the error
    Column("content_hash", String(64)),
    Column("run_id", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "source", "scope"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("key", String(300), nullable=False),
    Column("name", String(300), nullable=False),
    Column("attributes", JSON, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(40), primary_key=True),  # keyed hash: no name is stored
    Column("source", String(200), nullable=False),
    Column("account_id", String(40), ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("title", String(300)),
    Column("attributes", JSON, nullable=False),
)

deals = Table(
    "deals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("key", String(300), nullable=False),
    Column("account_id", String(40), ForeignKey("accounts.id", ondelete="SET NULL")),
    Column("stage", String(200)),
    Column("outcome", String(16)),
    Column("amount", Float),
    Column("currency", String(8)),
    Column("closed_at", UtcDateTime),
    Column("attributes", JSON, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("external_id", String(500), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("started_at", UtcDateTime),
    Column("account_ref", String(300)),  # as the file names it; joined at publish
    Column("account_id", String(40)),
    Column("deal_ref", String(300)),
    Column("deal_id", String(40)),
    Column("contact_ids", JSON, nullable=False),
    Column("rep_id", String(40)),
    Column("titles", JSON, nullable=False),  # titles of the customers who speak
    Column("attributes", JSON, nullable=False),
    Column("path", String(1000), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("screening", String(16)),  # why it is kept out of the counts: voicemail, ivr, template
    Column("n_words", Integer, nullable=False),
    Column("signature", LargeBinary),  # MinHash, for near-duplicates
    Column("night", Date, nullable=False),
    Column("extractor", String(64)),  # version that read it; null: not yet
    Index("uq_conversations_source_external_id", "source", "external_id", unique=True),
    Index(None, "source", "path"),
    Index(None, "extractor"),
)

turns = Table(
    "turns",
    metadata,
    Column(
        "conversation_id",
        String(40),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("speaker", String(200), nullable=False),
    Column("role", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("start_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("spans", JSON, nullable=False),  # [[start, end, role], …] of an undiarised block
)

themes = Table(
    "themes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("type", String(40), nullable=False),
    Column("label", String(300), nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("examples", JSON, nullable=False),
    Column("status", String(16), nullable=False),  # active, retired, hidden, merged
    Column("example_vectors", LargeBinary, nullable=False),  # float32, (examples, d)
    Column("weight", Integer, nullable=False),
    Column("total", LargeBinary, nullable=False),  # float64, (d,): sum of the members' vectors
    Column("words", JSON, nullable=False),  # word -> members that hold it
    Column("encoder", String(80), nullable=False),
    Column("born", Date, nullable=False),
    Column("last_seen", Date, nullable=False),
    Column("merged_into", String(40)),
    Column("is_pinned", Boolean, nullable=False, default=False),  # named by a person
    Column("examined", Integer, nullable=False, default=0),  # weight when last looked into
    Index(None, "kind", "type"),
)

theme_scopes = Table(
    "theme_scopes",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("type", String(40), primary_key=True),
    Column("total", LargeBinary, nullable=False),  # float64, (d,): sum of all vectors ever given
    Column("n_mentions", Integer, nullable=False),
    Column("cohesion", Float, nullable=False),
)

# One row; whoever changes themes raises the version, so that a night sees that it was overtaken.
theme_registry = Table(
    "theme_registry",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)

# Where the vectors of themes and of waiting mentions come from: the last row holds.
registry_encoders = Table(
    "registry_encoders",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("encoder", String(80), nullable=False),
    Column("night", Date, nullable=False),  # from which on
    Column("n_themes", Integer, nullable=False),  # whose vectors were made anew
    Column("n_waiting", Integer, nullable=False),
)

# Vectors of an encoder that the registry is about to move to.
encoded_themes = Table(
    "encoded_themes",
    metadata,
    Column("theme_id", String(40), ForeignKey("themes.id"), primary_key=True),
    Column("encoder", String(80), nullable=False),
    Column("weight", Integer, nullable=False),  # of the theme when they were made
    Column("total", LargeBinary, nullable=False),
    Column("example_vectors", LargeBinary, nullable=False),
)

theme_proposals = Table(
    "theme_proposals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("action", String(8), nullable=False),  # merge, split
    Column("theme_id", String(40), nullable=False),
    Column("other_id", String(40)),  # what a merge goes into
    Column("status", String(16), nullable=False),  # open, accepted, declined, expired
    Column("likeness", Float, nullable=False),
    Column("n_mentions", Integer, nullable=False),
    Column("groups", JSON, nullable=False),  # [[mention id, …], …]: words stay with mentions
    Column("words", JSON, nullable=False),
    Column("night", Date, nullable=False),  # on which it was last opened
    Column("decided_by", String(200)),
    Column("decided_at", UtcDateTime),
    Column("reason", Text),
    Index(None, "status"),
)

lineage = Table(
    "lineage",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("theme_id", String(40), nullable=False),
    Column("event", String(16), nullable=False),
    Column("night", Date, nullable=False),
    Column("position", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("details", JSON, nullable=False),
    Index(None, "theme_id"),
)


def _describe_mention() -> list[Column[Any]]:
    """The columns that say what a mention is, for each table that keeps mentions."""
    return [
        Column("turn", Integer, nullable=False),
        Column("start", Integer, nullable=False),
        Column("end", Integer, nullable=False),
        Column("quote", Text, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("type", String(40), nullable=False),
        Column("value", Text),
        Column("normalised", Text),
        Column("statement", Text, nullable=False),
        Column("confidence", Float, nullable=False),
    ]


mentions = Table(
    "mentions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "conversation_id",
        String(40),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
    ),
    *_describe_mention(),
    Column("theme_id", String(40), ForeignKey("themes.id")),
    Column("clustered", Date),  # the night it was first offered to the registry
    Column("vector", LargeBinary),  # float32, (d,), kept while it waits in the buffer
    Index(None, "conversation_id"),
    Index(None, "theme_id", "id"),
    Index(None, "clustered"),
)

# Moved to another theme by a person, who sees it at once; the numbers follow on the next night.
moved_mentions = Table(
    "moved_mentions",
    metadata,
    Column(
        "mention_id", String(40), ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("counted_in", String(40)),  # theme that still counts it; null: they are one again
)

# What the extractor is too unsure of to be counted: it waits for a person's verdict.
unsure_mentions = Table(
    "unsure_mentions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "conversation_id",
        String(40),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
    ),
    *_describe_mention(),
    Index(None, "conversation_id"),
)

# What people said of mentions, every word of it; the mention is kept as they saw it.
verdicts = Table(
    "verdicts",
    metadata,
    Column("number", Integer, primary_key=True),  # in order of time, never used twice
    Column("mention_id", String(40), nullable=False),
    Column(
        "conversation_id",
        String(40),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
    ),
    *_describe_mention(),
    Column("extractor", String(64)),  # version that the person judged
    Column("verdict", String(16), nullable=False),  # right, wrong, other_type
    Column("to_kind", String(16)),
    Column("to_type", String(40)),
    Column("by", String(200), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Index(None, "mention_id"),
    Index(None, "conversation_id"),
    sqlite_autoincrement=True,
)

# What a newer extractor finds in conversations of the history, until it is put in force.
relabelled_conversations = Table(
    "relabelled_conversations",
    metadata,
    Column(
        "conversation_id",
        String(40),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("version", String(64), nullable=False),
    Column("n_sentences", Integer, nullable=False),
    Index(None, "version"),
)

relabelled_mentions = Table(
    "relabelled_mentions",
    metadata,
    Column(
        "conversation_id",
        String(40),
        ForeignKey("relabelled_conversations.conversation_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    *_describe_mention(),
)

# Left by a replaced or erased conversation until the registry has forgotten them.
removed_mentions = Table(
    "removed_mentions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("theme_id", String(40), nullable=False),  # empty: it waited for one
    Column("counted_in", String(40)),  # theme that still counts it, where it was moved
    Column("kind", String(16), nullable=False),
    Column("type", String(40), nullable=False),
    Column("text", Text, nullable=False),  # what it was grouped by
)

personas = Table(
    "personas",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("owner", String(200)),
    Column("titles", JSON, nullable=False),
    Column("industries", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_hash", String(64)),  # of the definition last read from a file
)

persona_versions = Table(
    "persona_versions",
    metadata,
    Column("slug", String(80), ForeignKey("personas.slug", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fields", JSON, nullable=False),
    Column("file_fields", JSON),  # as the file gave them, where the version comes from one
    Column("by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("suggestion_id", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("persona", String(80), ForeignKey("personas.slug", ondelete="CASCADE"), nullable=False),
    Column("field", String(40), nullable=False),
    Column("operation", String(8), nullable=False),  # add, replace
    Column("value", Text, nullable=False),
    Column("replaces", Text),
    Column("status", String(16), nullable=False),
    Column("n_conversations", Integer, nullable=False),
    Column("n_accounts", Integer, nullable=False),
    Column("n_persona", Integer, nullable=False),  # conversations of the persona in all
    Column("first_night", Date, nullable=False),
    Column("last_night", Date, nullable=False),
    Column("decided_by", String(200)),
    Column("decided_at", UtcDateTime),
    Column("reason", Text),
    Index(None, "persona", "status"),
)

suggestion_evidence = Table(
    "suggestion_evidence",
    metadata,
    Column(
        "suggestion_id",
        String(40),
        ForeignKey("suggestions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "mention_id", String(40), ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True
    ),
    Index(None, "mention_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("text", Text, nullable=False),
    Column("channel", String(40)),
    Column("stage", String(40)),
    Column("personas", JSON, nullable=False),
    Column("answers", JSON, nullable=False),
)

# Receipts of what was erased of whom: ids and counts, nothing of what was said.
erasures = Table(
    "erasures",
    metadata,
    Column("number", Integer, primary_key=True),  # in order of time, never used twice
    Column("subject", String(40), nullable=False),  # keyed hash: no name is stored
    Column("conversation_ids", JSON, nullable=False),
    Column("n_mentions", Integer, nullable=False),
    Column("n_contacts", Integer, nullable=False),
    Column("by", String(200), nullable=False),
    Column("erased_at", UtcDateTime, nullable=False),
    Index(None, "subject"),
    sqlite_autoincrement=True,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)
