"""The learned ranker: which products to show a firm, and which firms to show a bank, from pairs that were shown.

Within a request any of the objectives of `models.ranking_boosting` gives an order; across requests only the chance row
by row and the choice with an outside option can be compared. Which one serves which side is chosen on the validation
months and written down. A product's id is no input, so a new product is ranked by what it is and by its kin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosting import Booster
from models.errors import NotEnoughOutcomesError
from models.inputs import ModelInput, encode, informative, with_levels
from models.metrics import Floats
from models.peers import Deciles, peer_deciles
from models.ranking_boosting import Objective, at_place, fit_trees, rows_of
from models.ranking_metrics import Measure, Queries, measure
from models.ranking_table import RankingTable

#: Fewer pairs that were taken say nothing about an order.
LEAST_TAKEN: Final = 60
LABEL: Final = "granted and taken, of what was shown"


class Side(StrEnum):
    """Whose order it is: products for an enterprise, or firms for a bank."""

    enterprise = "enterprise"
    bank = "bank"


#: What can order a side. A bank compares firms across requests, which LambdaRank's scores do not allow.
CANDIDATES: Mapping[Side, tuple[Objective, ...]] = {
    Side.enterprise: (Objective.lambdarank, Objective.binary, Objective.choice),
    Side.bank: (Objective.binary, Objective.choice),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The objective that serves each side, and what each was worth on the validation months (NDCG@10)."""

    objectives: Mapping[Side, Objective]
    validation: Mapping[Side, Mapping[Objective, float]]


@dataclass(frozen=True, slots=True)
class RankerTraining:
    """What a ranker was fitted on."""

    rows: int
    requests: int
    enterprises: int
    taken: int
    first_day: date
    last_day: date
    seed: int


@dataclass(frozen=True)
class Parts:
    """What each input adds to a pair's score (rows × inputs); `base` plus the row's sum is the score."""

    table: pd.DataFrame
    base: Floats


@dataclass(frozen=True)
class Ranker:
    """A fitted ranker. It takes tables with the columns of `inputs`; one that is absent counts as missing."""

    inputs: tuple[ModelInput, ...]
    boosters: Mapping[Objective, Booster]
    choice: Choice
    training: RankerTraining
    peers: Deciles
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that are read."""
        return tuple(item.name for item in self.inputs)

    @property
    def label(self) -> str:
        """What is ranked by, in words."""
        return LABEL

    def order_score(self, features: pd.DataFrame) -> Floats:
        """Return a score per pair that orders the products of one request; higher stands earlier."""
        return self._score(features, Side.enterprise)

    def chance_score(self, features: pd.DataFrame) -> Floats:
        """Return the chance per pair, between 0 and 1, that can be compared across firms and requests.

        It is the chance to be granted and taken if shown at the first place, as the objective of the bank's side has
        it; an order, not a promise.
        """
        return np.asarray(1.0 / (1.0 + np.exp(-self._score(features, Side.bank))), dtype=np.float64)

    def contributions(self, features: pd.DataFrame, side: Side) -> Parts:
        """Return what each input adds to the raw score of a side (TreeSHAP); the place's part is in the base."""
        booster = self.boosters[self.choice.objectives[side]]
        parts, base = booster.contributions(at_place(encode(features, self.inputs), 1))
        return Parts(pd.DataFrame(parts[:, :-1], columns=list(self.features)), base + parts[:, -1])

    def _score(self, features: pd.DataFrame, side: Side) -> Floats:
        if not len(features):
            return np.empty(0)
        return self.boosters[self.choice.objectives[side]].raw(at_place(encode(features, self.inputs), 1))


def choose(train: RankingTable, valid: RankingTable, inputs: Sequence[ModelInput], seed: int) -> Choice:
    """Return which objective serves which side best on the validation rows, each fitted on the training rows.

    The enterprise's side is judged on lists that chance ordered, for the others tell what the old order let be taken;
    the bank's by product and month. Raises NotEnoughOutcomesError where too little was taken.
    """
    known = valid.labelled()
    fitted = fit_ranker(train, inputs, None, seed)
    worth: dict[Side, dict[Objective, float]] = {}
    for side, candidates in CANDIDATES.items():
        queries, places = _judged(known, side)
        matrix = at_place(encode(known.features, fitted.inputs), 1)[places]
        worth[side] = {
            one: _mean(measure(queries, fitted.boosters[one].raw(matrix), Measure.ndcg_at_10)[1]) for one in candidates
        }
    # The first listed stays where nothing can be told apart.
    best = {side: max(values, key=values.__getitem__) for side, values in worth.items()}
    return Choice(best, worth)


def fit_ranker(table: RankingTable, inputs: Sequence[ModelInput], choice: Choice | None, seed: int) -> Ranker:
    """Return the ranker of these rows with the objectives of the choice (None: every objective, chosen by nobody).

    Rows may come in any order; pairs whose outcome is not known are left out. Raises TrainingTableError, and
    NotEnoughOutcomesError where fewer than `LEAST_TAKEN` pairs were taken.
    """
    known = table.labelled()
    taken = int(known.is_taken.sum())
    if taken < LEAST_TAKEN:
        raise NotEnoughOutcomesError(f"{taken} pairs were granted and taken; a ranker needs {LEAST_TAKEN}")
    read = with_levels(known.features, informative(known.matrix_columns(inputs), with_levels(known.features, inputs)))
    wanted = set(Objective) if choice is None else set(choice.objectives.values())
    rows = rows_of(known, read, seed)
    return Ranker(
        inputs=read,
        boosters={one: fit_trees(rows, read, one, seed) for one in Objective if one in wanted},
        choice=choice or Choice({side: CANDIDATES[side][0] for side in Side}, {}),
        training=_training(known, taken, seed),
        peers=peer_deciles(known.features, known.enterprises, read),
    )


def _training(known: RankingTable, taken: int, seed: int) -> RankerTraining:
    return RankerTraining(
        rows=len(known),
        requests=len(np.unique(known.query)),
        enterprises=len(np.unique(known.enterprises)),
        taken=taken,
        first_day=known.day.min().astype("datetime64[D]").astype(object),
        last_day=known.day.max().astype("datetime64[D]").astype(object),
        seed=seed,
    )


def _judged(known: RankingTable, side: Side) -> tuple[Queries, NDArray[np.int64]]:
    if side is Side.enterprise:
        places = np.flatnonzero(known.is_random) if known.is_random.any() else np.arange(len(known))
        keys: list[Any] = [known.query[places]]
    else:
        places = np.arange(len(known))
        keys = [known.item, known.day.astype("datetime64[M]").astype(np.int64)]
    query = pd.MultiIndex.from_arrays([*keys]).factorize(sort=True)[0].astype(np.int64)
    # Rows are in order of day, request and product: their number is a key that no input order moves.
    return Queries(query, known.is_taken[places], _scattered(len(places))), places


def _scattered(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).permutation(count)


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else 0.0
