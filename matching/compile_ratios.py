"""One amount or count over another, compared exactly in whole numbers of any size."""

from dataclasses import dataclass

import numpy as np

from matching.amounts import PPM
from matching.errors import CriteriaError
from matching.frame import Floats, Frame, Ints, Mask
from matching.truth import Truth


@dataclass(frozen=True, slots=True)
class RatioTest:
    """`column` ÷ `over` is `op` (at_least, at_most, above, below) `ppm` millionths; open where `over` ≤ 0."""

    column: str
    over: str
    op: str
    ppm: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that are read."""
        return (self.column, self.over)

    def truth(self, frame: Frame) -> Truth:
        """Compare without rounding."""
        values, over, told = self._read(frame)
        side = compared(values, over, self.ppm)
        match self.op:
            case "at_least":
                holds = side >= 0
            case "at_most":
                holds = side <= 0
            case "above":
                holds = side > 0
            case _:
                holds = side < 0
        return Truth(holds & told, ~holds & told)

    def lacking(self, frame: Frame) -> dict[str, Mask]:
        """Name each column where it is missing, and `over` also where nothing can be divided by it."""
        divisor = frame.numbers(self.over)
        return {
            self.column: ~frame.numbers(self.column).known,
            self.over: ~(divisor.known & (divisor.values > 0)),
        }

    def headroom(self, frame: Frame) -> Floats:
        """Measure the ratio against its bound as a comparison of a ratio column does (see `compile.NumberTest`)."""
        values, over, told = self._read(frame)
        ratio, bound = values.astype(np.float64) / over, self.ppm / PPM
        if self.op in ("at_least", "above"):
            distance = np.maximum(ratio - bound, 0.0)
            room = distance / (distance + (abs(bound) or 1.0))
        elif bound > 0:
            room = np.clip((bound - ratio) / bound, 0.0, 1.0)
        else:
            return np.full(frame.rows, np.nan)
        return np.where(told, room, np.nan)

    def _read(self, frame: Frame) -> tuple[Ints, Ints, Mask]:
        values, over = frame.numbers(self.column), frame.numbers(self.over)
        told = values.known & over.known & (over.values > 0)
        divisor = np.where(told, _whole(self.over, over.values, told), 1)
        return np.where(told, _whole(self.column, values.values, told), 0), divisor, told


def compared(values: Ints, over: Ints, ppm: int) -> Ints:
    """Return −1, 0 or 1 as values ÷ over is below, on or above ppm ÷ 10⁶; `over` is positive.

    Whole parts first, then rests, each product split before it is multiplied: nothing leaves 64 bits whatever the
    amounts are, and nothing is rounded.
    """
    whole, rest = np.divmod(values, over)
    whole_bound, rest_bound = divmod(ppm, PPM)
    # rest ÷ over against rest_bound ÷ 10⁶, that is rest against over × rest_bound ÷ 10⁶, below `over` itself.
    millions, ones = np.divmod(over, PPM)
    units, left = np.divmod(ones * rest_bound, PPM)
    bound = millions * rest_bound + units
    sides = np.where(rest == bound, -(left > 0).astype(np.int64), np.sign(rest - bound))
    found: Ints = np.where(whole == whole_bound, sides, np.sign(whole - whole_bound)).astype(np.int64)
    return found


def _whole(name: str, values: Ints | Floats, told: Mask) -> Ints:
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.int64, copy=False)
    if (values[told] != np.rint(values[told])).any():
        raise CriteriaError(f"column {name} holds fractions where whole numbers are counted")
    return np.where(told, values, 0.0).astype(np.int64)
