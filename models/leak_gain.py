"""How much a pattern tells of a label beyond a smooth function of the value, measured out of fold.

The base is a logistic regression on a piecewise linear function of the value (and of the day). A pattern divides the
rows into groups, each with a shrunken effect on the log-odds. Both are fitted on other units than those they are
judged on. A unit is a distinct value: so a pattern learnt on some values must hold on others, and what is peculiar to
one value is no pattern. The gain is the rise of the log-likelihood; its share is of the base's deviance, what the
value leaves open.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.logistic import probability
from models.metrics import Floats

Ints = NDArray[np.int64]

FOLDS = 5
_KNOTS = 8  # of rows, and as many of distinct values
_ROWS_PER_KNOT = 60
_STEPS = 8
_LONGEST_STEP = 3.0  # log-odds; a longer Newton step overshoots where classes separate
_CLOSE = 1e-3  # log-odds; the last step was so short, and the next would be its square
_BEND = 1.0  # penalty on second differences of the piecewise linear function
_RIDGE = 0.1
_SHRINK = 1.0  # a group's effect counts as much as one unit of Fisher information against it
_MOST_WEIGHT = 20  # rows of one value
_ZERO_SHARE = 0.01  # a zero so frequent has an effect of its own: none is no small amount


@dataclass(frozen=True)
class Labels:
    """Labels by row (rows × labels, 0 or 1) and the log-odds that are known before a column is looked at."""

    bad: Floats
    offset: Floats

    def take(self, rows: Ints | NDArray[np.bool_]) -> "Labels":
        """Return the labels of these rows."""
        return Labels(self.bad[rows], self.offset[rows])

    def beside(self, offset: Floats) -> "Labels":
        """Return the labels with other log-odds known before."""
        return Labels(self.bad, offset)

    def open_nats(self) -> float:
        """Return the nats that the offset leaves open, over all rows and labels."""
        return -float(log_likelihood(self.bad, self.offset).sum())


@dataclass(frozen=True, slots=True)
class Gain:
    """What a pattern adds: share of the deviance left open, in nats over all rows, and its distance from 0 in SE."""

    share: float
    nats: float
    z: float


def units_of(values: NDArray[np.generic]) -> Ints:
    """Return the number of the distinct value of each row."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def folds_of(units: Ints, seed: int) -> Ints:
    """Return the fold of each row: a unit stays whole, and its fold depends on its number and the seed alone."""
    dealt = np.random.default_rng(seed).permutation(int(units.max()) + 1 if len(units) else 0)
    return np.asarray(dealt[units] % FOLDS, dtype=np.int64)


def smooth_log_odds(value: Floats, labels: Labels, fold: Ints) -> Floats:
    """Return the log-odds of each row and label by the offset and a piecewise linear function of a finite value.

    Each row's are those of a fit without the row's fold.
    """
    basis = _basis(value)
    found = np.empty_like(labels.offset)
    for label in range(labels.bad.shape[1]):
        bad, offset = labels.bad[:, label], labels.offset[:, label]
        for number in range(FOLDS):
            kept, asked = fold != number, fold == number
            beta = _fit(basis, bad, offset, kept)
            found[asked, label] = offset[asked] + basis.effect(beta)[asked]
    return found


def group_log_odds(groups: Ints, labels: Labels, fold: Ints) -> Floats:
    """Return the log-odds of each row and label by the offset and its group's shrunken effect, out of fold."""
    found = np.empty_like(labels.offset)
    for label in range(labels.bad.shape[1]):
        bad, offset = labels.bad[:, label], labels.offset[:, label]
        for number in range(FOLDS):
            asked = fold == number
            effect = _effects(groups, bad, offset, (~asked).astype(np.float64))
            found[asked, label] = offset[asked] + effect[groups[asked]]
    return found


def gain_of(log_odds: Floats, labels: Labels, units: Ints) -> Gain:
    """Return what `log_odds` add to the offset; the standard error is over units."""
    rise = (log_likelihood(labels.bad, log_odds) - log_likelihood(labels.bad, labels.offset)).sum(axis=1)
    deviance, nats = labels.open_nats(), float(rise.sum())
    return Gain(nats / deviance if deviance > 0 else 0.0, nats, _distance(rise, units))


def _distance(rise: Floats, units: Ints) -> float:
    """Return the mean rise in standard errors over units; a unit of many rows weighs as one of `_MOST_WEIGHT`.

    Else a few values that most rows share would be the whole test, and their agreement could never be told from chance.
    """
    rows = np.bincount(units)
    weight = (np.minimum(rows, _MOST_WEIGHT) / np.maximum(rows, 1))[units]
    mean = float(np.sum(rise * weight) / np.sum(weight))
    spread = np.bincount(units, weights=weight * (rise - mean))
    error = float(np.sqrt(np.sum(spread**2)))
    return float(np.sum(weight)) * mean / error if error > 0 else 0.0


def promise(groups: Ints, labels: Labels) -> float:
    """Return about how many nats a grouping could gain, by the score test within the sample: a cheap first look."""
    found = 0.0
    for label in range(labels.bad.shape[1]):
        p = probability(labels.offset[:, label])
        residual = np.bincount(groups, weights=labels.bad[:, label] - p)
        information = np.bincount(groups, weights=p * (1 - p))
        found += float(np.sum(residual**2 / (information + _SHRINK))) / 2
    return found


def log_likelihood(bad: Floats, log_odds: Floats) -> Floats:
    """Return the log-likelihood of each label in nats."""
    return np.asarray(bad * log_odds - np.logaddexp(0, log_odds), dtype=np.float64)


@dataclass(frozen=True)
class _Basis:
    """Two neighbouring tents per row: the places of their tops and the row's weights on them."""

    left: Ints
    right: Ints
    on_left: Floats
    on_right: Floats
    penalty: Floats

    def effect(self, beta: Floats) -> Floats:
        return np.asarray(beta[self.left] * self.on_left + beta[self.right] * self.on_right, dtype=np.float64)


def _basis(value: Floats) -> _Basis:
    is_zero = value == 0
    if is_zero.mean() < _ZERO_SHARE or is_zero.all():
        is_zero = np.zeros(len(value), dtype=np.bool_)
    knots = _knots(value[~is_zero])
    left = np.clip(np.searchsorted(knots, value, side="right") - 1, 0, max(len(knots) - 2, 0))
    right = np.minimum(left + 1, len(knots) - 1)
    width = np.where(right > left, knots[right] - knots[left], 1.0)
    on_right = np.clip((value - knots[left]) / width, 0.0, 1.0)
    left, right = np.where(is_zero, len(knots), left), np.where(is_zero, len(knots), right)
    on_right = np.where(is_zero, 0.0, on_right)
    bends = np.diff(np.eye(len(knots)), n=2, axis=0)
    penalty = np.eye(len(knots) + 1) * _RIDGE
    penalty[:-1, :-1] += _BEND * (bends[:, :, None] * bends[:, None, :]).sum(axis=0)
    return _Basis(left.astype(np.int64), right.astype(np.int64), 1.0 - on_right, on_right, penalty)


def _knots(value: Floats) -> Floats:
    wanted = int(np.clip(len(value) // _ROWS_PER_KNOT, 2, _KNOTS))
    at = np.linspace(0, 1, wanted)
    return np.unique(np.r_[np.quantile(value, at), np.quantile(np.unique(value), at)])


def _fit(basis: _Basis, bad: Floats, offset: Floats, kept: NDArray[np.bool_]) -> Floats:
    size = len(basis.penalty)
    beta, counted = np.zeros(size), kept.astype(np.float64)
    for _ in range(_STEPS):
        p = probability(offset + basis.effect(beta))
        residual, weight = (bad - p) * counted, p * (1 - p) * counted
        gradient = np.bincount(basis.left, weights=residual * basis.on_left, minlength=size)
        gradient += np.bincount(basis.right, weights=residual * basis.on_right, minlength=size)
        step = np.linalg.solve(_information(basis, weight) + basis.penalty, gradient - basis.penalty @ beta)
        beta += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < _CLOSE:
            break
    return beta


def _information(basis: _Basis, weight: Floats) -> Floats:
    size = len(basis.penalty)
    found = np.zeros((size, size))
    diagonal = np.bincount(basis.left, weights=weight * basis.on_left**2, minlength=size)
    diagonal += np.bincount(basis.right, weights=weight * basis.on_right**2, minlength=size)
    beside = np.bincount(basis.left, weights=weight * basis.on_left * basis.on_right, minlength=size)[:-1]
    found[np.arange(size), np.arange(size)] = diagonal
    found[np.arange(size - 1), np.arange(1, size)] += beside
    found[np.arange(1, size), np.arange(size - 1)] += beside
    return found


def _effects(groups: Ints, bad: Floats, offset: Floats, counted: Floats) -> Floats:
    size = int(groups.max()) + 1
    effect = np.zeros(size)
    for _ in range(_STEPS):
        p = probability(offset + effect[groups])
        pull = np.bincount(groups, weights=(bad - p) * counted, minlength=size) - _SHRINK * effect
        information = np.bincount(groups, weights=p * (1 - p) * counted, minlength=size) + _SHRINK
        step = pull / information
        effect += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < _CLOSE:
            break
    return effect
