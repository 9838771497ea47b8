"""Past shares as a reason tells them: plain decayed hits over counts, and only of so many that they point at nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from matching.amounts import PPM
from matching.explain import Explainer
from matching.frame import Floats, Ints
from matching.pairs import asked
from matching.segments import FramePairs, affinity_queries
from models.affinity import DAY, Affinity, Measure

#: A share of the events of fewer requests than these is never told: it would speak of single firms.
LEAST_REQUESTS = 20
# Of how many events of one request a level may count: all that it was shown, or all that it applied for at one bank.
_EVENTS_OF_A_REQUEST = {"all": 10, "kind_section": 10, "bank": 3, "bank_kind": 3, "bank_section": 3}
EVERYTHING = "all"


def least_count(level: str) -> int:
    """Return how many events of a level must stand behind what is told."""
    return LEAST_REQUESTS * _EVENTS_OF_A_REQUEST.get(level, 1)


@dataclass(frozen=True, slots=True)
class Share:
    """Hits over count in millionths, and the count, rounded down: at least so many events stand behind it."""

    ppm: int
    count: int


class Counts:
    """The counts behind the affinity columns of some pairs of one answer, each looked up when it is told."""

    def __init__(self, affinity: Affinity, pairs: Sequence[tuple[Explainer, int]]) -> None:
        """Take the pairs as their product's explainer and row; all explainers share one frame."""
        self._affinity = affinity
        self._queries = _queries(pairs)
        self._days: Ints = self._queries[DAY].to_numpy(dtype="datetime64[D]").astype(np.int64)
        self._codes = affinity.coded(self._queries)
        self._found: dict[tuple[Measure, str], tuple[Floats, Floats]] = {}

    def share(self, measure: Measure, level: str, pair: int) -> Share | None:
        """Return the share of a measure at a level for a pair, None where too few requests stand behind it.

        The counts are decayed, which makes them smaller than the number of events: the bound holds for that too.
        """
        count, hits = self._looked_up(measure, level)
        if count[pair] < least_count(level):
            return None
        return Share(int(np.rint(hits[pair] / count[pair] * PPM)), int(count[pair]))

    def segment(self, name: str, pair: int) -> str:
        """Return the pair's own segment of that name (`models.affinity.SEGMENTS`), "" where it is not known."""
        return str(self._queries[name].iloc[pair])

    def _looked_up(self, measure: Measure, level: str) -> tuple[Floats, Floats]:
        if (measure, level) not in self._found:
            keys = self._affinity.keys(self._codes, level, len(self._queries))
            sums = self._affinity.counted(measure, level).at(keys, self._days).counts
            # Column after column, so that a row's sum cannot depend on the rows beside it.
            self._found[measure, level] = reduce(np.add, sums.T[:-1]), sums[:, -1]
        return self._found[measure, level]


def _queries(pairs: Sequence[tuple[Explainer, int]]) -> pd.DataFrame:
    explainers = list({id(one): one for one, _ in pairs}.values())
    place = {id(one): number for number, one in enumerate(explainers)}
    first = explainers[0].eligibility
    return affinity_queries(
        first.frame,
        *asked(first),
        FramePairs(
            [one.eligibility.product for one in explainers],
            np.array([row for _, row in pairs], dtype=np.int64),
            np.array([place[id(one)] for one, _ in pairs], dtype=np.int64),
        ),
    )
