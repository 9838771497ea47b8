"""Which loans are watched on a month's last day, what becomes of them, and that nothing later counts for the day."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from fact_rows import FIRM, fact, sources

from features.columns import SUPERSEDED_ON
from features.newest import NEWEST_KNOWN_ON
from features.watch import WATCHED, first_report, month_ends, watch, watched_loans

DRAWN, DUE = date(2024, 1, 10), date(2025, 1, 10)
END = date(2025, 12, 31)
LAG = timedelta(days=10)
Row = Mapping[str, Any]


def ends(first: str, last: str) -> list[date]:
    return month_ends(date.fromisoformat(first), date.fromisoformat(last))


def report(day: date, **given: Any) -> Row:  # noqa: ANN401 - values of any column
    terms = {"drawn_on": DRAWN, "due_on": DUE, "principal_fen": 1200, "balance_fen": 1200}
    return fact("loans", **{"reported_on": day, "known_on": day + LAG, **terms, **given})


def reports(first: str, last: str, **given: Any) -> list[Row]:  # noqa: ANN401 - values of any column
    return [report(day, **given) for day in ends(first, last)]


def failing(missed: date, first: str, last: str, **given: Any) -> list[Row]:  # noqa: ANN401
    """Return reports of a loan that pays until `missed` and never after."""
    late = [(day, max((day - missed).days, 0)) for day in ends(first, last)]
    return [report(day, days_past_due=days, **given) for day, days in late]


def found(rows: Iterable[Row], days: list[date], as_of: date = END) -> list[dict[str, Any]]:
    return watched_loans(sources({"loans": rows}), days, as_of).to_pylist()


def test_months_end_on_their_last_day() -> None:
    assert ends("2024-01-15", "2024-03-30") == [date(2024, 1, 31), date(2024, 2, 29)]


def test_a_loan_is_watched_from_the_first_report_known_until_it_is_paid_back() -> None:
    rows = [*reports("2024-01-31", "2024-04-30"), report(date(2024, 5, 31), balance_fen=0)]
    watched = found(rows, ends("2024-01-31", "2024-07-31"))
    # January's report is known on 10 February; May's, which shows nothing owed, on 10 June.
    assert [one["as_of"] for one in watched] == ends("2024-02-29", "2024-05-31")
    assert {one["default_months"] for one in watched} == {None}
    # It is paid back: that is final, so it can be told of up to the newest month-end reported.
    assert [one["seen_months"] for one in watched] == [3, 2, 1, 0]
    assert watched[0]["age_months"] == 1
    assert watched[0]["months_to_due"] == 11
    assert watched[0]["balance_ratio"] == 1.0
    assert watched[0]["newest_known_on"] == date(2024, 2, 10)


def test_the_default_and_the_first_missed_payment_by_hand() -> None:
    missed = date(2024, 6, 15)
    watched = found(failing(missed, "2024-01-31", "2024-12-31"), ends("2024-01-31", "2024-12-31"))
    # June's report shows 15 days past due and is known in July: on 30 June nobody knows.
    assert [one["as_of"] for one in watched] == ends("2024-02-29", "2024-06-30")
    # 30 September: 107 days past due, the first report of more than 90.
    assert [one["default_months"] for one in watched] == [7, 6, 5, 4, 3]
    assert {one["missed_on"] for one in watched} == {missed}
    assert [one["seen_months"] for one in watched] == [10, 9, 8, 7, 6]


def test_what_is_past_due_badly_classed_or_was_in_default_is_not_watched() -> None:
    days = [date(2024, 3, 31)]
    assert found([report(date(2024, 2, 29))], days)
    assert not found([report(date(2024, 2, 29), days_past_due=3)], days)
    assert not found([report(date(2024, 2, 29), loan_class="substandard")], days)
    assert not found([report(date(2024, 1, 31), days_past_due=95), report(date(2024, 2, 29))], days)
    assert found([report(date(2024, 2, 29), loan_class="special_mention")], days)


def test_a_short_delay_that_was_made_good_is_remembered() -> None:
    rows = [report(date(2024, 1, 31)), report(date(2024, 2, 29), days_past_due=12), report(date(2024, 3, 31))]
    [one] = found(rows, [date(2024, 4, 30)])
    assert (one["late_reports"], one["worst_days_past_due"]) == (1, 12)
    assert one["missed_on"] is None


def test_a_loan_without_reports_for_two_months_is_neither_watched_nor_followed() -> None:
    rows = [*reports("2024-01-31", "2024-03-31"), *reports("2024-01-31", "2024-09-30", loan_no="L2")]
    watched = [one for one in found(rows, ends("2024-01-31", "2024-09-30")) if one["loan_no"] == "L1"]
    assert [one["as_of"] for one in watched] == ends("2024-02-29", "2024-05-31")
    # Its last report is March's: nobody knows what came after.
    assert [one["seen_months"] for one in watched] == [1, 0, -1, -2]


def test_the_outcome_is_what_was_known_on_the_day_of_asking() -> None:
    rows = failing(date(2024, 6, 15), "2024-01-31", "2024-12-31")
    day = [date(2024, 5, 31)]
    assert found(rows, day, date(2024, 10, 10))[0]["default_months"] == 4
    [eve] = found(rows, day, date(2024, 10, 9))
    assert (eve["default_months"], eve["missed_on"], eve["seen_months"]) == (None, None, 3)


def test_a_default_by_class_has_no_missed_payment() -> None:
    rows = [*reports("2024-01-31", "2024-04-30"), report(date(2024, 5, 31), loan_class="doubtful")]
    [one] = found(rows, [date(2024, 3, 31)])
    assert (one["default_months"], one["missed_on"]) == (2, None)


@pytest.mark.parametrize("act", ["written_off_on", "restructured_on"])
def test_a_loan_written_off_or_restructured_in_distress_is_in_default_from_that_day(act: str) -> None:
    before = reports("2024-01-31", "2024-05-31")
    rows = [*before, report(date(2024, 6, 30), balance_fen=0, **{act: date(2024, 6, 18)})]
    watched = found(rows, ends("2024-01-31", "2024-08-31"))
    assert [one["as_of"] for one in watched] == ends("2024-02-29", "2024-06-30")
    assert [one["default_months"] for one in watched] == [4, 3, 2, 1, 1]
    assert {one["missed_on"] for one in watched} == {None}


def test_a_default_that_had_come_and_was_not_known_counts_as_the_first_month() -> None:
    rows = [report(date(2024, 1, 31)), report(date(2024, 2, 29), loan_class="loss")]
    [one] = found(rows, [date(2024, 2, 29)])
    assert one["default_months"] == 1


@pytest.mark.parametrize("late", ["correction", "report", "default"])
def test_a_fact_known_after_the_day_changes_nothing_of_that_day(late: str) -> None:
    day = date(2024, 4, 30)
    before = reports("2024-01-31", "2024-06-30")
    state = [name for name in WATCHED.names if name not in ("default_months", "seen_months", "missed_on")]
    after = {
        # March's report corrected in May: the earlier version holds until then.
        "correction": [
            *[
                one if one["reported_on"] != date(2024, 3, 31) else {**one, SUPERSEDED_ON: date(2024, 5, 5)}
                for one in before
            ],
            {**report(date(2024, 3, 31), days_past_due=40), "known_on": date(2024, 5, 5), "row_id": 9},
        ],
        "report": [*before, {**report(date(2023, 12, 31), days_past_due=200), "known_on": date(2024, 5, 1)}],
        "default": [*before, *failing(date(2024, 4, 1), "2024-07-31", "2024-12-31")],
    }[late]
    one, other = (found(rows, [day])[0] for rows in (before, after))
    assert {name: one[name] for name in state} == {name: other[name] for name in state}


def test_profiles_are_of_the_day_and_of_drawdown_and_nothing_is_known_later() -> None:
    rows: dict[str, list[Row]] = {
        "loans": reports("2024-01-31", "2024-09-30"),
        "tax_arrears": [fact("tax_arrears", arisen_on=date(2024, 8, 1), amount_fen=700, known_on=date(2024, 8, 9))],
    }
    whole = watch(sources(rows), [date(2024, 7, 31), date(2024, 8, 31)], END, threads=1)
    arrears = {one["as_of"]: one["tax_arrears_fen"] for one in whole.profiles.to_pylist()}
    days = [DRAWN, date(2024, 7, 31), date(2024, 8, 31)]
    assert arrears == dict(zip(days, [0, 0, 700], strict=True))
    newest = whole.profiles.column(NEWEST_KNOWN_ON).to_pylist()
    assert all(one is None or one <= day for one, day in zip(newest, days, strict=True))


def test_a_home_without_loans_has_nothing_to_watch() -> None:
    none = sources({"tax_arrears": [fact("tax_arrears")]})
    assert watched_loans(none, [END], END).equals(WATCHED.empty_table())
    assert first_report(none, END) is None
    assert first_report(sources({"loans": [report(date(2024, 1, 31))]}), END) == date(2024, 2, 10)
    assert first_report(sources({"loans": [report(date(2024, 1, 31))]}), date(2024, 2, 9)) is None


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [
        *failing(date(2024, 6, 15), "2024-01-31", "2024-12-31"),
        *reports("2024-02-29", "2024-12-31", loan_no="L2", enterprise=f"{FIRM[:-1]}1"),
    ]
    days = ends("2024-01-31", "2024-12-31")
    tables = [watched_loans(sources({"loans": some}), days, END) for some in (rows, rows[::-1])]
    assert tables[0].equals(tables[1])
    assert isinstance(tables[0], pa.Table)
