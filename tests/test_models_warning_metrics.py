"""Precision at the officers' capacity, ties, lead days and their intervals, worked by hand."""

import numpy as np
import pytest

from models.metrics import Floats
from models.warning_metrics import AUC, CAUGHT, IN_TIME, LEAD, PRECISION, RECALL, Judged, first_flags, flagged, judge
from models.warning_metrics import weighted_quantile as quantile

JAN, FEB = np.datetime64("2025-01-31"), np.datetime64("2025-02-28")
ONES = np.ones((1, 4))


def floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def test_equal_scores_at_the_edge_share_what_is_left_of_the_capacity() -> None:
    # Half of four loans: the first whole, the three behind it a third each.
    parts = flagged(floats(1, 3, 1, 1), ONES, capacity=0.5)
    assert parts[0].tolist() == pytest.approx([1 / 3, 1, 1 / 3, 1 / 3])


def test_at_least_one_loan_is_flagged_and_a_hundredth_is_rounded_down() -> None:
    assert flagged(floats(0.1, 0.4, 0.2, 0.3), ONES)[0].tolist() == [0, 1, 0, 0]
    score = np.arange(250, dtype=np.float64)
    assert flagged(score, np.ones((1, 250)))[0].sum() == 2


def test_a_draw_flags_anew_by_how_often_each_loan_was_drawn() -> None:
    weight = np.array([[1.0, 1, 1, 1], [0, 4, 0, 0], [2, 0, 1, 1]])
    parts = flagged(floats(1, 9, 5, 3), weight, capacity=0.25)
    assert parts[0].tolist() == [0, 1, 0, 0]
    assert parts[1][1] == pytest.approx(0.25)  # one of its four copies
    assert parts[2].tolist() == [0, 0, 1, 0]


def test_the_first_flag_of_a_loan_is_the_one_nobody_flagged_before() -> None:
    parts = np.array([[1.0, 0.5, 0.5, 0.25]])
    loan = np.array([7, 8, 8, 7])
    days = np.array([JAN, JAN, FEB, FEB])
    assert first_flags(parts, loan, days)[0].tolist() == [1.0, 0.5, 0.25, 0.0]


def test_quantiles_of_weighted_values() -> None:
    weight = np.array([[1.0, 1, 1, 1], [0, 0, 3, 1], [0, 0, 0, 0]])
    assert quantile(floats(10, 20, 30, 40), weight, 0.5).tolist()[:2] == [20, 30]
    assert np.isnan(quantile(floats(10, 20, 30, 40), weight, 0.5)[2])
    assert np.isnan(quantile(floats(), np.ones((1, 0)), 0.5)[0])


def two_months() -> Judged:
    """Three firms, a loan each, over two months; B defaults, first missing a payment 30 days after January."""
    return Judged(
        days=np.array([JAN, JAN, JAN, FEB, FEB, FEB]),
        enterprises=np.array(["A", "B", "C", "A", "B", "C"]),
        loans=np.array(["1"] * 6),
        bad=np.array([0, 1, 0, 0, 1, 0]),
        missed_days=floats(np.nan, 30, np.nan, np.nan, 2, np.nan),
    )


def test_one_flag_a_month_on_two_months_by_hand() -> None:
    # January flags A (wrong), February flags B two days before its first missed payment.
    scores = {"model": floats(9, 5, 1, 1, 9, 5), "random": np.zeros(6)}
    report = judge(two_months(), scores, "model", seed=1, draws=50)
    found = {name: one.estimate for name, one in report.figures["model"].items()}
    assert (found[PRECISION], found[RECALL]) == (0.5, 0.5)
    assert (found[CAUGHT], found[IN_TIME]) == (1.0, 1.0)
    assert [found[name] for name in LEAD] == [2.0, 2.0, 2.0]
    # Within January B stands above one of two sound loans, in February above both: (1 + 2) of 4 pairs.
    assert found[AUC] == pytest.approx(0.75)
    assert (report.base_rate, report.defaults, report.loans_a_month, report.flags_a_month) == (1 / 3, 1, 3.0, 1.0)


def test_a_constant_score_is_the_random_order() -> None:
    report = judge(two_months(), {"model": floats(9, 5, 1, 1, 9, 5), "random": np.zeros(6)}, "model", seed=1, draws=50)
    found = {name: one.estimate for name, one in report.figures["random"].items()}
    assert found[PRECISION] == pytest.approx(1 / 3)
    assert found[RECALL] == pytest.approx(1 / 3)
    assert found[AUC] == pytest.approx(0.5)
    # Flagged in January with chance 1/3, else in February with 1/3 of the rest.
    assert found[CAUGHT] == pytest.approx(1 / 3 + 2 / 9)
    assert [found[name] for name in LEAD] == [2.0, 30.0, 30.0]
    lead = report.leads["random"][PRECISION]
    assert lead.estimate == pytest.approx(0.5 - 1 / 3)


def test_a_flag_after_the_missed_payment_is_caught_and_not_in_time() -> None:
    rows = two_months()
    late = Judged(rows.days, rows.enterprises, rows.loans, rows.bad, rows.missed_days - 10)
    found = judge(late, {"model": floats(9, 5, 1, 1, 9, 5)}, "model", seed=1, draws=20).figures["model"]
    assert (found[CAUGHT].estimate, found[IN_TIME].estimate, found[LEAD[1]].estimate) == (1.0, 0.0, -8.0)


def test_the_order_of_rows_changes_no_figure() -> None:
    rows, score = _random_rows(), np.random.default_rng(5).random(400).round(1)
    order = np.random.default_rng(6).permutation(400)
    moved = Judged(*(getattr(rows, name)[order] for name in ("days", "enterprises", "loans", "bad", "missed_days")))
    one = judge(rows, {"model": score, "random": np.zeros(400)}, "model", seed=1, draws=40).as_json()
    other = judge(moved, {"model": score[order], "random": np.zeros(400)}, "model", seed=1, draws=40).as_json()
    assert one["figures"].keys() == other["figures"].keys()
    for name, figures in one["figures"].items():
        for what, interval in figures.items():
            assert interval == pytest.approx(other["figures"][name][what], nan_ok=True), (name, what)


def test_what_is_not_defined_is_null_in_json() -> None:
    rows = two_months()
    blind = Judged(rows.days, rows.enterprises, rows.loans, rows.bad, np.full(6, np.nan))
    report = judge(blind, {"model": floats(9, 5, 1, 1, 9, 5)}, "model", seed=1, draws=20).as_json()
    assert report["figures"]["model"][LEAD[0]] == {"estimate": None, "low": None, "high": None}


def _random_rows() -> Judged:
    generator = np.random.default_rng(4)
    bad = (generator.random(400) < 0.1).astype(np.int64)
    return Judged(
        days=np.repeat([JAN, FEB], 200),
        enterprises=np.array([f"F{number % 150:03d}" for number in range(400)]),
        loans=np.array([f"L{number % 200}" for number in range(400)]),
        bad=bad,
        missed_days=np.where(bad == 1, generator.integers(-20, 300, 400), np.nan),
    )
