"""The hash of profiles: equal values give equal hashes, however the table is held."""

import hashlib
import sys
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa


def profile_hash(profiles: pa.Table) -> str:
    """Return `duckdb-<version>:sha256:<hex>` over names, types and values of the columns, in order of the rows.

    Chunks, offsets and what lies under a null do not count, nor does the sign of zero.
    """
    digest = hashlib.sha256()
    digest.update(profiles.num_rows.to_bytes(8, "little"))
    for name in profiles.column_names:
        column = profiles.column(name).combine_chunks()
        digest.update(f"{name}\\0{column.type}\\0".encode())
        for part in _canonical(column):
            digest.update(part)
    return f"duckdb-{duckdb.__version__}:sha256:{digest.hexdigest()}"


def _canonical(column: "pa.Array[Any]") -> Iterator[bytes]:
    """Yield the bytes of a column: which values are null, then the values, little-endian, zero where null."""
    yield np.packbits(column.is_null().to_numpy(zero_copy_only=False)).tobytes()
    if pa.types.is_string(column.type):
        texts = [str(text).encode() for text in column.fill_null("").to_pylist()]
        yield np.array([len(text) for text in texts], dtype="<i8").tobytes()
        yield b"".join(texts)
        return
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    values = column.fill_null(0).to_numpy(zero_copy_only=False)
    if np.issubdtype(values.dtype, np.floating):
        values = values + 0.0  # −0.0 becomes 0.0
    yield (values.byteswap() if sys.byteorder == "big" else values).tobytes()
