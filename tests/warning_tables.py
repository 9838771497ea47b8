"""Tables of watched loans whose truth is known: firms that fall behind with their returns before they default."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.metrics import Floats
from models.warning import WarningTable
from models.warning_inputs import ORIGINATION

MONTHS = 8


def watched(firms: int, seed: int = 1, *, tells: float = 2.5) -> WarningTable:
    """Return a loan per firm over eight month-ends; late returns raise the odds of default by `tells` each."""
    generator = np.random.default_rng(seed)
    late = generator.poisson(0.4, size=(firms, MONTHS))
    sales = generator.lognormal(0.0, 0.4, size=(firms, MONTHS))
    hazard = 1 / (1 + np.exp(-(-6.5 + tells * late - 0.5 * np.log(sales))))
    default = _first_default(hazard, generator)
    shape = (firms, MONTHS)
    firm = np.repeat(np.arange(firms), MONTHS)
    return WarningTable(
        features=pd.DataFrame(
            {
                "late_filings_12m": late.ravel(),
                "sales_growth_12m_ratio": np.where(generator.random(shape) < 0.2, np.nan, sales - 1).ravel(),
                "tax_arrears_fen": np.where(late > 2, 5_000_00, 0).ravel(),
                "kind": np.where(firm % 3 == 0, "company", "sole_proprietor"),
                "age_months": np.tile(np.arange(MONTHS), firms),
                "months_to_due": 12 - np.tile(np.arange(MONTHS), firms),
                "late_filings_12m_since_drawdown": (late - late[:, :1]).ravel(),
                ORIGINATION: np.repeat(generator.normal(size=firms), MONTHS),
            }
        ),
        enterprises=np.array([f"test:{number:05d}" for number in firm]),
        loans=np.array(["L1"] * (firms * MONTHS)),
        days=np.tile(_month_ends(), firms),
        default_months=default.ravel(),
        seen_months=generator.integers(3, 20, size=shape).ravel(),
        missed_days=(default * 30 - 91).ravel(),
    )


def _first_default(hazard: Floats, generator: np.random.Generator) -> Floats:
    """Return months to default of each row, drawn from its own hazard, NaN beyond 14 months."""
    drawn = generator.geometric(hazard).astype(np.float64)
    return np.where(drawn + 3 <= 14, drawn + 3, np.nan)


def _month_ends() -> NDArray[np.datetime64]:
    days = [date(2024, month + 1, 1) - timedelta(days=1) for month in range(1, MONTHS + 1)]
    return np.array(days, dtype="datetime64[D]")
