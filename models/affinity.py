"""What came of earlier matches, as known on each day: decayed counts with shrinkage back-off.

Three measures, each a share of decayed counts: *applied* and *taken* among shown, *granted* among applied. Where a
segment has few events its share is drawn towards that of the wider segment (`LEVELS`):
    share = (hits + m · prior) ÷ (count + m)
with m the setting `prior_count` and the prior a product of wider shares (a product leans on its kind of product and
its bank, so that a new one starts from both; a product's section on the product and on how the bank treats the
section). The widest share is the plain one; before the first event everything is missing.

A showing counts as much as its place is examined (`models.examination`), which is known as "clicks over expected
clicks" (Zhang and Jones 2007, Chapelle and Zhang 2009): the shares of shown speak of the first place. Competition
within a list is not corrected for.

An event counts from its `day`. The caller sets it: the day the outcome was known, and never before the day after the
request that it came of, so that no request can count its own outcome (see `matching.match_events`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.decayed import NO_DAY, SHORTEST_HALF_LIFE, UNKNOWN, DecayedCounts
from models.errors import TrainingTableError
from models.examination import BANDS, Examination, bands, fit_examination
from models.inputs import ModelInput

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Columns of events and queries: text, "" where not known
PRODUCT: Final = "product"
BANK: Final = "bank"
PATTERN: Final = "pattern"
KIND: Final = "kind"
SECTION: Final = "section"
PREFECTURE: Final = "prefecture"
SIZE: Final = "size"
AMOUNT_BAND: Final = "amount_band"
TERM_BAND: Final = "term_band"
SEGMENTS: Final = (PRODUCT, BANK, PATTERN, KIND, SECTION, PREFECTURE, SIZE, AMOUNT_BAND, TERM_BAND)
DAY: Final = "day"
# Columns of events alone
MEASURE: Final = "measure"
COUNT: Final = "count"
HIT: Final = "hit"
POSITION: Final = "position"
IS_RANDOM: Final = "is_random"
EVENT_COLUMNS: Final = (MEASURE, DAY, COUNT, HIT, POSITION, IS_RANDOM, *SEGMENTS)
# Columns of the answer that are no inputs
NEWEST_EVENT_ON: Final = "newest_event_on"
POPULARITY_PRODUCT: Final = "popularity_product"
POPULARITY_SEGMENT: Final = "popularity_segment"

LEAST_SHARE = 1e-4


class Measure(StrEnum):
    """A share that is counted: hits among counts."""

    applied = "applied"  # among shown
    granted = "granted"  # among applied
    taken = "taken"  # among shown
    funded = "funded"  # requests that ended granted and taken, among requests; no product of its own


@dataclass(frozen=True, slots=True)
class AffinitySettings:
    """How fast an event fades, and how many events' weight the wider share has.

    The preset served best, by affinity alone, in the validation months of a synthetic province (180 days and 10 events
    came within half a point of NDCG). Where tastes drift faster, a shorter half-life is right.
    """

    half_life_days: int = 365
    prior_count: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what cannot be computed."""
        if self.half_life_days < SHORTEST_HALF_LIFE or self.prior_count <= 0:
            raise ValueError(f"the half-life is at least {SHORTEST_HALF_LIFE} days and the prior more than nothing")


@dataclass(frozen=True, slots=True)
class Level:
    """A way to key the events. Its prior is the product of the shares `times` over that of the shares `over`."""

    name: str
    by: tuple[str, ...]
    times: tuple[str, ...] = ()
    over: tuple[str, ...] = ()


LEVELS: tuple[Level, ...] = (
    Level("all", ()),
    Level("kind", (KIND,), ("all",)),
    Level("section", (SECTION,), ("all",)),
    Level("kind_section", (KIND, SECTION), ("kind", "section"), ("all",)),
    Level("pattern", (PATTERN,), ("all",)),
    Level("bank", (BANK,), ("all",)),
    Level("bank_kind", (BANK, KIND), ("bank", "kind"), ("all",)),
    Level("bank_section", (BANK, SECTION), ("bank", "section"), ("all",)),
    Level("product", (PRODUCT,), ("pattern", "bank"), ("all",)),
    Level("product_section", (PRODUCT, SECTION), ("product", "bank_section"), ("bank",)),
    Level("product_kind_section", (PRODUCT, KIND, SECTION), ("product_section", "bank_kind"), ("bank",)),
    Level("product_prefecture", (PRODUCT, PREFECTURE), ("product",)),
    Level("product_size", (PRODUCT, SIZE), ("product",)),
    Level("product_amount", (PRODUCT, AMOUNT_BAND), ("product",)),
    Level("product_term", (PRODUCT, TERM_BAND), ("product",)),
)
_LEVELS = {level.name: level for level in LEVELS}

_TAKEN = ("product", "product_section", "product_kind_section", "product_prefecture", "product_size", "kind_section")
_GRANTED = (
    "bank",
    "bank_kind",
    "bank_section",
    "product",
    "product_section",
    "product_kind_section",
    "product_prefecture",
    "product_size",
)
_APPLIED = ("product", "product_section", "product_kind_section", "product_prefecture", "product_size")
_SHARES: dict[Measure, tuple[str, ...]] = {
    Measure.taken: _TAKEN,
    Measure.granted: _GRANTED,
    Measure.applied: _APPLIED,
}
# Naive Bayes: P(band | taken) ÷ P(band | shown) of the product is its share within the band over its share overall.
_LIFTS: dict[Measure, tuple[str, ...]] = {
    Measure.taken: ("product_amount", "product_term"),
    Measure.granted: ("product_amount",),
    Measure.applied: ("product_amount", "product_term"),
}
_SUPPORT: dict[Measure, tuple[str, ...]] = {
    Measure.applied: ("product", "product_kind_section"),
    Measure.granted: ("product", "bank_kind"),
}


def share_name(measure: Measure, level: str) -> str:
    """Return the name of the column that holds a share."""
    return f"{measure}_{level}_ratio"


def lift_name(measure: Measure, level: str) -> str:
    """Return the name of the column that holds a band's share over the product's."""
    return f"{measure}_{level}_lift"


def support_name(measure: Measure, level: str) -> str:
    """Return the name of the column that holds ln(1 + decayed count)."""
    return f"{measure}_{level}_count_log"


#: What a ranker reads: more of every share is better for being taken; support says only how much is known.
AFFINITY_INPUTS: tuple[ModelInput, ...] = (
    *(ModelInput(share_name(measure, level), 1) for measure, levels in _SHARES.items() for level in levels),
    *(ModelInput(lift_name(measure, level), 1) for measure, levels in _LIFTS.items() for level in levels),
    *(ModelInput(support_name(measure, level)) for measure, levels in _SUPPORT.items() for level in levels),
)


@dataclass
class Affinity:
    """Counts over events, built once per measure and level and looked up for any number of queries.

    `events` has the columns `EVENT_COLUMNS`: `measure`, `day` (datetime64), whole `count` and `hit`, the `position` in
    the list (0 without one), whether the list's order was random, and the segments. Raises TrainingTableError where a
    column is absent.
    """

    events: pd.DataFrame
    settings: AffinitySettings = field(default_factory=AffinitySettings)

    def __post_init__(self) -> None:
        """Turn the segments into codes and estimate how places are examined."""
        _require(self.events, EVENT_COLUMNS)
        self._books = {name: pd.Index(sorted(set(self.events[name].unique()))) for name in SEGMENTS}
        self._days = _days(self.events[DAY])
        self._codes = self._coded(self.events)
        self._counted: dict[tuple[Measure, str], DecayedCounts] = {}
        self._examined = self._examination()

    def columns(self, queries: pd.DataFrame) -> pd.DataFrame:
        """Return the affinity columns of pairs: one row per query, in its order and with its index.

        `queries` has `day` and the segments. Beside `AFFINITY_INPUTS` stand `newest_event_on`, the day of the newest
        event that was counted in any column of the row (missing without one), and two popularities that serve as
        baselines: the product's decayed number of taken pairs, and the share of past requests of the firm's kind and
        section that ended granted and taken.
        """
        _require(queries, (DAY, *SEGMENTS))
        asked = _Asked(self, queries)
        found: dict[str, Floats] = {}
        for measure, levels in _SHARES.items():
            found |= {share_name(measure, level): asked.share(measure, level) for level in levels}
        for measure, levels in _LIFTS.items():
            found |= {lift_name(measure, level): asked.lift(measure, level) for level in levels}
        for measure, levels in _SUPPORT.items():
            found |= {support_name(measure, level): np.log1p(asked.counts(measure, level)[0]) for level in levels}
        found[POPULARITY_PRODUCT] = asked.counts(Measure.taken, "product")[1]
        found[POPULARITY_SEGMENT] = asked.share(Measure.funded, "kind_section")
        table = pd.DataFrame(found, index=queries.index)
        table[NEWEST_EVENT_ON] = asked.newest_on()
        return table

    def counted(self, measure: Measure, level: str) -> DecayedCounts:
        """Return the counts of a measure at a level: one column per band of places, then the hits."""
        if (measure, level) not in self._counted:
            rows = np.flatnonzero((self.events[MEASURE] == measure).to_numpy())
            self._counted[measure, level] = self._count(rows, level)
        return self._counted[measure, level]

    def keys(self, codes: dict[str, Ints], level: str, rows: int) -> Ints:
        """Return one number per row for the segments of a level, `UNKNOWN` where an event has none such."""
        keys = np.zeros(rows, dtype=np.int64)
        is_known = np.ones(rows, dtype=np.bool_)
        for name in _LEVELS[level].by:
            keys = keys * len(self._books[name]) + codes[name]
            is_known &= codes[name] >= 0
        return np.where(is_known, keys, UNKNOWN)

    def coded(self, queries: pd.DataFrame) -> dict[str, Ints]:
        """Return the segments as places in the events' own, `UNKNOWN` where no event has the segment."""
        return self._coded(queries)

    def examined(self, days: Ints) -> Floats:
        """Return how much each band of places is examined (days × bands), as known on the days."""
        return self._examined.at(days)

    def _coded(self, table: pd.DataFrame) -> dict[str, Ints]:
        return {name: _places(book, table[name]) for name, book in self._books.items()}

    def _count(self, rows: Ints, level: str) -> DecayedCounts:
        events = self.events.iloc[rows]
        count, hit = (events[name].to_numpy(dtype=np.int64) for name in (COUNT, HIT))
        counts = np.zeros((len(rows), BANDS + 1), dtype=np.int64)
        counts[np.arange(len(rows)), bands(events[POSITION].to_numpy(dtype=np.int64))] = count
        counts[:, BANDS] = hit
        codes = {name: values[rows] for name, values in self._codes.items()}
        keys = self.keys(codes, level, len(rows))
        return DecayedCounts.of(keys, self._days[rows], counts, self.settings.half_life_days)

    def _examination(self) -> Examination:
        is_used = (self.events[MEASURE] == Measure.applied).to_numpy() & self.events[IS_RANDOM].to_numpy(dtype=np.bool_)
        rows = self.events[is_used]
        position, count, hit = (rows[name].to_numpy(dtype=np.int64) for name in (POSITION, COUNT, HIT))
        return fit_examination(self._days[is_used], position, count, hit)


def affinity_columns(
    events: pd.DataFrame, queries: pd.DataFrame, settings: AffinitySettings | None = None
) -> pd.DataFrame:
    """Return the affinity columns of queries over events; see `Affinity`, which serves many questions of one table."""
    return Affinity(events, settings or AffinitySettings()).columns(queries)


def affinity_score(columns: pd.DataFrame) -> Floats:
    """Return what affinity alone expects: the share taken of a showing in the first place, NaN before any event.

    The share of the product, times how the firm's segments and the request stand to the product's own share, at each of
    the two steps that have most events: applied among shown, and granted among applied (naive Bayes; a step of which
    nothing is known counts as 1). Comparable within a request and across requests.
    """
    score = _floats(columns, share_name(Measure.taken, "product"))
    for measure in (Measure.applied, Measure.granted):
        relative = _relative(columns, measure)
        score = score * np.where(np.isnan(relative), 1.0, relative)
    return np.asarray(np.minimum(score, 1.0))


def _relative(columns: pd.DataFrame, measure: Measure) -> Floats:
    product = _floats(columns, share_name(measure, "product"))
    relative = np.ones(len(columns))
    for level in ("product_kind_section", "product_prefecture", "product_size"):
        relative = relative * _floats(columns, share_name(measure, level)) / product
    for level in _LIFTS[measure]:
        relative = relative * _floats(columns, lift_name(measure, level))
    return relative


class _Asked:
    """The queries of one call, with every share computed once."""

    def __init__(self, affinity: Affinity, queries: pd.DataFrame) -> None:
        self._affinity = affinity
        self._days = _days(queries[DAY])
        self._codes = affinity.coded(queries)
        self._weight = np.column_stack([affinity.examined(self._days), np.ones(len(queries))])
        self._newest = np.full(len(queries), NO_DAY)
        self._shares: dict[tuple[Measure, str], Floats] = {}
        self._counts: dict[tuple[Measure, str], tuple[Floats, Floats]] = {}

    def share(self, measure: Measure, level: str) -> Floats:
        """Return the shrunk share; NaN where no event of the measure is known."""
        if (measure, level) not in self._shares:
            self._shares[measure, level] = self._shrunk(measure, _LEVELS[level])
        return self._shares[measure, level]

    def lift(self, measure: Measure, level: str) -> Floats:
        """Return the share of a band of the product over the product's share."""
        return self.share(measure, level) / self.share(measure, "product")

    def counts(self, measure: Measure, level: str) -> tuple[Floats, Floats]:
        """Return decayed counts, weighed by how their places are examined, and decayed hits."""
        if (measure, level) not in self._counts:
            keys = self._affinity.keys(self._codes, level, len(self._days))
            sums = self._affinity.counted(measure, level).at(keys, self._days)
            self._newest = np.maximum(self._newest, sums.newest)
            # Band after band, so that a row's sum cannot depend on the rows beside it.
            weighed = reduce(np.add, (sums.counts * self._weight).T[:BANDS])
            self._counts[measure, level] = weighed, sums.counts[:, BANDS]
        return self._counts[measure, level]

    def newest_on(self) -> NDArray[np.datetime64]:
        """Return the day of the newest event counted so far, NaT without one."""
        days = self._newest.astype("datetime64[D]")
        days[self._newest == NO_DAY] = np.datetime64("NaT")
        return days.astype("datetime64[s]")

    def _shrunk(self, measure: Measure, level: Level) -> Floats:
        count, hits = self.counts(measure, level.name)
        if not level.times:
            return np.clip(np.where(count > 0, hits / np.where(count > 0, count, 1.0), np.nan), LEAST_SHARE, 1.0)
        prior = self.share(measure, level.times[0])
        for name in level.times[1:]:
            prior = prior * self.share(measure, name)
        for name in level.over:
            prior = prior / self.share(measure, name)
        m = self._affinity.settings.prior_count
        return np.clip((hits + m * prior) / (count + m), LEAST_SHARE, 1.0)


def _require(table: pd.DataFrame, names: Sequence[str]) -> None:
    absent = [name for name in names if name not in table.columns]
    if absent:
        raise TrainingTableError(f"the events or queries of the affinity lack the columns {', '.join(absent)}")


def _days(column: "pd.Series[pd.Timestamp]") -> Ints:
    return column.to_numpy(dtype="datetime64[D]").astype(np.int64)


def _places(book: "pd.Index[str]", column: "pd.Series[str]") -> Ints:
    held = pd.Categorical(column)
    places = np.append(book.get_indexer(held.categories), UNKNOWN).astype(np.int64)
    return np.asarray(places[held.codes])


def _floats(table: pd.DataFrame, name: str) -> Floats:
    return np.asarray(table[name].to_numpy(dtype=np.float64))
