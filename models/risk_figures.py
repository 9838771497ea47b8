"""The figures of a study's risk models with bootstrap intervals, and their differences in pairs on the same draws."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.bootstrap import Drawn, Interval, draw_weights
from models.metrics import Floats, weighted_auc, weighted_average_precision, weighted_brier, weighted_ks

#: Draws of a report; with 1,000 the ends of a 95 % interval move by about a tenth of its width from seed to seed.
DRAWS: Final = 1000
_CHUNK = 50  # draws at a time: weights of all of them would not fit beside the rest
_SMALLEST = 1e-12
_BINS = 10


def weighted_log_loss(bad: ArrayLike, probability: ArrayLike, weight: Floats) -> Floats:
    """Return one log-loss per row of `weight` (draws × rows), in nats."""
    y, p = np.asarray(bad, dtype=np.float64), np.clip(np.asarray(probability), _SMALLEST, 1 - _SMALLEST)
    loss = -(y * np.log(p) + (1 - y) * np.log1p(-p))
    return np.asarray((weight * loss).sum(axis=1) / weight.sum(axis=1), dtype=np.float64)


def weighted_ece(bad: ArrayLike, probability: ArrayLike, weight: Floats) -> Floats:
    """Return one expected calibration error per row of `weight`, over tenths of the probabilities."""
    y, p = np.asarray(bad, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    edges = np.unique(np.quantile(p, np.arange(1, _BINS) / _BINS))
    cell = np.searchsorted(edges, p, side="left")
    total = np.zeros(len(weight))
    for number in np.unique(cell):
        at = cell == number
        total += np.abs((weight[:, at] * (y[at] - p[at])).sum(axis=1))
    return np.asarray(total / weight.sum(axis=1), dtype=np.float64)


MEASURES: Final[Mapping[str, Callable[[ArrayLike, ArrayLike, Floats], Floats]]] = {
    "auc": weighted_auc,
    "ks": weighted_ks,
    "average_precision": weighted_average_precision,
    "brier": weighted_brier,
    "log_loss": weighted_log_loss,
    "ece": weighted_ece,
}
#: Measures of order alone: of a score that is no probability only these are told.
OF_ORDER: Final = ("auc", "ks", "average_precision")
#: Measures of which models are compared in pairs.
PAIRED: Final = ("auc", "average_precision")


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's scores of the rows reported on; `is_probability` says whether they are probabilities."""

    score: Floats
    is_probability: bool = True


@dataclass(frozen=True)
class RiskFigures:
    """Figures by model and measure with standard errors, and the differences of the first model less each other."""

    figures: Mapping[str, Mapping[str, Interval]]
    errors: Mapping[str, Mapping[str, float]]
    differences: Mapping[str, Mapping[str, Interval]]


def risk_figures(
    scored: Mapping[str, Scored], bad: NDArray[np.int64], units: NDArray[np.str_], seed: int, draws: int = DRAWS
) -> RiskFigures:
    """Return the figures of each model on the same bootstrap draws of `units` (rows of one unit are drawn together)."""
    found: dict[str, dict[str, list[Floats]]] = {name: {} for name in scored}
    for weights in _drawn_weights(units, bad, seed, draws):
        for name, one in scored.items():
            for measure in MEASURES if one.is_probability else OF_ORDER:
                found[name].setdefault(measure, []).append(MEASURES[measure](bad, one.score, weights))
    drawn = {
        name: {measure: _drawn(np.concatenate(parts)) for measure, parts in by.items()} for name, by in found.items()
    }
    first, *others = scored
    return RiskFigures(
        figures={name: {measure: one.interval() for measure, one in by.items()} for name, by in drawn.items()},
        errors={
            name: {measure: float(one.draws.std(ddof=1)) for measure, one in by.items()} for name, by in drawn.items()
        },
        differences={
            other: {measure: drawn[first][measure].less(drawn[other][measure]).interval() for measure in PAIRED}
            for other in others
        },
    )


def _drawn_weights(units: NDArray[np.str_], bad: NDArray[np.int64], seed: int, draws: int) -> Iterator[Floats]:
    """Yield the sample itself, then the draws a few at a time."""
    yield np.ones((1, len(bad)))
    for number in range(0, draws, _CHUNK):
        yield draw_weights(units, bad, seed=seed + number, draws=min(_CHUNK, draws - number))


def _drawn(values: Floats) -> Drawn:
    return Drawn(float(values[0]), values[1:])
