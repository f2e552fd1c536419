"""Erasures on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field, computed_field

from api.schemas.base import Schema


class ErasureReceipt(Schema):
    """What was erased of a person, and when; nothing of what they said."""

    number: int = Field(description="Of the erasure; it is kept, for whoever asks for proof.")
    subject: str
    erased_at: datetime
    by: str = Field(description="Whose token it was.")
    conversation_ids: Sequence[str] = Field(description="They do not come back from their files.")
    n_mentions: int
    n_contacts: int

    @computed_field
    def n_conversations(self) -> int:
        """How many conversations went."""
        return len(self.conversation_ids)
