"""Honest odds: of 100 firms like yours that applied, between so many and so many were granted.

A band is the 90 % interval of what a grant model tells, brought to what became of applications as known on the day
(`matching.odds_levels`). Its ground is counted: firms alike in what the model told, that applied for the product within
the window and whose decision was known by the day. Where fewer than ten did, those that applied to the bank, then those
that applied for products of its kind; where these are fewer than ten too there is no band.

An application whose decision is not known yet is no refusal: it counts nowhere. What a firm's own application came to
enters no band of an earlier day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.frame import Floats, Ints
from matching.labels import Words
from matching.odds_levels import OddsSettings, Seen, Shift, everything, shift_of
from matching.product import Product
from matching.segments import product_segments
from models import affinity

PER = 100
_SMALLEST = 1e-6
_YEAR_DAYS = 365


class Ground(StrEnum):
    """Whose applications were counted."""

    product = "product"
    bank = "bank"
    kin = "kin"


TOO_FEW = Words("样本不足10家，不显示获批比例", "fewer than 10 such firms applied, so no share is shown")
# Who is counted: Chinese before "每…家", English after "of 100".
_GROUNDS = {
    Ground.product: Words("与您相似的企业每申请{per}家", "firms like yours that applied"),
    Ground.bank: Words("与您相似、申请该行产品的企业每{per}家", "firms like yours that applied to this bank"),
    Ground.kin: Words("与您相似、申请同类产品的企业每{per}家", "firms like yours that applied for such products"),
}


@dataclass(frozen=True, slots=True)
class Band:
    """Of `PER` firms alike that applied, `low` to `high` were granted: a 90 % interval, `middle` between them.

    `n` firms with a decision known within the last `window_days` stand behind it, by `ground`. `chance` is the middle
    unrounded.
    """

    low: int
    high: int
    middle: int
    n: int
    window_days: int
    ground: Ground
    chance: float

    @property
    def words(self) -> Words:
        """The band as a firm reads it."""
        zh, en = _window(self.window_days)
        whose = _GROUNDS[self.ground]
        return Words(
            f"{whose.zh.format(per=PER)}，约有{_between(self)}家获批（{zh}，n={self.n}家）",
            f"of {PER} {whose.en}, about {_between(self)} were granted ({en}, n={self.n} firms)",
        )

    def as_json(self) -> dict[str, int | str]:
        """Return the band as JSON-able values, whole numbers of `PER`."""
        return {
            "low": self.low,
            "high": self.high,
            "middle": self.middle,
            "per": PER,
            "n": self.n,
            "window_days": self.window_days,
            "ground": self.ground.value,
        }


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Applications, in any order: firm, product, the chance told on its day, and the days things were known.

    Days are days since 1970; `granted` is the day a grant was known, beyond every day where none was.
    """

    enterprise: NDArray[np.object_]
    product: NDArray[np.object_]
    told: Floats
    decided: Ints
    granted: Ints

    def ordered(self) -> "Outcomes":
        """Return them in an order that their content alone decides."""
        order = np.lexsort((self.granted, self.told, self.enterprise, self.product, self.decided))
        return Outcomes(
            self.enterprise[order], self.product[order], self.told[order], self.decided[order], self.granted[order]
        )


@dataclass(frozen=True)
class Odds:
    """The outcomes of a platform, asked for bands of any day; `products` are those a band may be asked for."""

    outcomes: Outcomes
    products: Mapping[str, Product]
    settings: OddsSettings

    @classmethod
    def of(cls, outcomes: Outcomes, products: Sequence[Product], settings: OddsSettings | None = None) -> "Odds":
        """Take outcomes in any order."""
        return cls(outcomes.ordered(), {one.id: one for one in products}, settings or OddsSettings())

    def on(self, day: int) -> "OddsOfDay":
        """Return what was known by the end of a day (days since 1970)."""
        decided = self.outcomes.decided
        places = np.flatnonzero((decided <= day) & (decided > day - self.settings.window_days))
        known = self.outcomes
        told = np.clip(known.told[places], _SMALLEST, 1 - _SMALLEST)
        seen = Seen(
            age_days=day - decided[places],
            log_odds=np.log(told) - np.log1p(-told),
            granted=(known.granted[places] <= day).astype(np.float64),
        )
        return OddsOfDay(self, seen, known.enterprise[places], self._segments[:, places])

    @cached_property
    def _segments(self) -> NDArray[np.object_]:
        """Return product, bank and kind of each outcome; a product that is not known has no bank and no kind."""
        held = {name: segments_of(one) for name, one in self.products.items()}
        columns = [held.get(name, (name, None, None)) for name in self.outcomes.product.tolist()]
        return np.array(columns, dtype=object).reshape(-1, len(Ground)).T


class OddsOfDay:
    """What was known on one day; each level is worked out once."""

    def __init__(self, odds: Odds, seen: Seen, firms: NDArray[np.object_], segments: NDArray[np.object_]) -> None:
        """Take the decisions known within the longest window, with the firm and the segments of each."""
        self._odds = odds
        self._seen = seen
        self._firms = firms
        self._segments = dict(zip(Ground, segments, strict=True))
        self._shifts: dict[tuple[Ground, str], Shift] = {}
        self._rows: dict[tuple[Ground, str], Ints] = {}

    def band(self, product: str, told: float) -> Band | None:
        """Return the band of a pair by the chance that the model tells; None where too few stand behind it."""
        settings = self._odds.settings
        at = float(np.clip(told, _SMALLEST, 1 - _SMALLEST))
        log_odds = float(np.log(at) - np.log1p(-at))
        shift = self.shift(product)
        found = self._ground(product, log_odds, shift)
        if found is None:
            return None
        ground, count, alike = found
        near = shift_of(alike, shift, settings)
        low, middle, high = (
            1 / (1 + np.exp(-(log_odds + near.middle + side * settings.reach * near.deviation))) for side in (-1, 0, 1)
        )
        return Band(
            low=int(np.floor(PER * low)),
            high=int(np.ceil(PER * high)),
            middle=int(np.rint(PER * middle)),
            n=count,
            window_days=shift.window_days,
            ground=ground,
            chance=float(middle),
        )

    def shift(self, product: str) -> Shift:
        """Return the shift of a product: what bank and kind have beyond everything is its prior."""
        return self._shift(Ground.product, product, lambda: self._prior(product))

    @cached_property
    def all(self) -> Shift:
        """The shift of everything."""
        return everything(self._seen, self._odds.settings)

    def _prior(self, product: str) -> Shift:
        _, bank, kin = segments_of(self._odds.products[product])
        of_bank, of_kin = (
            self._shift(ground, key, lambda: self.all) for ground, key in ((Ground.bank, bank), (Ground.kin, kin))
        )
        return Shift(
            of_bank.middle + of_kin.middle - self.all.middle,
            float(np.hypot(of_bank.deviation, of_kin.deviation)),
            min(of_bank.window_days, of_kin.window_days),
        )

    def _shift(self, ground: Ground, key: str, prior: Callable[[], Shift]) -> Shift:
        if (ground, key) not in self._shifts:
            may_cut = ground is Ground.bank
            self._shifts[ground, key] = shift_of(self._at(ground, key), prior(), self._odds.settings, may_cut=may_cut)
        return self._shifts[ground, key]

    def _at(self, ground: Ground, key: str) -> Seen:
        return self._seen.at(self._places(ground, key))

    def _places(self, ground: Ground, key: str) -> Ints:
        if (ground, key) not in self._rows:
            self._rows[ground, key] = np.flatnonzero(self._segments[ground] == key)
        return self._rows[ground, key]

    def _ground(self, product: str, log_odds: float, shift: Shift) -> "tuple[Ground, int, Seen] | None":
        """Return the narrowest ground that enough firms alike stand behind, how many, and those of the product."""
        settings, own = self._odds.settings, np.empty(0, dtype=np.int64)
        for ground, key in zip(Ground, segments_of(self._odds.products[product]), strict=True):
            places = self._places(ground, key)
            near = np.abs(self._seen.log_odds[places] - log_odds) <= settings.alike
            places = places[near & (self._seen.age_days[places] < shift.window_days)]
            own = places if ground is Ground.product else own
            count = len(set(self._firms[places].tolist()))
            if count >= settings.least:
                return ground, count, self._seen.at(own)
        return None


def segments_of(product: Product) -> tuple[str, str, str]:
    """Return what a product's applications are counted by: itself, its bank, its kind."""
    found = product_segments(product)
    return found[affinity.PRODUCT], found[affinity.BANK], found[affinity.PATTERN]


def _between(band: Band) -> str:
    return str(band.low) if band.low == band.high else f"{band.low}–{band.high}"


def _window(days: int) -> tuple[str, str]:
    if days >= _YEAR_DAYS:
        return "近12个月", "last 12 months"
    return f"近{days}天", f"last {days} days"
