"""Hand-made deliveries: good rows of every accepted table, and a way to spoil one value."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from features.uscc import make_uscc

RECEIVED_ON = date(2024, 6, 30)
A = make_uscc("91", "620102", 1)
B = make_uscc("92", "620302", 2)

GOOD: dict[str, dict[str, str]] = {
    "enterprises": {
        "enterprise": A,
        "name": "示例一号有限公司",
        "kind": "company",
        "founded_on": "2015-03-01",
        "region": "620102",
        "industry": "C13",
        "registered_capital_yuan": "1000000",
        "status": "active",
        "known_on": "2020-01-02",
    },
    "tax_ratings": {
        "enterprise": A,
        "rating_year": "2023",
        "rating": "B",
        "published_on": "2024-04-20",
        "known_on": "2024-04-21",
    },
    "tax_filings": {
        "enterprise": A,
        "tax": "vat",
        "period_end": "2024-03-31",
        "due_on": "2024-04-18",
        "filed_on": "2024-04-10",
        "taxable_sales_yuan": "120000.50",
        "tax_payable_yuan": "3600.02",
        "tax_paid_yuan": "3600.02",
        "known_on": "2024-04-11",
    },
    "tax_arrears": {
        "enterprise": A,
        "tax": "income",
        "arisen_on": "2024-01-31",
        "amount_yuan": "500",
        "cleared_on": "",
        "known_on": "2024-02-01",
    },
    "invoices": {
        "enterprise": A,
        "direction": "sale",
        "invoice_no": "00012345",
        "issued_on": "2024-05-03",
        "counterparty": "买方甲",
        "amount_yuan": "1000.00",
        "tax_yuan": "130.00",
        "total_yuan": "1130.00",
        "status": "valid",
        "known_on": "2024-05-04",
    },
    "loans": {
        "enterprise": A,
        "loan_no": "L1",
        "reported_on": "2024-05-31",
        "lender": "示例银行",
        "principal_yuan": "300000",
        "balance_yuan": "250000",
        "annual_rate": "0.0435",
        "drawn_on": "2024-01-10",
        "due_on": "2025-01-10",
        "loan_class": "pass",
        "days_past_due": "0",
        "known_on": "2024-06-10",
    },
    "judgments": {
        "enterprise": A,
        "case_no": "(2024)甘01民初1号",
        "role": "defendant",
        "decided_on": "2024-02-01",
        "amount_yuan": "",
        "closed_on": "2024-05-01",
        "known_on": "2024-05-02",
    },
    "penalties": {
        "enterprise": A,
        "decision_no": "罚1",
        "grade": "minor",
        "decided_on": "2024-03-01",
        "amount_yuan": "200.5",
        "publicity_until": "2025-03-01",
        "known_on": "2024-03-08",
    },
    "registration_changes": {
        "enterprise": A,
        "change": "legal_representative",
        "changed_on": "2024-03-01",
        "known_on": "2024-03-04",
    },
    "honours": {
        "enterprise": A,
        "honour": "high_tech",
        "granted_on": "2024-01-01",
        "valid_until": "2026-12-31",
        "known_on": "2024-01-11",
    },
    "social_insurance": {
        "enterprise": A,
        "period_end": "2024-04-30",
        "insured_count": "12",
        "payable_yuan": "14400",
        "paid_yuan": "14400.00",
        "known_on": "2024-05-20",
    },
    "requests": {
        "enterprise": A,
        "request_no": "RQ1",
        "requested_on": "2024-03-01",
        "amount_yuan": "500000",
        "term_months": "12",
        "known_on": "2024-03-01",
    },
    "shown": {
        "enterprise": A,
        "request_no": "RQ1",
        "product": "sample-01",
        "shown_on": "2024-03-01",
        "position": "1",
        "list_order": "random",
        "shown_chance": "0.5",
        "known_on": "2024-03-01",
    },
    "applications": {
        "enterprise": A,
        "request_no": "RQ1",
        "product": "sample-01",
        "applied_on": "2024-03-03",
        "amount_yuan": "400000",
        "term_months": "12",
        "known_on": "2024-03-04",
    },
    "decisions": {
        "enterprise": A,
        "request_no": "RQ1",
        "product": "sample-01",
        "decided_on": "2024-03-10",
        "outcome": "taken",
        "amount_yuan": "300000",
        "annual_rate": "0.0435",
        "settled_on": "2024-03-20",
        "loan_no": "L9",
        "known_on": "2024-03-21",
    },
}


def row(table: str, **changed: str) -> dict[str, str]:
    """Return a good row of the table with some values changed."""
    return GOOD[table] | changed


def write_csv(folder: Path, table: str, rows: Iterable[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    """Write rows as a delivered file of the table; the columns are those of the first row."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{table}.csv"
    listed = list(rows)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    return path


def registry(folder: Path, *usccs: str) -> None:
    """Write the registry of these enterprises, of A and B where none is named."""
    write_csv(
        folder, "enterprises", [row("enterprises", enterprise=one, name=f"企业{one[-4:]}") for one in usccs or (A, B)]
    )
