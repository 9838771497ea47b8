"""Provinces shared by tests, built once per process, and their way to profiles by the real intake rules."""

from datetime import date
from functools import cache

import pyarrow as pa

from features.engine import ArrowSources, build_profiles
from features.quality import Source, check
from features.tables import TABLES
from features.versions import merge_versions
from matching.province import Province, Truth, build_world

SEED = 20260630
#: When the provinces are taken in.
RECEIVED = date(2026, 7, 1)


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
