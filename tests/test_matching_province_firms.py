"""What the firms of the province are given: shares of kinds, places, industries and ratings, sizes, shapes of invoices.

Published figures stand beside the bands; the invoice figures are of the 425 firms of CUMCM 2020 C.
"""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from province_worlds import firms_alone, world

from matching.province.reference import KINDS, industry_shares, kind_shares, places, rating_shares
from matching.province.size_classes import SIZE_CLASSES, size_classes, size_table

FIRMS, FIRMS_WITH_BANKS = 5_000, 2_000
MICRO, SMALL, MEDIUM, LARGE = range(len(SIZE_CLASSES))


@cache
def frame(name: str) -> pd.DataFrame:
    """Return a clean table of the firms' own facts."""
    return firms_alone(FIRMS).tables[name].to_pandas()


@cache
def registry() -> pd.DataFrame:
    newest = frame("enterprises").sort_values("known_on", kind="stable").drop_duplicates("enterprise", keep="last")
    return newest.set_index("enterprise")


def within_four_errors(share: float, expected: float, count: int) -> bool:
    return abs(share - expected) <= 4 * float(np.sqrt(expected * (1 - expected) / count))


# Given shares


def test_kinds_have_their_shares() -> None:
    assert kind_shares().tolist() == [0.30, 0.45, 0.15, 0.10]
    kinds = registry()["kind"].value_counts(normalize=True)
    for kind, share in zip(KINDS, kind_shares(), strict=True):
        assert within_four_errors(kinds[kind], share, FIRMS)


def test_prefectures_have_the_shares_of_their_people() -> None:
    # Lanzhou: 4,359,446 of 25,019,831 in the census of 2020.
    assert places().weights[places().prefectures.index("620100")] == pytest.approx(4_359_446 / 25_019_831)
    assert places().weights.sum() == pytest.approx(1.0)
    prefectures = pd.Series(registry().index.str[2:6] + "00").value_counts(normalize=True)
    for code, share in zip(places().prefectures, places().weights, strict=True):
        assert within_four_errors(prefectures.get(code, 0.0), share, FIRMS)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("company", {"F": 0.299, "C": 0.147}),
        ("sole_proprietor", {"F": 0.551, "G": 0.199, "H": 0.095}),
        ("cooperative", {"A": 1.0}),
        ("family_farm", {"A": 1.0}),
    ],
)
def test_sections_have_their_shares_within_the_kind(kind: str, given: dict[str, float]) -> None:
    assert industry_shares(kind).sum() == pytest.approx(1.0)
    sections = registry().loc[registry()["kind"] == kind, "industry"].dropna().str[0]
    assert set(sections) <= set("ABCDEFGHIJKLMNOPQR")
    for section, share in given.items():
        assert within_four_errors((sections == section).mean(), share, sections.size)


def test_the_rated_have_the_national_shares() -> None:
    shares = rating_shares()
    assert shares == {"A": 0.0828, "B+M": 0.8258, "C+D": 0.0914}
    newest = frame("tax_ratings").sort_values("rating_year").drop_duplicates("enterprise", keep="last")
    for ratings in (newest["rating"], frame("tax_ratings")["rating"]):
        for letters, share in shares.items():
            assert within_four_errors(ratings.isin(letters.split("+")).mean(), share, ratings.size)
    rated = registry().loc[newest["enterprise"], "kind"]
    assert set(rated) == {"company", "cooperative"}
    assert rated.size > 0.8 * registry()["kind"].isin(["company", "cooperative"]).sum()


def test_a_good_part_are_thin_files() -> None:
    valid = frame("invoices").query("status == 'valid'")
    recent = valid[valid["issued_on"] > date(2025, 6, 30)].groupby("enterprise").size()
    thin = 1 - (recent >= 12).sum() / FIRMS
    assert 0.50 < thin < 0.57


# Shapes of invoices


def side(direction: str) -> pd.DataFrame:
    invoices = frame("invoices")
    return invoices[invoices["direction"] == direction].assign(
        amount=lambda rows: rows["amount_yuan"].astype(float), is_void=lambda rows: rows["status"] == "void"
    )


def busy(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the valid ones with an amount of the firms that have thirty of them."""
    kept = rows[~rows["is_void"] & (rows["amount"] > 0)]
    return kept[kept.groupby("enterprise")["amount"].transform("size") >= 30]


def test_invoices_are_about_a_hundred_a_firm() -> None:
    assert 90 <= len(frame("invoices")) / FIRMS <= 115
    # 606,122 purchase and 493,319 sales invoices.
    assert 1.0 < len(side("purchase")) / len(side("sale")) < 1.3


@pytest.mark.parametrize(
    ("direction", "void", "red"),
    [("sale", (0.066, 0.086), (0.0184, 0.0557)), ("purchase", (0.036, 0.044), (0.008, 0.011))],
)
def test_void_and_red_letter_shares_are_the_published_ones(
    direction: str, void: tuple[float, float], red: tuple[float, float]
) -> None:
    # Void: 6.90 and 8.33 % of sales, 3.61 and 4.36 % of purchases; red-letter: 5.57 and 1.84, 0.91 and 0.94 %.
    rows = side(direction)
    assert void[0] <= rows["is_void"].mean() <= void[1]
    valid = rows[~rows["is_void"]]
    assert red[0] <= (valid["amount"] < 0).mean() <= red[1]
    # All 4,019 invoices of zero amount are void: one void one in sixteen.
    assert (valid["amount"] != 0).all()
    assert 0.05 < (rows.loc[rows["is_void"], "amount"] == 0).mean() < 0.075


@pytest.mark.parametrize(
    ("direction", "partners", "largest"), [("sale", 0.38, (0.18, 0.30)), ("purchase", 0.48, (0.18, 0.36))]
)
def test_counterparties_are_as_many_and_as_uneven_as_of_thinned_real_firms(
    direction: str, partners: float, largest: tuple[float, float]
) -> None:
    rows = busy(side(direction))
    groups = rows.groupby("enterprise")
    ratio = groups["counterparty"].nunique() / groups.size()
    assert abs(ratio.median() - partners) < 0.06
    # Real firms: a tenth below .10 and a tenth above .71 of sales.
    assert ratio.quantile(0.9) > 1.6 * ratio.quantile(0.1)
    top = rows.groupby(["enterprise", "counterparty"])["amount"].sum().groupby("enterprise").max()
    shares = top / groups["amount"].sum()
    assert largest[0] < shares.median() < largest[1]
    assert shares.quantile(0.9) > 2.5 * shares.quantile(0.1)


def test_the_year_has_its_low_in_february_and_its_high_in_december() -> None:
    rows = busy(side("sale"))
    rows = rows.assign(month=rows["issued_on"].map(lambda day: day.month))
    shares = rows.pivot_table("amount", "enterprise", "month", aggfunc="sum", fill_value=0.0)
    mean = 12 * shares.div(shares.sum(axis=1), axis=0).mean()
    # Real firms: .53 in February, 1.66 in December.
    assert (mean.idxmin(), mean.idxmax()) == (2, 12)
    assert mean[2] < 0.75
    assert 1.25 < mean[12] < 1.66


def test_firms_grow_very_differently() -> None:
    rows = busy(side("sale"))
    rows = rows.assign(year=rows["issued_on"].map(lambda day: day.year + (day.month > 6)))
    sums = rows.pivot_table("amount", "enterprise", "year", aggfunc="sum")
    growth = (sums[2026] / sums[2025]).dropna()
    # Real firms, 2019 by 2018: .76, 1.09 and 1.72 in the quartiles.
    low, middle, high = growth.quantile([0.25, 0.5, 0.75])
    assert 0.6 < low < 0.85
    assert 0.95 < middle < 1.2
    assert 1.35 < high < 1.9


def test_rates_of_tax_follow_kind_and_size() -> None:
    valid = side("sale")[lambda rows: ~rows["is_void"] & (rows["amount"].abs() > 1_000)]
    rate = (valid["tax_yuan"].astype(float) / valid["amount"]).round(2)
    kind = registry()["kind"].reindex(valid["enterprise"]).to_numpy()
    assert set(rate[kind == "company"]) <= {0.13, 0.09, 0.06, 0.01}
    assert set(rate[kind == "sole_proprietor"]) == {0.01}
    assert set(rate[(kind == "cooperative") | (kind == "family_farm")]) == {0.0}
    bought = side("purchase")[lambda rows: rows["amount"] > 1_000]
    shares = (bought["tax_yuan"].astype(float) / bought["amount"]).round(2).value_counts(normalize=True)
    # Real firms, from 2019-05: 48 % at 13 %, 31 % at what small-scale taxpayers charged, 13 % at 6 %.
    assert shares.loc[[0.13, 0.01, 0.06]].tolist() == pytest.approx([0.50, 0.29, 0.13], abs=0.02)


# Size classes


def hand_made(industry: str, employees: int, sales: int, assets: int) -> int:
    """Return the class of one enterprise; money in ten thousands of yuan."""
    one = [np.array([value]) for value in (employees, sales * 10_000, assets * 10_000)]
    return int(size_classes([industry], *one)[0])


@pytest.mark.parametrize(
    ("industry", "employees", "sales", "assets"),
    # The lower bounds of small, medium and large in the table of 国统字〔2017〕213号; None is not listed.
    [
        ("A01", None, (50, 500, 20_000), None),
        ("C13", (20, 300, 1_000), (300, 2_000, 40_000), None),
        ("E47", None, (300, 6_000, 80_000), (300, 5_000, 80_000)),
        ("F51", (5, 20, 200), (1_000, 5_000, 40_000), None),
        ("F52", (10, 50, 300), (100, 500, 20_000), None),
        ("G54", (20, 300, 1_000), (200, 3_000, 30_000), None),
        ("G59", (20, 100, 200), (100, 1_000, 30_000), None),
        ("G60", (20, 300, 1_000), (100, 2_000, 30_000), None),
        ("H61", (10, 100, 300), (100, 2_000, 10_000), None),
        ("H62", (10, 100, 300), (100, 2_000, 10_000), None),
        ("I64", (10, 100, 2_000), (100, 1_000, 100_000), None),
        ("I65", (10, 100, 300), (50, 1_000, 10_000), None),
        ("K701", None, (100, 1_000, 200_000), (2_000, 5_000, 10_000)),
        ("K702", (100, 300, 1_000), (500, 1_000, 5_000), None),
        ("L72", (10, 100, 300), None, (100, 8_000, 120_000)),
        ("M75", (10, 100, 300), None, None),
    ],
)
def test_each_row_of_the_table_holds_at_its_bounds(
    industry: str,
    employees: tuple[int, ...] | None,
    sales: tuple[int, ...] | None,
    assets: tuple[int, ...] | None,
) -> None:
    bounds = (employees, sales, assets)
    for place in range(3):
        reached = [0 if one is None else one[place] for one in bounds]
        assert hand_made(industry, *reached) == place + 1
        for missed, listed in enumerate(bounds):
            if listed is not None:
                below = [value - (which == missed) for which, value in enumerate(reached)]
                assert hand_made(industry, *below) == place


def test_the_table_has_sixteen_rows_and_every_industry_has_one() -> None:
    assert len(size_table()) == 16
    everything = np.array([10**6])
    for section in "ABCDEFGHIJKLMNOPQR":
        assert size_classes([section], everything, everything * 10**6, everything * 10**6)[0] == LARGE


def test_many_enterprises_are_classed_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    industries = rng.choice(["A01", "C13", "E47", "F51", "F52", "L72", "M75"], 200).tolist()
    numbers = [rng.integers(0, 400, 200), rng.integers(0, 90_000_000, 200), rng.integers(0, 90_000_000, 200)]
    alone = [
        int(size_classes([one], *(values[place : place + 1] for values in numbers))[0])
        for place, one in enumerate(industries)
    ]
    assert size_classes(industries, *numbers).tolist() == alone


def test_nearly_all_firms_are_micro_or_small() -> None:
    firms = firms_alone(FIRMS).firms
    shares = np.bincount(firms.size_classes, minlength=4) / firms.size
    assert shares[MICRO] + shares[SMALL] > 0.9
    assert shares[MICRO] > 0.5
    assert 0.005 < shares[MEDIUM] < 0.1
    assert shares[LARGE] < 0.005
    assert (firms.employees >= 1).all()


# Registration, honours, social insurance


def days_before_distress(rows: pd.DataFrame, day: str) -> "pd.Series[int]":
    """Return how many days before its firm's distress each row of a firm in distress lies."""
    distressed = firms_alone(FIRMS).distressed_on
    own = rows[rows["enterprise"].isin(distressed.index)]
    return (pd.to_datetime(own["enterprise"].map(distressed)) - pd.to_datetime(own[day])).dt.days


def test_changes_come_before_distress() -> None:
    changes = frame("registration_changes").query("change == 'legal_representative'")
    before = days_before_distress(changes, "changed_on")
    assert before.between(1, 270).sum() > 2.5 * max(before.between(271, 540).sum(), 1)


def test_a_new_name_or_capital_is_a_new_version_of_the_entry() -> None:
    changes = frame("registration_changes")
    entries = frame("enterprises").sort_values(["enterprise", "known_on"], kind="stable")
    firsts, lasts = (
        entries.drop_duplicates("enterprise", keep=one).set_index("enterprise") for one in ("first", "last")
    )
    for change, column in (("name", "name"), ("capital", "registered_capital_yuan")):
        changed = set(changes.loc[changes["change"] == change, "enterprise"])
        told = firsts[column].notna()
        differs = set(firsts.index[told & (firsts[column] != lasts[column])])
        assert differs <= changed
        assert len(differs) > 0.8 * len(changed)
    assert (firsts["kind"] == lasts["kind"]).all()


def test_what_has_no_capital_and_no_shareholders_changes_neither() -> None:
    changes = frame("registration_changes")
    kinds = registry()["kind"].reindex(changes["enterprise"]).to_numpy()
    of_shares = changes["change"].isin(["shareholders", "capital"]).to_numpy()
    assert set(kinds[of_shares]) == {"company", "cooperative"}


@pytest.mark.parametrize(
    ("honours", "kinds", "sections"),
    [
        (["high_tech", "specialised", "tech_sme"], {"company"}, set("CIM")),
        (["leading_agri"], {"company"}, {"A"}),
        (["model_cooperative"], {"cooperative"}, {"A"}),
        (["model_farm"], {"family_farm"}, {"A"}),
        (["contract_keeping"], {"company", "cooperative"}, set("ABCDEFGHIJKLMNOPQR")),
    ],
)
def test_honours_go_to_those_who_may_have_them(honours: list[str], kinds: set[str], sections: set[str]) -> None:
    held = frame("honours").loc[frame("honours")["honour"].isin(honours), "enterprise"]
    assert held.nunique() > 20
    assert set(registry().loc[held, "kind"]) == kinds
    assert set(registry().loc[held, "industry"].dropna().str[0]) <= sections


def test_honours_are_of_better_firms_and_end_where_they_have_a_term() -> None:
    honours = frame("honours")
    assert firms_alone(FIRMS).quality[honours["enterprise"].unique()].mean() > 0.25
    ends = honours["valid_until"].notna()
    assert set(honours.loc[~ends, "honour"]) == {"model_cooperative", "model_farm"}
    assert (honours.loc[ends, "valid_until"] > honours.loc[ends, "granted_on"]).all()
    ordered = honours.sort_values(["enterprise", "honour", "granted_on"], ignore_index=True)
    held_before = ordered.groupby(["enterprise", "honour"])["valid_until"].shift(1)
    again = held_before.notna()
    assert again.sum() > 100
    assert (ordered.loc[again, "granted_on"] > held_before[again]).all()


def test_insurance_is_paid_month_by_month_by_firms_with_people() -> None:
    rows = frame("social_insurance")
    assert 7 < len(rows) / FIRMS < 13
    assert (rows["insured_count"] >= 1).all()
    months = rows.drop_duplicates(["enterprise", "period_end"]).groupby("enterprise")["period_end"].agg(["size", "max"])
    assert (months["size"] <= 36).all()
    assert months["size"].median() > 24
    insured = registry().loc[months.index, "kind"].value_counts() / registry()["kind"].value_counts()
    assert insured["company"] > 2 * insured[["sole_proprietor", "cooperative", "family_farm"]].max()
    a_head = (rows["payable_yuan"].astype(float) / rows["insured_count"]).groupby(rows["enterprise"]).first()
    assert 1_000 < a_head.median() < 2_000


def test_insurance_goes_unpaid_and_people_leave_before_distress() -> None:
    rows = frame("social_insurance").sort_values(["known_on"], kind="stable")
    newest = rows.drop_duplicates(["enterprise", "period_end"], keep="last")
    unpaid = newest["paid_yuan"].astype(float) < newest["payable_yuan"].astype(float)
    before = days_before_distress(newest, "period_end").reindex(newest.index)
    assert unpaid[before.between(-120, 60)].mean() > 0.2
    assert unpaid[before > 240].mean() < 0.02
    assert unpaid[before.isna()].mean() < 0.02
    own = newest[before.notna()].assign(before=before)
    people = [
        own[own["before"].between(*span)].groupby("enterprise")["insured_count"].mean()
        for span in ((-180, -30), (200, 500))
    ]
    late, early = people[0].align(people[1], join="inner")
    assert late.sum() < 0.85 * early.sum()


def test_a_month_paid_late_is_first_known_as_unpaid() -> None:
    rows = frame("social_insurance").sort_values("known_on", kind="stable")
    versions = rows.groupby(["enterprise", "period_end"])["paid_yuan"]
    twice = versions.size() == 2
    assert twice.sum() > 100
    assert (versions.first()[twice].astype(float) == 0).all()
    assert (versions.last()[twice].astype(float) > 0).all()


# Thin files


def test_at_least_two_fifths_are_thin_files() -> None:
    # Under 12 valid invoices in the last 12 months, and no loan on file, on or off the platform.
    province, _ = world(FIRMS_WITH_BANKS)
    invoices = province.tables["invoices"].to_pandas().query("status == 'valid'")
    recent = invoices[invoices["issued_on"] > date(2025, 6, 30)].groupby("enterprise").size()
    borrowed = set(province.tables["loans"]["enterprise"].to_pylist())
    thick = set(recent[recent >= 12].index) | borrowed
    assert 0.40 <= 1 - len(thick & set(province.enterprises)) / FIRMS_WITH_BANKS <= 0.50
