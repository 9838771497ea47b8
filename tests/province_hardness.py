"""How hard a province's world is: how far single columns, and trees fitted on the truth, get towards the oracle."""

from dataclasses import replace

import numpy as np

from matching.comparison import SINGLE_COLUMNS, Judge, judged
from matching.province import build_world
from matching.province.calibration import PRESET
from matching.province.ranking_study import World, world_of
from matching.ranking_rows import feature_columns
from models.boosting import load_lightgbm
from models.inputs import encode, with_levels
from models.metrics import Floats
from models.ranker import Side
from models.ranking_metrics import Measure, Queries, measure
from models.ranking_random import expected_of_chance

_TREES = {
    "objective": "regression",
    "num_leaves": 63,
    "learning_rate": 0.05,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbosity": -1,
    "seed": 1,
}
_ROUNDS = 400


def hardness(enterprises: int, seed: int, noise: float) -> dict[str, float]:
    """Return g of each single column (the better way round), of the best of them, and of trees fitted on the truth.

    g = (NDCG@10 − rule only) ÷ (oracle − rule only) on the enterprise's side by the truth, over the held-out half year;
    the trees are fitted on every eligible pair of the months before (tastes are drawn by seed, so of the same world).
    """
    _, _, known, test = world_of(*build_world(enterprises, seed, market=replace(PRESET, noise=noise))).split()
    queries = judged(test.sets, Side.enterprise, Judge.truth, test.chance).queries
    floor = float(expected_of_chance(queries, Measure.ndcg_at_10).mean())
    rows = test.sets.rows
    singles = {
        name: max(_g(queries, sign * rows[name].to_numpy(dtype=np.float64), floor) for sign in (1.0, -1.0))
        for name in SINGLE_COLUMNS
    }
    found = {name: round(value, 4) for name, value in singles.items()}
    fitted = _g(queries, _fitted(known, test), floor)
    return {**found, "single": max(found.values()), "fitted_on_truth": round(fitted, 4), "rule_only": round(floor, 4)}


def _fitted(train: World, test: World) -> Floats:
    features = feature_columns(train.sets)
    inputs = with_levels(features, train.sets.inputs)
    lightgbm = load_lightgbm()
    data = lightgbm.Dataset(encode(features, inputs), label=train.chance, params={"verbosity": -1})
    trees = lightgbm.train(_TREES, data, num_boost_round=_ROUNDS)
    return np.asarray(trees.predict(encode(feature_columns(test.sets), inputs)), dtype=np.float64)


def _g(queries: Queries, score: Floats, floor: float) -> float:
    return (float(measure(queries, score, Measure.ndcg_at_10)[1].mean()) - floor) / (1.0 - floor)
