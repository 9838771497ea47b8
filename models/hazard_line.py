"""The transparent hazard: a logistic regression of few named inputs, with a level of its own for each month ahead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.hazard import HORIZON
from models.inputs import ModelInput
from models.logistic import Logistic, fit_logistic
from models.metrics import Floats
from models.validation import Rows
from models.warning_inputs import MONTH_AHEAD, ORIGINATION, RECENT_SALES, compared, since_drawdown

#: What it reads where it is there: what a loan officer would ask for.
READ: Final = (
    RECENT_SALES,
    "sales_growth_12m_ratio",
    "tax_arrears_fen",
    "late_filings_12m",
    "unfiled_returns_24m",
    "insurance_unpaid_12m_fen",
    "insured_growth_12m_ratio",
    "judgments_defendant_24m",
    "executed_open_count",
    "registration_changes_12m",
    "lenders_count",
    "worst_days_past_due",
    "age_months",
    "months_to_due",
    "balance_ratio",
    ORIGINATION,
    since_drawdown("late_filings_12m"),
    since_drawdown("insured_count"),
)
_AMOUNT = "_fen"
# Standardised inputs carry a prior of unit spread, as the scorecard's do. A firm that defaults gives many rows that say
# the same (each month-end before, each loan), so the prior weighs as much as those rows: rows over firms.
_RIDGE = 1.0
_EDGES = (0.01, 0.99)


@dataclass(frozen=True)
class HazardLine:
    """log-odds of default in a month = level of the month + Σ coefficient · (value − mean) / spread.

    Amounts are taken as log(1 + fen); values are cut at the first and last hundredth of the fit; a missing value adds
    nothing. `columns` are places in the matrix.
    """

    columns: tuple[int, ...]
    is_amount: tuple[bool, ...]
    low: Floats
    high: Floats
    mean: Floats
    spread: Floats
    month_column: int
    line: Logistic

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the log-odds of default in the month that the row's last column tells."""
        return self.line.log_odds(self.design(matrix))

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to `log_odds` (rows × inputs), and the base by row."""
        terms = self.design(matrix) * self.line.coefficients
        parts = np.zeros(matrix.shape)
        parts[:, list(self.columns)] = terms[:, HORIZON:]
        parts[:, self.month_column] = terms[:, :HORIZON].sum(axis=1)
        return parts, np.full(len(matrix), self.line.intercept)

    def as_json(self) -> dict[str, Any]:
        """Return the line as JSON-able values."""
        arrays = {name: getattr(self, name).tolist() for name in ("low", "high", "mean", "spread")}
        line = {"intercept": self.line.intercept, "coefficients": self.line.coefficients.tolist()}
        plain = {"columns": list(self.columns), "is_amount": list(self.is_amount), "month_column": self.month_column}
        return {**plain, **arrays, "line": line}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "HazardLine":
        """Return the line that `as_json` wrote."""
        arrays = {name: np.array(data[name], dtype=np.float64) for name in ("low", "high", "mean", "spread")}
        line = Logistic(data["line"]["intercept"], np.array(data["line"]["coefficients"], dtype=np.float64))
        columns, is_amount = tuple(data["columns"]), tuple(data["is_amount"])
        return cls(columns=columns, is_amount=is_amount, month_column=data["month_column"], line=line, **arrays)

    def design(self, matrix: Floats) -> Floats:
        """Return the columns of the regression: 12 for the months ahead, then the standardised inputs."""
        values = _taken(matrix, self.columns, self.is_amount)
        standard = (np.clip(values, self.low, self.high) - self.mean) / self.spread
        months = matrix[:, [self.month_column]] == np.arange(1, HORIZON + 1)
        return np.concatenate([months.astype(np.float64), np.nan_to_num(standard)], axis=1)


def fit_hazard_line(rows: Rows, inputs: Sequence[ModelInput]) -> HazardLine:
    """Return the line of these months at risk; inputs without two values in them are left out."""
    matrix, failed = rows.matrix, rows.enterprises[rows.bad == 1]
    names = [item.name for item in inputs]
    columns = [names.index(name) for name in READ if name in names]
    is_amount = [compared(names[one]).endswith(_AMOUNT) for one in columns]
    values = _taken(matrix, columns, is_amount)
    varies = [len(np.unique(one[~np.isnan(one)])) > 1 for one in values.T]
    columns = [one for one, kept in zip(columns, varies, strict=True) if kept]
    is_amount = [one for one, kept in zip(is_amount, varies, strict=True) if kept]
    values = values[:, varies]
    low, high = np.nanquantile(values, _EDGES, axis=0) if columns else np.zeros((2, 0))
    cut = np.clip(values, low, high)
    # An event of one firm in a hundred lies beyond the last hundredth: such a column is cut nowhere.
    flat = np.nanstd(cut, axis=0) == 0
    low, high = np.where(flat, np.nanmin(values, axis=0), low), np.where(flat, np.nanmax(values, axis=0), high)
    cut = np.clip(values, low, high)
    unfitted = HazardLine(
        columns=tuple(columns),
        is_amount=tuple(is_amount),
        low=low,
        high=high,
        mean=np.nanmean(cut, axis=0),
        spread=np.nanstd(cut, axis=0),
        month_column=names.index(MONTH_AHEAD),
        line=Logistic(0.0, np.zeros(HORIZON + len(columns))),
    )
    ridge = _RIDGE * len(failed) / max(len(np.unique(failed)), 1)
    line = fit_logistic(unfitted.design(matrix), rows.bad.astype(np.float64), ridge=ridge)
    return HazardLine(**{**unfitted.__dict__, "line": line})


def _taken(matrix: Floats, columns: Sequence[int], is_amount: Sequence[bool]) -> Floats:
    values = matrix[:, list(columns)]
    logs = np.sign(values) * np.log1p(np.abs(values))
    return np.where(np.array(is_amount, dtype=np.bool_), logs, values)
