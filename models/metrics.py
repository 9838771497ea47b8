"""How well a score separates and how true a probability is.

Everywhere `bad` is 1 for a default and 0 for none, and a higher score means a default is more likely. `weight` counts
rows (presets to one each): the bootstrap passes one row of weights per draw and gets one figure per draw back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_BINS = 10
_ROWS_PER_BIN = 12  # fewer rows in a bin and its observed rate is mostly chance
_FLOOR_DRAWS = 500
_SMALLEST = 1e-12


def auc(bad: ArrayLike, score: ArrayLike) -> float:
    """Return the area under the ROC curve: the chance that a bad row scores above a good one, a tie counting half.

    Raises ValueError where one of the two classes is absent.
    """
    return float(weighted_auc(bad, score, _ones(bad))[0])


def gini(bad: ArrayLike, score: ArrayLike) -> float:
    """Return 2·AUC - 1."""
    return 2 * auc(bad, score) - 1


def ks(bad: ArrayLike, score: ArrayLike) -> float:
    """Return the Kolmogorov-Smirnov statistic: the largest distance between the two classes' distribution functions."""
    return float(weighted_ks(bad, score, _ones(bad))[0])


def brier(bad: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean squared distance between probability and outcome (0 is best)."""
    return float(weighted_brier(bad, probability, _ones(bad))[0])


def log_loss(bad: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean negative log-likelihood in nats; probabilities are kept 1e-12 away from 0 and 1."""
    y, p = _pair(bad, probability)
    p = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def ece(bad: ArrayLike, probability: ArrayLike, bins: int | None = None) -> float:
    """Return the expected calibration error: mean over rows of |observed rate - mean probability| of the row's bin.

    The bins hold equally many rows in order of probability, rows of equal probability sharing one; preset at most ten
    bins of at least twelve rows.
    """
    y, p = _pair(bad, probability)
    cells = _cells(p, bins)
    return _bin_error(y, p, cells)


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """The ECE that perfectly true probabilities would show by chance alone on these rows."""

    mean: float
    upper: float  # 95 % of draws lie below


def ece_noise_floor(probability: ArrayLike, seed: int, bins: int | None = None) -> NoiseFloor:
    """Return the noise floor of `ece`: outcomes are drawn from the probabilities themselves, 500 times.

    An observed ECE at or below `upper` shows no miscalibration.
    """
    p = np.asarray(probability, dtype=np.float64)
    cells = _cells(p, bins)
    generator = np.random.default_rng(seed)
    errors = [_bin_error((generator.random(len(p)) < p).astype(np.float64), p, cells) for _ in range(_FLOOR_DRAWS)]
    return NoiseFloor(mean=float(np.mean(errors)), upper=float(np.quantile(errors, 0.95)))


def weighted_auc(bad: ArrayLike, score: ArrayLike, weight: Floats) -> Floats:
    """Return one AUC per row of `weight` (draws × rows); draws without one of the classes give NaN."""
    bads, goods = _masses(bad, score, weight)
    below = np.cumsum(goods, axis=1) - goods
    won = np.sum(bads * (below + goods / 2), axis=1)
    pairs = bads.sum(axis=1) * goods.sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0), dtype=np.float64)


def weighted_ks(bad: ArrayLike, score: ArrayLike, weight: Floats) -> Floats:
    """Return one KS statistic per row of `weight` (draws × rows)."""
    bads, goods = _masses(bad, score, weight)
    distance = np.cumsum(bads, axis=1) / bads.sum(axis=1, keepdims=True)
    distance -= np.cumsum(goods, axis=1) / goods.sum(axis=1, keepdims=True)
    return np.asarray(np.abs(distance).max(axis=1), dtype=np.float64)


def weighted_average_precision(bad: ArrayLike, score: ArrayLike, weight: Floats) -> Floats:
    """Return one average precision per row of `weight` (draws × rows): Σ (recall gained) · precision, ties as one."""
    y, s = _pair(bad, score)
    order = np.argsort(-s, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(s[order]) != 0, True])
    hits = np.cumsum(weight[:, order] * y[order], axis=1)[:, ends]
    taken = np.cumsum(weight[:, order], axis=1)[:, ends]
    precision = np.divide(hits, taken, out=np.zeros_like(hits), where=taken > 0)
    gained = np.diff(hits, axis=1, prepend=0.0)
    return np.asarray((gained * precision).sum(axis=1) / hits[:, -1], dtype=np.float64)


def weighted_brier(bad: ArrayLike, probability: ArrayLike, weight: Floats) -> Floats:
    """Return one Brier score per row of `weight` (draws × rows)."""
    y, p = _pair(bad, probability)
    return np.asarray((weight * (p - y) ** 2).sum(axis=1) / weight.sum(axis=1), dtype=np.float64)


def _masses(bad: ArrayLike, score: ArrayLike, weight: Floats) -> tuple[Floats, Floats]:
    """Return the weight of bad and of good rows per distinct score, in ascending order of score."""
    y, s = _pair(bad, score)
    if not 0 < y.sum() < len(y):
        raise ValueError("both outcomes must occur: without a bad and a good row nothing can be separated")
    order = np.argsort(s, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(s[order]) > 0])
    ordered = weight[:, order]
    bads = np.add.reduceat(ordered * y[order], starts, axis=1)
    goods = np.add.reduceat(ordered * (1 - y[order]), starts, axis=1)
    return bads, goods


def _cells(probability: Floats, bins: int | None) -> NDArray[np.int64]:
    wanted = bins or max(1, min(_BINS, len(probability) // _ROWS_PER_BIN))
    edges = np.quantile(probability, np.arange(1, wanted) / wanted)
    return np.searchsorted(np.unique(edges), probability, side="left")


def _bin_error(y: Floats, p: Floats, cells: NDArray[np.int64]) -> float:
    gaps = np.bincount(cells, weights=y - p)
    return float(np.abs(gaps).sum() / len(y))


def _pair(bad: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats]:
    y, s = np.asarray(bad, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if y.shape != s.shape:
        raise ValueError(f"outcomes and scores differ in shape: {y.shape} and {s.shape}")
    if np.isnan(s).any():
        raise ValueError("a score is missing; score every row or leave it out of both")
    return y, s


def _ones(bad: ArrayLike) -> Floats:
    return np.ones((1, np.asarray(bad).size))
