"""Figures computed by hand, and agreement with scikit-learn on random data with ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from models import metrics

# Pairs (bad, good): .9 beats .8, .5, .1; .5 beats .1, ties with .5, loses to .8. So AUC = (3 + 1.5) / 6.
BAD = [1, 0, 1, 0, 0]
SCORE = [0.9, 0.8, 0.5, 0.5, 0.1]

outcomes = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=60).filter(
    lambda rows: len({bad for bad, _ in rows}) == 2
)


def test_auc_counts_a_tie_as_half() -> None:
    assert metrics.auc(BAD, SCORE) == pytest.approx(4.5 / 6)
    assert metrics.gini(BAD, SCORE) == pytest.approx(0.5)


def test_ks_is_the_largest_gap_between_the_two_distributions() -> None:
    # Up to .1: good 1/3, bad 0. Up to .5: good 2/3, bad 1/2. Up to .8: good 1, bad 1/2. So the gap is 1/2.
    assert metrics.ks(BAD, SCORE) == pytest.approx(1 / 2)


def test_brier_and_log_loss_by_hand() -> None:
    assert metrics.brier([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert metrics.log_loss([1, 0], [0.8, 0.4]) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


def test_a_certain_and_wrong_probability_costs_much_but_not_infinitely() -> None:
    assert 20 < metrics.log_loss([1], [0.0]) < 30


def test_ece_weighs_the_gap_of_each_bin_by_its_rows() -> None:
    bad = [0, 0, 1, 1, 1, 0]
    chance = [0.1, 0.1, 0.1, 0.1, 0.6, 0.6]
    # Lower bin: observed 2/4 against .1, four rows; upper: 1/2 against .6, two rows.
    assert metrics.ece(bad, chance, bins=2) == pytest.approx((4 * 0.4 + 2 * 0.1) / 6)


def test_true_probabilities_have_an_ece_within_its_noise_floor() -> None:
    generator = np.random.default_rng(3)
    chance = generator.uniform(0.05, 0.6, 400)
    bad = (generator.random(400) < chance).astype(int)
    floor = metrics.ece_noise_floor(chance, seed=4)
    assert 0 < floor.mean < floor.upper
    assert metrics.ece(bad, chance) <= floor.upper
    assert metrics.ece(bad, chance / 3) > floor.upper


@given(outcomes)
def test_figures_agree_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    bad, level = np.array(rows).T
    chance = (level + 1) / 10
    false_rate, true_rate, _ = roc_curve(bad, chance, drop_intermediate=False)
    assert metrics.auc(bad, chance) == pytest.approx(roc_auc_score(bad, chance))
    assert metrics.ks(bad, chance) == pytest.approx(np.abs(true_rate - false_rate).max())
    assert metrics.brier(bad, chance) == pytest.approx(brier_score_loss(bad, chance))
    assert metrics.log_loss(bad, chance) == pytest.approx(log_loss(bad, chance))


@given(outcomes, st.integers(0, 1000))
def test_a_weight_is_a_count_of_rows(rows: list[tuple[int, int]], seed: int) -> None:
    bad, score = np.array(rows).T
    counts = np.random.default_rng(seed).integers(1, 4, len(bad))
    weights = np.stack([np.ones(len(bad)), counts])
    twice_bad, twice_score = np.repeat(bad, counts), np.repeat(score, counts)
    assert metrics.weighted_auc(bad, score, weights)[1] == pytest.approx(metrics.auc(twice_bad, twice_score))
    assert metrics.weighted_ks(bad, score, weights)[1] == pytest.approx(metrics.ks(twice_bad, twice_score))
    assert metrics.weighted_brier(bad, score / 9, weights)[1] == pytest.approx(
        metrics.brier(twice_bad, twice_score / 9)
    )


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        metrics.auc([1, 1], [0.1, 0.2])
    with pytest.raises(ValueError, match="missing"):
        metrics.auc([1, 0], [np.nan, 0.2])
    with pytest.raises(ValueError, match="differ in shape"):
        metrics.auc([1, 0], [0.2])
