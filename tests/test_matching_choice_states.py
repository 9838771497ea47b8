"""What became of a pair, as known at a cut, and from which day it counts."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from match_histories import Written

from matching.choice_states import STATES, PairHistory, asked_pairs, asked_requests, listed, pair_history
from matching.match_events import match_events
from matching.product import Product, sample_products

FIRM, NUMBER = "uscc:1", "RQ1-1"
ASKED = date(2024, 1, 10)
PAIR = (FIRM, NUMBER, "sample-01")


def day(month: int, number: int) -> date:
    return date(2024, month, number)


def written() -> Written:
    lines = Written()
    lines.request(FIRM, NUMBER, ASKED)
    lines.shown(PAIR, ASKED)
    return lines


def at(lines: Written, cut: date) -> PairHistory:
    history = lines.history().known_by(cut)
    return pair_history(history, asked_requests(history), cut)


def state(lines: Written, cut: date) -> str:
    found = at(lines, cut)
    return str(STATES[found.state[found.products.index("sample-01")]])


def test_a_shown_pair_is_not_applied_for_only_after_thirty_days() -> None:
    assert state(written(), day(2, 8)) == "pending"
    assert state(written(), day(2, 9)) == "shown"


def test_thirty_days_are_counted_from_the_showing_and_not_before_it_was_known() -> None:
    lines = Written()
    lines.request(FIRM, NUMBER, ASKED)
    lines.shown(PAIR, ASKED, known=day(3, 1))
    assert not len(at(lines, day(2, 28)).request)
    assert state(lines, day(3, 1)) == "shown"


def test_an_application_or_a_grant_alone_is_pending() -> None:
    lines = written()
    lines.applied(PAIR, day(1, 12))
    lines.decided(PAIR, day(1, 20), "granted", known=day(1, 21))
    assert state(lines, day(1, 20)) == "pending"
    found = at(lines, day(12, 31))
    assert STATES[found.state[0]] == "pending"
    assert found.is_granted[0] == 1


@pytest.mark.parametrize("outcome", ["taken", "lapsed"])
def test_the_newest_version_known_at_the_cut_is_what_counts(outcome: str) -> None:
    lines = written()
    lines.applied(PAIR, day(1, 12))
    lines.decided(PAIR, day(1, 20), "granted")
    lines.decided(PAIR, day(1, 20), outcome, known=day(4, 2))
    assert state(lines, day(4, 1)) == "pending"
    assert state(lines, day(4, 2)) == outcome


def test_an_old_decision_that_is_learnt_late_does_not_stand_before_it_is_known() -> None:
    lines = written()
    lines.decided(PAIR, day(1, 12), "refused", known=day(6, 1))
    assert state(lines, day(5, 31)) == "shown"
    assert state(lines, day(6, 1)) == "refused"


def test_a_decision_without_an_application_implies_one_and_without_a_showing_is_not_shown() -> None:
    lines = written()
    lines.decided((FIRM, NUMBER, "sample-02"), day(2, 1), "refused")
    found = at(lines, day(2, 1))
    assert found.products == ("sample-01", "sample-02")
    assert found.is_shown.tolist() == [True, False]
    assert found.applied[1] == found.decided[1]
    assert STATES[found.state[1]] == "refused"


def test_rows_of_no_known_request_are_counted() -> None:
    lines = written()
    lines.shown((FIRM, "RQ9-9", "sample-01"), ASKED)
    lines.applied(("uscc:2", NUMBER, "sample-01"), ASKED)
    found = at(lines, day(12, 31))
    assert found.orphans == 2
    assert len(found.request) == 1


def test_a_request_stands_as_it_was_first_known() -> None:
    lines = Written()
    lines.request(FIRM, NUMBER, ASKED, known=day(5, 1), amount_fen=99)
    lines.request(FIRM, NUMBER, ASKED, amount_fen=77)
    lines.request(FIRM, "RQ1-2", ASKED)
    requests = asked_requests(lines.history())
    assert requests["amount_fen"].tolist() == [77, 20_000_000]
    assert asked_pairs(lines.history()).to_pylist() == [{"enterprise": FIRM, "as_of": ASKED}]


def events_of(lines: Written, cut: date, products: tuple[Product, ...] = ()) -> pd.DataFrame:
    history = lines.history().known_by(cut)
    requests = asked_requests(history)
    pairs = pair_history(history, requests, cut)
    profile = {"kind": "company", "industry_section": "F", "prefecture": None, "sales_12m_fen": 3_000_000_00}
    profiles = pa.table({"as_of": requests["requested_on"].dt.date.tolist(), **_repeated(profile, len(requests))})
    return match_events(pairs, listed(history.shown, pairs), requests, profiles, products or sample_products())


def _repeated(values: Mapping[str, object], times: int) -> dict[str, list[object]]:
    return {name: [value] * times for name, value in values.items()}


def counted(events: pd.DataFrame, measure: str) -> list[tuple[str, int, int]]:
    rows = events[events["measure"] == measure].sort_values("day")
    return [
        (str(one.day.date()), one.count, one.hit)
        for one in rows[["day", "count", "hit"]].itertuples(index=False, name="E")
    ]


def test_what_is_shown_and_not_answered_counts_after_thirty_days() -> None:
    events = events_of(written(), day(12, 31))
    assert counted(events, "applied") == [("2024-02-09", 1, 0)]
    assert counted(events, "taken") == [("2024-02-09", 1, 0)]
    assert counted(events, "funded") == [("2024-02-09", 1, 0)]
    assert counted(events, "granted") == []


def test_each_step_counts_from_the_day_it_was_known() -> None:
    lines = written()
    lines.applied(PAIR, day(1, 12), known=day(1, 13))
    lines.decided(PAIR, day(1, 20), "granted", known=day(1, 22))
    lines.decided(PAIR, day(1, 20), "taken", known=day(2, 15))
    events = events_of(lines, day(12, 31))
    assert counted(events, "applied") == [("2024-01-13", 1, 1)]
    assert counted(events, "granted") == [("2024-01-22", 1, 1)]
    assert counted(events, "taken") == [("2024-02-15", 1, 1)]
    assert counted(events, "funded") == [("2024-02-15", 1, 1)]
    before = events_of(lines, day(2, 14))
    assert counted(before, "taken") == counted(before, "funded") == []


def test_an_answer_after_thirty_days_adds_its_hit_when_it_is_known() -> None:
    lines = written()
    lines.applied(PAIR, day(3, 1))
    lines.decided(PAIR, day(3, 10), "refused")
    lines.decided(PAIR, day(3, 10), "taken", known=day(4, 1))
    events = events_of(lines, day(12, 31))
    assert counted(events, "applied") == [("2024-02-09", 1, 0), ("2024-03-01", 0, 1)]
    assert counted(events, "granted") == [("2024-03-10", 1, 0), ("2024-04-01", 0, 1)]
    assert counted(events, "taken") == [("2024-02-09", 1, 0), ("2024-04-01", 0, 1)]


def test_an_outcome_that_claims_to_be_known_with_its_request_counts_the_day_after() -> None:
    lines = written()
    lines.applied(PAIR, ASKED)
    lines.decided(PAIR, ASKED, "taken", known=day(1, 1))
    events = events_of(lines, day(12, 31))
    assert {row[0] for name in ("applied", "granted", "taken", "funded") for row in counted(events, name)} == {
        "2024-01-11"
    }


def test_no_event_counts_before_its_request_and_its_list_were_known() -> None:
    lines = Written()
    lines.request(FIRM, NUMBER, ASKED, known=day(3, 5))
    lines.shown(PAIR, ASKED, known=day(4, 1))
    lines.applied(PAIR, day(1, 12))
    lines.decided(PAIR, day(1, 20), "taken")
    for cut in (day(4, 1), day(12, 31)):
        events = events_of(lines, cut)
        assert counted(events, "granted") == [("2024-03-05", 1, 1)]
        for measure in ("applied", "taken", "funded"):
            assert counted(events, measure) == [("2024-04-01", 1, 1)]
    assert set(events_of(lines, day(3, 31))["measure"]) == {"granted"}


def test_a_showing_corrected_later_moves_nothing_that_was_counted_before() -> None:
    lines = written()
    lines.applied(PAIR, day(1, 12))
    lines.decided(PAIR, day(1, 20), "refused")
    before = events_of(lines, day(6, 1))
    lines.shown(PAIR, day(1, 11), known=day(5, 1), position=9, list_order="random")
    pd.testing.assert_frame_equal(events_of(lines, day(6, 1)), before)


def test_an_event_stands_in_the_segments_of_its_firm_request_and_product() -> None:
    events = events_of(written(), day(12, 31))
    row = events.iloc[0]
    assert (row["product"], row["bank"], row["pattern"]) == (
        "sample-01",
        "sample-yunshan",
        "unsecured|equal_instalments|invoices",
    )
    assert (row["kind"], row["section"], row["prefecture"]) == ("company", "F", "")
    assert (row["size"], row["amount_band"], row["term_band"]) == ("2", "2", "1")
    unknown = events_of(written(), day(12, 31), sample_products()[1:]).iloc[0]
    assert (unknown["product"], unknown["bank"], unknown["pattern"]) == ("sample-01", "", "")


def test_a_pair_that_was_never_shown_counts_for_the_grant_alone() -> None:
    lines = Written()
    lines.request(FIRM, NUMBER, ASKED)
    lines.applied(PAIR, day(1, 12))
    lines.decided(PAIR, day(1, 20), "refused")
    assert set(events_of(lines, day(12, 31))["measure"]) == {"granted"}


def test_the_order_of_the_rows_changes_nothing() -> None:
    lines = written()
    for number in range(2, 9):
        pair = (FIRM, NUMBER, f"sample-{number:02}")
        lines.shown(pair, ASKED, position=number, list_order="random", shown_chance_ppm=400_000)
        lines.applied(pair, day(1, 10 + number))
        lines.decided(pair, day(2, number), ("refused", "granted")[number % 2])
        lines.decided(pair, day(2, number), ("lapsed", "taken")[number % 2], known=day(3, number))
    once = events_of(lines, day(12, 31))
    for rows in lines.rows.values():
        rows.reverse()
    pd.testing.assert_frame_equal(once, events_of(lines, day(12, 31)), check_exact=True)
    assert np.array_equal(at(lines, day(12, 31)).request, np.zeros(8))
