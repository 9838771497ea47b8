"""Faults planted in known doses, so that the intake of a province has something to find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.rules import Rule
from features.uscc import make_uscc
from matching.province.firms import Firms
from matching.province.timeline import Rng, Timeline

DUPLICATE = ("invoices", "duplicate")
WRONG_TOTAL = ("invoices", Rule.total_differs.value)
KNOWN_TOO_EARLY = ("invoices", Rule.known_before_event.value)
UNKNOWN_ENTERPRISE = ("invoices", Rule.unknown_enterprise.value)
FALSE_CHECK_DIGIT = ("enterprises", Rule.false_check_digit.value)
NEGATIVE_CAPITAL = ("enterprises", Rule.negative.value)
#: What is planted, by table and rule. Duplicates are to be dropped, wrong totals warned of, the rest quarantined.
DIRT_RULES = (DUPLICATE, WRONG_TOTAL, KNOWN_TOO_EARLY, UNKNOWN_ENTERPRISE, FALSE_CHECK_DIGIT, NEGATIVE_CAPITAL)

# Per block of firms that has rows to copy.
_DOSES = {DUPLICATE: 40, WRONG_TOTAL: 2, KNOWN_TOO_EARLY: 2, UNKNOWN_ENTERPRISE: 2}


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Tables with faults, and how many of each were planted."""

    tables: Mapping[str, pa.Table]
    planted: Mapping[tuple[str, str], int]


def spoil(tables: Mapping[str, pa.Table], firms: Firms, wanted: int, timeline: Timeline, rng: Rng) -> Spoilt:
    """Return the block's tables with faulty rows added; no good row is changed or taken away."""
    stranger = make_uscc("91", "620102", 500_000_000 + int(firms.number[0]))
    bad: dict[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
        DUPLICATE: lambda row: row,
        WRONG_TOTAL: lambda row: _renumbered(row, "8", {"total_yuan": row["total_yuan"] + Decimal("0.50")}),
        KNOWN_TOO_EARLY: lambda row: _renumbered(row, "9", {"known_on": row["issued_on"] - timedelta(days=3)}),
        UNKNOWN_ENTERPRISE: lambda row: {**row, "enterprise": stranger},
    }
    spoilt = dict(tables)
    planted = dict.fromkeys(DIRT_RULES, 0)
    for rule, dose in _DOSES.items():
        rows = _sample(tables["invoices"], min(dose, max(wanted // 10, 1)), rng)
        faulty = pa.Table.from_pylist([bad[rule](row) for row in rows], schema=tables["invoices"].schema)
        spoilt["invoices"] = pa.concat_tables([spoilt["invoices"], faulty])
        planted[rule] = faulty.num_rows
    registry = tables["enterprises"]
    faulty = pa.Table.from_pylist(_bad_firms(registry, firms, timeline), schema=registry.schema)
    spoilt["enterprises"] = pa.concat_tables([registry, faulty])
    planted[FALSE_CHECK_DIGIT] = planted[NEGATIVE_CAPITAL] = 1
    return Spoilt(spoilt, planted)


def _sample(table: pa.Table, count: int, rng: Rng) -> list[dict[str, Any]]:
    """Return rows with an amount, each at most once; fewer where the table has fewer."""
    places = np.flatnonzero(pc.not_equal(table["amount_yuan"], pa.scalar(Decimal(0))).to_numpy())
    chosen = rng.choice(places, size=min(count, places.size), replace=False)
    rows: list[dict[str, Any]] = table.take(pa.array(np.sort(chosen))).to_pylist()
    return rows


def _renumbered(row: dict[str, Any], channel: str, change: dict[str, Any]) -> dict[str, Any]:
    """Return a copy that is an invoice of its own: another number, valid, with the change."""
    return {**row, "invoice_no": row["invoice_no"][:4] + channel + row["invoice_no"][5:], "status": "valid", **change}


def _bad_firms(registry: pa.Table, firms: Firms, timeline: Timeline) -> list[dict[str, Any]]:
    """Return two firms that must not enter: one whose code's last character is wrong, one with negative capital."""
    row = registry.slice(0, 1).to_pylist()[0]
    first = int(firms.number[0])
    good = make_uscc("91", "620102", 600_000_000 + first)
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    known = timeline.end - timedelta(days=30)
    common = {**row, "kind": "company", "founded_on": known - timedelta(days=400), "known_on": known}
    return [
        {**common, "enterprise": wrong},
        {
            **common,
            "enterprise": make_uscc("91", "620102", 700_000_000 + first),
            "registered_capital_yuan": Decimal(-10_000),
        },
    ]
