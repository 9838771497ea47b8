"""Writes a delivery into the facts of a home: merged per bucket, laid beside the old files, switched in one step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import ENTERPRISE, ENTERPRISES, NAME, SUPERSEDED_ON
from features.tables import TABLES, Table
from features.versions import KEPT, merge_versions
from service.store.facts_layout import (
    ROWS_PER_BUCKET,
    Layout,
    StoredFile,
    StoredTable,
    bucket_count,
    bucket_numbers,
    read_layout,
    read_table,
    remove_unnamed,
    store_table,
    write_layout,
    writing,
)

DEFAULTED = "defaulted"
_KNOWN: dict[str, pa.DataType] = {ENTERPRISE: pa.string(), NAME: pa.string()}
_UNDATED: dict[str, pa.DataType] = {ENTERPRISE: pa.string(), DEFAULTED: pa.bool_()}

#: Is told the table, how many of its buckets are done, and how many there are.
Tell = Callable[[str, int, int], None]
Fates = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class NewFacts:
    """A checked delivery of one scheme.

    `tables` holds rows in stored form by table, an empty one where a file without rows was delivered; `names` the
    enterprises of a scheme that has no registry table; `undated_defaults` outcomes without a day, by enterprise.
    """

    scheme: str
    tables: Mapping[str, pa.Table]
    names: Mapping[str, str] = field(default_factory=dict)
    undated_defaults: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: the fate of each delivered row (`features.versions`) by table; every enterprise's name now."""

    fates: Mapping[str, Fates]
    names: Mapping[str, str]


def write_facts(folder: Path, new: NewFacts, tell: Tell, rows_per_bucket: int = ROWS_PER_BUCKET) -> Written:
    """Merge a delivery into the facts of a home, whole or not at all."""
    with writing(folder):
        before = read_layout(folder)
        remove_unnamed(folder, before)
        tables = dict(before.tables)
        fates = {}
        for name in (name for name in TABLES if name in new.tables):
            old, delivered = before.tables.get(name, StoredTable(())), new.tables[name]
            # Not of the sum: rows delivered again would split buckets and change every file.
            count = max(bucket_count(one, rows_per_bucket) for one in (old.rows, delivered.num_rows))
            buckets, fates[name] = _write_buckets(
                folder, TABLES[name], old, delivered, max(count, len(old.buckets)), tell
            )
            tables[name] = StoredTable(tuple(sorted({*old.schemes, new.scheme})), buckets)
        names = {**new.names, **_registered(folder, tables.get(ENTERPRISES))}
        enterprises, known = _write_mapping(folder, "known_enterprises", _KNOWN, before.enterprises, names)
        outcomes, _ = _write_mapping(
            folder, "undated_defaults", _UNDATED, before.undated_defaults, new.undated_defaults
        )
        after = Layout(tables, enterprises, outcomes)
        if after != before:
            write_layout(folder, after)
    return Written(fates, {one: str(name) for one, name in known.items()})


def _write_buckets(  # noqa: PLR0913, PLR0917 (where, what was, what came, and how it is parted)
    folder: Path, table: Table, old: StoredTable, delivered: pa.Table, count: int, tell: Tell
) -> tuple[tuple[StoredFile | None, ...], Fates]:
    numbers = bucket_numbers(delivered[ENTERPRISE], count)
    fates = np.full(delivered.num_rows, KEPT, np.int8)
    buckets = []
    for bucket in range(count):
        tell(table.name, bucket, count)
        mine = np.flatnonzero(numbers == bucket)
        file, fates[mine] = _write_bucket(folder, table, old, (bucket, count), delivered.take(mine))
        buckets.append(file)
    tell(table.name, count, count)
    return tuple(buckets), fates


def _write_bucket(
    folder: Path, table: Table, old: StoredTable, place: tuple[int, int], delivered: pa.Table
) -> tuple[StoredFile | None, Fates]:
    bucket, count = place
    file = old.buckets[bucket % len(old.buckets)]
    is_split = count != len(old.buckets)
    if not delivered.num_rows and not is_split:
        return file, np.empty(0, np.int8)
    stored = None if file is None else read_table(folder, file)
    if stored is not None and is_split:
        stored = stored.take(np.flatnonzero(bucket_numbers(stored[ENTERPRISE], count) == bucket))
    merged = merge_versions(table, stored, delivered)
    if not merged.is_changed and not is_split:
        return file, merged.fates
    if not merged.rows.num_rows:
        return None, merged.fates
    return store_table(folder, f"{table.name}/bucket-{bucket:03d}", merged.rows), merged.fates


def _write_mapping(
    folder: Path, stem: str, columns: Mapping[str, pa.DataType], old: StoredFile | None, new: Mapping[str, object]
) -> tuple[StoredFile | None, Mapping[str, object]]:
    """Lay the new values of enterprise → value over the old ones; return their file and all values."""
    before = {} if old is None else dict(zip(*read_table(folder, old).to_pydict().values(), strict=True))
    after = {**before, **new}
    if after == before:
        return old, after
    keys, values = zip(*sorted(after.items()), strict=True)
    rows = pa.table(dict(zip(columns, (list(keys), list(values)), strict=True)), schema=pa.schema(columns))
    return store_table(folder, stem, rows), after


def _registered(folder: Path, registry: StoredTable | None) -> dict[str, str]:
    """Return the newest name of every enterprise in the registry."""
    names: dict[str, str] = {}
    for file in () if registry is None else registry.buckets:
        if file is not None:
            rows = read_table(folder, file)
            newest = rows.filter(pc.is_null(rows[SUPERSEDED_ON]))
            names.update(
                {str(one[ENTERPRISE]): str(one[NAME]) for one in newest.select([ENTERPRISE, NAME]).to_pylist()}
            )
    return names
