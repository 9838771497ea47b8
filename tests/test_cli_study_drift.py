"""`rongqiao study report` on a table with dated outcomes: the walk through the quarters, from the TOML alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.cli import main

TOML = """
kind = "risk"
history = "loans.parquet"
outcome_known = "written_off"
horizon_months = 6
fit = ["dated"]

[columns]
query = "loan"
label = "bad"
date = "drawn"
split = "sample"
numbers = ["amount"]
categories = ["form"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    generator = np.random.default_rng(5)
    rows = 4_000
    drawn = np.datetime64("2021-01-01") + generator.integers(0, 3 * 365, rows)
    bad = generator.random(rows) < np.where(drawn < np.datetime64("2022-07-01"), 0.1, 0.3)
    sample = np.where(generator.random(rows) < 0.8, "dated", "undated")
    on = np.where(bad & (sample == "dated"), drawn + generator.integers(10, 170, rows), np.datetime64("NaT"))
    table = pd.DataFrame(
        {
            "loan": np.arange(rows),
            "drawn": drawn,
            "bad": bad,
            "written_off": on,
            "sample": sample,
            "amount": generator.lognormal(10, 1, rows),
            "form": generator.choice(["company", "farm"], rows),
        }
    )
    table.to_parquet(tmp_path / "loans.parquet")
    path = tmp_path / "loans.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_the_report_walks_through_the_quarters(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "report", str(config)]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    drift = json.loads(last)["drift"]
    assert any("bad within 6 months" in line for line in lines)
    assert (drift["horizon_months"], drift["undated_bad"]) == (6, 0)  # the split keeps out what has no day
    quarters = {one["first_on"]: one for one in drift["quarters"]}
    assert list(quarters) == sorted(quarters)
    at = {name: one["seen"]["ratio"] for name, one in quarters["2023-04-01"]["methods"].items()}
    assert at["uncorrected"] > 2
    assert abs(at["by rate"] - 1) < abs(at["uncorrected"] - 1) / 2
    assert drift["methods"]["by rate"]["gain"]["low"] > 0
    assert drift["first_alarm_on"] in {"2022-10-01", "2023-01-01"}


def test_where_too_little_was_known_a_sentence_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(TOML.replace("horizon_months = 6", "horizon_months = 30"), encoding="utf-8")
    assert main(["study", "report", str(config)]) == 1
    assert "no quarter has 100 rows known to be bad" in capsys.readouterr().err
