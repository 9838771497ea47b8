"""An order that a model gives: options per query, or queries per option, best first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.metrics import Floats

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Pairs of a query and an option with the score of each, grouped and best first within the group.

    `place` is the row of the query in the rows that were asked, `option` the place in the model's `options`. A match
    is grouped by query in the input's order, an acquisition by option in the order of `options`.
    """

    place: Places
    option: Places
    score: Floats

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        if not len(self.place) == len(self.option) == len(self.score):
            raise ValueError("place, option and score are columns of one length")

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.place)
