"""Provinces shared by tests, built once per process, and their way to profiles by the real intake rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from features.engine import ArrowSources, build_profiles
from features.quality import Source, check
from features.tables import TABLES
from features.versions import merge_versions
from matching.province import Province, Truth, build_world
from matching.province.blocks import draw_bucket
from matching.province.build import PRESET_END
from matching.province.firms import Firms
from matching.province.tables import edge_table
from matching.province.timeline import NEVER, Timeline

SEED = 20260630
#: When the provinces are taken in.
RECEIVED = date(2026, 7, 1)


@dataclass(frozen=True)
class FirmsAlone:
    """Firms with their own facts, before they meet any bank and without dirt: quality and distress by bare id."""

    firms: Firms
    tables: Mapping[str, pa.Table]
    quality: "pd.Series[float]"
    distressed_on: "pd.Series[pd.Timestamp]"


@cache
def world(enterprises: int, seed: int = SEED) -> tuple[Province, Truth]:
    """Return a province and its truth; tests must not change them."""
    return build_world(enterprises, seed)


@cache
def facts(enterprises: int) -> dict[str, pa.Table]:
    """Return the province's tables as a home stores them: checked by the contracts, in versions."""
    province, _ = world(enterprises)
    known = {f"uscc:{one}" for one in province.enterprises}
    stored = {}
    for name, delivered in province.tables.items():
        checked = check(TABLES[name], delivered, Source(RECEIVED), known)
        stored[name] = merge_versions(TABLES[name], None, checked.good).rows
    return stored


@cache
def profiles(enterprises: int) -> pa.Table:
    """Return every firm's profile as of the province's last day."""
    province, _ = world(enterprises)
    ids = sorted(f"uscc:{one}" for one in province.enterprises)
    asked = pa.table({"enterprise": ids, "as_of": pa.array([province.end] * len(ids), pa.date32())})
    return build_profiles(ArrowSources(facts(enterprises)), asked, threads=1)


@cache
def firms_alone(enterprises: int) -> FirmsAlone:
    """Return the first firms of the province, at most one bucket of them, with the rows of their own."""
    bucket = draw_bucket(SEED, 0, enterprises, Timeline(PRESET_END))
    firms = bucket.firms
    codes, comes = list(firms.codes), firms.distressed_on < NEVER
    days = pd.Series(pd.to_datetime(firms.distressed_on[comes], unit="D"), index=np.array(codes)[comes])
    tables = {name: edge_table(name, rows, codes) for name, rows in bucket.rows.items()}
    return FirmsAlone(firms, tables, pd.Series(firms.quality, index=codes), days)
