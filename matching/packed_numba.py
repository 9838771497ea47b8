"""The loops of packed criteria for numba (extra `fast`); `matching.packed` gives the same bits without it."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
SlotRow = NDArray[np.int32]
Ints = NDArray[np.int64]

_SIDE_BY_SIDE = 512


@numba.njit(nogil=True)
def cut_rows(padded: NDArray[Any], cuts: int, values: NDArray[Any], known: NDArray[np.bool_], found: SlotRow) -> None:
    """Write the slot of each value: 0 where it is not known, else 1 and how many cuts it has reached.

    The cuts are padded to a power of two with what no value is above, so that every value takes the same steps, many
    values side by side: which way one goes cannot be foreseen.
    """
    reached = np.zeros(_SIDE_BY_SIDE, dtype=np.int64)
    for first in range(0, len(values), _SIDE_BY_SIDE):
        part = values[first : first + _SIDE_BY_SIDE]
        reached[:] = 0
        step = len(padded) // 2
        while step > 0:
            for row in range(len(part)):
                place = reached[row] + step
                reached[row] = place if padded[place - 1] <= part[row] else reached[row]
            step >>= 1
        for row in range(len(part)):
            place = reached[row]
            place = place + 1 if padded[place] <= part[row] else place
            found[first + row] = (min(place, cuts) + 1) * known[first + row]


@numba.njit(nogil=True)
def evaluate(  # noqa: PLR0913, PLR0917 (a loop over arrays)
    slots: SlotRow,
    plane_starts: Ints,
    table_source: Ints,
    table_first: Ints,
    kept_of: Words,
    broken_of: Words,
    merge_plane: Ints,
    merge_parent: Ints,
    mine: Words,
    yes: Words,
    no: Words,
) -> None:
    """Write the verdicts of each row: the tables, plane after plane, and then the planes into their parents."""
    # Rows of words are taken as a whole before the loops over words: only so do those become vector instructions.
    planes, words = len(plane_starts) - 1, yes.shape[1]
    kept = np.empty((planes, words), dtype=np.uint64)
    broken = np.empty((planes, words), dtype=np.uint64)
    for row in range(slots.shape[1]):
        kept[:] = ~np.uint64(0)
        broken[:] = np.uint64(0)
        for plane in range(planes):
            all_kept, all_broken = kept[plane], broken[plane]
            for table in range(plane_starts[plane], plane_starts[plane + 1]):
                place = table_first[table] + slots[table_source[table], row]
                its_kept, its_broken = kept_of[place], broken_of[place]
                for word in range(words):
                    all_kept[word] &= its_kept[word]
                for word in range(words):
                    all_broken[word] |= its_broken[word]
        for merge in range(len(merge_plane)):
            its_kept, its_broken = kept[merge_plane[merge]], broken[merge_plane[merge]]
            all_kept, all_broken = kept[merge_parent[merge]], broken[merge_parent[merge]]
            for word in range(words):
                all_kept[word] &= its_broken[word] | ~mine[merge, word]
                all_broken[word] |= its_kept[word] & mine[merge, word]
        yes[row] = kept[0]
        no[row] = broken[0]
