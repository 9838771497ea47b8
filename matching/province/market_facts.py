"""What the platform knows of firms when they ask: rows of the province in stored form, and profiles over them.

An intake would arrive at the same rows by checking and merging; this takes the short way, for rows that are clean.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import (
    AS_OF,
    ENTERPRISE,
    INVOICES,
    KNOWN_ON,
    KNOWN_ON_BASIS,
    LOANS,
    ROW_ID,
    SUPERSEDED_ON,
)
from features.dictionary import FEATURES
from features.engine import ArrowSources, build_profiles
from features.tables import TABLES, KnownOnBasis, stored_schema
from features.tables.contract import Column, Table
from matching.criteria import columns_of, expanded
from matching.product import CapsLimit, Product, SharesLimit
from matching.province.tables import Rows
from matching.province.timeline import MISSING, NEVER, Bools, Ints

SCHEME = "uscc:"
# The large tables of which every row is a fact of its own, told once.
_TOLD_ONCE = frozenset({INVOICES, LOANS})


def columns_read(products: Iterable[Product]) -> tuple[str, ...]:
    """Return the features that the products' criteria and limits read, sorted."""
    names: set[str] = set()
    for product in products:
        names.update(name for clause in expanded(product.criteria) for name in columns_of(clause.require))
        for limit in product.limits:
            names.update({limit.by} if isinstance(limit, CapsLimit) else {limit.of})
            names.update({limit.by} if isinstance(limit, SharesLimit) else ())
    return tuple(sorted(names & set(FEATURES)))


def profiles_of(
    rows: Mapping[str, Rows], codes: Sequence[str], firm: Ints, day: Ints, features: Sequence[str]
) -> pa.Table:
    """Return the profiles of these firms (places in `codes`), each once and on its day, in their order by code.

    `rows` are the tables of the bucket; rows not known by the last of the days change nothing.
    """
    asking = np.zeros(len(codes), dtype=np.bool_)
    asking[firm] = True
    tables = sorted({table for name in features for table in FEATURES[name].tables})
    last = int(day.max())
    sources = {name: stored_rows(TABLES[name], _asked(rows[name], asking, last), codes) for name in tables}
    ids = pa.array([SCHEME + codes[one] for one in firm.tolist()])
    asked = pa.table({ENTERPRISE: ids, AS_OF: _days(day)})
    return build_profiles(ArrowSources(sources), asked, features=features)


def stored_rows(table: Table, rows: Rows, codes: Sequence[str]) -> pa.Table:
    """Return clean rows in the stored form of their table, each version superseded by the next one known."""
    ids = pa.array([SCHEME + code for code in codes])
    arrays: dict[str, pa.Array[Any]] = {ENTERPRISE: ids.take(rows.firm)}
    for column in table.columns:
        if column.stored != ENTERPRISE:
            arrays[column.stored] = _stored(column, rows.columns[column.name])
    count = rows.firm.size
    arrays[KNOWN_ON_BASIS] = pa.array(np.full(count, KnownOnBasis.recorded.value))
    arrays[SUPERSEDED_ON] = _days(_superseded(table, rows))
    arrays[ROW_ID] = pa.array(np.arange(count))
    return pa.table(arrays, schema=stored_schema(table))


def _asked(rows: Rows, asking: Bools, last: int) -> Rows:
    known = np.asarray(rows.columns[KNOWN_ON])
    return rows.take(np.flatnonzero(asking[rows.firm] & (known <= last)))


def _stored(column: Column, values: object) -> "pa.Array[Any]":
    if column.true_when is not None:
        texts = values if isinstance(values, pa.Array) else pa.array(cast("Sequence[str]", values))
        return pc.equal(texts, pa.scalar(column.true_when))
    if not isinstance(values, np.ndarray):
        return values if isinstance(values, pa.Array) else pa.array(cast("Sequence[str | None]", values), pa.string())
    if column.kind == "day":
        return _days(values)
    return pa.array(values, pa.int64(), mask=values == MISSING)


def _days(days: Ints) -> "pa.Array[Any]":
    none = (days == MISSING) | (days >= NEVER)
    return pa.array(np.where(none, 0, days).astype(np.int32), pa.int32(), mask=none).cast(pa.date32())


def _superseded(table: Table, rows: Rows) -> Ints:
    """Return per row the day on which the next version of the same fact is known, NEVER where there is none."""
    known = np.asarray(rows.columns[KNOWN_ON])
    if table.name in _TOLD_ONCE:
        return np.full(known.size, NEVER)
    key = pd.DataFrame({"firm": rows.firm})
    for name in table.key:
        if name != ENTERPRISE:
            key[name] = _key(rows.columns[table.column(name).name])
    fact = key.groupby(list(key.columns), sort=False).ngroup().to_numpy()
    order = np.lexsort((known, fact))
    same = fact[order][1:] == fact[order][:-1]
    later = np.full(known.size, NEVER)
    later[order[:-1][same]] = known[order[1:][same]]
    return later


def _key(values: object) -> Ints:
    """Return a number for each value of a key's column, the same for equal ones."""
    if isinstance(values, np.ndarray):
        return values
    texts = values if isinstance(values, pa.Array) else pa.array(cast("Sequence[str | None]", values), pa.string())
    return texts.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
