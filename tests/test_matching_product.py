"""Product files: what is read, what is refused and what a name cannot change."""

import json
from datetime import date

import pytest
from matching_worlds import Row, clause, product

from matching.amounts import fen_of, half_even, ppm_of, ratio_text, yuan_text
from matching.errors import CriteriaError, ProductError
from matching.product import Product, dump_products, load_products

ROW: Row = json.loads(dump_products([product()]))[0]
FEES: list[Row] = [
    {"kind": "guarantee", "payer": "enterprise", "rate": "0.01", "each": "year"},
    {"kind": "valuation", "payer": "bank", "amount_yuan": "300.5"},
    {"kind": "insurance", "payer": "enterprise", "unknown": True},
]
LIMITS: list[Row] = [
    {"rule": "share", "of": "sales_12m_fen", "share": "0.2"},
    {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 100, "B": "50.25"}},
    {"rule": "shares", "by": "tax_rating", "of": "sales_12m_fen", "shares": {"A": "0.3"}},
]
YOUNG: Row = {"column": "age_months", "op": "below", "value": 3}
COMPANY: Row = {"column": "kind", "op": "equals", "value": "company"}
RATIO: Row = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"}
FEE: Row = {"kind": "notary", "payer": "enterprise", "amount_yuan": 300}
NESTED: Row = {"any": [{"not": YOUNG}, {"all": [COMPANY]}]}


def read(**changes: object) -> Product:
    return load_products(json.dumps([ROW | changes]))[0]


def test_a_file_round_trips_with_money_exact() -> None:
    lent = read(fees=FEES, limits=LIMITS, criteria=[{"id": "nested", "require": NESTED, "zh": "示例"}])
    assert (lent.amount_min_fen, lent.amount_max_fen, lent.annual_rate_ppm) == (1_000_000, 100_000_000, 60_000)
    assert lent.fees[1].amount_fen == 30_050
    assert load_products(dump_products([lent])) == (lent,)
    assert load_products(dump_products([lent]))[0].digest() == lent.digest()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"unknown_key": 1}, "unknown_key"),
        ({"amount_min_yuan": 2_000_000}, "amount_min_yuan is above"),
        ({"amount_min_yuan": 0}, "amount_min_yuan"),
        ({"amount_max_yuan": "100.001"}, "more decimals"),
        ({"amount_max_yuan": True}, "amount_max_yuan"),
        ({"amount_max_yuan": "ten"}, "not a number"),
        ({"term_min_months": 40}, "term_min_months is above"),
        ({"annual_rate": "0.1234567"}, "more decimals"),
        ({"annual_rate": "-0.01"}, "annual_rate"),
        ({"repayment": "someday"}, "repayment"),
        ({"id": "Not A Slug"}, "id"),
        ({"criteria": []}, "criteria"),
        ({"criteria": [clause("a", "age_months", "at_least", 1), clause("a", "age_months", "at_least", 2)]}, "twice"),
        ({"criteria": [clause("credit_line", "age_months", "at_least", 1)]}, "reserved"),
        ({"fees": [FEES[0] | {"unknown": True}]}, "exactly one"),
        ({"fees": [{"kind": "other", "payer": "enterprise"}]}, "exactly one"),
        ({"limits": [{"rule": "vote"}]}, "limits"),
        ({"offered_from": 20260105}, "offered_from.*2026-01-05"),
        ({"offered_from": "20260105"}, "offered_from.*2026-01-05"),
        ({"offered_from": "2026-01-05T00:00:00"}, "offered_from.*2026-01-05"),
        ({"offered_from": "2026-02-30"}, "offered_from"),
    ],
)
def test_a_product_that_is_not_as_agreed_is_refused_with_the_field(changes: Row, what: str) -> None:
    with pytest.raises(ProductError, match=what):
        read(**changes)


@pytest.mark.parametrize(
    ("require", "what"),
    [
        ({"column": "phase_of_moon", "op": "at_least", "value": 1}, "unknown column 'phase_of_moon'"),
        ({"column": "sales_12m_fen", "op": "at_least", "value": "0.001"}, "more decimals"),
        ({"column": "sales_months_12m", "op": "at_least", "value": "10"}, "whole number"),
        ({"column": "tax_rating", "op": "at_least", "value": "A"}, "only equals and in"),
        ({"column": "tax_rating", "op": "equals", "value": 1}, "a code is text"),
        ({"column": "last_invoice_on", "op": "at_least", "value": "yesterday"}, "last_invoice_on"),
        ({"column": "age_months", "op": "between", "low": 5, "high": 4}, "is empty"),
        ({"column": "tax_rating", "op": "in", "values": ["A", "A"]}, "twice"),
        ({"column": "sales_void_ratio_12m", "op": "in", "values": ["0.1", "0.10"]}, "twice"),
    ],
)
def test_criteria_that_cannot_be_told_are_refused_with_clause_and_column(require: Row, what: str) -> None:
    with pytest.raises(CriteriaError, match=f"product plain: clause odd: .*{what}"):
        read(criteria=[{"id": "odd", "require": require}])


def test_limits_read_money_by_codes() -> None:
    with pytest.raises(CriteriaError, match="not of age_months"):
        read(limits=[LIMITS[0] | {"of": "age_months"}])
    with pytest.raises(CriteriaError, match="not by sales_12m_fen"):
        read(limits=[LIMITS[1] | {"by": "sales_12m_fen"}])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{}", "JSON array"),
        ("[", "not JSON"),
        ('[{"annual_rate": 0.05}]', '"0.05"'),
        ('[{"annual_rate": NaN}]', "NaN"),
        ('[{"id": "a", "id": "b"}]', "key id is named twice"),
        ("[1]", "number 1"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_product_file_is_refused(text: str, what: str) -> None:
    with pytest.raises(ProductError, match=what):
        load_products(text)


def test_two_products_of_one_id_are_refused() -> None:
    with pytest.raises(ProductError, match="product plain is named twice"):
        load_products(json.dumps([ROW, ROW]))


def test_nesting_and_length_have_an_end() -> None:
    deep: Row = {"column": "age_months", "op": "at_least", "value": 1}
    for _ in range(9):
        deep = {"not": deep}
    with pytest.raises(CriteriaError, match="nested more than 8"):
        read(criteria=[{"id": "deep", "require": deep}])
    nested = '{"all": [' * 3000 + '{"column": "age_months", "op": "equals", "value": 1}' + "]}" * 3000
    with pytest.raises(ProductError, match="nested too deeply"):
        load_products(json.dumps([ROW | {"criteria": [{"id": "deep", "require": 7}]}]).replace(": 7}", f": {nested}}}"))
    long = [{"column": "age_months", "op": "at_least", "value": place} for place in range(10_000)]
    with pytest.raises(CriteriaError, match="more than 200 comparisons"):
        read(criteria=[{"id": "long", "require": {"any": long}}])


def test_names_do_not_change_the_content_and_terms_do() -> None:
    renamed = read(
        id="other", name="别的名字", bank="b2", bank_name="大银行", is_sample=False, pattern="P001", note_zh="x"
    )
    assert renamed.content() == product().content()
    assert renamed.digest() != product().digest()
    assert read(annual_rate="0.059999").content() != product().content()


def test_a_product_may_be_shown_from_its_first_day_on() -> None:
    lent = read(offered_from="2026-01-05")
    assert lent.offered_from == date(2026, 1, 5)
    assert [lent.offered_on(date(2026, 1, day)) for day in (4, 5, 6)] == [False, True, True]
    assert read().offered_on(date.min)
    assert load_products(dump_products([lent])) == (lent,)
    assert json.loads(dump_products([lent]))[0]["offered_from"] == "2026-01-05"


def test_the_first_day_is_no_content_and_its_absence_leaves_no_trace() -> None:
    lent = read(offered_from="2026-01-05")
    assert lent.content() == read().content()
    assert lent.digest() != read().digest()
    assert read(offered_from=None).digest() == read().digest()
    assert "offered_from" not in read().model_dump()


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 0), (3, 2, 2), (5, 2, 2), (-1, 2, 0), (-3, 2, -2), (7, 3, 2), (8, 3, 3), (0, 9, 0)],
)
def test_half_even(numerator: int, denominator: int, expected: int) -> None:
    assert half_even(numerator, denominator) == expected


def test_edges_are_exact_both_ways() -> None:
    assert [fen_of(text) for text in ("0.01", "500000", -3)] == [1, 50_000_000, -300]
    assert [yuan_text(fen) for fen in (1, 50_000_000, -300, 10)] == ["0.01", "500000", "-3", "0.1"]
    assert (ppm_of("0.048500"), ratio_text(48_500)) == (48_500, "0.0485")
    for wrong in (0.1, None, "1e400", "inf", "0.001"):
        with pytest.raises(ValueError, match="yuan"):
            fen_of(wrong)


GROUPS: Row = {
    "rate_rule": {"base": "lpr_1y", "spread_bp": 65, "floor": "0.03", "cap": "0.06"},
    "places": ["620100", "622900"],
    "desk": {
        "branches": ["620100"],
        "quota_loans": 12,
        "quota_yuan": 5_000_000,
        "officers": 3,
        "files_per_officer_month": 20,
    },
    "service": {"reply_days": 1, "hours_to_apply": 2, "days_to_money": 5},
    "stage": "growth",
    "value_zh": "随借随还",
}
DESK: Row = GROUPS["desk"]
SERVICE: Row = GROUPS["service"]


def test_what_is_said_beside_the_price_round_trips_and_its_absence_leaves_no_trace() -> None:
    lent = read(**GROUPS)
    assert load_products(dump_products([lent])) == (lent,)
    assert {key: json.loads(dump_products([lent]))[0][key] for key in ("places", "stage")} == {
        "places": ["620100", "622900"],
        "stage": "growth",
    }
    assert not set(GROUPS) & set(read().model_dump())
    assert (
        read(places=[], desk=None, service=None, rate_rule=None, stage=None, value_zh=None).digest() == read().digest()
    )


def test_a_product_written_before_there_were_groups_keeps_its_digest() -> None:
    assert read().digest() == "093cc2896b17155652db02d0199aee2129042cf4158287ae1e8f8e82ae26b1e1"


def test_how_large_a_bank_is_and_where_changes_no_content_and_terms_do() -> None:
    large = read(places=["620100"], desk=DESK, value_zh="总行直营")
    assert large.content() == read().content()
    assert large.digest() != read().digest()
    # What a bank may say as it likes would else be tried until it stands first among equals.
    for said in ("service", "stage"):
        assert read(**{said: GROUPS[said]}).content() == read().content()
    assert read(rate_rule=GROUPS["rate_rule"]).content() != read().content()
    assert read(fees=[FEE, FEE]).content() != read(fees=[FEE]).content()


YOUNG: Row = {"column": "age_months", "op": "at_most", "value": 60}
OLD: Row = {"column": "age_months", "op": "at_least", "value": 12}
RATED: Row = {"column": "tax_rating", "op": "in", "values": ["A", "B"]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([COMPANY, OLD], [OLD, COMPANY, OLD]),
        ([COMPANY, OLD], [{"all": [OLD, {"all": [COMPANY]}]}]),
        ([OLD], [OLD, {**OLD, "value": 6}]),
        ([OLD], [{**OLD, "op": "above", "value": 11}]),
        ([OLD], [{"not": {**OLD, "op": "below"}}]),
        ([{"any": [OLD, COMPANY]}], [{"not": {"all": [{"not": COMPANY}, {"not": OLD}]}}]),
        ([{"any": [OLD, COMPANY]}], [{"any": [{"any": [{**OLD, "value": 24}, OLD]}, COMPANY]}]),
        ([OLD, YOUNG], [{"column": "age_months", "op": "between", "low": 12, "high": 60}]),
        ([RATED], [{**RATED, "values": ["B", "A"]}]),
        ([COMPANY], [{"column": "kind", "op": "in", "values": ["company"]}]),
        ([RATIO], [{**RATIO, "value": "0.50"}]),
    ],
)
def test_the_same_demand_in_other_words_is_the_same_content(one: list[Row], other: list[Row]) -> None:
    first, second = ([{"id": f"c{at}", "require": row} for at, row in enumerate(rows)] for rows in (one, other))
    assert read(criteria=first).content() == read(criteria=second).content()


@pytest.mark.parametrize(
    "other", [[COMPANY], [{**OLD, "value": 13}], [YOUNG], [{"not": OLD}], [{"any": [OLD, COMPANY]}], [OLD, COMPANY]]
)
def test_another_demand_is_another_content(other: list[Row]) -> None:
    rows = [{"id": f"c{at}", "require": row} for at, row in enumerate(other)]
    assert read(criteria=rows).content() != read(criteria=[{"id": "c0", "require": OLD}]).content()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"desk": DESK | {"quota_loans": 0}}, r"desk\.quota_loans: .*greater than or equal to 1"),
        ({"desk": DESK | {"quota_loans": -3}}, r"desk\.quota_loans: .*greater than or equal to 1"),
        ({"desk": DESK | {"quota_loans": True}}, r"desk\.quota_loans"),
        ({"desk": DESK | {"quota_yuan": 0}}, r"desk\.quota_yuan: .*greater than 0"),
        ({"desk": DESK | {"quota_yuan": "1.001"}}, r"desk\.quota_yuan: .*more decimals"),
        ({"desk": DESK | {"officers": 0}}, r"desk\.officers"),
        ({"desk": DESK | {"files_per_officer_month": -1}}, r"desk\.files_per_officer_month"),
        ({"desk": DESK | {"branches": ["999999"]}}, r"desk\.branches\.0: .*no prefecture '999999'"),
        ({"desk": DESK | {"branches": ["620100", "620100"]}}, r"desk\.branches: .*620100 is named twice"),
        ({"desk": {"officers": 1}}, r"desk\.quota_loans: Field required"),
        ({"desk": DESK | {"bank_staff": 9}}, r"desk\.bank_staff"),
        ({"places": ["110000"]}, r"places\.0: .*no prefecture '110000'"),
        ({"places": ["620100", "620100"]}, "620100 is named twice"),
        ({"service": SERVICE | {"reply_days": 0}}, r"service\.reply_days: .*greater than or equal to 1"),
        ({"service": SERVICE | {"reply_days": "3"}}, r"service\.reply_days"),
        ({"service": SERVICE | {"hours_to_apply": 0}}, r"service\.hours_to_apply"),
        ({"service": SERVICE | {"reply_days": 6}}, "money cannot come before the reply"),
        ({"stage": "old"}, "stage"),
        ({"value_zh": ""}, "value_zh"),
        ({"rate_rule": {"base": "shibor", "spread_bp": 1}}, r"rate_rule\.base"),
        ({"rate_rule": {"base": "lpr_1y", "spread_bp": 3001}}, r"rate_rule\.spread_bp"),
        ({"rate_rule": {"base": "lpr_1y", "spread_bp": "65"}}, r"rate_rule\.spread_bp"),
        ({"rate_rule": {"base": "lpr_1y", "spread_bp": 1, "floor": "0.05", "cap": "0.04"}}, "floor .* above its cap"),
    ],
)
def test_what_makes_no_sense_beside_the_price_is_refused_with_the_field(changes: Row, what: str) -> None:
    with pytest.raises(ProductError, match=what):
        read(**changes)
