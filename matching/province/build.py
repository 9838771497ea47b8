"""Building a province bucket by bucket: firms, then what they do with the banks, then tables of the edge."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from matching.errors import ProvinceError
from matching.product import sample_products
from matching.province.blocks import BUCKET, Bucket, draw_bucket, known_rows
from matching.province.calibration import PRESET, MarketSettings
from matching.province.dirt import Spoilt, spoil
from matching.province.firms import Firms
from matching.province.market import Market, market_of
from matching.province.tables import COLUMNS, edge_schema, edge_table, no_rows
from matching.province.timeline import NEVER, Timeline, bucket_streams

#: The last day of which the preset province knows anything.
PRESET_END = date(2026, 6, 30)
_SCHEME = "uscc"


@dataclass(frozen=True, slots=True)
class Province:
    """Tables of the edge by name, with the seed and last day they come from.

    `dirt` counts the faults planted in them by (table, rule); `enterprises` are the ids of the firms, in order of their
    number: those that a clean intake ends up with.
    """

    seed: int
    end: date
    tables: Mapping[str, pa.Table]
    enterprises: tuple[str, ...]
    dirt: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Truth:
    """What no table shows, for evaluation only.

    `firms`: `enterprise` with its scheme, `quality`, `distressed_on` (null: never). `pairs`: one row per request and
    product that fitted that day, with `grant_chance` (before quotas), `take_chance` (if granted) and their product
    `chance`. `market`: the `bank` that treats firms of one `kind` worse, by `factor` on the odds.
    """

    firms: pa.Table
    pairs: pa.Table
    market: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Built:
    """One bucket as delivered, and its truth apart."""

    enterprises: tuple[str, ...]
    tables: Mapping[str, pa.Table]
    dirt: Mapping[tuple[str, str], int]
    truth: Truth


def build_province(enterprises: int, seed: int, end: date = PRESET_END, *, dirty: bool = True) -> Province:
    """Return a province of that many enterprises, the same bytes for the same seed.

    With `dirty`, a few rows that an intake must drop, warn of or quarantine are planted and counted. Raises
    `ProvinceError` where `enterprises` is not positive or `seed` is negative.
    """
    return build_world(enterprises, seed, end, dirty=dirty)[0]


def build_world(
    enterprises: int, seed: int, end: date = PRESET_END, *, dirty: bool = True, market: MarketSettings = PRESET
) -> tuple[Province, Truth]:
    """Return the province and, apart from it, the latent truth behind it; see `build_province`."""
    built = list(built_buckets(enterprises, seed, end, dirty=dirty, market=market))
    tables = {name: pa.concat_tables([one.tables[name] for one in built]).combine_chunks() for name in COLUMNS}
    codes = tuple(chain.from_iterable(one.enterprises for one in built))
    return Province(seed, end, tables, codes, _total([one.dirt for one in built])), _joined(built)


def write_world(
    folder: Path, enterprises: int, seed: int, end: date = PRESET_END, *, dirty: bool = True
) -> tuple[Province, Truth]:
    """Write the province's tables into an existing folder as `<name>.parquet`, one bucket in memory at a time.

    The province returned has the tables' schemas and no rows. The truth is returned, never written.
    """
    writers = {name: pq.ParquetWriter(folder / f"{name}.parquet", edge_schema(name)) for name in COLUMNS}
    built = []
    try:
        for one in built_buckets(enterprises, seed, end, dirty=dirty):
            for name, table in one.tables.items():
                writers[name].write_table(table)
            built.append(Built(one.enterprises, {}, one.dirt, one.truth))
    finally:
        for writer in writers.values():
            writer.close()
    codes = tuple(chain.from_iterable(one.enterprises for one in built))
    empty = {name: edge_schema(name).empty_table() for name in COLUMNS}
    return Province(seed, end, empty, codes, _total([one.dirt for one in built])), _joined(built)


def built_buckets(
    enterprises: int, seed: int, end: date = PRESET_END, *, dirty: bool = True, market: MarketSettings = PRESET
) -> Iterator[Built]:
    """Build bucket after bucket; raises `ProvinceError` as `build_province` does."""
    if enterprises < 1 or seed < 0:
        raise ProvinceError(f"a province needs at least one enterprise and a seed of at least 0: {enterprises}, {seed}")
    timeline = Timeline(end)
    for number in range(-(-enterprises // BUCKET)):
        wanted = min(BUCKET, enterprises - number * BUCKET)
        bucket = draw_bucket(seed, number, wanted, timeline)
        yield _finished(bucket, market_of(bucket, sample_products(), market), dirty=dirty)


def _finished(bucket: Bucket, market: Market, *, dirty: bool) -> Built:
    found = {name: known_rows(rows, bucket.firms.size, bucket.timeline) for name, rows in market.rows.items()}
    rows = {name: found.get(name) or no_rows(name) for name in COLUMNS}
    tables = {name: edge_table(name, one, bucket.firms.codes) for name, one in rows.items()}
    rng = bucket_streams(bucket.seed, bucket.number)["dirt"]
    spoilt = spoil(tables, bucket, rng) if dirty else Spoilt(tables, {})
    told = {} if market.bias is None else asdict(market.bias)
    return Built(bucket.firms.codes, spoilt.tables, spoilt.planted, Truth(_latent(bucket.firms), market.pairs, told))


def _joined(built: list[Built]) -> Truth:
    firms, pairs = (
        pa.concat_tables([getattr(one.truth, name) for one in built]).combine_chunks() for name in ("firms", "pairs")
    )
    return Truth(firms, pairs, built[0].truth.market)


def _latent(firms: Firms) -> pa.Table:
    days = firms.distressed_on
    day = pa.array(days.astype(np.int32), pa.int32(), mask=days == NEVER).cast(pa.date32())
    codes = pa.array([f"{_SCHEME}:{code}" for code in firms.codes])
    return pa.table({"enterprise": codes, "quality": pa.array(firms.quality), "distressed_on": day})


def _total(counts: list[Mapping[tuple[str, str], int]]) -> dict[tuple[str, str], int]:
    return {key: sum(one[key] for one in counts) for key in counts[0]}
