"""Two implementations agree: the SQL, and plain Python that loops over rows."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from agreement import agree
from fact_rows import FIRM, asked, fact, sources
from hypothesis import given
from hypothesis import strategies as st
from oracle_invoices import invoice_features
from oracle_records import record_features

from features.columns import AS_OF, ENTERPRISE, INVOICES
from features.dictionary import FEATURES, Block
from features.engine import build_profiles
from features.tables import TABLES

OTHER = "uscc:91620200MA0000000Y"
# The last is a leap day, from which six months earlier is the 29th; the first is a month's end without one.
DAYS = (date(2023, 8, 31), date(2024, 1, 1), date(2024, 2, 29))
# Days around every boundary: months' ends, windows' ends, calendar years, half years, 38 months.
NEAR = (-400, -366, -365, -31, -30, -1, 0, 1, 2, 27, 28, 29, 30, 31, 45, 60)


@st.composite
def event_days(draw: st.DrawFn) -> date:
    around = draw(st.sampled_from(DAYS))
    back = draw(st.sampled_from([0, 1, 2, 3, 6, 11, 12, 13, 23, 24, 25, 36, 37, 38, 40]))
    year, month = divmod(around.year * 12 + around.month - 1 - back, 12)
    return date(year, month + 1, 1) + timedelta(days=draw(st.sampled_from(NEAR)))


@st.composite
def facts(draw: st.DrawFn, table: str, **columns: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw a row: known on its event day or later, superseded later or never."""
    event = draw(event_days())
    known = event + timedelta(days=draw(st.sampled_from([0, 0, 0, 1, 20, 70])))
    superseded = draw(st.none() | st.sampled_from([1, 15, 200]).map(lambda days: known + timedelta(days=days)))
    values = {name: draw(strategy) for name, strategy in columns.items()}
    return fact(
        table, **values, **{TABLES[table].event_on: event, "known_on": known, "superseded_on": superseded, "row_id": 0}
    )


FIRMS = st.sampled_from([FIRM, OTHER])
AMOUNTS = st.sampled_from([1, 99, 100, 250_000, 33_333_333, 10**13]) | st.integers(1, 10**9)
INVOICE_ROWS = st.lists(
    facts(
        INVOICES,
        enterprise=FIRMS,
        direction=st.sampled_from(["sale", "sale", "purchase"]),
        counterparty=st.sampled_from(["B1", "B2", "B3"]),
        amount_fen=AMOUNTS | AMOUNTS.map(lambda amount: -amount) | st.just(0),
        tax_fen=st.integers(-5_000, 5_000_000),
        is_void=st.sampled_from([False, False, False, True]),
    ),
    max_size=25,
)


@given(INVOICE_ROWS)
def test_invoice_features_agree_with_the_oracle(rows: list[dict[str, Any]]) -> None:
    pairs = [(firm, day) for firm in (FIRM, OTHER) for day in DAYS]
    names = [one.name for one in FEATURES.values() if one.block is Block.invoices]
    found = build_profiles(sources({INVOICES: rows}), asked(*pairs), features=names, threads=1)
    for row in found.to_pylist():
        mine = [one for one in rows if one[ENTERPRISE] == row[ENTERPRISE]]
        agree(names, row, invoice_features(mine, row[AS_OF]))


def days_after(draw_from: tuple[int, ...]) -> st.SearchStrategy[date]:
    return st.builds(lambda day, days: day + timedelta(days=days), event_days(), st.sampled_from(draw_from))


MAYBE_DAY = st.none() | event_days()
MONEY = st.integers(0, 10**10)
RECORD_ROWS = {
    "tax_ratings": facts("tax_ratings", rating=st.sampled_from("ABMCD")),
    "tax_filings": facts(
        "tax_filings",
        tax=st.sampled_from(["vat", "income"]),
        due_on=days_after((0, 15)),
        filed_on=MAYBE_DAY,
        taxable_sales_fen=MONEY,
        tax_paid_fen=MONEY,
    ),
    "tax_arrears": facts("tax_arrears", amount_fen=MONEY, cleared_on=MAYBE_DAY),
    "loans": facts(
        "loans",
        lender=st.sampled_from(["甲银行", "乙银行"]),
        balance_fen=st.just(0) | MONEY,
        loan_class=st.sampled_from(["pass", "special_mention", "substandard", "doubtful", "loss"]),
        days_past_due=st.integers(0, 400),
    ),
    "judgments": facts("judgments", role=st.sampled_from(["defendant", "executed", "dishonest"]), closed_on=MAYBE_DAY),
    "penalties": facts("penalties", grade=st.sampled_from(["minor", "general", "serious"]), publicity_until=MAYBE_DAY),
    "registration_changes": facts(
        "registration_changes", change=st.sampled_from(["legal_representative", "address", "capital"])
    ),
    "honours": facts(
        "honours",
        honour=st.sampled_from(["high_tech", "tech_sme", "model_farm", "contract_keeping"]),
        valid_until=MAYBE_DAY,
    ),
    "social_insurance": facts("social_insurance", insured_count=st.integers(0, 9), payable_fen=MONEY, paid_fen=MONEY),
    "enterprises": facts(
        "enterprises",
        kind=st.none() | st.just("company"),
        region=st.none() | st.just("620105"),
        industry=st.none() | st.sampled_from(["C", "C2710"]),
        registered_capital_fen=st.none() | MONEY,
        status=st.none() | st.just("active"),
    ),
}


@given(st.fixed_dictionaries({name: st.lists(row, max_size=6) for name, row in RECORD_ROWS.items()}))
def test_record_features_agree_with_the_oracle(drawn: dict[str, list[dict[str, Any]]]) -> None:
    tables = {name: keyed(name, rows) for name, rows in drawn.items()}
    names = [one.name for one in FEATURES.values() if one.block is not Block.invoices]
    found = build_profiles(sources(tables), asked(*((FIRM, day) for day in DAYS)), features=names, threads=1)
    for row in found.to_pylist():
        agree(names, row, record_features(tables, row[AS_OF]))


def keyed(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each row a key of its own; of the registry, which has one entry per firm, keep one row."""
    if name == "enterprises":
        return rows[:1]
    if name == "social_insurance":
        # One row speaks of a month.
        return list({(row["period_end"].year, row["period_end"].month): row for row in rows}.values())
    key = {"tax_ratings": "rating_year", "loans": "loan_no", "judgments": "case_no", "penalties": "decision_no"}.get(
        name
    )
    if key is None:
        return rows
    numbered = [
        row | {key: 2000 + place if key == "rating_year" else str(place // 2)} for place, row in enumerate(rows)
    ]
    if name != "loans":
        return numbered
    # Two reports of a loan are of different days.
    return list({(row["loan_no"], row["reported_on"]): row for row in numbered}.values())


def test_the_oracles_cover_the_dictionary() -> None:
    rows = [fact(INVOICES)]
    records = {name: [fact(name)] for name in RECORD_ROWS}
    day = date(2023, 6, 15)
    assert invoice_features(rows, day).keys() | record_features(records, day).keys() == FEATURES.keys()
    assert isinstance(build_profiles(sources(records), asked((FIRM, day))), pa.Table)
