"""What a ranker must beat on a match study: popularity, back-off over places, naive Bayes, factorisation, plain trees.

The strong ones choose their half-life, shrinkage and columns on the newest part of the fit, each counted on what lies
before it, and are then counted on the whole fit. Nothing is chosen on the rows that a report is made on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.baseline_counts import BackOff, CountedFit, Fading, NaiveBayes, Ratios, Scorer, best_of, blocks
from models.metrics import Floats
from models.study_config import StudyConfig
from models.study_table import StudyRows

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

HELD_OUT = 0.05  # at least this share of the fit, by whole days, is what choices are made on
JUDGED = 2_000  # rows of it, drawn by seed
DEPTH = 200  # candidates of the back-off among which columns of naive Bayes are chosen
HALF_LIVES: tuple[float | None, ...] = (7.0, 30.0, 180.0, 730.0, None)
PRIOR_COUNTS = (1.0, 3.0, 10.0, 30.0)
SUPPORTS = (10.0, 100.0)
LEAST_GAIN = 0.001  # of MRR, for one more column


@dataclass(frozen=True)
class Choice:
    """What was chosen on the newest part of the fit, and the MRR it had there."""

    half_life_days: float | None
    prior_count: float
    support: float = SUPPORTS[0]
    columns: tuple[str, ...] = ()
    mrr: float = float("nan")


@dataclass(frozen=True)
class HeldOut:
    """The fit in two: what lies before the newest days, and a sample of the rows of those days."""

    before: CountedFit
    rows: StudyRows
    truth: Ints


def held_out(whole: CountedFit, seed: int, judged: int = JUDGED) -> HeldOut:
    """Part the rows of a fit by day (by chance where no day is known); options are those of the whole fit."""
    generator = np.random.default_rng(seed)
    newest = _newest(whole.rows, generator)
    places = np.flatnonzero(newest)
    if len(places) > judged:
        places = np.sort(generator.choice(places, judged, replace=False))
    before = CountedFit.of(whole.rows.take(~newest), whole.options)
    return HeldOut(before, whole.rows.take(places), whole.taken[places])


def choose_back_off(parts: HeldOut, places: Sequence[str], half_lives: Sequence[float | None]) -> Choice:
    """Return the half-life and shrinkage of the best MRR on the held-out rows."""
    tried = [
        Choice(half_life, prior, mrr=mrr_of(base, parts))
        for half_life in half_lives
        for base, prior in _grid(parts, places, half_life)
    ]
    return max(tried, key=lambda one: one.mrr)


def choose_columns(parts: HeldOut, config: StudyConfig, base: Choice) -> Choice:
    """Return the choice with the columns of naive Bayes added one by one, the best first, while the MRR grows."""
    fading = Fading(base.half_life_days)
    back_off = parts.before.back_off(config.columns.place, fading, base.prior_count)
    options, grown = _candidates(back_off, parts)
    names = (*config.columns.industry, *config.columns.categories, *config.columns.all_numbers)
    best = base
    for support in SUPPORTS:
        ratios = {name: parts.before.ratios(name, fading, support) for name in names}
        added = {name: _picked(ratio, parts.rows, options) for name, ratio in ratios.items()}
        found = _greedy(np.log(grown), added, options == parts.truth[:, None])
        if found.mrr > best.mrr + LEAST_GAIN or not best.columns:
            best = Choice(base.half_life_days, base.prior_count, support, found.columns, found.mrr)
    return best


def naive_bayes(fit: CountedFit, places: Sequence[str], choice: Choice) -> NaiveBayes:
    """Return the back-off with naive Bayes of a choice."""
    fading = Fading(choice.half_life_days)
    base = fit.back_off(places, fading, choice.prior_count)
    return NaiveBayes(base, tuple(fit.ratios(name, fading, choice.support) for name in choice.columns))


def _newest(rows: StudyRows, generator: np.random.Generator) -> Mask:
    if rows.day is None or np.isnat(rows.day).all():
        return _drawn(len(rows), generator)
    days = rows.day.astype(np.int64)
    known = np.sort(days[~np.isnat(rows.day)])
    first = known[min(int(len(known) * (1 - HELD_OUT)), len(known) - 1)]
    newest = ~np.isnat(rows.day) & (days >= first)
    return newest if not newest.all() else _drawn(len(rows), generator)


def _drawn(count: int, generator: np.random.Generator) -> Mask:
    mask = np.zeros(count, dtype=np.bool_)
    mask[generator.permutation(count)[: max(1, int(count * HELD_OUT))]] = True
    return mask


def _grid(parts: HeldOut, places: Sequence[str], half_life: float | None) -> Iterator[tuple[BackOff, float]]:
    fading = Fading(half_life)
    one = parts.before.back_off(places, fading, PRIOR_COUNTS[0])
    for prior in PRIOR_COUNTS:
        yield BackOff(one.options, one.sizes, one.share, one.tables, prior), prior


def mrr_of(scorer: Scorer, parts: HeldOut) -> float:
    """Return the MRR on the held-out rows."""
    total = 0.0
    for places, part in blocks(parts.rows):
        scores = scorer.scores(part)
        own = np.take_along_axis(scores, parts.truth[places][:, None], axis=1)
        total += float(np.sum(1.0 / (1.0 + (scores > own).sum(axis=1))))
    return total / max(len(parts.rows), 1)


def _candidates(scorer: Scorer, parts: HeldOut) -> tuple[Ints, Floats]:
    found = [best_of(scorer.scores(part), scorer.sizes, DEPTH) for _, part in blocks(parts.rows)]
    return np.concatenate([options for options, _ in found]), np.concatenate([scores for _, scores in found])


def _picked(ratio: Ratios, rows: StudyRows, options: Ints) -> Floats:
    return np.asarray(ratio.logs[ratio.coding.codes(rows)[:, None], options], dtype=np.float64)


def _greedy(base: Floats, added: dict[str, Floats], is_true: Mask) -> Choice:
    chosen: tuple[str, ...] = ()
    score, best = base, _mrr_among(base, is_true)
    while left := [name for name in added if name not in chosen]:
        reached = {name: _mrr_among(score + added[name], is_true) for name in left}
        name = max(left, key=lambda one: reached[one])
        if reached[name] <= best + LEAST_GAIN:
            break
        chosen, score, best = (*chosen, name), score + added[name], reached[name]
    return Choice(None, 0.0, columns=chosen, mrr=best)


def _mrr_among(score: Floats, is_true: Mask) -> float:
    own = np.where(is_true, score, -np.inf).max(axis=1, keepdims=True)
    place = 1.0 + (score > own).sum(axis=1)
    return float(np.mean(np.where(is_true.any(axis=1), 1.0 / place, 0.0)))
