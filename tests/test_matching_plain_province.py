"""Forty firms of the plain province the first 24 products were first seen with: they lie in the lists they lay in.

Their rows are kept as delivered (`golden/plain_province/*.csv`, synthetic) beside the answers of that time, so that no
later province, table, feature or ranker can move a firm from one list to another, or change what refuses it. Only the
order of a list is free.
"""

import json
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv

from features.engine import ArrowSources, build_profiles
from features.quality import Source, check
from features.tables import TABLES
from features.versions import merge_versions
from matching.eligibility import Request
from matching.lists import MatchLists, Settings, products_for
from matching.product import sample_products

FOLDER = Path(__file__).parent / "golden" / "plain_province"
ANSWERS: dict[str, dict[str, Any]] = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
END, RECEIVED = date(2026, 6, 30), date(2026, 7, 1)
FIRST_PRODUCTS = [one for one in sample_products() if one.id in {f"sample-{place:02}" for place in range(1, 25)}]


def delivered(name: str) -> pa.Table:
    """Read a file as an intake does: every value as text."""
    path = FOLDER / f"{name}.csv"
    header = path.read_text(encoding="utf-8").partition("\n")[0]
    columns = [one.strip('"') for one in header.split(",")]
    return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())))


@cache
def profiles() -> pa.Table:
    stored = {}
    for path in sorted(FOLDER.glob("*.csv")):
        checked = check(TABLES[path.stem], delivered(path.stem), Source(RECEIVED), set(ANSWERS))
        assert (checked.quarantined.num_rows, checked.warnings.num_rows) == (0, 0)
        stored[path.stem] = merge_versions(TABLES[path.stem], None, checked.good).rows
    asked = pa.table({"enterprise": sorted(ANSWERS), "as_of": pa.array([END] * len(ANSWERS), pa.date32())})
    return build_profiles(ArrowSources(stored), asked, threads=1)


def answer(lists: MatchLists) -> dict[str, Any]:
    """Write down what a firm was told, whatever the order."""
    fits = {one.id: {"list": "fits"} for one in lists.fits}
    may_fit = {
        one.id: {"list": "may_fit", "missing": sorted(missing.column for missing in one.missing)}
        for one in lists.may_fit
    }
    refused = {
        one.id: {"list": "does_not_fit", "criterion": one.criterion_id, "values": [list(pair) for pair in one.values]}
        for one in lists.does_not_fit
    }
    return fits | may_fit | refused


@pytest.mark.parametrize("place", range(40))
def test_each_firm_lies_in_the_same_lists_for_the_same_reasons(place: int) -> None:
    profile = profiles().slice(place, 1)
    lists = products_for(profile, FIRST_PRODUCTS, None, Request(), Settings(tie_key=b"any"))
    assert answer(lists) == ANSWERS[profile["enterprise"][0].as_py()]


def test_the_forty_differ_enough_to_notice_a_change() -> None:
    assert len(ANSWERS) == 40
    assert [len(own) for own in ANSWERS.values()] == [len(FIRST_PRODUCTS)] * 40 == [24] * 40
    told = Counter(one["list"] for own in ANSWERS.values() for one in own.values())
    assert min(told.values()) > 100
    refused = {(name, one["criterion"]) for own in ANSWERS.values() for name, one in own.items() if "criterion" in one}
    assert len(refused) > 100
    assert set(profiles()["kind"].to_pylist()) == {"company", "sole_proprietor", "cooperative"}
    assert len({name[7:11] for name in ANSWERS}) == 14  # prefectures
    counts = Counter(delivered("invoices")["enterprise"].to_pylist())
    assert max(counts.values()) > 200
    assert sum(counts[name[5:]] < 12 for name in ANSWERS) >= 10
