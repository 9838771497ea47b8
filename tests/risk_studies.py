"""Made-up studies of risk for the tests: places, lenders, amounts and a truth that a model can find."""

import numpy as np
import pandas as pd

from models.study_config import StudyColumns, StudyConfig, StudyKind, TableColumns
from models.study_table import StudyRows, rows_of

CONFIG = StudyConfig(
    kind=StudyKind.risk,
    columns=StudyColumns(
        query="loan",
        label="bad",
        date="day",
        weight="mix",
        amount="amount",
        place=("state", "city"),
        numbers=("staff", "debt"),
        categories=("lender", "lender_state", "line"),
    ),
)


def made_loans(rows: int = 600, seed: int = 1) -> pd.DataFrame:
    """Return loans whose risk comes of lender, city, debt per staff and size; a tenth of the lenders is missing."""
    generator = np.random.default_rng(seed)
    states = np.array([f"S{number}" for number in range(16)])
    state = generator.choice(states, rows)
    lender = generator.integers(0, 25, rows)
    staff, debt = generator.integers(1, 40, rows), generator.lognormal(4, 1, rows).round(2)
    amount = (generator.lognormal(10, 1, rows) / 100).round() * 100
    risk = (lender % 5 - 2) * 0.6 + np.log(debt / staff) * 0.7 - 1.5
    names = np.array([f"bank {number:02d}" for number in lender], dtype=object)
    names[generator.random(rows) < 0.1] = None
    return pd.DataFrame(
        {
            "loan": [f"L{number:05d}" for number in range(rows)],
            "bad": (generator.random(rows) < 1 / (1 + np.exp(-risk))).astype(float),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 900, rows), unit="D"),
            "mix": generator.choice([1.0, 10.0], rows),
            "amount": amount,
            "state": state,
            "city": [f"{one}-{number}" for one, number in zip(state, generator.integers(0, 4, rows), strict=True)],
            "staff": staff,
            "debt": debt,
            "lender": names,
            "lender_state": np.where(generator.random(rows) < 0.6, state, generator.choice(states, rows)),
            "line": generator.random(rows) < 0.4,
        }
    )


def history(table: pd.DataFrame, config: StudyConfig = CONFIG) -> StudyRows:
    """Return the table as rows of a history."""
    return rows_of(table, config, is_history=True)


def queries(table: pd.DataFrame, config: StudyConfig = CONFIG) -> StudyRows:
    """Return the table as rows of queries."""
    return rows_of(table, config, is_history=False)


TABLED = StudyConfig(
    kind=StudyKind.risk,
    columns=StudyColumns(query="loan", label="bad", numbers=("staff",)),
    folds=3,
    tables={"payments": TableColumns(order="month", numbers=("paid",), categories=("channel",))},
)


def made_payments(loans: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """Return a few payments per loan, smaller for the bad ones; some loans have none."""
    generator = np.random.default_rng(seed)
    owner = generator.integers(0, len(loans), len(loans) * 4)
    return pd.DataFrame(
        {
            "loan": loans["loan"].to_numpy()[owner],
            "month": generator.integers(1, 13, len(owner)),
            "paid": generator.lognormal(5, 1, len(owner)) * np.where(loans["bad"].to_numpy()[owner] == 1, 0.5, 1.0),
            "channel": generator.choice(["bank", "cash"], len(owner)),
        }
    )
