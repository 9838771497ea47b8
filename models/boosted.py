"""The challenger: boosted trees with a calibration on scores of rows they did not see."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.boosting import Booster, fit_booster
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
    """Return the trees of all rows, calibrated on scores from three inner folds by enterprise."""
    folds = assign_folds(rows.enterprises, rows.bad, n_folds=_INNER_FOLDS, seed=seed)
    raw = np.empty(len(rows.bad))
    for fold in range(_INNER_FOLDS):
        seen = rows.take(folds != fold)
        raw[folds == fold] = fit_booster(seen.matrix, seen.bad, inputs, seed).raw(rows.matrix[folds == fold])
    return Boosted(fit_booster(rows.matrix, rows.bad, inputs, seed), fit_calibration(raw, rows.bad))
