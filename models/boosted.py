"""The challenger: boosted trees with a calibration on scores of rows they did not see."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.boosting import FEW_BAD, Booster, fit_booster
from models.calibration import Calibration, fit_calibration
from models.folds import assign_folds
from models.inputs import ModelInput
from models.metrics import Floats
from models.validation import Rows

_INNER_FOLDS = 3


@dataclass(frozen=True)
class Boosted:
    """Trees and the line that turns their raw score into log-odds of bad."""

    booster: Booster
    calibration: Calibration

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the calibrated log-odds of bad of each row."""
        return self.calibration.log_odds(self.booster.raw(matrix))

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to the calibrated log-odds (TreeSHAP times the slope), and the base by row."""
        parts, base = self.booster.contributions(matrix)
        return parts * self.calibration.slope, self.calibration.log_odds(base)


def fit_boosted(rows: Rows, inputs: Sequence[ModelInput], seed: int) -> Boosted:
    """Return the trees of all rows, calibrated on scores of rows that inner fits, by enterprise, did not see.

    With few bad rows each of three inner folds is scored by the other two; with many, one third alone is scored, for
    a line of two numbers needs no more.
    """
    folds = assign_folds(rows.enterprises, rows.bad, n_folds=_INNER_FOLDS, seed=seed)
    scored = folds < (_INNER_FOLDS if rows.bad.sum() < FEW_BAD else 1)
    raw = np.full(len(rows.bad), np.nan)
    for fold in np.unique(folds[scored]):
        seen = rows.take(folds != fold)
        raw[folds == fold] = fit_booster(seen.matrix, seen.bad, inputs, seed).raw(rows.matrix[folds == fold])
    calibration = fit_calibration(raw[scored], rows.bad[scored])
    return Boosted(fit_booster(rows.matrix, rows.bad, inputs, seed), calibration)
