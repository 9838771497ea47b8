"""Building a province: blocks of firms, each a pure function of seed and block number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np
import pyarrow as pa

from matching.errors import ProvinceError
from matching.province import loans, public_record, taxes
from matching.province.activity import draw_activity
from matching.province.dirt import DIRT_RULES, Spoilt, spoil
from matching.province.firms import Firms, draw_firms, registry_rows
from matching.province.invoices import purchase_rows, sales_rows
from matching.province.names import draw_names
from matching.province.tables import COLUMNS, Rows, edge_table
from matching.province.timeline import NEVER, Timeline, streams

#: The last day of which the preset province knows anything.
PRESET_END = date(2026, 6, 30)
#: Firms drawn together; a smaller province is the beginning of a larger one.
BLOCK = 500


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
    """What no table shows, for evaluation only: `enterprise`, `quality`, `distressed_on` (null: never)."""

    firms: pa.Table


def build_province(enterprises: int, seed: int, end: date = PRESET_END, *, dirty: bool = True) -> Province:
    """Return a province of that many enterprises, the same bytes for the same seed.

    With `dirty`, a few rows that an intake must drop, warn of or quarantine are planted and counted. Raises
    `ProvinceError` where `enterprises` is not positive or `seed` is negative.
    """
    return build_world(enterprises, seed, end, dirty=dirty)[0]


def build_world(enterprises: int, seed: int, end: date = PRESET_END, *, dirty: bool = True) -> tuple[Province, Truth]:
    """Return the province and, apart from it, the latent truth behind it; see `build_province`."""
    if enterprises < 1 or seed < 0:
        raise ProvinceError(f"a province needs at least one enterprise and a seed of at least 0: {enterprises}, {seed}")
    timeline = Timeline(end)
    blocks = [
        _build_block(seed, block, min(BLOCK, enterprises - block * BLOCK), timeline, dirty=dirty)
        for block in range(-(-enterprises // BLOCK))
    ]
    tables = {name: pa.concat_tables([one.tables[name] for one in blocks]).combine_chunks() for name in COLUMNS}
    dirt = {key: sum(one.dirt[key] for one in blocks) for key in DIRT_RULES} if dirty else {}
    codes = tuple(chain.from_iterable(one.codes for one in blocks))
    truth = pa.concat_tables([one.truth for one in blocks]).combine_chunks()
    return Province(seed, end, tables, codes, dirt), Truth(truth)


@dataclass(frozen=True, slots=True)
class _Block:
    tables: Mapping[str, pa.Table]
    codes: tuple[str, ...]
    truth: pa.Table
    dirt: Mapping[tuple[str, str], int]


def _build_block(seed: int, block: int, wanted: int, timeline: Timeline, *, dirty: bool) -> _Block:
    rng = streams(seed, block)
    firms = draw_firms(block * BLOCK, BLOCK, timeline, rng["firms"])
    activity = draw_activity(firms, timeline, rng["activity"])
    sales, sales_by_month = sales_rows(activity, rng["sales"])
    filings, arrears = taxes.filing_and_arrear_rows(activity, sales_by_month, rng["taxes"])
    lent, missed_on = loans.loan_rows(firms, timeline, rng["loans"])
    rows = {
        "enterprises": registry_rows(firms, draw_names(firms), timeline, rng["firms"]),
        "tax_ratings": taxes.rating_rows(firms, timeline, rng["taxes"]),
        "tax_filings": filings,
        "tax_arrears": arrears,
        "invoices": sales.followed_by(purchase_rows(activity, rng["purchases"])),
        "loans": lent,
        "judgments": public_record.judgment_rows(firms, missed_on, timeline, rng["public"]),
        "penalties": public_record.penalty_rows(firms, timeline, rng["public"]),
    }
    known = {name: _known(one, wanted, timeline) for name, one in rows.items()}
    tables = {name: edge_table(name, one, firms.codes) for name, one in known.items()}
    spoilt = spoil(tables, firms, wanted, timeline, rng["dirt"]) if dirty else Spoilt(tables, {})
    return _Block(spoilt.tables, firms.codes[:wanted], _truth(firms, wanted), spoilt.planted)


def _known(rows: Rows, wanted: int, timeline: Timeline) -> Rows:
    """Return the rows of the wanted firms that are known by the last day."""
    known_on = rows.columns["known_on"]
    kept = (rows.firm < wanted) & (np.asarray(known_on) <= timeline.end_day)
    return rows.take(np.flatnonzero(kept))


def _truth(firms: Firms, wanted: int) -> pa.Table:
    days = firms.distressed_on[:wanted]
    day = pa.array(days.astype(np.int32), pa.int32(), mask=days == NEVER).cast(pa.date32())
    quality = pa.array(firms.quality[:wanted])
    return pa.table({"enterprise": pa.array(firms.codes[:wanted]), "quality": quality, "distressed_on": day})
