"""The same bytes for any number of threads, order of rows and split into files. Small tables would hide one."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from agreement import agree
from fact_rows import asked, generated_invoices
from oracle_invoices import invoice_features
from parquet_sources import shuffled, split
from real_invoices import real_invoices

from features.columns import ENTERPRISE, INVOICES
from features.dictionary import FEATURES, Block
from features.engine import ArrowSources, build_profiles
from features.profile import profile_hash

NAMES = [one.name for one in FEATURES.values() if one.block is Block.invoices]
REAL_DAY = date(2020, 2, 21)


@pytest.fixture(scope="module")
def real(cumcm2020c: Path) -> pa.Table:
    return real_invoices(cumcm2020c)


def hashes(invoices: pa.Table, pairs: pa.Table, folder: Path) -> dict[str, str]:
    """Return the profile's hash under every number of threads, order and split."""
    in_memory, mixed = ArrowSources({INVOICES: invoices}), shuffled(invoices, 1)
    ways: dict[str, tuple[Any, int]] = {
        **{f"{threads} threads": (in_memory, threads) for threads in (1, 2, 4)},
        "shuffled": (ArrowSources({INVOICES: mixed}), 2),
        "one file": (split(invoices, folder / "one", 1, 122_880), 2),
        "four files, shuffled": (split(mixed, folder / "four", 4, 20_000), 4),
    }
    return {
        way: profile_hash(build_profiles(source, pairs, features=NAMES, threads=threads))
        for way, (source, threads) in ways.items()
    }


@pytest.mark.slow
def test_a_generated_set_gives_the_same_bytes_in_every_way(tmp_path: Path) -> None:
    invoices = generated_invoices(200_000, 60, seed=3)
    firms = sorted(pc.unique(invoices[ENTERPRISE]).to_pylist())
    days = [date(2022, 12, 31), date(2023, 7, 1), date(2024, 1, 15)]
    found = hashes(invoices, asked(*((firm, day) for firm in firms for day in days)), tmp_path)
    assert set(found.values()) == {found["1 threads"]}


def test_the_real_set_gives_the_same_bytes_in_every_way_and_every_time(real: pa.Table, tmp_path: Path) -> None:
    pairs = asked(*((firm, REAL_DAY) for firm in sorted(pc.unique(real[ENTERPRISE]).to_pylist())))
    found = hashes(real, pairs, tmp_path)
    again = [
        profile_hash(build_profiles(ArrowSources({INVOICES: real}), pairs, features=NAMES, threads=2)) for _ in range(4)
    ]
    assert {*found.values(), *again} == {found["1 threads"]}


@pytest.mark.parametrize("firm", ["cumcm2020c:E1", "cumcm2020c:E36", "cumcm2020c:E118", "cumcm2020c:E424"])
def test_real_firms_agree_with_the_oracle(real: pa.Table, firm: str) -> None:
    mine = real.filter(pc.equal(real[ENTERPRISE], firm))
    days = [date(2018, 12, 31), date(2019, 6, 30), REAL_DAY]
    found = build_profiles(ArrowSources({INVOICES: mine}), asked(*((firm, day) for day in days)), features=NAMES)
    rows = mine.to_pylist()
    for row, day in zip(found.to_pylist(), days, strict=True):
        agree(NAMES, row, invoice_features(rows, day))
