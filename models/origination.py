"""The score a loan had when it was drawn: a scorecard of the profile of that day, by what was known of later months.

Few homes are old enough to have many loans with twelve months behind them on the day of a fit, so the scorecard is
fitted on months at risk since drawdown, which young loans give too. A firm of the fit is scored by the fold that did
not see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.hazard import Ints, at_risk, thinned
from models.inputs import ModelInput, encode, informative, with_levels
from models.metrics import Floats
from models.scorecard import Scorecard, fit_scorecard
from models.validation import RiskModel, Rows, cross_validate
from models.warning_inputs import profile_inputs

FOLDS = 3
# Fewer firms that defaulted give no score worth the name.
_LEAST_FAILED = 10


@dataclass(frozen=True)
class Origination:
    """The scorecard with the fold cards that score the firms of the fit."""

    inputs: tuple[ModelInput, ...]
    card: Scorecard
    folds: tuple[Scorecard, ...]
    fold_of: Mapping[str, int]

    def log_odds(self, profiles: pd.DataFrame, enterprises: Sequence[str]) -> Floats:
        """Return the log-odds of default in a month of the first year, of each profile at drawdown."""
        matrix = encode(profiles, self.inputs)
        fold = np.array([self.fold_of.get(str(one), -1) for one in enterprises], dtype=np.int64)
        found = np.empty(len(matrix))
        for number in np.unique(fold):
            here = fold == number
            found[here] = (self.card if number < 0 else self.folds[number]).log_odds(matrix[here])
        return found


@dataclass(frozen=True)
class Drawn:
    """Loans when they were drawn, one row each: profile of that day, and what became of them, in months from it."""

    profiles: pd.DataFrame
    enterprises: NDArray[np.str_]
    loans: NDArray[np.str_]
    default_months: Floats
    seen_months: Ints


def fit_origination(drawn: Drawn, seed: int) -> Origination | None:
    """Return the score of these loans, or None where too few of their firms defaulted to fit and check one."""
    failed = np.unique(drawn.enterprises[~np.isnan(drawn.default_months)])
    if len(failed) < _LEAST_FAILED:
        return None
    months, _ = thinned(
        at_risk(drawn.default_months, drawn.seen_months),
        [f"{firm}\n{loan}" for firm, loan in zip(drawn.enterprises, drawn.loans, strict=True)],
        seed,
    )
    inputs = informative(drawn.profiles, with_levels(drawn.profiles, profile_inputs(drawn.profiles)))
    matrix = encode(drawn.profiles, inputs)
    rows = Rows(matrix[months.row], months.bad, drawn.enterprises[months.row])

    def fit(part: Rows) -> RiskModel:
        return fit_scorecard(part.matrix, part.bad, inputs)

    checked = cross_validate(rows, fit, seed=seed, n_folds=FOLDS, repeats=1)
    fold_of = dict(zip(rows.enterprises.tolist(), checked.folds.tolist(), strict=True))
    cards = tuple(one for one in checked.models if isinstance(one, Scorecard))
    return Origination(inputs, fit_scorecard(rows.matrix, rows.bad, inputs), cards, MappingProxyType(fold_of))
