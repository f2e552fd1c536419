from __future__ import annotations

import pickle

import pytest

from core import errors
from core.errors import InputError, MalformedRecord


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("broken"), "broken"),
        (InputError("broken", path="a.vtt"), "a.vtt: broken"),
        (MalformedRecord("cue ends early", path="a.vtt", line=17), "a.vtt:17: cue ends early"),
        (MalformedRecord("broken", path="a.vtt", line=0), "a.vtt:0: broken"),
    ],
)
def test_an_input_error_names_the_place(error: InputError, text: str) -> None:
    assert str(error) == text


def test_an_input_error_crosses_a_process_boundary_whole() -> None:
    error = pickle.loads(pickle.dumps(MalformedRecord("odd", path="a.csv", line=2)))  # noqa: S301
    assert type(error) is MalformedRecord
    assert (error.reason, error.path, error.line) == ("odd", "a.csv", 2)


def test_the_tree_in_the_docstring_is_the_tree_of_the_code() -> None:
    named = {word for word in (errors.__doc__ or "").split() if word in vars(errors)}
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert named == classes
    assert all(issubclass(getattr(errors, name), errors.FieldbackError) for name in classes)
