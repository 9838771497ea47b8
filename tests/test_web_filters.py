"""How pages write amounts, rates, scores, days and ids."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from service.web import filters
from service.web.log_reading import Said, read_body
from service.work.log_words import LogWords


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


BODY = {
    "at": "2026-06-30T00:00:00.000Z",
    "as_of": "2026-06-30",
    "subject": "uscc:1",
    "request": {"amount_fen": None, "term_months": 6, "top": 20},
    "counts": {"fits": 1},
    "first_failing_counts": {"age": 3},
    "fits": [
        {
            "id": "p1",
            "score_ppm": 5,
            "reasons": [{"code": "clears", "column": "age_months", "value": 7, "day": "2026-06-30"}],
        }
    ],
    "does_not_fit": [{"id": "p2", "criterion": "age", "values": [{"column": "credit_line", "value": 5_000_000}]}],
    "something_new": [1, 2],
}


def test_an_entry_is_taken_apart_and_nothing_is_left_out() -> None:
    reading = read_body(BODY)
    assert reading.counts == (("fits", 1),)
    assert reading.first_failing == ((Said("age", "age"), 3),)
    (fits, [first]), (refused, [second]) = reading.lists
    assert (fits, first.id, first.name, first.score) == ("fits", "p1", "", 5)
    assert first.reasons == (Said("指标达到准入线：成立月数 7个月（2026年6月30日）", "clears"),)
    assert (refused, second.criterion) == ("does_not_fit", Said("age", "age"))
    assert second.values == (Said("测算可贷额度 5万元", "credit_line"),)
    assert {one.key: one.text for one in reading.first} == {
        "as_of": "2026年6月30日",
        "request": "金额不限，期限 6 个月，每个清单最多 20 条",
    }
    assert [(one.key, one.text, one.items) for one in reading.rest] == [("something_new", "1、2", 2)]


def test_an_entry_is_worded_by_the_catalogue_that_answered() -> None:
    words = LogWords({"p1": "甲贷", "p2": "乙贷"}, {("p1", "age"): "成立满1年", ("p2", "age"): "成立满2年"})
    reading = read_body(BODY, words)
    (_, [first]), (_, [second]) = reading.lists
    assert (first.name, second.name) == ("甲贷", "乙贷")
    assert second.criterion == Said("成立满2年", "age")
    assert reading.first_failing == ((Said("age", "age"), 3),)  # the two products word it differently
    assert read_body(BODY | {"subject": "p1"}, words).first_failing == ((Said("成立满1年", "age"), 3),)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"counts": 3, "fits": "x"},
        {"fits": [1, None, {"id": 5, "reasons": "x"}]},
        {"subject": [], "request": 5, "as_of": "x"},
    ],
)
def test_an_entry_changed_by_hand_is_still_shown(body: dict[str, object]) -> None:
    assert read_body(body) is not None
