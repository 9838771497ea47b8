"""The learned order over the affinity's candidates: LambdaRank (Burges 2010) over a request's options.

A request of the history took one of its candidates. So that scores can be compared across requests they are read as a
softmax within the request (a multinomial logit, McFadden 1974) of one `sharpness` for all, that of the largest
likelihood. Small studies get smaller trees: presets by size, found on the validation splits of two studies (one of 2.3
million rows, one of 46,000), never on a test split.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from models.boosting import Booster
from models.metrics import Floats
from models.option_affinity import Affinity, Candidates
from models.option_counts import Ints
from models.option_features import Matrix, OptionFacts, Requests, features
from models.ranking_boosting import Rows, grow, order_within

#: Candidates that a request is trained and served on, the best by affinity.
DEPTH = 30
#: Weights of ln(affinity) beside the trees' score, for few and for many requests. Where many were asked within days the
#: trees learn those days' habits, which fade within weeks: of windows that ended four days before the requests trees
#: alone gave an MRR of .406, the affinity .414, both together .4175, .4203 and .4202 by weights .5, 1 and 2 (validation
#: split of the larger study). Where few requests span a year nothing fades so (.438 without, .419 by weight 1).
_FEW_AFFINITY, _MANY_AFFINITY = 0.0, 1.0
LEAST_REQUESTS = 300  # fewer teach no order that counts do not give
_MANY_REQUESTS = 50_000
_THREADS = 2
_FIRST_PLACES = 20
_SHARPENED = 20_000  # requests of the newest window
_SOBER = 0.9  # of the likeliest sharpness: the rows it is found on are those of the fit
_STEPS = 20  # of Newton, in one dimension
_LEAST_CURVE = 1e-9
_AT_ONCE = 2_000  # requests whose features are made at once; a matter of memory alone


@dataclass(frozen=True, slots=True)
class TreeSize:
    """How large trees may grow and how many there are, by LightGBM's names."""

    num_leaves: int
    min_data_in_leaf: int
    num_iterations: int
    learning_rate: float


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """How many candidates a request has; size of trees and weight of ln(affinity) for few and for many requests."""

    depth: int = DEPTH
    few: TreeSize = TreeSize(num_leaves=15, min_data_in_leaf=100, num_iterations=150, learning_rate=0.06)
    many: TreeSize = TreeSize(num_leaves=31, min_data_in_leaf=100, num_iterations=200, learning_rate=0.1)
    few_affinity: float = _FEW_AFFINITY
    many_affinity: float = _MANY_AFFINITY


@dataclass(frozen=True)
class Taught:
    """Requests of one window with their candidates and the option that each took."""

    affinity: Affinity
    facts: OptionFacts
    requests: Requests
    candidates: Candidates
    taken: Ints

    @property
    def pairs(self) -> int:
        """How many candidates there are in all."""
        return int((self.candidates.option >= 0).sum())


def within_reach(requests: Requests, candidates: Candidates, taken: Ints) -> tuple[Requests, Candidates, Ints]:
    """Return the requests whose option is among their candidates: of the others no order can be learned."""
    rows = np.flatnonzero((candidates.option == taken[:, None]).any(axis=1))
    return requests.take(rows), Candidates(candidates.option[rows], candidates.share[rows]), taken[rows]


@dataclass(frozen=True)
class OptionTrees:
    """Fitted trees; `sharpness` times their score is the logit of a request's choice among its candidates.

    Within a request ln(affinity) counts beside their score, `affinity_weight` times. They order the `depth` best
    candidates.
    """

    booster: Booster
    sharpness: float
    affinity_weight: float
    depth: int = DEPTH

    @property
    def numbers(self) -> list[float]:
        """Return what is stored beside the booster, in order of the fields; a depth that is the preset is left out."""
        found = [self.sharpness, self.affinity_weight]
        return found if self.depth == DEPTH else [*found, self.depth]

    def logits(self, matrix: Matrix) -> Floats:
        """Return the logit of each row, by which requests are compared."""
        return _raw(self.booster, matrix) * self.sharpness

    def order(self, matrix: Matrix) -> Floats:
        """Return what orders the rows of one request; the affinity's logarithm is the first feature."""
        return self.logits(matrix) + self.sharpness * self.affinity_weight * matrix[:, 0].astype(np.float64)


def fit_option_trees(
    windows: Sequence[Taught], seed: int, settings: TreeSettings = TreeSettings()
) -> OptionTrees | None:
    """Return the trees over the requests of all windows; none where they are too few."""
    requests = sum(len(window.taken) for window in windows)
    if requests < LEAST_REQUESTS:
        return None
    rows = _rows(windows)
    few, many = (settings.few, settings.few_affinity), (settings.many, settings.many_affinity)
    size, weight = few if requests < _MANY_REQUESTS else many
    booster = grow(rows, {**asdict(size), **order_within(_FIRST_PLACES), "num_threads": _THREADS}, seed)
    return OptionTrees(booster, _sharpness(booster, rows), weight, settings.depth)


def _raw(booster: Booster, matrix: Matrix) -> Floats:
    return booster.raw(matrix)  # type: ignore[arg-type]  # it reads floats of four bytes too


def _sharpness(booster: Booster, rows: Rows) -> float:
    """Return the factor of the scores under which the choices of a sample of requests are likeliest."""
    ends = np.cumsum(rows.groups)
    count = min(len(ends), _SHARPENED)
    first, groups = ends[-count] - rows.groups[-count], rows.groups[-count:]
    score, taken = booster.raw(rows.matrix[first:]), rows.taken[first:] > 0
    starts = np.cumsum(groups) - groups
    factor = 1.0
    for _ in range(_STEPS):
        grown = np.exp(factor * (score - np.repeat(np.maximum.reduceat(score, starts), groups)))
        chance = grown / np.repeat(np.add.reduceat(grown, starts), groups)
        mean = np.add.reduceat(chance * score, starts)
        slope = float(np.sum(score[taken]) - np.sum(mean))
        curve = float(np.sum(np.add.reduceat(chance * score * score, starts) - mean * mean))
        factor = min(max(factor + slope / max(curve, _LEAST_CURVE), factor / 2.0), factor * 2.0)
    return factor * _SOBER


def _rows(windows: Sequence[Taught]) -> Rows:
    pairs = sum(window.pairs for window in windows)
    matrix: Matrix | None = None
    taken, groups, filled = np.zeros(pairs), [], 0
    for window in windows:
        for start in range(0, len(window.taken), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            candidates = Candidates(window.candidates.option[part], window.candidates.share[part])
            found = features(window.affinity, window.facts, window.requests.take(part), candidates)
            if matrix is None:
                matrix = np.empty((pairs, found.shape[1]), dtype=np.float32)
            end = filled + len(found)
            matrix[filled:end] = found
            held = candidates.option >= 0
            taken[filled:end] = (candidates.option == window.taken[part, None])[held]
            groups.append(held.sum(axis=1))
            filled = end
    assert matrix is not None  # noqa: S101 (there are requests)
    return Rows(matrix, taken, np.ones(pairs), np.concatenate(groups).astype(np.int64))  # type: ignore[arg-type]
