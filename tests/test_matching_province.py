"""The synthetic province: what is in it, when it is known, what the latent quality does, and that bytes repeat."""

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from province_worlds import RECEIVED, SEED, facts, world

from features.quality import Source, check
from features.tables import TABLES
from features.uscc import uscc_fault
from features.versions import DUPLICATE, merge_versions
from matching.errors import ProvinceError
from matching.product import sample_products
from matching.province import build_province, demo_authorisations
from matching.province.authorisations import MATCHING_SHARE, QUERY_SHARE
from matching.province.build import PRESET_END
from matching.province.names import SAMPLE_MARK, trade_name
from matching.province.reference import lenders, places
from matching.province.tables import COLUMNS, scaled, write_tables
from matching.province.timeline import MISSING, Timeline, day_number

FIRMS = 2_000
# Days that cannot be known before they come, beside the event day of each table.
HAPPENED = ("filed_on", "cleared_on", "closed_on", "drawn_on")


def frame(name: str, *, clean: bool = True) -> pd.DataFrame:
    """Return a table of the shared province, without the rows of firms that must not enter."""
    province, _ = world(FIRMS)
    table = province.tables[name].to_pandas(types_mapper=None)
    return table[table["enterprise"].isin(province.enterprises)] if clean else table


def newest_registry() -> pd.DataFrame:
    return frame("enterprises").sort_values("known_on", kind="stable").drop_duplicates("enterprise", keep="last")


def digest(tables: dict[str, pa.Table]) -> str:
    total = hashlib.sha256()
    for name in sorted(tables):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, tables[name].schema) as writer:
            writer.write_table(tables[name].combine_chunks())
        total.update(sink.getvalue())
    return total.hexdigest()


def latent() -> pd.DataFrame:
    """Return the truth of the shared province by bare id."""
    firms = world(FIRMS)[1].firms.to_pandas()
    return firms.set_index(firms["enterprise"].str.removeprefix("uscc:"))


def within_four_errors(share: float, expected: float, count: int) -> bool:
    return abs(share - expected) <= 4 * float(np.sqrt(expected * (1 - expected) / count))


# What is in it


def test_every_table_has_the_edge_form_of_its_contract() -> None:
    province, _ = world(FIRMS)
    assert set(province.tables) == set(TABLES)
    for name, table in province.tables.items():
        assert table.column_names == [one.name for one in TABLES[name].columns]
        assert not any(pa.types.is_floating(field.type) for field in table.schema)


def test_no_table_shows_the_latent_truth() -> None:
    province, truth = world(FIRMS)
    assert truth.firms.column_names == ["enterprise", "quality", "distressed_on"]
    shown = {column for table in province.tables.values() for column in table.column_names}
    assert not shown & {"quality", "distressed_on", "is_thin", "yearly_sales", "employees", "assets"}


def test_every_firm_has_a_code_with_right_check_digits_and_its_own() -> None:
    province, _ = world(FIRMS)
    assert len(set(province.enterprises)) == len(province.enterprises) == FIRMS
    assert [one for one in province.enterprises if uscc_fault(one) is not None] == []
    prefixes = {"company": "91", "sole_proprietor": "92", "cooperative": "93", "family_farm": "92"}
    registry = newest_registry()
    assert (registry["enterprise"].str[:2] == registry["kind"].map(prefixes)).all()


def test_the_region_is_the_one_in_the_code_or_missing() -> None:
    registry = newest_registry()
    told = registry[registry["region"].notna()]
    assert (told["region"] == told["enterprise"].str[2:8]).all()
    assert set(told["region"]) <= set(places().counties)
    assert 0.01 < registry["region"].isna().mean() < 0.05


def test_lanzhou_has_the_share_of_its_people() -> None:
    # 4,359,446 of 25,019,831 in the census of 2020.
    assert places().weights[places().prefectures.index("620100")] == pytest.approx(4_359_446 / 25_019_831)
    assert places().weights.sum() == pytest.approx(1.0)


def test_names_are_marked_and_trade_names_are_not_repeated() -> None:
    assert newest_registry()["name"].str.endswith(SAMPLE_MARK).all()
    assert len({trade_name(number) for number in range(20_000)}) == 20_000


def test_totals_are_net_amounts_and_tax() -> None:
    province, _ = world(FIRMS)
    invoices = province.tables["invoices"]
    differs = pc.not_equal(pc.add(invoices["amount_yuan"], invoices["tax_yuan"]), invoices["total_yuan"])
    assert differs.to_pylist().count(True) == province.dirt["invoices", "total_differs"]


def test_lenders_are_the_invented_banks() -> None:
    assert set(lenders()) <= set(frame("loans")["lender"]) <= {one.bank for one in sample_products()}


# When it is known


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_nothing_is_known_before_it_happens_or_after_the_end(name: str) -> None:
    province, _ = world(FIRMS)
    table = frame(name)
    early = table["known_on"] < table[TABLES[name].event_on]
    assert early.sum() == province.dirt.get((name, "known_before_event"), 0)
    assert (table["known_on"] <= PRESET_END).all()
    for day in HAPPENED:
        if day in table:
            told = table[table[day].notna()]
            assert (told[day] <= told["known_on"]).all()


def test_the_window_is_three_years_of_months() -> None:
    timeline = Timeline(date(2026, 6, 30))
    assert [day_number(date(2023, 7, 1)), day_number(date(2026, 7, 1))] == [timeline.starts[0], timeline.starts[-1]]
    assert timeline.calendar_months[[0, 5, 6, 35]].tolist() == [7, 12, 1, 6]
    assert frame("invoices")["issued_on"].min() >= date(2023, 7, 1)


def test_a_late_return_is_first_known_as_missing() -> None:
    filings = frame("tax_filings").sort_values("known_on", kind="stable")
    versions = filings.groupby(["enterprise", "tax", "period_end"])
    twice = filings[versions["tax"].transform("size") == 2].groupby(["enterprise", "tax", "period_end"])
    assert len(twice) > 100
    assert twice["filed_on"].first().notna().all()  # first() skips what is missing
    assert twice.nth(0)["filed_on"].isna().all()
    assert (twice.nth(0)["taxable_sales_yuan"] == 0).all()
    assert (twice.nth(1)["filed_on"] > twice.nth(1)["due_on"]).all()


def test_no_invoice_of_a_firm_is_older_or_younger_than_the_firm() -> None:
    registry = frame("enterprises").sort_values("known_on", kind="stable")
    founded = registry.groupby("enterprise")["founded_on"].first()
    invoices = frame("invoices")
    months = invoices["issued_on"].map(lambda day: day.replace(day=1))
    assert (months >= invoices["enterprise"].map(founded)).all()
    left = registry[registry["status"] != "active"].set_index("enterprise")["known_on"]
    late = invoices[(invoices["amount_yuan"] > 0) & invoices["enterprise"].isin(left.index)]
    assert len(left) > 10
    assert (late["issued_on"] < late["enterprise"].map(left)).all()


# The latent quality


def test_firms_that_default_are_of_lower_quality() -> None:
    quality = latent()["quality"]
    loans = frame("loans")
    bad = set(loans.loc[loans["days_past_due"] > 90, "enterprise"])
    good = set(loans["enterprise"]) - bad
    assert quality[sorted(bad)].mean() < quality[sorted(good)].mean() - 0.8


def test_default_is_frequent_enough_to_learn_and_as_rare_as_banks_see_it() -> None:
    loans = frame("loans")
    late = loans[loans["days_past_due"] > 90]
    assert late.drop_duplicates(["enterprise", "loan_no"]).shape[0] >= 30
    start, until = date(2025, 5, 31), date(2026, 5, 31)
    open_then = loans[(loans["reported_on"] == start) & (loans["balance_yuan"] > 0)]
    borrowers = set(open_then["enterprise"]) - set(open_then.loc[open_then["days_past_due"] > 90, "enterprise"])
    defaulted = set(late.loc[(late["reported_on"] > start) & (late["reported_on"] <= until), "enterprise"])
    assert 0.015 < len(borrowers & defaulted) / len(borrowers) < 0.055


def test_quality_shows_in_voids_returns_and_ratings() -> None:
    quality = latent()["quality"]
    invoices = frame("invoices").query("direction == 'sale'")
    voids = invoices["status"].eq("void").groupby(invoices["enterprise"]).agg(["mean", "size"])
    often = voids[voids["size"] >= 30]["mean"]
    assert often.corr(quality.reindex(often.index), method="spearman") < -0.4
    filings = frame("tax_filings")
    late = (
        (filings["filed_on"].isna() | (filings["filed_on"] > filings["due_on"])).groupby(filings["enterprise"]).mean()
    )
    assert late.corr(quality.reindex(late.index), method="spearman") < -0.25
    ratings = frame("tax_ratings")
    by_rating = quality.reindex(ratings["enterprise"]).groupby(ratings["rating"].to_numpy()).mean()
    assert by_rating["A"] > by_rating["B"] > by_rating["C"] > by_rating["D"]


def test_sales_fall_before_a_firm_stops_paying() -> None:
    day = latent()["distressed_on"].dropna()
    invoices = frame("invoices").query("direction == 'sale' and status == 'valid'")
    own = invoices[invoices["enterprise"].isin(day.index)]
    distance = (pd.to_datetime(own["issued_on"]) - pd.to_datetime(own["enterprise"].map(day))).dt.days
    amount = own["amount_yuan"].astype(float)
    before, after = amount[distance.between(-540, -181)].sum() / 360, amount[distance.between(61, 240)].sum() / 180
    assert after < 0.7 * before


def test_days_past_due_set_the_loan_class() -> None:
    loans = frame("loans")
    bounds = {"pass": (0, 0), "special_mention": (1, 90), "substandard": (91, 270), "doubtful": (271, 360)}
    for name, (least, most) in bounds.items():
        assert loans.loc[loans["loan_class"] == name, "days_past_due"].between(least, most).all()
    assert (loans.loc[loans["loan_class"] == "loss", "days_past_due"] > 360).all()


def test_a_loan_ends_with_a_report_of_nothing_owed() -> None:
    loans = frame("loans")
    last = loans.sort_values("reported_on").drop_duplicates(["enterprise", "loan_no"], keep="last")
    ended = last[(last["due_on"] < date(2026, 4, 30)) & (last["days_past_due"] == 0)]
    assert len(ended) > 500
    assert (ended["balance_yuan"] == 0).all()
    assert (loans["balance_yuan"] <= loans["principal_yuan"]).all()


# The same bytes


def test_one_seed_gives_the_same_bytes_and_another_others() -> None:
    one, again, other = build_province(60, 5), build_province(60, 5), build_province(60, 6)
    assert digest(dict(one.tables)) == digest(dict(again.tables))
    assert digest(dict(one.tables)) != digest(dict(other.tables))


def test_another_last_day_moves_the_window() -> None:
    province = build_province(40, 1, date(2024, 12, 31))
    for table in province.tables.values():
        assert (table["known_on"].to_pandas() <= date(2024, 12, 31)).all()
    assert (province.tables["invoices"]["issued_on"].to_pandas() >= date(2022, 1, 1)).all()


@pytest.mark.parametrize(("enterprises", "seed"), [(0, 1), (-3, 1), (5, -1)])
def test_a_province_without_firms_or_seed_is_refused(enterprises: int, seed: int) -> None:
    with pytest.raises(ProvinceError, match="at least one enterprise"):
        build_province(enterprises, seed)


# The intake


def test_the_intake_finds_the_planted_faults_and_nothing_else() -> None:
    province, _ = world(FIRMS)
    known = {f"uscc:{one}" for one in province.enterprises}
    found: Counter[tuple[str, str]] = Counter()
    for name, table in province.tables.items():
        checked = check(TABLES[name], table, Source(RECEIVED), known)
        found.update((name, str(rule)) for rule in checked.quarantined["rule"].to_pylist())
        found.update((name, str(rule)) for rule in checked.warnings["rule"].to_pylist())
        fates = merge_versions(TABLES[name], None, checked.good).fates
        found.update({(name, "duplicate"): int((fates == DUPLICATE).sum())})
        assert (fates <= DUPLICATE).all()
    assert +found == Counter(province.dirt)


def test_without_dirt_every_row_is_taken() -> None:
    province = build_province(80, 3, dirty=False)
    assert not province.dirt
    known = {f"uscc:{one}" for one in province.enterprises}
    for name, table in province.tables.items():
        checked = check(TABLES[name], table, Source(RECEIVED), known)
        assert checked.good.num_rows == table.num_rows
        merged = merge_versions(TABLES[name], None, checked.good)
        assert merged.rows.num_rows == table.num_rows


def test_every_firm_enters() -> None:
    province, _ = world(FIRMS)
    entered = set(pc.unique(facts(FIRMS)["enterprises"]["enterprise"]).to_pylist())
    assert entered == {f"uscc:{one}" for one in province.enterprises}


# Files and decimals


def test_fen_become_yuan_without_rounding() -> None:
    fen = np.array([0, 1, -1, 12345, -9_999_999_999_999_901, MISSING])
    yuan = scaled(fen, pa.decimal128(18, 2))
    expected = [Decimal(text) for text in ("0.00", "0.01", "-0.01", "123.45", "-99999999999999.01")]
    assert yuan.to_pylist() == [*expected, None]
    assert scaled(np.array([43_500]), pa.decimal128(9, 6)).to_pylist() == [Decimal("0.043500")]


def test_tables_are_written_and_read_back(tmp_path: Path) -> None:
    province = build_province(30, 2)
    paths = write_tables(province.tables, tmp_path)
    assert [path.name for path in paths] == [f"{name}.parquet" for name in sorted(COLUMNS)]
    assert pq.read_table(tmp_path / "loans.parquet").equals(province.tables["loans"])
    texts = write_tables({"tax_arrears": province.tables["tax_arrears"]}, tmp_path, "csv")
    assert texts[0].read_text(encoding="utf-8").startswith('"enterprise","tax","arisen_on","amount_yuan"')


# Authorisations


def test_a_seeded_part_authorises() -> None:
    province, _ = world(FIRMS)
    banks = ["b1", "b2", "b3"]
    given = demo_authorisations(province, banks, 9).to_pandas()
    matching, query = (given[given["kind"] == one] for one in ("matching", "query"))
    assert within_four_errors(len(matching) / FIRMS, MATCHING_SHARE, FIRMS)
    assert matching["bank"].isna().all()
    assert all(row[0] == "matching" for row in matching["purposes"])
    assert within_four_errors(len(query) / (3 * len(matching)), QUERY_SHARE, 3 * len(matching))
    assert set(query["bank"]) == set(banks)
    assert set(query["enterprise"]) <= set(matching["enterprise"])
    assert demo_authorisations(province, banks, 9).to_pandas().equals(given)
    assert not demo_authorisations(province, banks, 10).to_pandas().equals(given)


def test_who_authorises_does_not_depend_on_how_many_firms_there_are() -> None:
    small = build_province(30, SEED)
    few = demo_authorisations(small, ["b1"], 1)
    many = demo_authorisations(world(FIRMS)[0], ["b1"], 1)
    assert many.slice(0, few.num_rows).equals(few)
