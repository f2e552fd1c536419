from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.ingest.config import SourceConfig
from pipeline.ingest.registry import ParsedFile, parse_file

Parse = Callable[..., ParsedFile]


@pytest.fixture
def parse() -> Parse:
    """Parses a text as the file of that name would be."""

    def parse_text(path: str, text: str, **settings: object) -> ParsedFile:
        return parse_file(text.encode(), path, SourceConfig.model_validate(settings))

    return parse_text
