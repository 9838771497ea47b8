"""Firms of the benchmark of a whole province: columns of the dictionary with its shapes, drawn from a seed in pieces.

What firms supply (invoices, filings, ratings, loans, insurance) is missing by table and by cell; registers are not.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from features.columns import AS_OF, ENTERPRISE

PIECE = 50_000
PREFECTURES = ("620100", "620200", "620300", "620400", "620500", "620600", "620700", "620800", "620900", "621000",
               "621100", "621200", "622900", "623000")  # fmt: skip
SECTIONS = tuple("ABCDEFGHIKLMNOPQR")
RATINGS = tuple("ABMCD")
KINDS = ("company", "sole_proprietor", "cooperative", "family_farm")
CLASSES = ("none", "pass", "special_mention", "substandard")
STATUSES = ("active", "revoked", "cancelled")
CODES = {
    "kind": KINDS,
    "registration_status": STATUSES,
    "prefecture": PREFECTURES,
    "industry_section": SECTIONS,
    "tax_rating": RATINGS,
    "worst_loan_class_24m": CLASSES,
}
INVOICES = (
    "sales_3m_fen", "sales_6m_fen", "sales_12m_fen", "sales_24m_fen", "purchases_12m_fen", "sales_months_6m",
    "sales_months_12m", "zero_sales_months_12m", "sales_void_ratio_12m", "purchase_void_ratio_12m",
    "sales_red_letter_ratio_12m", "top_buyer_share_12m", "buyer_hhi_12m", "top_supplier_share_12m", "buyers_12m",
    "suppliers_12m", "buyers_new_12m_ratio", "buyers_lost_12m_ratio", "sales_growth_12m_ratio", "sales_cv_12m",
    "months_since_first_sale", "days_since_last_invoice", "gross_margin_ratio",
)  # fmt: skip
TAX = ("tax_rating", "tax_paid_12m_fen", "taxable_sales_12m_fen", "late_filings_12m", "unfiled_returns_24m",
       "tax_arrears_fen")  # fmt: skip
LOANS = ("loan_balance_fen", "lenders_count", "worst_loan_class_24m", "max_days_past_due_24m", "has_had_loan")
INSURANCE = ("insured_count", "insured_growth_12m_ratio")
SUPPLIED = (INVOICES, TAX, LOANS, INSURANCE)
REGISTERS = (
    "kind", "registration_status", "prefecture", "industry_section", "age_months", "registered_capital_fen",
    "executed_open_count", "dishonest_open_count", "judgments_defendant_24m", "penalties_12m", "honours_count",
    "is_high_tech",
)  # fmt: skip
FIRM_COLUMNS = (*REGISTERS, *INVOICES, *TAX, *LOANS, *INSURANCE)
ASKED = "amount_asked_fen"
_TABLE_MISSING, _CELL_MISSING = 0.08, 0.06

Floats = npt.NDArray[np.float64]


def write_snapshot(path: Path, firms: int, seed: int) -> None:
    """Write a snapshot of so many firms, piece by piece; the first pieces of a longer one are those of a shorter."""
    writer = None
    for number, first in enumerate(range(0, firms, PIECE)):
        piece = firm_piece(number, seed).slice(0, min(PIECE, firms - first))
        writer = writer or pq.ParquetWriter(path, piece.schema, compression="zstd")
        writer.write_table(piece)
    if writer is not None:
        writer.close()


def firm_piece(number: int, seed: int) -> pa.Table:
    """Return one piece of `PIECE` firms."""
    draw = np.random.default_rng([seed, number])
    columns = {**_registers(draw), **_money(draw)}
    columns = {name: columns[name] for name in (*FIRM_COLUMNS, ASKED)}
    missing = _missing(draw)
    arrays = {name: _array(name, values, missing.get(name)) for name, values in columns.items()}
    ids = pa.array([f"bench:{number * PIECE + place:08d}" for place in range(PIECE)])
    days = pa.array(np.full(PIECE, 20_000, dtype=np.int32)).cast(pa.date32())
    return pa.table({ENTERPRISE: ids, AS_OF: days, **arrays})


def _array(name: str, values: npt.NDArray[np.generic], missing: npt.NDArray[np.bool_] | None) -> pa.Array:
    if name in CODES:
        return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int8), mask=missing), pa.array(CODES[name]))
    return pa.array(values, mask=missing)


def _registers(draw: np.random.Generator) -> dict[str, npt.NDArray[np.generic]]:
    def code(name: str, weights: tuple[float, ...]) -> npt.NDArray[np.int64]:
        return draw.choice(len(CODES[name]), PIECE, p=np.array(weights) / sum(weights))

    return {
        "kind": code("kind", (0.7, 0.18, 0.08, 0.04)),
        "registration_status": code("registration_status", (0.97, 0.01, 0.02)),
        "prefecture": code("prefecture", tuple(1 / (2 + place) for place in range(len(PREFECTURES)))),
        "industry_section": code("industry_section", tuple(1 / (3 + place) for place in range(len(SECTIONS)))),
        "age_months": draw.gamma(2.0, 36.0, PIECE).astype(np.int64),
        "registered_capital_fen": _fen(18.5 + 1.3 * draw.standard_normal(PIECE)),
        "executed_open_count": draw.poisson(0.03, PIECE),
        "dishonest_open_count": draw.poisson(0.01, PIECE),
        "judgments_defendant_24m": draw.poisson(0.12, PIECE),
        "penalties_12m": draw.poisson(0.06, PIECE),
        "honours_count": draw.poisson(0.15, PIECE),
        "is_high_tech": (draw.random(PIECE) < 0.05).astype(np.int64),
    }


def _fen(logs: Floats) -> npt.NDArray[np.int64]:
    return np.exp(np.minimum(logs, 32.0)).astype(np.int64)


def _share(draw: np.random.Generator, mean: float, firmness: float) -> Floats:
    # Ratios of a profile are quotients of whole numbers: many ties, few decimals here.
    return np.round(draw.beta(mean * firmness, (1 - mean) * firmness, PIECE), 4)


def _money(draw: np.random.Generator) -> dict[str, npt.NDArray[np.generic]]:
    size, quality = draw.standard_normal(PIECE), draw.standard_normal(PIECE)
    noise = lambda width: width * draw.standard_normal(PIECE)  # noqa: E731 (a word for the lines below)
    sales = 18.4 + 1.2 * size
    months = np.clip(draw.poisson(np.clip(10.5 + quality, 1.0, None)), 0, 12)
    rating = np.digitize(quality + noise(0.6), (1.2, -0.4, -1.0, -1.7))
    paid = _fen(sales - 3.6 + noise(0.5))
    had_loan = draw.random(PIECE) < 0.45
    late = np.where(had_loan, draw.poisson(np.exp(-1.8 - 0.8 * quality)), 0)
    return {
        "sales_3m_fen": _fen(sales - 1.4 + noise(0.3)),
        "sales_6m_fen": _fen(sales - 0.7 + noise(0.2)),
        "sales_12m_fen": _fen(sales),
        "sales_24m_fen": _fen(sales + 0.65 + noise(0.1)),
        "purchases_12m_fen": _fen(sales - 0.4 + noise(0.4)),
        "sales_months_6m": np.minimum(months, 6),
        "sales_months_12m": months,
        "zero_sales_months_12m": 12 - months,
        "sales_void_ratio_12m": _share(draw, 0.05, 12.0),
        "purchase_void_ratio_12m": _share(draw, 0.04, 12.0),
        "sales_red_letter_ratio_12m": _share(draw, 0.03, 12.0),
        "top_buyer_share_12m": _share(draw, 0.45, 4.0),
        "buyer_hhi_12m": _share(draw, 0.3, 4.0),
        "top_supplier_share_12m": _share(draw, 0.4, 4.0),
        "buyers_12m": draw.poisson(np.exp(np.minimum(1.8 + 0.6 * size, 6.0))),
        "suppliers_12m": draw.poisson(np.exp(np.minimum(1.6 + 0.5 * size, 6.0))),
        "buyers_new_12m_ratio": _share(draw, 0.4, 4.0),
        "buyers_lost_12m_ratio": _share(draw, 0.35, 4.0),
        "sales_growth_12m_ratio": np.round(0.08 * quality + noise(0.3), 4),
        "sales_cv_12m": np.round(np.exp(-0.7 + noise(0.5)), 4),
        "months_since_first_sale": draw.gamma(2.0, 24.0, PIECE).astype(np.int64),
        "days_since_last_invoice": draw.exponential(25.0, PIECE).astype(np.int64),
        "gross_margin_ratio": np.round(0.2 + 0.05 * quality + noise(0.15), 4),
        "tax_rating": rating,
        "tax_paid_12m_fen": paid,
        "taxable_sales_12m_fen": _fen(sales - 0.1 + noise(0.2)),
        "late_filings_12m": draw.poisson(np.exp(-1.2 - 0.6 * quality)),
        "unfiled_returns_24m": draw.poisson(np.exp(-2.4 - 0.6 * quality)),
        "tax_arrears_fen": np.where(draw.random(PIECE) < 0.05, paid // 4, 0),
        "loan_balance_fen": np.where(had_loan, _fen(sales - 1.2 + noise(0.8)), 0),
        "lenders_count": np.where(had_loan, 1 + draw.poisson(0.6, PIECE), 0),
        "worst_loan_class_24m": np.where(had_loan, 1 + np.digitize(late, (1, 3)), 0),
        "max_days_past_due_24m": late * 9,
        "has_had_loan": had_loan.astype(np.int64),
        "insured_count": draw.poisson(np.exp(np.minimum(1.7 + 0.7 * size, 7.0))),
        "insured_growth_12m_ratio": np.round(0.05 * quality + noise(0.2), 4),
        ASKED: _fen(sales - 1.6 + noise(0.7)) // 1_000_000 * 1_000_000 + 1_000_000,
    }


def _missing(draw: np.random.Generator) -> dict[str, npt.NDArray[np.bool_]]:
    missing = {}
    for table in SUPPLIED:
        withheld = draw.random(PIECE) < _TABLE_MISSING
        for name in table:
            missing[name] = withheld | (draw.random(PIECE) < _CELL_MISSING)
    return missing
