"""The measures of an order, by hand and beside scikit-learn's."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from models.ranking_metrics import Measure, Queries, measure, spread_over_seeds
from models.ranking_random import expected_of_chance


def queries(*rows: tuple[int, float, int]) -> Queries:
    columns = list(zip(*rows, strict=True))
    return Queries(np.array(columns[0]), np.array(columns[1], dtype=np.float64), np.array(columns[2]))


# Query 7: gains .2, .0, .5 in order of scores 3, 2, 1. Query 9 has nothing relevant. Query 8: a tie broken by key.
ROWS = queries((7, 0.5, 0), (7, 0.2, 1), (9, 0.0, 0), (7, 0.0, 2), (8, 0.0, 2), (8, 1.0, 1), (9, 0.0, 1))
SCORE = np.array([1.0, 3.0, 5.0, 2.0, 4.0, 4.0, 6.0])


def test_ndcg_by_hand() -> None:
    numbers, values = measure(ROWS, SCORE, Measure.ndcg_at_10)
    seven = (0.2 / 1 + 0.5 / 2) / (0.5 / 1 + 0.2 / np.log2(3))
    assert numbers.tolist() == [7, 8]
    assert values == pytest.approx([seven, 1.0])


def test_reciprocal_rank_and_recall_by_hand() -> None:
    assert measure(ROWS, SCORE, Measure.mrr)[1] == pytest.approx([1.0, 1.0])
    assert measure(ROWS, -SCORE, Measure.mrr)[1] == pytest.approx([1.0, 1.0])
    many = Queries(np.zeros(8, dtype=np.int64), np.array([0, 0, 1, 0, 0, 1, 1, 0.0]), np.arange(8))
    falling = -np.arange(8, dtype=np.float64)
    assert measure(many, falling, Measure.mrr)[1] == pytest.approx([1 / 3])
    assert measure(many, falling, Measure.recall_at_5)[1] == pytest.approx([1 / 3])


def test_a_missing_score_stands_last() -> None:
    two = queries((1, 1.0, 0), (1, 0.0, 1))
    assert measure(two, np.array([np.nan, -5.0]), Measure.mrr)[1] == pytest.approx([1 / 2])


def test_nothing_is_measured_of_nothing() -> None:
    none = Queries(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=np.int64))
    assert [len(part) for part in measure(none, np.empty(0), Measure.mrr)] == [0, 0]


def test_a_negative_gain_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        queries((1, -0.1, 0))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**6)), min_size=2, max_size=30, unique_by=lambda one: one[1])
)
def test_ndcg_is_scikit_learns(rows: list[tuple[float, int]]) -> None:
    gain, score = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    one = Queries(np.zeros(len(gain), dtype=np.int64), gain, np.arange(len(gain)))
    values = measure(one, score, Measure.ndcg_at_10)[1]
    if (gain > 0).any():
        assert values[0] == pytest.approx(ndcg_score([gain], [score], k=10), abs=1e-9)


@given(st.permutations(range(7)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    mixed = Queries(ROWS.query[order], ROWS.gain[order], ROWS.key[order])
    for what in Measure:
        assert measure(mixed, SCORE[order], what)[1].tolist() == measure(ROWS, SCORE, what)[1].tolist()


def test_the_spread_over_seeds() -> None:
    mean, error = spread_over_seeds(np.array([0.01, 0.02, 0.03]))
    assert (mean, error) == (pytest.approx(0.02), pytest.approx(0.01 / np.sqrt(3)))
    assert np.isnan(spread_over_seeds(np.array([0.01]))[1])


@given(st.lists(st.integers(0, 2), min_size=1, max_size=5), st.integers(0, 2))
def test_the_worth_of_chance_is_the_mean_over_all_orders(gains: list[int], others: int) -> None:
    gain = np.array([*gains, *[0] * others], dtype=np.float64)
    orders = list(permutations(range(len(gain))))
    every = Queries(np.repeat(np.arange(len(orders)), len(gain)), np.tile(gain, len(orders)), np.array(orders).ravel())
    own = Queries(np.zeros(len(gains), dtype=np.int64), gain[: len(gains)], np.arange(len(gains)))
    for what in Measure:
        expected = expected_of_chance(own, what, np.full(len(gains), len(gain)))
        values = measure(every, np.zeros(len(every.gain)), what)[1]
        assert expected == pytest.approx([values.mean()] if gain.any() else [])
