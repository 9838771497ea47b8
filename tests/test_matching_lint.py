"""Products reviewed: contradictions against brute force over the critical points, and each other finding by hand."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from itertools import product as every
from operator import eq, ge, gt, le, lt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import Row, clause, conditions, product
from oracle_criteria import told

from features.dictionary import FEATURES
from matching.criteria import Clause, leaves
from matching.labels import CODES
from matching.lint import Finding, FindingKind, Severity, review
from matching.product import Product, sample_products

Bounds = dict[str, set[Any]]
CLOSED = {name: tuple(CODES[name]) for name in ("kind", "tax_rating")}


def demands(*conditions_: Row, **changes: object) -> Product:
    clauses = [{"id": f"c{place}", "require": one} for place, one in enumerate(conditions_)]
    return product(criteria=clauses, **changes)


def found(of: Product, kind: FindingKind, severity: Severity | None = None) -> list[Finding]:
    return [one for one in review(of) if one.kind is kind and severity in (None, one.severity)]


# Brute force: one value at, beside and between all the bounds of every column, all combinations.


def critical(clauses: Sequence[Row]) -> dict[str, list[Any]]:
    bounds: Bounds = {}
    for one in clauses:
        for leaf in leaves(Clause.model_validate({"id": "c", "require": one}).require):
            written = leaf.model_dump()
            values = [written[key] for key in ("value", "low", "high") if key in written]
            bounds.setdefault(leaf.column, set()).update([*values, *written.get("values", ())])
    return {name: list(_points(name, values)) for name, values in bounds.items()}


def _points(name: str, values: set[Any]) -> Iterator[Any]:
    unit = str(FEATURES[name].unit)
    if unit == "code":
        yield from CLOSED[name]
        return
    if unit == "ratio":
        at = sorted({Decimal(one) for one in values})
        between = [(low + high) / 2 for low, high in pairwise(at)]
        yield from (float(one) for one in [at[0] - 1, *at, *between, at[-1] + 1])
        return
    scale = 100 if unit == "fen" else 1
    steps = {int(Decimal(one) * scale) + shift for one in values for shift in (-1, 0, 1)}
    yield from sorted(step for step in steps if unit == "fen" or step >= 0)


def somebody_fits(clauses: Sequence[Row]) -> bool:
    points = critical(clauses)
    rows = (dict(zip(points, values, strict=True)) for values in every(*points.values()))
    return any(all(told(one, row) is True for one in clauses) for row in rows)


def reads_few(clauses: Sequence[Row]) -> bool:
    size = 1
    for values in critical(clauses).values():
        size *= len(values)
    return size <= 3_000


@settings(max_examples=150, deadline=None)
@given(st.lists(conditions(), min_size=1, max_size=4).filter(reads_few))
def test_a_contradiction_is_found_where_no_critical_point_fits_and_nowhere_else(clauses: list[Row]) -> None:
    contrary = found(demands(*clauses), FindingKind.contradiction)
    assert bool(contrary) == (not somebody_fits(clauses))
    if contrary:
        core = [clauses[int(name[1:])] for name in contrary[0].clauses]
        assert not somebody_fits(core)
        assert all(somebody_fits([one for one in core if one is not left]) for left in core if len(core) > 1)


# Of ratios and of days counted back a contradiction may be missed, but is never claimed where somebody fits.

AMOUNTS = range(13)
MONTH_ENDS = [date(2026, 3, 31), date(2026, 3, 1), date(2024, 2, 29), date(2026, 1, 15)]
OPS = st.sampled_from(["at_least", "at_most", "above", "below"])
HOLDS = {"at_least": ge, "at_most": le, "above": gt, "below": lt, "equals": eq}


def _negated(leaf: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    return leaf | leaf.map(lambda one: {"not": one})


AMOUNT_LEAVES = _negated(
    st.builds(
        lambda name, op, value: {"column": name, "op": op, "value": value},
        st.sampled_from(["loan_balance_fen", "sales_12m_fen"]),
        OPS,
        st.integers(0, 12),
    )
    | st.builds(
        lambda op, value: {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": op, "value": value},
        OPS,
        st.sampled_from(["0", "0.25", "0.5", "1", "2"]),
    )
)
DAY_LEAVES = _negated(
    st.builds(
        lambda op, back: {"column": "last_sale_on", "op": op, "value": back},
        OPS | st.just("equals"),
        st.integers(0, 95).map(lambda days: {"days_before": days})
        | st.integers(0, 3).map(lambda months: {"months_before": months}),
    )
)


def _amount_told(leaf: Row, loans: int, sales: int) -> bool | None:
    if "not" in leaf:
        inner = _amount_told(leaf["not"], loans, sales)
        return None if inner is None else not inner
    if "over" in leaf:
        return None if sales == 0 else HOLDS[leaf["op"]](Fraction(loans, sales), Fraction(leaf["value"]))
    return bool(HOLDS[leaf["op"]](loans if leaf["column"].startswith("loan") else sales, leaf["value"]))


def _day_told(leaf: Row, day: date, as_of: date) -> bool:
    if "not" in leaf:
        return not _day_told(leaf["not"], day, as_of)
    back = leaf["value"]
    if "days_before" in back:
        bound = as_of - timedelta(days=back["days_before"])
    else:
        bound = (pd.Timestamp(as_of) - pd.DateOffset(months=back["months_before"])).date()
    return bool(HOLDS[leaf["op"]](day, bound))


@settings(max_examples=200, deadline=None)
@given(st.lists(AMOUNT_LEAVES, min_size=1, max_size=4))
def test_no_contradiction_is_claimed_of_ratios_where_somebody_fits(clauses: list[Row]) -> None:
    fits = any(
        all(_amount_told(one, loans, sales) is True for one in clauses) for loans in AMOUNTS for sales in AMOUNTS
    )
    if fits:
        # Nor is it refused as dividing by what another clause demands to be nothing.
        assert not found(demands(*clauses), FindingKind.contradiction)


@settings(max_examples=100, deadline=None)
@given(st.lists(DAY_LEAVES, min_size=1, max_size=3))
def test_no_contradiction_is_claimed_of_days_where_somebody_fits(clauses: list[Row]) -> None:
    fits = any(
        all(_day_told(one, as_of - timedelta(days=back), as_of) for one in clauses)
        for as_of in MONTH_ENDS
        for back in range(100)
    )
    if fits:
        assert not found(demands(*clauses), FindingKind.contradiction)


AGE_24 = {"column": "age_months", "op": "at_least", "value": 24}
AGE_12 = {"column": "age_months", "op": "below", "value": 12}
SALES = {"column": "sales_12m_fen", "op": "at_least", "value": 100_000}
RATED = {"column": "tax_rating", "op": "in", "values": ["A", "B"]}
LOANS_TO_SALES = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"}

CONTRARY: list[tuple[list[Row], tuple[str, ...]]] = [
    ([SALES, AGE_24, AGE_12], ("c1", "c2")),
    ([RATED, {"not": {"column": "tax_rating", "op": "in", "values": ["A", "B"]}}], ("c0", "c1")),
    ([{"column": "buyers_12m", "op": "below", "value": 0}], ("c0",)),
    ([{"column": "has_had_loan", "op": "equals", "value": 2}], ("c0",)),
    ([{"all": [AGE_24, {"any": [AGE_12, {"not": AGE_24}]}]}], ("c0",)),
    (
        [{"any": [AGE_12, SALES]}, AGE_24, {"column": "sales_12m_fen", "op": "below", "value": "100000"}],
        ("c0", "c1", "c2"),
    ),
    # At most half of at most 100,000 yuan is never 60,000.
    (
        [
            LOANS_TO_SALES,
            {"column": "loan_balance_fen", "op": "at_least", "value": 60_000},
            {"column": "sales_12m_fen", "op": "at_most", "value": 100_000},
        ],
        ("c0", "c1", "c2"),
    ),
    ([LOANS_TO_SALES, {**LOANS_TO_SALES, "op": "above"}], ("c0", "c1")),
    (
        [LOANS_TO_SALES, {"any": [AGE_12, {"column": "sales_12m_fen", "op": "below", "value": 0}]}, AGE_24],
        ("c0", "c1", "c2"),
    ),
    (
        [
            {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 30}},
            {"column": "last_sale_on", "op": "below", "value": {"months_before": 2}},
        ],
        ("c0", "c1"),
    ),
]


@pytest.mark.parametrize(("clauses", "core"), CONTRARY)
def test_what_cannot_hold_together_is_named_and_nothing_else(clauses: list[Row], core: tuple[str, ...]) -> None:
    contrary = found(demands(*clauses), FindingKind.contradiction)
    assert [one.clauses for one in contrary] == [core]
    assert contrary[0].severity is Severity.error


@pytest.mark.parametrize(
    "clauses",
    [
        # Exactly half, with the least sales.
        [
            LOANS_TO_SALES,
            {"column": "loan_balance_fen", "op": "at_least", "value": 50_000},
            {"column": "sales_12m_fen", "op": "at_most", "value": 100_000},
        ],
        # 31 days may be more than a month before.
        [
            {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 31}},
            {"column": "last_sale_on", "op": "below", "value": {"months_before": 1}},
        ],
        [{"not": {"column": "last_sale_on", "op": "equals", "value": {"months_before": 1}}}],
        [
            {"column": "sales_void_ratio_12m", "op": "above", "value": "0.1"},
            {"column": "sales_void_ratio_12m", "op": "below", "value": "0.100001"},
        ],
    ],
)
def test_what_may_hold_is_not_called_a_contradiction(clauses: list[Row]) -> None:
    assert not found(demands(*clauses), FindingKind.contradiction)


def test_parts_that_never_decide_are_told_with_their_place() -> None:
    dead = demands(AGE_24, {"any": [AGE_12, SALES]})
    assert [one.words.zh for one in found(dead, FindingKind.unreachable)] == [
        "“成立不满1年，或近12个月开票销售额不低于10万元”的第1个分支不起作用：与其余条件矛盾，永远不能满足"
    ]
    implied = demands({"any": [AGE_24, {"all": [{**AGE_24, "value": 36}, RATED]}]})
    assert [one.clauses for one in found(implied, FindingKind.unreachable)] == [("c0",)]


def test_a_part_that_decides_where_another_fact_is_missing_is_not_idle() -> None:
    # Sales of 6 months can never decide beside those of 12 only if a firm with the one always had the other.
    either = demands(
        {"any": [SALES, {"column": "taxable_sales_12m_fen", "op": "at_least", "value": 100_000}]},
    )
    assert not found(either, FindingKind.unreachable)
    # Sales below 100,000 fail the first part, missing sales leave it open: only the second fact can then decide.
    wide = {"any": [{"any": [SALES, {"not": SALES}]}, AGE_24]}
    assert [one.words.zh.split("：")[0] for one in found(demands(wide), FindingKind.unreachable)] == []


CAPS = {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 500_000, "B": 5_000, "M": 300_000}}


def test_limit_tables_that_give_nothing_are_told_code_by_code() -> None:
    rated = {"column": "tax_rating", "op": "in", "values": ["A", "B", "C"]}
    told_of = demands(rated, limits=[CAPS])
    witnesses = {(one.kind, one.witness.zh) for one in review(told_of) if one.witness is not None}
    assert witnesses == {
        (FindingKind.gap, "C级"),
        (FindingKind.unreachable, "M级"),
        (FindingKind.unreachable, "B级"),
    }
    assert not found(demands({**rated, "values": ["A"]}, limits=[CAPS]), FindingKind.gap)


def test_a_least_loan_above_every_limit_is_an_error() -> None:
    few = demands(
        {"column": "sales_12m_fen", "op": "at_most", "value": "99999.99"},
        limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.1"}],
    )
    assert len(found(few, FindingKind.unreachable, Severity.error)) == 1
    enough = demands(
        {"column": "sales_12m_fen", "op": "at_most", "value": "100000"},
        limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.1"}],
    )
    assert not found(enough, FindingKind.unreachable)
    rated = demands({"column": "tax_rating", "op": "equals", "value": "B"}, limits=[CAPS])
    assert len(found(rated, FindingKind.unreachable, Severity.error)) == 1


def by_effect(of: Product) -> list[tuple[Severity, str | None]]:
    return [(one.severity, one.witness and one.witness.zh) for one in found(of, FindingKind.discriminatory)]


OTHERS = [code for code in CODES["kind"] if code != "sole_proprietor"]


@pytest.mark.parametrize(
    "require",
    [
        {"not": {"column": "kind", "op": "equals", "value": "sole_proprietor"}},
        {"column": "kind", "op": "in", "values": OTHERS},
        {"any": [{"column": "kind", "op": "equals", "value": code} for code in OTHERS]},
    ],
)
def test_whoever_is_left_out_by_kind_needs_a_public_reason_however_it_is_written(require: Row) -> None:
    bare = [{"id": "kind", "require": require}]
    assert by_effect(product(criteria=bare)) == [(Severity.error, "个体工商户")]
    reason = {"reason_zh": "须以法人名义签约"}
    assert by_effect(product(criteria=[bare[0] | reason])) == [(Severity.warning, "个体工商户")]
    assert by_effect(product(criteria=[bare[0] | reason | {"shown": "bank_only"}])) == [(Severity.error, "个体工商户")]


def test_a_limit_table_by_kind_that_gives_nothing_leaves_out() -> None:
    caps = dict.fromkeys(OTHERS, 500_000)
    table = {"rule": "caps", "by": "kind", "caps_yuan": caps}
    everybody = table | {"caps_yuan": caps | {"sole_proprietor": 10_000}}
    assert by_effect(demands(AGE_24, limits=[table])) == [(Severity.error, "个体工商户")]
    # The least that is lent is 10,000 yuan.
    assert by_effect(demands(AGE_24, limits=[everybody])) == [(Severity.warning, None)]
    nearly = table | {"caps_yuan": caps | {"sole_proprietor": 9_999}}
    assert by_effect(demands(AGE_24, limits=[nearly])) == [(Severity.error, "个体工商户")]


def test_kinds_of_different_terms_are_told() -> None:
    unequal = {"any": [{"not": clause("c", "kind", "equals", "cooperative")["require"]}, AGE_24]}
    assert [one.severity for one in found(demands(unequal), FindingKind.discriminatory)] == [Severity.warning]


def desk(*branches: str) -> Row:
    return {"branches": branches, "quota_loans": 9, "officers": 2, "files_per_officer_month": 4}


LANZHOU = {"column": "prefecture", "op": "in", "values": ["620100", "620400"]}


def test_a_demand_on_the_place_needs_the_area_of_lending_or_a_public_fund() -> None:
    bare = found(demands(LANZHOU), FindingKind.discriminatory)
    assert [(one.severity, one.column) for one in bare] == [(Severity.error, "prefecture")]
    both = ["620100", "620400"]
    # Said of itself, it excuses nothing: neither places, nor a fund, nor a desk that is online or elsewhere too.
    for lent in (
        {"places": both},
        {"guarantee": "government_fund"},
        {"places": both, "desk": desk()},
        {"places": both, "desk": desk(*both, "620300")},
    ):
        assert [one.severity for one in found(demands(LANZHOU, **lent), FindingKind.discriminatory)] == [Severity.error]
        stated = {"id": "c0", "require": LANZHOU, "reason_zh": "风险补偿只在两市"}
        told_why = found(product(criteria=[stated], **lent), FindingKind.discriminatory)
        assert [one.severity for one in told_why] == [Severity.warning]
    assert not found(demands(LANZHOU, places=both, desk=desk("620100")), FindingKind.discriminatory)
    # Lent in Jinchang too, whose firms are shut out.
    inside = found(demands(LANZHOU, places=["620100", "620300"]), FindingKind.discriminatory)
    assert [one.severity for one in inside] == [Severity.error]
    gansu = {"column": "province", "op": "equals", "value": "620000"}
    assert not found(demands(gansu, places=["620100"], desk=desk("620100")), FindingKind.discriminatory)
    assert found(demands({**gansu, "value": "610000"}, places=["620100"]), FindingKind.discriminatory)


def test_the_age_of_the_owner_is_told_and_allowed() -> None:
    aged = demands({"column": "owner_age", "op": "between", "low": 18, "high": 60})
    assert [one.severity for one in found(aged, FindingKind.discriminatory)] == [Severity.warning]


def test_a_gap_between_alternatives_has_a_witness() -> None:
    def staff(first: str, second: str) -> Row:
        small = {"all": [clause("c", "insured_count", first, 100)["require"], SALES]}
        return {"any": [small, {"all": [clause("c", "insured_count", second, 100)["require"], RATED]}]}

    gap = found(demands(staff("below", "above")), FindingKind.gap)
    assert [(one.column, one.witness and one.witness.zh) for one in gap] == [("insured_count", "100人")]
    assert not found(demands(staff("at_most", "above")), FindingKind.gap)
    # Where another clause shuts the gap out, nobody falls into it.
    assert not found(
        demands(staff("below", "above"), {"column": "insured_count", "op": "above", "value": 100}), FindingKind.gap
    )
    shares = {"any": [clause("c", "top_buyer_share_12m", op, "0.3")["require"] for op in ("below", "above")]}
    assert [one.witness and one.witness.zh for one in found(demands(shares), FindingKind.gap)] == ["30%"]


def test_facts_that_decide_alone_are_named_and_denials_are_told() -> None:
    either = {"any": [SALES, {"column": "taxable_sales_12m_fen", "op": "at_least", "value": 100_000}]}
    notes = found(
        demands(AGE_24, either, {"not": clause("c", "tax_rating", "equals", "D")["require"]}), FindingKind.missing
    )
    assert [one.column for one in notes] == ["age_months", "tax_rating", None]
    assert all(one.severity is Severity.note for one in notes)
    assert notes[-1].clauses == ("c2",)


@pytest.mark.parametrize("one", sample_products(), ids=lambda one: one.id)
def test_the_packaged_products_hold_no_error(one: Product) -> None:
    assert [item.words.zh for item in review(one, date(2026, 11, 24)) if item.severity is Severity.error] == []


def test_two_hundred_alternatives_are_reviewed_soon_enough() -> None:
    hard = [{"any": [clause("c", "buyers_12m", "equals", place)["require"] for place in range(10)]} for _ in range(19)]
    shut = {"column": "buyers_12m", "op": "above", "value": 10}
    assert found(demands(*hard, shut), FindingKind.contradiction)


def test_a_published_rate_is_that_of_its_rule_on_the_day() -> None:
    def priced(day: date | None, **rule: object) -> list[Severity]:
        lent = demands(AGE_24, annual_rate="0.0525", rate_rule={"base": "lpr_1y", "spread_bp": 225, **rule})
        return [one.severity for one in review(lent, day) if one.kind is FindingKind.price]

    # LPR 3.00 % from 2025-05-20, 3.10 % before.
    assert priced(date(2025, 5, 20)) == priced(None) == []
    assert priced(date(2025, 5, 19)) == [Severity.error]
    assert priced(date(2025, 5, 19), cap="0.0525") == []
    assert priced(date(2019, 8, 19)) == [Severity.error]
    assert not [one for one in review(demands(AGE_24), date(2019, 8, 19)) if one.kind is FindingKind.price]
