"""The Parquet files of a study: only the columns that it names are read, a result is moved into place whole."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from service.errors import BadRequestError

#: Whole numbers with gaps keep their digits; as doubles those beyond 2^53 would become one another.
_NULLABLE: Final = {
    "int8": pd.Int8Dtype(),
    "int16": pd.Int16Dtype(),
    "int32": pd.Int32Dtype(),
    "int64": pd.Int64Dtype(),
    "uint8": pd.UInt8Dtype(),
    "uint16": pd.UInt16Dtype(),
    "uint32": pd.UInt32Dtype(),
    "uint64": pd.UInt64Dtype(),
}
_KEPT: Final = frozenset([*(str(one) for one in _NULLABLE.values()), "boolean"])
_PANDAS: Final = b"pandas"


def column_names(path: Path) -> list[str]:
    """Return the names of a Parquet file's columns in their order; a name that stands twice is refused."""
    names = [str(name) for name in _opened(path).schema_arrow.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadRequestError(
            f"{path}：列 {', '.join(twice)} 出现多次。",
            f"{path}: the columns {', '.join(twice)} stand there more than once.",
        )
    return names


def read_table(path: Path, names: Sequence[str]) -> pa.Table:
    """Return these columns of a Parquet file, the rows in its order; BadRequestError names what is missing."""
    held = set(column_names(path))
    absent = sorted(set(names) - held)
    if absent:
        raise BadRequestError(
            f"{path}：缺少列 {', '.join(absent)}。", f"{path}: the columns {', '.join(absent)} are missing."
        )
    file = _opened(path)
    nested = [name for name in names if pa.types.is_nested(file.schema_arrow.field(name).type)]
    if nested:
        raise BadRequestError(
            f"{path}：列 {', '.join(nested)} 不是简单值，无法使用。",
            f"{path}: the columns {', '.join(nested)} hold lists or structures, which a study cannot read.",
        )
    try:
        if not names:
            return pa.table({"": pa.nulls(file.metadata.num_rows)}).select([])
        return file.read(columns=list(dict.fromkeys(names))).select(list(dict.fromkeys(names)))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Return the table for reading by value: an index that a file remembers is a column, whole numbers stay whole."""
    columns = {name: _series(table.column(name)) for name in table.column_names}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))


def nullable_kinds(table: pa.Table) -> dict[str, str]:
    """Return the columns that pandas held as whole numbers with gaps or truths with gaps, with its name of the type."""
    told = json.loads((table.schema.metadata or {}).get(_PANDAS, b"{}"))
    kinds = {str(one.get("field_name") or one["name"]): str(one["numpy_type"]) for one in told.get("columns", ())}
    return {name: kinds[name] for name in table.column_names if kinds.get(name) in _KEPT}


def with_kinds(table: pa.Table, kinds: Mapping[str, str]) -> pa.Table:
    """Return the table so that pandas reads these columns in the types that `nullable_kinds` named."""
    columns = [
        {"name": name, "field_name": name, "pandas_type": kind.lower(), "numpy_type": kind, "metadata": None}
        for name, kind in kinds.items()
    ]
    told = {"index_columns": [], "column_indexes": [], "columns": columns}
    return table.replace_schema_metadata({_PANDAS: json.dumps(told).encode()} if columns else None)


@contextmanager
def parquet_at(path: Path) -> Iterator[Path]:
    """Give a file beside `path` to write into; it is moved to `path` once the block ends well, else removed.

    It is made first, so that a place where nothing can be written is refused before the work and not after it.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        try:
            scratch.chmod(0o666 & ~_umask())
            scratch.replace(path)
        except OSError as error:
            raise _unwritable(path, error) from error
    finally:
        scratch.unlink(missing_ok=True)


def write_table(table: pa.Table, path: Path) -> None:
    """Write the table as one Parquet file."""
    try:
        pq.write_table(table, path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError as error:
        raise BadRequestError(f"找不到文件 {path}。", f"The file {path} does not exist.") from error
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadRequestError:
    reason = _reason(error)
    return BadRequestError(
        f"{path} 不是可读取的 Parquet 文件：{reason}。", f"{path} is no readable Parquet file: {reason}."
    )


def _unwritable(path: Path, error: Exception) -> BadRequestError:
    reason = _reason(error)
    return BadRequestError(f"无法写入 {path}：{reason}。", f"{path} cannot be written: {reason}.")


def _series(column: "pa.ChunkedArray[Any]") -> "pd.Series[Any]":
    kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif column.null_count and pa.types.is_integer(kind):
        return column.to_pandas(types_mapper=lambda _: _NULLABLE[str(kind)])
    return column.to_pandas(date_as_object=False)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).partition("\n")[0]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
