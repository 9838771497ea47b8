"""`rongqiao study` on small made-up tables: what comes out under which names and types, and what changes nothing."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from study_files import (
    FOLDS_TOML,
    MATCH_TOML,
    RISK_TOML,
    TABLES_TOML,
    firms,
    history,
    read,
    rewrite,
    types,
    write,
)

from service.cli import main

QUERY_COLUMNS = ["loan", "day", "province", "city", "branch", "asked", "staff", "form", "listed"]


def run(verb: str, config: Path, *more: object, out: str = "out.parquet") -> Path:
    """Run one study and return its result's path."""
    path = config.parent / out
    assert main(["study", verb, str(config), "--out", str(path), *map(str, more)]) == 0
    return path


def asked(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the test's split as queries: without option, label, split and weight."""
    return table.loc[table["split"] == "test", QUERY_COLUMNS].reset_index(drop=True)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return history()


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory, table: pd.DataFrame) -> Path:
    """Return the TOML of a match study with its model and the result of the test's split beside it."""
    config = write(tmp_path_factory.mktemp("match"), MATCH_TOML, history=table)
    run("fit", config, out="model")
    run("match", config, "--model", config.parent / "model", out="test.parquet")
    return config


@pytest.fixture(scope="module")
def risked(tmp_path_factory: pytest.TempPathFactory, table: pd.DataFrame) -> Path:
    """Return the TOML of a risk study with its model and the result of the test's split beside it."""
    config = write(tmp_path_factory.mktemp("risk"), RISK_TOML, history=table)
    run("fit", config, out="model")
    run("risk", config, "--model", config.parent / "model", out="test.parquet")
    return config


def by_queries(config: Path, queries: pd.DataFrame, folder: Path, verb: str = "match") -> pd.DataFrame:
    """Return what the stored model says of the queries."""
    queries.to_parquet(folder / "queries.parquet", index=False)
    out = folder / "out.parquet"
    model = str(config.parent / "model")
    argv = ["study", verb, str(config), "--queries", str(folder / "queries.parquet"), "--model", model]
    assert main([*argv, "--out", str(out)]) == 0
    return read(out)


# What comes out


def test_a_match_lists_every_option_of_the_fit_for_each_query_best_first(matched: Path, table: pd.DataFrame) -> None:
    path = matched.parent / "test.parquet"
    assert types(path) == {"loan": pa.int64(), "bank": pa.int16(), "score": pa.float64()}
    found = read(path)
    test = table[table["split"] == "test"]
    assert found["loan"].drop_duplicates().tolist() == test["loan"].tolist()
    assert not found.duplicated(["loan", "bank"]).any()
    assert set(found["bank"]) == set(table.loc[table["split"] != "test", "bank"])
    assert np.isfinite(found["score"]).all()
    assert (found.groupby("loan", sort=False)["score"].diff().dropna() <= 0).all()
    taken = test.set_index("loan")["bank"]
    first = found.drop_duplicates("loan").set_index("loan")["bank"]
    assert (first == taken).mean() > 0.5, "the city alone tells the bank of seven in ten"


def test_the_model_of_fit_gives_to_the_byte_what_a_refit_gives(matched: Path, risked: Path) -> None:
    for config, verb in ((matched, "match"), (risked, "risk")):
        assert run(verb, config).read_bytes() == (config.parent / "test.parquet").read_bytes()


def test_top_cuts_the_list_of_each_query(matched: Path) -> None:
    whole = read(matched.parent / "test.parquet")
    cut = read(run("match", matched, "--top", 2, "--model", matched.parent / "model"))
    pd.testing.assert_frame_equal(cut, whole.groupby("loan", sort=False).head(2).reset_index(drop=True))


def test_an_acquisition_lists_queries_for_the_options_with_enough_customers(matched: Path, table: pd.DataFrame) -> None:
    sizes = table.loc[table["split"] != "test", "bank"].value_counts()
    least = int(np.sort(sizes)[1])
    more = ["--model", matched.parent / "model", "--min-customers", least, "--top", 7]
    path = run("acquire", matched, *more)
    assert types(path) == {"bank": pa.int16(), "loan": pa.int64(), "score": pa.float64()}
    found = read(path)
    assert set(found["bank"]) == set(sizes.index[sizes >= least])
    assert (found["bank"].value_counts() == 7).all()
    assert (found.groupby("bank", sort=False)["score"].diff().dropna() <= 0).all()
    assert not found.duplicated(["loan", "bank"]).any()


def test_a_risk_is_one_probability_per_query(risked: Path, table: pd.DataFrame) -> None:
    path = risked.parent / "test.parquet"
    assert types(path) == {"loan": pa.int64(), "probability": pa.float64()}
    found = read(path)
    test = table[table["split"] == "test"]
    assert found["loan"].tolist() == test["loan"].tolist()
    assert found["probability"].between(0, 1).all()
    bad = test["bad"].to_numpy()
    assert found["probability"][bad].mean() > found["probability"][~bad].mean()


def test_the_leak_check_is_told_on_standard_error(matched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("match", matched, "--model", matched.parent / "model")
    said = capsys.readouterr()
    assert "泄露" in said.err
    assert "泄露" not in said.out


# Queries


def test_queries_need_no_option_label_split_or_weight(
    matched: Path, risked: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    found = by_queries(matched, asked(table), tmp_path)
    pd.testing.assert_frame_equal(found, read(matched.parent / "test.parquet"))
    found = by_queries(risked, asked(table), tmp_path, "risk")
    pd.testing.assert_frame_equal(found, read(risked.parent / "test.parquet"))


def test_shuffled_and_fewer_queries_have_the_same_scores(
    matched: Path, risked: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    fewer = asked(table).sample(frac=0.4, random_state=3)
    for config, verb, keys in ((matched, "match", ["loan", "bank"]), (risked, "risk", ["loan"])):
        whole = read(config.parent / "test.parquet")
        found = by_queries(config, fewer, tmp_path, verb)
        assert found["loan"].drop_duplicates().tolist() == fewer["loan"].tolist()
        joined = found.merge(whole, on=keys, suffixes=("", "_of_all"))
        score = joined.columns[len(keys)]
        assert len(joined) == len(found)
        assert (joined[score] == joined[f"{score}_of_all"]).all()


@pytest.mark.parametrize("verb", ["match", "risk"])
def test_queries_are_compared_by_value_whatever_their_types(
    matched: Path, risked: Path, table: pd.DataFrame, tmp_path: Path, verb: str
) -> None:
    config = matched if verb == "match" else risked
    other = asked(table).astype({"city": "category", "province": "category", "staff": "Int32", "asked": "float32"})
    other["day"] = other["day"].astype(str)
    other["listed"] = other["listed"].astype("boolean")
    found = by_queries(config, other, tmp_path, verb)
    pd.testing.assert_frame_equal(found, read(config.parent / "test.parquet"))


def test_the_key_keeps_the_type_of_the_queries(matched: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    queries = asked(table).astype({"loan": str})
    assert types_of(by_queries(matched, queries, tmp_path), tmp_path)["loan"] == pa.large_string()
    assert by_queries(matched, queries, tmp_path)["score"].equals(read(matched.parent / "test.parquet")["score"])


def types_of(_: pd.DataFrame, folder: Path) -> dict[str, pa.DataType]:
    return dict(types(folder / "out.parquet"))


@pytest.mark.parametrize("verb", ["match", "risk"])
def test_unseen_and_missing_levels_are_answered(
    matched: Path, risked: Path, table: pd.DataFrame, tmp_path: Path, verb: str
) -> None:
    config = matched if verb == "match" else risked
    odd = asked(table).astype({"staff": float, "asked": float, "listed": "boolean"}).head(12)
    for name, values in {
        "province": ["XX", None],
        "city": [None, "nowhere"],
        "branch": ["zz9", None],
        "form": [None, "new"],
        "staff": [np.nan, 1e12],
        "asked": [np.nan, 0.0],
        "listed": [None, True],
    }.items():
        for place, value in enumerate(values):
            odd.loc[odd.index[place], name] = value
    found = by_queries(config, odd, tmp_path, verb)
    assert np.isfinite(found.iloc[:, -1]).all()
    assert found["loan"].drop_duplicates().tolist() == odd["loan"].tolist()


def test_a_column_of_nothing_is_answered(matched: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    queries = asked(table).assign(form=None, staff=None, city=None)
    assert np.isfinite(by_queries(matched, queries, tmp_path)["score"]).all()


def test_the_day_of_a_query_is_no_feature(matched: Path, risked: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    for config, verb in ((matched, "match"), (risked, "risk")):
        later = asked(table).assign(day=pd.Timestamp("2021-06-01"))
        pd.testing.assert_frame_equal(by_queries(config, later, tmp_path, verb), read(config.parent / "test.parquet"))


def test_a_stored_model_needs_no_history_where_queries_are_given(
    matched: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    config = write(tmp_path, MATCH_TOML)
    (matched.parent / "model" / "manifest.json").read_bytes()
    asked(table).to_parquet(tmp_path / "queries.parquet", index=False)
    model = matched.parent / "model"
    path = run("match", config, "--queries", tmp_path / "queries.parquet", "--model", model)
    pd.testing.assert_frame_equal(read(path), read(matched.parent / "test.parquet"))


# What changes nothing, and what does


@pytest.mark.parametrize("verb", ["match", "risk"])
def test_neither_ids_nor_the_order_of_rows_nor_an_unnamed_column_change_a_score(
    matched: Path, risked: Path, table: pd.DataFrame, tmp_path: Path, verb: str
) -> None:
    config = matched if verb == "match" else risked
    toml = MATCH_TOML if verb == "match" else RISK_TOML
    other = table.drop(columns="unnamed").assign(more=[["a list"]] * len(table))
    other["loan"] = np.random.default_rng(1).permutation(len(table))
    old = dict(zip(other["loan"], table["loan"], strict=True))
    other = other.sample(frac=1, random_state=2)
    found = read(run(verb, write(tmp_path, toml, history=other)))
    found["loan"] = found["loan"].map(old)
    expected = read(config.parent / "test.parquet")
    by = [name for name in ("loan", "bank") if name in expected]
    pd.testing.assert_frame_equal(
        found.sort_values(by, ignore_index=True), expected.sort_values(by, ignore_index=True), check_exact=True
    )


def test_fit_in_place_of_the_configs_own(table: pd.DataFrame, tmp_path: Path) -> None:
    late = table.copy()
    late.loc[(late["split"] == "valid").idxmax(), "bank"] = 99
    config = write(tmp_path, MATCH_TOML, history=late)
    assert 99 in set(read(run("match", config))["bank"])
    assert 99 not in set(read(run("match", config, "--fit", "train"))["bank"])
    run("fit", config, "--fit", "train", out="model")
    assert (
        run("match", config, "--model", tmp_path / "model", out="a.parquet").read_bytes()
        == run("match", config, "--fit", "train", out="b.parquet").read_bytes()
    )
    assert read(run("match", config, "--fit", "valid,train")).equals(read(run("match", config)))


def test_rows_without_an_option_are_left_out_of_the_fit(table: pd.DataFrame, tmp_path: Path) -> None:
    fit = table["split"] != "test"
    gaps = table.astype({"bank": "Int16"})
    gaps.loc[fit & (np.arange(len(table)) % 5 == 0), "bank"] = None
    config = write(tmp_path / "gaps", MATCH_TOML, history=gaps)
    without = write(tmp_path / "without", MATCH_TOML, history=gaps[~fit | gaps["bank"].notna()])
    assert run("match", config).read_bytes() == run("match", without).read_bytes()


def test_labels_are_read_as_truth_or_number_and_a_missing_one_is_left_out(
    risked: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    expected = read(risked.parent / "test.parquet")
    for name, kind in (("int", "int8"), ("float", "float64")):
        config = write(tmp_path / name, RISK_TOML, history=table.astype({"bad": kind}))
        pd.testing.assert_frame_equal(read(run("risk", config)), expected)
    unknown = pd.concat([table, table.head(50).assign(loan=range(50), bad=None)]).astype({"bad": "boolean"})
    pd.testing.assert_frame_equal(read(run("risk", write(tmp_path / "null", RISK_TOML, history=unknown))), expected)


def test_a_weight_weights_the_fit_and_a_missing_one_is_one(risked: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    expected = read(risked.parent / "test.parquet")["probability"]
    heavy = table.assign(share=np.where(table["bad"], 20.0, 1.0))
    found = read(run("risk", write(tmp_path / "heavy", RISK_TOML, history=heavy)))["probability"]
    assert found.mean() > expected.mean() + 0.1
    missing = table.assign(share=table["share"].where(table["share"] != 1))
    found = read(run("risk", write(tmp_path / "missing", RISK_TOML, history=missing)))["probability"]
    pd.testing.assert_series_equal(found, expected)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.string(), None),
        (pa.large_string(), None),
        (pa.dictionary(pa.int8(), pa.string()), None),
        (pa.int64(), None),
        (pa.float64(), None),
    ],
    ids=str,
)
def test_the_option_keeps_the_type_of_the_history(
    matched: Path, table: pd.DataFrame, tmp_path: Path, kind: pa.DataType, values: None
) -> None:
    assert values is None
    config = write(tmp_path, MATCH_TOML, history=table)
    if pa.types.is_dictionary(kind):
        rewrite(tmp_path / "history.parquet", "bank", pa.string())
    rewrite(tmp_path / "history.parquet", "bank", kind)
    path = run("match", config)
    assert types(path)["bank"] == kind
    found = read(path)
    expected = read(matched.parent / "test.parquet")
    assert found["bank"].astype(float).astype(int).tolist() == expected["bank"].tolist()
    assert found["score"].equals(expected["score"])


# Keys


@pytest.mark.parametrize("verb", ["match", "risk"])
def test_without_a_key_the_number_of_the_row_is_written(table: pd.DataFrame, tmp_path: Path, verb: str) -> None:
    toml = (MATCH_TOML if verb == "match" else RISK_TOML).replace('query = "loan"\n', "")
    config = write(tmp_path, toml, history=table.drop(columns="loan"))
    path = run(verb, config)
    assert types(path)["query_id"] == pa.int64()
    assert read(path)["query_id"].drop_duplicates().tolist() == np.flatnonzero(table["split"] == "test").tolist()
    queries = asked(table).drop(columns="loan").head(5)
    queries.to_parquet(tmp_path / "queries.parquet", index=False)
    path = run(verb, config, "--queries", tmp_path / "queries.parquet")
    assert read(path)["query_id"].drop_duplicates().tolist() == [0, 1, 2, 3, 4]
    queries.assign(query_id=list("vwxyz")).to_parquet(tmp_path / "queries.parquet", index=False)
    path = run(verb, config, "--queries", tmp_path / "queries.parquet")
    assert read(path)["query_id"].drop_duplicates().tolist() == list("vwxyz")


def test_a_report_names_rows_by_id_in_its_own_order(matched: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    ids = table.loc[table["split"] == "test", "loan"].iloc[[5, 3, 30]]
    toml = MATCH_TOML.replace('test = ["test"]', 'report = "ids.parquet"')
    config = write(tmp_path, toml, history=table, ids=ids.astype(str).to_frame())
    found = read(run("match", config))
    assert found["loan"].drop_duplicates().tolist() == ids.tolist()
    expected = read(matched.parent / "test.parquet").set_index("loan").loc[ids.tolist()].reset_index()
    pd.testing.assert_frame_equal(found, expected)


def test_rows_that_were_learned_from_are_told(
    table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, MATCH_TOML, history=table)
    capsys.readouterr()
    run("match", config, "--fit", "train,test")
    assert "100 of the rows were learned from" in capsys.readouterr().out
    run("match", config)
    assert "learned from" not in capsys.readouterr().out


def test_a_split_of_the_study_may_be_empty_and_one_asked_for_may_not(
    table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, MATCH_TOML, history=table[table["split"] != "valid"])
    capsys.readouterr()
    found = run("match", config).read_bytes()
    assert "No row belongs to split valid" in capsys.readouterr().out
    assert run("match", config, "--fit", "train").read_bytes() == found
    out = ["--out", str(tmp_path / "out.parquet")]
    assert "split valid" in fails(capsys, "study", "match", str(config), "--fit", "train,valid", *out)


@pytest.mark.parametrize("verb", ["match", "risk"])
def test_no_queries_have_an_empty_answer(matched: Path, risked: Path, tmp_path: Path, verb: str) -> None:
    config = matched if verb == "match" else risked
    assert len(by_queries(config, asked(history()).head(0), tmp_path, verb)) == 0
    assert types(tmp_path / "out.parquet") == types(config.parent / "test.parquet")


# Out of fold


def test_with_folds_every_row_is_told_by_a_model_that_did_not_see_it(table: pd.DataFrame, tmp_path: Path) -> None:
    numbers = table[["staff", "asked", "bad"]].assign(noise=np.random.default_rng(4).random(len(table)))
    config = write(tmp_path, FOLDS_TOML, history=numbers)
    found = read(run("risk", config))
    assert found.columns.tolist() == ["query_id", "probability"]
    assert found["query_id"].tolist() == list(range(len(table)))
    assert found["probability"].between(0, 1).all()
    order = np.random.default_rng(5).permutation(len(table))
    write(tmp_path / "shuffled", FOLDS_TOML, history=numbers.iloc[order])
    shuffled = read(run("risk", tmp_path / "shuffled" / "study.toml"))["probability"].to_numpy()
    assert (shuffled == found["probability"].to_numpy()[order]).all()


def test_the_columns_of_a_star_are_those_of_the_history_and_are_kept_by_the_model(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    numbers = table[["staff", "asked", "bad"]]
    config = write(tmp_path, FOLDS_TOML, history=numbers)
    queries = numbers.drop(columns="bad").assign(other="not a number").head(9)
    queries.to_parquet(tmp_path / "queries.parquet", index=False)
    found = run("risk", config, "--queries", tmp_path / "queries.parquet", out="a.parquet")
    run("fit", config, out="model")
    more = ["--queries", tmp_path / "queries.parquet", "--model", tmp_path / "model"]
    assert run("risk", config, *more, out="b.parquet").read_bytes() == found.read_bytes()
    assert len(read(found)) == 9


def test_several_tables_are_asked_by_the_key_alone(tmp_path: Path) -> None:
    tables = firms()
    config = write(tmp_path, TABLES_TOML, **tables)
    found = read(run("risk", config))
    labels = tables["labels"]
    assert found["firm"].tolist() == labels["firm"].tolist()
    bad = labels["bad"].to_numpy() == 1
    assert found["probability"][bad].mean() > found["probability"][~bad].mean() + 0.1
    queries = pd.DataFrame({"firm": [labels["firm"].iloc[0], "never seen", labels["firm"].iloc[7]]})
    queries.to_parquet(tmp_path / "queries.parquet", index=False)
    run("fit", config, out="model")
    more = ["--queries", tmp_path / "queries.parquet", "--model", tmp_path / "model"]
    asked_for = read(run("risk", config, *more))
    assert asked_for["firm"].tolist() == queries["firm"].tolist()
    assert asked_for["probability"].between(0, 1).all()
    for name in ("taxes", "news"):
        tables[name].sample(frac=1, random_state=1).assign(extra=1).to_parquet(tmp_path / f"{name}.parquet")
    assert read(run("risk", config, *more)).equals(asked_for)


def test_a_match_with_folds_is_out_of_fold_too(table: pd.DataFrame, tmp_path: Path) -> None:
    toml = MATCH_TOML.replace('fit = ["train", "valid"]\ntest = ["test"]\n', "folds = 2\n")
    found = read(run("match", write(tmp_path, toml, history=table)))
    assert found["loan"].drop_duplicates().tolist() == table["loan"].tolist()
    assert not found.duplicated(["loan", "bank"]).any()


# The report


@pytest.mark.parametrize("verb", ["match", "risk"])
def test_a_report_ends_with_its_figures_as_one_line_of_json(
    matched: Path, risked: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    config = matched if verb == "match" else risked
    capsys.readouterr()
    assert main(["study", "report", str(config)]) == 0
    said = capsys.readouterr().out.splitlines()
    document = json.loads(said[-1])
    assert document["study"]["kind"] == verb
    assert document["study"]["fitted"]["rows"] == 300
    assert document[verb]
    assert any("泄露" in line for line in said)
    assert main(["study", "report", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == document.keys()


def test_a_report_says_where_nothing_is_to_be_reported_on(
    table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, toml in (("match", MATCH_TOML), ("risk", RISK_TOML)):
        config = write(tmp_path / name, toml.replace('test = ["test"]\n', ""), history=table)
        assert "nothing to report on" in fails(capsys, "study", "report", str(config))
    unlabelled = table.assign(bad=table["bad"].where(table["split"] != "test")).astype({"bad": "boolean"})
    config = write(tmp_path / "unlabelled", RISK_TOML, history=unlabelled)
    assert "to report on" in fails(capsys, "study", "report", str(config))


def test_a_report_of_known_outcomes_says_where_too_little_was_known(
    table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = RISK_TOML.replace('test = ["test"]\n', 'outcome_known = "lost_on"\n')
    dated = table.assign(lost_on=pd.Timestamp("2020-12-01")).assign(bad=table["bad"])
    config = write(tmp_path, toml, history=dated)
    assert "known" in fails(capsys, "study", "report", str(config))


# Stored models


def test_a_model_says_what_it_was_fitted_on(matched: Path) -> None:
    manifest = json.loads((matched.parent / "model" / "manifest.json").read_text("utf-8"))
    assert manifest["kind"] == "match"
    assert manifest["fitted"]["rows"] == 300
    assert manifest["fitted"]["splits"] == ["train", "valid"]
    assert manifest["fitted"]["first_day"] >= "2020-01-01"
    assert manifest["features"]["place"] == ["province", "city"]
    assert "day" not in json.dumps(manifest["features"])
    assert set(manifest["files"]) >= {"study.json", "options.parquet"}


def test_a_model_of_another_study_is_refused(
    matched: Path, risked: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "out.parquet")]
    said = fails(capsys, "study", "risk", str(risked), "--model", str(matched.parent / "model"), *out)
    assert "match study" in said
    other = write(tmp_path, MATCH_TOML.replace('numbers = ["staff"]', "numbers = []"))
    said = fails(capsys, "study", "match", str(other), "--model", str(matched.parent / "model"), *out)
    assert "another study" in said
    said = fails(capsys, "study", "match", str(matched), "--model", str(tmp_path), *out)
    assert "manifest.json" in said


def test_a_changed_file_of_a_model_is_refused(
    matched: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for path in (matched.parent / "model").iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    with (model / "study.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    out = str(tmp_path / "out.parquet")
    assert "study.json" in fails(capsys, "study", "match", str(matched), "--model", str(model), "--out", out)


def test_a_stored_model_is_never_written_over(matched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = matched.parent / "model"
    held = (model / "manifest.json").read_bytes()
    assert str(model) in fails(capsys, "study", "fit", str(matched), "--out", str(model))
    assert (model / "manifest.json").read_bytes() == held


# Refusals


def fails(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run what fails and return its sentence, which is in both languages."""
    capsys.readouterr()
    assert main([*argv]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said.err)
    return said.err


WRONG_TOML = {
    "place_of": MATCH_TOML.replace("place =", "place_of ="),
    "columns.place": MATCH_TOML.replace('place = ["province", "city"]', "place = 3"),
    "columns.numbers.1": MATCH_TOML.replace('numbers = ["staff"]', 'numbers = ["staff", 4]'),
    "kind": MATCH_TOML.replace('kind = "match"', 'kind = "guess"'),
    "history": MATCH_TOML.replace('history = "history.parquet"', ""),
    "derive.sector.first": MATCH_TOML.replace("first = 1", "first = 0"),
    "derive.sector.to": MATCH_TOML.replace("first = 1", "first = 1, to = 2"),
    "columns.option": MATCH_TOML.replace('option = "bank"', ""),
    "made of itself": MATCH_TOML.replace('from = "branch"', 'from = "sector"'),
    "bank": MATCH_TOML.replace('categories = ["form", "listed"]', 'categories = ["form", "bank"]'),
    "score": MATCH_TOML.replace('option = "bank"', 'option = "score"'),
    "no TOML": "kind = match",
    "gone.parquet": MATCH_TOML.replace("history.parquet", "gone.parquet"),
    "absent": MATCH_TOML.replace('"listed"]', '"listed", "absent"]'),
    "split tarin": MATCH_TOML.replace('["train", "valid"]', '["tarin"]'),
    "split none": MATCH_TOML.replace('test = ["test"]', 'test = ["none"]'),
    "--queries": MATCH_TOML.replace('test = ["test"]', ""),
    "form": MATCH_TOML.replace('numbers = ["staff"]', 'numbers = ["form"]').replace('["form", "listed"]', '["listed"]'),
    "ids.parquet": MATCH_TOML.replace('test = ["test"]', 'report = "ids.parquet"'),
}


@pytest.mark.parametrize("named", WRONG_TOML)
def test_a_wrong_description_is_refused_with_its_key(
    named: str, table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, WRONG_TOML[named], history=table)
    out = tmp_path / "out.parquet"
    out.write_bytes(b"an older result")
    assert named in fails(capsys, "study", "match", str(config), "--out", str(out))
    assert out.read_bytes() == b"an older result"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


WRONG_VALUES: dict[str, dict[str, object]] = {
    "is twice": {"loan": 7},
    "has no loan": {"loan": None},
    "is no day": {"day": "2020-13-45"},
    "is no number": {"staff": "many"},
}


@pytest.mark.parametrize("named", WRONG_VALUES)
def test_a_wrong_value_is_refused_with_its_row(
    matched: Path, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(history()).assign(**WRONG_VALUES[named]).to_parquet(tmp_path / "queries.parquet", index=False)
    argv = ["study", "match", str(matched), "--queries", str(tmp_path / "queries.parquet")]
    said = fails(capsys, *argv, "--model", str(matched.parent / "model"), "--out", str(tmp_path / "out.parquet"))
    assert named in said
    assert "queries.parquet" in said


def test_wrong_tables_are_refused(tmp_path: Path, table: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "out.parquet")]
    for name, wrong, expected in (
        ("one", table.assign(bad=True), "one outcome"),
        ("two", table.assign(bad=2), "neither 0 nor 1"),
        ("negative", table.assign(share=-1.0), "not negative"),
        ("list", table.assign(form=[["co"]] * len(table)), "form"),
    ):
        config = write(tmp_path / name, RISK_TOML, history=wrong)
        assert expected in fails(capsys, "study", "risk", str(config), *out), name
    config = write(tmp_path / "none", MATCH_TOML, history=table.assign(bank=None))
    assert "nothing to learn from" in fails(capsys, "study", "match", str(config), *out)
    (tmp_path / "text").mkdir()
    config = write(tmp_path / "text", MATCH_TOML)
    (tmp_path / "text" / "history.parquet").write_text("no Parquet", encoding="utf-8")
    assert "Parquet" in fails(capsys, "study", "match", str(config), *out)
    tables = firms()
    del tables["taxes"]["paid"]
    config = write(tmp_path / "tables", TABLES_TOML, **tables)
    assert "paid" in fails(capsys, "study", "risk", str(config), *out)


def test_report_ids_that_the_history_lacks_are_refused(
    table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = MATCH_TOML.replace('test = ["test"]', 'report = "ids.parquet"')
    for number, ids in enumerate(([1001, 5], [1001, 1001], [1001, None], [])):
        frame = pd.DataFrame({"loan": pd.array(ids, dtype="Int64")})
        config = write(tmp_path / str(number), toml, history=table, ids=frame)
        said = fails(capsys, "study", "match", str(config), "--out", str(tmp_path / "out.parquet"))
        assert "ids.parquet" in said


def test_a_result_that_cannot_be_written_is_refused_before_the_work(
    matched: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for out in (tmp_path / "no" / "where.parquet", tmp_path):
        assert str(out) in fails(capsys, "study", "match", str(matched), "--out", str(out))
    said = fails(capsys, "study", "match", str(matched), "--out", str(matched.parent / "history.parquet"))
    assert "history.parquet" in said
    assert pq.read_metadata(matched.parent / "history.parquet").num_rows == 400
    assert str(tmp_path / "no" / "model") in fails(
        capsys, "study", "fit", str(matched), "--out", str(tmp_path / "no" / "model")
    )


def test_the_verb_of_another_kind_is_refused(
    matched: Path, risked: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "out.parquet")]
    assert "match" in fails(capsys, "study", "risk", str(matched), *out)
    assert "risk" in fails(capsys, "study", "match", str(risked), *out)
    assert "risk" in fails(capsys, "study", "acquire", str(risked), *out)


@pytest.mark.parametrize(
    "argv",
    [
        ["study"],
        ["study", "match"],
        ["study", "match", "study.toml"],
        ["study", "guess", "study.toml"],
        ["study", "match", "study.toml", "--out", "o", "--top", "0"],
        ["study", "match", "study.toml", "--out", "o", "--fit", "train,"],
        ["study", "match", "study.toml", "--out", "o", "--fit", "train", "--model", "m"],
        ["study", "acquire", "study.toml", "--out", "o", "--min-customers", "-1"],
        ["study", "risk", "study.toml", "--out", "o", "--top", "3"],
        ["study", "fit", "study.toml", "--out", "m", "--queries", "q"],
        ["study", "report"],
    ],
)
def test_wrong_use_ends_with_two(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2


def test_whole_numbers_with_gaps_come_back_as_pandas_held_them(tmp_path: Path) -> None:
    """Key and option of pandas' nullable types keep them, from a fresh fit and from a stored model."""
    rows = 200
    history = pd.DataFrame(
        {
            "loan": pd.array(range(rows), dtype="Int32"),
            "bank": pd.array([place % 7 for place in range(rows - 1)] + [None], dtype="Int16"),
            "place": [str(place % 3) for place in range(rows)],
        }
    )
    history.to_parquet(tmp_path / "loans.parquet")
    history.drop(columns="bank").head(9).to_parquet(tmp_path / "new.parquet")
    (tmp_path / "c.toml").write_text(
        'kind = "match"\nhistory = "loans.parquet"\n[columns]\nquery = "loan"\noption = "bank"\nplace = ["place"]\n',
        encoding="utf-8",
    )
    study, new = str(tmp_path / "c.toml"), str(tmp_path / "new.parquet")
    assert main(["study", "fit", study, "--out", str(tmp_path / "model")]) == 0
    for number, extra in enumerate(([], ["--model", str(tmp_path / "model")])):
        out = tmp_path / f"{number}.parquet"
        assert main(["study", "match", study, "--queries", new, *extra, "--out", str(out)]) == 0
        found = pd.read_parquet(out)
        assert [str(kind) for kind in found.dtypes] == ["Int32", "Int16", "float64"]
        assert found.loan.nunique() == 9
