"""The methods of a match study's report, each judged on the same requests: the ranker, its counts alone, the baselines.

What a baseline chooses it chooses on the newest part of the fit (`models.match_baselines`). Where one cannot be fitted
(a library is absent, too few rows) a note says so and the others go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.baseline_als import fit_als
from models.baseline_counts import CountedFit, Fading, Scorer, level_keys, scored_in_full
from models.baseline_trees import fit_plain_trees
from models.errors import LibraryAbsentError, StudyError
from models.match_baselines import HALF_LIVES, Choice, HeldOut, choose_back_off, choose_columns, held_out, naive_bayes
from models.metrics import Floats
from models.ranked import Ranked
from models.study_config import StudyConfig
from models.study_metrics import (
    Values,
    acquire_values,
    customer_ranks,
    in_tail,
    match_values,
    share_of_largest,
    true_ranks,
)
from models.study_table import StudyRows

Ints = NDArray[np.int64]

TOP = 100  # places that count; beyond them a true option counts as not found, for every method
MIN_CUSTOMERS = 20  # an option with fewer among the requests is not judged on the reverse order
FEWEST = 200  # rows of a fit, below which no baseline chooses anything
_AT_ONCE = 1_000


class MatchModel(Protocol):
    """What a report asks of a fitted ranker."""

    @property
    def options(self) -> Sequence[str]:
        """The options in order of their text."""
        ...

    @property
    def sizes(self) -> Ints:
        """The rows of each option in the fit."""
        ...

    def match(self, rows: StudyRows, top: int) -> Ranked:
        """Return the best options of each row."""
        ...

    def match_by_counts(self, rows: StudyRows, top: int) -> Ranked:
        """Return the best options of each row by counts alone."""
        ...

    def acquire(self, rows: StudyRows, min_customers: int, top: int, options: Ints | None = None) -> Ranked:
        """Return the best rows of each option."""
        ...

    def rolling(self, stream: StudyRows, rows: StudyRows, top: int) -> Ranked:
        """Return the best options of each row by counts that take in the stream's earlier days."""
        ...


class Method(StrEnum):
    """What is judged; popularity at a level of place carries the level's name beside it."""

    ranker = "ranker"
    rolling = "ranker, rolling"
    counts = "ranker's counts alone"
    popularity = "popularity"
    back_off = "place back-off"
    naive_bayes = "back-off x naive Bayes with half-life"
    als = "ALS (implicit)"
    trees = "plain LightGBM LambdaRank"


@dataclass(frozen=True)
class Judged:
    """A method's values for each request, for each judged option, and the largest options' share of its first ten."""

    method: Method
    match: Values
    acquire: Values | None
    largest: float
    level: str = ""

    @property
    def name(self) -> str:
        """The method, with the level of place where it has one."""
        return f"{self.method} by {self.level}" if self.level else str(self.method)


@dataclass(frozen=True)
class Requests:
    """The requests of a report with what they took, as places in the fit's options (−1: no candidate)."""

    rows: StudyRows
    truth: Ints
    sizes: Ints
    judged: Ints = field(init=False)
    customers: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Find the options that have enough customers among the requests."""
        counts = np.bincount(self.truth[self.truth >= 0], minlength=len(self.sizes))
        object.__setattr__(self, "judged", np.flatnonzero(counts >= MIN_CUSTOMERS))
        object.__setattr__(self, "customers", counts[self.judged])

    @classmethod
    def of(cls, rows: StudyRows, options: Sequence[str], sizes: Ints) -> "Requests":
        """Look the options of the rows up; a row without one takes no part (StudyError where none is left)."""
        held = rows.option
        if held is None or not (held.codes >= 0).any():
            raise StudyError("no row that is reported on says which option was taken")
        places = pd.Index(list(options)).get_indexer(held.categories)
        known = held.codes >= 0
        return cls(rows.take(known), np.asarray(places[held.codes[known]], dtype=np.int64), sizes)

    def values(self, ranks: Ints) -> Values:
        """Return the match measures of each request."""
        return match_values(ranks, in_tail(self.truth, self.sizes))


def judge_ranker(model: MatchModel, asked: Requests) -> Iterator[Judged]:
    """Yield the ranker and its counts alone, both of a static fit."""
    ranked = model.match(asked.rows, TOP)
    acquired = None
    if len(asked.judged):
        full = model.acquire(asked.rows, 1, len(asked.rows), asked.judged)
        acquired = acquire_values(customer_ranks(full, asked.truth, asked.judged), asked.customers)
    yield _judged(Method.ranker, ranked, asked, acquired)
    yield _judged(Method.counts, _in_parts(model, asked.rows), asked, None)


def judge_rolling(model: MatchModel, stream: StudyRows, asked: Requests) -> Judged:
    """Return the ranker whose counts take in, day by day, what came after the fit; its trees stay."""
    return _judged(Method.rolling, model.rolling(stream, asked.rows, TOP), asked, None)


@dataclass
class Baselines:
    """The baselines of a fit, fitted and judged one after another; `notes` says what was chosen and what was not."""

    history: StudyRows
    config: StudyConfig
    seed: int
    notes: list[str] = field(default_factory=list)

    def judged(self, options: Sequence[str], asked: Requests) -> Iterator[Judged]:
        """Yield each baseline's values; `options` are the ranker's."""
        fit = CountedFit.of(self.history, options)
        for method, level, scorer in self._scorers(fit):
            yield _judged_in_full(method, level, scorer, asked)

    def _scorers(self, fit: CountedFit) -> Iterator[tuple[Method, str, Scorer]]:
        places = self.config.columns.place
        yield Method.popularity, "", fit.popularity(Fading(None))
        for names in level_keys(places):
            yield Method.popularity, names[-1], fit.popularity(Fading(None), names)
        if len(fit.rows) < FEWEST:
            self.notes.append(f"{len(fit.rows)} rows are too few for a baseline that chooses anything")
            yield Method.back_off, "", fit.back_off(places, Fading(None), 10.0)
            return
        parts = held_out(fit, self.seed)
        still = choose_back_off(parts, places, (None,))
        self.notes.append(f"{Method.back_off}: m = {still.prior_count:g}")
        yield Method.back_off, "", fit.back_off(places, Fading(None), still.prior_count)
        choice = choose_columns(parts, self.config, choose_back_off(parts, places, self._half_lives(fit)))
        self.notes.append(f"{Method.naive_bayes}: {_told(choice)}")
        yield Method.naive_bayes, "", naive_bayes(fit, places, choice)
        yield from self._als(fit, parts)
        yield from self._trees(fit, choice)

    def _als(self, fit: CountedFit, parts: HeldOut) -> Iterator[tuple[Method, str, Scorer]]:
        if not self.config.columns.place:
            self.notes.append(f"{Method.als}: the study names no place")
            return
        try:
            als, choice = fit_als(fit, parts, self.config.columns.place, self.seed)
        except LibraryAbsentError as absent:
            self.notes.append(str(absent))
            return
        self.notes.append(f"{Method.als}: {choice.factors} factors, confidence x {choice.confidence:g}")
        yield Method.als, "", als

    def _trees(self, fit: CountedFit, choice: Choice) -> Iterator[tuple[Method, str, Scorer]]:
        try:
            yield Method.trees, "", fit_plain_trees(fit, self.config, choice, self.seed)
        except StudyError as error:
            self.notes.append(f"{Method.trees}: {error}")

    def _half_lives(self, fit: CountedFit) -> tuple[float | None, ...]:
        return (None,) if fit.rows.day is None else HALF_LIVES


def _told(choice: Choice) -> str:
    half_life = "no half-life" if choice.half_life_days is None else f"half-life {choice.half_life_days:g} days"
    return (
        f"{half_life}, m = {choice.prior_count:g}, k = {choice.support:g}, {', '.join(choice.columns) or 'no column'}"
    )


def _in_parts(model: MatchModel, rows: StudyRows) -> Ranked:
    parts = []
    for start in range(0, len(rows), _AT_ONCE):
        places = np.arange(start, min(start + _AT_ONCE, len(rows)), dtype=np.int64)
        found = model.match_by_counts(rows.take(places), TOP)
        parts.append(Ranked(found.place + start, found.option, found.score))
    return Ranked(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("place", "option", "score")))


def _judged(method: Method, ranked: Ranked, asked: Requests, acquired: Values | None) -> Judged:
    ranks = true_ranks(ranked, asked.truth)
    return Judged(method, asked.values(ranks), acquired, share_of_largest(ranked, asked.sizes))


def _judged_in_full(method: Method, level: str, scorer: Scorer, asked: Requests) -> Judged:
    ranks, columns, firsts = scored_in_full(scorer, asked.rows, asked.truth, asked.judged, TOP)
    acquired = None
    if len(asked.judged):
        places = [_customer_places(columns[:, n], asked.truth == option) for n, option in enumerate(asked.judged)]
        acquired = acquire_values(places, asked.customers)
    return Judged(method, asked.values(ranks), acquired, share_of_largest(firsts, asked.sizes), level)


def _customer_places(score: Floats, is_customer: NDArray[np.bool_]) -> Ints:
    order = np.argsort(-score, kind="stable")
    return np.flatnonzero(is_customer[order]) + 1
