"""Small invented match studies: options by place, with a column that tells them apart."""

import numpy as np
import pandas as pd

from models.study_config import StudyColumns, StudyConfig, StudyKind
from models.study_table import StudyRows, rows_of

CONFIG = StudyConfig(
    StudyKind.match,
    StudyColumns(
        query="id",
        option="lender",
        date="day",
        split="split",
        place=("state", "town"),
        industry=("sector",),
        amount="amount",
        categories=("form",),
    ),
    fit=("train",),
    test=("test",),
)


def invented(rows: int, seed: int, options: int = 30) -> pd.DataFrame:
    """Return requests whose lender hangs together with town and form, and fades over 100 days; a tenth is a test."""
    generator = np.random.default_rng(seed)
    town = generator.integers(12, size=rows)
    form = generator.integers(3, size=rows)
    day = np.sort(generator.integers(100, size=rows))
    home = (town * 7 + form * 11 + (day > 60) * 3) % options
    lender = np.where(generator.random(rows) < 0.6, home, generator.integers(options, size=rows) ** 2 // options)
    return pd.DataFrame(
        {
            "id": [f"q{number}" for number in range(rows)],
            "lender": [f"bank {number:02d}" for number in lender],
            "day": np.datetime64("2024-01-01") + day.astype("timedelta64[D]"),
            "split": np.where(day < 90, "train", "test"),
            "state": [f"s{number // 4}" for number in town],
            "town": [f"t{number % 5}" for number in town],  # names cross states
            "sector": [f"{number % 4}" for number in generator.integers(20, size=rows)],
            "amount": np.round(np.exp(generator.normal(10, 1, rows) + 0.3 * form), 0),
            "form": np.array(["firm", "trader", None], dtype=object)[form],
        }
    )


def invented_rows(rows: int = 1500, seed: int = 7) -> StudyRows:
    """Return the rows of such a study."""
    return rows_of(invented(rows, seed), CONFIG, is_history=True)


def truth_of(rows: StudyRows, options: tuple[str, ...]) -> np.ndarray:
    """Return the place of each row's option, −1 where it is no candidate."""
    assert rows.option is not None
    return pd.Index(options).get_indexer(rows.option.categories)[rows.option.codes].astype(np.int64)
