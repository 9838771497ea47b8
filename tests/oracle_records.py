"""Registry, tax, credit and public-record features in plain Python, row by row: what the SQL must agree with."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from oracle_invoices import Row, Values, known_rows, months_between

from features.columns import (
    AMOUNT_FEN,
    ARISEN_ON,
    BALANCE_FEN,
    CHANGE,
    CHANGED_ON,
    CLEARED_ON,
    CLOSED_ON,
    DAYS_PAST_DUE,
    DECIDED_ON,
    DUE_ON,
    ENTERPRISES,
    FILED_ON,
    FOUNDED_ON,
    GRADE,
    GRANTED_ON,
    HONOUR,
    HONOURS,
    INDUSTRY,
    INSURED_COUNT,
    JUDGMENTS,
    KIND,
    LENDER,
    LOAN_CLASS,
    LOAN_NO,
    LOANS,
    PAID_FEN,
    PAYABLE_FEN,
    PENALTIES,
    PERIOD_END,
    PUBLICITY_UNTIL,
    PUBLISHED_ON,
    RATING,
    RATING_YEAR,
    REGION,
    REGISTERED_CAPITAL_FEN,
    REGISTRATION_CHANGES,
    REPORTED_ON,
    ROLE,
    SOCIAL_INSURANCE,
    STATUS,
    TAX,
    TAX_ARREARS,
    TAX_FILINGS,
    TAX_PAID_FEN,
    TAX_RATINGS,
    TAXABLE_SALES_FEN,
    VALID_UNTIL,
)

CLASSES = ["none", "pass", "special_mention", "substandard", "doubtful", "loss"]


def record_features(tables: Mapping[str, Iterable[Row]], as_of: date) -> Values:
    """Return the features of one enterprise, given its rows of every table but invoices."""
    return (
        registry(known_rows(tables[ENTERPRISES], as_of, FOUNDED_ON), as_of)
        | ratings(known_rows(tables[TAX_RATINGS], as_of, PUBLISHED_ON))
        | filings(known_rows(tables[TAX_FILINGS], as_of, PERIOD_END), as_of)
        | {"tax_arrears_fen": arrears(known_rows(tables[TAX_ARREARS], as_of, ARISEN_ON), as_of)}
        | credit(known_rows(tables[LOANS], as_of, REPORTED_ON), as_of)
        | cases(known_rows(tables[JUDGMENTS], as_of, DECIDED_ON), as_of)
        | fines(known_rows(tables[PENALTIES], as_of, DECIDED_ON), as_of)
        | changes(known_rows(tables[REGISTRATION_CHANGES], as_of, CHANGED_ON), as_of)
        | honours(known_rows(tables[HONOURS], as_of, GRANTED_ON), as_of)
        | insurance(known_rows(tables[SOCIAL_INSURANCE], as_of, PERIOD_END), as_of)
    )


def registry(known: list[Row], as_of: date) -> Values:
    if not known:
        return {}
    (row,) = known
    founded = row[FOUNDED_ON]
    age = None if founded is None else months_between(founded, as_of) - (as_of.day < founded.day)
    return {
        "kind": row[KIND],
        "registration_status": row[STATUS],
        "region": row[REGION],
        "prefecture": None if row[REGION] is None else row[REGION][:4] + "00",
        "industry_section": None if row[INDUSTRY] is None else row[INDUSTRY][0],
        "age_months": age,
        "registered_capital_fen": row[REGISTERED_CAPITAL_FEN],
    }


def ratings(known: list[Row]) -> Values:
    if not known:
        return {}
    newest = max(known, key=lambda row: int(row[RATING_YEAR]))
    return {"tax_rating": newest[RATING], "tax_rating_year": newest[RATING_YEAR]}


def filings(known: list[Row], as_of: date) -> Values:
    if not known:
        return {}
    year = [row for row in known if 1 <= months_between(row[PERIOD_END], as_of) <= 12]
    due_back = [(months_between(row[DUE_ON], as_of), row) for row in known]
    late = [row for back, row in due_back if 0 <= back <= 12 and row[FILED_ON] and row[FILED_ON] > row[DUE_ON]]
    unfiled = [row for back, row in due_back if 0 <= back <= 24 and row[FILED_ON] is None and row[DUE_ON] < as_of]
    return {
        "tax_paid_12m_fen": sum(row[TAX_PAID_FEN] for row in year),
        "taxable_sales_12m_fen": sum(row[TAXABLE_SALES_FEN] for row in year if row[TAX] == "vat"),
        "late_filings_12m": len(late),
        "unfiled_returns_24m": len(unfiled),
    }


def arrears(known: list[Row], as_of: date) -> int:
    return sum(row[AMOUNT_FEN] for row in known if is_open(row[CLEARED_ON], as_of))


def credit(known: list[Row], as_of: date) -> Values:
    newest: dict[Any, Row] = {}
    for row in sorted(known, key=lambda row: str(row[REPORTED_ON])):
        newest[row[LOAN_NO]] = row
    recent = [row for row in known if months_between(row[REPORTED_ON], as_of) <= 24]
    return {
        "loan_balance_fen": sum(row[BALANCE_FEN] for row in newest.values()),
        "lenders_count": len({row[LENDER] for row in newest.values() if row[BALANCE_FEN] > 0}),
        "worst_loan_class_24m": max((row[LOAN_CLASS] for row in recent), key=CLASSES.index, default="none"),
        "max_days_past_due_24m": max((row[DAYS_PAST_DUE] for row in recent), default=0),
        "has_had_loan": int(bool(known)),
    }


def cases(known: list[Row], as_of: date) -> Values:
    still = [row[ROLE] for row in known if is_open(row[CLOSED_ON], as_of)]
    recent = [row[ROLE] for row in known if months_between(row[DECIDED_ON], as_of) <= 24]
    return {
        "executed_open_count": still.count("executed"),
        "dishonest_open_count": still.count("dishonest"),
        "judgments_defendant_24m": recent.count("defendant"),
    }


def fines(known: list[Row], as_of: date) -> Values:
    publicised = [row for row in known if row[PUBLICITY_UNTIL] is None or row[PUBLICITY_UNTIL] >= as_of]
    return {
        "penalties_serious_open": sum(row[GRADE] == "serious" for row in publicised),
        "penalties_12m": sum(months_between(row[DECIDED_ON], as_of) <= 12 for row in publicised),
    }


def changes(known: list[Row], as_of: date) -> Values:
    half_year_on = months_earlier(as_of, 6)
    return {
        "legal_representative_changes_6m": sum(
            row[CHANGE] == "legal_representative" and row[CHANGED_ON] > half_year_on for row in known
        ),
        "registration_changes_12m": sum(months_between(row[CHANGED_ON], as_of) <= 12 for row in known),
    }


def honours(known: list[Row], as_of: date) -> Values:
    held = {row[HONOUR] for row in known if row[VALID_UNTIL] is None or row[VALID_UNTIL] >= as_of}
    flags = ("high_tech", "specialised", "tech_sme", "leading_agri", "model_cooperative", "model_farm")
    return {"honours_count": len(held)} | {f"is_{one}": int(one in held) for one in flags}


def insurance(known: list[Row], as_of: date) -> Values:
    by_month = {months_between(row[PERIOD_END], as_of): row for row in known}
    if not by_month:
        return {}
    unpaid = [row[PAYABLE_FEN] - row[PAID_FEN] for back, row in by_month.items() if back <= 12]
    found: Values = {"insurance_unpaid_12m_fen": sum(owed for owed in unpaid if owed > 0)}
    newest = min(by_month)
    if newest > 12:
        return found
    insured = by_month[newest][INSURED_COUNT]
    before = by_month[newest + 12][INSURED_COUNT] if newest + 12 in by_month else 0
    growth = (insured - before) / before if before > 0 else None
    return found | {"insured_count": insured, "insured_growth_12m_ratio": growth}


def months_earlier(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_open(closed_on: date | None, as_of: date) -> bool:
    return closed_on is None or closed_on > as_of
