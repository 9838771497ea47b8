"""Five hundred products of the benchmark of a whole province, drawn from a seed against a sample of its firms.

Five to seven clauses each, with ranges and sets; three in five have a limit table by tax rating, in half of these their
own; one in five has an `any`.
"""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from bench_match_firms import CODES

from matching.product import Guarantee, Product, Repayment, load_products

PRODUCTS = 500
AT_LEAST = (
    "age_months", "sales_12m_fen", "sales_6m_fen", "tax_paid_12m_fen", "taxable_sales_12m_fen", "buyers_12m",
    "suppliers_12m", "months_since_first_sale", "sales_months_12m", "insured_count", "gross_margin_ratio",
    "sales_growth_12m_ratio", "registered_capital_fen", "insured_growth_12m_ratio",
)  # fmt: skip
AT_MOST = (
    "sales_void_ratio_12m", "purchase_void_ratio_12m", "sales_red_letter_ratio_12m", "top_buyer_share_12m",
    "top_supplier_share_12m", "late_filings_12m", "unfiled_returns_24m", "tax_arrears_fen", "loan_balance_fen",
    "lenders_count", "max_days_past_due_24m", "zero_sales_months_12m", "days_since_last_invoice", "sales_cv_12m",
    "executed_open_count", "judgments_defendant_24m", "penalties_12m", "buyers_lost_12m_ratio",
)  # fmt: skip
RANGES = ("age_months", "sales_12m_fen", "insured_count", "sales_growth_12m_ratio", "buyers_12m", "gross_margin_ratio")
SETS = ("kind", "industry_section", "tax_rating", "worst_loan_class_24m", "registration_status")
MONEY = "_fen"
RATING_TABLES = 4
_PASSING = (0.63, 0.99)

Row = dict[str, Any]


def draw_products(sample: pa.Table, seed: int, count: int = PRODUCTS) -> tuple[Product, ...]:
    """Return the products; thresholds stand at quantiles of the sample."""
    draw = np.random.default_rng([seed, 77])
    known = {name: _known(sample, name) for name in {*AT_LEAST, *AT_MOST, *RANGES}}
    shared = [_rating_table(draw) for _ in range(RATING_TABLES)]
    rows = [_product(draw, known, shared, number) for number in range(count)]
    return load_products(json.dumps(rows))


def _known(sample: pa.Table, name: str) -> npt.NDArray[np.generic]:
    return sample.column(name).drop_null().to_numpy()


def _product(draw: np.random.Generator, known: dict[str, Any], shared: list[Row], number: int) -> Row:
    least = int(draw.choice([1, 2, 5, 10])) * 10_000
    most = least * int(draw.choice([10, 20, 30, 50]))
    limits = []
    if number % 5 < 3:  # three in five
        table = _rating_table(draw) if number % 2 else shared[number % RATING_TABLES]
        limits = [_limit(draw, table, least)]
    return {
        "id": f"p-{number:03d}",
        "name": f"产品{number}（合成）",
        "bank": f"bank-{number % 40:02d}",
        "bank_name": f"银行{number % 40}（合成）",
        "is_sample": True,
        "amount_min_yuan": least,
        "amount_max_yuan": most,
        "term_min_months": int(draw.choice([1, 3, 6])),
        "term_max_months": int(draw.choice([12, 24, 36, 60])),
        "annual_rate": f"{draw.integers(3_000, 9_500) / 100_000:.5f}",
        "repayment": str(draw.choice(sorted(Repayment))),
        "guarantee": str(draw.choice(sorted(Guarantee))),
        "limits": limits,
        "criteria": _criteria(draw, known, has_any=number % 5 == 4),
    }


def _criteria(draw: np.random.Generator, known: dict[str, Any], *, has_any: bool) -> list[Row]:
    count = int(draw.integers(5, 8))
    makers = [_bound, _bound, _bound, _range, _set]
    parts = [_set(draw, known), _range(draw, known)]
    while len(parts) < count - has_any:
        made = makers[int(draw.integers(len(makers)))](draw, known)
        if made["column"] not in {part["column"] for part in parts}:
            parts.append(made)
    if has_any:
        parts.append({"any": [_bound(draw, known, 0.5), _set(draw, known), _bound(draw, known, 0.4)]})
    return [{"id": f"c{place}", "require": part} for place, part in enumerate(parts)]


def _bound(draw: np.random.Generator, known: dict[str, Any], share: float | None = None) -> Row:
    passing = draw.uniform(*_PASSING) if share is None else share
    if draw.random() < 0.45:
        name = str(draw.choice(AT_LEAST))
        return {"column": name, "op": "at_least", "value": _written(name, np.quantile(known[name], 1 - passing))}
    name = str(draw.choice(AT_MOST))
    return {"column": name, "op": "at_most", "value": _written(name, np.quantile(known[name], passing))}


def _range(draw: np.random.Generator, known: dict[str, Any]) -> Row:
    name = str(draw.choice(RANGES))
    outside = 1 - draw.uniform(*_PASSING)
    part = draw.uniform(0.2, 0.8) * outside
    low, high = np.quantile(known[name], (part, 1 - outside + part))
    return {"column": name, "op": "between", "low": _written(name, low), "high": _written(name, high)}


def _set(draw: np.random.Generator, known: dict[str, Any]) -> Row:  # noqa: ARG001 (makers are called alike)
    name = str(draw.choice(SETS))
    levels = CODES[name]
    count = len(levels) - int(draw.integers(1, max(2, len(levels) // 3)))
    # The first levels are the common ones; one of the others goes.
    left_out = draw.choice(np.arange(1, len(levels)), len(levels) - count, replace=False)
    return {"column": name, "op": "in", "values": [one for place, one in enumerate(levels) if place not in left_out]}


def _rating_table(draw: np.random.Generator) -> Row:
    top = float(draw.uniform(0.2, 0.6))
    return {rating: round(top * part, 3) for rating, part in zip("ABM", (1.0, 0.7, 0.5), strict=True)}


def _limit(draw: np.random.Generator, table: Row, least_yuan: int) -> Row:
    if draw.random() < 0.5:
        shares = {rating: f"{share:.3f}" for rating, share in table.items()}
        return {"rule": "shares", "by": "tax_rating", "of": "sales_12m_fen", "shares": shares}
    caps = {rating: int(share * 100 * least_yuan) for rating, share in table.items()}
    return {"rule": "caps", "by": "tax_rating", "caps_yuan": caps}


def _written(name: str, value: float) -> int | str:
    if name.endswith(MONEY):
        return str(round(value) // 100)
    return f"{value:.6f}" if name.endswith(("ratio", "ratio_12m", "share_12m", "cv_12m")) else int(np.rint(value))
