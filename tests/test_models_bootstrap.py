"""Draws of whole enterprises, stratified, and what the intervals say."""

import numpy as np

from models.bootstrap import Interval, draw_measure, draw_weights
from models.folds import assign_folds
from models.metrics import auc, weighted_auc

FIRMS = np.array(["a", "a", "b", "c", "d", "d", "e"])
BAD = np.array([0, 1, 0, 1, 0, 0, 0])


def test_rows_of_one_enterprise_are_drawn_together_and_outcomes_keep_their_number() -> None:
    weights = draw_weights(FIRMS, BAD, seed=1, draws=200)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 4] == weights[:, 5]).all()
    assert (weights[:, 1] + weights[:, 3] == 2).all()
    assert (weights[:, 2] + weights[:, 4] + weights[:, 6] == 3).all()
    assert len(np.unique(weights, axis=0)) > 10


def test_draws_do_not_depend_on_the_order_of_rows() -> None:
    order = np.array([6, 3, 0, 5, 1, 4, 2])
    drawn = draw_weights(FIRMS, BAD, seed=1, draws=20)
    assert (draw_weights(FIRMS[order], BAD[order], seed=1, draws=20) == drawn[:, order]).all()
    assert (draw_weights(FIRMS, BAD, seed=2, draws=20) != drawn).any()


def test_the_interval_of_a_difference_excludes_zero_only_where_one_score_is_better() -> None:
    generator = np.random.default_rng(5)
    bad = np.repeat([1, 0], [40, 160])
    firms = np.array([f"f{number}" for number in range(200)])
    strong = bad + generator.normal(0, 0.5, 200)
    weak = bad + generator.normal(0, 4, 200)
    weights = draw_weights(firms, bad, seed=6)
    first, second = (draw_measure(weighted_auc, bad, score, weights) for score in (strong, weak))
    interval = first.less(second).interval()
    assert interval.excludes_zero
    assert interval.low > 0
    assert first.interval().low < auc(bad, strong) < first.interval().high
    assert first.less(first).interval() == Interval(0.0, 0.0, 0.0)


def test_repeats_are_averaged_within_each_draw() -> None:
    bad = np.array([1, 1, 0, 0, 0])
    firms = np.array(list("abcde"))
    scores = np.array([[5, 4, 3, 2, 1], [1, 2, 3, 4, 5]], dtype=float)  # AUC 1 and 0
    drawn = draw_measure(weighted_auc, bad, scores, draw_weights(firms, bad, seed=1, draws=50))
    assert drawn.estimate == 0.5
    assert np.allclose(drawn.draws, 0.5)  # the spread over repeats is no part of the interval


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        bad = np.repeat([1, 0], [60, 140])
        score = generator.normal(0, 1, 200) + bad
        weights = draw_weights(np.array([f"f{n}" for n in range(200)]), bad, seed=seed, draws=400)
        interval = draw_measure(weighted_auc, bad, score, weights).interval()
        covered += interval.low <= 0.7602 <= interval.high  # Φ(1/√2), the truth of two normals one apart
    assert covered >= 52


def test_folds_keep_an_enterprise_whole_and_share_out_the_bad_ones() -> None:
    firms = np.repeat([f"f{number}" for number in range(57)], 2)
    bad = np.repeat((np.arange(57) < 13).astype(int), 2)
    bad[::2] = 0  # only one row of a bad enterprise is bad
    folds = assign_folds(firms, bad, n_folds=5, seed=3)
    assert (folds[::2] == folds[1::2]).all()
    bads = np.bincount(folds[bad == 1], minlength=5)
    assert bads.max() - bads.min() <= 1
    sizes = np.bincount(folds, minlength=5) // 2
    assert sizes.max() - sizes.min() <= 1


def test_folds_know_ids_outcomes_seed_and_repeat_but_not_the_order_of_rows() -> None:
    firms = np.array([f"f{number}" for number in range(40)])
    bad = (np.arange(40) % 4 == 0).astype(int)
    order = np.random.default_rng(0).permutation(40)
    folds = assign_folds(firms, bad, n_folds=5, seed=3)
    assert (assign_folds(firms[order], bad[order], n_folds=5, seed=3) == folds[order]).all()
    assert (assign_folds(firms, bad, n_folds=5, seed=3, repeat=1) != folds).any()
    assert (assign_folds(firms, bad, n_folds=5, seed=4) != folds).any()
