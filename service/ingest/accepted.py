"""Format `tables`: a file, or a folder of files, each named as the accepted table that it holds."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from features.columns import ENTERPRISE, ENTERPRISES
from features.quality import Source
from features.tables import TABLES
from features.uscc import Scheme
from service.ingest.errors import IngestError, NoDeliveryError, UnknownTableError
from service.ingest.intake import CheckedFile, Intake, check_file
from service.ingest.progress import Tell
from service.ingest.readers import SUFFIXES, read_file


def read_tables(path: Path, received_on: date, known: Collection[str], tell: Tell) -> Intake:
    """Read and check all files of a delivery, enterprises first; `known` are ids that the home has already.

    A file that cannot be read is refused and the others are taken; where none can be read, the first refusal is raised.
    """
    candidates, ignored = _files(path)
    enterprises = set(known)
    files: list[CheckedFile] = []
    refused: list[IngestError] = []
    for number, one in enumerate(candidates):
        tell(one.name, number, len(candidates))
        try:
            file = _check(one, received_on, enterprises)
        except IngestError as error:
            refused.append(error)
            continue
        files.append(file)
        if file.table.name == ENTERPRISES:
            enterprises.update(map(str, file.checked.good[ENTERPRISE].to_pylist()))
    if not files:
        raise _together(refused)
    return Intake(Scheme.uscc.value, tuple(files), tuple(refused), tuple(one.name for one in ignored))


def _check(path: Path, received_on: date, known: Collection[str]) -> CheckedFile:
    table = TABLES.get(path.stem)
    if table is None:
        raise UnknownTableError(path.name, ", ".join(TABLES))
    return check_file(read_file(path), table, Source(received_on), known)


def _files(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the files to read, in the order of the tables, and those passed over."""
    if path.is_file():
        found = [path]
    elif path.is_dir():
        found = sorted(one for one in path.iterdir() if not one.name.startswith((".", "~$")))
    else:
        raise NoDeliveryError("not_found", f"找不到 {path}。", f"there is no {path}.")
    # What only bears a table's name (a folder, a link to nothing) is passed over by name, never silently.
    candidates = [one for one in found if one.suffix.lower() in SUFFIXES and one.is_file()]
    if not candidates:
        raise NoDeliveryError(
            "no_files", f"{path} 中没有 CSV 或 Parquet 文件。", f"{path} holds no CSV or Parquet file."
        )
    order = list(TABLES)
    candidates.sort(key=lambda one: (order.index(one.stem) if one.stem in order else len(order), one.name))
    return candidates, [one for one in found if one not in candidates]


def _together(refused: list[IngestError]) -> IngestError:
    if len(refused) == 1:
        return refused[0]
    return IngestError("all_refused", " ".join(one.zh for one in refused), " ".join(one.en for one in refused))
