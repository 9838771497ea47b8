"""Affinity by loops over events, one query at a time: slow, plain, and nothing of the vectorised form in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import log1p, nan

H = 365
M = 20.0
LEAST = 1e-4
BAND_ENDS = (1, 2, 3, 4, 6, 8, 10)
PRIOR_SHOWN = 100.0
LEAST_EXAMINED = 0.05
BY = {
    "all": (),
    "kind": ("kind",),
    "section": ("section",),
    "kind_section": ("kind", "section"),
    "pattern": ("pattern",),
    "bank": ("bank",),
    "bank_kind": ("bank", "kind"),
    "bank_section": ("bank", "section"),
    "product": ("product",),
    "product_section": ("product", "section"),
    "product_kind_section": ("product", "kind", "section"),
    "product_prefecture": ("product", "prefecture"),
    "product_size": ("product", "size"),
    "product_amount": ("product", "amount_band"),
    "product_term": ("product", "term_band"),
}


@dataclass(frozen=True)
class Event:
    measure: str
    day: date
    count: int
    hit: int
    position: int
    is_random: bool
    segments: Mapping[str, str]


@dataclass(frozen=True)
class Oracle:
    events: tuple[Event, ...]
    shares: dict[object, float] = field(default_factory=dict)

    def share(self, measure: str, level: str, day: date, of: Mapping[str, str]) -> float:
        asked = (measure, level, day, tuple(of.items()))
        if asked not in self.shares:
            self.shares[asked] = self._share(measure, level, day, of)
        return self.shares[asked]

    def _share(self, measure: str, level: str, day: date, of: Mapping[str, str]) -> float:
        count, hits = self.sums(measure, level, day, of)
        if level == "all":
            return min(max(hits / count, LEAST), 1.0) if count > 0 else nan
        prior = self.prior(measure, level, day, of)
        return min(max((hits + M * prior) / (count + M), LEAST), 1.0)

    def prior(self, measure: str, level: str, day: date, of: Mapping[str, str]) -> float:
        def share(name: str) -> float:
            return self.share(measure, name, day, of)

        match level:
            case "kind" | "section" | "pattern" | "bank":
                prior = share("all")
            case "kind_section":
                prior = share("kind") * share("section") / share("all")
            case "bank_kind" | "bank_section":
                prior = share("bank") * share(level.removeprefix("bank_")) / share("all")
            case "product":
                prior = share("pattern") * share("bank") / share("all")
            case "product_section":
                prior = share("product") * share("bank_section") / share("bank")
            case "product_kind_section":
                prior = share("product_section") * share("bank_kind") / share("bank")
            case _:
                prior = share("product")
        return prior

    def sums(self, measure: str, level: str, day: date, of: Mapping[str, str]) -> tuple[float, float]:
        count = hits = 0.0
        for event in self.events:
            if event.measure != measure or event.day > day:
                continue
            if any(event.segments[name] != of[name] for name in BY[level]):
                continue
            faded = 2.0 ** (-(day - event.day).days / H)
            count += event.count * faded * self.examined(event.position, day)
            hits += event.hit * faded
        return count, hits

    def examined(self, position: int, day: date) -> float:
        used = [
            event
            for event in self.events
            if event.measure == "applied"
            and event.is_random
            and (event.day.year, event.day.month) < (day.year, day.month)
        ]
        if not used:
            return 1.0
        overall = sum(event.hit for event in used) / max(sum(event.count for event in used), 1)
        least = 1.0
        first = _share([event for event in used if _band(event.position) == 0], overall)
        for band in range(_band(position) + 1):
            share = _share([event for event in used if _band(event.position) == band], overall)
            relative = share / first if first > 0 else 1.0
            least = min(least, max(min(relative, 1.0), LEAST_EXAMINED))
        return least

    def newest(self, day: date, measures: Iterable[str]) -> date | None:
        return max((event.day for event in self.events if event.day <= day and event.measure in measures), default=None)

    def support(self, measure: str, level: str, day: date, of: Mapping[str, str]) -> float:
        return log1p(self.sums(measure, level, day, of)[0])


def _share(events: list[Event], overall: float) -> float:
    seen = sum(event.count for event in events)
    return (sum(event.hit for event in events) + PRIOR_SHOWN * overall) / (seen + PRIOR_SHOWN)


def _band(position: int) -> int:
    return sum(position > end for end in BAND_ENDS)
