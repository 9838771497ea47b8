"""How good the orders of a match study are: options for each query, and queries for each option, with their errors.

A query has one option that it took. `rank` is the place of that option in the query's order, from 1; `NOT_LISTED`
where the order ends before it. An option's customers are the queries that took it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.bootstrap import DRAWS, Drawn, Interval
from models.metrics import Floats
from models.ranked import Ranked
from models.ranking_metrics import DEPTH

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NOT_LISTED = 0
LARGEST = 50  # the options with most rows in the fit; the tail is every other
REACH = 200


class MatchMeasure(StrEnum):
    """What is measured of the order of options that a query gets; the mean over the queries is told."""

    mrr = "mrr"
    hit_at_1 = "hit_at_1"
    hit_at_10 = "hit_at_10"
    ndcg_at_10 = "ndcg_at_10"
    tail_hit_at_10 = "tail_hit_at_10"


class AcquireMeasure(StrEnum):
    """What is measured of the order of queries that an option gets; the mean over the options is told."""

    average_precision = "map"
    precision_at_10 = "precision_at_10"
    recall_at_200 = "recall_at_200"


Values = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean, its standard error (SD (n − 1) ÷ √n, NaN for a single value) and over how many it was taken."""

    estimate: float
    error: float
    count: int


def largest(sizes: Ints) -> Mask:
    """Return which options are the `LARGEST` of the fit; of equal sizes the earlier one counts as larger."""
    mask = np.zeros(len(sizes), dtype=np.bool_)
    mask[np.argsort(-sizes, kind="stable")[:LARGEST]] = True
    return mask


def in_tail(truth: Ints, sizes: Ints) -> Mask:
    """Return which true options are outside the largest; an option that is no candidate (−1) is."""
    return ~np.append(largest(sizes), False)[truth]


def true_ranks(ranked: Ranked, truth: Ints) -> Ints:
    """Return the place of each query's true option in a match that is grouped by query, best first."""
    ranks = np.full(len(truth), NOT_LISTED, dtype=np.int64)
    if len(ranked):
        place = _place_in_group(ranked.place)
        hit = (ranked.option == truth[ranked.place]) & (truth[ranked.place] >= 0)
        ranks[ranked.place[hit]] = place[hit]
    return ranks


def match_values(rank: Ints, tail: Mask) -> Values:
    """Return each measure of each query, NaN where it says nothing of the query (the tail's of the largest).

    * MRR: 1 ÷ place, nothing where the true option is not listed.
    * hit@1, hit@10, tail hit@10: whether it stands among so many.
    * NDCG@10 with one option to find: 1 ÷ log2(1 + place) within the first ten.
    """
    listed = rank > NOT_LISTED
    place = np.where(listed, rank, 1).astype(np.float64)
    first_ten = listed & (rank <= DEPTH)
    return {
        MatchMeasure.mrr: np.where(listed, 1.0 / place, 0.0),
        MatchMeasure.hit_at_1: (rank == 1).astype(np.float64),
        MatchMeasure.hit_at_10: first_ten.astype(np.float64),
        MatchMeasure.ndcg_at_10: np.where(first_ten, 1.0 / np.log2(1.0 + place), 0.0),
        MatchMeasure.tail_hit_at_10: np.where(tail, first_ten.astype(np.float64), np.nan),
    }


def customer_ranks(ranked: Ranked, truth: Ints, options: Ints) -> list[Ints]:
    """Return, for each of the options, the places of its customers in an acquisition that is grouped by option."""
    place = _place_in_group(ranked.option)
    is_customer = truth[ranked.place] == ranked.option
    return [place[is_customer & (ranked.option == option)] for option in options]


def acquire_values(ranks: Iterable[Ints], customers: Ints) -> Values:
    """Return each measure of each option from the places (ascending) of its customers in its order.

    * average precision: Σ (n ÷ place of the n-th customer) ÷ customers; a customer not listed adds nothing.
    * precision@10: customers among the first ten ÷ 10.
    * recall@200: customers among the first two hundred ÷ customers.
    """
    listed = list(ranks)
    precisions = [np.sum(np.arange(1, len(places) + 1) / places) for places in listed]
    return {
        AcquireMeasure.average_precision: np.array(precisions) / customers,
        AcquireMeasure.precision_at_10: np.array([np.sum(places <= DEPTH) for places in listed]) / DEPTH,
        AcquireMeasure.recall_at_200: np.array([np.sum(places <= REACH) for places in listed]) / customers,
    }


def figures(values: Values) -> dict[str, Figure]:
    """Return the mean of each measure over those it says something of, with its standard error."""
    return {str(name): _figure(column[~np.isnan(column)]) for name, column in values.items()}


def paired(values: Values, other: Values, seed: int, draws: int = DRAWS) -> dict[str, Interval]:
    """Return by how much each measure of `values` is above the other's, with its 95 % bootstrap interval.

    Queries (or options) are drawn again, with replacement, and both orders are judged on the same draw.
    """
    names = list(values)
    differences = np.column_stack([values[name] - other[name] for name in names])
    said = (~np.isnan(differences)).astype(np.float64)
    differences = np.nan_to_num(differences, nan=0.0)
    generator = np.random.default_rng(seed)
    size, means = len(differences), np.empty((draws, len(names)))
    for draw in range(draws):
        drawn = np.bincount(generator.integers(size, size=size), minlength=size).astype(np.float64)
        means[draw] = _ratio(drawn @ differences, drawn @ said)
    estimate = _ratio(differences.sum(axis=0), said.sum(axis=0))
    return {
        str(name): Drawn(float(estimate[place]), means[:, place][~np.isnan(means[:, place])]).interval()
        for place, name in enumerate(names)
        if said[:, place].any()
    }


def share_of_largest(ranked: Ranked, sizes: Ints) -> float:
    """Return the share of the first ten places of a match that the largest options hold."""
    first_ten = _place_in_group(ranked.place) <= DEPTH
    return float(np.mean(largest(sizes)[ranked.option[first_ten]])) if first_ten.any() else float("nan")


def _place_in_group(group: Ints) -> Ints:
    """Return the place from 1 of each row within its run of equal groups."""
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))[: len(group)]
    lengths = np.diff(np.append(starts, len(group)))
    return np.arange(len(group), dtype=np.int64) - np.repeat(starts, lengths) + 1


def _figure(column: Floats) -> Figure:
    count = len(column)
    mean = float(column.mean()) if count else float("nan")
    error = float(np.std(column, ddof=1) / np.sqrt(count)) if count > 1 else float("nan")
    return Figure(mean, error, count)


def _ratio(total: Floats, count: Floats) -> Floats:
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1.0), np.nan))
