"""Everything that is counted of the options on one day: what a ranker knows of them, and all that a new day changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.metrics import Floats
from models.option_counts import NEVER, Counts, Dated, Ints, Sorted, merged
from models.option_segments import Kind, Segments, hash_of
from models.study_table import StudyRows

#: Columns of the half-lives: `SHORT` tells what is new, `MAIN` is what most counts, `LONG` is nearly all that was.
SHORT, MAIN, LONG = 0, 1, 2
_LEAST = 1e-12


@dataclass(frozen=True)
class Snapshot:
    """The counts of all kinds as known before `day`; `own` (options × half-lives) is of each option in all."""

    day: int
    half_lives: tuple[float, ...]
    of: Mapping[Kind, Counts]
    own: Floats
    rows: Ints  # of each option, whole
    age: Floats  # days since an option's newest row
    moments: Floats  # options × 3: Σ w, Σ w·x, Σ w·x² of x = ln(amount), w at the long half-life

    @cached_property
    def everything(self) -> Floats:
        """The counts of all options together, by half-life; never nothing."""
        return np.asarray(np.maximum(self.own.sum(axis=0), _LEAST))

    @property
    def options(self) -> int:
        """How many options there are, known by this day or not."""
        return len(self.rows)


@dataclass(frozen=True)
class Ledger:
    """The rows of a history in order of day, sorted by every kind of segment: from it any day's snapshot is counted."""

    segments: Segments
    dated: Dated
    by: Mapping[Kind, Sorted]
    log_amount: Floats  # 0 where missing
    has_amount: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: StudyRows, days: Ints, option: Ints, segments: Segments, options: int) -> "Ledger":
        """Sort rows, which come in order of day, by every kind."""
        weight = np.ones(len(rows)) if rows.weight is None else rows.weight
        dated = Dated(option, days, weight, options)
        hashes = segments.hashes(rows)
        by = {kind: Sorted.of(hash_of(hashes, kind), dated) for kind in segments.kinds}
        amount = np.full(len(rows), np.nan) if segments.amount is None else rows.numbers[segments.amount]
        has_amount = amount > 0
        return cls(segments, dated, by, np.log(np.where(has_amount, amount, 1.0)), has_amount)

    def snapshot(self, day: int, half_lives: Sequence[float]) -> Snapshot:
        """Return what was known before the day."""
        dated = self.dated
        faded = dated.faded(day, half_lives)
        count, size = len(faded), dated.options
        option, age = dated.option[:count], np.full(size, NEVER)
        age[option] = day - dated.day[:count]
        own = [np.bincount(option, column, size) for column in faded.T]
        x, weight = self.log_amount[:count], faded[:, LONG] * self.has_amount[:count]
        moments = [np.bincount(option, weight * power, size) for power in (np.ones(count), x, x * x)]
        return Snapshot(
            day=day,
            half_lives=tuple(half_lives),
            of={kind: one.counts(day, faded) for kind, one in self.by.items()},
            own=np.stack(own, axis=1),
            rows=np.bincount(option, minlength=size).astype(np.int64),
            age=age,
            moments=np.stack(moments, axis=1),
        )


def advanced(old: Snapshot, new: Snapshot) -> Snapshot:
    """Return an earlier snapshot with the rows since then, which `new` counted on its day, added."""
    days = new.day - old.day
    factor = np.exp2(-days / np.asarray(old.half_lives))
    return Snapshot(
        day=new.day,
        half_lives=old.half_lives,
        of={kind: merged(counts, new.of[kind], days, old.half_lives) for kind, counts in old.of.items()},
        own=old.own * factor + new.own,
        rows=old.rows + new.rows,
        age=np.minimum(old.age + days, new.age),
        moments=old.moments * factor[LONG] + new.moments,
    )
