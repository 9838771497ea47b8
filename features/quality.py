"""Checks a delivered table against its contract: good rows in stored form, the others named by row, field and rule."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import (
    AMOUNT_FEN,
    DECIDED_ON,
    DECISIONS,
    ENTERPRISES,
    INVOICES,
    KNOWN_ON,
    KNOWN_ON_BASIS,
    OUTCOME,
    ROW_ID,
    SETTLED_ON,
    SUPERSEDED_ON,
    TAX_FEN,
    TOTAL_FEN,
)
from features.edge_values import Mask, ReadText, Values, read_column, true_mask
from features.errors import EnterpriseIdError, MissingColumnError
from features.rules import SENTENCES, Rule
from features.tables import KnownOnBasis, Table, stored_schema
from features.tables.matches import SETTLED_OUTCOMES
from features.uscc import Scheme, UsccFault, make_enterprise_id, normal_uscc, uscc_fault
from features.versions import row_ids

_FINDING_COLUMNS: dict[str, pa.DataType] = {
    "row": pa.int64(),
    "field": pa.string(),
    "rule": pa.string(),
    "value": pa.string(),
}
#: Rows that broke a rule: `row` counts the file's rows from 1 without the header.
FINDINGS = pa.schema(_FINDING_COLUMNS)


@dataclass(frozen=True, slots=True)
class Source:
    """What is said of a whole file: its ids' scheme, the day received, whether `known_on` is recorded or assumed."""

    received_on: date
    scheme: Scheme = Scheme.uscc
    basis: KnownOnBasis = KnownOnBasis.recorded


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked table.

    `good` has the stored schema, in the order of the file, and `good_rows` the file's row numbers beside it.
    `quarantined` and `warnings` have the schema `FINDINGS`; a row may stand there more than once, by different fields
    or rules.
    """

    rows_read: int
    good: pa.Table
    good_rows: npt.NDArray[np.int64]
    quarantined: pa.Table
    warnings: pa.Table
    ignored_columns: tuple[str, ...]

    @property
    def quarantined_rows(self) -> int:
        """How many rows were quarantined."""
        return pc.count_distinct(self.quarantined["row"]).as_py() or 0


def check(
    table: Table,
    frame: pa.Table,
    source: Source,
    known_enterprises: Collection[str],
    rows: npt.NDArray[np.int64] | None = None,
) -> Checked:
    """Check a delivered frame with the edge names, all text or typed, against the contract.

    `known_enterprises` are ids `scheme:value` (not asked for the registry itself); `rows` are the file's row numbers
    where they are not 1, 2, …. Raises `MissingColumnError` and `ColumnTypeError`, which refuse the whole file.
    """
    lacking = tuple(one.name for one in table.columns if one.required and one.name not in frame.column_names)
    if lacking:
        raise MissingColumnError(table.name, lacking)
    numbers = np.arange(1, frame.num_rows + 1) if rows is None else rows
    findings = _Findings(frame, numbers)
    stored = _read(table, frame, source, known_enterprises, findings)
    _check_days(table, stored, source.received_on, findings)
    if table.name == DECISIONS:
        _check_settled(stored, findings)
    good = ~findings.bad
    kept = pa.table(stored, schema=_unfinished(table)).filter(pa.array(good))
    finished = _finish(table, kept, source.basis)
    warnings = _Findings(frame.filter(pa.array(good)), numbers[good])
    if table.name == INVOICES:
        _check_totals(finished, warnings)
    accepted = {one.name for one in table.columns}
    return Checked(
        rows_read=frame.num_rows,
        good=finished,
        good_rows=numbers[good],
        quarantined=findings.table(),
        warnings=warnings.table(),
        ignored_columns=tuple(name for name in frame.column_names if name not in accepted),
    )


def sentence(field: str, rule: Rule, value: str | None) -> tuple[str, str]:
    """Return what a finding says, in Chinese and in English, with the field and the value that was delivered."""
    said = SENTENCES[rule]
    shown = "" if value is None else f" ({value})"
    return f"字段 {field}: {said.zh}{shown}", f"{field}: {said.en}{shown}"


class _Findings:
    """Collects which rows break which rule, with the value as it was delivered."""

    def __init__(self, frame: pa.Table, numbers: npt.NDArray[np.int64]) -> None:
        self.bad: Mask = np.zeros(frame.num_rows, np.bool_)
        self._frame = frame
        self._numbers = numbers
        self._parts: list[pa.Table] = []

    def add(self, name: str, rule: Rule, broken: Mask) -> None:
        if not broken.any():
            return
        self.bad |= broken
        at = np.flatnonzero(broken)
        values: list[str | None] = [None] * len(at)
        if name in self._frame.column_names:
            values = self._frame[name].take(at).cast(pa.string()).to_pylist()
        columns: dict[str, list[Any]] = {
            "row": self._numbers[at].tolist(),
            "field": [name] * len(at),
            "rule": [rule.value] * len(at),
            "value": values,
        }
        self._parts.append(pa.table(columns, schema=FINDINGS))

    def table(self) -> pa.Table:
        return pa.concat_tables([FINDINGS.empty_table(), *self._parts]).sort_by("row").combine_chunks()


def _read(
    table: Table, frame: pa.Table, source: Source, known: Collection[str], findings: _Findings
) -> dict[str, Values]:
    read_id = _id_reader(source.scheme, None if table.name == ENTERPRISES else known)
    stored = {}
    for column in table.columns:
        if column.name not in frame.column_names:
            stored[column.stored] = pa.nulls(frame.num_rows, _unfinished(table).field(column.stored).type)
            continue
        read = read_column(column, frame[column.name], read_id)
        faulty = np.zeros(frame.num_rows, np.bool_)
        for rule, broken in read.faults:
            findings.add(column.name, rule, broken)
            faulty |= broken
        if column.required:
            findings.add(column.name, Rule.missing_value, true_mask(pc.is_null(read.values)) & ~faulty)
        stored[column.stored] = read.values
    stored[KNOWN_ON] = pc.fill_null(stored[KNOWN_ON], pa.scalar(source.received_on))
    return stored


def _id_reader(scheme: Scheme, known: Collection[str] | None) -> ReadText:
    def read(text: str) -> str | Rule:
        if scheme is Scheme.uscc and uscc_fault(normal_uscc(text)) is UsccFault.check_digit:
            return Rule.false_check_digit
        try:
            found = str(make_enterprise_id(scheme, text))
        except EnterpriseIdError:
            return Rule.wrong_enterprise_id
        return found if known is None or found in known else Rule.unknown_enterprise

    return read


def _check_days(table: Table, stored: dict[str, Values], received_on: date, findings: _Findings) -> None:
    known_on = stored[KNOWN_ON]
    findings.add(KNOWN_ON, Rule.known_in_future, true_mask(pc.greater(known_on, pa.scalar(received_on))))
    for column in table.columns:
        if column.has_happened:
            findings.add(column.name, Rule.known_before_event, true_mask(pc.greater(stored[column.stored], known_on)))
        if column.is_month_end:
            findings.add(column.name, Rule.not_month_end, _within_month(stored[column.stored]))


def _within_month(days: Values) -> Mask:
    """Return which days are followed by another of their month; a missing day is not."""
    next_days = days.to_numpy(zero_copy_only=False).astype("datetime64[D]") + np.timedelta64(1, "D")
    goes_on: Mask = (next_days != next_days.astype("datetime64[M]")) & ~np.isnat(next_days)
    return goes_on


def _check_settled(stored: dict[str, Values], findings: _Findings) -> None:
    settled_on = stored[SETTLED_ON]
    is_settled = pc.is_in(stored[OUTCOME], pa.array(SETTLED_OUTCOMES))
    differs = true_mask(pc.not_equal(is_settled, pc.is_valid(settled_on))) & true_mask(pc.is_valid(stored[OUTCOME]))
    too_early = true_mask(pc.less(settled_on, stored[DECIDED_ON]))
    findings.add(SETTLED_ON, Rule.wrong_settlement, differs | too_early)


def _check_totals(invoices: pa.Table, warnings: _Findings) -> None:
    total = pc.add(invoices[AMOUNT_FEN], invoices[TAX_FEN])
    differs = pc.not_equal(total, invoices[TOTAL_FEN])
    warnings.add("total_yuan", Rule.total_differs, true_mask(differs))


def _unfinished(table: Table) -> pa.Schema:
    # Before the bad rows are gone any column may hold nulls.
    return pa.schema([pa.field(one.name, one.type) for one in stored_schema(table)][: len(table.columns)])


def _finish(table: Table, kept: pa.Table, basis: KnownOnBasis) -> pa.Table:
    kept = kept.append_column(KNOWN_ON_BASIS, pa.repeat(basis.value, kept.num_rows))
    kept = kept.append_column(SUPERSEDED_ON, pa.nulls(kept.num_rows, pa.date32()))
    kept = kept.append_column(ROW_ID, row_ids(table, kept))
    return kept.cast(stored_schema(table))
