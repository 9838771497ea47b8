"""Small made-up tables of studies, written as Parquet with their TOML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

MATCH_TOML = """
kind = "match"
history = "history.parquet"
fit = ["train", "valid"]
test = ["test"]

[columns]
query = "loan"
option = "bank"
date = "day"
split = "split"
place = ["province", "city"]
industry = ["sector", "branch"]
amount = "asked"
numbers = ["staff"]
categories = ["form", "listed"]

[derive]
sector = { from = "branch", first = 1 }
"""

RISK_TOML = """
kind = "risk"
history = "history.parquet"
fit = ["train", "valid"]
test = ["test"]

[columns]
query = "loan"
label = "bad"
weight = "share"
date = "day"
split = "split"
place = ["province", "city"]
industry = ["sector", "branch"]
amount = "asked"
numbers = ["staff"]
categories = ["form", "listed"]

[derive]
sector = { from = "branch", first = 1 }
"""

FOLDS_TOML = """
kind = "risk"
history = "history.parquet"
folds = 3

[columns]
label = "bad"
numbers = "*"
"""

TABLES_TOML = """
kind = "risk"
history = "labels.parquet"
folds = 3
metric = "average_precision"

[columns]
query = "firm"
label = "bad"

[tables.taxes]
path = "taxes.parquet"
order = "paid_on"
numbers = ["paid"]
categories = ["kind"]

[tables.news]
path = "news.parquet"
categories = ["mood"]
"""


def history(rows: int = 400, seed: int = 7) -> pd.DataFrame:
    """Return a history: city decides mostly which bank is taken, staff and form who turns out bad."""
    random = np.random.default_rng(seed)
    province = random.choice(["GS", "QH"], rows, p=[0.7, 0.3])
    city = np.where(province == "GS", random.choice(["lz", "ty"], rows), random.choice(["xn", "ty"], rows))
    home = np.select([city == "lz", city == "xn"], [11, 22], 33)
    bank = np.where(random.random(rows) < 0.7, home, random.choice([11, 22, 33, 44], rows))
    staff = random.integers(1, 60, rows)
    form = random.choice(["co", "sole"], rows)
    bad = random.random(rows) < 1 / (1 + np.exp(2.5 - 0.05 * (60 - staff) - 1.2 * (form == "sole")))
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.sort(random.integers(0, 300, rows)), unit="D")
    return pd.DataFrame(
        {
            "loan": random.permutation(rows) + 1000,
            "bank": bank.astype(np.int16),
            "day": day.date,
            "split": np.select(
                [np.arange(rows) < rows * 0.6, np.arange(rows) < rows * 0.75], ["train", "valid"], "test"
            ),
            "province": province,
            "city": city,
            "branch": random.choice(["a1", "a2", "b1"], rows),
            "asked": random.integers(1, 90, rows) * 10_000,
            "staff": staff,
            "form": form,
            "listed": random.random(rows) < 0.1,
            "bad": bad,
            "share": random.choice([0.5, 1.0, 2.0], rows),
            "unnamed": random.permutation(rows),
        }
    )


def write(folder: Path, toml: str, **tables: pd.DataFrame) -> Path:
    """Write the tables and `study.toml` into a folder and return the TOML's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    path = folder / "study.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def firms(rows: int = 240, seed: int = 5) -> dict[str, pd.DataFrame]:
    """Return labels of firms and two tables of theirs; who pays often is seldom bad."""
    random = np.random.default_rng(seed)
    firm = np.array([f"f{number:04d}" for number in random.permutation(rows)])
    bad = random.random(rows) < 0.25
    count = np.where(bad, random.integers(0, 3, rows), random.integers(2, 8, rows))
    owner = np.repeat(firm, count)
    taxes = pd.DataFrame(
        {
            "firm": owner,
            "paid_on": pd.Timestamp("2021-01-01") + pd.to_timedelta(random.integers(0, 700, len(owner)), unit="D"),
            "paid": np.round(random.gamma(2.0, 900.0, len(owner)), 2),
            "kind": random.choice(["vat", "income"], len(owner)),
        }
    )
    told = random.choice(firm, rows // 2)
    news = pd.DataFrame({"firm": told, "mood": random.choice(["good", "bad"], len(told))})
    return {"labels": pd.DataFrame({"firm": firm, "bad": bad.astype(np.int64)}), "taxes": taxes, "news": news}


def read(path: Path) -> pd.DataFrame:
    """Return a result as pandas reads it."""
    return pd.read_parquet(path)


def types(path: Path) -> Mapping[str, Any]:
    """Return the Arrow type of each column of a file, in its order."""
    return {field.name: field.type for field in pq.read_schema(path)}


def rewrite(path: Path, name: str, kind: pa.DataType) -> None:
    """Cast a column of a file to another Arrow type."""
    table = pq.read_table(path)
    place = table.column_names.index(name)
    pq.write_table(table.set_column(place, name, table.column(name).cast(kind)), path)
