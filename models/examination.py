"""How much less a place further down a list is looked at, estimated from the lists that were shown in random order.

In such a list what stands where is chance, so the share applied for at a place, over the share at the first, is how
much the place is examined. Bands of places; each share is drawn towards the overall share by `PRIOR_SHOWN` showings,
and the curve never rises. It is estimated anew each month from what was known before that month; without randomly
ordered lists it is 1 everywhere, and nothing is corrected.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LAST_PLACES = np.array([1, 2, 3, 4, 6, 8, 10])  # of each band but the last, which is open
BANDS = len(LAST_PLACES) + 1
PRIOR_SHOWN = 100.0
LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Examination:
    """One curve per month (number of months since 1970): what is known before it, in force from its first day."""

    months: Ints  # ascending
    curves: Floats  # months × bands

    def at(self, days: Ints) -> Floats:
        """Return the curve (days × bands, 1 for the first band) in force on each day."""
        place = np.searchsorted(self.months, month_of(days), side="right") - 1
        return np.where((place >= 0)[:, None], self.curves[np.maximum(place, 0)], 1.0)


def bands(positions: Ints) -> Ints:
    """Return the band of each place in a list (1 is the first)."""
    return np.searchsorted(LAST_PLACES, positions, side="left").astype(np.int64)


def month_of(days: Ints) -> Ints:
    """Return the months since 1970 of days since 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def fit_examination(days: Ints, positions: Ints, shown: Ints, applied: Ints) -> Examination:
    """Estimate the curves from showings in random order: the day each was known, its place, and 0/1 counts."""
    if not len(days):
        return Examination(np.zeros(1, dtype=np.int64), np.ones((1, BANDS)))
    known = month_of(days) + 1
    months = np.arange(known.min(), known.max() + 1)
    cell = (known - months[0]) * BANDS + bands(positions)
    size = len(months) * BANDS
    seen = np.bincount(cell, shown, size).reshape(-1, BANDS).cumsum(axis=0)
    hits = np.bincount(cell, applied, size).reshape(-1, BANDS).cumsum(axis=0)
    return Examination(months, _curve(seen, hits))


def _curve(seen: Floats, hits: Floats) -> Floats:
    overall = hits.sum(axis=1, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1.0)
    share = (hits + PRIOR_SHOWN * overall) / (seen + PRIOR_SHOWN)
    relative = np.where(share[:, :1] > 0, share / np.where(share[:, :1] > 0, share[:, :1], 1.0), 1.0)
    falling: Floats = np.minimum.accumulate(np.clip(relative, LEAST, 1.0), axis=1)
    return falling
