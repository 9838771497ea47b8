"""The scorecard: weight of evidence by class, a logistic regression on it, and points on a scale of good odds.

Fitting needs optbinning (see `binning`); what is stored needs numpy alone. log-odds of bad = intercept - Σ
coefficient · weight of evidence, each coefficient ≥ 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.binning import Bins
from models.inputs import ModelInput
from models.logistic import Logistic, fit_logistic
from models.metrics import Floats
from models.selection import select_inputs

_RIDGE = 1.0  # a weight of evidence alone has coefficient 1, so a prior of unit spread says "no more than that"


@dataclass(frozen=True, slots=True)
class Scale:
    """Points: `base_score` at good odds of `base_odds` to 1, `pdo` more points where the good odds double."""

    base_score: float = 600.0
    base_odds: float = 30.0
    pdo: float = 20.0

    @property
    def factor(self) -> float:
        """Points per unit of log-odds."""
        return self.pdo / float(np.log(2))

    @property
    def offset(self) -> float:
        """Points at even odds."""
        return self.base_score - self.factor * float(np.log(self.base_odds))


PRESET_SCALE = Scale()


@dataclass(frozen=True, slots=True)
class Variable:
    """One input of the scorecard: where it stands in the matrix, its classes and its coefficient."""

    position: int
    bins: Bins
    coefficient: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A fitted scorecard over the matrix of `inputs`."""

    inputs: tuple[ModelInput, ...]
    variables: tuple[Variable, ...]
    intercept: float
    scale: Scale = PRESET_SCALE

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the log-odds of bad of each row of the encoded matrix."""
        parts, base = self.contributions(matrix)
        return np.asarray(base + parts.sum(axis=1), dtype=np.float64)

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to the log-odds of bad (rows × inputs), and the base they are added to.

        The base is the odds of the sample: an input that was never missing in the fit adds 0 where it is.
        """
        parts = np.zeros((len(matrix), len(self.inputs)))
        for variable in self.variables:
            woe = variable.bins.transform(matrix[:, variable.position])
            parts[:, variable.position] = -variable.coefficient * woe
        return parts, np.full(len(matrix), self.intercept)

    def points(self, matrix: Floats, *, whole: bool = False) -> Floats:
        """Return the points of each row; with `whole` each class's points are rounded before they are added."""
        total = np.full(len(matrix), 0.0 if self.variables else self.scale.offset - self.scale.factor * self.intercept)
        for variable in self.variables:
            table = self.class_points(variable)
            cells = variable.bins.classes(matrix[:, variable.position])
            total += (np.rint(table) if whole else table)[cells]
        return total

    def class_points(self, variable: Variable) -> Floats:
        """Return the points of each class of a variable, the intercept shared out equally."""
        shared = (self.scale.offset - self.scale.factor * self.intercept) / len(self.variables)
        return shared + self.scale.factor * variable.coefficient * np.asarray(variable.bins.woe, dtype=np.float64)

    def as_json(self) -> dict[str, Any]:
        """Return the scorecard as JSON-able values, with the points of each class for the reader."""
        scale = {"base_score": self.scale.base_score, "base_odds": self.scale.base_odds, "pdo": self.scale.pdo}
        return {"intercept": self.intercept, "scale": scale, "variables": [self._row(v) for v in self.variables]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], inputs: Sequence[ModelInput]) -> "Scorecard":
        """Return the scorecard that `as_json` wrote over the same inputs."""
        position = {item.name: number for number, item in enumerate(inputs)}
        variables = tuple(
            Variable(position[row["name"]], Bins.from_json(row["bins"]), row["coefficient"])
            for row in data["variables"]
        )
        return cls(tuple(inputs), variables, data["intercept"], Scale(**data["scale"]))

    def _row(self, variable: Variable) -> dict[str, Any]:
        return {
            "name": self.inputs[variable.position].name,
            "coefficient": variable.coefficient,
            "information_value": variable.bins.information_value,
            "bins": variable.bins.as_json(),
            "points": self.class_points(variable).tolist(),
        }


def fit_scorecard(
    matrix: Floats, bad: NDArray[np.int64], inputs: Sequence[ModelInput], scale: Scale = PRESET_SCALE
) -> Scorecard:
    """Return the scorecard of these rows: inputs by the rule of `selection`, then a ridge logistic regression.

    A variable whose coefficient comes out negative would reward what its own classes call risky; it is left out and
    the rest fitted again.
    """
    chosen = list(select_inputs(matrix, bad, inputs))
    while True:
        fitted = _regress(matrix, bad, chosen)
        wrong = [number for number, value in enumerate(fitted.coefficients) if value > 0]
        if not wrong:
            break
        chosen.pop(max(wrong, key=lambda number: float(fitted.coefficients[number])))
    variables = tuple(
        Variable(position, bins, -float(coefficient))
        for (position, bins), coefficient in zip(chosen, fitted.coefficients, strict=True)
    )
    return Scorecard(tuple(inputs), variables, fitted.intercept, scale)


def _regress(matrix: Floats, bad: NDArray[np.int64], chosen: Sequence[tuple[int, Bins]]) -> Logistic:
    evidence = [bins.transform(matrix[:, position]) for position, bins in chosen]
    columns = np.column_stack(evidence) if evidence else np.empty((len(matrix), 0))
    return fit_logistic(columns, bad.astype(np.float64), ridge=_RIDGE)
