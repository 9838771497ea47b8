"""Fact files as a source of the engine: one table in any order of rows and any split into files."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.columns import ENTERPRISE, INVOICES


@dataclass(frozen=True)
class ParquetSources:
    """Invoice files in a folder."""

    folder: Path

    def bind(self, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
        """Make the view of the invoices."""
        connection.execute(f"CREATE TEMP VIEW {INVOICES} AS FROM read_parquet('{self.folder}/*.parquet')")
        return frozenset({INVOICES})


def shuffled(invoices: pa.Table, seed: int) -> pa.Table:
    """Return the rows in another order."""
    return invoices.take(pa.array(np.random.default_rng(seed).permutation(invoices.num_rows)))


def split(invoices: pa.Table, folder: Path, files: int, row_group: int) -> ParquetSources:
    """Write the rows into so many files by firm, each firm in one, and return them as a source."""
    folder.mkdir()
    codes = pc.dictionary_encode(invoices[ENTERPRISE]).combine_chunks().indices.to_numpy()
    for number in range(files):
        part = invoices.filter(pa.array(codes % files == number))
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=row_group)
    return ParquetSources(folder)
