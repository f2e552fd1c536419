from pathlib import Path

import pytest

from core.errors import SettingsError
from core.vocabulary import MentionKind
from models.taxonomy import load_taxonomy


def test_the_shipped_taxonomy_has_every_kind_and_two_examples_a_type() -> None:
    taxonomy = load_taxonomy()
    counts = [len(taxonomy.of_kind(kind)) for kind in MentionKind]
    assert counts == [12, 10, 11]
    assert all(len(entry.examples) >= 2 and entry.definition for entry in taxonomy.types)


def test_a_type_is_found_by_kind_and_id_and_has_a_name_for_people() -> None:
    taxonomy = load_taxonomy()
    assert taxonomy.by_key["objection/no_need"].name == "No need"
    assert taxonomy.name(MentionKind.PAIN_POINT, "time") == "Time and effort"
    assert taxonomy.name(MentionKind.PAIN_POINT, "new_thing") == "New thing"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("kinds: [", "cannot be read"),
        ("kinds:\n  - id: wish\n    types: [{id: a, name: A, definition: a}]", "broken"),
        ("kinds:\n  - id: objection\n    types: [{id: a}]", "broken"),
        (
            "kinds:\n  - id: objection\n    types:\n"
            "      - {id: a, name: A, definition: a}\n      - {id: a, name: B, definition: b}",
            "twice",
        ),
    ],
)
def test_a_broken_taxonomy_is_refused_with_its_reason(
    tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=reason):
        load_taxonomy(path)


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text("kinds: []")
    assert load_taxonomy(path).hash != load_taxonomy().hash
