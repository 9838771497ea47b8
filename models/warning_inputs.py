"""What a warning reads of a loan on a day: its firm's profile, its own state, and what changed since drawdown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from models.inputs import InputKind, ModelInput
from models.metrics import Floats
from models.offered import offered_inputs

MONTH_AHEAD: Final = "month_ahead"
ORIGINATION: Final = "origination_log_odds"
RECENT_SALES: Final = "sales_3m_of_12m_ratio"
HALF_YEAR_SALES: Final = "sales_6m_of_12m_ratio"

#: Of the loan itself. They come with the loans that are watched, so no authorisation can withhold them alone.
_OF_LOAN = (
    ModelInput("age_months"),
    ModelInput("months_to_due"),
    ModelInput("balance_ratio"),
    ModelInput("annual_rate_ppm"),
    ModelInput("late_reports", -1),
    ModelInput("worst_days_past_due", -1),
)
# Recent sales against a year's pace.
_DERIVED = (
    ModelInput(RECENT_SALES, 1, tables=("invoices",)),
    ModelInput(HALF_YEAR_SALES, 1, tables=("invoices",)),
)
# What is compared with the day of drawdown: amounts as a share of what they were, counts by difference.
_GROWN = ("sales_12m_fen", "tax_paid_12m_fen", "insured_count", "loan_balance_fen")
_RISEN = (
    "late_filings_12m",
    "unfiled_returns_24m",
    "tax_arrears_fen",
    "insurance_unpaid_12m_fen",
    "executed_open_count",
    "dishonest_open_count",
    "judgments_defendant_24m",
    "penalties_12m",
    "registration_changes_12m",
    "lenders_count",
    "zero_sales_months_12m",
)
_COMPARED: Final = (*_GROWN, *_RISEN)
_PACE = {RECENT_SALES: ("sales_3m_fen", 4.0), HALF_YEAR_SALES: ("sales_6m_fen", 2.0)}
_YEAR_SALES = "sales_12m_fen"


_DRAWDOWN = "_since_drawdown"


def since_drawdown(name: str) -> str:
    """Return the name of a feature's change since drawdown."""
    return f"{name}{_DRAWDOWN}"


def compared(name: str) -> str:
    """Return the feature whose change this is, or the name itself."""
    return name.removesuffix(_DRAWDOWN)


@dataclass(frozen=True, slots=True)
class Facts:
    """Watched loans, and row by row their firms' profiles on the day and at drawdown."""

    loans: pd.DataFrame
    current: pd.DataFrame
    then: pd.DataFrame

    def features(self, origination: Floats | None) -> pd.DataFrame:
        """Return the columns that a warning may read; `origination` is the log-odds of the score at drawdown."""
        columns: dict[str, Any] = {name: self.current[name].to_numpy() for name in self.current.columns}
        columns |= {item.name: _numbers(self.loans, item.name) for item in _OF_LOAN}
        columns |= {name: _pace(self.current, *rule) for name, rule in _PACE.items()}
        pairs = {name: (_numbers(self.current, name), _numbers(self.then, name)) for name in _COMPARED}
        columns |= {since_drawdown(name): _share(*pairs[name]) for name in _GROWN}
        columns |= {since_drawdown(name): pairs[name][0] - pairs[name][1] for name in _RISEN}
        columns[ORIGINATION] = np.full(len(self.loans), np.nan) if origination is None else origination
        return pd.DataFrame(columns)


def profile_inputs(profiles: pd.DataFrame) -> tuple[ModelInput, ...]:
    """Return the inputs among a profile's columns, as the model of default is offered them."""
    return offered_inputs([str(one) for one in profiles.columns])


def warning_inputs(features: pd.DataFrame) -> tuple[ModelInput, ...]:
    """Return the inputs of a warning over these columns (those of `Facts.features`), the month ahead last."""
    own = {item.name for item in (*_OF_LOAN, *_DERIVED)} | {ORIGINATION}
    changes = [name for name in features.columns if str(name).endswith(_DRAWDOWN)]
    profile = offered_inputs([str(one) for one in features.columns if one not in own and one not in set(changes)])
    by_name = {item.name: item for item in profile}
    changed = [_change(by_name, str(name)) for name in changes]
    return (*profile, *_OF_LOAN, *_DERIVED, *changed, ModelInput(ORIGINATION, -1), ModelInput(MONTH_AHEAD))


def _change(profile: Mapping[str, ModelInput], name: str) -> ModelInput:
    of = profile.get(compared(name), ModelInput(name))
    return replace(of, name=name, kind=InputKind.number, levels=())


def _pace(profiles: pd.DataFrame, part: str, times: float) -> Floats:
    return _share(_numbers(profiles, part) * times, _numbers(profiles, _YEAR_SALES))


def _share(value: Floats, of: Floats) -> Floats:
    return np.asarray(np.divide(value, of, out=np.full(value.size, np.nan), where=of > 0), dtype=np.float64)


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return np.asarray(pd.to_numeric(table[name]).to_numpy(dtype=np.float64, na_value=np.nan))
