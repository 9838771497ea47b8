"""Decayed counts of past events by key, as known on each query's day: sorted once, summed once, then looked up.

An event of day *e* weighs 2^(−(d − e) ÷ H) on day *d* ≥ *e* and nothing before its day, H the half-life. Counts of one
key and one day are whole numbers and added as such; the running sums go from day to day within the key. So neither the
order of the events nor what other keys or later days hold changes a bit of a sum.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NO_DAY = -1
UNKNOWN = -1  # a key that no event has
_DAY_BITS = 20  # days since 1970 until the year 4840
_FIRST_DAY = 10_957  # 1 January 2000, from which weights grow: fixed, for the events must not move it
SHORTEST_HALF_LIFE = 30  # days; below it weights of a century would leave the doubles


@dataclass(frozen=True, slots=True)
class Sums:
    """Per query the decayed counts (queries × counts) and the day of the newest event in them, `NO_DAY` without one."""

    counts: Floats
    newest: Ints


@dataclass(frozen=True, slots=True)
class DecayedCounts:
    """The running sums of one way to key the events, one row per key and day on which something became known."""

    stamps: Ints  # key and day in one number, ascending
    running: Floats  # Σ count · 2^(day ÷ H) within the key up to this day
    half_life_days: int

    @classmethod
    def of(cls, keys: Ints, days: Ints, counts: Ints, half_life_days: int) -> "DecayedCounts":
        """Sum whole `counts` (events × counts) by key (not negative) and day (since 1970)."""
        stamps, back = np.unique(_stamped(keys, days), return_inverse=True)
        # Whole numbers below 2^53 in doubles: every sum of a day is exact.
        daily = np.stack([np.bincount(back, column, len(stamps)) for column in counts.T], axis=1)
        growth = _growth(_day_of(stamps), half_life_days)
        weighted = pd.DataFrame(daily * growth[:, None])
        running = weighted.groupby(_key_of(stamps), sort=False).cumsum().to_numpy(dtype=np.float64)
        return cls(stamps, running, half_life_days)

    def at(self, keys: Ints, days: Ints) -> Sums:
        """Return what was known of each key by the end of each day; key `UNKNOWN` has no events."""
        places = np.searchsorted(self.stamps, _stamped(keys, days), side="right") - 1
        nearest = np.maximum(places, 0)
        if not len(self.stamps):
            return Sums(np.zeros((len(keys), self.running.shape[1])), np.full(len(keys), NO_DAY))
        found = (places >= 0) & (keys >= 0) & (_key_of(self.stamps)[nearest] == keys)
        newest = np.where(found, _day_of(self.stamps)[nearest], NO_DAY)
        faded = self.running[nearest]
        faded /= _growth(days, self.half_life_days)[:, None]
        faded[~found] = 0.0
        return Sums(faded, newest)


def _growth(days: Ints, half_life_days: int) -> Floats:
    # By a table of one half-life, so that a day's weight cannot depend on how many days are asked for at once.
    parts = np.exp2(np.arange(half_life_days) / half_life_days)
    whole, rest = np.divmod(days - _FIRST_DAY, half_life_days)
    return np.asarray(np.ldexp(parts[rest], whole), dtype=np.float64)


def _stamped(keys: Ints, days: Ints) -> Ints:
    return (keys << _DAY_BITS) | days


def _key_of(stamps: Ints) -> Ints:
    return stamps >> _DAY_BITS


def _day_of(stamps: Ints) -> Ints:
    return stamps & ((1 << _DAY_BITS) - 1)
