"""Cross-validation by enterprise and what it says: figures with intervals, compared in pairs."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.bootstrap import Drawn, Interval, draw_measure, draw_weights
from models.folds import assign_folds
from models.logistic import probability
from models.metrics import (
    Floats,
    NoiseFloor,
    ece,
    ece_noise_floor,
    log_loss,
    weighted_auc,
    weighted_brier,
    weighted_ks,
)


class RiskModel(Protocol):
    """A fitted model of the log-odds of bad."""

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the calibrated log-odds of bad of each row."""
        ...

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to `log_odds`, and the base by row."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Encoded examples sorted by key: matrix (rows × inputs), outcome, enterprise and weight (preset 1) by row."""

    matrix: Floats
    bad: NDArray[np.int64]
    enterprises: NDArray[np.str_]
    weight: Floats | None = None

    def take(self, mask: NDArray[np.bool_]) -> "Rows":
        """Return the rows under the mask."""
        weight = None if self.weight is None else self.weight[mask]
        return Rows(self.matrix[mask], self.bad[mask], self.enterprises[mask], weight)


Fitter = Callable[[Rows], RiskModel]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """Out-of-fold log-odds (repeats × rows), and the first repeat's models with the fold of each row."""

    log_odds: Floats
    models: tuple[RiskModel, ...]
    folds: NDArray[np.int64]


def cross_validate(rows: Rows, fit: Fitter, *, seed: int, n_folds: int, repeats: int) -> CrossValidated:
    """Return the out-of-fold scores of a fit: every row is scored by a model that saw no row of its enterprise."""
    scores = np.empty((repeats, len(rows.bad)))
    first: list[RiskModel] = []
    for repeat in range(repeats):
        folds = assign_folds(rows.enterprises, rows.bad, n_folds=n_folds, seed=seed, repeat=repeat)
        for fold in range(n_folds):
            model = fit(rows.take(folds != fold))
            scores[repeat, folds == fold] = model.log_odds(rows.matrix[folds == fold])
            if repeat == 0:
                first.append(model)
    folds = assign_folds(rows.enterprises, rows.bad, n_folds=n_folds, seed=seed)
    return CrossValidated(scores, tuple(first), folds)


@dataclass(frozen=True, slots=True)
class Figures:
    """How one model did out of fold; each figure is the mean over repeats, intervals are bootstrapped by enterprise."""

    auc: Interval
    ks: Interval
    brier: Interval
    gini: float
    log_loss: float
    ece: float
    ece_noise_floor: NoiseFloor


def figures(rows: Rows, log_odds: Floats, area: Drawn, weights: Floats, seed: int) -> Figures:
    """Return the figures of out-of-fold log-odds (repeats × rows), whose AUC was drawn already."""
    chance = probability(log_odds)
    return Figures(
        auc=area.interval(),
        ks=draw_measure(weighted_ks, rows.bad, log_odds, weights).interval(),
        brier=draw_measure(weighted_brier, rows.bad, chance, weights).interval(),
        gini=2 * area.estimate - 1,
        log_loss=float(np.mean([log_loss(rows.bad, row) for row in chance])),
        ece=float(np.mean([ece(rows.bad, row) for row in chance])),
        ece_noise_floor=ece_noise_floor(chance[0], seed),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the candidates did on the same draws: figures of each, the one-variable bar, differences of AUC in pairs."""

    figures: Mapping[str, Figures]
    bar: str | None
    bar_auc: Interval | None
    differences: Mapping[str, Interval]  # "a - b": AUC of a less AUC of b

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-able values."""
        return asdict(self)


def compare(rows: Rows, log_odds: Mapping[str, Floats], bar: tuple[str, Floats] | None, seed: int) -> Comparison:
    """Return the comparison of candidates' out-of-fold log-odds and of one variable alone (already turned to risk).

    A missing value of the variable takes its median: it says nothing either way.
    """
    weights = draw_weights(rows.enterprises, rows.bad, seed=seed)
    scores = dict(log_odds)
    if bar:
        scores[bar[0]] = np.where(np.isnan(bar[1]), np.nanmedian(bar[1]), bar[1])[None, :]
    drawn = {name: draw_measure(weighted_auc, rows.bad, score, weights) for name, score in scores.items()}
    pairs = [(a, b) for number, b in enumerate(scores) for a in list(scores)[:number]]
    return Comparison(
        figures={name: figures(rows, log_odds[name], drawn[name], weights, seed) for name in log_odds},
        bar=bar[0] if bar else None,
        bar_auc=drawn[bar[0]].interval() if bar else None,
        differences={f"{a} - {b}": drawn[a].less(drawn[b]).interval() for a, b in pairs},
    )
