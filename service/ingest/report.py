"""What became of a delivery: counts by table and reason, and the quarantined rows."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from features.quality import sentence
from features.rules import SENTENCES, Rule
from service.ingest.errors import IngestError


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that broke a rule: the file's row from 1 without the header, the field, and the value as delivered."""

    file: str
    row: int
    field: str
    rule: Rule
    value: str | None


@dataclass(frozen=True, slots=True)
class NamedEnterprise:
    """An enterprise of the delivery, by id (`scheme:value`), scheme and newest name."""

    id: str
    scheme: str
    name: str


@dataclass(frozen=True, slots=True)
class TableReport:
    """Rows of one table. `quarantined` counts rows, `findings` may name a row more than once."""

    rows_read: int
    taken: int
    taken_with_warning: int
    dropped_duplicates: int
    quarantined: int
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    is_answer: bool = False

    def counts(self) -> dict[str, int]:
        """Return the five counts by name."""
        return {
            "rows_read": self.rows_read,
            "taken": self.taken,
            "taken_with_warning": self.taken_with_warning,
            "dropped_duplicates": self.dropped_duplicates,
            "quarantined": self.quarantined,
        }

    def as_json(self) -> dict[str, Any]:
        """Return counts and reasons; the findings themselves are in quarantine.csv."""
        return {
            **self.counts(),
            "reasons": _by_rule(self.findings),
            "warnings": _by_rule(self.warnings),
            "ignored_columns": list(self.ignored_columns),
        }


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery taken: what the work layer records of it. `coverage`: the tables delivered by now, by scheme."""

    delivery_id: str
    format: str
    received_on: date
    tables: Mapping[str, TableReport]
    refused: tuple[IngestError, ...]
    ignored_files: tuple[str, ...]
    enterprises: tuple[NamedEnterprise, ...]
    coverage: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def anything_kept(self) -> bool:
        """Whether anything could be taken, or all of it was known already."""
        return any(one.taken or one.dropped_duplicates or one.is_answer for one in self.tables.values())

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the counts of every table."""
        return {name: one.counts() for name, one in self.tables.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values; no row's content is in it."""
        return {
            "delivery": self.delivery_id,
            "format": self.format,
            "received_on": self.received_on.isoformat(),
            "tables": {name: one.as_json() for name, one in self.tables.items()},
            "refused": [one.as_json() for one in self.refused],
            "ignored_files": list(self.ignored_files),
            "enterprises": len(self.enterprises),
            "coverage": {scheme: sorted(tables) for scheme, tables in self.coverage.items()},
        }

    def sentences(self) -> list[str]:
        """Return a line per refused file and per reason of quarantine or warning, and one where nothing was taken."""
        lines = [f"{one.zh} {one.en}" for one in self.refused]
        for name, table in self.tables.items():
            lines += _lines(name, "隔离 quarantined", table.findings)
            lines += _lines(name, "警告 warned", table.warnings)
        if not self.anything_kept:
            lines.append("没有任何可接收的数据。 Nothing could be taken.")
        return lines


def quarantine_csv(tables: Mapping[str, TableReport]) -> bytes:
    """Return the quarantined rows as CSV in UTF-8 with the mark that spreadsheets look for."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("table", "file", "row", "field", "rule", "value", "sentence_zh", "sentence_en"))
    for name, table in tables.items():
        for one in table.findings:
            said = sentence(one.field, one.rule, one.value)
            writer.writerow((name, one.file, one.row, one.field, one.rule.value, one.value or "", *said))
    return text.getvalue().encode("utf-8-sig")


def _by_rule(findings: Iterable[Finding]) -> dict[str, int]:
    return dict(sorted(Counter(one.rule.value for one in findings).items()))


def _lines(table: str, what: str, findings: Iterable[Finding]) -> list[str]:
    found: dict[tuple[str, Rule], list[Finding]] = {}
    for one in findings:
        found.setdefault((one.field, one.rule), []).append(one)
    lines = []
    for (name, rule), some in found.items():
        first, said = some[0], SENTENCES[rule]
        zh = f"{what} {table}.{name}: {said.zh}, {len(some)} 处，首见 {first.file} 第 {first.row} 行。"
        lines.append(f"{zh} {said.en}, {len(some)} times, first in row {first.row}.")
    return lines
