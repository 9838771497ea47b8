"""How raw scores become probabilities: isotonic with many events, else a line or a beta curve, chosen by rule.

Above 1,000 events (bad rows) of the scores that no row of the fit gave itself, the curve is isotonic: blocks of equal
rate by pool-adjacent-violators, joined by straight lines in log-odds between the middles of the blocks (centred
isotonic regression, Oron and Flournoy 2017), so that scores that differ stay apart. From 100 events on, the line of
Platt (1999) is compared with the beta curve of Kull, Silva Filho and Flach (2017), whose third parameter must earn its
place by the Bayesian information criterion; with fewer it is the line. Every curve is monotone, is JSON and needs
numpy alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibration, fit_calibration
from models.logistic import fit_logistic, probability
from models.metrics import Floats

#: Events above which the shape of the curve is learned too (Niculescu-Mizil and Caruana 2005: about 1,000 rows).
ISOTONIC_EVENTS: Final = 1000
#: Events below which a third parameter is not tried.
BETA_EVENTS: Final = 100
_RIDGE = 1e-3
_LEAST_BLOCK = 50.0  # effective rows of a block: fewer and its rate is mostly chance
_LEAST_SLOPE = 1e-3
_APART = 1e-6


class Curve(Protocol):
    """A monotone curve from raw scores to log-odds of bad."""

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds of raw scores."""
        ...

    def steepness(self, low: Floats, high: Floats) -> Floats:
        """Return by how much the log-odds move per unit of raw score between two scores of each row."""
        ...

    def as_json(self) -> dict[str, Any]:
        """Return the curve as JSON-able values."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """Platt's line; it is written as the plain `Calibration` always was."""

    line: Calibration

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds of raw scores."""
        return self.line.log_odds(raw)

    def steepness(self, low: Floats, high: Floats) -> Floats:  # noqa: ARG002 (the same everywhere)
        """Return the slope."""
        return np.full(len(low), self.line.slope)

    def as_json(self) -> dict[str, Any]:
        """Return the line as JSON-able values."""
        return asdict(self.line)


@dataclass(frozen=True, slots=True)
class Beta:
    """log-odds = intercept + rising · ln s - falling · ln(1 - s), where s is the probability that the raw score says.

    Both are at least 0.
    """

    intercept: float
    rising: float
    falling: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds of raw scores."""
        low, high = _beta_columns(raw).T
        return np.asarray(self.intercept + self.rising * low + self.falling * high, dtype=np.float64)

    def steepness(self, low: Floats, high: Floats) -> Floats:
        """Return the slope of the secant between two scores of each row."""
        return _secant(self, low, high)

    def as_json(self) -> dict[str, Any]:
        """Return the curve as JSON-able values."""
        return {"kind": "beta", **asdict(self)}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Straight lines between (raw, log-odds) points; beyond the first and last the slope is `slope`."""

    raw: tuple[float, ...]
    calibrated: tuple[float, ...]
    slope: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds of raw scores."""
        inside = np.interp(raw, self.raw, self.calibrated)
        beyond = np.minimum(raw - self.raw[0], 0.0) + np.maximum(raw - self.raw[-1], 0.0)
        return np.asarray(inside + self.slope * beyond, dtype=np.float64)

    def steepness(self, low: Floats, high: Floats) -> Floats:
        """Return the slope of the secant between two scores of each row."""
        return _secant(self, low, high)

    def as_json(self) -> dict[str, Any]:
        """Return the curve as JSON-able values."""
        return {"kind": "isotonic", "raw": list(self.raw), "calibrated": list(self.calibrated), "slope": self.slope}


def curve_from_json(data: Mapping[str, Any]) -> Curve:
    """Return the curve that `as_json` wrote; without a kind it is a line."""
    kind = data.get("kind", "line")
    if kind == "line":
        return Line(Calibration(**data))
    if kind == "beta":
        return Beta(data["intercept"], data["rising"], data["falling"])
    if kind == "isotonic":
        return Isotonic(tuple(data["raw"]), tuple(data["calibrated"]), data["slope"])
    raise ValueError(f"{kind!r} is no kind of calibration")


def fit_curve(raw: Floats, bad: NDArray[np.int64], weight: Floats | None = None) -> Curve:
    """Return the curve that the rule at the top chooses, on raw scores of rows that the trees did not see."""
    relative = np.ones(len(bad)) if weight is None else weight / weight.mean()
    if bad.sum() > ISOTONIC_EVENTS:
        return _fit_isotonic(raw, bad, relative)
    line = Line(fit_calibration(raw, bad, weight))
    if bad.sum() < BETA_EVENTS:
        return line
    beta = _fit_beta(raw, bad, relative)
    if beta is None:
        return line
    gained = _log_likelihood(beta, raw, bad, relative) - _log_likelihood(line, raw, bad, relative)
    return beta if gained > np.log(len(bad)) / 2 else line


def pool_adjacent_violators(values: Floats, weight: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the values of the weighted isotonic (rising) regression by block, and the block of each place."""
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for value, mass in zip(values.tolist(), weight.tolist(), strict=True):
        means.append(value)
        masses.append(mass)
        sizes.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            upper, mass_upper, size_upper = means.pop(), masses.pop(), sizes.pop()
            total = masses[-1] + mass_upper
            means[-1] = (means[-1] * masses[-1] + upper * mass_upper) / total
            masses[-1] = total
            sizes[-1] += size_upper
    return np.asarray(means), np.repeat(np.arange(len(sizes)), sizes)


def _fit_isotonic(raw: Floats, bad: NDArray[np.int64], weight: Floats) -> Curve:
    line = fit_calibration(raw, bad, weight)
    cell = _cells(raw, weight)
    mass = np.bincount(cell, weights=weight)
    rate = np.bincount(cell, weights=weight * bad) / mass
    middle = np.bincount(cell, weights=weight * raw) / mass
    # One row of the base rate beside each cell keeps a rate of 0 or 1 from running to infinity.
    base = float((weight * bad).sum() / weight.sum())
    values, block = pool_adjacent_violators((rate * mass + base) / (mass + 1), mass.astype(np.float64))
    of_block = np.bincount(block, weights=mass)
    points = np.bincount(block, weights=mass * middle) / of_block
    log_odds = np.log(values) - np.log1p(-values)
    if len(points) < 2 or line.slope <= 0:  # noqa: PLR2004 (a line needs two points)
        return Line(line)
    # A little of the raw score on top: blocks whose rates all but agree still keep their order.
    risen = log_odds + _LEAST_SLOPE * (points - np.average(points, weights=of_block))
    return Isotonic(tuple(points.tolist()), tuple(risen.tolist()), max(line.slope, _LEAST_SLOPE))


def _cells(raw: Floats, weight: Floats) -> NDArray[np.int64]:
    """Return cells of neighbouring scores with about fifty effective rows each, equal scores in one."""
    order = np.argsort(raw, kind="stable")
    effective = np.cumsum(weight[order]) * (weight.sum() / np.square(weight).sum())
    cell = np.empty(len(raw), dtype=np.int64)
    cell[order] = (effective / _LEAST_BLOCK).astype(np.int64)
    values, place = np.unique(raw, return_inverse=True)
    first = np.full(len(values), np.iinfo(np.int64).max)
    np.minimum.at(first, place, cell)
    return np.unique(first[place], return_inverse=True)[1].astype(np.int64)


def _fit_beta(raw: Floats, bad: NDArray[np.int64], weight: Floats) -> Beta | None:
    fitted = fit_logistic(_beta_columns(raw), bad.astype(np.float64), ridge=_RIDGE, weight=weight)
    rising, falling = (float(one) for one in fitted.coefficients)
    # A coefficient below 0 would bend the order; what remains with it at 0 is no better than the line.
    return Beta(fitted.intercept, rising, falling) if min(rising, falling) > 0 else None


def _beta_columns(raw: Floats) -> Floats:
    chance = probability(raw)
    return np.column_stack([np.log(chance), -np.log1p(-chance)])


def _secant(curve: Curve, low: Floats, high: Floats) -> Floats:
    """Return the slope between two scores; where they all but agree, between points on either side of them."""
    apart = np.abs(high - low) > _APART
    start, end = np.where(apart, low, low - _APART), np.where(apart, high, low + _APART)
    return np.asarray((curve.log_odds(end) - curve.log_odds(start)) / (end - start), dtype=np.float64)


def _log_likelihood(curve: Curve, raw: Floats, bad: NDArray[np.int64], weight: Floats) -> float:
    eta = curve.log_odds(raw)
    return float(np.sum(weight * (bad * eta - np.logaddexp(0, eta))))
