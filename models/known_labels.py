"""What was known of the outcomes on a day: a bad one from its own day on, a good one once its horizon has passed.

Of a row that is still open nothing is known but that it was not bad yet. Rows taken only where they were bad early,
beside good ones that had all the time, would tell a rate too high; so a fit reads whole cohorts whose horizon has
passed, and an open row only lends its time at risk.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import StudyError
from models.metrics import Floats
from models.study_table import Days, StudyRows

DAYS_A_MONTH = 30.4375
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class DatedOutcomes:
    """Rows with the day from which their horizon runs, its last day, and the day of the bad outcome (NaT: none came).

    `left_out` counts the rows of the table that could not be used: no day, no label, or a bad outcome without a day
    of its own or with one before the row's. `undated` of them were bad.
    """

    rows: StudyRows
    day: Days
    due: Days
    bad_on: Days
    bad: Floats  # 1 where the bad outcome came within the horizon, in hindsight
    horizon: int
    left_out: int
    undated: int

    @property
    def watched_until(self) -> np.datetime64:
        """The last day of which the table tells; later ones cannot be judged."""
        latest: np.datetime64 = self.bad_on[~np.isnat(self.bad_on)].max()
        return latest

    def mature(self, day: np.datetime64) -> Mask:
        """Return the rows whose outcome was certain before the day, good or bad."""
        return np.asarray(self.due < day, dtype=np.bool_)

    def months_between(self, day: Days | np.datetime64) -> Floats:
        """Return each row's age in months on a day, its own or one for all; NaN where there is none."""
        days = (day - self.day).astype("timedelta64[D]")
        return np.where(np.isnat(days), np.nan, days.astype(np.float64) / DAYS_A_MONTH)

    def age_bad(self, before: np.datetime64) -> Floats:
        """Return the age in months at the bad outcome as known before a day; NaN where none was known."""
        known = np.where(self.bad_on < before, self.bad_on, np.datetime64("NaT"))
        return self.months_between(known)


def dated_outcomes(rows: StudyRows, horizon: int) -> DatedOutcomes:
    """Return the rows whose outcome has a day; raise StudyError where none has, or the rows have no day at all."""
    if rows.day is None or rows.outcome_on is None or rows.label is None:
        raise StudyError("outcomes as known on a day need columns.date, columns.label and outcome_known")
    begun = ~np.isnat(rows.day)
    undated = (rows.label == 1) & begun & ~(rows.outcome_on >= rows.day)
    kept = begun & ~np.isnan(rows.label) & ~undated
    if not (kept & (rows.label == 1)).any():
        raise StudyError("no row is bad on a day of its own, so there is nothing to learn of outcomes in time")
    day, due = rows.day[kept], months_after(rows.day[kept], horizon)
    bad_on = np.where(rows.label == 1, rows.outcome_on, np.datetime64("NaT"))[kept]
    return DatedOutcomes(
        rows=rows.take(np.flatnonzero(kept)),
        day=day,
        due=due,
        bad_on=bad_on,
        bad=(bad_on <= due).astype(np.float64),
        horizon=horizon,
        left_out=int((~kept).sum()),
        undated=int(undated.sum()),
    )


def months_after(day: Days, months: int) -> Days:
    """Return the day so many calendar months later; the 31st becomes a shorter month's last day."""
    month = day.astype("datetime64[M]")
    within = day - month.astype("datetime64[D]")
    later = month + np.timedelta64(months, "M")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(np.minimum(later.astype("datetime64[D]") + within, last), dtype="datetime64[D]")
