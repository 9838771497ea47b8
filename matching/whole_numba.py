"""The loops of a whole province's match for numba (extra `fast`); the modules that call them give the same bytes."""

import numba
import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
Small = NDArray[np.uint16]

_WORD = 64


@numba.njit(nogil=True)
def count_bits(words: Words, starts: Ints) -> None:
    """Write where each row's set bits begin in the list of all of them."""
    starts[0] = 0
    for row in range(len(words)):
        found = 0
        for word in words[row]:
            left = word
            while left:
                left &= left - np.uint64(1)
                found += 1
        starts[row + 1] = starts[row] + found


@numba.njit(nogil=True)
def list_bits(words: Words, items: Small) -> None:
    """Write the number of every set bit, row after row in order."""
    place = 0
    for row in range(len(words)):
        for number in range(words.shape[1]):
            left = words[row, number]
            while left:
                lowest = left
                left &= left - np.uint64(1)
                place += 1
                items[place - 1] = number * _WORD + trailing_zeros(lowest)  # type: ignore[call-arg]


@numba.njit(nogil=True)
def pair_values(  # noqa: PLR0913, PLR0917 (a loop over arrays)
    starts: Ints,
    items: Small,
    column: Floats,
    codes: Ints,
    table: Floats,
    divided: int,
    found: Floats,
) -> None:
    """Write for each pair table ÷ column (`divided` 1) or column ÷ table (0); NaN where that is no finite number."""
    for row in range(len(starts) - 1):
        for pair in range(starts[row], starts[row + 1]):
            of_table = table[codes[row], items[pair]]
            # Written out for division by zero, at which numba would raise.
            over = column[row] if divided else of_table
            part = of_table if divided else column[row]
            value = part / over if over != 0.0 else np.nan
            found[pair] = value if np.isfinite(value) else np.nan


@numba.njit(nogil=True)
def best_of_rows(  # noqa: PLR0913, PLR0917 (a loop over arrays)
    starts: Ints, items: Small, scores: Floats, ties: Ints, best: Small, best_scores: Floats
) -> None:
    """Write the best items of each row, best first: the higher score, at equal scores the lower tie."""
    most = best.shape[1]
    for row in range(len(starts) - 1):
        held = 0
        for pair in range(starts[row], starts[row + 1]):
            item, score = items[pair], scores[pair]
            place = held
            while place > 0:
                other = best_scores[row, place - 1]
                if other > score or (other == score and ties[best[row, place - 1]] < ties[item]):
                    break
                place -= 1
            if place == most:
                continue
            held = min(held + 1, most)
            for later in range(held - 1, place, -1):
                best[row, later] = best[row, later - 1]
                best_scores[row, later] = best_scores[row, later - 1]
            best[row, place] = item
            best_scores[row, place] = score
