"""The ranker beside its baselines, on both sides, by what the log knows and, in a synthetic world, by the truth.

* enterprise, truth: a query is a request, its candidates every product eligible that day, the gain the latent chance
  that the product would be granted to and taken by the firm.
* enterprise, log: the requests whose list chance ordered, among what was shown; relevant is granted and taken. (In the
  other lists the old order decided what could be taken, so that they would praise whoever copies it.)
* bank, truth and log: a query is a product and a month, its candidates the firms with a request of that month that are
  eligible, at least ten; on the log only product-months with something taken.

A pair whose outcome is not known yet is no candidate of the log, and its request is none of the enterprise's queries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from features.columns import ENTERPRISE, LIST_ORDER, PRODUCT, REQUEST_NO, REQUESTED_ON
from matching.choice_sets import IS_SHOWN, STATE, ChoiceSets
from matching.choice_states import RANDOM, State
from matching.frame import Floats, Ints, Mask
from models.affinity import POPULARITY_PRODUCT, POPULARITY_SEGMENT, affinity_score
from models.ranker import Side
from models.ranking_metrics import Measure, Queries, measure
from models.ranking_random import expected_of_chance

LEAST_FIRMS = 10
RANKER: Final = "ranker"
AFFINITY: Final = "affinity alone"
TRANSPARENT: Final = "transparent score"
POPULARITY: Final = "popularity"
SINGLE: Final = "best single column"
RULE_ONLY: Final = "rule only"
RANDOM_ORDER: Final = "random"
ORACLE: Final = "oracle"
#: What may order by itself, the better direction of each being chosen on the validation months.
SINGLE_COLUMNS: Final = (
    "annual_rate_ppm",
    "line_fen",
    "asked_to_line_ratio",
    "criteria_room_ratio",
    POPULARITY_PRODUCT,
    "taken_product_section_ratio",
)


class Judge(StrEnum):
    """What an order is judged by."""

    truth = "truth"
    log = "log"


@dataclass(frozen=True)
class Judged:
    """One table of candidates with the gain of each; `rows` are their places in the choice sets."""

    queries: Queries
    rows: Ints


@dataclass(frozen=True)
class Figures:
    """One line of the comparison: the mean of a measure over the queries, and the ranker's lead over the method."""

    side: Side
    judge: Judge
    measure: Measure
    method: str
    mean: float
    lead: float
    queries: int


def compare(
    valid: ChoiceSets,
    test: ChoiceSets,
    ranker: Mapping[Side, Floats],
    chances: tuple[Floats, Floats] | None = None,
    offered: Ints | None = None,
) -> list[Figures]:
    """Return every method's figures on the test months; the best single column is chosen on the validation months.

    `ranker` holds by side a score per row of `test.rows`; `chances` the latent chance per row of `valid` and of `test`
    (without it only the log judges); `offered` how many products, eligible or not, were offered on each test row's day
    (without it there is no order of all products at random).
    """
    found: list[Figures] = []
    for side in Side:
        for judge in Judge:
            if judge is Judge.truth and chances is None:
                continue
            of_valid, of_test = chances or (None, None)
            column, sign = _best_single(valid, side, judged(valid, side, judge, of_valid))
            scores = {RANKER: ranker[side], **baselines(test.rows, side), SINGLE: sign * _column(test.rows, column)}
            if of_test is not None and judge is Judge.truth:
                scores[ORACLE] = of_test
            found += _figures(side, judge, judged(test, side, judge, of_test), scores, offered)
    return found


def judged(sets: ChoiceSets, side: Side, judge: Judge, chance: Floats | None = None) -> Judged:
    """Return the candidates of a side by a judge; `chance` is the latent one per row, for the truth alone."""
    rows = sets.rows
    state = rows[STATE].to_numpy()
    if judge is Judge.truth:
        if chance is None:
            raise ValueError("the truth judges by the latent chance of every row")
        gain, kept = chance, np.ones(len(rows), dtype=np.bool_)
    else:
        gain, kept = (state == State.taken).astype(np.float64), state != State.pending
    query = _query(rows, side)
    if side is Side.bank:
        kept &= _at_least(query, kept, LEAST_FIRMS)
    elif judge is Judge.log:
        open_requests = np.unique(query[(state == State.pending) & rows[IS_SHOWN].to_numpy(dtype=np.bool_)])
        kept &= rows[IS_SHOWN].to_numpy(dtype=np.bool_) & (rows[LIST_ORDER] == RANDOM).to_numpy(dtype=np.bool_)
        kept &= ~np.isin(query, open_requests)
    places = np.flatnonzero(kept)
    return Judged(Queries(query[places], gain[places], _tie_keys(rows)[places]), places)


def baselines(rows: pd.DataFrame, side: Side) -> dict[str, Floats]:
    """Return the scores of the methods that nobody fits."""
    popularity = POPULARITY_PRODUCT if side is Side.enterprise else POPULARITY_SEGMENT
    return {
        AFFINITY: affinity_score(rows),
        TRANSPARENT: _column(rows, "score_ppm"),
        POPULARITY: _column(rows, popularity),
    }


def _figures(
    side: Side, judge: Judge, candidates: Judged, scores: Mapping[str, Floats], offered: Ints | None
) -> list[Figures]:
    measures = (Measure.ndcg_at_10,) if judge is Judge.truth else tuple(Measure)
    found = []
    for what in measures:
        values = {name: measure(candidates.queries, score[candidates.rows], what)[1] for name, score in scores.items()}
        values[RULE_ONLY] = expected_of_chance(candidates.queries, what)
        if offered is not None and side is Side.enterprise and judge is Judge.truth:
            values[RANDOM_ORDER] = expected_of_chance(candidates.queries, what, offered[candidates.rows])
        ours = values[RANKER]
        found += [
            Figures(side, judge, what, name, _mean(one), _mean(ours - one), len(one)) for name, one in values.items()
        ]
    return found


def _best_single(valid: ChoiceSets, side: Side, candidates: Judged) -> tuple[str, float]:
    """Return the column that orders the validation months best, and the sign that turns it so."""
    tried = [(column, sign) for column in SINGLE_COLUMNS for sign in (1.0, -1.0)]
    if side is Side.bank:
        tried += [(POPULARITY_SEGMENT, 1.0)]
    worth = [
        _mean(measure(candidates.queries, sign * _column(valid.rows, one)[candidates.rows], Measure.ndcg_at_10)[1])
        for one, sign in tried
    ]
    return tried[int(np.argmax(np.nan_to_num(worth, nan=-1.0)))]


def _query(rows: pd.DataFrame, side: Side) -> Ints:
    if side is Side.enterprise:
        keys = [rows[ENTERPRISE], rows[REQUEST_NO]]
    else:
        keys = [rows[PRODUCT], rows[REQUESTED_ON].dt.to_period("M")]
    return np.asarray(pd.MultiIndex.from_arrays(keys).factorize(sort=True)[0], dtype=np.int64)


def _at_least(query: Ints, kept: Mask, least: int) -> Mask:
    counts = np.bincount(query[kept], minlength=int(query.max(initial=-1)) + 1)
    return np.asarray(counts[query] >= least)


def _tie_keys(rows: pd.DataFrame) -> Ints:
    hashed = pd.util.hash_pandas_object(rows[[ENTERPRISE, REQUEST_NO, PRODUCT]], index=False)
    return np.asarray(hashed.to_numpy(dtype=np.uint64)).view(np.int64)


def _column(rows: pd.DataFrame, name: str) -> Floats:
    return np.asarray(rows[name].to_numpy(dtype=np.float64))


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
