"""How good an order is, query by query: NDCG with linear gain, reciprocal rank and recall.

Rows of equal score are ordered by a key that the caller gives (a hash of their ids, say), never by their place in the
input. A query without any gain has no ideal order and no value: it is left out and counted.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DEPTH = 10
RECALL_DEPTH = 5


class Measure(StrEnum):
    """What is measured of an order."""

    ndcg_at_10 = "ndcg_at_10"
    mrr = "mrr"
    recall_at_5 = "recall_at_5"


@dataclass(frozen=True)
class Queries:
    """Candidates by query: `query` numbers them, `gain` is what a candidate is worth (0 or more), `key` breaks ties.

    For reciprocal rank and recall a candidate is relevant where its gain is more than nothing.
    """

    query: Ints
    gain: Floats
    key: Ints

    def __post_init__(self) -> None:
        """Refuse columns of different length and a negative or missing gain."""
        if not len(self.query) == len(self.gain) == len(self.key):
            raise ValueError("query, gain and key are columns of one length")
        if len(self.gain) and not (self.gain >= 0).all():
            raise ValueError("a gain is known and not negative")

    def where(self, mask: Mask) -> "Queries":
        """Return the candidates of the mask."""
        return Queries(self.query[mask], self.gain[mask], self.key[mask])


def measure(queries: Queries, score: Floats, what: Measure) -> tuple[Ints, Floats]:
    """Return the numbers of the queries that have a relevant candidate, ascending, and the measure of each.

    A higher score stands earlier; NaN stands last.

    * NDCG@10: Σ gain ÷ log2(1 + place) over the first ten places, over the same of the best order (Järvelin and
      Kekäläinen 2002, linear gain).
    * MRR: 1 ÷ place of the first relevant candidate.
    * recall@5: relevant candidates within the first five places, over all relevant ones.
    """
    order = np.lexsort((queries.key, -np.nan_to_num(score, nan=-np.inf), queries.query))
    query, gain = queries.query[order], queries.gain[order]
    numbers, starts, counts = np.unique(query, return_index=True, return_counts=True)
    if not len(numbers):
        return numbers, np.empty(0)
    place = np.arange(len(query)) - np.repeat(starts, counts) + 1
    relevant = np.add.reduceat((gain > 0).astype(np.float64), starts)
    if what is Measure.mrr:
        values = np.maximum.reduceat(np.where(gain > 0, 1.0 / place, 0.0), starts)
    elif what is Measure.recall_at_5:
        values = _share(np.add.reduceat(((gain > 0) & (place <= RECALL_DEPTH)).astype(np.float64), starts), relevant)
    else:
        best = queries.gain[np.lexsort((-queries.gain, queries.query))]
        values = _share(_discounted(gain, place, starts), _discounted(best, place, starts))
    return numbers[relevant > 0], values[relevant > 0]


def spread_over_seeds(differences: Floats) -> tuple[float, float]:
    """Return the mean over the seeds and its standard error: SD (n − 1) ÷ √n; NaN for the error of a single seed."""
    count = len(differences)
    error = float(np.std(differences, ddof=1) / np.sqrt(count)) if count > 1 else float("nan")
    return float(np.mean(differences)), error


def _discounted(gain: Floats, place: Ints, starts: Ints) -> Floats:
    worth = np.where(place <= DEPTH, gain / np.log2(1.0 + place), 0.0)
    return np.asarray(np.add.reduceat(worth, starts), dtype=np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
