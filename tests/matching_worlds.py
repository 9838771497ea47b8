"""Profiles and products for the tests of matching: small tables written by hand and random ones from hypothesis."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from features.dictionary import FEATURES
from matching.product import Product, load_products

AS_OF = date(2020, 2, 21)
TYPES = {"fen": pa.int64(), "ratio": pa.float64(), "log": pa.float64(), "score": pa.float64(), "code": pa.string()}
Row = dict[str, Any]
Edge = int | str

# Few values close to the bounds, so that ties, edges and disagreement are frequent.
MONEY_YUAN = ["-100", "0", "0.01", "100", "100.5", "99999.99", "100000"]
RATIOS = ["-0.3", "0", "0.1", "0.100001", "0.3", "1"]
COUNTS = [0, 1, 2, 12]
CODES = ["A", "B", "M", "D"]
POOL: Mapping[str, Sequence[Any]] = {
    "sales_12m_fen": MONEY_YUAN,
    "tax_arrears_fen": MONEY_YUAN,
    "sales_void_ratio_12m": RATIOS,
    "sales_growth_12m_ratio": RATIOS,
    "buyers_12m": COUNTS,
    "age_months": COUNTS,
    "tax_rating": CODES,
    "kind": ["company", "cooperative"],
}


def profiles(rows: Sequence[Row]) -> pa.Table:
    """Make profiles of rows in stored units; columns nobody names are absent, what a row does not name is missing."""
    named = dict.fromkeys(name for row in rows for name in row if name in FEATURES)
    columns = {name: pa.array([row.get(name) for row in rows], type=stored_type(name)) for name in named}
    return pa.table(
        {
            "enterprise": pa.array([row.get("enterprise", f"test:{place}") for place, row in enumerate(rows)]),
            "as_of": pa.array([AS_OF] * len(rows), type=pa.date32()),
            **columns,
        }
    )


def stored_type(name: str) -> pa.DataType:
    """Return the column type the engine gives."""
    unit = str(FEATURES[name].unit)
    return pa.date32() if unit == "day" else TYPES.get(unit, pa.int64())


def stored(name: str, edge: Edge) -> int | float | str:
    """Turn an edge value into the stored one: fen, double, whole number, code."""
    unit = str(FEATURES[name].unit)
    if unit == "fen":
        return int(Decimal(edge) * 100)
    return float(edge) if unit == "ratio" else edge


def product(**changes: object) -> Product:
    """Make a plain product from the file's keys; `changes` replace some."""
    row = {
        "id": "plain",
        "name": "测试贷",
        "bank": "some-bank",
        "bank_name": "某银行",
        "is_sample": True,
        "amount_min_yuan": 10000,
        "amount_max_yuan": 1000000,
        "term_min_months": 3,
        "term_max_months": 36,
        "annual_rate": "0.06",
        "repayment": "interest_monthly",
        "guarantee": "unsecured",
        "criteria": [clause("sales_12m", "sales_12m_fen", "at_least", 500000)],
    }
    return load_products(json.dumps([row | changes]))[0]


def clause(name: str, column: str, op: str, value: Edge, **words: str) -> Row:
    """Write a clause of one comparison."""
    return {"id": name, "require": {"column": column, "op": op, "value": value}, **words}


def rows() -> st.SearchStrategy[Row]:
    """Draw a row over the pool's columns, about a quarter of it missing."""
    columns = {
        name: st.sampled_from([stored(name, value) for value in values] + [None] * (len(values) // 3))
        for name, values in POOL.items()
    }
    return st.fixed_dictionaries(columns)


def conditions() -> st.SearchStrategy[Row]:
    """Draw a criteria tree over the pool's columns."""
    return st.recursive(_leaves(), _grown, max_leaves=8)


def _grown(parts: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda them: {"all": them}),
        several.map(lambda them: {"any": them}),
        parts.map(lambda one: {"not": one}),
    )


def _leaves() -> st.SearchStrategy[Row]:
    return st.one_of([_leaf(name) for name in POOL])


def _leaf(name: str) -> st.SearchStrategy[Row]:
    value = st.sampled_from(POOL[name])
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
