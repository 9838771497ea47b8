"""The learned order of what fits: a fitted ranker's scores of eligible pairs, in whole millionths, and their reasons.

For a firm its products are ordered by the score within a request (millionths of 1 ÷ (1 + e^−raw): only the order means
something); for a product its firms by the chance that the pair would be granted and taken, which is comparable across
requests. The ranker has met pairs that fit and no others, so what may fit keeps the transparent score, and with it the
property that withholding a value never pays there. Eligibility is decided before and elsewhere: nothing here can make
a pair fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
import pandas as pd

from matching.amounts import PPM
from matching.explain import Explainer
from matching.frame import Floats, Ints
from matching.pair_table import Fitting, feature_table
from matching.rank_counts import Counts
from matching.rank_reasons import Contributions, rank_reasons
from matching.rank_telling import Teller, as_caution
from matching.reasons import MOST, Reason, ReasonCode
from models.affinity import Affinity
from models.ranker import Side

_WEAK = frozenset({ReasonCode.standing_weak, ReasonCode.clears_narrowly})


class Order(StrEnum):
    """What put the pairs that fit in their order."""

    ranker = "ranker"
    transparent_score = "transparent_score"
    price = "price"
    speed = "speed"
    plain = "plain"


class Added(Protocol):
    """Additive contributions: a row per pair and a column per input, by name."""

    @property
    def table(self) -> pd.DataFrame: ...  # noqa: D102 (said above)


class PairOrder(Protocol):
    """A fitted ranker (`models.ranker.Ranker`), as matching needs it; a row of `features` is a pair that fits.

    `peers` holds, by kind of firm and column, the nine deciles of the firms it was fitted on, in the column's own unit.
    """

    @property
    def peers(self) -> Mapping[str, Mapping[str, Sequence[float]]]: ...  # noqa: D102 (said above)

    def order_score(self, features: pd.DataFrame) -> Floats:
        """Return raw scores, comparable within one request."""
        ...

    def chance_score(self, features: pd.DataFrame) -> Floats:
        """Return the chance of being granted and taken once shown, comparable across requests."""
        ...

    def contributions(self, features: pd.DataFrame, side: Side) -> Added:
        """Return what each input adds to the score that orders this side."""
        ...


class GrantChance(Protocol):
    """A fitted model of what banks grant of what is applied for."""

    def granted_chance(self, features: pd.DataFrame) -> Floats:
        """Return, of pairs like these that were applied for, the share that was granted."""
        ...


@dataclass(frozen=True, slots=True)
class Ordering:
    """What an answer orders by: a fitted ranker, the counts it reads, and what is granted of what is applied for."""

    ranker: PairOrder
    affinity: Affinity
    acceptance: GrantChance | None = None


@dataclass(frozen=True)
class Ranked:
    """The pairs that fit of one answer, in the order they came, with their scores in millionths."""

    ordering: Ordering
    side: Side
    explainers: Sequence[Explainer]
    rows: Ints
    scores: tuple[int, ...]
    _features: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, ordering: Ordering, side: Side, explainers: Sequence[Explainer], rows: Sequence[Ints]) -> "Ranked":
        """Score the pairs of each explainer's product with these rows of the frame that all of them share."""
        found = [(one, mine) for one, mine in zip(explainers, rows, strict=True) if len(mine)]
        if not found:
            return cls(ordering, side, (), np.empty(0, dtype=np.int64), (), pd.DataFrame())
        features = feature_table([Fitting(one.eligibility, one.score, mine) for one, mine in found], ordering.affinity)
        return cls(
            ordering,
            side,
            [one for one, mine in found for _ in mine],
            np.concatenate([mine for _, mine in found]),
            tuple(_millionths(ordering.ranker, side, features)),
            features,
        )

    def told(self, places: Sequence[int]) -> "list[Told]":
        """Return what is said of these pairs: reasons and, where a model knows, the share granted of applications."""
        if not places:
            return []
        features = self._features.iloc[list(places)].reset_index(drop=True)
        found = self._contributions(places, features)
        granted = self._granted(features)
        return [
            Told(_completed(rank_reasons(found, number, teller), teller), granted[number])
            for number, teller in enumerate(self._tellers(places, features))
        ]

    def _contributions(self, places: Sequence[int], features: pd.DataFrame) -> Contributions:
        """Return what the inputs add to the scores of pairs; for a firm's products, beyond what they add on average.

        What a firm is adds to all of its products alike and puts none before another.
        """
        ranker = self.ordering.ranker
        if self.side is Side.bank or len(self._features) == 1:
            added = ranker.contributions(features, self.side).table
            return Contributions(self.side, list(added.columns), added.to_numpy(dtype=np.float64))
        added = ranker.contributions(self._features, self.side).table
        parts = added.to_numpy(dtype=np.float64)
        return Contributions(self.side, list(added.columns), parts[list(places)] - mean_of_columns(parts))

    def _tellers(self, places: Sequence[int], features: pd.DataFrame) -> "Iterator[Teller]":
        pairs = [(self.explainers[place], int(self.rows[place])) for place in places]
        counts = Counts(self.ordering.affinity, pairs)
        rates = self._features["all_in_rate_ppm"].to_numpy() if self.side is Side.enterprise else np.empty(0)
        for number, ((explainer, row), found) in enumerate(zip(pairs, features.to_dict("records"), strict=True)):
            values = {str(name): value for name, value in found.items()}
            yield Teller(explainer, row, values, rates, self.ordering.ranker.peers, counts, number)

    def _granted(self, features: pd.DataFrame) -> list[int | None]:
        if self.ordering.acceptance is None:
            return [None] * len(features)
        return list(_ppm(self.ordering.acceptance.granted_chance(features)))


@dataclass(frozen=True, slots=True)
class Told:
    """What stands beside a ranked pair."""

    reasons: tuple[Reason, ...]
    granted_of_applied_ppm: int | None


def _completed(reasons: tuple[Reason, ...], teller: Teller) -> tuple[Reason, ...]:
    """Return the reasons, led by what is plainly true where the ranker has none that speaks for the pair.

    What is plainly true and weak is no merit: it is the caution where there is none yet.
    """
    if any(not reason.is_against for reason in reasons):
        return reasons
    plain = teller.explainer.reasons(teller.row)
    good = [reason for reason in plain if reason.code not in _WEAK]
    if not good:
        line = teller.explainer.line(teller.row)
        good = [] if line is None else [line]
    bad = reasons or tuple(as_caution(reason) for reason in plain if reason.code in _WEAK)[:1]
    return (*good[: MOST - len(bad)], *bad)


def mean_of_columns(parts: Floats) -> Floats:
    """Return the mean of each column to the last bit whatever order the rows are in: the smallest is added first."""
    means: Floats = np.add.reduce(np.sort(parts, axis=0), axis=0) / len(parts)
    return means


def _millionths(ranker: PairOrder, side: Side, features: pd.DataFrame) -> list[int]:
    if side is Side.bank:
        return _ppm(ranker.chance_score(features))
    # exp overflows to infinity for scores far below any that trees give; the result is then the 0 it should be.
    with np.errstate(over="ignore"):
        return _ppm(1.0 / (1.0 + np.exp(-ranker.order_score(features))))


def _ppm(shares: Floats) -> list[int]:
    return [int(value) for value in np.rint(shares * PPM)]
