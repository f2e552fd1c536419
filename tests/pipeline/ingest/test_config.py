from __future__ import annotations

import pytest

from core.errors import MalformedRecord
from pipeline.ingest.config import SourceConfig, load_config


def test_every_setting_has_a_default() -> None:
    assert load_config("") == SourceConfig()
    assert SourceConfig().zone.key == "UTC"


def test_a_source_says_how_it_is_to_be_read() -> None:
    config = load_config(
        "name: crm\ntimezone: Europe/Berlin\nown_domains: [ours.example]\ncolumns: {Notiz: text}\n"
    )
    assert (config.name, config.zone.key) == ("crm", "Europe/Berlin")
    assert config.own_domains == ("ours.example",)
    assert config.columns == {"Notiz": "text"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("timezone: Mars/Base", "timezone: .*unknown time zone"),
        ("timezone: ../../etc", "unknown time zone"),
        ("colour: red", "colour: Extra inputs"),
        ("- a list", "valid dictionary"),
        ("a: [1\nb: 2", "not YAML"),
        ("when: 2026-13-45", "not YAML"),
        ("[" * 3000, "not YAML"),
    ],
)
def test_wrong_settings_are_named(text: str, reason: str) -> None:
    with pytest.raises(MalformedRecord, match=reason):
        load_config(text)


def test_broken_yaml_is_named_with_its_line() -> None:
    with pytest.raises(MalformedRecord) as caught:
        load_config("name: x\ninclude: [a\nexclude: b: c\n")
    assert caught.value.line is not None
