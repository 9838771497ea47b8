"""Faults planted in known doses, so that the intake of a province has something to find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.rules import Rule
from features.uscc import make_uscc
from matching.province.blocks import Bucket
from matching.province.timeline import Rng

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Rows of a table copied with a fault: how many for a thousand firms, and what becomes of a copy."""

    table: str
    rule: str
    dose: int
    spoil: Callable[[Row], Row]


DUPLICATE = ("invoices", "duplicate")
FALSE_CHECK_DIGIT = ("enterprises", Rule.false_check_digit.value)
NEGATIVE_CAPITAL = ("enterprises", Rule.negative.value)
# Made codes that no firm of a province has: enterprises that are not registered, those with a false check digit, and
# those with negative capital begin at these numbers.
_STRANGERS, _FALSE, _NEGATIVE = 500_000_000, 600_000_000, 700_000_000
_A_THOUSAND = 1_000
# Of faulty entries in the register there is one of each sort for so many firms.
_FIRMS_A_FAULT = 500


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Tables with faults, and how many of each were planted by (table, rule)."""

    tables: Mapping[str, pa.Table]
    planted: Mapping[tuple[str, str], int]


def spoil(tables: Mapping[str, pa.Table], bucket: Bucket, rng: Rng) -> Spoilt:
    """Return the bucket's tables with faulty rows added; no good row is changed or taken away.

    Duplicates are to be dropped, wrong totals warned of, all others quarantined.
    """
    spoilt = dict(tables)
    planted = {}
    for fault in _faults(bucket):
        wanted = max(round(fault.dose * bucket.firms.size / _A_THOUSAND), 1)
        rows = _sample(tables[fault.table], min(wanted, max(bucket.firms.size // 10, 1)), rng)
        planted[fault.table, fault.rule] = len(rows)
        spoilt[fault.table] = _with(spoilt[fault.table], [fault.spoil(row) for row in rows])
    registry = tables["enterprises"].slice(0, 1).to_pylist()[0]
    places = range(max(bucket.firms.size // _FIRMS_A_FAULT, 1))
    first, known = int(bucket.firms.number[0]), bucket.timeline.end - timedelta(days=30)
    bad = [row for place in places for row in _bad_firms(registry, first + place, known)]
    planted[FALSE_CHECK_DIGIT] = planted[NEGATIVE_CAPITAL] = len(places)
    spoilt["enterprises"] = _with(spoilt["enterprises"], bad)
    return Spoilt(spoilt, planted)


def _faults(bucket: Bucket) -> tuple[Fault, ...]:
    stranger = make_uscc("91", "620102", _STRANGERS + bucket.number)
    return (
        Fault(*DUPLICATE, 80, lambda row: row),
        Fault("invoices", Rule.total_differs, 4, lambda row: _with_other_total(row, bucket.timeline.end)),
        Fault("invoices", Rule.known_before_event, 4, _known_too_early),
        Fault("invoices", Rule.unknown_enterprise, 4, lambda row: {**row, "enterprise": stranger}),
        Fault("registration_changes", Rule.known_before_event, 2, lambda row: _early(row, "changed_on")),
        Fault("social_insurance", Rule.negative, 4, lambda row: {**row, "paid_yuan": Decimal(-100)}),
        Fault("honours", Rule.unknown_code, 2, lambda row: {**row, "honour": "famous_brand"}),
        Fault("requests", Rule.not_positive, 2, lambda row: {**row, "amount_yuan": Decimal(0)}),
        Fault("decisions", Rule.unknown_code, 2, lambda row: {**row, "outcome": "perhaps"}),
        Fault("decisions", Rule.wrong_settlement, 2, _settled_too_early),
    )


def _sample(table: pa.Table, count: int, rng: Rng) -> list[Row]:
    """Return rows, each at most once; fewer where the table has fewer. Of invoices those with an amount."""
    places = np.arange(table.num_rows)
    if "total_yuan" in table.column_names:
        places = np.flatnonzero(pc.not_equal(table["total_yuan"], pa.scalar(Decimal(0))).to_numpy())
    chosen = rng.choice(places, size=min(count, places.size), replace=False)
    rows: list[Row] = table.take(pa.array(np.sort(chosen))).to_pylist()
    return rows


def _with(table: pa.Table, rows: list[Row]) -> pa.Table:
    return pa.concat_tables([table, pa.Table.from_pylist(rows, schema=table.schema)])


def _with_other_total(row: Row, end: date) -> Row:
    # It is taken in, so it is known last: no earlier day's profile, which the market went by, may change.
    return _renumbered(row, "8") | {"total_yuan": row["total_yuan"] + Decimal("0.50"), "known_on": end}


def _known_too_early(row: Row) -> Row:
    return _early(_renumbered(row, "9"), "issued_on")


def _settled_too_early(row: Row) -> Row:
    return row | {"settled_on": row["decided_on"] - timedelta(days=3)}


def _early(row: Row, event_on: str) -> Row:
    return row | {"known_on": row[event_on] - timedelta(days=3)}


def _renumbered(row: Row, channel: str) -> Row:
    """Return a copy that is an invoice of its own: another number, valid."""
    return row | {"invoice_no": row["invoice_no"][:4] + channel + row["invoice_no"][5:], "status": "valid"}


def _bad_firms(row: Row, number: int, known: date) -> list[Row]:
    """Return two firms that must not enter: one whose code's last character is wrong, one with negative capital."""
    good = make_uscc("91", "620102", _FALSE + number)
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    common = {
        **row,
        "kind": "company",
        "status": "active",
        "founded_on": known - timedelta(days=400),
        "known_on": known,
    }
    negative = {
        "enterprise": make_uscc("91", "620102", _NEGATIVE + number),
        "registered_capital_yuan": Decimal(-10_000),
    }
    return [{**common, "enterprise": wrong}, {**common, **negative}]
