"""What an order by chance is worth on the mean over all orders, exactly: the floor under every method."""

import numpy as np
from scipy.special import gammaln

from models.ranking_metrics import DEPTH, RECALL_DEPTH, Floats, Ints, Measure, Queries


def expected_of_chance(queries: Queries, what: Measure, candidates: Ints | None = None) -> Floats:
    """Return the expectation of a measure for each query with a relevant candidate, in order of its number.

    `candidates` is how many stand in the order of each row's query, those without a row being worth nothing (preset:
    the query's own rows).
    """
    _, starts, counts = np.unique(queries.query[_sorted(queries)], return_index=True, return_counts=True)
    if not len(starts):
        return np.empty(0)
    order = _sorted(queries)
    gain = queries.gain[order]
    total = np.add.reduceat(gain, starts)
    relevant = np.add.reduceat((gain > 0).astype(np.int64), starts)
    among = counts if candidates is None else np.maximum(candidates[order][starts], counts)
    if what is Measure.ndcg_at_10:
        values = total / among * _discount(np.minimum(among, DEPTH)) / _ideal(queries)
    elif what is Measure.recall_at_5:
        values = np.minimum(among, RECALL_DEPTH) / among
    else:
        values = np.array([_reciprocal(int(n), int(r)) for n, r in zip(among, relevant, strict=True)])
    return np.asarray(values[relevant > 0], dtype=np.float64)


def _sorted(queries: Queries) -> Ints:
    return np.lexsort((-queries.gain, queries.query))


def _ideal(queries: Queries) -> Floats:
    order = _sorted(queries)
    query, gain = queries.query[order], queries.gain[order]
    _, starts, counts = np.unique(query, return_index=True, return_counts=True)
    place = np.arange(len(query)) - np.repeat(starts, counts) + 1
    best = np.add.reduceat(np.where(place <= DEPTH, gain / np.log2(1.0 + place), 0.0), starts)
    return np.where(best > 0, best, 1.0)


def _discount(places: Ints) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(1.0 + np.arange(1, DEPTH + 1)))])
    return np.asarray(sums[places])


def _reciprocal(among: int, relevant: int) -> float:
    """Return E[1 ÷ place of the first of `relevant` among so many]: Σⱼ C(n − j, r − 1) ÷ C(n, r) ÷ j."""
    if relevant == 0:
        return 0.0
    place = np.arange(1, among - relevant + 2)
    log_ways = _log_choose(among - place, relevant - 1) - _log_choose(np.array([among]), relevant)
    return float(np.sum(np.exp(log_ways) / place))


def _log_choose(of: Ints, some: int) -> Floats:
    return np.asarray(gammaln(of + 1.0) - gammaln(some + 1.0) - gammaln(of - some + 1.0), dtype=np.float64)
