"""What became of loans, by hand: default in its four ways, maturity, cure, and what is neither good nor bad."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from fact_rows import FIRM, fact, sources, table_of

from features.engine import ArrowSources
from features.outcomes import default_outcomes, refused_requests
from features.watch import month_ends

DRAWN = date(2024, 1, 10)
MATURE = date(2025, 2, 28)  # the first day on which a report after the twelve months (31 January 2025) is known
LAG = timedelta(days=10)
Row = Mapping[str, Any]


def reports(first: str = "2024-01-31", last: str = "2025-01-31", **given: Any) -> list[Row]:  # noqa: ANN401
    days = month_ends(date.fromisoformat(first), date.fromisoformat(last))
    return [fact("loans", **{"drawn_on": DRAWN, "reported_on": day, "known_on": day + LAG, **given}) for day in days]


def but(rows: Iterable[Row], day: date, **given: Any) -> list[Row]:  # noqa: ANN401
    """Return the rows with other values in the report of that day."""
    return [{**row, **(given if row["reported_on"] == day else {})} for row in rows]


def outcome(rows: Iterable[Row], as_of: date = MATURE) -> tuple[str, bool]:
    (one,) = default_outcomes(sources({"loans": rows}), as_of).to_pylist()
    assert (one["enterprise"], one["drawn_on"]) == (FIRM, DRAWN)
    return one["outcome"], one["is_cured"]


def test_a_loan_that_is_paid_is_good() -> None:
    assert outcome(reports()) == ("good", False)


@pytest.mark.parametrize(
    "told",
    [
        {"days_past_due": 91, "loan_class": "substandard"},
        {"loan_class": "substandard"},
        {"loan_class": "doubtful"},
        {"loan_class": "loss"},
        {"written_off_on": date(2024, 11, 3)},
        {"restructured_on": date(2024, 11, 3), "loan_class": "special_mention"},
    ],
)
def test_each_way_of_default_counts_alone(told: Row) -> None:
    assert outcome(but(reports(), date(2024, 11, 30), **told))[0] == "bad"


def test_the_twelve_months_end_on_the_day_of_the_month_of_drawdown() -> None:
    later = reports(last="2025-02-28")
    assert outcome(but(later, date(2025, 1, 31), days_past_due=95), date(2025, 3, 31))[0] == "good"
    assert outcome(but(later, date(2025, 1, 31), written_off_on=date(2025, 1, 10)), date(2025, 3, 31))[0] == "bad"
    assert outcome(but(later, date(2025, 1, 31), written_off_on=date(2025, 1, 11)), date(2025, 3, 31))[0] == "good"


def test_nothing_is_told_before_the_months_are_over_and_their_report_is_known() -> None:
    rows = but(reports(), date(2024, 6, 30), days_past_due=120)
    assert outcome(rows, date(2025, 2, 9)) == ("immature", False)
    assert outcome(rows, date(2025, 2, 10)) == ("bad", True)


def test_what_was_reported_late_counts_from_the_day_it_was_known() -> None:
    rows = but(reports(), date(2024, 11, 30), written_off_on=date(2024, 11, 3), known_on=date(2025, 6, 1))
    assert outcome(rows)[0] == "good"
    assert outcome(rows, date(2025, 6, 1))[0] == "bad"


def test_a_version_that_was_superseded_counts_no_more() -> None:
    wrong = fact("loans", reported_on=date(2024, 6, 30), drawn_on=DRAWN, days_past_due=120, known_on=date(2024, 7, 10))
    rows = [*reports(), {**wrong, "superseded_on": date(2024, 8, 1)}]
    assert outcome(rows)[0] == "good"


def test_a_cured_loan_stays_bad_and_one_written_off_is_never_cured() -> None:
    rows = but(reports(), date(2024, 6, 30), days_past_due=120, loan_class="substandard")
    assert outcome(rows) == ("bad", True)
    assert outcome(but(rows, date(2024, 8, 31), written_off_on=date(2024, 8, 20))) == ("bad", False)
    failed = [row for row in rows if row["reported_on"] <= date(2024, 6, 30)]
    others = reports(loan_no="L2", drawn_on=date(2024, 1, 2))
    found = default_outcomes(sources({"loans": [*failed, *others]}), MATURE).to_pylist()
    assert [(one["drawn_on"], one["outcome"], one["is_cured"]) for one in found] == [
        (date(2024, 1, 2), "good", False),
        (DRAWN, "bad", False),
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"days_past_due": 30, "loan_class": "special_mention"}, "good"),
        ({"days_past_due": 31, "loan_class": "special_mention"}, "indeterminate"),
        ({"days_past_due": 90, "loan_class": "special_mention"}, "indeterminate"),
        ({"days_past_due": 0, "loan_class": "special_mention"}, "indeterminate"),
    ],
)
def test_between_good_and_bad_a_loan_is_indeterminate(told: Row, expected: str) -> None:
    assert outcome(but(reports(), date(2024, 9, 30), **told))[0] == expected
    after = but(reports(last="2025-03-31"), date(2025, 3, 31), **told)
    assert outcome(after, date(2025, 4, 30))[0] == "good"  # beyond the twelve months


def test_of_loans_drawn_on_one_day_the_worst_counts() -> None:
    doubted = but(reports(loan_no="L2"), date(2024, 9, 30), days_past_due=40)
    assert outcome([*reports(), *doubted])[0] == "indeterminate"
    failed = but(reports(loan_no="L3"), date(2024, 9, 30), days_past_due=100)
    assert outcome([*reports(), *doubted, *failed]) == ("bad", True)


def test_facts_stored_before_the_lenders_days_were_asked_for_still_tell() -> None:
    rows = but(reports(), date(2024, 6, 30), days_past_due=120)
    table = table_of("loans", rows).drop_columns(["written_off_on", "restructured_on"])
    (one,) = default_outcomes(ArrowSources({"loans": table}), MATURE).to_pylist()
    assert one["outcome"] == "bad"
    assert default_outcomes(ArrowSources({}), MATURE).num_rows == 0
    assert default_outcomes(ArrowSources({}), MATURE).schema.field("outcome").type == pa.string()


REFUSED_ON = date(2024, 5, 10)


def decision(outcome: str, **given: Any) -> Row:  # noqa: ANN401
    return fact("decisions", **{"decided_on": REFUSED_ON, "outcome": outcome, **given})


def refused(rows: Iterable[Row], loans: Iterable[Row] = (), as_of: date = MATURE) -> list[date]:
    found = refused_requests(sources({"decisions": rows, "loans": loans}), as_of).to_pylist()
    assert {one["enterprise"] for one in found} <= {FIRM}
    return [one["refused_on"] for one in found]


def test_a_request_is_refused_where_every_bank_asked_said_so_by_the_day() -> None:
    later = date(2024, 5, 20)
    both = [decision("refused"), decision("refused", product="q", decided_on=later, known_on=later)]
    assert refused(both) == [later]
    assert refused(both, as_of=date(2024, 5, 19)) == [REFUSED_ON]
    assert refused(both, as_of=date(2024, 5, 9)) == []
    assert refused([both[0], decision("granted", product="q")]) == []
    assert refused([both[0], decision("taken", product="q")]) == []
    assert refused([*both, decision("granted", request_no="R2")]) == [later]


def test_a_version_of_a_decision_that_was_superseded_counts_no_more() -> None:
    replaced = decision("refused", superseded_on=date(2024, 6, 1))
    rows = [replaced, decision("granted", known_on=date(2024, 6, 1))]
    assert refused(rows, as_of=date(2024, 5, 31)) == [REFUSED_ON]
    assert refused(rows) == []


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (REFUSED_ON - timedelta(days=1), [REFUSED_ON]),
        (REFUSED_ON, []),
        (REFUSED_ON + timedelta(days=90), []),
        (REFUSED_ON + timedelta(days=91), [REFUSED_ON]),
    ],
)
def test_who_draws_a_loan_within_ninety_days_is_known_by_that_loan(drawn: date, expected: list[date]) -> None:
    loan = fact("loans", drawn_on=drawn, reported_on=date(2024, 8, 31), known_on=date(2024, 9, 10))
    assert refused([decision("refused")], [loan]) == expected
    assert refused([decision("refused")], [loan], as_of=date(2024, 9, 9)) == [REFUSED_ON]


def test_without_decisions_or_loans_nobody_is_told_of_as_refused() -> None:
    assert refused_requests(sources({"decisions": [decision("refused")]}), MATURE).num_rows == 0
    assert refused_requests(ArrowSources({}), MATURE).column_names == ["enterprise", "refused_on"]
