"""Counts of firms as they may be told: none of one to nine, and none from which one of one to nine follows.

Whoever reads may add and subtract what is told. So besides a small count itself something else stays untold:

- `partition`: the total of parts, where it would tell those hidden;
- `hidden_splits`, `hidden_within`: in rows whose sizes and whose totals are told, the part of a row whose part or rest
  is small, and of so many others that those hidden add up to ten in part and rest;
- `nested`: of sets that grow, one that adds fewer than ten to another that is told.

What a reader shapes (a bank saves a product and asks again) is told in `tens` and `two_figures`: the difference of two
answers is then no count of the firms between them. Every count here is of distinct firms, never of what they asked.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final, TypeVar

import numpy as np

from matching.frame import Ints, Mask

LEAST_SHOWN: Final = 10
_FIGURES: Final = 2
K = TypeVar("K")


def is_small(count: int) -> bool:
    """Say whether a count is one of one to nine."""
    return 0 < count < LEAST_SHOWN


def none_small(*counts: int) -> bool:
    """Say whether none of the counts is small."""
    return not any(is_small(count) for count in counts)


def shown(count: int) -> int | None:
    """Return the count, None for one to nine."""
    return None if is_small(count) else count


def tens(count: int) -> int:
    """Return a count as it is told where the reader shapes what is counted: down to a multiple of ten."""
    return count - count % LEAST_SHOWN


def two_figures(value: int) -> int:
    """Return a sum (of one unit, not negative) down to two significant figures: 123456 → 120000."""
    return int(floor_figures(Decimal(value), Decimal(1)))


def floor_figures(value: Decimal, least: Decimal) -> Decimal:
    """Return a value down to two significant figures, or to a multiple of `least` where that is coarser."""
    step = figure_step(value, least)
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def figure_step(value: Decimal, least: Decimal) -> Decimal:
    """Return the unit of the second significant figure of a value, no finer than `least`."""
    return max(Decimal(1).scaleb(value.adjusted() - _FIGURES + 1), least) if value else least


def partition(counts: Mapping[K, int], hidden: Collection[K] = ()) -> tuple[dict[K, int | None], int | None]:
    """Return the parts of a whole as they may be told, and the whole; None is untold.

    Parts of one to nine are untold, and those in `hidden`. The whole is untold where it would tell, less the parts
    told, a single part or fewer than ten.
    """
    told = {name: None if name in hidden else shown(count) for name, count in counts.items()}
    untold = [counts[name] for name, count in told.items() if count is None]
    tells = bool(untold) and (len(untold) == 1 or sum(untold) < LEAST_SHOWN)
    return told, None if tells else sum(counts.values())


def hidden_splits(parts: Ints, wholes: Ints) -> Mask:
    """Say in which rows the part is untold, where the rows' wholes are told and so is the total of the parts.

    All are where the total of the parts, or of the rests, is itself small: it is then untold too.
    """
    rests = wholes - parts
    rows = zip(parts.tolist(), rests.tolist(), strict=True)
    hidden = np.array([not none_small(part, rest) for part, rest in rows], dtype=np.bool_)
    if not none_small(int(parts.sum()), int(rests.sum())):
        return np.ones_like(hidden)
    if not hidden.any():
        return hidden
    fewer = np.minimum(parts, rests)
    # Those with both a part and a rest first, the smallest before the others.
    for place in np.lexsort((wholes, fewer, fewer == 0)).tolist():
        if hidden.sum() > 1 and min(parts[hidden].sum(), rests[hidden].sum()) >= LEAST_SHOWN:
            break
        hidden[place] = True
    return np.asarray(hidden)


def hidden_within(parts: Ints, wholes: Ints, outer: Mask) -> Mask:
    """Say the same where the wholes are themselves parts, untold in the rows `outer`.

    The sum of these rows follows by subtraction, so they count as one row more.
    """
    if outer.all() or not outer.any():
        return hidden_splits(parts, wholes) | outer
    inner = hidden_splits(np.append(parts[~outer], parts[outer].sum()), np.append(wholes[~outer], wholes[outer].sum()))
    hidden = outer.copy()
    hidden[~outer] = inner[:-1]
    return hidden


def nested(sizes: Sequence[Sequence[int]], among: Sequence[Sequence[int]] = ()) -> list[bool]:
    """Say which of growing sets are told: those that add ten to the one told before them.

    Each set is given by the sizes of its parts (one or more). No part may differ by one to nine from the same part of
    another set told, or of one `among` those told elsewhere that hold these sets or are held by them.
    """
    told: list[Sequence[int]] = []
    flags = []
    for size in sizes:
        before = told[-1] if told else [0] * len(size)
        is_told = sum(size) - sum(before) >= LEAST_SHOWN and all(
            none_small(abs(mine - other)) for one in (before, *among) for mine, other in zip(size, one, strict=True)
        )
        flags.append(is_told)
        if is_told:
            told.append(size)
    return flags
