"""Levels told by their outcomes: the smoothed log-odds of bad of each level, of pairs of columns, along hierarchies.

A chain runs from coarse to fine, `(("state",), ("state", "city"))` say. The estimate of a level is shrunk to that of
the level above it by as many rows of the average weight as `strength` says, the first to the rate of the whole fit:
estimate = (bad + strength · above) / (rows + strength) (Micci-Barreca 2001). A level that the fit never saw gets the
estimate above it; *missing* is a level of its own.

A row of the fit is told by the other folds (or, where `TimeBlocks` is asked for, by earlier blocks) alone: its own
outcome never changes its own values. Folds must not depend on outcomes.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from models.errors import StudyError
from models.folds import Ints
from models.metrics import Floats

Chain = tuple[tuple[str, ...], ...]

#: Code of a level in `Vocabulary.codes`: missing; the levels of the fit follow from 1, one never seen comes after them.
MISSING: Final = 0
_MOST_KEYS = 2**62
_COUNTED = ("keys", "rows", "weight", "bad")
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The levels of each column in the fit, in order of text."""

    levels: Mapping[str, tuple[str, ...]]

    def codes(self, columns: Mapping[str, pd.Categorical]) -> dict[str, Ints]:
        """Return the code of each value by the fit's levels, whatever categories the columns come with."""
        found = {}
        for name, known in self.levels.items():
            column = columns[name]
            place = pd.Index(known, dtype=object).get_indexer(column.categories.astype(object)).astype(np.int64)
            of_category = np.where(place < 0, len(known) + 1, place + 1)
            found[name] = np.append(of_category, MISSING)[column.codes]
        return found

    def key(self, codes: Mapping[str, Ints], names: Sequence[str]) -> Ints:
        """Return one number per row for the levels of several columns together (mixed radix over the fit's levels)."""
        key = codes[names[0]]
        for name in names[1:]:
            key = key * (len(self.levels[name]) + 2) + codes[name]
        return key


def vocabulary_of(columns: Mapping[str, pd.Categorical]) -> Vocabulary:
    """Return the levels that occur in each column."""
    held = {name: column.categories[np.unique(column.codes[column.codes >= 0])] for name, column in columns.items()}
    return Vocabulary({name: tuple(sorted(str(level) for level in levels)) for name, levels in held.items()})


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the fit knows of its rows: outcome (0 … 1), weight, and the fold that tells a row by the others."""

    bad: Floats
    weight: Floats
    fold: Ints
    folds: int


@dataclass(frozen=True, slots=True)
class Rule:
    """How far a rate is drawn to the one above, in rows of average weight, and how many steps are told (0: all)."""

    strength: float
    told: int = 0


@dataclass(frozen=True)
class Counts:
    """Number of rows, their weight and weighted outcomes by key, keys ascending."""

    keys: Ints
    rows: Ints
    weight: Floats
    bad: Floats

    def number(self, keys: Ints) -> Floats:
        """Return how many rows of the fit have each key.

        Never their weight: where weights restore a mix of outcomes, a row's own would tell its outcome.
        """
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.rows[place], 0).astype(np.float64)

    def of(self, keys: Ints) -> tuple[Floats, Floats]:
        """Return weight and bad of each key, 0 where the fit has none."""
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[place] == keys
        return np.where(known, self.weight[place], 0.0), np.where(known, self.bad[place], 0.0)


@dataclass(frozen=True)
class Encoding:
    """A fitted chain: one table of counts per step; `prior` is the rate of the fit, `strength` in units of weight."""

    chain: Chain
    steps: tuple[Counts, ...]
    prior: float
    strength: float
    told: int  # how many steps, counted from the finest, are told; the others only lend their strength

    def values(self, codes: Mapping[str, Ints], vocabulary: Vocabulary) -> Floats:
        """Return the log-odds of bad at each step told (rows × steps) of rows that are not of the fit."""
        estimate = np.full(len(next(iter(codes.values()))), self.prior)
        found = []
        for names, step in zip(self.chain, self.steps, strict=True):
            weight, bad = step.of(vocabulary.key(codes, names))
            estimate = (bad + self.strength * estimate) / (weight + self.strength)
            found.append(estimate)
        return _log_odds(np.column_stack(found[-self.told :]))


def fit_encoding(
    codes: Mapping[str, Ints], vocabulary: Vocabulary, chain: Chain, outcomes: Outcomes, rule: Rule
) -> tuple[Encoding, Floats]:
    """Return the encoding of a chain and the values of the fit's own rows, each told by the other folds."""
    strength, told = rule.strength, rule.told or len(chain)
    size = strength * float(outcomes.weight.mean())
    weighted = outcomes.bad * outcomes.weight
    everyone = np.zeros(len(weighted), dtype=np.int64)
    rate = weighted.sum() / outcomes.weight.sum()
    weight, bad = (_of_others(one, everyone, 1, outcomes) for one in (outcomes.weight, weighted))
    estimate = np.divide(bad, weight, out=np.full(len(bad), 0.5), where=weight > 0)
    steps, found = [], []
    for names in chain:
        keys, place = np.unique(vocabulary.key(codes, names), return_inverse=True)
        sums = [np.bincount(place, weights=one, minlength=len(keys)) for one in (outcomes.weight, weighted)]
        rows = np.bincount(place, minlength=len(keys)).astype(np.int64)
        step = Counts(keys, rows, sums[0].astype(np.float64), sums[1].astype(np.float64))
        weight, bad = (_of_others(one, place, len(keys), outcomes) for one in (outcomes.weight, weighted))
        estimate = (bad + size * estimate) / (weight + size)
        steps.append(step)
        found.append(estimate)
    encoding = Encoding(chain, tuple(steps), float(rate), size, told)
    return encoding, _log_odds(np.column_stack(found[-told:]))


def counts_bytes(encodings: Sequence[Encoding]) -> bytes:
    """Return the counts of all steps as Parquet."""
    parts = [
        pd.DataFrame({"chain": place, "step": number, **{name: getattr(step, name) for name in _COUNTED}})
        for place, one in enumerate(encodings)
        for number, step in enumerate(one.steps)
    ]
    empty = pd.DataFrame({name: [] for name in ("chain", "step", *_COUNTED)})
    held = io.BytesIO()
    (pd.concat(parts, ignore_index=True) if parts else empty).to_parquet(held, index=False)
    return held.getvalue()


def counts_from(content: bytes) -> list[list[Counts]]:
    """Return the counts that `counts_bytes` wrote, by encoding and step."""
    table = pd.read_parquet(io.BytesIO(content))
    found: list[list[Counts]] = []
    for _, rows in table.groupby(["chain", "step"], sort=True):
        if int(rows["chain"].iloc[0]) == len(found):
            found.append([])
        found[-1].append(Counts(*(rows[name].to_numpy() for name in _COUNTED)))
    return found


def require_keys(vocabulary: Vocabulary, chain: Chain) -> None:
    """Refuse a chain whose levels together have more keys than a number of 64 bits holds (StudyError)."""
    for names in chain:
        size = 1
        for name in names:
            size *= len(vocabulary.levels[name]) + 2
        if size > _MOST_KEYS:
            raise StudyError(f"the columns {', '.join(names)} have too many levels to be told together")


def _of_others(values: Floats, place: Ints, keys: int, outcomes: Outcomes) -> Floats:
    """Return by row the sum over its key in the other folds, never below 0 by rounding."""
    cell = place * outcomes.folds + outcomes.fold
    inside = np.bincount(cell, weights=values, minlength=keys * outcomes.folds).reshape(keys, outcomes.folds)
    # Summed over the other folds, not taken from the total: a row's own outcome must not move its own last digit.
    outside = np.column_stack([np.delete(inside, fold, axis=1).sum(axis=1) for fold in range(outcomes.folds)])
    return np.asarray(outside[place, outcomes.fold], dtype=np.float64)


def _log_odds(rate: Floats) -> Floats:
    inside = np.clip(rate, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside) - np.log1p(-inside), dtype=np.float64)
