"""What all requests share: the settings, the store, the taxonomy and the snapshot read now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from core.settings import Settings
from core.snapshot import Snapshot, current_id, open_current
from core.store import Store
from core.store.themes import ThemeDecisions, read_decisions
from core.vocabulary import make_id
from models.taxonomy import Taxonomy, load_taxonomy


@dataclass(frozen=True)
class Published:
    """The snapshot that is read now, and what people decided about its themes since."""

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
        labels, merged = sorted(decided.labels.items()), sorted(decided.merged.items())
        return make_id(self.snapshot.id, labels, sorted(decided.hidden), merged)

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
            snapshot = self._snapshot(decisions.merged)
        return Published(snapshot, decisions)

    def close(self) -> None:
        """Gives all connections back."""
        self.store.close()

    def _snapshot(self, merged: Mapping[str, str]) -> Snapshot:
        """The current snapshot, opened again only if it or the merges of its themes changed."""
        opened = self._opened
        wanted = current_id(self.settings.snapshot_url)
        if opened is None or (opened.id, opened.aliases) != (wanted, merged):
            opened = open_current(self.settings.snapshot_url, aliases=merged)
        self._opened = opened
        return opened
