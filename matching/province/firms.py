"""Who the firms are: kind, place, industry, age, size, and the latent quality that no table shows."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import chain

import numpy as np

from features.uscc import make_uscc
from matching.province.calibration import DISTRESS_RATE
from matching.province.reference import KINDS, industries, industry_shares, kind_shares, places
from matching.province.size_classes import size_classes
from matching.province.timeline import NEVER, YEAR_DAYS, Bools, Floats, Ints, Rng, Timeline

COMPANY, SOLE_PROPRIETOR, COOPERATIVE, FAMILY_FARM = range(len(KINDS))

# By kind. First characters of the code: a family farm is registered as a sole proprietor.
_CATEGORIES = ("91", "92", "93", "92")
# Medians of yearly sales in yuan and the spread of their logarithm. Set so that loans of 10 to 40 % of sales come near
# the mean amounts published for Gansu; otherwise an assumption.
_SALES = np.array([4_500_000.0, 450_000.0, 1_500_000.0, 650_000.0])
_SALES_SPREAD = np.array([1.2, 0.9, 1.0, 0.8])
# Shares of thin files: firms that invoice rarely or not at all.
_THIN = np.array([0.31, 0.68, 0.57, 0.66])
# Sales in yuan a year that one of the firm's people makes, by section; sections not named as the last.
_SALES_PER_HEAD = {"A": 250e3, "B": 600e3, "C": 450e3, "D": 900e3, "E": 400e3, "F": 900e3, "G": 400e3, "H": 180e3}
_OTHER_SALES_PER_HEAD, _HEADS_SPREAD = 350e3, 0.5
# Total assets as a share of yearly sales: median and spread.
_ASSETS, _ASSETS_SPREAD = 0.8, 0.6
# How steeply distress falls with quality. By quality alone the AUC is then about .80, and less by what is seen of it.
_DISTRESS_SLOPE = 1.7
_EXIT_RATE = 0.012


@dataclass(frozen=True, slots=True)
class Firms:
    """Consecutive firms, one position each; days count from 1970-01-01, `yearly_sales` and `assets` are in yuan.

    `quality` is latent (mean 0, deviation 1). On `distressed_on` a firm's business turns down and it stops paying what
    it owes; on `left_on` it leaves the register. Most see neither day (`NEVER`). `industry` is a place in
    `reference.industries()`, `kind` one in `KINDS`, `prefecture` and `county` in those of `places()`.
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
    employees: Ints
    assets: Floats
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

    @property
    def size_classes(self) -> Ints:
        """Each firm's place in `SIZE_CLASSES`, by the table of 2017."""
        known = industries()
        sales, assets = (np.round(one).astype(np.int64) for one in (self.yearly_sales, self.assets))
        return size_classes([known[one].code for one in self.industry], self.employees, sales, assets)

    def turmoil(self, days: Ints) -> Floats:
        """Return how far each firm (row) is into its distress on each day (column): 0 before, 1 at its full depth.

        The turn is first felt six months before the firm stops paying and is complete two months after.
        """
        return np.clip((days[None, :] - (self.distressed_on[:, None] - 180)) / 240.0, 0.0, 1.0)

    def first(self, count: int) -> "Firms":
        """Return the first firms, all where there are no more."""
        return Firms(*(getattr(self, one.name)[:count] for one in fields(self)))


def join_firms(parts: Sequence[Firms]) -> Firms:
    """Return the firms of all parts in their order."""
    columns = {one.name: [getattr(part, one.name) for part in parts] for one in fields(Firms)}
    codes = tuple(chain.from_iterable(columns.pop("codes")))
    return Firms(codes=codes, **{name: np.concatenate(column) for name, column in columns.items()})


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
    codes = [
        make_uscc(_CATEGORIES[one], places().counties[where], serial)
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
        is_thin=rng.random(count) < _THIN[kind],
        employees=_employees(industry, yearly_sales, rng),
        assets=yearly_sales * _ASSETS * rng.lognormal(0.0, _ASSETS_SPREAD, count),
        distressed_on=_distress(founded, quality, timeline, rng),
        left_on=_exits(founded, quality, timeline, rng),
    )


def some_day(firms: Firms, firm: Ints, timeline: Timeline, rng: Rng) -> Ints:
    """Return a day of the window for each of these positions, all days alike from three months after foundation."""
    begin = np.maximum(timeline.starts[0], firms.founded_on[firm] + 90)
    day: Ints = begin + (rng.random(firm.size) * np.maximum(timeline.end_day - begin, 1)).astype(np.int64)
    return day


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


def _employees(industry: Ints, yearly_sales: Floats, rng: Rng) -> Ints:
    per_head = np.array([_SALES_PER_HEAD.get(one.section, _OTHER_SALES_PER_HEAD) for one in industries()])
    heads = yearly_sales / per_head[industry] * rng.lognormal(0.0, _HEADS_SPREAD, industry.size)
    employees: Ints = np.maximum(np.round(heads), 1).astype(np.int64)
    return employees


def _distress(founded: Ints, quality: Floats, timeline: Timeline, rng: Rng) -> Ints:
    # The window's firms are those still in business at its start, so nobody is in distress before it.
    begin = np.maximum(founded + 180, int(timeline.starts[0]))
    young = timeline.end_day - founded < 4 * YEAR_DAYS
    rate = DISTRESS_RATE * np.exp(-_DISTRESS_SLOPE * quality + 0.3 * young)
    return _first_day(begin, rate, timeline, rng)


def _exits(founded: Ints, quality: Floats, timeline: Timeline, rng: Rng) -> Ints:
    begin = np.maximum(founded + 365, int(timeline.starts[0]))
    return _first_day(begin, _EXIT_RATE * np.exp(-0.3 * quality), timeline, rng)


def _first_day(begin: Ints, yearly_rate: Floats, timeline: Timeline, rng: Rng) -> Ints:
    years = rng.exponential(1.0, begin.size) / yearly_rate
    day = begin + np.minimum(years * YEAR_DAYS, NEVER).astype(np.int64)
    return np.where(day <= timeline.end_day, day, NEVER)
