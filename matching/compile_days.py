"""A day against one counted back from the row's own `as_of`."""

from dataclasses import dataclass

import numpy as np

from features.columns import AS_OF
from matching.criteria import BeforeAsOf
from matching.errors import CriteriaError
from matching.frame import Floats, Frame, Ints, Mask
from matching.truth import Truth


@dataclass(frozen=True, slots=True)
class DayTest:
    """The day is `op` (at_least, at_most, above, below, equals, differs) the one so long before `as_of`."""

    column: str
    op: str
    before: BeforeAsOf

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that are read."""
        return (self.column,)

    def bound(self, frame: Frame) -> Ints:
        """Return the day compared with in each row, in days since 1970; CriteriaError where a row has no day."""
        return days_before(as_of_days(frame), self.before)

    def truth(self, frame: Frame) -> Truth:
        """Compare whole days."""
        numbers, bound = frame.numbers(self.column), self.bound(frame)
        values = numbers.values
        match self.op:
            case "at_least":
                holds = values >= bound
            case "at_most":
                holds = values <= bound
            case "above":
                holds = values > bound
            case "below":
                holds = values < bound
            case "equals":
                holds = values == bound
            case _:
                holds = values != bound
        return Truth(holds & numbers.known, ~holds & numbers.known)

    def lacking(self, frame: Frame) -> dict[str, Mask]:
        """Name the column where it is missing."""
        return {self.column: ~frame.numbers(self.column).known}

    def headroom(self, frame: Frame) -> Floats:
        """Measure in spans: 0 at the bound, 1 on the day asked for, or d ÷ (d + span) where it must lie before."""
        numbers, bound, as_of = frame.numbers(self.column), self.bound(frame), as_of_days(frame)
        span = (as_of - bound).astype(np.float64)
        if self.op in ("equals", "differs") or not span.any():
            return np.full(frame.rows, np.nan)
        distance = numbers.values.astype(np.float64) - bound
        if self.op in ("at_least", "above"):
            room = np.clip(distance / np.maximum(span, 1.0), 0.0, 1.0)
        else:
            room = np.maximum(-distance, 0.0) / (np.maximum(-distance, 0.0) + np.maximum(span, 1.0))
        return np.where(numbers.known, room, np.nan)


def as_of_days(frame: Frame) -> Ints:
    """Return the day of each row in days since 1970; CriteriaError where the table has none, or a row lacks its own."""
    if AS_OF not in frame.table.column_names:
        raise CriteriaError("a day is counted back from the day asked for, and these profiles have none")
    days = frame.table.column(AS_OF)
    if days.null_count:
        raise CriteriaError("a day is counted back from the day asked for, and a profile has none")
    found: Ints = np.asarray(days.to_numpy(zero_copy_only=False)).astype("datetime64[D]").astype(np.int64)
    return found


def days_before(as_of: Ints, before: BeforeAsOf) -> Ints:
    """Count back: so many days; or months, to the same day of the month or, where that has none, its last."""
    if before.days_before is not None:
        return as_of - before.days_before
    days = as_of.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    target = months - np.int64(before.months_before or 0)
    first = target.astype("datetime64[D]")
    length = ((target + np.int64(1)).astype("datetime64[D]") - first).astype(np.int64)
    place = (days - months.astype("datetime64[D]")).astype(np.int64)
    found: Ints = first.astype(np.int64) + np.minimum(place, length - 1)
    return found
