"""Profiles by hand-computed tables: windows, the point in time, what is absent, and the form of the result."""

import math
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from fact_rows import FIRM, asked, fact, sources, table_of

from features.columns import AS_OF, ENTERPRISE, INVOICES, JUDGMENTS, LOANS, PENALTIES, TAX_ARREARS
from features.dictionary import FEATURES, Block, Unit
from features.engine import ArrowSources, build_profiles, profile_schema
from features.errors import UnknownFeatureError
from features.tables import TABLES

AS_OF_DAY = date(2023, 6, 15)
OTHER = "uscc:91620200MA0000000Y"


def sale(issued_on: date, amount_fen: int = 1_000, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    return fact(INVOICES, issued_on=issued_on, amount_fen=amount_fen, **given)


def one(rows: dict[str, list[dict[str, Any]]], *features: str, as_of: date = AS_OF_DAY) -> list[Any]:
    """Return the values of the features for the firm on the day."""
    row = build_profiles(sources(rows), asked((FIRM, as_of)), features=features, threads=1).to_pylist()[0]
    return [row[name] for name in features]


@pytest.mark.parametrize(
    ("issued_on", "counts"),
    [
        (date(2022, 5, 31), 0),  # the last day of the thirteenth month back
        (date(2022, 6, 1), 1),  # the first of the twelfth
        (date(2023, 5, 31), 1),  # the last day of the last complete month
        (date(2023, 6, 1), 0),  # the unfinished month
    ],
)
def test_a_window_holds_the_twelve_complete_months_before_the_month_of_the_day(issued_on: date, counts: int) -> None:
    assert one({INVOICES: [sale(issued_on)]}, "sales_12m_fen", "sales_months_12m") == [1_000 * counts, counts]


def test_each_window_of_the_dictionary_ends_with_the_last_complete_month() -> None:
    rows = [sale(date(2021, 6, 1), 1), sale(date(2022, 6, 1), 10), sale(date(2022, 12, 1), 100)]
    rows += [sale(date(2023, 3, 1), 1_000), sale(date(2023, 6, 1), 10_000), sale(date(2021, 5, 31), 100_000)]
    names = ("sales_3m_fen", "sales_6m_fen", "sales_12m_fen", "sales_24m_fen")
    assert one({INVOICES: rows}, *names) == [1_000, 1_100, 1_110, 1_111]


def test_only_what_was_known_on_the_day_counts() -> None:
    known = sale(date(2023, 4, 3))
    late = sale(date(2023, 4, 4), 50, known_on=date(2023, 6, 16))
    coming = sale(date(2023, 6, 20), 7, known_on=date(2023, 6, 20))
    names = [name for name, feature in FEATURES.items() if feature.block is Block.invoices]
    assert one({INVOICES: [known, late, coming]}, *names) == one({INVOICES: [known]}, *names)
    assert one({INVOICES: [known, late]}, "sales_12m_fen", as_of=date(2023, 6, 16)) == [1_050]


def test_a_day_sees_the_version_that_was_known_then() -> None:
    rows = [
        sale(date(2023, 4, 3), known_on=date(2023, 4, 3), superseded_on=date(2023, 6, 10)),
        sale(date(2023, 4, 3), known_on=date(2023, 6, 10), is_void=True),
    ]
    names = ("sales_12m_fen", "sales_void_ratio_12m")
    assert one({INVOICES: rows}, *names, as_of=date(2023, 6, 9)) == [1_000, 0.0]
    assert one({INVOICES: rows}, *names, as_of=date(2023, 6, 10)) == [0, 1.0]


def test_void_invoices_leave_the_amounts_and_red_letters_stay_in() -> None:
    may = date(2023, 5, 2)
    rows = [sale(may, 1_000), sale(may, 4_000, is_void=True), sale(may, -250), sale(may, 1_500)]
    assert one({INVOICES: rows}, "sales_3m_fen", "sales_void_ratio_12m") == [2_250, 0.25]
    assert one({INVOICES: rows}, "sales_red_letter_ratio_12m", "sales_red_letter_amount_ratio_12m") == [1 / 3, 0.1]


def test_variation_trend_and_growth_by_hand() -> None:
    # 12 months of 1, 2, …, 12 yuan: mean 6.5, sample variance 13, slope 1 a month; the year before 39 in all.
    rows = [sale(date(2022 + (5 + n) // 12, (5 + n) % 12 + 1, 9), 100 * (n + 1)) for n in range(12)]
    rows += [sale(date(2021, 8, 1), 3_900)]
    names = ("sales_cv_12m", "sales_trend_12m_ratio", "sales_growth_12m_ratio")
    assert one({INVOICES: rows}, *names) == pytest.approx([13**0.5 / 6.5, 1 / 6.5, 1.0], rel=1e-12)


def test_buyers_new_and_lost_and_their_concentration_by_hand() -> None:
    now, then = date(2023, 2, 1), date(2022, 2, 1)
    rows = [sale(now, 600, counterparty="A"), sale(now, 300, counterparty="B"), sale(now, 100, counterparty="C")]
    rows += [sale(then, 5, counterparty="A"), sale(then, 5, counterparty="D"), sale(now, -40, counterparty="E")]
    names = ("buyers_12m", "top_buyer_share_12m", "buyer_hhi_12m", "buyers_new_12m_ratio", "buyers_lost_12m_ratio")
    assert one({INVOICES: rows}, *names) == pytest.approx([4, 0.6, 0.46, 3 / 4, 1 / 2], rel=1e-12)


def test_the_median_of_whole_fen_is_exact() -> None:
    rows = [sale(date(2023, 2, 1), amount) for amount in (2**52 + 1, 2**52 + 2)]
    (value,) = one({INVOICES: rows}, "sales_ticket_log")
    assert value == pytest.approx(36.0436533 - 4.6051702, abs=1e-6)  # ln(2⁵²) − ln(100)


def test_a_stream_without_a_known_row_is_missing_and_the_firm_has_its_row() -> None:
    rows = [sale(date(2023, 6, 16), known_on=date(2023, 6, 16))]
    names = [name for name, feature in FEATURES.items() if feature.block is Block.invoices]
    assert one({INVOICES: rows}, *names) == [None] * len(names)


def test_a_firm_that_only_buys_has_sold_nothing() -> None:
    rows = [fact(INVOICES, direction="purchase", issued_on=date(2023, 2, 1))]
    names = ("sales_12m_fen", "sales_months_12m", "buyers_12m", "sales_void_ratio_12m", "top_buyer_share_12m")
    assert one({INVOICES: rows}, *names) == [0, 0, 0, None, None]


REGISTERS = {
    LOANS: {
        "loan_balance_fen": 0,
        "lenders_count": 0,
        "worst_loan_class_24m": "none",
        "max_days_past_due_24m": 0,
        "has_had_loan": 0,
    },
    JUDGMENTS: {"executed_open_count": 0, "dishonest_open_count": 0, "judgments_defendant_24m": 0},
    PENALTIES: {"penalties_serious_open": 0, "penalties_12m": 0},
    TAX_ARREARS: {"tax_arrears_fen": 0},
}


@pytest.mark.parametrize("table", REGISTERS)
def test_a_register_without_a_row_answers_none_and_an_unbound_one_nothing(table: str) -> None:
    expected = REGISTERS[table]
    assert one({table: []}, *expected) == list(expected.values())
    assert one({}, *expected) == [None] * len(expected)
    assert {name for name, feature in FEATURES.items() if feature.tables == {table}} == expected.keys()


def test_what_is_bound_does_not_depend_on_what_is_not() -> None:
    rows = {name: [fact(name)] for name in TABLES}
    whole = build_profiles(sources(rows), asked((FIRM, AS_OF_DAY)))
    for name in TABLES:
        some = build_profiles(sources({name: rows[name]}), asked((FIRM, AS_OF_DAY)))
        for feature in FEATURES.values():
            expected = whole[feature.name] if feature.tables == {name} else pa.nulls(1, whole[feature.name].type)
            assert some[feature.name].to_pylist() == expected.to_pylist(), feature.name


def test_adverse_records_of_the_unfinished_month_count_and_flows_do_not() -> None:
    june = date(2023, 6, 2)
    rows = {
        "penalties": [fact("penalties", decided_on=june)],
        "tax_filings": [
            fact("tax_filings", period_end=june, due_on=june, known_on=june, filed_on=date(2023, 6, 5), tax_paid_fen=9)
        ],
    }
    assert one(rows, "penalties_12m", "late_filings_12m", "tax_paid_12m_fen") == [1, 1, 0]


def test_a_penalty_counts_to_the_last_day_of_its_publicity() -> None:
    rows = {PENALTIES: [fact(PENALTIES, grade="serious", publicity_until=AS_OF_DAY)]}
    assert one(rows, "penalties_serious_open", "penalties_12m") == [1, 1]
    assert one(rows, "penalties_serious_open", "penalties_12m", as_of=date(2023, 6, 16)) == [0, 0]


def test_a_loan_owes_what_its_newest_known_report_says() -> None:
    rows = [
        fact(LOANS, reported_on=date(2023, 3, 31), balance_fen=900, days_past_due=40),
        fact(LOANS, reported_on=date(2023, 4, 30), balance_fen=400, loan_class="special_mention"),
        fact(LOANS, reported_on=date(2023, 5, 31), balance_fen=0, known_on=date(2023, 6, 20)),
        fact(LOANS, loan_no="L2", lender="乙银行", reported_on=date(2023, 4, 30), balance_fen=50),
    ]
    names = ("loan_balance_fen", "lenders_count", "max_days_past_due_24m", "worst_loan_class_24m", "has_had_loan")
    assert one({LOANS: rows}, *names) == [450, 2, 40, "special_mention", 1]
    assert one({LOANS: rows}, *names, as_of=date(2023, 6, 20)) == [50, 1, 40, "special_mention", 1]


@pytest.mark.parametrize(("as_of", "months"), [(date(2023, 6, 14), 11), (date(2023, 6, 15), 12)])
def test_a_firm_is_as_old_as_its_full_months(as_of: date, months: int) -> None:
    rows = {"enterprises": [fact("enterprises", founded_on=date(2022, 6, 15))]}
    assert one(rows, "age_months", as_of=as_of) == [months]


def test_a_history_in_one_statement_equals_one_statement_per_day() -> None:
    rows = [sale(date(2022, month, 7), 100 * month, counterparty=f"B{month % 3}") for month in range(1, 13)]
    rows += [sale(date(2022, month, 9), month, enterprise=OTHER) for month in range(2, 9)]
    days = [date(2022, 7, 31), date(2022, 8, 1), date(2023, 2, 14), AS_OF_DAY]
    pairs = [(firm, day) for firm in (OTHER, FIRM) for day in days]
    together = build_profiles(sources({INVOICES: rows}), asked(*pairs))
    apart = [build_profiles(sources({INVOICES: rows}), asked(pair)) for pair in sorted(pairs)]
    assert together.equals(pa.concat_tables(apart).combine_chunks())


def test_each_asked_pair_has_one_row_in_order() -> None:
    pairs = [(OTHER, AS_OF_DAY), (FIRM, AS_OF_DAY), (FIRM, date(2023, 1, 1)), (OTHER, AS_OF_DAY)]
    found = build_profiles(sources({}), asked(*pairs), features=[])
    assert [(row[ENTERPRISE], row[AS_OF]) for row in found.to_pylist()] == [
        (FIRM, date(2023, 1, 1)),
        (FIRM, AS_OF_DAY),
        (OTHER, AS_OF_DAY),
    ]


def test_nobody_asked_for_gives_no_rows_but_all_columns() -> None:
    found = build_profiles(sources({INVOICES: [sale(date(2023, 2, 1))]}), asked())
    assert found.num_rows == 0
    assert found.schema == profile_schema(tuple(FEATURES))


def test_types_follow_the_unit() -> None:
    found = build_profiles(sources({name: [fact(name)] for name in TABLES}), asked((FIRM, AS_OF_DAY)))
    types = {Unit.ratio: pa.float64(), Unit.log: pa.float64(), Unit.code: pa.string(), Unit.day: pa.date32()}
    assert {name: found[name].type for name in FEATURES} == {
        name: types.get(feature.unit, pa.int64()) for name, feature in FEATURES.items()
    }


def test_some_features_in_the_order_asked_equal_those_of_all() -> None:
    rows = {name: [fact(name)] for name in TABLES}
    whole = build_profiles(sources(rows), asked((FIRM, AS_OF_DAY)))
    names = ["tax_rating", "sales_12m_fen", "age_months", "sales_ticket_log"]
    some = build_profiles(sources(rows), asked((FIRM, AS_OF_DAY)), features=names)
    assert some.equals(whole.select([ENTERPRISE, AS_OF, *names]))


def test_a_feature_that_is_not_in_the_dictionary_is_refused_by_name() -> None:
    with pytest.raises(UnknownFeatureError, match="sales_7m_fen"):
        build_profiles(sources({}), asked((FIRM, AS_OF_DAY)), features=["sales_7m_fen"])


def test_sums_beyond_what_a_double_holds_are_exact() -> None:
    rows = [sale(date(2023, 2, 1), 10**15), sale(date(2023, 2, 2), 3)] * 20
    table = table_of(INVOICES, rows)
    found = build_profiles(ArrowSources({INVOICES: table}), asked((FIRM, AS_OF_DAY)), features=["sales_12m_fen"])
    assert found["sales_12m_fen"].to_pylist() == [20 * 10**15 + 60]


def test_calendar_years_begin_with_january_and_end_with_december() -> None:
    # As of June 2023 the years are 2022, 2021 and 2020; each has 10,000 yuan more in the ratio.
    days = {2019: (12, 31), 2020: (1, 1), 2021: (12, 31), 2022: (1, 1), 2023: (1, 1)}
    yuan = {2019: 7_000, 2020: 30_000, 2021: 10_000, 2022: 50_000, 2023: 90_000}
    rows = [sale(date(year, *day), yuan[year] * 100) for year, day in days.items()]
    names = ("sales_growth_last_year_log", "sales_growth_year_before_log")
    assert one({INVOICES: rows}, *names) == pytest.approx([math.log(3), -math.log(2)], rel=1e-12)


def test_a_return_is_unfiled_when_its_due_day_is_over() -> None:
    row = fact("tax_filings", period_end=date(2023, 5, 31), due_on=AS_OF_DAY)
    assert one({"tax_filings": [row]}, "unfiled_returns_24m") == [0]
    assert one({"tax_filings": [row]}, "unfiled_returns_24m", as_of=date(2023, 6, 16)) == [1]


@pytest.mark.parametrize(("as_of", "count"), [(date(2023, 6, 14), 1), (AS_OF_DAY, 0)])
def test_what_is_closed_or_cleared_on_the_day_is_no_longer_open(as_of: date, count: int) -> None:
    rows = {
        JUDGMENTS: [
            fact(JUDGMENTS, case_no=role, role=role, closed_on=AS_OF_DAY) for role in ("executed", "dishonest")
        ],
        TAX_ARREARS: [fact(TAX_ARREARS, cleared_on=AS_OF_DAY)],
    }
    assert one(rows, "executed_open_count", "dishonest_open_count", "tax_arrears_fen", as_of=as_of) == [count] * 3
