"""The province's tables in their edge form: Arrow with exact decimals, as a delivery brings them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from matching.province.timeline import MISSING, Ints

Texts: TypeAlias = "pa.Array[Any]"
Column: TypeAlias = "Ints | Sequence[str | None] | Texts"

YUAN = pa.decimal128(18, 2)
RATE = pa.decimal128(9, 6)
_DAY, _TEXT, _COUNT = pa.date32(), pa.string(), pa.int64()

#: Columns of every table beside `enterprise`, which stands first.
COLUMNS: Mapping[str, Mapping[str, pa.DataType]] = {
    "enterprises": {
        "name": _TEXT,
        "kind": _TEXT,
        "founded_on": _DAY,
        "region": _TEXT,
        "industry": _TEXT,
        "registered_capital_yuan": YUAN,
        "status": _TEXT,
        "known_on": _DAY,
    },
    "tax_ratings": {"rating_year": _COUNT, "rating": _TEXT, "published_on": _DAY, "known_on": _DAY},
    "tax_filings": {
        "tax": _TEXT,
        "period_end": _DAY,
        "due_on": _DAY,
        "filed_on": _DAY,
        "taxable_sales_yuan": YUAN,
        "tax_payable_yuan": YUAN,
        "tax_paid_yuan": YUAN,
        "known_on": _DAY,
    },
    "tax_arrears": {"tax": _TEXT, "arisen_on": _DAY, "amount_yuan": YUAN, "cleared_on": _DAY, "known_on": _DAY},
    "invoices": {
        "direction": _TEXT,
        "invoice_no": _TEXT,
        "issued_on": _DAY,
        "counterparty": _TEXT,
        "amount_yuan": YUAN,
        "tax_yuan": YUAN,
        "total_yuan": YUAN,
        "status": _TEXT,
        "known_on": _DAY,
    },
    "loans": {
        "loan_no": _TEXT,
        "reported_on": _DAY,
        "lender": _TEXT,
        "principal_yuan": YUAN,
        "balance_yuan": YUAN,
        "annual_rate": RATE,
        "drawn_on": _DAY,
        "due_on": _DAY,
        "loan_class": _TEXT,
        "days_past_due": _COUNT,
        "written_off_on": _DAY,
        "restructured_on": _DAY,
        "known_on": _DAY,
    },
    "judgments": {
        "case_no": _TEXT,
        "role": _TEXT,
        "decided_on": _DAY,
        "amount_yuan": YUAN,
        "closed_on": _DAY,
        "known_on": _DAY,
    },
    "penalties": {
        "decision_no": _TEXT,
        "grade": _TEXT,
        "decided_on": _DAY,
        "amount_yuan": YUAN,
        "publicity_until": _DAY,
        "known_on": _DAY,
    },
    "registration_changes": {"change": _TEXT, "changed_on": _DAY, "known_on": _DAY},
    "social_insurance": {
        "period_end": _DAY,
        "insured_count": _COUNT,
        "payable_yuan": YUAN,
        "paid_yuan": YUAN,
        "known_on": _DAY,
    },
    "honours": {"honour": _TEXT, "granted_on": _DAY, "valid_until": _DAY, "known_on": _DAY},
    "requests": {
        "request_no": _TEXT,
        "requested_on": _DAY,
        "amount_yuan": YUAN,
        "term_months": _COUNT,
        "known_on": _DAY,
    },
    "shown": {
        "request_no": _TEXT,
        "product": _TEXT,
        "shown_on": _DAY,
        "position": _COUNT,
        "list_order": _TEXT,
        "shown_chance": RATE,
        "known_on": _DAY,
    },
    "applications": {
        "request_no": _TEXT,
        "product": _TEXT,
        "applied_on": _DAY,
        "amount_yuan": YUAN,
        "term_months": _COUNT,
        "known_on": _DAY,
    },
    "decisions": {
        "request_no": _TEXT,
        "product": _TEXT,
        "decided_on": _DAY,
        "outcome": _TEXT,
        "amount_yuan": YUAN,
        "annual_rate": RATE,
        "settled_on": _DAY,
        "loan_no": _TEXT,
        "known_on": _DAY,
    },
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table: the position of each row's firm in its block or bucket, and columns as integers or texts.

    Days count from 1970-01-01, money is fen, rates are millionths; `MISSING` and None stand for no value.
    """

    firm: Ints
    columns: Mapping[str, Column]

    def take(self, positions: Ints) -> "Rows":
        """Return these rows in this order."""
        return Rows(self.firm[positions], {name: _take(one, positions) for name, one in self.columns.items()})

    def replace(self, columns: Mapping[str, Column]) -> "Rows":
        """Return the rows with these columns in place of their own."""
        return Rows(self.firm, {**self.columns, **columns})

    def followed_by(self, other: "Rows") -> "Rows":
        """Return these rows and then the other's."""
        return join_rows([self, other], [0, 0])


def join_rows(parts: Sequence[Rows], shifts: Sequence[int]) -> Rows:
    """Return the rows of all parts in their order, the positions of each part's firms shifted; at least one part."""
    firm = np.concatenate([one.firm + shift for one, shift in zip(parts, shifts, strict=True)])
    return Rows(firm, {name: _join([one.columns[name] for one in parts]) for name in parts[0].columns})


def no_rows(name: str) -> Rows:
    """Return an empty table's rows."""
    none = np.zeros(0, dtype=np.int64)
    texts = {column for column, form in COLUMNS[name].items() if pa.types.is_string(form)}
    return Rows(none, {column: [] if column in texts else none for column in COLUMNS[name]})


def edge_table(name: str, rows: Rows, codes: Sequence[str]) -> pa.Table:
    """Return the rows as a table of the edge; `codes` are the block's enterprise ids by position."""
    enterprise = pa.array(codes, _TEXT).take(rows.firm)
    columns = [enterprise, *(_edge(rows.columns[column], form) for column, form in COLUMNS[name].items())]
    return pa.Table.from_arrays(columns, schema=edge_schema(name))


def edge_schema(name: str) -> pa.Schema:
    """Return the schema of a table of the edge."""
    return pa.schema(list({"enterprise": _TEXT, **COLUMNS[name]}.items()))


def write_tables(tables: Mapping[str, pa.Table], folder: Path, form: str = "parquet") -> list[Path]:
    """Write each table as `<name>.parquet` (or `.csv`) into an existing folder; return the paths in order of name."""
    paths = [folder / f"{name}.{form}" for name in sorted(tables)]
    for path in paths:
        if form == "csv":
            pa_csv.write_csv(tables[path.stem], path)
        else:
            pq.write_table(tables[path.stem], path)
    return paths


def pick(values: Sequence[str], places: Ints) -> Texts:
    """Return the value at each place."""
    return cast("Texts", pa.array(values, _TEXT).take(places))


def str_of(numbers: Ints) -> Texts:
    """Return the decimal text of each number."""
    return cast("Texts", pa.array(numbers).cast(_TEXT))


def join_texts(left: Texts, right: Texts) -> Texts:
    """Return each text of the left followed by that of the right."""
    return cast("Texts", pc.binary_join_element_wise(left, right, cast("Any", "")))


def scaled(units: Ints, form: "pa.Decimal128Type[Any, Any]") -> Texts:
    """Return integers of a decimal type's smallest unit as that type, exactly: fen become yuan, millionths a rate."""
    array = pa.array(units, mask=units == MISSING)
    whole = array.cast(pa.decimal128(19, 0))
    # The same 128-bit integers read with another scale: no arithmetic, so nothing is rounded.
    wide = pa.Array.from_buffers(pa.decimal128(19, form.scale), len(whole), whole.buffers())
    return wide.cast(form)


def _edge(column: Column, form: pa.DataType) -> Texts:
    if not isinstance(column, np.ndarray):
        return column if isinstance(column, pa.Array) else pa.array(column, form)
    if pa.types.is_decimal(form):
        return scaled(column, cast("pa.Decimal128Type[Any, Any]", form))
    mask = column == MISSING
    if pa.types.is_date(form):
        return pa.array(np.where(mask, 0, column).astype(np.int32), pa.int32(), mask=mask).cast(form)
    return pa.array(column, form, mask=mask)


def _take(column: Column, positions: Ints) -> Column:
    if isinstance(column, np.ndarray):
        return column[positions]
    if isinstance(column, pa.Array):
        return column.take(positions)
    return [column[one] for one in positions]


def _join(parts: Sequence[Column]) -> Column:
    if all(isinstance(one, np.ndarray) for one in parts):
        return np.concatenate(cast("Sequence[Ints]", parts))
    if all(isinstance(one, list) for one in parts):
        return list(chain.from_iterable(cast("Sequence[list[str | None]]", parts)))
    return pa.concat_arrays([one if isinstance(one, pa.Array) else pa.array(one, _TEXT) for one in parts])
