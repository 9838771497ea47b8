"""The measures of a match study, by hand and beside a slow oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from models.ranked import Ranked
from models.study_metrics import (
    LARGEST,
    AcquireMeasure,
    MatchMeasure,
    acquire_values,
    customer_ranks,
    figures,
    in_tail,
    largest,
    match_values,
    paired,
    share_of_largest,
    true_ranks,
)

# Three queries over options 0…3, two or three listed; the second's true option (3) is not, the third's is no candidate.
MATCH = Ranked(
    np.array([0, 0, 0, 1, 1, 2, 2, 2]),
    np.array([2, 0, 1, 1, 2, 3, 0, 1]),
    np.array([0.9, 0.5, 0.1, 3.0, 2.0, 0.3, 0.2, 0.1]),
)
TRUTH = np.array([0, 3, -1])


def test_the_place_of_the_true_option_by_hand() -> None:
    assert true_ranks(MATCH, TRUTH).tolist() == [2, 0, 0]
    assert true_ranks(MATCH, np.array([2, 2, 1])).tolist() == [1, 2, 3]


def test_nothing_is_listed_in_an_empty_match() -> None:
    empty = Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    assert true_ranks(empty, TRUTH).tolist() == [0, 0, 0]
    assert np.isnan(share_of_largest(empty, np.array([1, 2])))


def test_the_measures_of_a_match_by_hand() -> None:
    values = match_values(np.array([1, 3, 11, 0]), np.array([False, True, True, True]))
    assert values[MatchMeasure.mrr].tolist() == pytest.approx([1, 1 / 3, 1 / 11, 0])
    assert values[MatchMeasure.hit_at_1].tolist() == [1, 0, 0, 0]
    assert values[MatchMeasure.hit_at_10].tolist() == [1, 1, 0, 0]
    assert values[MatchMeasure.ndcg_at_10].tolist() == pytest.approx([1, 0.5, 0, 0])
    assert figures(values)[MatchMeasure.tail_hit_at_10].estimate == pytest.approx(1 / 3)
    assert figures(values)[MatchMeasure.tail_hit_at_10].count == 3


@given(st.integers(1, 40), st.integers(0, 39))
def test_ndcg_is_scikit_learns(options: int, place: int) -> None:
    place = place % options
    gain = np.zeros((1, max(options, 2)))
    gain[0, place] = 1.0
    score = -np.arange(max(options, 2), dtype=np.float64)[None, :]
    value = match_values(np.array([place + 1]), np.array([True]))[MatchMeasure.ndcg_at_10][0]
    assert value == pytest.approx(ndcg_score(gain, score, k=10))


def test_the_tail_is_all_but_the_fifty_largest_and_who_is_no_candidate() -> None:
    sizes = np.array([5, *([7] * (LARGEST - 1)), 5, 1])
    assert largest(sizes).sum() == LARGEST
    assert in_tail(np.array([0, 1, LARGEST, LARGEST + 1, -1]), sizes).tolist() == [False, False, True, True, True]


def test_the_measures_of_an_acquisition_by_hand() -> None:
    # Option 1 gets queries 2, 0, 1 and took 0 and 1: (1/2 + 2/3) / 2. Option 2 gets 1, 2 and took 2 and (unlisted) 3.
    acquired = Ranked(np.array([2, 0, 1, 1, 2]), np.array([1, 1, 1, 2, 2]), np.array([3.0, 2.0, 1.0, 9.0, 8.0]))
    ranks = customer_ranks(acquired, np.array([1, 1, 2, 2]), np.array([1, 2]))
    assert [places.tolist() for places in ranks] == [[2, 3], [2]]
    values = acquire_values(ranks, np.array([2, 2]))
    assert values[AcquireMeasure.average_precision].tolist() == pytest.approx([(1 / 2 + 2 / 3) / 2, 1 / 4])
    assert values[AcquireMeasure.precision_at_10].tolist() == pytest.approx([0.2, 0.1])
    assert values[AcquireMeasure.recall_at_200].tolist() == [1.0, 0.5]


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any))
def test_average_precision_over_a_full_order_is_scikit_learns(taken: list[bool]) -> None:
    is_taken = np.array(taken)
    ranked = Ranked(np.arange(len(taken)), np.zeros(len(taken), dtype=np.int64), -np.arange(len(taken), dtype=float))
    ranks = customer_ranks(ranked, np.where(is_taken, 0, -1), np.array([0]))
    value = acquire_values(ranks, np.array([is_taken.sum()]))[AcquireMeasure.average_precision][0]
    assert value == pytest.approx(average_precision_score(is_taken, ranked.score))


def test_a_figure_has_the_standard_error_of_a_mean() -> None:
    figure = figures({"x": np.array([0.0, 1.0, np.nan, 1.0, 0.0])})["x"]
    assert (figure.estimate, figure.count) == (0.5, 4)
    assert figure.error == pytest.approx(np.sqrt(1 / 3) / 2)
    assert np.isnan(figures({"x": np.array([1.0])})["x"].error)


def test_a_paired_difference_has_the_interval_of_its_draws() -> None:
    generator = np.random.default_rng(5)
    base = generator.random(400)
    gain = generator.normal(0.05, 0.1, 400)
    interval = paired({"x": base + gain}, {"x": base}, seed=1)["x"]
    assert interval.estimate == pytest.approx(gain.mean())
    half = 1.96 * gain.std() / np.sqrt(400)
    assert interval.low == pytest.approx(gain.mean() - half, abs=0.002)
    assert interval.high == pytest.approx(gain.mean() + half, abs=0.002)
    assert interval.excludes_zero


def test_what_a_measure_does_not_speak_of_takes_no_part_in_a_difference() -> None:
    one, other = np.array([1.0, np.nan, 1.0]), np.array([0.0, np.nan, 0.0])
    interval = paired({"x": one}, {"x": other}, seed=1)["x"]
    assert (interval.estimate, interval.low, interval.high) == (1.0, 1.0, 1.0)
    assert paired({"x": one * np.nan}, {"x": other}, seed=1) == {}


def test_equal_orders_differ_by_nothing() -> None:
    values = match_values(np.arange(1, 30), np.arange(29) % 2 == 0)
    assert {(one.estimate, one.low, one.high) for one in paired(values, values, seed=3).values()} == {(0.0, 0.0, 0.0)}


def test_the_share_of_the_largest_counts_the_first_ten_places_alone() -> None:
    sizes = np.arange(LARGEST + 20)  # the largest are the last fifty
    orders = np.concatenate([np.arange(LARGEST + 20), np.arange(LARGEST + 20)[::-1]])
    ranked = Ranked(np.repeat([0, 1], LARGEST + 20), orders, np.zeros(len(orders)))
    assert share_of_largest(ranked, sizes) == pytest.approx(0.5)
