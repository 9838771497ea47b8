"""Days and months of the province as integers, and the random streams of a block of firms."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Rng: TypeAlias = np.random.Generator

MONTHS = 36
#: No value. Days, fen and codes are int64 inside, which have no missing value of their own.
MISSING = int(np.iinfo(np.int64).min)
#: A day after every other: what has not happened.
NEVER = 1_000_000
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12

# The order decides what each draws: new ones stand at the end.
_STREAMS = ("firms", "activity", "sales", "purchases", "taxes", "loans", "public", "registry", "insurance", "honours")
_BUCKET_STREAMS = ("dirt", "market")
# What the keys of buckets begin with, beyond any number of a block.
_BUCKETS = 2**30


@dataclass(frozen=True, slots=True)
class Timeline:
    """The observed window: the month of `end` and the 35 before it. Days count from 1970-01-01."""

    end: date

    @property
    def end_day(self) -> int:
        """The last day of which anything is known."""
        return day_number(self.end)

    @property
    def first_month(self) -> int:
        """The window's first month as year * 12 + month - 1."""
        return self.end.year * 12 + self.end.month - MONTHS

    @property
    def starts(self) -> Ints:
        """First days of the 36 months and of the month after them."""
        months = np.arange(MONTHS + 1) + self.first_month - 1970 * 12
        return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)

    @property
    def lasts(self) -> Ints:
        """Last days of the 36 months."""
        return self.starts[1:] - 1

    @property
    def calendar_months(self) -> Ints:
        """Months of the year, 1 to 12, of the 36 months."""
        return (np.arange(MONTHS) + self.first_month) % 12 + 1

    def month_of(self, days: Ints) -> Ints:
        """Return the position in the window of the month each day lies in, outside it below 0 or from 36."""
        return np.searchsorted(self.starts, days, side="right") - 1


def day_number(day: date) -> int:
    """Return the days from 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def years_of(days: Ints) -> Ints:
    """Return the calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def streams(seed: int, block: int) -> dict[str, Rng]:
    """Return one generator per subject for a block of firms.

    A subject's draws depend on seed and block alone, so that a firm's data does not depend on how many firms are built
    and a change to one subject leaves the others as they were.
    """
    return _spawned(seed, (block,), _STREAMS)


def bucket_streams(seed: int, bucket: int) -> dict[str, Rng]:
    """Return one generator per subject that is drawn for a whole bucket of firms."""
    return _spawned(seed, (_BUCKETS, bucket), _BUCKET_STREAMS)


def within(counts: Ints) -> Ints:
    """Return 0, 1, … counting anew within each of consecutive groups of these sizes."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def chance(log_odds: Floats) -> Floats:
    """Return the probability of these log odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))


def poisson_below(expected: Floats, rng: Rng) -> Bools:
    """Return whether an event with these expected numbers happens at least once."""
    return rng.random(expected.shape) < -np.expm1(-expected)


def _spawned(seed: int, key: tuple[int, ...], names: tuple[str, ...]) -> dict[str, Rng]:
    children = np.random.SeedSequence(entropy=seed, spawn_key=key).spawn(len(names))
    return {name: np.random.default_rng(child) for name, child in zip(names, children, strict=True)}
