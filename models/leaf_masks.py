"""LightGBM's own scores without walking its trees: the leaf a row ends in is the lowest bit of an AND of masks.

After QuickScorer (Lucchese, Nardini, Orlando, Perego, Tonellotto, Venturini, SIGIR 2015). The leaves of a tree are
numbered from left to right; a node that is false for a row rules out the leaves below its left child, and of those that
no false node rules out the lowest is where the row ends. An AND does not care who computed its parts: the nodes on a
firm's inputs are looked up once per firm, those on a product's once per product, and only those on inputs of the pair
itself once per pair. Leaf values are added tree by tree in LightGBM's order in double, so the sums are its sums to the
last bit.

An input is looked up, not compared: its place among the sorted thresholds of all trees (`Lookup.slots`) chooses a row
of masks, one per tree that asks for it. NaN has the last row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import UncoveredTreesError
from models.tree_text import Forest, Tree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Slots = NDArray[np.uint16]
Masks = NDArray[Any]  # uint32 or uint64

MOST_LEAVES: Final = 64
_NARROW: Final = 32
_MOST_SLOTS: Final = np.iinfo(np.uint16).max
# LightGBM reads what is no larger than this, a float's 1e-35, as zero.
_ZERO: Final = float(np.float32(1e-35))


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """One input: its sorted thresholds, the trees that ask for it, and their masks by slot (slots × trees)."""

    cuts: Floats
    trees: Ints
    table: Masks

    def slots(self, values: Floats) -> Slots:
        """Return the row of the table for each value: how many thresholds are below it; the last row for NaN."""
        places = np.searchsorted(self.cuts, values, side="left")
        return np.where(np.isnan(values), len(self.cuts) + 1, places).astype(np.uint16)


@dataclass(frozen=True, eq=False)
class LeafMasks:
    """A forest as lookups by input (None for inputs that no tree asks for), and its leaves (trees × leaves)."""

    lookups: tuple[Lookup | None, ...]
    leaves: Floats
    dtype: Any

    @classmethod
    def of(cls, forest: Forest) -> "LeafMasks":
        """Compile a forest; UncoveredTreesError where a tree has more leaves than bits, or an input too many cuts."""
        widest = max((len(tree.leaf_value) for tree in forest.trees), default=1)
        if widest > MOST_LEAVES:
            raise UncoveredTreesError(f"a tree of {widest} leaves; masks hold {MOST_LEAVES}")
        dtype = np.dtype(np.uint32 if widest <= _NARROW else np.uint64)
        orders = [_from_left(tree) for tree in forest.trees]
        leaves = np.zeros((len(forest.trees), widest))
        for row, tree, order in zip(leaves, forest.trees, orders, strict=True):
            row[: len(order.leaves)] = tree.leaf_value[order.leaves]
        asked: list[list[_Node]] = [[] for _ in range(forest.inputs)]
        for number, (tree, order) in enumerate(zip(forest.trees, orders, strict=True)):
            for node in range(len(tree.feature)):
                asked[int(tree.feature[node])].append(_Node(number, tree, node, *order.spans[node]))
        return cls(tuple(_lookup(nodes, dtype) if nodes else None for nodes in asked), leaves, dtype)

    @property
    def trees(self) -> int:
        """The number of trees."""
        return len(self.leaves)

    @cached_property
    def widest_lookup(self) -> int:
        """The most slots that an input has."""
        return max((len(one.table) for one in self.lookups if one is not None), default=0)

    def asked(self, inputs: Iterable[int]) -> tuple[int, ...]:
        """Return those of these inputs that some tree asks for, in order."""
        return tuple(place for place in sorted(set(inputs)) if self.lookups[place] is not None)

    def masks(self, inputs: Sequence[int], columns: Sequence[Floats], rows: int) -> Masks:
        """Return, row by row, the AND of the masks of these inputs (rows × trees)."""
        found = np.full((rows, self.trees), np.iinfo(self.dtype).max, dtype=self.dtype)
        for place, column in zip(inputs, columns, strict=True):
            lookup = self.lookups[place]
            if lookup is not None:
                found[:, lookup.trees] &= lookup.table[lookup.slots(column)]
        return found

    def add_leaves(self, masks: Masks) -> Floats:
        """Return the sum of the leaves that masks end in (rows × trees)."""
        total = np.zeros(len(masks))
        for tree in range(self.trees):
            total += self.leaf_values(tree, masks[:, tree])
        return total

    def leaf_values(self, tree: int, masks: Masks) -> Floats:
        """Return the value of the leaf that each mask of one tree ends in."""
        # What is below the lowest bit set, counted: the number of that bit.
        low = np.bitwise_count((masks - self.dtype.type(1)) & ~masks)
        values: Floats = self.leaves[tree].take(low)
        return values

    def raw(self, matrix: Floats) -> Floats:
        """Return LightGBM's raw score of each row of a matrix of inputs, to the last bit."""
        columns = as_read(matrix).T
        one = range(matrix.shape[1])
        return self.add_leaves(self.masks(one, list(columns), len(matrix)))


def as_read(values: Floats) -> Floats:
    """Return values as LightGBM reads a matrix: next to nothing is zero."""
    return np.where(np.abs(values) <= _ZERO, 0.0, values)


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """The leaves of a tree from left to right, and per node the span of them below its left child."""

    leaves: Ints
    spans: list[tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    number: int
    tree: Tree
    node: int
    first: int
    last: int

    @property
    def categories(self) -> frozenset[int] | None:
        return self.tree.categories[self.node]


def _from_left(tree: Tree) -> _Order:
    if not len(tree.feature):
        return _Order(np.zeros(1, dtype=np.int64), [])
    leaves: list[int] = []
    firsts, spans = [0] * len(tree.feature), [(0, 0)] * len(tree.feature)
    # A node is met twice: before its left child, and between its children.
    waiting: list[tuple[int, bool]] = [(0, True)]
    while waiting:
        place, is_first = waiting.pop()
        if place < 0:
            leaves.append(~place)
        elif is_first:
            firsts[place] = len(leaves)
            waiting += [(place, False), (int(tree.left[place]), True)]
        else:
            spans[place] = (firsts[place], len(leaves))
            waiting.append((int(tree.right[place]), True))
    return _Order(np.array(leaves, dtype=np.int64), spans)


def _lookup(nodes: Sequence[_Node], dtype: "np.dtype[Any]") -> Lookup:
    is_code = {node.categories is not None for node in nodes}
    if len(is_code) > 1:
        raise UncoveredTreesError("an input that is a number in one node and a code in another")
    cuts = _code_cuts(nodes) if is_code.pop() else np.unique([node.tree.threshold[node.node] for node in nodes])
    if len(cuts) + 2 > _MOST_SLOTS:
        raise UncoveredTreesError(f"an input with {len(cuts)} thresholds")
    trees = np.unique([node.number for node in nodes])
    table = np.full((len(cuts) + 2, len(trees)), np.iinfo(dtype).max, dtype=dtype)
    for node in nodes:
        kept = dtype.type(~_bits(node.first, node.last) & int(np.iinfo(dtype).max))
        table[_is_false(node, cuts), np.searchsorted(trees, node.number)] &= kept
    return Lookup(cuts, trees.astype(np.int64), table)


def _code_cuts(nodes: Sequence[_Node]) -> Floats:
    """Return cuts between which lie the numbers that are cut to one code: slot 0 is below all, slot c + 1 code c."""
    highest = max((code for node in nodes for code in node.categories or ()), default=0)
    return np.concatenate([[-1.0], np.nextafter(np.arange(1.0, highest + 2.0), 0.0)])


def _is_false(node: _Node, cuts: Floats) -> NDArray[np.bool_]:
    """Say by slot, NaN last, where the node sends a row to the right."""
    slots = np.arange(len(cuts) + 1)
    if node.categories is None:
        right = slots > np.searchsorted(cuts, node.tree.threshold[node.node])
        return np.append(right, not node.tree.nan_left[node.node])
    return np.append(~np.isin(slots - 1, sorted(node.categories)), True)


def _bits(first: int, last: int) -> int:
    return (1 << last) - (1 << first)
