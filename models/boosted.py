"""The challenger: an ensemble of boosted trees with a calibration on scores of rows they did not see.

With few bad rows it is one small booster, a written preset. With more, the size of the trees is chosen on an inner
fold (log-loss of trees fitted on the rest) and several boosters of that size, each with a seed and a share of the
inputs of its own, are averaged: the same trees serve the platform and every study.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.boosting import LARGE, SMALL, Booster, Trees, fit_booster
from models.calibration_curves import Curve, fit_curve
from models.folds import assign_folds
from models.inputs import ModelInput
from models.metrics import Floats, weighted_auc, weighted_average_precision
from models.validation import Rows

INNER_FOLDS: Final = 3
#: Bad rows below which the size of trees is not chosen but written (`SMALL`): a choice on fewer would be chance.
LEAST_TO_CHOOSE: Final = 100
#: Bad rows from which one inner fold says enough; with fewer all three are scored.
ENOUGH_IN_ONE_FOLD: Final = 1000
#: Candidates of the size of trees, smallest first, from the recorded search (tests/bench/search_risk.py, seed 20260630,
#: six sizes drawn besides). On its valid year of 5,495 loans these four had AUC .742, .748, .749 and .750, and those
#: drawn .744 to .751, the worst of them where a tree sees all inputs: what the features say matters ten times as much.
SIZES: Final = (
    SMALL,
    LARGE,
    Trees(num_leaves=16, min_data_in_leaf=20, num_iterations=250, learning_rate=0.05, feature_fraction=0.2),
    # Random cuts (Geurts, Ernst and Wehenkel 2006) for wide tables of mostly missing numbers.
    Trees(31, 5, 300, 0.03, max_bin=63, feature_fraction=0.2, extra_trees=True),
)
#: Boosters of an ensemble; each further one was worth less than .001 of AUC.
MEMBERS: Final = 3
_SEED_STEP = 1000


class Metric(StrEnum):
    """What the size of trees is chosen by."""

    log_loss = "log_loss"
    auc = "auc"
    average_precision = "average_precision"


@dataclass(frozen=True)
class Boosted:
    """Boosters whose raw scores are averaged, and the curve that turns the average into log-odds of bad."""

    boosters: tuple[Booster, ...]
    calibration: Curve

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the calibrated log-odds of bad of each row."""
        return self.calibration.log_odds(mean_raw(self.boosters, matrix))

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to the calibrated log-odds, and the base by row.

        TreeSHAP of the raw score, stretched by row so that base and parts add up to the calibrated log-odds: where
        the calibration is a line the stretch is its slope.
        """
        told = [one.contributions(matrix) for one in self.boosters]
        parts = np.mean([part for part, _ in told], axis=0)
        base = np.mean([one for _, one in told], axis=0)
        stretch = self.calibration.steepness(base, base + parts.sum(axis=1))
        return np.asarray(parts * stretch[:, None], dtype=np.float64), self.calibration.log_odds(base)


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to fit on and rows to score, both read by `inputs`; the first know nothing of the second."""

    seen: Rows
    asked: Rows
    inputs: tuple[ModelInput, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The size of trees that was chosen, and its raw scores of the rows asked about, one split after another."""

    trees: Trees
    raw: Floats


def fit_boosted(rows: Rows, inputs: Sequence[ModelInput], seed: int) -> Boosted:
    """Return the trees of all rows, calibrated on scores of rows that inner fits, by enterprise, did not see."""
    splits = [Split(rows.take(~mask), rows.take(mask), tuple(inputs)) for mask in held_out(rows, seed)]
    chosen = choose_trees(splits, seed)
    bad = np.concatenate([split.asked.bad for split in splits])
    return Boosted(fit_members(rows, inputs, chosen.trees, seed), fit_curve(chosen.raw, bad))


def held_out(rows: Rows, seed: int) -> list[NDArray[np.bool_]]:
    """Return the inner folds that are scored: all three, or with many bad rows one, for a curve needs no more."""
    folds = assign_folds(rows.enterprises, rows.bad, n_folds=INNER_FOLDS, seed=seed)
    last = 1 if rows.bad.sum() >= ENOUGH_IN_ONE_FOLD else INNER_FOLDS
    return [folds == fold for fold in range(last)]


def choose_trees(
    splits: Sequence[Split], seed: int, sizes: Sequence[Trees] | None = None, metric: Metric = Metric.log_loss
) -> Chosen:
    """Return the size whose single booster does best by the metric on the rows that it did not see.

    `sizes` are preset by the number of bad rows; under a hundred nothing is chosen.

    Those scores serve the calibration too: the mean of several members spreads by a few hundredths less, which is
    within what a calibration on so many rows can know.
    """
    bad = np.concatenate([split.asked.bad for split in splits])
    known = int(splits[0].seen.bad.sum() + splits[0].asked.bad.sum())
    wanted = (SMALL,) if known < LEAST_TO_CHOOSE else sizes or preset_sizes(known)
    tried = [Chosen(size, _scores(splits, size, seed)) for size in wanted]
    weight = np.concatenate([_weight(split.asked) for split in splits])
    return tried[int(np.argmin([_loss(metric, bad, one.raw, weight) for one in tried]))]


def preset_sizes(bad: int) -> tuple[Trees, ...]:
    """Return the sizes to choose from with so many bad rows: with a thousand small trees need not be tried."""
    return SIZES if bad < ENOUGH_IN_ONE_FOLD else SIZES[2:]


def fit_members(
    rows: Rows, inputs: Sequence[ModelInput], trees: Trees, seed: int, members: int | None = None
) -> tuple[Booster, ...]:
    """Return the boosters of an ensemble, preset one of small trees and else three."""
    wanted = members or (1 if trees == SMALL else MEMBERS)
    return tuple(
        fit_booster(rows.matrix, rows.bad, inputs, seed + _SEED_STEP * number, trees=trees, weight=rows.weight)
        for number in range(wanted)
    )


def mean_raw(boosters: Sequence[Booster], matrix: Floats) -> Floats:
    """Return the mean raw score of each row."""
    return np.asarray(np.mean([one.raw(matrix) for one in boosters], axis=0), dtype=np.float64)


def _scores(splits: Sequence[Split], trees: Trees, seed: int) -> Floats:
    """Return the raw scores of the rows asked about, each by a booster of the rows that know nothing of them."""
    return np.concatenate(
        [mean_raw(fit_members(one.seen, one.inputs, trees, seed, 1), one.asked.matrix) for one in splits]
    )


def _loss(metric: Metric, bad: NDArray[np.int64], raw: Floats, weight: Floats) -> float:
    """Return the loss by the metric, less is better."""
    if metric is Metric.average_precision:
        return -float(weighted_average_precision(bad, raw, weight[None, :])[0])
    if metric is Metric.auc:
        return -float(weighted_auc(bad, raw, weight[None, :])[0])
    return float(np.average(np.logaddexp(0, raw) - bad * raw, weights=weight))


def _weight(rows: Rows) -> Floats:
    return np.ones(len(rows.bad)) if rows.weight is None else rows.weight
