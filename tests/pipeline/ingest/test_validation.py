from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from core.vocabulary import Conversation, ConversationKind, Turn
from pipeline.ingest.validation import (
    MAX_TURN_CHARACTERS,
    explain_yaml,
    find_fault,
    find_id_fault,
    quote_name,
    quote_names,
)

_CALL = Conversation("c1", ConversationKind.CALL, (Turn("Ann", "Hello."),))


@pytest.mark.parametrize(
    "identifier",
    ["", "  ", "../x", "a/../../b", "..\\x", "/etc/passwd", "~/x", "C:\\x", "a\x00b", "a\nb",
     "x" * 201, "\ud800"],
)  # fmt: skip
def test_ids_that_are_dangerous_are_refused(identifier: str) -> None:
    assert find_id_fault(identifier)


@pytest.mark.parametrize(
    "identifier", ["c1", "calls/2026-10-07 Marlow", "a..b", "Zoë#3", "x" * 200]
)
def test_ids_that_recorders_and_paths_give_are_fine(identifier: str) -> None:
    assert find_id_fault(identifier) is None


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        (Turn("Ann", " "), "no text"),
        (Turn("Ann", "a\x00"), "turn 0 holds a null"),
        (Turn("A\ud800", "a"), "turn 0 holds a null or broken"),
        (Turn("Ann", "a", start_ms=5, end_ms=4), "turn 0 ends before it starts"),
        (Turn("Ann", "a" * (MAX_TURN_CHARACTERS + 1)), "turn 0 is longer"),
    ],
)
def test_a_conversation_with_an_unusable_turn_is_refused(turn: Turn, reason: str) -> None:
    assert reason in (find_fault(replace(_CALL, turns=(turn,))) or "")


def test_names_and_attributes_are_checked_too() -> None:
    assert find_fault(replace(_CALL, account="a\x00"))
    assert find_fault(replace(_CALL, attributes={"x": "\x00"}))
    assert find_fault(_CALL) is None


def test_a_source_s_name_too_long_to_store_is_refused() -> None:
    assert "longer than 200" in (find_fault(replace(_CALL, source="x" * 201)) or "")


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("Close Date", "Close Date"),
        ("x" * 41, "x" * 39 + "…"),
        ("a@b.example", "…"),
        ("07700", "…"),
    ],
)
def test_headers_are_quoted_cut_and_values_are_not(name: str, quoted: str) -> None:
    assert quote_name(name) == quoted
    assert quote_names([name] * 13) == ", ".join([quoted] * 12 + ["…"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a, b", "not YAML: expected ',' or ']', but got '<stream end>'"),
        ("- *jane_doe", "not YAML: found undefined alias …"),
        ("a: @", "not YAML: found character '@' that cannot start any token"),
        ("a: \x00", "not YAML"),
    ],
)
def test_yaml_faults_keep_signs_and_drop_words(text: str, said: str) -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.safe_load(text)
    assert explain_yaml(caught.value) == said
