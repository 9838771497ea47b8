"""The warning: how likely a loan without arrears is to default within six and within twelve months of a day.

Two hazards over the months ahead, a logistic regression that can be read and monotone boosted trees. The trees replace
the line only where the 95 % paired bootstrap interval of the difference of AUC within the month, out of fold by
enterprise and within the months of the fit, lies wholly in their favour. Both are reported on later months.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.bootstrap import Interval
from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.folds import assign_folds
from models.hazard import HALF, HORIZON, Ints, at_risk, default_within, outcome_within, thinned
from models.hazard_line import fit_hazard_line
from models.hazard_trees import fit_hazard_trees
from models.inputs import ModelInput, encode, informative, with_levels
from models.logistic import probability
from models.metrics import Floats
from models.origination import Origination
from models.validation import RiskModel, Rows
from models.warning_inputs import MONTH_AHEAD, warning_inputs
from models.warning_metrics import AUC, Judged, judge

FOLDS: Final = 5
LEAST_OUTCOMES: Final = 10
_CHOICE_DRAWS = 200
_LABEL = "default within 12 months after a day without arrears"


class HazardKind(StrEnum):
    """Which of the two candidates a warning is."""

    logistic = "logistic"
    boosted = "boosted"


@dataclass(frozen=True)
class WarningTable:
    """Loans without arrears on days: a row per loan and day in order of enterprise, loan and day.

    `default_months` is the month ahead of the default (NaN where none is known), `seen_months` how many can be told of,
    `missed_days` days from the day to the first missed payment of that default.
    """

    features: pd.DataFrame
    enterprises: NDArray[np.str_]
    loans: NDArray[np.str_]
    days: NDArray[np.datetime64]
    default_months: Floats
    seen_months: Ints
    missed_days: Floats

    def __post_init__(self) -> None:
        """Refuse rows that differ in number, are out of order or stand twice (TrainingTableError)."""
        sizes = {len(self.features), *(len(one) for one in self._columns())}
        if len(sizes) > 1:
            raise TrainingTableError(f"the columns of a warning's table differ in length: {sorted(sizes)}")
        order = np.lexsort((self.days, self.loans, self.enterprises))
        if not np.array_equal(order, np.arange(order.size)):
            raise TrainingTableError("a warning's table must be in order of enterprise, loan and day")
        if len(set(self.keys())) < order.size:
            raise TrainingTableError("a loan stands twice in a warning's table on one day")

    def keys(self) -> list[str]:
        """Return a text for each row that no other has."""
        columns = (
            self.enterprises.tolist(),
            self.loans.tolist(),
            self.days.astype("datetime64[D]").astype(str).tolist(),
        )
        return ["\n".join(one) for one in zip(*columns, strict=True)]

    def where(self, mask: NDArray[np.bool_]) -> "WarningTable":
        """Return the rows under the mask."""
        return WarningTable(self.features[mask].reset_index(drop=True), *(one[mask] for one in self._columns()))

    def outcome(self, months: int) -> Floats:
        """Return 1 for a default within so many months, 0 for none, NaN where that cannot be told yet."""
        return outcome_within(self.default_months, self.seen_months, months)

    def judged(self, months: int) -> tuple[NDArray[np.bool_], Judged]:
        """Return which rows' outcome within so many months is known, and those rows as they are judged."""
        outcome = self.outcome(months)
        known = ~np.isnan(outcome)
        bad = outcome[known].astype(np.int64)
        ahead = np.where(bad == 1, self.missed_days[known], np.nan)
        return known, Judged(self.days[known], self.enterprises[known], self.loans[known], bad, ahead)

    def _columns(self) -> Sequence[NDArray[Any]]:
        return (
            self.enterprises,
            self.loans,
            self.days,
            self.default_months,
            self.seen_months,
            self.missed_days,
        )


@dataclass(frozen=True, slots=True)
class WarningTraining:
    """What a warning was fitted on."""

    rows: int
    months_at_risk: int
    loans: int
    enterprises: int
    bad_enterprises: int
    first_day: date
    last_day: date
    seed: int
    kept_share: float


@dataclass(frozen=True)
class Hazard:
    """A fitted hazard: odds of the model times `kept_share`, the share of months without default that it was shown."""

    model: RiskModel
    kept_share: float

    def of(self, matrix: Floats, month_column: int) -> Floats:
        """Return the chance of default in each month ahead (rows × 12), given none before."""
        found = np.empty((len(matrix), HORIZON))
        asked = matrix.copy()
        for month in range(1, HORIZON + 1):
            asked[:, month_column] = month
            found[:, month - 1] = probability(self.model.log_odds(asked) + np.log(self.kept_share))
        return found


@dataclass(frozen=True)
class EarlyWarning:
    """The fitted warning, the score at drawdown that it reads, and the figures on later months."""

    kind: HazardKind
    inputs: tuple[ModelInput, ...]
    hazards: Mapping[HazardKind, Hazard]
    origination: Origination | None
    training: WarningTraining
    metrics: Mapping[str, Any]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that are read; one that is absent counts as missing."""
        return tuple(item.name for item in self.inputs if item.name != MONTH_AHEAD)

    @property
    def label(self) -> str:
        """What a bad outcome means, in words."""
        return _LABEL

    def default_within(self, features: pd.DataFrame, months: int = HORIZON, kind: HazardKind | None = None) -> Floats:
        """Return the chance of default within so many months (at most 12) of each row."""
        hazard = self.hazards[self.kind if kind is None else kind]
        return default_within(hazard.of(encode(features, self.inputs), self._month_column), months)

    @property
    def _month_column(self) -> int:
        return len(self.inputs) - 1


Fit = Callable[[Rows], RiskModel]


def fit_warning(
    table: WarningTable, origination: Origination | None, *, seed: int, kind: HazardKind | None = None
) -> EarlyWarning:
    """Return both hazards of these rows and the choice between them, or `kind` where it was chosen before.

    Raises NotEnoughOutcomesError under 10 enterprises with a default ahead of one of their rows, or under 10 others.
    """
    require_outcomes(table.enterprises, table.default_months)
    asked = warning_inputs(table.features)
    used = informative(table.features, with_levels(table.features, asked[:-1]))
    inputs = (*used, asked[-1])
    fits = _fits(inputs, seed)
    months, share = thinned(at_risk(table.default_months, table.seen_months), table.keys(), seed)
    matrix = encode(table.features, inputs)
    rows = Rows(_with_month(matrix[months.row], months.month), months.bad, table.enterprises[months.row])
    choice: dict[str, Any] = {}
    if kind is None:
        # Order alone is compared, which no calibration changes.
        plain = _fits(inputs, seed, is_calibrated=False)
        choice = _choose(table, matrix, (rows, months.row), share, (plain, seed))
    return EarlyWarning(
        kind=kind or HazardKind(choice["kind"]),
        inputs=inputs,
        hazards={one: Hazard(fit(rows), share) for one, fit in fits.items()},
        origination=origination,
        training=_training(table, rows, seed, share),
        metrics={"choice": choice} if choice else {},
    )


def choose(difference: Interval) -> HazardKind:
    """Return the trees where the interval of their AUC less the line's lies above zero, else the line."""
    return HazardKind.boosted if difference.low > 0 else HazardKind.logistic


def _fits(inputs: tuple[ModelInput, ...], seed: int, *, is_calibrated: bool = True) -> dict[HazardKind, Fit]:
    return {
        HazardKind.logistic: lambda rows: fit_hazard_line(rows, inputs),
        HazardKind.boosted: lambda rows: fit_hazard_trees(rows, inputs, seed, is_calibrated=is_calibrated),
    }


def _choose(
    table: WarningTable,
    matrix: Floats,
    at_risk_rows: tuple[Rows, Ints],
    share: float,
    how: tuple[Mapping[HazardKind, Fit], int],
) -> dict[str, Any]:
    """Return the choice and both candidates' figures out of fold, within the months of the fit.

    They are judged on six months, of which young reports tell more; without a default in them the line stays.
    """
    (rows, owner), (fits, seed) = at_risk_rows, how
    known, judged = table.judged(HALF)
    if not 0 < judged.bad.sum() < judged.bad.size:
        return {"kind": HazardKind.logistic.value}
    ever = (~np.isnan(table.default_months)).astype(np.int64)
    folds = assign_folds(table.enterprises, ever, n_folds=FOLDS, seed=seed)
    chances = {kind: np.full(len(matrix), np.nan) for kind in fits}
    for fold in range(FOLDS):
        seen, asked = rows.take(folds[owner] != fold), known & (folds == fold)
        for kind, fit in fits.items():
            hazard = Hazard(fit(seen), share)
            chances[kind][asked] = default_within(hazard.of(matrix[asked], matrix.shape[1] - 1), HALF)
    scores = {kind.value: chance[known] for kind, chance in chances.items()}
    report = judge(judged, scores, HazardKind.boosted, seed, draws=_CHOICE_DRAWS)
    kind = choose(report.leads[HazardKind.logistic][AUC])
    return {"kind": kind.value, **report.as_json()}


def _with_month(matrix: Floats, month: Ints) -> Floats:
    filled = matrix.copy()
    filled[:, -1] = month
    return filled


def _training(table: WarningTable, rows: Rows, seed: int, share: float) -> WarningTraining:
    used = np.unique(rows.enterprises)
    followed = table.seen_months > 0
    return WarningTraining(
        rows=int(followed.sum()),
        months_at_risk=len(rows.bad),
        loans=len(set(zip(table.enterprises[followed].tolist(), table.loans[followed].tolist(), strict=True))),
        enterprises=len(used),
        bad_enterprises=len(np.unique(rows.enterprises[rows.bad == 1])),
        first_day=np.min(table.days).astype("datetime64[D]").item(),
        last_day=np.max(table.days).astype("datetime64[D]").item(),
        seed=seed,
        kept_share=share,
    )


def require_outcomes(enterprises: NDArray[np.str_], default_months: Floats) -> None:
    """Raise NotEnoughOutcomesError where these rows hold too few firms with, or too few without, a default ahead."""
    bad = len(np.unique(enterprises[default_months <= HORIZON]))
    good = len(np.unique(enterprises)) - bad
    if min(bad, good) < LEAST_OUTCOMES:
        raise NotEnoughOutcomesError(
            f"a warning needs at least {LEAST_OUTCOMES} enterprises whose loan came to default within {HORIZON} months "
            f"of a day without arrears and {LEAST_OUTCOMES} others; {bad} and {good} are known"
        )


def beside(table: WarningTable) -> dict[str, Floats]:
    """Return what a warning has to beat, higher is riskier; a value nobody knows says nothing and comes last."""
    found = {
        "fall of sales, 12 months": -_column(table, "sales_growth_12m_ratio"),
        "fall of sales, 3 months against the year": -_column(table, "sales_3m_of_12m_ratio"),
        "tax arrears": _column(table, "tax_arrears_fen"),
        "score at origination": _column(table, "origination_log_odds"),
    }
    last = {name: np.where(np.isnan(one), _below(one), one) for name, one in found.items()}
    return {**last, "random": np.zeros(len(table.days))}


def _below(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.min()) - 1.0 if known.size else 0.0


def _column(table: WarningTable, name: str) -> Floats:
    if name not in table.features.columns:
        return np.full(len(table.days), np.nan)
    return np.asarray(table.features[name].to_numpy(dtype=np.float64, na_value=np.nan))


__all__ = [
    "HALF",
    "HORIZON",
    "EarlyWarning",
    "HazardKind",
    "WarningTable",
    "beside",
    "choose",
    "fit_warning",
    "require_outcomes",
]
