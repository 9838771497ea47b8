"""Recalibration with the outcomes known on a day: the order of a model stays, its level is brought to what was seen.

Two sources of level. `recalibrate` takes rows whose horizon has passed: their outcome is certain and some years old.
`recalibrate_by_hazard` also takes rows that are still open: of each it asks how many bad outcomes the model's chance
promised within the last months, given the row's age (the chance of the horizon spread over ages as bad outcomes
develop), and shifts the log-odds until promised equals seen. It is as fresh as those months.

How much is fitted goes by the number of bad outcomes: too few change nothing, some move the intercept alone, many (as
for a validation: Vergouwe et al., Journal of Clinical Epidemiology 58, 2005: 100) move the slope too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from models.logistic import fit_logistic, probability
from models.metrics import Floats

LEAST_BAD: Final = 20  # an intercept from fewer has a standard error above .22: the cure is as bad as the ill
LEAST_BAD_FOR_SLOPE: Final = 100
_SMALLEST: Final = 1e-6
_RIDGE: Final = 1e-3  # only keeps perfectly separated scores from running to infinity
_STEPS: Final = 60
_WIDEST: Final = 10.0  # log-odds


class RecalibrationKind(StrEnum):
    """What was fitted."""

    none = "none"
    intercept = "intercept"
    line = "line"
    hazard = "hazard"


_KIND_ZH: Final = {
    RecalibrationKind.none: "不校正",
    RecalibrationKind.intercept: "校正截距",
    RecalibrationKind.line: "校正截距与斜率",
    RecalibrationKind.hazard: "按近期发生率校正截距",
}


@dataclass(frozen=True, slots=True)
class Recalibration:
    """log-odds = intercept + slope · log-odds of the model; `labels` and `bad` say on how many outcomes it rests."""

    kind: RecalibrationKind
    intercept: float
    slope: float
    labels: int
    bad: int

    def chance(self, chance: Floats) -> Floats:
        """Return the recalibrated chances."""
        if self.kind is RecalibrationKind.none:
            return chance
        return probability(self.intercept + self.slope * log_odds(chance))

    @property
    def zh(self) -> str:
        """What was done, in Chinese."""
        return f"{_KIND_ZH[self.kind]}（当日已知结果 {self.labels} 笔，其中违约 {self.bad} 笔）"

    @property
    def en(self) -> str:
        """What was done, in English."""
        return f"{self.kind} ({self.labels} outcomes known that day, {self.bad} of them bad)"

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {
            "kind": self.kind.value,
            "intercept": self.intercept,
            "slope": self.slope,
            "labels": self.labels,
            "bad": self.bad,
        }


def log_odds(chance: Floats) -> Floats:
    """Return the log-odds of chances, which are kept a millionth away from 0 and 1."""
    p = np.clip(chance, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def recalibrate(bad: Floats, chance: Floats, weight: Floats | None = None) -> Recalibration:
    """Return the recalibration on certain outcomes of rows that the model did not see.

    A line whose slope comes out negative would turn the order round: the intercept alone is moved then.
    """
    w = np.ones(len(bad)) if weight is None else weight
    labels, bads = len(bad), int(bad.sum())
    if min(bads, labels - bads) < LEAST_BAD:
        return Recalibration(RecalibrationKind.none, 0.0, 1.0, labels, bads)
    score = log_odds(chance)
    if min(bads, labels - bads) >= LEAST_BAD_FOR_SLOPE:
        line = fit_logistic(score[:, None], bad, ridge=_RIDGE, weight=w / w.mean())
        if line.coefficients[0] > 0:
            return Recalibration(RecalibrationKind.line, line.intercept, float(line.coefficients[0]), labels, bads)
    total = float(np.sum(w * bad))
    intercept = _root(lambda added: float(np.sum(w * probability(score + added))) - total)
    return Recalibration(RecalibrationKind.intercept, intercept, 1.0, labels, bads)


@dataclass(frozen=True, slots=True)
class Development:
    """Which share of a horizon's bad outcomes has come by each age: `by_age[a]` at the end of month a, 0 first."""

    by_age: Floats

    def share(self, age_months: Floats) -> Floats:
        """Return the share by an age in months, straight between whole months; before 0 none, after the horizon all."""
        return np.asarray(np.interp(age_months, np.arange(len(self.by_age)), self.by_age), dtype=np.float64)


def development(age_bad: Floats, age_seen: Floats, horizon: int, weight: Floats | None = None) -> Development | None:
    """Return how bad outcomes come with age, from rows of any age (Kaplan and Meier, by month); None without one.

    `age_bad` is the age in months at the bad outcome, NaN where none was seen; `age_seen` the age up to which a row
    was watched.
    """
    w = np.ones(len(age_seen)) if weight is None else weight
    is_bad = ~np.isnan(age_bad) & (age_bad <= np.minimum(age_seen, horizon))
    month = np.clip(np.ceil(np.where(is_bad, age_bad, 1.0)).astype(np.int64), 1, horizon)
    came = np.bincount(month[is_bad], weights=w[is_bad], minlength=horizon + 1)[1:]
    left = np.where(is_bad, month, np.clip(np.floor(age_seen), 0, horizon)).astype(np.int64)
    watched = np.cumsum(np.bincount(left, weights=w, minlength=horizon + 1)[::-1])[::-1][1:]
    hazard = np.divide(came, watched, out=np.zeros(horizon), where=watched > 0)
    by_age = 1 - np.cumprod(1 - hazard)
    if not by_age[-1] > 0:
        return None
    return Development(np.r_[0.0, by_age / by_age[-1]])


def recalibrate_by_hazard(
    chance: Floats, ages: tuple[Floats, Floats], bad: Floats, growth: Development, weight: Floats | None = None
) -> Recalibration:
    """Return the shift of log-odds under which the bad outcomes of the last months are as many as promised.

    `ages` are each row's age in months at the start (0 for a row that came later) and at the end of those months;
    rows that were bad at the start are not given. `bad` is 1 where the bad outcome came in between.
    """
    w = np.ones(len(bad)) if weight is None else weight
    bads = int(bad.sum())
    if min(bads, len(bad) - bads) < LEAST_BAD:
        return Recalibration(RecalibrationKind.none, 0.0, 1.0, len(bad), bads)
    score, total = log_odds(chance), float(np.sum(w * bad))
    before, after = growth.share(ages[0]), growth.share(ages[1])
    added = _root(lambda added: float(np.sum(w * _between(probability(score + added), before, after))) - total)
    return Recalibration(RecalibrationKind.hazard, added, 1.0, len(bad), bads)


def promised(chance: Floats, ages: tuple[Floats, Floats], growth: Development) -> Floats:
    """Return the chance of a bad outcome between two ages, given none before, under the chance of the whole horizon."""
    return _between(chance, growth.share(ages[0]), growth.share(ages[1]))


def _between(chance: Floats, before: Floats, after: Floats) -> Floats:
    return np.asarray(chance * (after - before) / (1 - chance * before), dtype=np.float64)


def _root(rising: Callable[[float], float]) -> float:
    low, high = -_WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
