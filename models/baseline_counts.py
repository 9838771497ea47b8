"""Baselines of a match study that only count: popularity, back-off over places, and naive Bayes on top of it.

They are written apart from the ranker's own counts, over sparse tables and dense scores, so that the two can be held
against each other. A score is a row's own: every operation is element by element, so that the other rows of a block
change nothing. Of equal scores the option with more rows in the fit stands earlier.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from models.errors import StudyError
from models.metrics import Floats
from models.ranked import Ranked
from models.study_metrics import NOT_LISTED
from models.study_table import StudyRows

Ints = NDArray[np.int64]

BLOCK = 512  # queries scored at once: 512 × 4,600 options are 19 MB
BINS = 16
_LEAST = 1e-12


class Scorer(Protocol):
    """What gives every option a score for each row, comparable across rows (a share of the row's requests)."""

    @property
    def options(self) -> Sequence[str]:
        """The options in order of their text."""
        ...

    @property
    def sizes(self) -> Ints:
        """The rows of each option in the fit."""
        ...

    def scores(self, rows: StudyRows) -> Floats:
        """Return rows × options."""
        ...


@dataclass(frozen=True)
class Book:
    """One way to key rows: the levels seen in the fit, one row of the table each, and a last, empty row for others."""

    names: tuple[str, ...]
    levels: tuple["pd.Index[Any]", ...]
    seen: Ints

    @classmethod
    def of(cls, rows: StudyRows, names: tuple[str, ...]) -> "Book":
        """Learn the levels of the columns and which of their pairs there are; missing is a level of its own."""
        levels = tuple(rows.levels[name].categories for name in names)
        book = cls(names, levels, np.empty(0, dtype=np.int64))
        return cls(names, levels, np.unique(book._stamp(rows)))

    def __len__(self) -> int:
        """Return the rows of a table by this book, the empty one among them."""
        return len(self.seen) + 1

    def places(self, rows: StudyRows) -> Ints:
        """Return each row's place in a table by this book; a key never seen has the last."""
        stamps = self._stamp(rows)
        found = np.minimum(np.searchsorted(self.seen, stamps), max(len(self.seen) - 1, 0))
        return np.where(self.seen[found] == stamps, found, len(self.seen)) if len(self.seen) else found

    def _stamp(self, rows: StudyRows) -> Ints:
        stamp = np.zeros(len(rows), dtype=np.int64)
        for name, levels in zip(self.names, self.levels, strict=True):
            column = rows.levels[name]
            # 0 missing, 1 never seen, then the levels of the fit
            code = np.append(levels.get_indexer(column.categories) + 2, 0)[column.codes]
            stamp = stamp * (len(levels) + 2) + code
        return stamp


@dataclass(frozen=True)
class Table:
    """The (faded) rows of a fit by the keys of a book and option, sparse, with the sum of each key."""

    book: Book
    counts: Any
    totals: Floats

    @classmethod
    def of(cls, book: Book, rows: StudyRows, pairs: tuple[Ints, Floats], options: int) -> "Table":
        """Sum the rows; `pairs` holds the option taken and the weight of each."""
        taken, weights = pairs
        counts = sparse.coo_matrix((weights, (book.places(rows), taken)), shape=(len(book), options)).tocsr()
        return cls(book, counts, np.asarray(counts.sum(axis=1)).ravel())

    def at(self, rows: StudyRows) -> tuple[Floats, Floats]:
        """Return rows × options, and the sum of each row as a column."""
        places = self.book.places(rows)
        return self.counts[places].toarray(), self.totals[places][:, None]


@dataclass(frozen=True)
class Coding:
    """A column as bands (a number) or levels (text): 0 missing, 1 never seen, then those of the fit."""

    name: str
    cuts: Floats | None
    levels: "pd.Index[Any] | None"

    @classmethod
    def of(cls, rows: StudyRows, name: str) -> "Coding":
        """Learn the bands, about as many rows each, or the levels."""
        if name in rows.levels:
            return cls(name, None, rows.levels[name].categories)
        known = rows.numbers[name][~np.isnan(rows.numbers[name])]
        if not len(known):
            return cls(name, np.empty(0), None)
        return cls(name, np.unique(np.quantile(known, np.arange(1, BINS) / BINS, method="lower")), None)

    def __len__(self) -> int:
        """Return how many codes there are."""
        if self.cuts is not None:
            return len(self.cuts) + 3
        return 2 if self.levels is None else len(self.levels) + 2

    def codes(self, rows: StudyRows) -> Ints:
        """Return the code of each row."""
        if self.cuts is not None:
            values = rows.numbers[self.name]
            return np.where(np.isnan(values), 0, np.searchsorted(self.cuts, values, side="right") + 2)
        column = rows.levels[self.name]
        known = np.empty(0, dtype=np.int64) if self.levels is None else self.levels.get_indexer(column.categories) + 2
        return np.asarray(np.append(known, 0)[column.codes], dtype=np.int64)


@dataclass(frozen=True)
class Fading:
    """How much each row of a fit weighs: its own weight, halved every half-life before the day after the newest."""

    half_life_days: float | None

    def weights(self, rows: StudyRows) -> Floats:
        """Return the weight of each row; without a half-life or days every row has its own weight."""
        own: Floats = np.ones(len(rows)) if rows.weight is None else rows.weight
        if self.half_life_days is None or rows.day is None or not len(rows):
            return own
        known = ~np.isnat(rows.day)
        if not known.any():
            return own
        days = rows.day.astype(np.int64)
        age = np.where(known, days[known].max() + 1 - days, days[known].max() + 1 - days[known].min())
        return np.asarray(own * np.exp2(-age / self.half_life_days))


@dataclass(frozen=True)
class Popularity:
    """Each option's share of the (faded) rows, overall or at one level of place; elsewhere the overall share rules."""

    options: Sequence[str]
    sizes: Ints
    share: Floats
    table: Table | None = None

    def scores(self, rows: StudyRows) -> Floats:
        """Return rows × options."""
        overall = np.broadcast_to(self.share, (len(rows), len(self.share)))
        if self.table is None:
            return overall.copy()
        held, total = self.table.at(rows)
        return np.asarray(np.where(total > 0, held / np.where(total > 0, total, 1.0), 0.0) + _LEAST * overall)


@dataclass(frozen=True)
class BackOff:
    """Shares that lean, level by level from coarse to fine, on the coarser one: (n + m · coarser) ÷ (N + m)."""

    options: Sequence[str]
    sizes: Ints
    share: Floats
    tables: tuple[Table, ...]
    prior_count: float

    def scores(self, rows: StudyRows) -> Floats:
        """Return rows × options; each row sums to 1."""
        share: Floats = np.tile(self.share, (len(rows), 1))
        for table in self.tables:
            held, total = table.at(rows)
            share = (held + self.prior_count * share) / (total + self.prior_count)
        return share


@dataclass(frozen=True)
class Ratios:
    """How much likelier each level of a column is for an option than for all: the factors of naive Bayes, as logs."""

    coding: Coding
    logs: NDArray[np.float32]

    def of(self, rows: StudyRows) -> NDArray[np.float32]:
        """Return rows × options; a level never seen says nothing."""
        return np.asarray(self.logs[self.coding.codes(rows)])


@dataclass(frozen=True)
class NaiveBayes:
    """The back-off's shares times the ratios of the chosen columns, brought back to a sum of 1 per row."""

    base: BackOff
    ratios: tuple[Ratios, ...]

    @property
    def options(self) -> Sequence[str]:
        """The options in order of their text."""
        return self.base.options

    @property
    def sizes(self) -> Ints:
        """The rows of each option in the fit."""
        return self.base.sizes

    def scores(self, rows: StudyRows) -> Floats:
        """Return rows × options."""
        grown = self.base.scores(rows)
        logs = np.zeros(grown.shape, dtype=np.float32)
        for ratio in self.ratios:
            logs += ratio.of(rows)
        grown *= np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class CountedFit:
    """The rows of a fit, their options as places, and what every counting baseline is made of."""

    rows: StudyRows
    options: tuple[str, ...]
    taken: Ints
    sizes: Ints

    @classmethod
    def of(cls, history: StudyRows, options: Sequence[str] | None = None) -> "CountedFit":
        """Take the rows that have an option; `options` may be more than theirs (a part of a larger fit)."""
        if history.option is None:
            raise StudyError("a match study is fitted on rows that say which option was taken")
        rows = history.take(history.option.codes >= 0)
        if not len(rows) or rows.option is None:
            raise StudyError("no row of the fit says which option was taken")
        held = rows.option.remove_unused_categories()
        names = tuple(held.categories) if options is None else tuple(options)
        taken = pd.Index(names).get_indexer(held.categories)[held.codes].astype(np.int64)
        return cls(rows, names, taken, np.bincount(taken, minlength=len(names)).astype(np.int64))

    def popularity(self, fading: Fading, names: tuple[str, ...] = ()) -> Popularity:
        """Return the share of each option, at the level of these columns where some are named."""
        weights = fading.weights(self.rows)
        share = self._share(weights)
        if not names:
            return Popularity(self.options, self.sizes, share)
        return Popularity(self.options, self.sizes, share, self._table(names, weights))

    def back_off(self, places: Sequence[str], fading: Fading, prior_count: float) -> BackOff:
        """Return the back-off over these columns, coarse to fine, each level keyed by (first level, level)."""
        weights = fading.weights(self.rows)
        tables = tuple(self._table(keyed, weights) for keyed in level_keys(places))
        return BackOff(self.options, self.sizes, self._share(weights), tables, prior_count)

    def ratios(self, name: str, fading: Fading, support: float) -> Ratios:
        """Return the log of P(level | option) ÷ P(level), drawn to 0 where an option has few rows."""
        weights, coding = fading.weights(self.rows), Coding.of(self.rows, name)
        pairs, shape = (coding.codes(self.rows), self.taken), (len(coding), len(self.options))
        counts = sparse.coo_matrix((weights, pairs), shape=shape).toarray()
        overall = counts.sum(axis=1, keepdims=True) / counts.sum()
        total = counts.sum(axis=0, keepdims=True)
        held = np.where(overall > 0, (counts + support * overall) / (total + support), 1.0)
        logs = np.log(held / np.where(overall > 0, overall, 1.0))
        return Ratios(coding, logs.astype(np.float32))

    def _share(self, weights: Floats) -> Floats:
        # A whole row's weight is spread over all options, so that none that faded away is impossible.
        grown = np.bincount(self.taken, weights, len(self.options)) + self.sizes / self.sizes.sum()
        return np.asarray(grown / grown.sum())

    def _table(self, names: tuple[str, ...], weights: Floats) -> Table:
        return Table.of(Book.of(self.rows, names), self.rows, (self.taken, weights), len(self.options))


def level_keys(places: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the columns that key each level of a hierarchy: the first alone, then each with the first."""
    return tuple((name,) if not number else (places[0], name) for number, name in enumerate(places))


def blocks(rows: StudyRows) -> Iterator[tuple[Ints, StudyRows]]:
    """Yield the rows in parts, with their places."""
    for start in range(0, len(rows), BLOCK):
        places = np.arange(start, min(start + BLOCK, len(rows)), dtype=np.int64)
        yield places, rows.take(places)


def best_of(scores: Floats, sizes: Ints, top: int) -> tuple[Ints, Floats]:
    """Return the options and scores of the first `top` places of each row; ties go to the larger, then the earlier."""
    by_size = np.argsort(-sizes, kind="stable")
    ordered = scores[:, by_size]
    top = min(top, ordered.shape[1])
    if top < ordered.shape[1]:
        kept = np.sort(np.argpartition(-ordered, top - 1, axis=1)[:, :top], axis=1)
    else:
        kept = np.broadcast_to(np.arange(top), ordered.shape)
    held = np.take_along_axis(ordered, kept, axis=1)
    order = np.argsort(-held, axis=1, kind="stable")
    return by_size[np.take_along_axis(kept, order, axis=1)], np.take_along_axis(held, order, axis=1)


def match_by(scorer: Scorer, rows: StudyRows, top: int) -> Ranked:
    """Return the first `top` options of each row."""
    found = [(places, *best_of(scorer.scores(part), scorer.sizes, top)) for places, part in blocks(rows)]
    if not found:
        return Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    width = found[0][1].shape[1]
    return Ranked(
        np.repeat(np.concatenate([places for places, _, _ in found]), width),
        np.concatenate([options.ravel() for _, options, _ in found]),
        np.concatenate([scores.ravel() for _, _, scores in found]),
    )


def scored_in_full(
    scorer: Scorer, rows: StudyRows, truth: Ints, options: Ints, top: int
) -> tuple[Ints, Floats, Ranked]:
    """Return rank of the true option (within `top`), the scores of some options for all rows, and the first ten."""
    ranks, columns = np.full(len(rows), NOT_LISTED, dtype=np.int64), np.empty((len(rows), len(options)))
    firsts = []
    for places, part in blocks(rows):
        scores = scorer.scores(part)
        ranks[places] = _rank_of(scores, scorer.sizes, truth[places])
        columns[places] = scores[:, options]
        chosen, held = best_of(scores, scorer.sizes, 10)
        firsts.append(Ranked(np.repeat(places, chosen.shape[1]), chosen.ravel(), held.ravel()))
    ranks[ranks > top] = NOT_LISTED
    joined = Ranked(*(np.concatenate([getattr(one, name) for one in firsts]) for name in ("place", "option", "score")))
    return ranks, columns, joined


def _rank_of(scores: Floats, sizes: Ints, truth: Ints) -> Ints:
    standing = np.empty(len(sizes), dtype=np.int64)
    standing[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    own = np.take_along_axis(scores, np.maximum(truth, 0)[:, None], axis=1)
    earlier = (scores > own) | ((scores == own) & (standing < standing[np.maximum(truth, 0)][:, None]))
    return np.where(truth >= 0, 1 + earlier.sum(axis=1), NOT_LISTED).astype(np.int64)
