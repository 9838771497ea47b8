"""What only time brings: the values of columns on days to come, given by who can compute them, else by the calendar.

A path names a column's value from a day on, in days after the day asked for. Everything without a path is held as it is
today: the firm goes on trading, filing and paying as it does, and nothing new is held against it. Under that condition
alone is a waiting time exact. So are days: what was recent on the day asked for is taken to stay as recent.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from matching.counterfactual_clauses import MONTHS_PER_YEAR, Row, Value, months_first
from matching.criteria import EPOCH


@dataclass(frozen=True, slots=True)
class Path:
    """A column's values on days to come: `values[i]` from `days[i]` on, days rising; before the first, today's."""

    days: tuple[int, ...]
    values: tuple[Value, ...]

    def at(self, day: int, today: Value) -> Value:
        """Return the value on a day."""
        place = bisect_right(self.days, day)
        return today if place == 0 else self.values[place - 1]


Paths = Mapping[str, Path]


def path_of(values: Mapping[int, Value], today: Value) -> Path | None:
    """Return the path of a column's values by day, only where they change; None where they never do."""
    days: list[int] = []
    found: list[Value] = []
    last = today
    for day in sorted(values):
        if values[day] != last:
            last = values[day]
            days.append(day)
            found.append(last)
    return Path(tuple(days), tuple(found)) if days else None


def calendar_paths(row: Row, as_of: date, horizon_days: int) -> dict[str, Path]:
    """Return what the calendar alone says of ages.

    Months since the first sale rise on the first of each month. The day of the month on which a firm was founded is in
    no column: its age is taken to rise as late as it may, so many whole months after the day asked for.
    """
    start = (as_of - EPOCH).days
    months = as_of.year * MONTHS_PER_YEAR + as_of.month - 1
    found: dict[str, Path] = {}
    age, selling = row.get("age_months"), row.get("months_since_first_sale")
    if isinstance(age, int):
        days = _within(((_same_day(as_of, months + count) - start) for count in _counting()), horizon_days)
        found["age_months"] = Path(tuple(days), tuple(age + count for count in range(1, len(days) + 1)))
    if isinstance(selling, int):
        days = _within(((months_first(months + count) - start) for count in _counting()), horizon_days)
        counts = tuple(selling + count for count in range(1, len(days) + 1))
        found["months_since_first_sale"] = Path(tuple(days), counts)
    return found


def _same_day(as_of: date, months: int) -> int:
    return months_first(months) + min(as_of.day, months_first(months + 1) - months_first(months)) - 1


def _counting() -> Iterator[int]:
    count = 0
    while True:
        count += 1
        yield count


def _within(days: Iterator[int], horizon_days: int) -> list[int]:
    found: list[int] = []
    for day in days:
        if day > horizon_days:
            break
        found.append(day)
    return found
