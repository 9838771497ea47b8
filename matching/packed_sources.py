"""What one column says to all products at once: each value falls into a slot, and a slot has the truth of every test.

Slot 0 is always the missing value. A number's slots lie between cuts, the bounds of all tests over its column; a code's
are the codes that are named, and one for any other; a pair's (a rating and a money column of a limit table) are those
of both. Tests that read something else (two columns, a day counted back) are evaluated plainly: their slots are cannot
tell, no and yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.amounts import PPM
from matching.compile import PPM_UNITS, CodeTest, DayTest, NumberTest, RatioTest
from matching.frame import Frame, Mask
from matching.truth import Truth
from matching.vocabulary import column

SlotRow = npt.NDArray[np.int32]
#: A bound, and whether the value must lie beyond it: the order of pairs is the order of cuts.
Cut = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cuts of one numeric column, sorted: a value has reached a cut where it is at least, or beyond, its bound."""

    column: str
    places: Mapping[Cut, int]

    @classmethod
    def of(cls, name: str, cuts: set[Cut]) -> "Cuts":
        """Sort what was collected."""
        return cls(name, {cut: place for place, cut in enumerate(sorted(cuts))})

    @property
    def slots(self) -> int:
        """The number of slots: missing, below all cuts, and from each cut on."""
        return len(self.places) + 2

    def at_or_above(self, cut: Cut) -> Truth:
        """Return by slot whether the cut is reached."""
        return self.between(cut, None)

    def between(self, first: Cut | None, beyond: Cut | None) -> Truth:
        """Return by slot whether the first cut is reached and the other is not."""
        yes = np.zeros(self.slots, dtype=np.bool_)
        low = 1 if first is None else self.places[first] + 2
        yes[low : None if beyond is None else self.places[beyond] + 2] = True
        no = ~yes
        no[0] = False
        return Truth(yes, no)

    def bounds(self, frame: Frame) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic], Mask]:
        """Return the least value that reaches each cut, and the column and what of it is known.

        Integers are compared as integers; what is written in millionths with the double nearest to the fraction.
        """
        numbers = frame.numbers(self.column)
        is_ratio = column(self.column).unit in PPM_UNITS
        if np.issubdtype(numbers.values.dtype, np.integer) and not is_ratio:
            whole = [bound + beyond for bound, beyond in self.places]
            return np.array(whole, dtype=np.int64), numbers.values, numbers.known
        written = np.array([bound / PPM if is_ratio else float(bound) for bound, _ in self.places])
        beyond = np.array([beyond for _, beyond in self.places], dtype=np.bool_)
        least = np.where(beyond, np.nextafter(written, np.inf), written)
        return least, numbers.values.astype(np.float64, copy=False), numbers.known

    def rows(self, frame: Frame) -> SlotRow:
        """Return the slot of each row."""
        least, values, known = self.bounds(frame)
        found = np.searchsorted(least, values, side="right") + 1
        return np.where(known, found, 0).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Named:
    """The codes of a column that some test names: slot 1 is any other."""

    column: str
    places: Mapping[str, int]

    @classmethod
    def of(cls, name: str, codes: set[str]) -> "Named":
        """Sort what was collected."""
        return cls(name, {code: place for place, code in enumerate(sorted(codes))})

    @property
    def slots(self) -> int:
        """The number of slots."""
        return len(self.places) + 2

    def among(self, wanted: Sequence[str] | frozenset[str]) -> Truth:
        """Return by slot whether the code is one of these."""
        hit = np.zeros(self.slots, dtype=np.bool_)
        hit[[self.places[code] + 2 for code in wanted]] = True
        missed = ~hit
        missed[0] = False
        return Truth(hit, missed)

    def rows(self, frame: Frame) -> SlotRow:
        """Return the slot of each row."""
        codes = frame.codes(self.column)
        slots = [self.places[name] + 2 if name in self.places else 1 for name in codes.names]
        return np.array([*slots, 0], dtype=np.int32)[codes.places]


@dataclass(frozen=True, slots=True)
class Crossed:
    """A code and a number together: slot = slot of the code × slots of the number + slot of the number."""

    named: Named
    cuts: Cuts

    @property
    def slots(self) -> int:
        """The number of slots."""
        return self.named.slots * self.cuts.slots

    def reaching(self, by_code: Mapping[str, Cut]) -> Truth:
        """Return by slot whether the number reaches the cut of its code; a code without a cut never does."""
        shape = (self.named.slots, self.cuts.slots)
        yes, no = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        no[1:] = True
        for code, cut in by_code.items():
            of_cut = self.cuts.at_or_above(cut)
            row = self.named.places[code] + 2
            yes[row], no[row] = of_cut.yes, of_cut.no
        return Truth(yes.ravel(), no.ravel())

    def rows(self, frame: Frame) -> SlotRow:
        """Return the slot of each row."""
        return self.named.rows(frame) * np.int32(self.cuts.slots) + self.cuts.rows(frame)


@dataclass(frozen=True, slots=True)
class Plain:
    """A test that is evaluated row by row: slots cannot tell, no, yes."""

    test: DayTest | RatioTest

    @property
    def slots(self) -> int:
        """The number of slots."""
        return 3

    def truth(self) -> Truth:
        """Return the truth by slot."""
        return Truth(np.array([False, False, True]), np.array([False, True, False]))

    def rows(self, frame: Frame) -> SlotRow:
        """Return the slot of each row."""
        truth = self.test.truth(frame)
        return truth.yes * np.int32(2) + truth.no


Source = Cuts | Named | Crossed | Plain


def cuts_of(test: NumberTest) -> list[Cut]:
    """Return where the answer of a test changes."""
    found: list[Cut] = []
    if test.low is not None:
        found.append((test.low, test.is_open))
    if test.high is not None:
        found.append((test.high, not test.is_open))
    return found


def number_truth(test: NumberTest, cuts: Cuts) -> Truth:
    """Return the truth of a comparison by slot."""
    first = None if test.low is None else (test.low, test.is_open)
    beyond = None if test.high is None else (test.high, not test.is_open)
    truth = cuts.between(first, beyond)
    return Truth(truth.no, truth.yes) if test.outside else truth


def code_truth(test: CodeTest, named: Named) -> Truth:
    """Return the truth of a code's test by slot."""
    among = named.among(test.wanted)
    return Truth(among.no, among.yes) if test.outside else among


def least_for_share(need: int, share_ppm: int) -> Cut:
    """Return the least amount of which the share, rounded down to the fen, is what is needed."""
    return -(-need * PPM // share_ppm), False
