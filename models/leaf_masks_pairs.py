"""Scores of many pairs of rows (firms) and items (products) by leaf masks, each factor of a mask computed once.

Inputs are of four kinds: of the row, of the item, of the item as a group of rows sees it (a share of a sector, say),
and of the pair itself. The first are looked up once per row, the next two before any row is read, the last per pair.
With numba (extra `fast`) and without it the bytes are the same.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.leaf_masks import Floats, Ints, LeafMasks, Lookup, Masks, Slots, as_read

_STEP = 1 << 15  # pairs at a time in numpy: their masks and sums stay in the cache


def has_numba() -> bool:
    """Say whether the compiled loops can be had."""
    return importlib.util.find_spec("numba") is not None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Pairs of rows and items: those of row r are `items[starts[r]:starts[r + 1]]`.

    `own` are the rows' masks (rows × trees), `groups` their groups, `slots` the lookups of the pair inputs (inputs ×
    pairs).
    """

    own: Masks
    starts: Ints
    items: Slots
    groups: Ints
    slots: Slots


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Which input is of what kind, and what is known of the items: items × inputs, groups × items × inputs."""

    own: tuple[int, ...]
    item: tuple[int, ...]
    item_values: Floats
    grouped: tuple[int, ...]
    grouped_values: Floats
    pair: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """What trees ask of pairs: per tree a span of entries, each an input and the place of its masks in `tables`."""

    starts: Ints
    inputs: Ints
    places: Ints
    tables: Masks


@dataclass(frozen=True, eq=False)
class PairScorer:
    """A forest whose item part is computed; `fast` takes numba's loops."""

    masks: LeafMasks
    own: tuple[int, ...]
    pair: tuple[int, ...]
    item_masks: Masks  # groups × trees × items
    entries: Entries
    fast: bool

    @classmethod
    def of(cls, masks: LeafMasks, inputs: Inputs, *, fast: bool) -> "PairScorer":
        """Compute the items' masks. Inputs of the row and the pair that no tree asks for are left out."""
        items = len(inputs.item_values)
        alone = masks.masks(inputs.item, list(as_read(inputs.item_values).T), items)
        by_group = [alone & masks.masks(inputs.grouped, list(as_read(one).T), items) for one in inputs.grouped_values]
        pair = masks.asked(inputs.pair)
        return cls(
            masks=masks,
            own=masks.asked(inputs.own),
            pair=pair,
            item_masks=np.ascontiguousarray(np.stack(by_group or [alone]).transpose(0, 2, 1)),
            entries=_entries(masks, pair),
            fast=fast,
        )

    def own_masks(self, columns: Sequence[Floats], rows: int) -> Masks:
        """Return the masks of rows (rows × trees) from a column per input of `own`."""
        if not self.fast:
            return self.masks.masks(self.own, [as_read(column) for column in columns], rows)
        from models import leaf_masks_numba as loops  # noqa: PLC0415 (optional)

        found = np.full((rows, self.masks.trees), np.iinfo(self.masks.dtype).max, dtype=self.masks.dtype)
        for place, column in zip(self.own, columns, strict=True):
            lookup = self._lookup(place)
            loops.and_rows(self._slots(lookup, column), lookup.trees, lookup.table, found)
        return found

    def pair_slots(self, values: Sequence[Floats], pairs: int) -> Slots:
        """Return the lookups (inputs × pairs) of a column per input of `pair`."""
        found = np.empty((len(self.pair), pairs), dtype=np.uint16)
        for slots, place, column in zip(found, self.pair, values, strict=True):
            slots[:] = self._slots(self._lookup(place), column)
        return found

    def scores(self, block: Block) -> Floats:
        """Return LightGBM's raw score of each pair, to the last bit."""
        return self._scores_fast(block) if self.fast else self._scores(block)

    def _lookup(self, place: int) -> Lookup:
        lookup = self.masks.lookups[place]
        if lookup is None:
            raise ValueError(f"no tree asks for input {place}")
        return lookup

    def _slots(self, lookup: Lookup, column: Floats) -> Slots:
        if not self.fast:
            return lookup.slots(as_read(column))
        from models import leaf_masks_numba as loops  # noqa: PLC0415 (optional)

        found = np.empty(len(column), dtype=np.uint16)
        loops.slots_of(_padded(lookup.cuts), len(lookup.cuts), as_read(column), found)
        return found

    def _scores_fast(self, block: Block) -> Floats:
        from models import leaf_masks_numba as loops  # noqa: PLC0415 (optional)

        total = np.empty(len(block.items))
        loops.add_leaves(
            np.argsort(block.groups, kind="stable"),
            block.starts,
            block.groups,
            block.items,
            block.own,
            self.item_masks,
            block.slots,
            self.entries.starts,
            self.entries.inputs,
            self.entries.places,
            self.entries.tables,
            self.masks.leaves,
            total,
        )
        return total

    @cached_property
    def _by_tree(self) -> Masks:
        """The items' masks tree by tree, each over groups × items."""
        groups, trees, items = self.item_masks.shape
        return np.ascontiguousarray(self.item_masks.transpose(1, 0, 2)).reshape(trees, groups * items)

    def _scores(self, block: Block) -> Floats:
        own = np.ascontiguousarray(block.own.T)
        owner = np.repeat(np.arange(len(block.starts) - 1), np.diff(block.starts))
        column = block.groups[owner] * self.item_masks.shape[2] + block.items
        total = np.zeros(len(block.items))
        for first in range(0, len(total), _STEP):
            part = slice(first, first + _STEP)
            self._add(total[part], own, owner[part], column[part], block.slots[:, part])
        return total

    def _add(self, total: Floats, own: Masks, owner: Ints, column: Ints, slots: Slots) -> None:
        entries = self.entries
        for tree in range(self.masks.trees):
            left = own[tree].take(owner)
            left &= self._by_tree[tree].take(column)
            for entry in range(entries.starts[tree], entries.starts[tree + 1]):
                left &= entries.tables[entries.places[entry] :].take(slots[entries.inputs[entry]])
            total += self.masks.leaf_values(tree, left)


def _entries(masks: LeafMasks, pair: Sequence[int]) -> Entries:
    asked: list[list[tuple[int, Masks]]] = [[] for _ in range(masks.trees)]
    for number, place in enumerate(pair):
        lookup = masks.lookups[place]
        if lookup is not None:
            for tree, table in zip(lookup.trees, lookup.table.T, strict=True):
                asked[tree].append((number, table))
    listed = [entry for of_tree in asked for entry in of_tree]
    lengths = [len(table) for _, table in listed]
    return Entries(
        starts=np.cumsum([0, *(len(of_tree) for of_tree in asked)]),
        inputs=np.array([number for number, _ in listed], dtype=np.int64),
        places=np.cumsum([0, *lengths[:-1]], dtype=np.int64)[: len(listed)],
        tables=np.concatenate([table for _, table in listed] or [np.empty(0, dtype=masks.dtype)]),
    )


def _padded(cuts: Floats) -> Floats:
    """Return cuts with infinity behind them up to a power of two."""
    padded = np.full(1 << len(cuts).bit_length(), np.inf)
    padded[: len(cuts)] = cuts
    return padded
