"""The whole grammar of criteria, drawn at random: days counted back, ratios, references, every operator."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from matching_worlds import POOL, Row, stored

from features.dictionary import FEATURES

DAYS = [date(2019, 11, 30), date(2020, 1, 21), date(2020, 2, 20), date(2020, 2, 21), date(2020, 3, 31)]
BEFORE = [{"days_before": n} for n in (0, 1, 31, 366)] + [{"months_before": n} for n in (0, 1, 3, 12)]
DAY_COLUMNS = ("last_invoice_on", "last_sale_on")
# Pairs of one unit, and amounts whose quotients lie on, beside and far from the bounds.
DIVIDED = [
    ("loan_balance_fen", "sales_12m_fen"),
    ("sales_12m_fen", "purchases_12m_fen"),
    ("suppliers_12m", "buyers_12m"),
    ("zero_sales_months_12m", "age_months"),
]
PARTS = ["-1", "0", "0.333333", "0.333334", "0.5", 1, "2.000001", 12]
MONEY = [None, -100, 0, 1, 3, 100_00, 100_01, 300_00, 10**15, 2**53, 2**53 + 1, 2**63 - 1]
COUNTS = [None, 0, 1, 2, 3, 12]
MORE: dict[str, list[Any]] = {
    **dict.fromkeys(("loan_balance_fen", "sales_12m_fen", "purchases_12m_fen"), MONEY),
    **dict.fromkeys(("suppliers_12m", "buyers_12m", "zero_sales_months_12m", "age_months"), COUNTS),
    **{name: [*DAYS, None] for name in DAY_COLUMNS},
}


def whole_rows() -> st.SearchStrategy[Row]:
    """Draw a row over all columns that `whole_conditions` reads, a part of it missing."""
    plain = {
        name: st.sampled_from([stored(name, value) for value in values] + [None] * 2)
        for name, values in POOL.items()
        if name not in MORE
    }
    return st.fixed_dictionaries(plain | {name: st.sampled_from(values) for name, values in MORE.items()})


def whole_leaves() -> st.SearchStrategy[Row]:
    """Draw a comparison of any kind."""
    days = st.builds(
        lambda name, op, value: {"column": name, "op": op, "value": value},
        st.sampled_from(DAY_COLUMNS),
        st.sampled_from(["at_least", "at_most", "above", "below", "equals"]),
        st.sampled_from([*BEFORE, *(day.isoformat() for day in DAYS)]),
    )
    span = st.builds(
        lambda name, first, length: {
            "column": name,
            "op": "between",
            "low": first.isoformat(),
            "high": (first + timedelta(days=length)).isoformat(),
        },
        st.sampled_from(DAY_COLUMNS),
        st.sampled_from(DAYS),
        st.integers(0, 60),
    )
    ratios = st.builds(
        lambda pair, op, value: {"column": pair[0], "over": pair[1], "op": op, "value": value},
        st.sampled_from(DIVIDED),
        st.sampled_from(["at_least", "at_most", "above", "below"]),
        st.sampled_from(PARTS),
    )
    return st.one_of(days, span, ratios, ratios, st.sampled_from(sorted(POOL)).flatmap(_plain))


def _plain(name: str) -> st.SearchStrategy[Row]:
    value = st.sampled_from(list(POOL[name]))
    among = st.lists(value, min_size=1, max_size=3, unique=True).map(
        lambda them: {"column": name, "op": "in", "values": them}
    )
    if str(FEATURES[name].unit) == "code":
        return among | value.map(lambda one: {"column": name, "op": "equals", "value": one})
    ops = st.sampled_from(["at_least", "at_most", "above", "below", "equals"])
    compared = st.builds(lambda op, one: {"column": name, "op": op, "value": one}, ops, value)
    between = st.lists(value, min_size=2, max_size=2).map(lambda two: _range(name, two))
    return st.one_of(among, compared, between)


def _range(name: str, two: list[Any]) -> Row:
    low, high = sorted(two, key=Decimal)
    return {"column": name, "op": "between", "low": low, "high": high}


def whole_conditions(referred: tuple[str, ...] = ()) -> st.SearchStrategy[Row]:
    """Draw a condition that may refer to the clauses named."""
    leaves = whole_leaves()
    if referred:
        leaves |= st.sampled_from(referred).map(lambda name: {"clause": name})
    return st.recursive(leaves, _grown, max_leaves=5).filter(lambda one: _depth(one) <= MOST_DEEP)


MOST_DEEP = 4


def _grown(parts: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda them: {"all": them}),
        several.map(lambda them: {"any": them}),
        parts.map(lambda one: {"not": one}),
    )


def _depth(condition: Row) -> int:
    parts = condition.get("all") or condition.get("any") or ([condition["not"]] if "not" in condition else [])
    return 1 + max(map(_depth, parts)) if parts else 0


def whole_criteria() -> st.SearchStrategy[list[Row]]:
    """Draw two or three clauses; each may refer to the one before it, so that nothing loops or grows too deep."""
    first = whole_conditions().map(lambda one: {"id": "c0", "require": one})
    second = whole_conditions(("c0",)).map(lambda one: {"id": "c1", "require": one})
    return st.tuples(first, second, st.sampled_from(["public", "range", "bank_only"])).map(_as_product)


def _as_product(drawn: tuple[Row, Row, str]) -> list[Row]:
    first, second, shown = drawn
    return [first if shown == "public" else first | {"shown": shown}, second]
