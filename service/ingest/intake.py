"""A delivery read and checked, before anything of it is written: what every format's adapter returns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.errors import ColumnTypeError, MissingColumnError
from features.quality import Checked, Source, check
from features.rules import Rule
from features.tables import Table
from service.ingest.errors import HeaderError, IngestError
from service.ingest.readers import ReadFile
from service.ingest.report import Finding


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file's rows checked against its table."""

    file: str
    table: Table
    checked: Checked
    quarantined: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def quarantined_rows(self) -> int:
        """How many rows are quarantined, each counted once."""
        return len({one.row for one in self.quarantined})

    @property
    def rows_read(self) -> int:
        """How many rows the file has, those of a wrong width included."""
        return self.checked.good.num_rows + self.quarantined_rows


@dataclass(frozen=True, slots=True)
class Intake:
    """All checked files of a delivery, files refused or passed over, and what the format says besides its tables."""

    scheme: str
    files: tuple[CheckedFile, ...]
    refused: tuple[IngestError, ...] = ()
    ignored_files: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    undated_defaults: Mapping[str, bool] = field(default_factory=dict)


def check_file(
    read: ReadFile, table: Table, source: Source, known: Collection[str], names: Mapping[str, str] | None = None
) -> CheckedFile:
    """Check a read file; raise `HeaderError` where the whole file must be refused.

    `names` gives the file's own column names by those of the contract, for a source that names them otherwise.
    """
    own = names or {}
    try:
        checked = check(table, read.frame, source, known, read.rows)
    except MissingColumnError as error:
        lacking = ", ".join(own.get(one, one) for one in error.columns)
        raise HeaderError(
            "missing_column",
            f"缺少必需的列 {lacking}。",
            f"the required columns {lacking} are missing.",
            file=read.name,
            field=lacking,
        ) from error
    except ColumnTypeError as error:
        column = own.get(error.column, error.column)
        raise HeaderError(
            "wrong_type",
            f"列 {column} 的类型 {error.type_name} 无法精确表示其取值。",
            f"column {column} has type {error.type_name}, which cannot hold its values exactly.",
            file=read.name,
            field=column,
        ) from error
    wide = [Finding(read.name, row, "", Rule.wrong_width, text.strip()) for row, text in read.wrong_width]
    quarantined = (*_findings(read.name, checked.quarantined, own), *wide)
    warnings = tuple(_findings(read.name, checked.warnings, own))
    return CheckedFile(read.name, table, checked, quarantined, warnings)


def conflicts(file: CheckedFile, at: npt.NDArray[np.int64]) -> list[Finding]:
    """Return findings for good rows (by place) that contradict another row of the same delivery."""
    key = " + ".join(file.table.column(one).name for one in file.table.key)
    return [Finding(file.file, int(row), key, Rule.conflicting_rows, None) for row in file.checked.good_rows[at]]


def _findings(file: str, found: pa.Table, own: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(file, one["row"], own.get(one["field"], one["field"]), Rule(one["rule"]), one["value"])
        for one in found.to_pylist()
    ]
