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


def test_the_line_of_a_wrong_setting_is_named() -> None:
    with pytest.raises(MalformedRecord) as caught:
        load_config("name: x\n\nday_first: perhaps\n")
    assert caught.value.line == 3


def test_the_fingerprint_changes_with_any_setting_and_not_with_their_order() -> None:
    same = [
        load_config(f"columns: {{{pair}}}").fingerprint for pair in ("a: b, c: d", "c: d, a: b")
    ]
    others = [load_config(text).fingerprint for text in ("{}", "day_first: true", "name: x")]
    assert same[0] == same[1]
    assert len({*same, *others}) == 4
    assert all(len(fingerprint) == 16 for fingerprint in others)


def test_the_fingerprint_changes_when_the_parsers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_config("").fingerprint
    monkeypatch.setattr("pipeline.ingest.config.PARSERS_VERSION", 2)
    assert load_config("").fingerprint != before
