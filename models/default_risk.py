"""The chance that an enterprise defaults: a scorecard and its challenger, chosen by a written rule.

The scorecard is the champion. Monotone gradient-boosted trees replace it only where the 95 % paired bootstrap
interval of the difference of cross-validated AUC (scorecard less trees) lies wholly below zero. Both are reported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models.boosted import fit_boosted
from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.inputs import ModelInput, encode, informative, require_known, with_levels
from models.logistic import probability
from models.metrics import Floats
from models.offered import BAR, offered_inputs
from models.reject_inference import Refused, RejectMethod, with_refused
from models.scorecard import fit_scorecard
from models.validation import Comparison, CrossValidated, RiskModel, Rows, compare, cross_validate

FOLDS = 5
LEAST_OUTCOMES = 10
# Repeats by rows: on few rows the folds matter and fits are cheap, on many neither is so. All ends in seconds.
_REPEATS = ((300, 20), (1000, 5), (3000, 2))


class ModelKind(StrEnum):
    """Which of the two candidates a model is."""

    scorecard = "scorecard"
    boosted = "boosted"


class ProbabilityName(StrEnum):
    """What the probability means: within twelve months of the day, or without a horizon where the label has no day."""

    pd_12m = "pd_12m"
    default_probability = "default_probability"


_LABELS = {
    ProbabilityName.pd_12m: "default within 12 months after the day of the features",
    ProbabilityName.default_probability: "default on a day that is not known; a probability without a horizon",
}


@dataclass(frozen=True)
class TrainingTable:
    """Examples with their outcome.

    `features` has a row per example and a column per feature; `bad` is 1 for a default, else 0; `enterprises` and
    `days` (the `as_of` of the features) are the key of a row. `dated` says whether the label has a day: then `bad`
    means within 12 months after `days`.
    """

    features: pd.DataFrame
    bad: NDArray[np.int64]
    enterprises: NDArray[np.str_]
    days: NDArray[np.datetime64]
    dated: bool

    def __post_init__(self) -> None:
        """Bring the columns to their types and refuse what cannot be fitted (TrainingTableError)."""
        object.__setattr__(self, "enterprises", np.asarray(self.enterprises, dtype=np.str_))
        object.__setattr__(self, "days", np.asarray(self.days, dtype="datetime64[D]"))
        outcome = np.asarray(self.bad)
        sizes = {len(self.features), len(outcome), len(self.enterprises), len(self.days)}
        if len(sizes) > 1:
            raise TrainingTableError(f"features, outcomes, enterprises and days differ in length: {sorted(sizes)}")
        if not np.isin(outcome, (0, 1)).all():
            raise TrainingTableError("an outcome must be 0 or 1; leave out the rows whose outcome is not known")
        object.__setattr__(self, "bad", outcome.astype(np.int64))
        if len(set(zip(self.enterprises.tolist(), self.days.tolist(), strict=True))) < len(outcome):
            raise TrainingTableError("an enterprise stands twice in the training table on one day")

    def ordered(self) -> "TrainingTable":
        """Return the table sorted by enterprise and day."""
        order = np.lexsort((self.days, self.enterprises))
        return TrainingTable(
            self.features.iloc[order], self.bad[order], self.enterprises[order], self.days[order], self.dated
        )


@dataclass(frozen=True, slots=True)
class Training:
    """What a model was fitted on."""

    rows: int
    enterprises: int
    bad_enterprises: int
    first_day: date
    last_day: date
    dated: bool
    seed: int
    folds: int
    repeats: int


@dataclass(frozen=True)
class Contributions:
    """What each feature adds to a firm's log-odds of default; `base` + the row's sum is the log-odds of `predict`."""

    table: pd.DataFrame  # rows × features, natural logarithm of odds, positive is riskier
    base: Floats

    def log_odds(self) -> Floats:
        """Return base + sum by row."""
        return np.asarray(self.base + self.table.to_numpy().sum(axis=1), dtype=np.float64)


@dataclass(frozen=True)
class DefaultRisk:
    """The fitted champion with the fold models that score the firms of the fit."""

    kind: ModelKind
    probability_name: ProbabilityName
    inputs: tuple[ModelInput, ...]
    model: RiskModel
    fold_models: tuple[RiskModel, ...]
    fold_of: Mapping[str, int]
    training: Training
    metrics: Mapping[str, Any]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that `predict` reads; one that is absent counts as missing."""
        return tuple(item.name for item in self.inputs)

    @property
    def marks(self) -> tuple[str, ...]:
        """What an answer must say beside the probability: a label without a day, an assumption on the refused."""
        assumed = self.metrics.get("reject_inference", {"method": RejectMethod.none.value})
        undated = () if self.training.dated else ("undated label",)
        if assumed["method"] == RejectMethod.none:
            return undated
        return (*undated, f"reject inference: {assumed['method']} × {assumed['factor']:g}")

    def telling(self, **more: Mapping[str, Any]) -> "DefaultRisk":
        """Return the model with more in its report."""
        return replace(self, metrics=MappingProxyType({**self.metrics, **more}))

    @property
    def label(self) -> str:
        """What a bad outcome means to this model, in words."""
        return _LABELS[self.probability_name]

    def predict(self, features: pd.DataFrame, enterprises: Sequence[str]) -> Floats:
        """Return the probability of default of each row, strictly between 0 and 1.

        A firm of the fit is scored by the fold model that saw none of its rows, any other by the whole model.
        """
        log_odds = np.empty(len(features))
        matrix = encode(features, self.inputs)
        for rows, model in self._scorers(enterprises, len(features)):
            log_odds[rows] = model.log_odds(matrix[rows])
        return probability(log_odds)

    def contributions(self, features: pd.DataFrame, enterprises: Sequence[str]) -> Contributions:
        """Return the additive contributions behind `predict`, each firm's by the model that scores it."""
        matrix = encode(features, self.inputs)
        parts, base = np.zeros(matrix.shape), np.zeros(len(matrix))
        for rows, model in self._scorers(enterprises, len(features)):
            parts[rows], base[rows] = model.contributions(matrix[rows])
        return Contributions(pd.DataFrame(parts, columns=list(self.features)), base)

    def _scorers(self, enterprises: Sequence[str], rows: int) -> list[tuple[NDArray[np.int64], RiskModel]]:
        if len(enterprises) != rows:
            raise ValueError(f"{rows} rows of features were given with {len(enterprises)} enterprises")
        fold = np.array([self.fold_of.get(str(enterprise), -1) for enterprise in enterprises], dtype=np.int64)
        models = {-1: self.model, **dict(enumerate(self.fold_models))}
        return [(np.flatnonzero(fold == number), models[int(number)]) for number in np.unique(fold)]


def fit_default_risk(  # noqa: PLR0913 (all but the table and the seed have presets)
    table: TrainingTable,
    *,
    seed: int,
    inputs: Sequence[ModelInput] | None = None,
    repeats: int | None = None,
    bar: str | None = BAR,
    refused: Refused | None = None,
) -> DefaultRisk:
    """Return the champion of scorecard and trees on this table, with the report on both.

    `inputs` preset to what the feature dictionary offers among the table's columns; `repeats` of the 5-fold
    cross-validation preset by the number of rows; `bar` names the one variable that both are compared with (left out
    where the table does not have it); `refused` are firms without an outcome, of whom something is assumed: they take
    part in the fits alone, and figures are of known outcomes. The order of rows and columns changes nothing.

    Raises NotEnoughOutcomesError under 10 bad or 10 good enterprises, TrainingTableError for what is no dictionary
    feature.
    """
    table = table.ordered()
    _require_outcomes(table)
    asked = offered_inputs(list(table.features.columns)) if inputs is None else tuple(inputs)
    require_known(list(table.features.columns), asked)
    used = informative(table.features, with_levels(table.features, asked))
    if not used:
        raise TrainingTableError("no feature of the training table takes two values; there is nothing to learn from")
    rows = Rows(encode(table.features, used), table.bad, table.enterprises)
    training = _training(table, seed, repeats or preset_repeats(len(table.bad)))
    fits = _fits(used, seed)
    if refused is not None:
        fits = {kind: with_refused(fit, refused, used) for kind, fit in fits.items()}
    validated = {
        kind: cross_validate(rows, fit, seed=seed, n_folds=FOLDS, repeats=training.repeats)
        for kind, fit in fits.items()
    }
    comparison = compare(rows, {k.value: v.log_odds for k, v in validated.items()}, _bar(rows, used, bar), seed)
    kind = choose_champion(comparison)
    found = _assembled(kind, fits[kind](rows), used, training, (rows, validated[kind], comparison))
    return found if refused is None else found.telling(reject_inference=refused.as_json())


def choose_champion(comparison: Comparison) -> ModelKind:
    """Return the champion by the rule at the top of this module."""
    difference = comparison.differences[f"{ModelKind.scorecard} - {ModelKind.boosted}"]
    return ModelKind.boosted if difference.high < 0 else ModelKind.scorecard


def preset_repeats(rows: int) -> int:
    """Return how often the cross-validation is repeated on so many rows."""
    return next((repeats for limit, repeats in _REPEATS if rows <= limit), 1)


def _fits(inputs: tuple[ModelInput, ...], seed: int) -> dict[ModelKind, Callable[[Rows], RiskModel]]:
    return {
        ModelKind.scorecard: lambda rows: fit_scorecard(rows.matrix, rows.bad, inputs),
        ModelKind.boosted: lambda rows: fit_boosted(rows, inputs, seed),
    }


def _assembled(
    kind: ModelKind,
    model: RiskModel,
    inputs: tuple[ModelInput, ...],
    training: Training,
    found: tuple[Rows, CrossValidated, Comparison],
) -> DefaultRisk:
    rows, validated, comparison = found
    fold_of = dict(zip(rows.enterprises.tolist(), validated.folds.tolist(), strict=True))
    return DefaultRisk(
        kind=kind,
        probability_name=ProbabilityName.pd_12m if training.dated else ProbabilityName.default_probability,
        inputs=inputs,
        model=model,
        fold_models=validated.models,
        fold_of=MappingProxyType(fold_of),
        training=training,
        metrics=MappingProxyType({"champion": kind.value, **comparison.as_json()}),
    )


def _bar(rows: Rows, inputs: Sequence[ModelInput], bar: str | None) -> tuple[str, Floats] | None:
    for position, item in enumerate(inputs):
        if item.name == bar:
            return item.name, -(item.direction or 1) * rows.matrix[:, position]
    return None


def _training(table: TrainingTable, seed: int, repeats: int) -> Training:
    enterprises = np.unique(table.enterprises)
    days: ArrayLike = table.days
    return Training(
        rows=len(table.bad),
        enterprises=len(enterprises),
        bad_enterprises=len(np.unique(table.enterprises[table.bad == 1])),
        first_day=np.min(days).item(),
        last_day=np.max(days).item(),
        dated=table.dated,
        seed=seed,
        folds=FOLDS,
        repeats=repeats,
    )


def _require_outcomes(table: TrainingTable) -> None:
    bad = len(np.unique(table.enterprises[table.bad == 1]))
    good = len(np.unique(table.enterprises)) - bad
    if min(bad, good) < LEAST_OUTCOMES:
        raise NotEnoughOutcomesError(
            f"a default model needs at least {LEAST_OUTCOMES} enterprises that defaulted and {LEAST_OUTCOMES} that did "
            f"not; {bad} and {good} are known"
        )
