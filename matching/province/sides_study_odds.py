"""The bands of the odds in a world of known truth: what they told in held-out months, and how they follow a bank.

The grant model is fitted on what was known on the eve of the held-out months. A band is asked for on the day of each
request, from decisions known by then; what became of the application judges it. A bank's grants are halved by turning
each grant decided from a day on into a refusal with a chance of one half.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from features.columns import ENTERPRISE, PRODUCT, REQUEST_NO, REQUESTED_ON
from matching.choice_states import NEVER
from matching.frame import Floats, Ints
from matching.odds import Band, Odds, OddsOfDay, Outcomes
from matching.odds_history import DECIDED_DAY, GRANTED_DAY
from matching.product import Product
from models.metrics import brier, ece, ece_noise_floor

FOLLOWS_DAYS: Final = (30, 60, 90)
#: A bank with fewer decisions in the first 60 days cannot be followed in them.
LEAST_DECISIONS: Final = 60
TOLD: Final = "told"
_PER_HALF = 200  # two ends per hundred
_ASKED = 50  # applications of a bank whose bands are asked for after a halving


@dataclass(frozen=True)
class Applied:
    """Applications with a known decision: keys, request's day, what the model told, and the days of `odds_history`."""

    table: pd.DataFrame
    products: tuple[Product, ...]
    held_out_from: int

    @classmethod
    def of(
        cls, applications: pd.DataFrame, told: pd.DataFrame, products: Sequence[Product], held_out_from: int
    ) -> "Applied":
        """Lay the chance told (`told`: keys and `TOLD`) beside applications; those without one are left out."""
        keys = [ENTERPRISE, REQUEST_NO, PRODUCT]
        table = applications.merge(told[[*keys, TOLD]], on=keys, how="inner", validate="one_to_one")
        return cls(table[table[DECIDED_DAY] < NEVER].reset_index(drop=True), tuple(products), held_out_from)

    @property
    def requested(self) -> Ints:
        """The day of each request."""
        return _days(self.table)

    @property
    def granted(self) -> Floats:
        """1 where a grant was known in the end."""
        return (self.table[GRANTED_DAY].to_numpy() < NEVER).astype(np.float64)

    def odds(self) -> Odds:
        """Return the odds over all of them; each day sees only what was known by it."""
        columns = self.table
        return Odds.of(
            Outcomes(
                columns[ENTERPRISE].to_numpy(dtype=object),
                columns[PRODUCT].to_numpy(dtype=object),
                columns[TOLD].to_numpy(dtype=np.float64),
                columns[DECIDED_DAY].to_numpy(dtype=np.int64),
                columns[GRANTED_DAY].to_numpy(dtype=np.int64),
            ),
            self.products,
        )

    def halved(self, bank: str, day: int, seed: int) -> "Applied":
        """Return the same with half of the bank's grants decided from a day on refused."""
        banks = {one.id: one.bank for one in self.products}
        drawn = np.random.default_rng(seed).random(len(self.table)) < 0.5  # noqa: PLR2004 (half)
        hit = (self.table[PRODUCT].map(banks) == bank).to_numpy() & (self.table[DECIDED_DAY].to_numpy() >= day) & drawn
        return replace(self, table=self.table.assign(**{GRANTED_DAY: np.where(hit, NEVER, self.table[GRANTED_DAY])}))


@dataclass(frozen=True, slots=True)
class ToldBands:
    """The bands of held-out applications, in parts of one, and what became of each; `hidden` had none."""

    low: Floats
    middle: Floats
    high: Floats
    granted: Floats
    hidden: int


@dataclass(frozen=True, slots=True)
class Followed:
    """A bank whose grants were halved: what was granted before and after, and what the bands said on a later day.

    `low`, `middle`, `high` are means over some fifty of the bank's applications decided after the halving, at `days`
    after it; `level` is of all of them.
    """

    bank: str
    days: int
    decisions: int  # of the bank, known between the halving and the day
    level: float  # what was granted in the end of those applications, with the halving
    untouched: float  # the middle that the same day tells where nothing was halved
    low: float
    middle: float
    high: float

    @property
    def closed(self) -> float:
        """The share of the way from the band of an untouched bank to half of it."""
        return (self.untouched - self.middle) / (self.untouched / 2)


def told_bands(applied: Applied) -> ToldBands:
    """Return the bands that held-out applications were told on the day of their request."""
    requested, odds = applied.requested, applied.odds()
    rows = np.flatnonzero(requested >= applied.held_out_from)
    found: list[tuple[int, Band]] = []
    for day in np.unique(requested[rows]).tolist():
        known = odds.on(day)
        mine = rows[requested[rows] == day]
        found += [(row, band) for row, band in zip(mine.tolist(), _bands(known, applied, mine), strict=True) if band]
    places = np.array([row for row, _ in found], dtype=np.int64)
    return ToldBands(
        low=np.array([band.low / 100 for _, band in found]),
        middle=np.array([(band.low + band.high) / _PER_HALF for _, band in found]),
        high=np.array([band.high / 100 for _, band in found]),
        granted=applied.granted[places],
        hidden=len(rows) - len(found),
    )


def followed(applied: Applied, bank: str, halved_on: int, seed: int) -> list[Followed]:
    """Return what the bands said 30, 60 and 90 days after a bank's grants were halved."""
    banks = {one.id: one.bank for one in applied.products}
    decided = applied.table[DECIDED_DAY].to_numpy()
    rows = np.flatnonzero((applied.table[PRODUCT].map(banks) == bank).to_numpy() & (decided >= halved_on))
    asked = rows[:: max(1, len(rows) // _ASKED)]
    with_it = applied.halved(bank, halved_on, seed)
    odds, untouched = with_it.odds(), applied.odds()
    found = []
    for after in FOLLOWS_DAYS:
        day = halved_on + after
        bands = [one for one in _bands(odds.on(day), applied, asked) if one]
        plain = [one for one in _bands(untouched.on(day), applied, asked) if one]
        if not bands or not plain:
            continue
        found.append(
            Followed(
                bank=bank,
                days=after,
                decisions=int((decided[rows] <= day).sum()),
                level=float(with_it.granted[rows].mean()),
                untouched=_mean([one.chance for one in plain]),
                low=_mean([one.low / 100 for one in bands]),
                middle=_mean([one.chance for one in bands]),
                high=_mean([one.high / 100 for one in bands]),
            )
        )
    return found


def calibration_of(parts: Sequence[ToldBands], seed: int = 1) -> dict[str, Any]:
    """Return the calibration error of the bands' middles, pooled, with its noise floor, and how the bands hold.

    The floor is what perfectly true chances would show by chance: its mean, and what 95 % of draws lie below.
    """
    told, granted = (np.concatenate([getattr(one, name) for one in parts]) for name in ("middle", "granted"))
    floor = ece_noise_floor(told, seed)
    widths = np.concatenate([one.high - one.low for one in parts])
    return {
        "applications": len(told),
        "hidden": sum(one.hidden for one in parts),
        "ece": ece(granted, told),
        "ece_floor_mean": floor.mean,
        "ece_floor_upper": floor.upper,
        "brier": brier(granted, told),
        "mean_told": float(told.mean()),
        "mean_granted": float(granted.mean()),
        "mean_width": float(widths.mean()),
    }


def _bands(known: OddsOfDay, applied: Applied, rows: Ints) -> list[Band | None]:
    table = applied.table
    products, told = table[PRODUCT].to_numpy()[rows], table[TOLD].to_numpy()[rows]
    return [known.band(str(one), float(chance)) for one, chance in zip(products, told, strict=True)]


def _days(table: pd.DataFrame) -> Ints:
    return table[REQUESTED_ON].to_numpy(dtype="datetime64[D]").astype(np.int64)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
