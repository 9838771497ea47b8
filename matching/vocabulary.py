"""What matching needs to know of columns and tables: names, units, and who supplies them."""

from collections.abc import Iterable
from typing import Protocol

from features.dictionary import FEATURES

from matching.errors import CriteriaError


class Column(Protocol):
    """The part of a dictionary entry that criteria and reasons read."""

    @property
    def name(self) -> str:
        """The column."""

    @property
    def zh(self) -> str:
        """Label in Chinese."""

    @property
    def en(self) -> str:
        """Label in English."""

    @property
    def unit(self) -> str:
        """One of fen, ratio, count, months, days, code, day, score, log."""

    @property
    def tables(self) -> Iterable[str]:
        """The accepted tables it is computed from."""


def column(name: str) -> Column:
    """Return the dictionary's entry; CriteriaError where there is none."""
    found = FEATURES.get(name)
    if found is None:
        raise CriteriaError(f"unknown column {name!r}: it is not in the feature dictionary")
    return found
