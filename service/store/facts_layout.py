"""Where the facts of a home lie on disk: files named by their content, and one `layout.json` that names the current.

A write lays new files beside the old ones and then replaces `layout.json`, the only step that readers see. Whatever
happens before it leaves the old state; files that no layout names are removed by the next write.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.columns import KNOWN_ON
from service.errors import HomeError

FORMAT = 1
LAYOUT = "layout.json"
#: A bucket is the unit of rewriting and of recomputing; two million invoices take about 30 MB and a second.
ROWS_PER_BUCKET = 2_000_000
# Row groups of DuckDB's own size; LZ4 halves the scan against zstd for a fifth more bytes.
_ROW_GROUP = 122_880
_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A Parquet file by its path below the facts folder, with its rows and the latest day known in it."""

    path: str
    rows: int
    latest_known_on: date | None = None


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table: the schemes that delivered it (be it without rows) and a file per bucket, None where that is empty."""

    schemes: tuple[str, ...]
    buckets: tuple[StoredFile | None, ...] = (None,)

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return sum(one.rows for one in self.buckets if one is not None)


@dataclass(frozen=True, slots=True)
class Layout:
    """The current files: tables by name, the list of enterprises, and outcomes without a day."""

    tables: Mapping[str, StoredTable] = field(default_factory=dict)
    enterprises: StoredFile | None = None
    undated_defaults: StoredFile | None = None

    def paths(self) -> frozenset[str]:
        """Return the paths of all current files."""
        files = [one for table in self.tables.values() for one in table.buckets]
        return frozenset(one.path for one in (*files, self.enterprises, self.undated_defaults) if one is not None)


def read_layout(folder: Path) -> Layout:
    """Return the current layout, an empty one where nothing was written yet; raise `HomeError` for another format."""
    try:
        text = (folder / LAYOUT).read_bytes()
    except FileNotFoundError:
        return Layout()
    document = orjson.loads(text)
    if document.get("format") != FORMAT:
        raise HomeError(
            f"{folder / LAYOUT} 的格式与本程序版本不符。",
            f"{folder / LAYOUT} has another format than this version reads.",
        )
    return Layout(
        {
            name: StoredTable(tuple(one["schemes"]), tuple(map(_file, one["buckets"])))
            for name, one in document["tables"].items()
        },
        _file(document["enterprises"]),
        _file(document["undated_defaults"]),
    )


def write_layout(folder: Path, layout: Layout) -> None:
    """Replace the current layout in one step."""
    document = {
        "format": FORMAT,
        "tables": {name: layout.tables[name] for name in sorted(layout.tables)},
        "enterprises": layout.enterprises,
        "undated_defaults": layout.undated_defaults,
    }
    write_replacing(folder / LAYOUT, orjson.dumps(document, option=orjson.OPT_INDENT_2))


def layout_digest(folder: Path) -> str:
    """Return the SHA-256 of the layout's bytes. Files are named by their content, so it stands for every fact."""
    path = folder / LAYOUT
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def store_table(folder: Path, stem: str, rows: pa.Table) -> StoredFile:
    """Write rows to a file named `stem` and its content's hash, safely on disk; return it. Nothing refers to it yet."""
    partial = folder / f"{stem}.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    # Money and row ids stay plain: their dictionaries overflow and cost a third more to decode.
    coded: Any = [one.name for one in rows.schema if pa.types.is_string(one.type) or pa.types.is_date(one.type)]
    whole = rows.combine_chunks()  # pages follow chunks, and these follow the threads that made the rows
    pq.write_table(whole, partial, row_group_size=_ROW_GROUP, compression="lz4", use_dictionary=coded)
    with partial.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:_NAME_DIGITS]
        os.fsync(file.fileno())
    path = f"{stem}-{digest}.parquet"
    partial.replace(folder / path)
    _sync_folder(partial.parent)
    latest = pc.max(rows[KNOWN_ON]).as_py() if KNOWN_ON in rows.column_names else None
    return StoredFile(path, rows.num_rows, latest)


def read_table(folder: Path, file: StoredFile) -> pa.Table:
    """Return a stored file's rows."""
    return pq.read_table(folder / file.path, partitioning=None)


def remove_unnamed(folder: Path, layout: Layout) -> None:
    """Remove files that the layout does not name: left by an interrupted write, or of an earlier state."""
    current = layout.paths()
    for path in folder.rglob("*"):
        is_ours = path.suffix in {".parquet", ".partial"} and path.is_file()
        if is_ours and path.relative_to(folder).as_posix() not in current:
            path.unlink()


def write_replacing(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new one, never a part."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync_folder(path.parent)


def write_profiles_file(path: Path, profiles: pa.Table) -> None:
    """Replace a snapshot in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sink = pa.BufferOutputStream()
    pq.write_table(profiles.combine_chunks(), sink, compression="lz4")
    write_replacing(path, sink.getvalue().to_pybytes())


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the facts for one writer; another one waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bucket_count(rows: int, rows_per_bucket: int = ROWS_PER_BUCKET) -> int:
    """Return how many buckets so many rows want: a power of two."""
    count = 1
    while rows > count * rows_per_bucket:
        count *= 2
    return count


def bucket_of(enterprise: str, buckets: int) -> int:
    """Return the bucket of an enterprise: the same everywhere, and b or b + n once n buckets become 2n."""
    return int.from_bytes(hashlib.sha256(enterprise.encode()).digest()[:8], "big") % buckets


def bucket_numbers(enterprises: "pa.ChunkedArray[pa.StringScalar]", buckets: int) -> npt.NDArray[np.int64]:
    """Return the bucket of each value."""
    if buckets == 1:
        return np.zeros(len(enterprises), np.int64)
    encoded = enterprises.combine_chunks().dictionary_encode()
    numbers = np.array([bucket_of(str(one), buckets) for one in encoded.dictionary.to_pylist()], np.int64)
    found: npt.NDArray[np.int64] = numbers[encoded.indices.to_numpy()]
    return found


def _file(document: Mapping[str, object] | None) -> StoredFile | None:
    if document is None:
        return None
    known = document["latest_known_on"]
    return StoredFile(
        str(document["path"]), int(str(document["rows"])), None if known is None else date.fromisoformat(str(known))
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
