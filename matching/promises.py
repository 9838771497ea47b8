"""Promise and outcome: what the odds said of applications, beside what became of them, per bank and month.

A month's promise of an application is the band that was shown to the firm where one was, else the band that the counts
known on the eve of the month give (`promised_bands`): never anything learnt later. Of models only what needs none is
used for past months, for a model fitted since has seen the outcomes. The months are those of the requests; an
application without a decision yet is counted apart and is no refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from features.columns import ENTERPRISE, PRODUCT, REQUESTED_ON
from matching.choice_states import NEVER
from matching.frame import Floats
from matching.odds import PER, Odds, Outcomes
from matching.odds_history import DECIDED_DAY, GRANTED_DAY
from matching.product import Product
from matching.small_counts import LEAST_SHOWN, none_small, shown

#: Nothing is told of fewer firms.
LEAST: Final = LEAST_SHOWN
LOW, MIDDLE, HIGH, IS_SHOWN = "low", "middle", "high", "is_shown"
SHARE: Final = "share"
_MONTH = "month"
# Standard deviations on either side: 90 %.
_CHANCE = 1.645


class Kept(StrEnum):
    """How what was granted stands to the promise."""

    within = "within"
    below = "below"
    above = "above"


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One bank in one month: of 100 that applied what was promised, and what was granted.

    `decided` counts applications with a promise whose decision is known, `firms` who made them, `open` those without a
    decision yet, `shown` those whose band the firm had been shown. `low`, `middle` and `high` are means of the bands;
    `kept` says how what was granted stands to them, give or take what chance does to so few (90 %). Where the firms are
    fewer than `LEAST` everything but bank and month is None; so is a count of `open`, of `shown` or of those not shown
    that is 1 to 9.
    """

    bank: str
    month: str
    decided: int | None
    firms: int | None
    open: int | None
    shown: int | None
    low: float | None
    middle: float | None
    high: float | None
    granted: float | None
    kept: Kept | None

    @property
    def is_told(self) -> bool:
        """Say whether enough firms stand behind the row."""
        return self.decided is not None


def promised_bands(applications: pd.DataFrame, products: Sequence[Product]) -> pd.DataFrame:
    """Return applications with the band of the eve of their month: columns `low`, `middle`, `high`, NaN without one.

    `applications` are those of `odds_history.applications` with `share`, a chance told from counts as known on the
    day of the request (NaN before any event).
    """
    table = applications.reset_index(drop=True)
    bands = np.full((len(table), 3), np.nan)
    known = table[table[SHARE].notna()]
    odds = Odds.of(_outcomes(known), products)
    months = known[REQUESTED_ON].to_numpy(dtype="datetime64[M]")
    names, shares = known[PRODUCT].to_numpy(dtype=object), known[SHARE].to_numpy(dtype=np.float64)
    places = known.index.to_numpy()
    offered = {one.id for one in products}
    for month in np.unique(months):
        eve = int(month.astype("datetime64[D]").astype(np.int64)) - 1
        of_day = odds.on(eve)
        for one in np.flatnonzero(months == month).tolist():
            band = of_day.band(str(names[one]), float(shares[one])) if names[one] in offered else None
            if band is not None:
                bands[places[one]] = band.low, band.middle, band.high
    return table.assign(**{name: bands[:, at] for at, name in enumerate((LOW, MIDDLE, HIGH))})


def promise_table(promised: pd.DataFrame, banks: Mapping[str, str]) -> tuple[PromiseRow, ...]:
    """Return the rows by bank and month, newest month first; `banks` names each product's bank.

    `promised` has applications with `low`, `middle` and `high` per 100 (NaN without a promise) and `is_shown`.
    """
    table = promised.assign(
        bank=promised[PRODUCT].map(banks),
        **{_MONTH: promised[REQUESTED_ON].to_numpy(dtype="datetime64[M]").astype(str)},
    )
    table = table[table["bank"].notna() & table[MIDDLE].notna()]
    rows = [_row(str(bank), str(month), part) for (bank, month), part in table.groupby(["bank", _MONTH], sort=True)]
    return tuple(sorted(rows, key=lambda row: (_newest_first(row.month), row.bank)))


def _row(bank: str, month: str, part: pd.DataFrame) -> PromiseRow:
    decided = part[(part[DECIDED_DAY] < NEVER).to_numpy()]
    firms = decided[ENTERPRISE].nunique()
    if firms < LEAST:
        return PromiseRow(bank, month, *[None] * 9)
    low, middle, high = (_mean(decided[name].to_numpy(dtype=np.float64)) for name in (LOW, MIDDLE, HIGH))
    granted = _mean((decided[GRANTED_DAY].to_numpy() < NEVER).astype(np.float64) * PER)
    seen = int(decided[IS_SHOWN].sum())
    chance = _CHANCE * float(np.sqrt(middle * (PER - middle) / len(decided)))
    return PromiseRow(
        bank=bank,
        month=month,
        decided=len(decided),
        firms=int(firms),
        open=shown(len(part) - len(decided)),
        shown=seen if none_small(seen, len(decided) - seen) else None,
        low=low,
        middle=middle,
        high=high,
        granted=granted,
        kept=_kept(granted, low - chance, high + chance),
    )


def _kept(granted: float, low: float, high: float) -> Kept:
    if granted < low:
        return Kept.below
    return Kept.above if granted > high else Kept.within


def _outcomes(known: pd.DataFrame) -> Outcomes:
    return Outcomes(
        enterprise=known[ENTERPRISE].to_numpy(dtype=object),
        product=known[PRODUCT].to_numpy(dtype=object),
        told=known[SHARE].to_numpy(dtype=np.float64),
        decided=known[DECIDED_DAY].to_numpy(dtype=np.int64),
        granted=known[GRANTED_DAY].to_numpy(dtype=np.int64),
    )


def _mean(values: Floats) -> float:
    # Sorted first, so that no order of the rows moves a bit; a tenth of a firm in a hundred is fine enough.
    return round(float(np.add.reduce(np.sort(values)) / len(values)), 1)


def _newest_first(month: str) -> int:
    year, number = month.split("-")
    return -(int(year) * 12 + int(number))
