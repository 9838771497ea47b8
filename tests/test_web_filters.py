"""How pages write amounts, rates, scores, days and ids."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from service.web import filters
from service.web.log_reading import read_body


@pytest.mark.parametrize(
    ("write", "value", "expected"),
    [
        (filters.wan, "50000", "5.00"),
        (filters.wan, "3000000.00", "300.00"),
        (filters.wan, 123_456_789, "12,345.68"),
        (filters.fen_wan, 5_000_000, "5.00"),
        (filters.percent, "0.0485", "4.85%"),
        (filters.percent, "0", "0.00%"),
        (filters.ppm_percent, 48_500, "4.85%"),
        (filters.points, 0.7321, "73.2"),
        (filters.points, 1, "100.0"),
        (filters.millionths, 732_100, "73.2"),
        (filters.count, 12_345, "12,345"),
        (filters.day, date(2026, 6, 30), "2026年6月30日"),
        (filters.day, "2026-06-30", "2026年6月30日"),
        (filters.day, None, "—"),
        (filters.moment, "2026-06-30T17:05:06.123Z", "2026年7月1日 01:05:06"),
        (filters.moment, "changed by hand", "changed by hand"),
        (filters.bare, "uscc:91620100MA7", "91620100MA7"),
        (filters.bare, "E1", "E1"),
        (filters.segment, "uscc:a/b?c", "uscc:a%2Fb%3Fc"),
    ],
)
def test_a_value_is_written(write: Callable[[Any], str], value: object, expected: str) -> None:
    assert write(value) == expected


def test_an_entry_is_taken_apart_and_nothing_is_left_out() -> None:
    body = {
        "at": "2026-06-30T00:00:00.000Z",
        "as_of": "2026-06-30",
        "request": {"amount_fen": None, "top": 20},
        "counts": {"fits": 1},
        "first_failing_counts": {"age": 3},
        "fits": [{"id": "p1", "score_ppm": 5, "reasons": [{"code": "clears", "column": "c", "value": 7, "day": "d"}]}],
        "does_not_fit": [{"id": "p2", "criterion": "age", "values": [{"column": "age_months", "value": 3}]}],
        "something_new": [1, 2],
    }
    reading = read_body(body)
    assert reading.counts == (("fits", 1),)
    assert reading.first_failing == (("age", 3),)
    (fits, [first]), (refused, [second]) = reading.lists
    assert (fits, first.id, first.score, first.reasons) == ("fits", "p1", 5, ("clears: c = 7 · d",))
    assert (refused, second.criterion, second.values) == ("does_not_fit", "age", ("age_months = 3",))
    assert [key for key, _, _ in reading.rest] == ["as_of", "request", "something_new"]


@pytest.mark.parametrize("body", [{}, {"counts": 3, "fits": "x"}, {"fits": [1, None, {"id": 5, "reasons": "x"}]}])
def test_an_entry_changed_by_hand_is_still_shown(body: dict[str, object]) -> None:
    assert read_body(body) is not None
