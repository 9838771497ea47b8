"""The hazard of monotone boosted trees over months at risk, its line of calibration taken out of fold by enterprise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.boosting import Booster, fit_booster
from models.calibration import Calibration, fit_calibration
from models.folds import assign_folds
from models.inputs import ModelInput
from models.metrics import Floats
from models.validation import Rows

_FOLDS: Final = 3


@dataclass(frozen=True)
class HazardTrees:
    """Trees and the line that turns their raw score into log-odds of default in a month."""

    booster: Booster
    calibration: Calibration

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the log-odds of default in the month that the row's last column tells."""
        return self.calibration.log_odds(self.booster.raw(matrix))

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to `log_odds` (TreeSHAP times the slope), and the base by row."""
        parts, base = self.booster.contributions(matrix)
        return parts * self.calibration.slope, self.calibration.log_odds(base)


def fit_hazard_trees(rows: Rows, inputs: Sequence[ModelInput], seed: int, *, is_calibrated: bool = True) -> HazardTrees:
    """Return the trees of these months at risk, in order of their key; uncalibrated they serve an order alone."""
    if not is_calibrated:
        return HazardTrees(fit_booster(rows.matrix, rows.bad, inputs, seed), Calibration(0.0, 1.0))
    folds = assign_folds(rows.enterprises, rows.bad, n_folds=_FOLDS, seed=seed)
    raw = np.empty(len(rows.bad))
    for fold in range(_FOLDS):
        seen = rows.take(folds != fold)
        raw[folds == fold] = fit_booster(seen.matrix, seen.bad, inputs, seed).raw(rows.matrix[folds == fold])
    return HazardTrees(fit_booster(rows.matrix, rows.bad, inputs, seed), fit_calibration(raw, rows.bad))
