"""Takes a delivery: reads and checks its files, merges what is good into the facts, reports row by row what is not."""

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import ENTERPRISE, ENTERPRISES
from features.tables import TABLES, TableKind
from features.uscc import Scheme
from features.versions import CONFLICT, DUPLICATE, KEPT
from service.ingest.accepted import read_tables
from service.ingest.cumcm2020c import read_cumcm2020c
from service.ingest.errors import IngestError
from service.ingest.intake import CheckedFile, Intake, conflicts
from service.ingest.progress import Tell, shown_progress
from service.ingest.report import DeliveryReport, Finding, NamedEnterprise, TableReport, quarantine_csv
from service.store.facts import Facts, NewFacts

__all__ = ["DeliveryReport", "Format", "IngestError", "take_delivery"]

Format = Literal["tables", "cumcm2020c"]

_NO_FATES = np.empty(0, np.int8)


def take_delivery(
    home: Path, path: Path, format_: Format, *, received_on: date, progress: Tell | None = None
) -> DeliveryReport:
    """Take the delivery at `path` (a file or folder) into the facts of `home`, whole or not at all.

    Good rows of a bad file are taken, the others quarantined in `deliveries/<id>/quarantine.csv`; a file that cannot be
    read is refused and named in the report. Taking the same rows again changes nothing. `progress` is told what is
    being done; without it a bar shows on standard error. Raises `IngestError`, with nothing written, where no file can
    be read.
    """
    with shown_progress() if progress is None else nullcontext(progress) as tell:
        facts = Facts(home)
        intake = _read(path, format_, received_on, facts, tell)
        by_table = _by_table(intake)
        delivered = {name: pa.concat_tables([one.checked.good for one in files]) for name, files in by_table.items()}
        folder = _new_folder(home, path)
        # A register of which no row could be taken was not answered: it must not read as "none".
        answered = {name: rows for name, rows in delivered.items() if rows.num_rows or _is_answer(by_table[name])}
        written = facts.write(NewFacts(intake.scheme, answered, intake.names, intake.undated_defaults), tell)
    report = DeliveryReport(
        delivery_id=folder.name,
        format=format_,
        received_on=received_on,
        tables={name: _table_report(files, written.fates.get(name, _NO_FATES)) for name, files in by_table.items()},
        refused=intake.refused,
        ignored_files=intake.ignored_files,
        enterprises=_named(intake, delivered, written.names),
        coverage=facts.coverage(),
    )
    (folder / "quarantine.csv").write_bytes(quarantine_csv(report.tables))
    (folder / "report.json").write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    return report


def _read(path: Path, format_: Format, received_on: date, facts: Facts, tell: Tell) -> Intake:
    if format_ == "cumcm2020c":
        return read_cumcm2020c(path, received_on, tell)
    known = [one for one in facts.enterprises() if one.startswith(f"{Scheme.uscc}:")]
    return read_tables(path, received_on, known, tell)


def _by_table(intake: Intake) -> dict[str, list[CheckedFile]]:
    return {name: files for name in TABLES if (files := [one for one in intake.files if one.table.name == name])}


def _table_report(files: list[CheckedFile], fates: npt.NDArray[np.int8]) -> TableReport:
    findings: list[Finding] = []
    warnings: list[Finding] = []
    start = warned = 0
    for file in files:
        good = file.checked.good
        mine = fates[start : start + good.num_rows]
        start += good.num_rows
        findings += [*file.quarantined, *conflicts(file, np.flatnonzero(mine == CONFLICT))]
        kept = set(file.checked.good_rows[mine == KEPT].tolist()) if file.warnings else set()
        warnings += [one for one in file.warnings if one.row in kept]
        warned += len({one.row for one in file.warnings} & kept)
    return TableReport(
        rows_read=sum(one.rows_read for one in files),
        taken=int((fates == KEPT).sum()),
        taken_with_warning=warned,
        dropped_duplicates=int((fates == DUPLICATE).sum()),
        quarantined=sum(one.quarantined_rows for one in files) + int((fates == CONFLICT).sum()),
        findings=tuple(findings),
        warnings=tuple(warnings),
        ignored_columns=tuple(sorted({name for one in files for name in one.checked.ignored_columns})),
        is_answer=_is_answer(files),
    )


def _is_answer(files: list[CheckedFile]) -> bool:
    """Return whether the files say that a register is empty."""
    return files[0].table.kind is TableKind.register and not any(one.rows_read for one in files)


def _named(intake: Intake, delivered: Mapping[str, pa.Table], names: Mapping[str, str]) -> tuple[NamedEnterprise, ...]:
    ids = set(intake.names)
    if ENTERPRISES in delivered:
        ids.update(map(str, pc.unique(delivered[ENTERPRISES][ENTERPRISE]).to_pylist()))
    return tuple(NamedEnterprise(one, intake.scheme, names[one]) for one in sorted(ids))


def _new_folder(home: Path, path: Path) -> Path:
    """Make the delivery's folder, numbered in order and marked with what was delivered."""
    deliveries = home / "deliveries"
    deliveries.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(one.name.partition("-")[0]) for one in deliveries.iterdir()), default=0)
    folder = deliveries / f"{number:04d}-{_mark(path)}"
    folder.mkdir()
    return folder


def _mark(path: Path) -> str:
    total = hashlib.sha256()
    for one in [path] if path.is_file() else sorted(one for one in path.iterdir() if one.is_file()):
        with one.open("rb") as file:
            total.update(one.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:8]
