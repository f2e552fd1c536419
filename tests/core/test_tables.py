from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from core.tables import UtcDateTime, metadata

DIALECT = sqlite.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


@given(
    moment=st.datetimes(
        min_value=datetime(1990, 1, 1),
        max_value=datetime(2100, 1, 1),
        timezones=st.timezones(),
        allow_imaginary=False,  # no clock ever showed an hour that the change to summer time skips
    )
)
def test_any_aware_time_is_the_same_moment_after_storing(moment: datetime) -> None:
    kind = UtcDateTime()
    bound = kind.process_bind_param(moment, DIALECT)
    assert bound is not None
    found = kind.process_result_value(bound.replace(tzinfo=None), DIALECT)
    assert found is not None
    assert found.timestamp() == moment.timestamp()  # times in a clock change never compare equal


def test_a_time_from_a_database_with_zones_is_given_in_utc() -> None:
    moment = datetime(2026, 11, 2, 9, tzinfo=timezone(timedelta(hours=3)))
    found = UtcDateTime().process_result_value(moment, DIALECT)
    assert found == moment
    assert found.tzinfo is UTC  # type: ignore[union-attr] # it is not None


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 11, 2), DIALECT)


def test_every_constraint_has_a_name_so_that_migrations_can_change_it() -> None:
    for table in metadata.sorted_tables:
        assert all(constraint.name for constraint in table.constraints), table.name
        assert all(index.name for index in table.indexes), table.name
