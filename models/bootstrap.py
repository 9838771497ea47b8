"""Intervals for a figure on few outcomes: enterprises are drawn again, never rows and never repeats.

The spread over repeats of a cross-validation says how much the folds matter, not how much the sample does; it is
never sold as an interval here. Draws are stratified by outcome, so that each holds as many bad enterprises as the
sample.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.metrics import Floats

DRAWS = 1000
LEVEL = 0.95

Measure = Callable[[ArrayLike, ArrayLike, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % percentile bootstrap interval."""

    estimate: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def draw_weights(enterprises: NDArray[np.str_], bad: NDArray[np.int64], *, seed: int, draws: int = DRAWS) -> Floats:
    """Return how often each row is drawn (draws × rows): enterprises with replacement, stratified by outcome.

    All rows of an enterprise are drawn together; it counts as bad where any of its rows is. The draws depend on the
    enterprises' ids, outcomes and the seed, not on the order of rows.
    """
    ids, owner = np.unique(enterprises, return_inverse=True)
    is_bad = np.zeros(len(ids), dtype=bool)
    np.logical_or.at(is_bad, owner, bad.astype(bool))
    generator = np.random.default_rng(seed)
    counts = np.zeros((draws, len(ids)))
    for stratum in (is_bad, ~is_bad):
        size = int(stratum.sum())
        if size:
            counts[:, stratum] = generator.multinomial(size, np.full(size, 1 / size), size=draws)
    return np.asarray(counts[:, owner], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure on the sample and on each bootstrap draw of it."""

    estimate: float
    draws: Floats

    def less(self, other: "Drawn") -> "Drawn":
        """Return the paired difference; both must have been taken on the same draws."""
        return Drawn(self.estimate - other.estimate, self.draws - other.draws)

    def interval(self) -> Interval:
        """Return the 95 % percentile interval."""
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(self.draws, [tail, 1 - tail])
        return Interval(estimate=self.estimate, low=float(low), high=float(high))


def draw_measure(measure: Measure, bad: ArrayLike, scores: Floats, weights: Floats) -> Drawn:
    """Return a measure on the sample and on each draw.

    `scores` has one row per repeat of a cross-validation (or a single one): the figure is the mean over repeats, and
    each draw takes that mean anew.
    """
    whole = np.concatenate([np.ones((1, weights.shape[1])), weights])
    figures = np.mean([measure(bad, row, whole) for row in np.atleast_2d(scores)], axis=0)
    return Drawn(estimate=float(figures[0]), draws=figures[1:])
