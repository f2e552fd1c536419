"""What all requests share: the settings, the store, the taxonomy and the snapshot read now."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Connection

from core.settings import Settings
from core.snapshot import Snapshot, current_id, open_current
from core.store import Store
from core.store.erasure import find_last_erasure
from core.store.publication import correct
from core.store.themes import ThemeDecisions, read_decisions
from core.store.verdicts import find_last_verdict
from core.vocabulary import make_id
from models.taxonomy import Taxonomy, load_taxonomy


@dataclass(frozen=True)
class Published:
    """The snapshot that is read now, and what people decided about its themes since; what they said
    of its mentions, and erased, is laid over it."""

    snapshot: Snapshot
    decisions: ThemeDecisions

    @property
    def hidden(self) -> frozenset[str]:
        """Ids of themes that no list shows."""
        return self.decisions.hidden

    @property
    def state(self) -> str:
        """Changes whenever an answer may: with the snapshot, and with what people decide."""
        decided = self.decisions
        maps = (decided.labels, decided.merged, decided.moved, decided.parts)
        parts = (sorted(found.items()) for found in maps)
        since = self.snapshot.corrections
        laid = (since.number, len(since.erased), sorted(decided.hidden))
        return make_id(self.snapshot.id, *laid, *parts)

    def status(self, theme_id: str) -> str:
        """How a theme stands now: hidden and shown, merged and taken out hold at once."""
        if theme_id in self.decisions.hidden or theme_id in self.decisions.merged:
            return "hidden" if theme_id in self.decisions.hidden else "merged"
        published = str(self.snapshot.themes()[theme_id]["status"])
        return published if published == "retired" else "active"

    def labels(self) -> dict[str, str]:
        """Theme id -> its label; one that a person gave wins."""
        published = {key: str(row["label"]) for key, row in self.snapshot.themes().items()}
        return published | dict(self.decisions.labels)


@dataclass
class Resources:
    """Shared by all threads of a process; a snapshot is opened once."""

    settings: Settings
    store: Store
    taxonomy: Taxonomy
    _opened: Snapshot | None = None
    _state: tuple[object, ...] | None = None
    _opening: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, settings: Settings) -> Resources:
        """The resources of these settings; nothing is read yet but the taxonomy."""
        return cls(settings, Store.open(settings.store_url), load_taxonomy())

    def published(self) -> Published:
        """What is published now.

        Raises:
            NotPublished: nothing has been published yet.
        """
        with self.store.read() as conn:
            decisions = read_decisions(conn)
            with self._opening:
                snapshot = self._snapshot(conn, decisions)
        return Published(snapshot, decisions)

    def close(self) -> None:
        """Gives all connections back."""
        self.store.close()

    def _snapshot(self, conn: Connection, decisions: ThemeDecisions) -> Snapshot:
        """The current snapshot, opened again only if it or what is laid over it changed."""
        opened, wanted = self._opened, current_id(self.settings.snapshot_url)
        state = (wanted, find_last_verdict(conn), find_last_erasure(conn), decisions.overlay)
        if opened is None or self._state != state:
            published = open_current(self.settings.snapshot_url, **decisions.overlay)
            opened = correct(conn, published)
        self._opened, self._state = opened, state
        return opened
