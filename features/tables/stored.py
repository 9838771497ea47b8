"""The form in which accepted rows are stored: an Arrow schema per table."""

from enum import StrEnum

import pyarrow as pa

from features.columns import ENTERPRISE, KNOWN_ON, KNOWN_ON_BASIS, ROW_ID, SUPERSEDED_ON
from features.tables.contract import Column, ColumnKind, Table

_ARROW: dict[ColumnKind, pa.DataType] = {
    ColumnKind.enterprise: pa.string(),
    ColumnKind.text: pa.string(),
    ColumnKind.code: pa.string(),
    ColumnKind.day: pa.date32(),
    ColumnKind.money: pa.int64(),
    ColumnKind.rate: pa.int64(),
    ColumnKind.number: pa.int64(),
}


class KnownOnBasis(StrEnum):
    """Whether `known_on` was recorded at the source or the delivery, or is assumed from the event day."""

    recorded = "recorded"
    assumed = "assumed"


def stored_schema(table: Table) -> pa.Schema:
    """Return the stored form: the contract's columns, then `known_on_basis`, `superseded_on`, `row_id`.

    Money is int64 fen, rates int64 millionths, days date32; `superseded_on` is null for the newest version of a fact.
    """
    fields = [pa.field(one.stored, arrow_type(one), nullable=not _is_filled(one)) for one in table.columns]
    fields.append(pa.field(KNOWN_ON_BASIS, pa.string(), nullable=False))
    fields.append(pa.field(SUPERSEDED_ON, pa.date32()))
    fields.append(pa.field(ROW_ID, pa.int64(), nullable=False))
    return pa.schema(fields)


def arrow_type(column: Column) -> pa.DataType:
    """Return the stored type of a column."""
    return pa.bool_() if column.true_when is not None else _ARROW[column.kind]


def _is_filled(column: Column) -> bool:
    return column.required or column.stored in {ENTERPRISE, KNOWN_ON}
