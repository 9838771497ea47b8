"""The table of the studies' benchmark, by hand: how far a figure came, and what a row is called."""

from typing import Any

import pytest
from bench.bench_studies import Ask, Row, gain, lines_of, states, table, way, with_bar

ASK = Ask("mrr", 0.40, 0.44)


@pytest.mark.parametrize(
    ("reached", "state", "far"),
    [(0.39, "below bar", -0.25), (0.41, "below half-way", 0.25), (0.43, "half-way", 0.75), (0.45, "goal", 1.25)],
)
def test_how_far_a_figure_came(reached: float, state: str, far: float) -> None:
    found = way(ASK, reached)
    assert (found["state"], found["half_way"]) == (state, pytest.approx(0.42))
    assert found["far"] == pytest.approx(far)


@pytest.mark.parametrize(
    ("low", "estimate", "state"), [(0.01, 0.02, "goal"), (-0.01, 0.02, "below half-way"), (-0.03, -0.01, "below bar")]
)
def test_a_gain_counts_where_its_interval_is_above_nothing(low: float, estimate: float, state: str) -> None:
    line = {"against": "plain", "measure": "auc", "estimate": estimate, "low": low, "high": 0.05}
    found = gain("plain", Ask("auc", 0.95, 0.95, "rongqiao"), {"risk": {"differences": [line]}})
    assert (found["state"], found["gain"]) == (state, [estimate, low, 0.05])
    assert gain("other", ASK, {"risk": {"differences": [line]}})["state"] == "below bar"


def document(**estimates: float) -> dict[str, Any]:
    rows = [{"method": "ranker", "measure": name, "estimate": value, "se": 0.01} for name, value in estimates.items()]
    return {"match": {"rows": rows, "differences": []}}


def test_a_row_is_as_good_as_its_worst_figure() -> None:
    row = Row("a", "a", (ASK, Ask("hit_at_10", 0.7, 0.8)))
    rows = list(lines_of(row, document(mrr=0.45, hit_at_10=0.71)))
    assert [line["state"] for line in rows] == ["goal", "below half-way"]
    assert states(rows) == {"a": "below half-way"}
    assert "| a | hit_at_10 | 0.7 | 0.7500 | 0.800 | 0.7100 ± 0.0100 | 10% | below half-way |" in table(rows)


def test_a_row_that_is_not_counted_has_no_state_and_an_absent_figure_no_line() -> None:
    row = Row("a", "a", (ASK, Ask("hit_at_10", 0.7, 0.8)), is_counted=False)
    rows = list(lines_of(row, document(mrr=0.45)))
    assert len(rows) == 1
    assert states(rows) == {}


def test_the_report_of_training_is_found_wherever_it_stands() -> None:
    assert with_bar({"models": [{"metrics": {"bar_auc": 1, "x": 2}}]}) == {"bar_auc": 1, "x": 2}
    assert with_bar({"models": []}) is None
