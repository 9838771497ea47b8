"""LightGBM's text model read into arrays: what a node asks, where it leads, what a leaf adds.

Only the shapes that `models.leaf_masks` covers are read: one tree per iteration, constant leaves, sums that are not
averaged, zero not read as missing. The rules of a node are those of LightGBM's `Tree::NumericalDecision` and
`Tree::CategoricalDecision` (include/LightGBM/tree.h).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import UncoveredTreesError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Bits of LightGBM's decision_type: categorical, default left, and two bits that say what is missing.
_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_MISSING_NONE, _MISSING_NAN = 0, 2
_WORD = 32


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One tree. A child below zero is the leaf of its complement; what goes left satisfies the node.

    A number satisfies a node where it is at most `threshold`; NaN goes left where `nan_left` says so. Where
    `categories` holds a set the node asks instead whether the number, cut to an integer, is in it; NaN is not.
    """

    feature: Ints
    threshold: Floats
    nan_left: Mask
    left: Ints
    right: Ints
    leaf_value: Floats
    categories: tuple[frozenset[int] | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees in the order in which their leaves are added, over so many inputs."""

    trees: tuple[Tree, ...]
    inputs: int


def read_forest(text: str) -> Forest:
    """Return the trees of a model's text; UncoveredTreesError where they have a shape that is not covered."""
    blocks = list(_blocks(text))
    head = blocks[0]
    if head.get("num_tree_per_iteration") != "1" or "average_output" in head:
        raise UncoveredTreesError("several classes or averaged trees")
    trees = tuple(_tree(block) for block in blocks[1:])
    return Forest(trees, int(head["max_feature_idx"]) + 1)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of the head and then of each tree."""
    fields: dict[str, str] = {}
    for line in text.split("end of trees", 1)[0].splitlines():
        if line.startswith("Tree="):
            yield fields
            fields = {}
        name, _, value = line.partition("=")
        fields[name] = value
    yield fields


def _tree(block: Mapping[str, str]) -> Tree:
    if block.get("is_linear", "0") != "0":
        raise UncoveredTreesError("linear leaves")
    leaf_value = _floats(block, "leaf_value")
    if int(block["num_leaves"]) == 1:
        nothing = np.empty(0, dtype=np.int64)
        return Tree(nothing, np.empty(0), np.empty(0, dtype=np.bool_), nothing, nothing, leaf_value[:1], ())
    kind, threshold = _ints(block, "decision_type"), _floats(block, "threshold")
    categorical = (kind & _CATEGORICAL) > 0
    missing = (kind >> _MISSING_SHIFT) & 3
    if (~np.isin(missing, (_MISSING_NONE, _MISSING_NAN)) & ~categorical).any():
        raise UncoveredTreesError("zero read as missing")
    # Where no missing value was met in training, LightGBM reads NaN as zero.
    nan_left = np.where(missing == _MISSING_NAN, (kind & _DEFAULT_LEFT) > 0, threshold >= 0.0) & ~categorical
    return Tree(
        feature=_ints(block, "split_feature"),
        threshold=threshold,
        nan_left=nan_left,
        left=_ints(block, "left_child"),
        right=_ints(block, "right_child"),
        leaf_value=leaf_value,
        categories=_categories(block, categorical, threshold),
    )


def _categories(block: Mapping[str, str], categorical: Mask, threshold: Floats) -> tuple[frozenset[int] | None, ...]:
    if not categorical.any():
        return (None,) * len(categorical)
    bounds, words = _ints(block, "cat_boundaries"), _ints(block, "cat_threshold")
    found: list[frozenset[int] | None] = []
    for is_set, place in zip(categorical, threshold, strict=True):
        mine = words[bounds[int(place)] : bounds[int(place) + 1]] if is_set else words[:0]
        codes = (number * _WORD + bit for number, word in enumerate(mine) for bit in range(_WORD) if word >> bit & 1)
        found.append(frozenset(codes) if is_set else None)
    return tuple(found)


def _ints(block: Mapping[str, str], name: str) -> Ints:
    return np.array(block[name].split(), dtype=np.int64)


def _floats(block: Mapping[str, str], name: str) -> Floats:
    return np.array([float(word) for word in block[name].split()])
