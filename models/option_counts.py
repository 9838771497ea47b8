"""Decayed counts per segment and option, as known before a day.

A segment is what rows have in common: a state, a state and a city, a sector. It is known by a hash of its texts, so
that counts of later rows can be added to those of earlier ones and two tables agree by value. A row of day *e* weighs
w · 2^(−(d − e) ÷ H) on day *d* > *e*, H the half-life, and nothing on its own day or before.

Sums run over the rows of a segment and option in order of day and weight: no other order changes a bit of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.metrics import Floats

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

#: Days since the newest row of a pair that has none.
NEVER = 1e6
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)


def joined(parts: Sequence[Hashes]) -> Hashes:
    """Return one hash per row of the hashes of several columns."""
    found = parts[0]
    for part in parts[1:]:
        found = (found ^ (found >> _SHIFT)) * _MIX + part
    return (found ^ (found >> _SHIFT)) * _MIX


@dataclass(frozen=True)
class Dated:
    """Rows in order of day and weight: which option each took, on which day (since 1970) and with what weight."""

    option: Ints
    day: Ints
    weight: Floats
    options: int

    def before(self, day: int) -> int:
        """Return how many rows are of earlier days."""
        return int(np.searchsorted(self.day, day))

    def faded(self, day: int, half_lives: Sequence[float]) -> Floats:
        """Return what the rows before the day weigh on it (rows × half-lives)."""
        count = self.before(day)
        days, back = np.unique(self.day[:count], return_inverse=True)
        parts = [np.exp2((days - day) / half_life)[back] * self.weight[:count] for half_life in half_lives]
        return np.stack(parts, axis=1)


@dataclass(frozen=True)
class Counts:
    """Of one kind of segment: the decayed counts of each pair of a segment and an option, segments in order of hash.

    The pairs of segment s are `start[s]` to `start[s + 1]`, options ascending. One further segment and pair, the last
    of each, stand for what was never seen: nothing.
    """

    book: Hashes
    start: Ints
    option: Ints
    count: Floats  # pairs + 1 × half-lives
    age: Floats  # pairs + 1: days since the newest row
    options: int

    def __post_init__(self) -> None:
        """Sum over the options of each segment."""
        segment = np.repeat(np.arange(len(self.book)), np.diff(self.start[:-1]))
        size = len(self.book) + 1
        total = [np.bincount(segment, column, size) for column in self.count[:-1].T]
        object.__setattr__(self, "key", segment * self.options + self.option)
        object.__setattr__(self, "total", np.stack(total, axis=1))

    key: Ints = None  # type: ignore[assignment]
    total: Floats = None  # type: ignore[assignment]

    def segments(self, hashes: Hashes) -> Ints:
        """Return the place of each segment in the book; one past its end where no row had it."""
        size = len(self.book)
        if not size:
            return np.zeros(len(hashes), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.book, hashes), size - 1)
        return np.where(self.book[place] == hashes, place, size)

    def pairs(self, segment: Ints, option: Ints) -> Ints:
        """Return the place of each pair; the last, which counts nothing, where no row had it."""
        size = len(self.key)
        if not size:
            return np.zeros(len(segment), dtype=np.int64)
        wanted = segment * self.options + option
        place = np.minimum(np.searchsorted(self.key, wanted), size - 1)
        return np.where(self.key[place] == wanted, place, size)

    def of_segments(self, segment: Ints) -> tuple[Ints, Ints]:
        """Return, for the pairs of all these segments one after another, the place in `segment` and the pair."""
        first = self.start[segment]
        size = self.start[segment + 1] - first
        row = np.repeat(np.arange(len(segment)), size)
        ahead = np.cumsum(size) - size
        return row, np.arange(len(row)) - np.repeat(ahead - first, size)

    @cached_property
    def leaders(self) -> Floats:
        """The largest count of any option in each segment (segments + 1 × half-lives; nothing for the last)."""
        most = np.zeros((len(self.book) + 1, self.count.shape[1]))
        held = np.flatnonzero(np.diff(self.start[:-1]) > 0)
        if len(held):
            most[held] = np.maximum.reduceat(self.count[:-1], self.start[held], axis=0)
        return most


@dataclass(frozen=True)
class Sorted:
    """Rows in order of segment, option and day: sorted once, counted on any number of days."""

    book: Hashes
    order: Ints
    key: Ints  # in that order
    dated: Dated

    @classmethod
    def of(cls, segment: Hashes, dated: Dated) -> "Sorted":
        """Sort rows that come in order of day."""
        book, place = np.unique(segment, return_inverse=True)
        key = place.astype(np.int64) * dated.options + dated.option
        order = np.argsort(key, kind="stable")
        return cls(book, order, key[order], dated)

    def counts(self, day: int, faded: Floats) -> Counts:
        """Return the counts of the rows before the day; `faded` is `Dated.faded` of it."""
        is_earlier = self.order < len(faded)
        rows, key = self.order[is_earlier], self.key[is_earlier]
        first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.empty(0, np.int64)
        count = np.zeros((len(first) + 1, faded.shape[1]))
        age = np.full(len(first) + 1, NEVER)
        if len(first):
            for column in range(faded.shape[1]):
                count[:-1, column] = np.add.reduceat(np.take(faded[:, column], rows), first)
            age[:-1] = day - self.dated.day[rows[np.append(first[1:], len(key)) - 1]]
        return _counts(self.book, key[first], count, age, self.dated.options)


def merged(old: Counts, new: Counts, days: int, half_lives: Sequence[float]) -> Counts:
    """Return earlier counts after so many days, with newer ones added. `new` has the options of `old`, and maybe more.

    What is in both is a sum of the two, so it depends on how often counts were added, in the last bits alone.
    """
    options = max(old.options, new.options)
    book = np.union1d(old.book, new.book)
    keys, counts, ages = [], [], []
    for part, factor, later in ((old, np.exp2(-days / np.asarray(half_lives)), days), (new, 1.0, 0)):
        place = np.searchsorted(book, part.book)
        segment = np.repeat(place, np.diff(part.start[:-1]))
        keys.append(segment * options + part.option)
        counts.append(part.count[:-1] * factor)
        ages.append(part.age[:-1] + later)
    key, back = np.unique(np.concatenate(keys), return_inverse=True)
    added = np.concatenate(counts)
    count = np.zeros((len(key) + 1, added.shape[1]))
    for column in range(added.shape[1]):
        count[:-1, column] = np.bincount(back, added[:, column], len(key))
    age = np.full(len(key) + 1, NEVER)
    np.minimum.at(age, back, np.concatenate(ages))
    return _counts(book, key, count, age, options)


def _counts(book: Hashes, key: Ints, count: Floats, age: Floats, options: int) -> Counts:
    start = np.searchsorted(key, np.arange(len(book) + 2) * options)
    return Counts(book, start.astype(np.int64), key % options, count, age, options)
