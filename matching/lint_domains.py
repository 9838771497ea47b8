"""What values a column may have: spans of numbers, sets of codes, and how they meet.

Numbers are exact integers. A column of whole numbers (fen, counts, days) holds the numbers themselves; a column of
fractions holds twice the millionths, so that the odd numbers are the open stretches between two millionths and "above
0.1" differs from "at least 0.100001".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from matching.amounts import ratio_text
from matching.labels import CODES, Words
from matching.sentence import bound_words
from matching.vocabulary import column

LOW, HIGH = -(1 << 62), 1 << 62
FRACTIONS = frozenset({"ratio", "log"})
# Never below nothing.
COUNTED = frozenset({"count", "months", "days", "flag"})
#: Columns of which every code is known.
CLOSED = frozenset({"kind", "tax_rating", "registration_status", "worst_loan_class_24m", "industry_section"})


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of integers, both ends included, ascending and apart."""

    parts: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, parts: Iterable[tuple[int, int]]) -> "Spans":
        """Join stretches in any order; empty ones are left out."""
        joined: list[tuple[int, int]] = []
        for low, high in sorted(part for part in parts if part[0] <= part[1]):
            if joined and low <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(joined[-1][1], high))
            else:
                joined.append((low, high))
        return cls(tuple(joined))

    def __and__(self, other: "Spans") -> "Spans":
        """Return what both hold."""
        met = ((max(a, c), min(b, d)) for a, b in self.parts for c, d in other.parts)
        return Spans.of(met)

    def __or__(self, other: "Spans") -> "Spans":
        """Return what either holds."""
        return Spans.of((*self.parts, *other.parts))

    def __invert__(self) -> "Spans":
        """Return what is not held."""
        edges = [LOW - 1, *(edge for low, high in self.parts for edge in (low, high)), HIGH + 1]
        return Spans.of((edges[place] + 1, edges[place + 1] - 1) for place in range(0, len(edges), 2))

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is held."""
        return not self.parts

    def holes(self) -> Iterator["Spans"]:
        """Yield the stretches left out between the first and the last that are held."""
        for (_, high), (low, _) in pairwise(self.parts):
            yield Spans(((high + 1, low - 1),))


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes named, or with `outside` all but those."""

    names: frozenset[str]
    outside: bool = False

    def __and__(self, other: "Codes") -> "Codes":
        """Return what both hold."""
        if self.outside and other.outside:
            return Codes(self.names | other.names, outside=True)
        if self.outside:
            return Codes(other.names - self.names)
        return Codes(self.names - other.names if other.outside else self.names & other.names)

    def __or__(self, other: "Codes") -> "Codes":
        """Return what either holds."""
        return ~(~self & ~other)

    def __invert__(self) -> "Codes":
        """Return what is not held."""
        return Codes(self.names, outside=not self.outside)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is held."""
        return not self.outside and not self.names


Domain = Spans | Codes
EVERY_NUMBER = Spans(((LOW, HIGH),))


def universe(name: str) -> Domain:
    """Return all the values a column can have."""
    of = column(name)
    if of.unit == "code":
        return Codes(frozenset(CODES[name])) if name in CLOSED else Codes(frozenset(), outside=True)
    if of.unit == "flag":
        return Spans(((0, 1),))
    return Spans(((0, HIGH),)) if of.unit in COUNTED else EVERY_NUMBER


def meet(first: Domain, second: Domain) -> Domain:
    """Return what both hold, of one column."""
    if isinstance(first, Spans) and isinstance(second, Spans):
        return first & second
    if isinstance(first, Codes) and isinstance(second, Codes):
        return first & second
    raise TypeError("numbers and codes do not meet")


def join(first: Domain, second: Domain) -> Domain:
    """Return what either holds, of one column."""
    if isinstance(first, Spans) and isinstance(second, Spans):
        return first | second
    if isinstance(first, Codes) and isinstance(second, Codes):
        return first | second
    raise TypeError("numbers and codes do not join")


def complement(domain: Domain) -> Domain:
    """Return what is not held."""
    return ~domain


def scale(name: str) -> int:
    """Return how many steps of a span one unit of a threshold is."""
    return 2 if column(name).unit in FRACTIONS else 1


def value_of(name: str, step: int) -> Words:
    """Word one step of a column's span."""
    of = column(name)
    if of.unit not in FRACTIONS:
        return bound_words(of, step)
    if step % 2 == 0:
        return bound_words(of, step // 2)
    low, high = ratio_text(step // 2), ratio_text(step // 2 + 1)
    return Words(f"{low}与{high}之间", f"between {low} and {high}")
