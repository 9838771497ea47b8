"""The loops of packed criteria for numba (extra `fast`); `matching.packed` gives the same bits without it."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
SlotRow = NDArray[np.int32]


@numba.njit(nogil=True)
def cut_rows(least: NDArray[Any], values: NDArray[Any], known: NDArray[np.bool_], found: SlotRow) -> None:
    """Write the slot of each value: 0 where it is not known, else 1 and how many cuts it has reached."""
    for row in range(len(values)):
        value = values[row]
        first, length = 0, len(least)
        while length > 0:
            half = (length + 1) // 2
            # No branch: which way a value goes cannot be foreseen.
            goes = least[first + half - 1] <= value
            first += half * goes
            length = goes * (length - half) + (1 - goes) * (half - 1)
        found[row] = (first + 1) * known[row]


@numba.njit(nogil=True)
def write(slots: SlotRow, kept_of: Words, broken_of: Words, kept: Words, broken: Words) -> None:
    """Write one table into a plane: rows of words by slot."""
    for row in range(len(slots)):
        slot = slots[row]
        for word in range(kept.shape[1]):
            kept[row, word] &= kept_of[slot, word]
            broken[row, word] |= broken_of[slot, word]
