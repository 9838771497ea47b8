"""Small random match studies: firms of places and trades that take options near them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from models.study_config import StudyColumns, StudyConfig, StudyKind
from models.study_table import StudyRows, rows_of

COLUMNS = StudyColumns(
    query="id",
    option="bank",
    date="day",
    place=("state", "city"),
    industry=("sector", "trade"),
    amount="amount",
    numbers=("staff",),
    categories=("form", "district"),
)
CONFIG = StudyConfig(StudyKind.match, COLUMNS)


def table(rows: int, seed: int, banks: int = 12, days: int = 60) -> pd.DataFrame:
    """Return a history in which a bank is likelier in its state, for its form and for its amount."""
    draw = np.random.default_rng(seed)
    state, form, size = draw.integers(0, 4, rows), draw.integers(0, 3, rows), draw.integers(1, 6, rows)
    home, liked, usual = (np.random.default_rng(8).integers(0, top, banks) for top in (4, 3, 6))
    worth = 3.0 * (home == state[:, None]) + (liked == form[:, None]) - np.abs(usual - size[:, None]) / 2.0
    taken = np.argmax(worth + draw.gumbel(size=worth.shape), axis=1)
    trade = draw.integers(0, 6, rows)
    found: dict[str, Any] = {
        "id": [f"q{number}" for number in range(rows)],
        "bank": [f"银行 {number}" for number in taken],
        "day": np.datetime64("2020-01-01") + draw.integers(0, days, rows),
        "state": [f"S{number}" for number in state],
        "city": [f"C{number}" for number in draw.integers(0, 5, rows)],
        "district": [f"S{number}-{part}" for number, part in zip(state, draw.integers(0, 2, rows), strict=True)],
        "sector": [f"{number // 2}" for number in trade],
        "trade": [f"{number}" for number in trade],
        "form": [None if number == 0 else f"F{number}" for number in form],
        "amount": size * 10_000.0,
        "staff": np.where(draw.random(rows) < 0.2, np.nan, draw.integers(1, 50, rows).astype(float)),
    }
    return pd.DataFrame(found)


def read(frame: pd.DataFrame, config: StudyConfig = CONFIG) -> StudyRows:
    """Return the rows of a history."""
    return rows_of(frame, config, is_history=True)


def without(*columns: str) -> StudyConfig:
    """Return the study without some of its kinds of columns ("place", "amount", "date", …)."""
    nothing: dict[str, Any] = {name: None if name in {"amount", "date"} else () for name in columns}
    return replace(CONFIG, columns=replace(COLUMNS, **nothing))
