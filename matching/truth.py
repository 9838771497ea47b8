"""Yes, no, or neither, row by row: Kleene's logic over masks."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.frame import Mask

YES, NO, CANNOT_TELL = 1, 0, -1
Verdicts = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Truth:
    """Row by row yes, no, or neither of them."""

    yes: Mask
    no: Mask

    def __and__(self, other: "Truth") -> "Truth":
        """Kleene's and: one no decides."""
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: "Truth") -> "Truth":
        """Kleene's or: one yes decides."""
        return Truth(self.yes | other.yes, self.no & other.no)

    @property
    def open(self) -> Mask:
        """Where it cannot be told."""
        return ~(self.yes | self.no)

    def verdicts(self) -> Verdicts:
        """Return 1 for yes, 0 for no, −1 for cannot tell."""
        return self.yes.astype(np.int8) - self.open.astype(np.int8)
