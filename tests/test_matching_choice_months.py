"""The split of a history by months: whole parts where it is long, shares where it is short, none below a year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.choice_months import LEAST_MONTHS, months_between, months_for
from matching.choice_sets import Months


@pytest.mark.parametrize(
    ("length", "parts"),
    [
        (36, (6, 21, 3, 6)),
        (37, (6, 22, 3, 6)),
        (24, (6, 9, 3, 6)),
        (18, (4, 8, 2, 4)),
        (12, (3, 4, 2, 3)),
    ],
)
def test_the_parts_of_some_lengths(length: int, parts: tuple[int, int, int, int]) -> None:
    assert months_for(length) == Months(*parts)


def test_less_than_a_year_is_not_split() -> None:
    assert months_for(LEAST_MONTHS - 1) is None


@given(st.integers(LEAST_MONTHS, 600))
def test_the_parts_fill_the_history_and_none_is_empty(length: int) -> None:
    months = months_for(length)
    assert months is not None
    parts = (months.warm_up, months.train, months.valid, months.test)
    assert sum(parts) == length
    assert min(parts) >= 1
    assert months.train >= months.valid


def test_months_are_counted_by_the_calendar() -> None:
    assert months_between(date(2023, 7, 31), date(2026, 6, 1)) == 36
    assert months_between(date(2026, 6, 1), date(2026, 6, 30)) == 1
