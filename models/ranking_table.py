"""The rows that a ranker may be fitted on: pairs that were shown, what was known that day, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import TrainingTableError
from models.inputs import ModelInput, require_known
from models.metrics import Floats

NOT_SHOWN: Final = "not_shown"
PENDING: Final = "pending"
TAKEN: Final = "taken"
#: What can have become of a shown pair: no application, refused, granted and not taken, granted and taken; not known.
STATES: Final = ("shown", "refused", "lapsed", TAKEN, PENDING)
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class RankingTable:
    """Shown pairs side by side, one row each; every column has a value per row of `features`.

    `query` names the request, `item` the product, `day` the request's day and `newest_known` the newest day on which
    anything the row reads became known (datetime64). `position` counts from 1; `is_random` says whether chance ordered
    the list. Raises TrainingTableError, naming the row, where a pair was not shown, an outcome is none of `STATES`, a
    pair stands twice, or a fact was known only after the day of the request.
    """

    features: pd.DataFrame
    query: Texts
    item: Texts
    enterprises: Texts
    day: NDArray[np.datetime64]
    newest_known: NDArray[np.datetime64]
    position: NDArray[np.int64]
    is_random: NDArray[np.bool_]
    state: Texts

    def __post_init__(self) -> None:
        """Refuse what no ranker may learn from."""
        if any(len(one) != len(self.features) for one in self._columns()):
            raise TrainingTableError("the columns of the ranking table differ in length")
        self._refuse(self.state == NOT_SHOWN, "was not shown: a pair that nobody saw has no label")
        self._refuse(~np.isin(self.state, STATES), "has an outcome that no shown pair can have")
        self._refuse(self.newest_known > self.day, "reads a fact that became known after the day of the request")
        self._refuse(self.position < 1, "stands at no place of a list")
        twice = pd.MultiIndex.from_arrays([self.query, self.item]).duplicated()
        self._refuse(twice, "stands twice")

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.features)

    def where(self, mask: NDArray[np.bool_]) -> "RankingTable":
        """Return the rows of the mask."""
        return self._at(np.flatnonzero(mask))

    def labelled(self) -> "RankingTable":
        """Return the rows of the requests whose outcomes are all known, in order of day, request and product.

        Shortly after a list was shown only what was applied for is known: half a list would say that all of it was.
        """
        kept = np.flatnonzero(~np.isin(self.query, self.query[self.state == PENDING]))
        order = np.lexsort((self.item[kept], self.query[kept], self.day[kept]))
        return self._at(kept[order])

    def matrix_columns(self, inputs: Sequence[ModelInput]) -> pd.DataFrame:
        """Return the features; TrainingTableError where an input is absent, named twice or an outcome."""
        require_known(list(self.features.columns), inputs)
        outcomes = {"state", "outcome", "is_granted", "is_shown", "decided_on", "settled_on", "list_order", "position"}
        told = sorted(outcomes & {item.name for item in inputs})
        if told:
            raise TrainingTableError(f"no input of a ranker: {', '.join(told)} is known only once the list was shown")
        return self.features

    @property
    def is_taken(self) -> Floats:
        """Return 1 where the product was granted and taken, else 0."""
        return np.asarray(self.state == TAKEN, dtype=np.float64)

    def _columns(self) -> tuple[NDArray[np.generic], ...]:
        return (
            self.query,
            self.item,
            self.enterprises,
            self.day,
            self.newest_known,
            self.position,
            self.is_random,
            self.state,
        )

    def _at(self, places: NDArray[np.int64]) -> "RankingTable":
        parts = [column[places] for column in self._columns()]
        return RankingTable(self.features.iloc[places].reset_index(drop=True), *parts)  # type: ignore[arg-type]

    def _refuse(self, broken: NDArray[np.bool_], rule: str) -> None:
        if broken.any():
            place = int(np.argmax(broken))
            raise TrainingTableError(
                f"ranking table, row {place + 1}: product {self.item[place]} of request {self.query[place]} {rule}"
            )
