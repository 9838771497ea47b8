"""Who the firms are: kind, place, industry, age, size, and the latent quality that no table shows."""

from dataclasses import dataclass

import numpy as np

from features.uscc import CATEGORIES, make_uscc
from matching.province.reference import KINDS, industries, industry_shares, kind_shares, places
from matching.province.tables import Rows
from matching.province.timeline import MISSING, NEVER, YEAR_DAYS, Bools, Floats, Ints, Rng, Timeline

COMPANY, SOLE_PROPRIETOR, COOPERATIVE = range(len(KINDS))

# By kind. Medians of yearly sales in yuan and the spread of their logarithm; medians of registered capital.
_SALES = np.array([2_500_000.0, 350_000.0, 700_000.0])
_SALES_SPREAD = np.array([1.2, 0.9, 1.0])
_CAPITAL = np.array([1_000_000.0, 50_000.0, 1_000_000.0])
# Shares of thin files: firms that invoice rarely or not at all.
_THIN = np.array([0.20, 0.58, 0.50])
# How steeply distress falls with quality. By quality alone the AUC is then about .80, and less by what is seen of it.
_DISTRESS_SLOPE = 1.7
# Yearly rate at mean quality, so that about one firm in 27 comes into distress in a year over all qualities.
_DISTRESS_RATE = 0.0098
_EXIT_RATE = 0.012
# Shares of rows without capital or industry, and without a region; of the firms that leave, those that cancel.
_UNTOLD, _UNPLACED, _CANCELS = 0.02, 0.03, 0.7


@dataclass(frozen=True, slots=True)
class Firms:
    """A block of firms, one position each; days count from 1970-01-01, `yearly_sales` is in yuan.

    `quality` is latent (mean 0, deviation 1). On `distressed_on` a firm's business turns down and it stops paying what
    it owes; on `left_on` it leaves the register. Most see neither day (`NEVER`).
    """

    number: Ints
    codes: tuple[str, ...]
    kind: Ints
    industry: Ints
    prefecture: Ints
    county: Ints
    founded_on: Ints
    quality: Floats
    yearly_sales: Floats
    is_thin: Bools
    distressed_on: Ints
    left_on: Ints

    @property
    def size(self) -> int:
        """How many firms."""
        return self.number.size

    @property
    def sections(self) -> list[str]:
        """Each firm's section of GB/T 4754."""
        known = industries()
        return [known[one].section for one in self.industry]

    def turmoil(self, days: Ints) -> Floats:
        """Return how far each firm (row) is into its distress on each day (column): 0 before, 1 at its full depth.

        The turn is first felt six months before the firm stops paying and is complete two months after.
        """
        return np.clip((days[None, :] - (self.distressed_on[:, None] - 180)) / 240.0, 0.0, 1.0)


def draw_firms(first: int, count: int, timeline: Timeline, rng: Rng) -> Firms:
    """Draw firms numbered from `first`."""
    number = np.arange(first, first + count)
    kind = rng.choice(len(KINDS), size=count, p=kind_shares())
    industry = _industries(kind, rng)
    prefecture = rng.choice(places().weights.size, size=count, p=places().weights)
    county = _counties(prefecture, rng)
    quality = rng.standard_normal(count)
    age = np.clip(rng.lognormal(np.log(5.0), 0.75, count), 0.4, 30.0)
    founded = timeline.end_day - np.round(age * YEAR_DAYS).astype(np.int64)
    spread = rng.standard_normal(count)
    yearly_sales = _SALES[kind] * np.exp(_SALES_SPREAD[kind] * (0.9 * spread + 0.45 * quality))
    is_thin = rng.random(count) < _THIN[kind]
    codes = [
        make_uscc(CATEGORIES[one], places().counties[where], serial)
        for one, where, serial in zip(kind.tolist(), county.tolist(), number.tolist(), strict=True)
    ]
    return Firms(
        number=number,
        codes=tuple(codes),
        kind=kind,
        industry=industry,
        prefecture=prefecture,
        county=county,
        founded_on=founded,
        quality=quality,
        yearly_sales=yearly_sales,
        is_thin=is_thin,
        distressed_on=_distress(founded, quality, spread, timeline, rng),
        left_on=_exits(founded, quality, timeline, rng),
    )


def registry_rows(firms: Firms, names: list[str], timeline: Timeline, rng: Rng) -> Rows:
    """Return the rows of `enterprises`; a firm that left the register has a second version, known when it left."""
    count = firms.size
    capital = np.round(_CAPITAL[firms.kind] * rng.lognormal(0.0, 1.0, count), -4).astype(np.int64) * 100
    has_capital = (firms.kind != SOLE_PROPRIETOR) & (capital > 0) & (rng.random(count) > _UNTOLD)
    has_region, has_industry = rng.random(count) > _UNPLACED, rng.random(count) > _UNTOLD
    known = firms.founded_on + 3 + (rng.random(count) * 15).astype(np.int64)
    left = firms.left_on <= timeline.end_day
    status = np.where(rng.random(count) < _CANCELS, "cancelled", "revoked")
    place, trade = places(), industries()
    first = Rows(
        np.arange(count),
        {
            "name": names,
            "kind": [KINDS[one] for one in firms.kind],
            "founded_on": firms.founded_on,
            "region": _where(has_region, [place.counties[one] for one in firms.county]),
            "industry": _where(has_industry, [trade[one].code for one in firms.industry]),
            "registered_capital_yuan": np.where(has_capital, capital, MISSING),
            "status": ["active"] * count,
            "known_on": known,
        },
    )
    second = first.take(np.flatnonzero(left)).replace(
        {"status": status[left].tolist(), "known_on": firms.left_on[left] + 7}
    )
    return first.followed_by(second)


def _industries(kind: Ints, rng: Rng) -> Ints:
    chosen = np.empty(kind.size, dtype=np.int64)
    for number, name in enumerate(KINDS):
        here = kind == number
        chosen[here] = rng.choice(len(industries()), size=int(here.sum()), p=industry_shares(name))
    return chosen


def _counties(prefecture: Ints, rng: Rng) -> Ints:
    """Draw a county of the prefecture for each firm, all alike."""
    sizes = np.bincount(places().prefecture_of)
    firsts = np.cumsum(sizes) - sizes
    return firsts[prefecture] + (rng.random(prefecture.size) * sizes[prefecture]).astype(np.int64)


def _distress(founded: Ints, quality: Floats, spread: Floats, timeline: Timeline, rng: Rng) -> Ints:
    # The window's firms are those still in business at its start, so nobody is in distress before it.
    begin = np.maximum(founded + 180, int(timeline.starts[0]))
    young = timeline.end_day - founded < 4 * YEAR_DAYS
    rate = _DISTRESS_RATE * np.exp(-_DISTRESS_SLOPE * quality - 0.25 * spread + 0.3 * young)
    return _first_day(begin, rate, timeline, rng)


def _exits(founded: Ints, quality: Floats, timeline: Timeline, rng: Rng) -> Ints:
    begin = np.maximum(founded + 365, int(timeline.starts[0]))
    return _first_day(begin, _EXIT_RATE * np.exp(-0.3 * quality), timeline, rng)


def _first_day(begin: Ints, yearly_rate: Floats, timeline: Timeline, rng: Rng) -> Ints:
    years = rng.exponential(1.0, begin.size) / yearly_rate
    day = begin + np.minimum(years * YEAR_DAYS, NEVER).astype(np.int64)
    return np.where(day <= timeline.end_day, day, NEVER)


def _where(shown: Bools, values: list[str]) -> list[str | None]:
    return [value if one else None for one, value in zip(shown, values, strict=True)]
