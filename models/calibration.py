"""Platt's calibration: a line on the log-odds, fitted on scores of rows the model did not see."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.logistic import fit_logistic
from models.metrics import Floats

_RIDGE = 1e-3  # only keeps perfectly separated scores from running to infinity


@dataclass(frozen=True, slots=True)
class Calibration:
    """calibrated log-odds = intercept + slope · raw score; slope ≥ 0, so that order is kept."""

    intercept: float
    slope: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds of raw scores."""
        return np.asarray(self.intercept + self.slope * raw, dtype=np.float64)


def fit_calibration(raw: Floats, bad: NDArray[np.int64], weight: Floats | None = None) -> Calibration:
    """Return the calibration on out-of-fold raw scores; `weight` counts rows (preset 1 each).

    Outcomes are softened to (n + 1) / (n + 2) and 1 / (n + 2) as Platt (1999) does. Where the scores run against the
    outcomes the slope is 0: every row then gets the base rate.
    """
    bads = int(bad.sum())
    goods = len(bad) - bads
    target = np.where(bad == 1, (bads + 1) / (bads + 2), 1 / (goods + 2))
    line = fit_logistic(raw[:, None], target, ridge=_RIDGE, weight=weight)
    if line.coefficients[0] >= 0:
        return Calibration(line.intercept, float(line.coefficients[0]))
    return Calibration(fit_logistic(raw[:, None][:, :0], target, ridge=_RIDGE, weight=weight).intercept, 0.0)
