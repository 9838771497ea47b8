"""Rows of the accepted tables in their stored form: each made whole from what a test cares about."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE, INVOICES, ISSUED_ON, KNOWN_ON, KNOWN_ON_BASIS, ROW_ID, SUPERSEDED_ON
from features.engine import ArrowSources
from features.tables import TABLES, stored_schema

FIRM = "uscc:91620100MA0000000X"
_DAY = date(2023, 5, 10)
_PRESET: dict[str, dict[str, Any]] = {
    "enterprises": {"name": "甲公司"},
    "tax_ratings": {"rating_year": 2022, "rating": "A", "published_on": _DAY},
    "tax_filings": {
        "tax": "vat",
        "period_end": _DAY,
        "due_on": _DAY,
        "taxable_sales_fen": 0,
        "tax_payable_fen": 0,
        "tax_paid_fen": 0,
    },
    "tax_arrears": {"tax": "vat", "arisen_on": _DAY, "amount_fen": 1},
    "invoices": {
        "direction": "sale",
        "invoice_no": "1",
        "issued_on": _DAY,
        "counterparty": "B1",
        "amount_fen": 100,
        "tax_fen": 0,
        "total_fen": 0,
        "is_void": False,
    },
    "loans": {
        "loan_no": "L1",
        "reported_on": _DAY,
        "lender": "甲银行",
        "principal_fen": 1,
        "balance_fen": 0,
        "annual_rate_ppm": 40_000,
        "drawn_on": _DAY,
        "due_on": _DAY,
        "loan_class": "pass",
        "days_past_due": 0,
    },
    "judgments": {"case_no": "1", "role": "defendant", "decided_on": _DAY},
    "penalties": {"decision_no": "1", "grade": "minor", "decided_on": _DAY},
    "registration_changes": {"change": "legal_representative", "changed_on": _DAY},
    "honours": {"honour": "high_tech", "granted_on": _DAY},
    "social_insurance": {"period_end": _DAY, "insured_count": 1, "payable_fen": 0, "paid_fen": 0},
    "requests": {"request_no": "R1", "requested_on": _DAY, "amount_fen": 1, "term_months": 12},
    "shown": {"request_no": "R1", "product": "p", "shown_on": _DAY, "position": 1, "list_order": "random"},
    "applications": {"request_no": "R1", "product": "p", "applied_on": _DAY, "amount_fen": 1, "term_months": 12},
    "decisions": {"request_no": "R1", "product": "p", "decided_on": _DAY, "outcome": "granted"},
}


def fact(table: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - values of any column
    """Return a stored row; it is known on its event day where nothing else is given."""
    row = {ENTERPRISE: FIRM, KNOWN_ON_BASIS: "recorded", ROW_ID: 0} | _PRESET[table] | given
    row.setdefault(KNOWN_ON, row.get(TABLES[table].event_on) or _DAY)
    return {name: row.get(name) for name in stored_schema(TABLES[table]).names}


def sources(rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> ArrowSources:
    """Return the tables of these rows, and no others."""
    return ArrowSources({name: table_of(name, some) for name, some in rows.items()})


def table_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the rows as an Arrow table in the stored schema."""
    return pa.Table.from_pylist(list(rows), schema=stored_schema(TABLES[name]))


def asked(*pairs: tuple[str, date]) -> pa.Table:
    """Return the table of asked pairs."""
    return pa.table(
        {
            ENTERPRISE: pa.array([name for name, _ in pairs], pa.string()),
            AS_OF: pa.array([day for _, day in pairs], pa.date32()),
        }
    )


def generated_invoices(rows: int, firms: int, seed: int) -> pa.Table:
    """Return invoices of four years to the end of 2023: amounts of all sizes, red letters, void and late-known ones."""
    rng = np.random.default_rng(seed)
    last = np.datetime64("2023-12-31").astype(np.int64)
    issued = last - rng.integers(0, 4 * 365, rows)
    amount = np.round(np.exp(rng.normal(11, 3, rows))).astype(np.int64) * np.where(rng.random(rows) < 0.03, -1, 1)
    late = np.where(rng.random(rows) < 0.1, rng.integers(1, 90, rows), 0)
    superseded = issued + late + rng.integers(1, 400, rows)
    tax = amount * rng.choice([0, 3, 13], rows) // 100
    columns: dict[str, Any] = {
        ENTERPRISE: pa.array([f"uscc:G{number:06d}" for number in range(firms)]).take(
            pa.array(rng.integers(0, firms, rows))
        ),
        "direction": pa.array(["sale", "purchase"]).take(pa.array(rng.integers(0, 2, rows))),
        "invoice_no": pa.array(rng.integers(0, 10**8, rows)).cast(pa.string()),
        ISSUED_ON: pa.array(issued.astype(np.int32)).cast(pa.date32()),
        "counterparty": pa.array(rng.zipf(1.3, rows) % 5_000).cast(pa.string()),
        "amount_fen": pa.array(amount),
        "tax_fen": pa.array(tax),
        "total_fen": pa.array(amount + tax),
        "is_void": pa.array(rng.random(rows) < 0.06),
        KNOWN_ON: pa.array((issued + late).astype(np.int32)).cast(pa.date32()),
        KNOWN_ON_BASIS: pa.array(["recorded"] * rows),
        SUPERSEDED_ON: pa.array(superseded.astype(np.int32), mask=rng.random(rows) > 0.05).cast(pa.date32()),
        ROW_ID: pa.array(np.arange(rows)),
    }
    return pa.table(columns).cast(stored_schema(TABLES[INVOICES]))
