"""Leaf masks: LightGBM's own scores to the last bit, however the inputs are split, compiled or not."""

from functools import cache

import numpy as np
import pytest

from models.boosting import load_lightgbm
from models.errors import UncoveredTreesError
from models.leaf_masks import LeafMasks
from models.leaf_masks_pairs import Block, Inputs, PairScorer
from models.tree_text import read_forest

ROWS, INPUTS, CODE = 3_000, 6, 3
NUMBERS = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 1e300, -1e300])


def matrix(rows: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(rows, INPUTS))
    values[:, CODE] = draw.integers(-2, 70, rows)
    values[draw.random(values.shape) < 0.1] = np.nan
    values[:, 4] = np.nan_to_num(np.round(values[:, 4], 1))  # never missing in training, and full of ties
    return values


@cache
def text(leaves: int, **more: object) -> str:
    values = matrix(ROWS, 1)
    draw = np.random.default_rng(2)
    first, code = np.nan_to_num(values[:, 0]), np.nan_to_num(values[:, CODE])
    label = first * values[:, 4] + np.sin(code) + np.nan_to_num(values[:, 5]) + draw.normal(size=ROWS) > 0
    lightgbm = load_lightgbm()
    data = lightgbm.Dataset(values, label=label, categorical_feature=[CODE], params={"verbosity": -1})
    size = {"num_leaves": leaves, "min_data_in_leaf": 5, "min_data_per_group": 20, "cat_smooth": 1.0}
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 3, **size, **more}
    return lightgbm.train(parameters, data, num_boost_round=40).model_to_string()


def theirs(model: str, values: np.ndarray) -> np.ndarray:
    return load_lightgbm().Booster(model_str=model).predict(values, raw_score=True, num_threads=1)


def awkward(masks: LeafMasks) -> np.ndarray:
    """Return fresh rows with values on every threshold and beside it, and with numbers that are hardly any."""
    values = matrix(2_000, 9)
    for place, lookup in enumerate(masks.lookups):
        if lookup is not None and place != CODE:
            edges = np.concatenate([lookup.cuts, np.nextafter(lookup.cuts, np.inf), NUMBERS])
            values[:, place] = np.resize(edges, len(values)) if place % 2 else values[:, place]
            values[: len(edges), place] = edges[: len(values)]
    values[:4, CODE] = [-1.0, 2.7, -0.5, 69.0]
    return values


@pytest.mark.parametrize("leaves", [2, 31, 64])
def test_raw_scores_are_lightgbms_bytes(leaves: int) -> None:
    masks = LeafMasks.of(read_forest(text(leaves)))
    values = awkward(masks)
    assert masks.raw(values).tobytes() == theirs(text(leaves), values).tobytes()
    with np.errstate(over="ignore"):
        singles = values.astype(np.float32)
    assert masks.raw(singles.astype(np.float64)).tobytes() == theirs(text(leaves), singles).tobytes()


def test_more_leaves_than_bits_are_refused() -> None:
    with pytest.raises(UncoveredTreesError, match="leaves"):
        LeafMasks.of(read_forest(text(90)))


def split_pairs(*, fast: bool) -> tuple[np.ndarray, np.ndarray]:
    """Score pairs with inputs 0 and 3 of the row, 1 of the item, 2 by group and item, 4 and 5 of the pair."""
    draw = np.random.default_rng(4)
    rows, items, groups = 90, 33, 3
    own, item, grouped = matrix(rows, 5)[:, [0, CODE]], matrix(items, 6)[:, [1]], matrix(groups * items, 7)[:, [2]]
    counts = draw.integers(0, items + 1, rows)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    mine = np.concatenate([np.sort(draw.choice(items, count, replace=False)) for count in counts]).astype(np.uint16)
    group = draw.integers(0, groups, rows)
    owner, pair = np.repeat(np.arange(rows), counts), matrix(len(mine), 8)[:, [4, 5]]
    by_item = grouped.reshape(groups, items, 1)
    whole = np.column_stack([own[owner], item[mine], by_item[group[owner], mine], pair])[:, [0, 2, 3, 1, 4, 5]]
    masks = LeafMasks.of(read_forest(text(31)))
    scorer = PairScorer.of(masks, Inputs((0, CODE), (1,), item, (2,), by_item, (4, 5)), fast=fast)
    own_masks = scorer.own_masks([dict(zip((0, CODE), own.T, strict=True))[place] for place in scorer.own], rows)
    slots = scorer.pair_slots([dict(zip((4, 5), pair.T, strict=True))[place] for place in scorer.pair], len(mine))
    return scorer.scores(Block(own_masks, starts, mine, group, slots)), theirs(text(31), whole)


@pytest.mark.parametrize("fast", [False, True])
def test_a_mask_in_factors_gives_the_same_bytes(fast: bool) -> None:  # noqa: FBT001 (a parameter of pytest)
    if fast:
        pytest.importorskip("numba")
    ours, expected = split_pairs(fast=fast)
    assert ours.tobytes() == expected.tobytes()
