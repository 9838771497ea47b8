"""Trees over shown pairs, by one of three objectives; monotone, repeatable, and taught that a place is no merit.

* `lambdarank` orders within a request (Burges 2010). Its scores are comparable within a request only.
* `binary` is the chance, row by row, that what was shown is granted and taken.
* `choice` is a softmax per request in which taking nothing is an option of its own with score 0 (a multinomial logit
  with an outside option, McFadden 1974): what stands beside a product no longer lowers it, and its scores can be
  compared across requests.

The place in the list is an input of every fit, falling; at use every pair stands at the first place. Beside each
request stands a lighter copy of it from which each accepted table is withheld with chance one half, as in
`models.boosting`: a firm may authorise some tables only, and may ask without an amount or a term.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.boosting import Booster, load_lightgbm
from models.inputs import InputKind, ModelInput, encode
from models.metrics import Floats
from models.ranking_table import RankingTable

_COPY_WEIGHT = 0.25
MANY_TAKEN = 3_000  # from so many taken pairs on the trees may be larger: a written preset, not a search
_COMMON: Mapping[str, Any] = {
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "max_bin": 63,
    "verbosity": -1,
}
_FEW: Mapping[str, Any] = {"num_leaves": 7, "min_data_in_leaf": 60, "num_iterations": 120, "learning_rate": 0.06}
_MANY: Mapping[str, Any] = {"num_leaves": 15, "min_data_in_leaf": 100, "num_iterations": 200, "learning_rate": 0.05}
# The least curvature of a row, so that a leaf of sure rows does not run away.
_LEAST_HESSIAN = 1e-4


class Objective(StrEnum):
    """What the trees are fitted to."""

    lambdarank = "lambdarank"
    binary = "binary"
    choice = "choice"


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled rows as LightGBM takes them, requests one after another; the last column of `matrix` is the place."""

    matrix: Floats
    taken: Floats
    weight: Floats
    groups: NDArray[np.int64]


def rows_of(table: RankingTable, inputs: Sequence[ModelInput], seed: int) -> Rows:
    """Return the labelled rows of a table with a copy of each request from which tables are withheld."""
    matrix = at_place(encode(table.matrix_columns(inputs), inputs), table.position)
    starts = np.flatnonzero(np.concatenate([[True], table.query[1:] != table.query[:-1]]))
    groups = np.diff(np.append(starts, len(table)))
    copy = _withheld(matrix, inputs, groups, seed)
    weight = np.concatenate([np.ones(len(matrix)), np.full(len(matrix), _COPY_WEIGHT)])
    return Rows(np.concatenate([matrix, copy]), np.tile(table.is_taken, 2), weight, np.tile(groups, 2).astype(np.int64))


def at_place(matrix: Floats, position: NDArray[np.int64] | int) -> Floats:
    """Return the matrix with the place in the list as its last column."""
    return np.column_stack([matrix, np.broadcast_to(np.asarray(position, dtype=np.float64), len(matrix))])


def fit_trees(rows: Rows, inputs: Sequence[ModelInput], objective: Objective, seed: int) -> Booster:
    """Return the trees of an objective. More taken rows give larger trees."""
    nominal = [place for place, item in enumerate(inputs) if item.kind is InputKind.nominal]
    size = _FEW if rows.taken.sum() / 2 < MANY_TAKEN else _MANY
    of = {**_of(objective, rows), "monotone_constraints": [*(item.direction for item in inputs), -1]}
    return grow(rows, {**size, **of}, seed, nominal)


def grow(rows: Rows, parameters: Mapping[str, Any], seed: int, nominal: Sequence[int] = ()) -> Booster:
    """Return trees by LightGBM's parameters, over what all fits of an order share; `nominal` columns hold codes.

    Several threads give the bytes that one gives only for as many threads each time.
    """
    lightgbm = load_lightgbm()
    chosen = {**_COMMON, **parameters}
    data = lightgbm.Dataset(
        rows.matrix,
        label=rows.taken,
        weight=rows.weight,
        group=rows.groups,
        categorical_feature=list(nominal),
        feature_name=[f"f{place}" for place in range(rows.matrix.shape[1])],
        params={"verbosity": -1, "max_bin": chosen["max_bin"], "num_threads": chosen["num_threads"]},
        free_raw_data=False,
    )
    return Booster(lightgbm.train({**chosen, "seed": seed}, data).model_to_string())


def order_within(depth: int) -> dict[str, Any]:
    """Return the parameters of LambdaRank that cares for so many first places."""
    return {"objective": "lambdarank", "lambdarank_truncation_level": depth, "label_gain": [0, 1]}


def _of(objective: Objective, rows: Rows) -> dict[str, Any]:
    match objective:
        case Objective.lambdarank:
            return order_within(10)
        case Objective.binary:
            return {"objective": "binary"}
        case Objective.choice:
            return {"objective": _choice_gradients(rows), "boost_from_average": False}


def _choice_gradients(rows: Rows) -> Callable[[Floats, Any], tuple[Floats, Floats]]:
    """Return gradient and curvature of −log P(what was taken), P(i) = exp sᵢ ÷ (1 + Σ exp sⱼ) within a request.

    Where several products of a request were taken each is a choice of its own.
    """
    starts = np.cumsum(rows.groups) - rows.groups
    choices = np.repeat(np.maximum(np.add.reduceat(rows.taken, starts), 1.0), rows.groups)

    def gradients(score: Floats, _data: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 (LightGBM's Dataset)
        peak = np.maximum(np.maximum.reduceat(score, starts), 0.0)
        grown = np.exp(score - np.repeat(peak, rows.groups))
        total = np.add.reduceat(grown, starts) + np.exp(-peak)
        chance = grown / np.repeat(total, rows.groups)
        gradient = (choices * chance - rows.taken) * rows.weight
        return gradient, np.maximum(choices * chance * (1.0 - chance), _LEAST_HESSIAN) * rows.weight

    return gradients


def _withheld(matrix: Floats, inputs: Sequence[ModelInput], groups: NDArray[np.int64], seed: int) -> Floats:
    """Return a copy in which each accepted table is missing from half of the requests."""
    tables = sorted({table for item in inputs for table in item.tables})
    drawn = np.random.default_rng(seed).random((len(groups), len(tables))) < 1 / 2
    withheld = np.repeat(drawn, groups, axis=0)
    copy = matrix.copy()
    for place, item in enumerate(inputs):
        if item.tables:
            mask = np.logical_or.reduce([withheld[:, tables.index(table)] for table in item.tables])
            copy[mask, place] = np.nan
    return copy
