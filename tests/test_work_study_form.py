"""The TOML of a study: the documents show what is read, and every description of a real set is one."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_files import MATCH_TOML, history, write

from models.study_config import StudyKind
from service.errors import BadRequestError
from service.ingest import study_tables
from service.work import study_files, study_form
from service.work.study_form import parse_form

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_document_is_a_study(example: str) -> None:
    form = parse_form(Path("folder/study.toml"), tomllib.loads(example))
    assert form.history.parent == Path("folder")


def test_the_document_explains_every_key() -> None:
    assert len(EXAMPLES) == 3
    table = DOCUMENT.split("## Every key of the TOML")[1].split("\n## ")[0]
    forms = (study_form._Study, study_form._Columns, study_form._Table)  # noqa: SLF001 (the keys are nowhere else)
    named = {name for form in forms for name in form.model_fields} - {"columns", "derive", "tables"}
    assert {name for name in named if not re.search(rf"^\|[^|]*`{name}`", table, re.MULTILINE)} == set()
    assert all(f"`[{part}" in table for part in ("columns", "derive", "tables"))


def test_the_document_gives_the_commands_presets() -> None:
    assert "[--top 100]" in DOCUMENT
    assert "[--top 500]" in DOCUMENT
    assert "[--min-customers 20]" in DOCUMENT


def test_one_name_may_stand_without_a_list() -> None:
    said = tomllib.loads(MATCH_TOML.replace('numbers = ["staff"]', 'numbers = "staff"'))
    assert parse_form(Path("study.toml"), said).config.columns.numbers == ("staff",)


def test_paths_are_relative_to_the_toml(tmp_path: Path) -> None:
    config = write(tmp_path / "a", MATCH_TOML.replace("history.parquet", "../b/history.parquet"))
    write(tmp_path / "b", "", history=history())
    assert len(study_files.read_history(study_files.read_form(config)).rows) == 400


def test_further_tables_belong_to_a_risk_study() -> None:
    said = tomllib.loads(MATCH_TOML + '\n[tables.taxes]\npath = "taxes.parquet"\n')
    with pytest.raises(BadRequestError, match="tables belong to a risk study"):
        parse_form(Path("study.toml"), said)


def test_an_index_that_a_file_remembers_is_a_column(tmp_path: Path) -> None:
    config = write(tmp_path, MATCH_TOML)
    table = history()
    table.set_index("loan").to_parquet(tmp_path / "history.parquet")
    found = study_files.read_history(study_files.read_form(config))
    assert found.rows.keys.tolist() == table["loan"].astype(str).tolist()


def test_a_long_key_with_gaps_around_it_keeps_its_digits(tmp_path: Path) -> None:
    big = pd.DataFrame({"id": pd.array([2**62 + 1, 2**62, None], dtype="Int64")})
    big.to_parquet(tmp_path / "x.parquet", index=False)
    read = study_tables.as_frame(study_tables.read_table(tmp_path / "x.parquet", ("id",)))
    assert read["id"].dropna().astype(str).tolist() == [str(2**62 + 1), str(2**62)]


def test_the_real_sets_are_described_and_their_history_is_read(data_folder: Path) -> None:
    """PPP alone is left out: its 2.4 million rows take seconds."""
    forms = [study_files.resolved(study_files.read_form(path)) for path in sorted(data_folder.glob("*/*.toml"))]
    assert {form.config.kind for form in forms} == set(StudyKind)
    ppp = next(form for form in forms if form.report is not None)
    assert ppp.config.columns.place == ("state", "zip3", "city", "zip5")
    for form in forms:
        if form is ppp:
            continue
        asked = study_files.read_history(form)
        assert len(asked.rows) == len(asked.key) > 4000
        if form.config.test:
            assert asked.rows.in_splits(form.config.test).any()
        assert set(study_files.read_tables(form)) == set(form.config.tables)
        if asked.rows.label is not None:
            assert 0 < np.nanmean(asked.rows.label) < 0.5
