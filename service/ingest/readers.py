"""Reads files of a delivery into Arrow tables: CSV with every column as text, Parquet as it is typed."""

import csv as text_csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from service.ingest.errors import EmptyFileError, EncodingError, HeaderError, WrongFileError

SUFFIXES = (".csv", ".parquet")

_BOM = b"\xef\xbb\xbf"
_PARQUET = b"PAR1"
# What spreadsheets and archives begin with; they come under the name of a CSV often enough.
_FOREIGN = {
    b"PK\x03\x04": "XLSX / ZIP",
    b"\xd0\xcf\x11\xe0": "XLS",
    _PARQUET: "Parquet",
    b"\x1f\x8b": "gzip",
    b"%PDF": "PDF",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Of one read, all rows come into memory: a block that no row is longer than.
_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's rows with their numbers (from 1, without the header), and rows of another width than the header."""

    name: str
    frame: pa.Table
    rows: npt.NDArray[np.int64]
    wrong_width: tuple[tuple[int, str], ...] = field(default=())


def read_file(path: Path) -> ReadFile:
    """Read a `.csv` or `.parquet` file.

    Raises `EmptyFileError`, `EncodingError`, `WrongFileError` or `HeaderError` (a column named twice).
    """
    if path.stat().st_size == 0:
        raise EmptyFileError(path.name)
    read = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    twice = sorted({name for name in read.frame.column_names if read.frame.column_names.count(name) > 1})
    if twice:
        raise HeaderError(
            "column_twice",
            f"列 {', '.join(twice)} 出现多次。",
            f"the columns {', '.join(twice)} stand there more than once.",
            file=path.name,
            field=", ".join(twice),
        )
    return read


def _read_parquet(path: Path) -> ReadFile:
    with path.open("rb") as file:
        if file.read(len(_PARQUET)) != _PARQUET:
            raise WrongFileError(path.name, "Parquet", "the first bytes are not PAR1")
    try:
        frame = pq.read_table(path, partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise WrongFileError(path.name, "Parquet", _first_line(error)) from error
    return ReadFile(path.name, frame, np.arange(1, frame.num_rows + 1))


def _read_csv(path: Path) -> ReadFile:
    content = path.read_bytes()
    _require_text(path.name, content)
    content = content.removeprefix(_BOM)
    if not content.strip():
        raise EmptyFileError(path.name)
    names = _header(content)
    wide: list[tuple[int, str]] = []

    def set_aside(row: csv.InvalidRow) -> Literal["skip"]:
        wide.append(((row.number or 0) - 1, row.text))
        return "skip"

    try:
        frame = csv.read_csv(
            io.BytesIO(content + b"\n"),  # a header alone needs its line end
            # Numbers of odd rows are known only where one thread reads.
            read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_aside),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        raise WrongFileError(path.name, "CSV", _first_line(error)) from error
    frame = frame.rename_columns([name.strip() for name in frame.column_names])
    numbers = np.arange(1, frame.num_rows + len(wide) + 1)
    return ReadFile(path.name, frame, np.setdiff1d(numbers, [number for number, _ in wide]), tuple(wide))


def _require_text(name: str, content: bytes) -> None:
    for magic, form in _FOREIGN.items():
        if content.startswith(magic):
            raise WrongFileError(name, "CSV", f"it is {form}")
    if content.startswith(_UTF16):
        raise EncodingError(name, "UTF-16", 1)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EncodingError(name, _guess(content), line) from error
    if b"\x00" in content:
        raise WrongFileError(name, "CSV", "it holds zero bytes")


def _guess(content: bytes) -> str:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "an unknown encoding"
    return "GBK"


def _header(content: bytes) -> list[str]:
    return next(text_csv.reader(io.StringIO(content[:_BLOCK_BYTES].decode("utf-8", errors="ignore"))))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
