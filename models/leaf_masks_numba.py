"""The loops of leaf masks for numba (extra `fast`); `models.leaf_masks_pairs` gives the same bytes without it.

Import this module only where `models.leaf_masks_pairs.has_numba()`. Nothing is cached on disk: a loop is compiled at
its first call and lives as long as its process. No fast maths: the sums are to be LightGBM's to the last bit.
"""

from typing import Any

import numba
import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

Masks = NDArray[Any]
Ints = NDArray[np.int64]
Slots = NDArray[np.uint16]
Floats = NDArray[np.float64]

_SIDE_BY_SIDE = 512


@numba.njit(nogil=True)
def slots_of(padded: Floats, cuts: int, values: Floats, found: Slots) -> None:
    """Write how many cuts are below each value; their number and one more for NaN.

    The cuts are padded to a power of two with infinity, so that every value takes the same steps, many side by side.
    """
    below = np.zeros(_SIDE_BY_SIDE, dtype=np.int64)
    for first in range(0, len(values), _SIDE_BY_SIDE):
        part = values[first : first + _SIDE_BY_SIDE]
        below[:] = 0
        step = len(padded) // 2
        while step > 0:
            for row in range(len(part)):
                place = below[row] + step
                below[row] = place if padded[place - 1] < part[row] else below[row]
            step >>= 1
        for row in range(len(part)):
            place = below[row]
            place = place + 1 if padded[place] < part[row] else place
            found[first + row] = cuts + 1 if np.isnan(part[row]) else place


@numba.njit(nogil=True)
def and_rows(slots: Slots, trees: Ints, table: Masks, found: Masks) -> None:
    """AND the masks of one input into those of its trees (rows × trees)."""
    for row in range(len(slots)):
        slot = slots[row]
        for place in range(len(trees)):
            found[row, trees[place]] &= table[slot, place]


@numba.njit(nogil=True)
def _add_unasked(mask: np.unsignedinteger[Any], of_items: Masks, mine: Slots, values: Floats, sums: Floats) -> None:
    for pair in range(len(sums)):
        sums[pair] += values[trailing_zeros(mask & of_items[mine[pair]])]  # type: ignore[call-arg]


@numba.njit(nogil=True)
def _add_asked_once(  # noqa: PLR0913, PLR0917 (a loop over arrays)
    mask: np.unsignedinteger[Any],
    of_items: Masks,
    mine: Slots,
    table: Masks,
    slot: Slots,
    values: Floats,
    sums: Floats,
) -> None:
    for pair in range(len(sums)):
        left = mask & of_items[mine[pair]] & table[slot[pair]]
        sums[pair] += values[trailing_zeros(left)]  # type: ignore[call-arg]


@numba.njit(nogil=True)
def _add_left(left: Masks, values: Floats, sums: Floats) -> None:
    for pair in range(len(sums)):
        sums[pair] += values[trailing_zeros(left[pair])]  # type: ignore[call-arg]


@numba.njit(nogil=True)
def add_leaves(  # noqa: PLR0913, PLR0917 (a loop over arrays)
    order: Ints,
    starts: Ints,
    groups: Ints,
    items: Slots,
    own: Masks,
    item_masks: Masks,
    slots: Slots,
    entry_starts: Ints,
    entry_inputs: Ints,
    entry_places: Ints,
    tables: Masks,
    leaves: Floats,
    total: Floats,
) -> None:
    """Write the score of each pair, row after row in the order given: rows of one group share item masks in cache."""
    left = np.empty(item_masks.shape[2], dtype=own.dtype)
    for row in order:
        first = starts[row]
        count = starts[row + 1] - first
        mine = items[first : first + count]
        sums = total[first : first + count]
        sums[:] = 0.0
        for tree in range(own.shape[1]):
            mask = own[row, tree]
            of_items = item_masks[groups[row], tree]
            values = leaves[tree]
            entry, entries = entry_starts[tree], entry_starts[tree + 1] - entry_starts[tree]
            # Most trees ask the pair for nothing, one thing or two: then nothing is written in between.
            if entries == 0:
                _add_unasked(mask, of_items, mine, values, sums)
                continue
            table, slot = tables[entry_places[entry] :], slots[entry_inputs[entry], first : first + count]
            if entries == 1:
                _add_asked_once(mask, of_items, mine, table, slot, values, sums)
                continue
            last = entry + 1
            table_2, slot_2 = tables[entry_places[last] :], slots[entry_inputs[last], first : first + count]
            if entries == 2:  # noqa: PLR2004 (said above)
                for pair in range(count):
                    left_one = mask & of_items[mine[pair]] & table[slot[pair]] & table_2[slot_2[pair]]
                    sums[pair] += values[trailing_zeros(left_one)]  # type: ignore[call-arg]
                continue
            for pair in range(count):
                left[pair] = mask & of_items[mine[pair]] & table[slot[pair]] & table_2[slot_2[pair]]
            for entry in range(last + 1, entry_starts[tree + 1]):
                table, slot = tables[entry_places[entry] :], slots[entry_inputs[entry], first : first + count]
                for pair in range(count):
                    left[pair] &= table[slot[pair]]
            _add_left(left, values, sums)
