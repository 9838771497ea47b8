"""`rongqiao study` on a cut of a real set by its own TOML: other types, fewer rows, garbage beside: the same scores."""

import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_files import read, types

from service.cli import main

pytestmark = pytest.mark.slow


def test_sba_lenders_are_ranked_for_requests_of_any_type(data_folder: Path, tmp_path: Path) -> None:
    source = data_folder / "sba7a" / "match.toml"
    config = Path(shutil.copy(source, tmp_path))
    history = tomllib.loads(source.read_text(encoding="utf-8"))["history"]
    table = pd.read_parquet(source.parent / history).sample(3000, random_state=1)
    table.to_parquet(tmp_path / history, index=False)
    model, whole, part = tmp_path / "model", tmp_path / "whole.parquet", tmp_path / "part.parquet"
    assert main(["study", "fit", str(config), "--out", str(model)]) == 0
    assert main(["study", "match", str(config), "--model", str(model), "--out", str(whole)]) == 0
    assert list(types(whole)) == ["query_id", "lender_name", "score"]
    found = read(whole)
    assert set(found["lender_name"]) <= set(table.loc[table["split"] != "test", "lender_name"])
    queries = table[table["split"] == "test"].sample(frac=0.5, random_state=2)
    queries = queries.drop(columns=["lender_name", "product", "split", "sampling_weight", "charged_off", "term_months"])
    queries = queries.astype({"state": "category", "employees": "Int64", "franchise_code": "float64", "query_id": str})
    queries.assign(jobs_created=["garbage"] * len(queries)).to_parquet(tmp_path / "queries.parquet", index=False)
    argv = ["study", "match", str(config), "--queries", str(tmp_path / "queries.parquet"), "--model", str(model)]
    assert main([*argv, "--out", str(part)]) == 0
    answered = read(part)
    assert answered["query_id"].drop_duplicates().tolist() == queries["query_id"].tolist()
    joined = answered.astype({"query_id": np.int64}).merge(found, on=["query_id", "lender_name"])
    assert len(joined) == len(answered)
    assert (joined["score_x"] == joined["score_y"]).all()
