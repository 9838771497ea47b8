"""The leak check: ten leaks drawn by seed against fifty honest columns, each pattern by hand, and the real sets."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.leak_gain import Labels, folds_of, gain_of, group_log_odds, smooth_log_odds, units_of
from models.leak_probes import number_patterns, numbers_in, plain_text, special_values, text_patterns
from models.leaks import Findings, leak_check
from models.leaks_found import ORDER, REPEATED
from models.study_config import Derived, StudyColumns, StudyConfig, StudyKind, TableColumns
from models.study_table import StudyRows, rows_of
from tests.leaky_tables import codes, leaky_table

ROWS = 3000


def test_eight_of_ten_drawn_leaks_are_named_and_at_most_one_of_fifty_honest_columns() -> None:
    for seed in (1, 2, 3, 4):
        table, leaks = leaky_table(ROWS, seed)
        named = set(_checked(table).named) - {ORDER}
        assert len(table.columns) == 2 + 50 + 10
        assert len(named & set(leaks)) >= 8, f"seed {seed} misses {sorted(set(leaks) - named)}"
        assert len(named - set(leaks)) <= 1, f"seed {seed} names {sorted(named - set(leaks))}"


def test_without_a_leak_nothing_is_named() -> None:
    table, _ = leaky_table(ROWS, 9, leaks=0)
    found = _checked(table)
    assert found.named == ()
    (line,) = found.lines()
    assert line.startswith(f"泄露检查：3000 行中查看 3000 行、50 列、{found.patterns} 种形态，点名 0 列 leak check")
    assert line.endswith(f"looked at 3000 of 3000 rows, 50 columns, {found.patterns} patterns; named 0")


def test_a_finding_says_how_often_the_pattern_stands_on_either_side() -> None:
    rng = np.random.default_rng(3)
    bad = np.arange(2000) % 4 == 0
    months = rng.integers(6, 121, 2000)
    rewritten = ~bad & (rng.random(2000) < 0.9)
    months = np.where(rewritten, 12 * np.round(months / 12).clip(1), months)
    table = pd.DataFrame({"bad": bad.astype(int), "months": months, "age": rng.normal(size=2000)})
    found = leak_check(*_asked(table, numbers=("months", "age")))
    assert found.named == ("months",)
    assert found.found[0].en == "being a multiple of 12"
    is_multiple = months % 12 == 0
    assert found.found[0].rates == pytest.approx((is_multiple[bad].mean(), is_multiple[~bad].mean()))
    assert "months：是否为12的倍数" in found.lines()[1]
    assert "being a multiple of 12: tells" in found.lines()[1]
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["found"][0]["column"] == "months"


def test_a_column_that_is_the_outcome_and_a_file_sorted_by_it_are_named() -> None:
    rng = np.random.default_rng(5)
    bad = np.sort(rng.random(1500) < 0.2)
    table = pd.DataFrame(
        {"bad": bad.astype(int), "loss": bad + rng.normal(size=1500) / 8, "age": rng.normal(size=1500)}
    )
    found = leak_check(*_asked(table, numbers=("loss", "age")))
    assert set(found.named) == {"loss", ORDER}
    assert any("separates implausibly well (AUC 0.9" in line or "AUC 1.0" in line for line in found.lines())


def test_rows_that_stand_twice_by_outcome_and_the_key_s_prefix_are_named() -> None:
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"bad": (rng.random(2000) < 0.3).astype(int), "size": rng.normal(size=2000)})
    twice = table[(table["bad"] == 1) & (rng.random(2000) < 0.4)]
    table = pd.concat([table, twice]).sample(frac=1, random_state=1).reset_index(drop=True)
    office = np.where(rng.random(len(table)) < np.where(table["bad"] == 1, 0.8, 0.2), "K7", "A3")
    table["firm"] = [a + b for a, b in zip(office, codes(rng, len(table), 9), strict=True)]
    found = leak_check(*_asked(table, numbers=("size",), query="firm"))
    assert set(found.named) == {"firm", REPEATED}


def test_the_record_in_a_further_table_and_its_latest_row_are_looked_at() -> None:
    rng = np.random.default_rng(7)
    bad = rng.random(3000) < 0.3
    history = pd.DataFrame({"firm": np.arange(3000), "bad": bad.astype(int)})
    present = rng.random(3000) < np.where(bad, 0.7, 0.4)
    firms = np.repeat(np.flatnonzero(present), 2)
    year = np.tile([2024, 2023], int(present.sum()))  # the latest row stands first
    tax = np.round(rng.lognormal(8, 1, len(firms)), 2)
    tax = np.where((year == 2024) & bad[firms], np.round(tax), tax)
    reports = pd.DataFrame({"firm": firms, "year": year, "tax": tax, "staff": rng.integers(1, 90, len(firms))})
    config = StudyConfig(
        StudyKind.risk,
        StudyColumns(query="firm", label="bad"),
        tables={"reports": TableColumns(order="year", numbers=("tax", "staff"))},
    )
    found = leak_check(rows_of(history, config, is_history=True), config, 0, {"reports": reports})
    assert set(found.named) == {"reports", "reports.tax"}


def test_a_match_study_names_the_column_whose_writing_tells_who_filled_it_in() -> None:
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"bank": rng.choice(list("ABCDEFGH"), 4000), "place": rng.choice(["P1", "P2", "P3"], 4000)})
    jobs = rng.integers(1, 40, 4000).astype(float)
    table["jobs"] = np.where((table["bank"] == "B") & (rng.random(4000) < 0.6), np.nan, jobs)
    table["asked"] = np.round(rng.lognormal(10, 1, 4000), 2)
    columns = StudyColumns(option="bank", amount="asked", numbers=("jobs",), place=("place",))
    config = StudyConfig(StudyKind.match, columns)
    assert leak_check(rows_of(table, config, is_history=True), config).named == ("jobs",)


def test_too_few_outcomes_are_said() -> None:
    table = pd.DataFrame({"bad": [1] * 29 + [0] * 400, "size": np.arange(429.0)})
    found = leak_check(*_asked(table, numbers=("size",)))
    assert (found.named, found.rows_looked_at) == ((), 0)
    assert "too few rows have an outcome" in found.lines()[0]


def test_the_order_of_rows_changes_nothing_but_what_is_said_of_the_order() -> None:
    table, _ = leaky_table(1500, 11)
    table["firm"] = codes(np.random.default_rng(1), len(table), 12)
    found = _checked(table, query="firm")
    shuffled = _checked(table.sample(frac=1, random_state=2), query="firm")
    held = [[(one.column, one.share) for one in each.found if one.column != ORDER] for each in (found, shuffled)]
    assert held[0] == held[1]


def test_patterns_of_numbers_by_hand() -> None:
    value = np.array([120.0, 84.5, 1500.0, 99.99, -24.0, 0.125])
    held = {pattern.en: pattern.groups.tolist() for pattern in number_patterns(value)}
    assert held["the number of decimals"] == [0, 1, 0, 2, 0, 3]
    assert [one + 1 for one in held["the number of significant digits"]] == [2, 3, 2, 4, 2, 3]
    assert held["being a multiple of 12"] == [1, 0, 1, 0, 1, 0]
    assert held["being a multiple of 100"] == [0, 0, 1, 0, 0, 0]
    assert held["the last digit"] == [0, 10, 0, 10, 4, 10]


def test_special_values_are_codes_and_fillings_never_zero_or_a_cap() -> None:
    rng = np.random.default_rng(2)
    amounts = np.round(rng.lognormal(8, 1, 900), 2)
    assert special_values(np.r_[amounts, np.full(60, -1.0)]) == [-1.0]
    assert special_values(np.r_[amounts, np.full(60, 9_999_999.0)]) == [9_999_999.0]
    assert special_values(np.r_[amounts, np.full(60, np.median(amounts))]) == [float(np.median(amounts))]
    assert special_values(np.r_[amounts, np.zeros(60)]) == []
    assert special_values(np.minimum(amounts, np.quantile(amounts, 0.9))) == []


def test_patterns_of_codes_by_hand() -> None:
    levels = ["G-0012", "G-0034", "K-7", "K-91"]
    held = {pattern.en: pattern.groups.tolist() for pattern in text_patterns(levels, np.array([0, 1, 2, 3, 3]))}
    assert held["the length of the text"] == [
        1,
        1,
        2,
        0,
        0,
    ]  # of equally frequent lengths (4, 6) that first in order of text, then 3
    assert held["the first block"] == [1, 1, 0, 0, 0]
    assert held["the first 1 characters"] == [1, 1, 0, 0, 0]
    number = numbers_in(levels)
    assert number is not None
    assert number.tolist() == [12, 34, 7, 91]
    assert numbers_in(["none", "G1"]) is None
    assert plain_text(" Yes-No ") == "yesno"


def test_a_group_effect_is_learnt_on_other_units_and_its_gain_is_their_likelihood() -> None:
    bad = np.tile([1.0, 0.0, 0.0, 0.0], 200)[:, None]
    labels = Labels(bad, np.full((800, 1), np.log(1 / 3)))
    units = np.arange(800)
    fold = folds_of(units, 0)
    same = gain_of(group_log_odds(np.zeros(800, dtype=np.int64), labels, fold), labels, units)
    assert -4 < same.nats < 0  # what an effect of nothing costs out of fold
    told = gain_of(group_log_odds(bad[:, 0].astype(np.int64), labels, fold), labels, units)
    assert told.share > 0.95
    assert labels.open_nats() == pytest.approx(800 * (0.25 * np.log(4) + 0.75 * np.log(4 / 3)))


@settings(max_examples=20, deadline=None)
@given(slope=st.floats(-2, 2), bend=st.floats(-1, 1))
def test_a_smooth_function_of_the_value_is_found_out_of_fold(slope: float, bend: float) -> None:
    value = np.linspace(-2, 2, 4001)
    truth = 1 / (1 + np.exp(-(slope * value + bend * value**2 - 1)))
    bad = (np.random.default_rng(1).random(4001) < truth).astype(float)[:, None]
    fold = folds_of(units_of(value), 0)
    found = smooth_log_odds(value, Labels(bad, np.zeros_like(bad)), fold)[:, 0]
    assert np.abs(1 / (1 + np.exp(-found)) - truth).mean() < 0.05


@pytest.mark.slow
def test_on_7a_the_rewritten_term_is_named_by_its_pattern_and_nothing_else(data_folder: Path) -> None:
    history = pd.read_parquet(data_folder / "sba7a" / "sba7a_visible.parquet")
    config = _loans()
    rows = rows_of(history, config, is_history=True)
    assert leak_check(rows.take(rows.in_splits(config.fit)), config).named == ()
    with_term = replace(config, columns=replace(config.columns, numbers=(*config.columns.numbers, "term_months")))
    rows = rows_of(history, with_term, is_history=True)
    found = leak_check(rows.take(rows.in_splits(config.fit)), with_term)
    assert [(one.column, one.en) for one in found.found] == [("term_months", "being a multiple of 12")]
    assert found.found[0].rates == pytest.approx((0.11, 0.88), abs=0.01)  # of the charged-off, of those paid in full


@pytest.mark.slow
def test_on_the_registry_set_the_id_s_prefix_and_the_records_are_named(data_folder: Path) -> None:
    folder = data_folder / "illegal_fundraising"
    labels = pd.read_parquet(folder / "labels.parquet")
    reports = TableColumns(order="report_year", numbers=("employee_count",))
    columns = StudyColumns(query="enterprise_id", label="illegal_fundraising")
    config = StudyConfig(StudyKind.risk, columns, tables={"annual_reports": reports}, folds=5)
    tables = {"annual_reports": pd.read_parquet(folder / "annual_reports.parquet")}
    found = leak_check(rows_of(labels, config, is_history=True), config, 0, tables)
    assert {"enterprise_id", "annual_reports"} <= set(found.named)


def _loans() -> StudyConfig:
    return StudyConfig(
        StudyKind.risk,
        StudyColumns(
            query="query_id",
            label="charged_off",
            date="approval_date",
            split="split",
            place=("state", "zip3", "city"),
            industry=("naics2", "naics6"),
            amount="approved_usd",
            numbers=("employees", "jobs_created", "jobs_retained", "sba_guaranteed_usd"),
            categories=("business_age", "urban_rural", "franchise_code", "revolving_line", "low_doc", "lender_name"),
        ),
        derive={"zip3": Derived("zip5", 3), "naics2": Derived("naics6", 2)},
        fit=("train", "valid"),
        test=("test",),
    )


def _asked(table: pd.DataFrame, **columns: object) -> tuple[StudyRows, StudyConfig]:
    config = StudyConfig(StudyKind.risk, StudyColumns(label="bad", **columns))  # type: ignore[arg-type]
    return rows_of(table, config, is_history=True), config


def _checked(table: pd.DataFrame, query: str | None = None) -> Findings:
    held = [name for name in table.columns if name not in {"bad", "day", query}]
    text = tuple(name for name in held if table[name].dtype.kind == "O")
    numbers = tuple(name for name in held if name not in text)
    config = StudyConfig(
        StudyKind.risk, StudyColumns(query=query, label="bad", date="day", numbers=numbers, categories=text)
    )
    return leak_check(rows_of(table, config, is_history=True), config)
