"""What jumped in the three months before an application: a flag for the bank to look, never a verdict.

For a column, the change of three months up to the day is set beside two yardsticks, and both must be passed:

* the firm's own: the largest change of three months that ended before these three months began, month by month over
  a year;
* its peers': the 99 % quantile of the same change over the firms it is set beside, at least 100 of them.

A change is relative for amounts, (after − before) ÷ the larger of both, so that large firms do not jump more than small
ones; plain for counts, months and ratios. It is told where both ends are known and at least six of the ten earlier ones
are, which end three to twelve months before the day. Of exchangeable peers at most one in a hundred passes the second
yardstick for a column, so that a firm without anything unusual has at most that chance of a flag per column;
`docs/advice.md` says what was measured over all columns together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import AS_OF, ENTERPRISE
from matching.errors import MatchingError
from matching.frame import Floats, Frame
from matching.labels import Words
from matching.sentence import day_zh, value_words
from matching.vocabulary import column

#: What can be dressed up before an application, or falls apart before it: by name, windows as short as there are.
WATCHED: Final = (
    "sales_3m_fen",
    "sales_6m_fen",
    "purchases_12m_fen",
    "buyers_12m",
    "suppliers_12m",
    "top_buyer_share_12m",
    "top_supplier_share_12m",
    "sales_void_ratio_12m",
    "sales_red_letter_amount_ratio_12m",
    "tax_paid_12m_fen",
    "taxable_sales_12m_fen",
    "loan_balance_fen",
    "lenders_count",
    "insured_count",
)
SPAN_MONTHS: Final = 3
OWN_MONTHS: Final = 12
LEAST_OWN: Final = 6
LEAST_PEERS: Final = 100
QUANTILE: Final = 0.99
MONTHS_PER_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Jump:
    """One column that jumped: its value before and on the day (as logged: fen, ppm, whole), and both yardsticks.

    Changes are in millionths: of the larger value for amounts, of one for everything else.
    """

    column: str
    before: int
    after: int
    before_on: date
    after_on: date
    change_ppm: int
    own_ppm: int
    peers_ppm: int
    words: Words


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """The 99 % quantile of the peers' changes by column, and how many peers each rests on."""

    quantiles: Mapping[str, float]
    peers: Mapping[str, int]


def days_needed(as_of: date) -> tuple[date, ...]:
    """Return the days whose profiles a firm's jumps are read from: the day, and the same day of earlier months."""
    return tuple(months_before(as_of, number) for number in range(SPAN_MONTHS + OWN_MONTHS, -1, -1))


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or that month's last."""
    count = day.year * MONTHS_PER_YEAR + day.month - 1 - months
    first = date(count // MONTHS_PER_YEAR, count % MONTHS_PER_YEAR + 1, 1)
    following = date((count + 1) // MONTHS_PER_YEAR, (count + 1) % MONTHS_PER_YEAR + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def yardsticks(profiles: pa.Table, as_of: date, columns: Sequence[str] = WATCHED) -> Yardsticks:
    """Return the peers' quantiles from their profiles on `as_of` and three months earlier; fewer than 100 make none."""
    now, then = (_on(profiles, day) for day in (as_of, months_before(as_of, SPAN_MONTHS)))
    if now.column(ENTERPRISE).to_pylist() != then.column(ENTERPRISE).to_pylist():
        raise MatchingError("peers have a profile on both days")
    quantiles: dict[str, float] = {}
    counts: dict[str, int] = {}
    for name in columns:
        changes = np.abs(_changes(_values(then, name), _values(now, name), name))
        known = changes[~np.isnan(changes)]
        if len(known) >= LEAST_PEERS:
            quantiles[name] = float(np.quantile(known, QUANTILE, method="higher"))
            counts[name] = len(known)
    return Yardsticks(quantiles, counts)


def jumps(profiles: pa.Table, as_of: date, beside: Yardsticks) -> tuple[Jump, ...]:
    """Return the jumps of one firm from its profiles on `days_needed`, in order of the columns watched.

    Raises MatchingError where a day is missing or there is more than one firm.
    """
    ordered = profiles.sort_by([(AS_OF, "ascending")])
    if tuple(ordered.column(AS_OF).to_pylist()) != days_needed(as_of):
        raise MatchingError("jumps are read from one firm's profiles on the day and each of the 15 months before")
    return tuple(_jumps(ordered, as_of, beside))


def _jumps(ordered: pa.Table, as_of: date, beside: Yardsticks) -> Iterator[Jump]:
    frame, last = Frame(ordered), ordered.num_rows - 1
    for name, peers in beside.quantiles.items():
        values = _values(ordered, name)
        changes = _changes(values[:-SPAN_MONTHS], values[SPAN_MONTHS:], name)
        # The last change is the one in question; those that end within its own three months are part of it.
        earlier = np.abs(changes[:-SPAN_MONTHS])
        known = earlier[~np.isnan(earlier)]
        change = changes[-1]
        if np.isnan(change) or len(known) < LEAST_OWN:
            continue
        own = float(known.max())
        if abs(change) <= own or abs(change) <= peers:
            continue
        before, after = frame.value(name, last - SPAN_MONTHS), frame.value(name, last)
        if isinstance(before, int) and isinstance(after, int):
            before_on = months_before(as_of, SPAN_MONTHS)
            words = _words(name, before, after, (before_on, as_of))
            figures = (_ppm(float(change)), _ppm(own), _ppm(peers))
            yield Jump(name, before, after, before_on, as_of, *figures, words)


def _changes(before: Floats, after: Floats, name: str) -> Floats:
    if column(name).unit != "fen":
        return after - before
    larger = np.maximum(np.abs(before), np.abs(after))
    return np.divide(after - before, larger, out=np.where(np.isnan(larger), np.nan, 0.0), where=larger > 0)


def _values(profiles: pa.Table, name: str) -> Floats:
    numbers = Frame(profiles).numbers(name)
    return np.where(numbers.known, numbers.values.astype(np.float64), np.nan)


def _on(profiles: pa.Table, day: date) -> pa.Table:
    rows = profiles.filter(pc.equal(profiles.column(AS_OF), pa.scalar(day, pa.date32())))
    return rows.sort_by([(ENTERPRISE, "ascending")])


def _ppm(change: float) -> int:
    return round(change * 1_000_000)


def _words(name: str, before: int, after: int, days: tuple[date, date]) -> Words:
    of = column(name)
    was, now = value_words(of, before, after), value_words(of, after, before)
    rose_zh, rose_en = ("升至", "up to") if after > before else ("降至", "down to")
    first, last = days
    zh = (
        f"{of.zh}由{day_zh(first)}的{was.zh}{rose_zh}{day_zh(last)}的{now.zh}，超出本企业此前12个月和同类企业的通常波动"
    )
    en = (
        f"{of.en}: {was.en} on {first.isoformat()}, {rose_en} {now.en} on {last.isoformat()}, beyond the firm's own "
        "changes of the 12 months before and those of its peers"
    )
    return Words(zh, en)
