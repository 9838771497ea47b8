"""A risk study in time: what a model told at each quarter, knowing what was known that day, and what came of it.

At the first day of each quarter stands one model fitted once, years before, as it is (*uncorrected*), the same model
recalibrated with whole cohorts whose horizon had passed (*by cohort*) or with the last months' rate of bad outcomes
among rows still open (*by rate*), and one fitted anew that day, alone (*refitted*) and recalibrated by rate too. Each
tells the chances of the quarter's new rows; later, when the horizon of the last of them has passed, they are judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol

import numpy as np
import pandas as pd

from models.calibration_drift import Observed, observed_and_expected
from models.drift import Shift, level_shift, shift
from models.errors import StudyError
from models.known_labels import DatedOutcomes, Mask, dated_outcomes, months_after
from models.metrics import Floats
from models.recalibration import (
    Development,
    Recalibration,
    RecalibrationKind,
    development,
    promised,
    recalibrate,
    recalibrate_by_hazard,
)
from models.study_config import StudyConfig
from models.study_risk import fit_study
from models.study_table import StudyRows

LEAST_TO_FIT: Final = 100  # known bad rows, and as many good ones, before there is a first quarter
_QUARTER: Final = 3  # months
QUARTERS: Final = 40  # at most so many of the latest are told: ten years
FIT_MONTHS: Final = 60  # a fit reads the cohorts of the last five years whose horizon has passed
MOVED: Final = 5  # columns named, of all
RECENT_MONTHS: Final = 12  # recalibration looks at the last year: of cohorts as of outcomes
UNCORRECTED, BY_COHORT, BY_RATE = "uncorrected", "by cohort", "by rate"
REFITTED, REFITTED_BY_RATE = "refitted", "refitted, by rate"
METHODS_ZH: Final[Mapping[str, str]] = {
    UNCORRECTED: "不校正",
    BY_COHORT: "按到期批次校正",
    BY_RATE: "按近期发生率校正",
    REFITTED: "每季重新拟合",
    REFITTED_BY_RATE: "重新拟合并按近期发生率校正",
}


class Teller(Protocol):
    """A fitted model of the chance of a bad outcome."""

    def predict(self, rows: StudyRows, tables: Mapping[str, pd.DataFrame]) -> Floats:
        """Return the chance of each row, in 0..1."""
        ...


#: Fits a model of rows with labels; their order and the random state of the process change nothing.
Fit = Callable[[StudyRows, StudyConfig, int], Teller]


@dataclass(frozen=True)
class Told:
    """What one method told of a quarter's rows, beside what came."""

    chance: Floats
    seen: Observed
    brier: float
    recalibration: Recalibration | None


@dataclass(frozen=True)
class Quarter:
    """One quarter: its first day, its rows, and each method's part.

    `known` holds the uncorrected model against the outcomes known that day (the last year's among rows it had not
    seen), which is all that an alarm could go by; `scores` its scores on the new rows against those of its fit,
    `features` the columns that moved most between the same rows.
    """

    first_on: date
    bad: Floats
    weight: Floats
    told: Mapping[str, Told]
    known: Observed | None
    scores: Shift
    features: tuple[Shift, ...]

    @property
    def rate(self) -> float:
        """The weighted share of rows that turned out bad."""
        return float(np.sum(self.weight * self.bad) / self.weight.sum())


@dataclass(frozen=True)
class Scored:
    """A model's chances by row (NaN where none was asked) and the rows it was fitted on."""

    chance: Floats
    used: Mask


@dataclass(frozen=True)
class Run:
    """What a walk through the quarters needs at every step."""

    outcomes: DatedOutcomes
    weight: Floats
    config: StudyConfig
    seed: int
    fit: Fit

    def model(self, day: np.datetime64) -> tuple[Teller, Mask]:
        """Return the model of what was known before a day, and the rows it was fitted on."""
        used = self.cohorts(day, FIT_MONTHS)
        known = replace(self.outcomes.rows.take(np.flatnonzero(used)), label=self.outcomes.bad[used], outcome_on=None)
        return self.fit(known, self.config, self.seed), used

    def cohorts(self, day: np.datetime64, months: int) -> Mask:
        """Return the rows whose horizon passed before a day, those of the last so many months of cohorts."""
        oldest = _moved(day, -self.outcomes.horizon - months)
        return self.outcomes.mature(day) & (self.outcomes.day >= oldest)

    def chance(self, model: Teller, rows: Mask) -> Floats:
        """Return a model's chances of the rows under the mask, NaN elsewhere."""
        found = np.full(len(rows), np.nan)
        if rows.any():
            asked = replace(self.outcomes.rows.take(np.flatnonzero(rows)), label=None, outcome_on=None)
            found[rows] = model.predict(asked, {})
        return found


def walk(
    history: StudyRows, config: StudyConfig, seed: int, fit: Fit | None = None
) -> tuple[DatedOutcomes, tuple[Quarter, ...]]:
    """Return the outcomes and every quarter told; raise StudyError where too little was known for a single one.

    `fit` presets to the study's risk model. A row's label is read as bad within `config.horizon_months` after its
    day; nothing of a row is used before it was known, whatever the table holds.
    """
    outcomes = dated_outcomes(history, config.horizon_months)
    weight = np.ones(len(outcomes.rows)) if outcomes.rows.weight is None else outcomes.rows.weight
    run = Run(outcomes, weight, config, seed, fit or _risk_model)
    starts = _starts(run)
    if not starts:
        raise StudyError(
            f"no quarter has {LEAST_TO_FIT} rows known to be bad and as many known to be good before it, and new rows "
            f"whose horizon of {config.horizon_months} months has passed since"
        )
    first, used = run.model(starts[0])
    old = Scored(run.chance(first, np.ones(len(weight), dtype=np.bool_)), used)
    quarters = [_quarter(run, starts[0], old, old)]
    for start in starts[1:]:
        model, used = run.model(start)
        recent = outcomes.day >= _moved(start, -outcomes.horizon - RECENT_MONTHS)
        unseen = recent & (outcomes.day < _moved(start, _QUARTER)) & ~used
        quarters.append(_quarter(run, start, old, Scored(run.chance(model, unseen), used)))
    return outcomes, tuple(quarters)


def _quarter(run: Run, start: np.datetime64, old: Scored, fresh: Scored) -> Quarter:
    outcomes = run.outcomes
    new = (outcomes.day >= start) & (outcomes.day < _moved(start, _QUARTER)) & (outcomes.due <= outcomes.watched_until)
    growth = _development(run, start)
    by_rate, known = _by_rate(run, start, old, growth)
    refit_by_rate, _ = _by_rate(run, start, fresh, growth)
    corrections = {
        UNCORRECTED: (old, None),
        BY_COHORT: (old, _by_cohort(run, start, old)),
        BY_RATE: (old, by_rate),
        REFITTED: (fresh, None),
        REFITTED_BY_RATE: (fresh, refit_by_rate),
    }
    bad, weight = outcomes.bad[new], run.weight[new]
    told = {name: _told(bad, scored.chance[new], weight, done) for name, (scored, done) in corrections.items()}
    return Quarter(
        first_on=start.astype(object),
        bad=bad,
        weight=weight,
        told=told,
        known=known,
        scores=shift("score", old.chance[old.used], old.chance[new], (run.weight[old.used], weight)),
        features=_moved_most(run, old.used, new),
    )


def _moved_most(run: Run, then: Mask, now: Mask) -> tuple[Shift, ...]:
    """Return the stability of the columns between two sets of rows, the largest index first."""
    rows, weights = run.outcomes.rows, (run.weight[then], run.weight[now])
    numbers = [shift(name, column[then], column[now], weights) for name, column in rows.numbers.items()]
    levels = [level_shift(name, column[then], column[now], weights) for name, column in rows.levels.items()]
    return tuple(sorted([*numbers, *levels], key=lambda one: (-one.psi, one.name)))[:MOVED]


def _told(bad: Floats, chance: Floats, weight: Floats, done: Recalibration | None) -> Told:
    corrected = chance if done is None else done.chance(chance)
    brier = float(np.sum(weight * (corrected - bad) ** 2) / weight.sum())
    return Told(corrected, observed_and_expected(bad, corrected, weight), brier, done)


def _by_cohort(run: Run, start: np.datetime64, told: Scored) -> Recalibration:
    rows = run.cohorts(start, RECENT_MONTHS) & ~told.used
    return recalibrate(run.outcomes.bad[rows], told.chance[rows], run.weight[rows])


def _by_rate(
    run: Run, start: np.datetime64, told: Scored, growth: Development | None
) -> tuple[Recalibration, Observed | None]:
    """Return the recalibration by the last year's rate, and the same outcomes against what was promised."""
    outcomes = run.outcomes
    begun, now = (_age(outcomes, day) for day in (_moved(start, -RECENT_MONTHS), start))
    at = outcomes.age_bad(start)
    rows = (outcomes.day < start) & ~told.used & (begun < now) & ~(at <= begun)
    if growth is None or not rows.any():
        return Recalibration(RecalibrationKind.none, 0.0, 1.0, 0, 0), None
    bad = (at[rows] <= now[rows]).astype(np.float64)
    chance, ages, weight = told.chance[rows], (begun[rows], now[rows]), run.weight[rows]
    done = recalibrate_by_hazard(chance, ages, bad, growth, weight)
    return done, observed_and_expected(bad, promised(chance, ages, growth), weight)


def _development(run: Run, start: np.datetime64) -> Development | None:
    outcomes = run.outcomes
    seen = (outcomes.day < start) & (outcomes.day >= _moved(start, -outcomes.horizon - FIT_MONTHS))
    age_seen = outcomes.months_between(start)[seen]
    return development(outcomes.age_bad(start)[seen], age_seen, outcomes.horizon, run.weight[seen])


def _age(outcomes: DatedOutcomes, day: np.datetime64) -> Floats:
    return np.asarray(np.clip(outcomes.months_between(day), 0.0, outcomes.horizon), dtype=np.float64)


def _starts(run: Run) -> list[np.datetime64]:
    """Return the first day of every quarter that has new rows to judge, from the first at which a fit was possible."""
    months = run.outcomes.day[run.outcomes.due <= run.outcomes.watched_until].astype("datetime64[M]").astype(np.int64)
    quarters = np.unique(months // _QUARTER)[-QUARTERS:] * _QUARTER
    days = [np.datetime64(int(month), "M").astype("datetime64[D]") for month in quarters]
    possible = [number for number, day in enumerate(days) if _is_enough(run, day)]
    return days[possible[0] :] if possible else []


def _is_enough(run: Run, day: np.datetime64) -> bool:
    bad = run.outcomes.bad[run.cohorts(day, FIT_MONTHS)]
    return min(int(bad.sum()), len(bad) - int(bad.sum())) >= LEAST_TO_FIT


def _moved(day: np.datetime64, months: int) -> np.datetime64:
    moved: np.datetime64 = months_after(np.array([day]), months)[0]
    return moved


def _risk_model(rows: StudyRows, config: StudyConfig, seed: int) -> Teller:
    return fit_study(rows, {}, config, seed, quick=True)
