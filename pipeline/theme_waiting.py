"""Mentions that wait for a theme, as the registry takes them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.store.mentions import WaitingMention
from models.theme_state import BufferedItem, ThemeItem


def make_item(mention: WaitingMention) -> ThemeItem:
    """The mention as the registry takes it."""
    return ThemeItem(
        id=mention.id,
        text=mention.text,
        kind=mention.kind,
        type=mention.type,
        conversation=mention.conversation_id,
        account=mention.account_id,
    )


def list_buffer(waiting: Iterable[WaitingMention]) -> tuple[BufferedItem, ...]:
    """Those that an earlier night has seen."""
    return tuple(
        BufferedItem(
            make_item(mention), np.frombuffer(mention.vector, np.float32), mention.clustered
        )
        for mention in waiting
        if mention.clustered is not None and mention.vector is not None
    )
