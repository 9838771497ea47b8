"""What a warning is worth to officers who can look at one loan in a hundred each month.

Each month the riskiest loans are flagged, one in a hundred and at least one. Of equal scores at the edge of the
capacity each is flagged in equal part: that is what a draw among them gives on average, so a constant score is the
random order. Intervals are bootstrapped over enterprises; every draw flags anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.bootstrap import Drawn, Interval, draw_weights
from models.hazard import Ints
from models.metrics import Floats, weighted_auc

#: One loan in a hundred.
CAPACITY: Final = 0.01
#: Draws of a report: each flags every month of every method anew.
DRAWS: Final = 500
_QUARTILES: Final = (0.25, 0.5, 0.75)
PRECISION, RECALL, AUC = "precision", "recall", "auc_within_month"
CAUGHT, IN_TIME = "defaults_caught", "caught_before_missed"
LEAD: Final = ("lead_days_q1", "lead_days_median", "lead_days_q3")
MEASURES: Final = (PRECISION, RECALL, AUC, CAUGHT, IN_TIME, *LEAD)


@dataclass(frozen=True)
class Judged:
    """Loans on month-ends whose outcome is known: 1 where it defaulted within the horizon, else 0.

    `missed_days` are days from the month-end to the first missed payment of that default (below 0 where it had been
    missed already and nobody knew; NaN where none is told).
    """

    days: NDArray[np.datetime64]
    enterprises: NDArray[np.str_]
    loans: NDArray[np.str_]
    bad: Ints
    missed_days: Floats

    @property
    def loan_ids(self) -> Ints:
        """A number for each loan of each enterprise."""
        pairs = np.char.add(np.char.add(self.enterprises, "\n"), self.loans)
        return np.asarray(np.unique(pairs, return_inverse=True)[1], dtype=np.int64)


def flagged(score: Floats, weight: Floats, capacity: float = CAPACITY) -> Floats:
    """Return which part of each loan of one month is flagged (draws × loans), by how often each was drawn.

    The capacity is `capacity` of the weight, rounded down, at least 1.
    """
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, score.size])
    mass = np.add.reduceat(weight[:, order], starts, axis=1)
    before = np.cumsum(mass, axis=1) - mass
    room = np.maximum(np.floor(weight.sum(axis=1, keepdims=True) * capacity + 1e-9), 1.0)
    part = np.clip(np.divide(room - before, mass, out=np.zeros_like(mass), where=mass > 0), 0.0, 1.0)
    found = np.empty_like(weight)
    found[:, order] = np.repeat(part, sizes, axis=1)
    return found


def first_flags(parts: Floats, loan: Ints, days: NDArray[np.datetime64]) -> Floats:
    """Return the chance that a loan's first flag falls on each row (draws × rows), its months in order of day."""
    found = np.zeros_like(parts)
    order = np.lexsort((days, loan))
    unflagged = np.ones(parts.shape[0])
    for place, row in enumerate(order):
        if place == 0 or loan[row] != loan[order[place - 1]]:
            unflagged = np.ones(parts.shape[0])
        found[:, row] = unflagged * parts[:, row]
        unflagged = unflagged * (1 - parts[:, row])
    return found


def weighted_quantile(values: Floats, weight: Floats, share: float) -> Floats:
    """Return by draw the least value at or below which `share` of the weight lies (draws × values), NaN without any."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[:, order], axis=1)
    total = below[:, -1:] if values.size else np.zeros((weight.shape[0], 1))
    place = (below < share * total - 1e-12).sum(axis=1)
    found = values[order][np.minimum(place, max(values.size - 1, 0))] if values.size else np.zeros(weight.shape[0])
    return np.where(total[:, 0] > 0, found, np.nan)


@dataclass(frozen=True)
class Measured:
    """Figures of one method on the sample and on each draw."""

    drawn: Mapping[str, Drawn]

    def intervals(self) -> dict[str, Interval]:
        """Return each figure with its interval; draws in which it is not defined are left out."""
        return {name: _interval(one) for name, one in self.drawn.items()}


@dataclass(frozen=True)
class WarningReport:
    """Every method on the same months and draws, and the lead of one of them over the others."""

    months: tuple[str, ...]
    loans_a_month: float
    flags_a_month: float
    base_rate: float
    defaults: int
    figures: Mapping[str, Mapping[str, Interval]]
    leads: Mapping[str, Mapping[str, Interval]]  # the chosen method less each other

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-able values; what is not defined is null."""
        found: dict[str, Any] = _finite(asdict(self))
        return found


def judge(rows: Judged, scores: Mapping[str, Floats], chosen: str, seed: int, draws: int = DRAWS) -> WarningReport:
    """Return the figures of every score (higher is riskier) and the paired lead of `chosen`; some row is bad."""
    counts = enterprise_draws(rows, seed, draws)
    measured = {name: measure(rows, score, counts) for name, score in scores.items()}
    leads = {
        name: {what: _interval(measured[chosen].drawn[what].less(one)) for what, one in other.drawn.items()}
        for name, other in measured.items()
        if name != chosen
    }
    months, sizes = np.unique(rows.days, return_counts=True)
    return WarningReport(
        months=tuple(str(one) for one in months),
        loans_a_month=float(sizes.mean()),
        flags_a_month=float(np.maximum(np.floor(sizes * CAPACITY + 1e-9), 1.0).mean()),
        base_rate=float(rows.bad.mean()),
        defaults=len(np.unique(rows.loan_ids[rows.bad == 1])),
        figures={name: one.intervals() for name, one in measured.items()},
        leads=leads,
    )


def measure(rows: Judged, score: Floats, counts: "Counts") -> Measured:
    """Return one method's figures on the sample (first) and on every draw."""
    bad = np.flatnonzero(rows.bad == 1)
    draws = counts.by_enterprise.shape[0]
    hits, flags, bads, won, pairs = (np.zeros(draws) for _ in range(5))
    parts = np.zeros((draws, bad.size))
    for month in _months(rows):
        weight = counts.of(month)
        part, here = flagged(score[month], weight), rows.bad[month]
        flags += (part * weight).sum(axis=1)
        hits += (part * weight * here).sum(axis=1)
        mass = (weight * here).sum(axis=1)
        bads += mass
        parts[:, np.isin(bad, month)] = part[:, here == 1]
        if 0 < here.sum() < here.size:
            area = mass * (weight.sum(axis=1) - mass)
            won += np.where(area > 0, np.nan_to_num(weighted_auc(here, score[month], weight)) * area, 0.0)
            pairs += area
    figures = {PRECISION: _ratio(hits, flags), RECALL: _ratio(hits, bads), AUC: _ratio(won, pairs)}
    figures |= _lead(rows, bad, parts, counts)
    return Measured({name: Drawn(float(one[0]), one[1:]) for name, one in figures.items()})


def _lead(rows: Judged, bad: Ints, parts: Floats, counts: "Counts") -> dict[str, Floats]:
    """Return what became of the loans that defaulted: caught at all, in time, and how many days ahead."""
    loan, ahead = rows.loan_ids[bad], rows.missed_days[bad]
    weight = counts.of(bad)
    first = first_flags(parts, loan, rows.days[bad]) * weight
    _, once = np.unique(loan, return_index=True)
    caught = first.sum(axis=1)
    told = ~np.isnan(ahead)
    in_time = first[:, told & (ahead > 0)].sum(axis=1)
    found = {CAUGHT: _ratio(caught, weight[:, once].sum(axis=1)), IN_TIME: _ratio(in_time, first[:, told].sum(axis=1))}
    for name, share in zip(LEAD, _QUARTILES, strict=True):
        found[name] = weighted_quantile(ahead[told], first[:, told], share)
    return found


@dataclass(frozen=True)
class Counts:
    """How often each enterprise is drawn (draws × enterprises; the first draw is the sample), and whose each row is."""

    by_enterprise: Floats
    owner: Ints

    def of(self, rows: Ints) -> Floats:
        """Return how often each of these rows is drawn (draws × rows)."""
        return np.asarray(self.by_enterprise[:, self.owner[rows]])


def enterprise_draws(rows: Judged, seed: int, draws: int = DRAWS) -> Counts:
    """Return how often each enterprise is drawn, the sample itself first."""
    ids, owner = np.unique(rows.enterprises, return_inverse=True)
    is_bad = np.zeros(ids.size, dtype=np.int64)
    np.maximum.at(is_bad, owner, rows.bad)
    drawn = draw_weights(ids, is_bad, seed=seed, draws=draws)
    return Counts(np.concatenate([np.ones((1, ids.size)), drawn]), np.asarray(owner, dtype=np.int64))


def _months(rows: Judged) -> Iterator[Ints]:
    for month in np.unique(rows.days):
        yield np.flatnonzero(rows.days == month)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.asarray(np.divide(top, bottom, out=np.full(top.size, np.nan), where=bottom > 0), dtype=np.float64)


def _interval(one: Drawn) -> Interval:
    known = Drawn(one.estimate, one.draws[~np.isnan(one.draws)])
    return known.interval() if known.draws.size else Interval(one.estimate, np.nan, np.nan)


def _finite(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
