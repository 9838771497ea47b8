"""Ratios and differences of numbers, taken where a pair tells more of the outcome than either of the two.

Of the numbers that tell most alone, every pair is tried on the rows of the fit: its information value over tenths
less the larger of its parts' is what it adds. Where there are eight numbers or fewer every ratio is taken: they are
few, and a ratio may tell only together with others. Which columns they are never counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ArtifactError
from models.metrics import Floats

#: Numbers that are tried in pairs, and pairs that are taken.
MOST_NUMBERS: Final = 64
MOST_PAIRS: Final = 30
#: Numbers of which every ratio is taken.
FEW_NUMBERS: Final = 8
_CLASSES = 10
#: What a pair must add: chance alone reaches about classes · (1/bad + 1/good) of the information value.
_TIMES_CHANCE = 1.5
_OPERATIONS = ("÷", "-")


@dataclass(frozen=True, slots=True)
class NumberPair:
    """Two numbers and what is made of them: `÷` or `-`."""

    first: str
    operation: str
    second: str

    def __post_init__(self) -> None:
        """Refuse an operation that is none."""
        if self.operation not in _OPERATIONS:
            raise ArtifactError(f"{self.operation!r} is no operation on a pair of numbers")

    @property
    def name(self) -> str:
        """The name of the feature."""
        return f"{self.first} {self.operation} {self.second}"

    def as_json(self) -> list[str]:
        """Return the pair as JSON-able values."""
        return [self.first, self.operation, self.second]

    @classmethod
    def from_json(cls, data: Any) -> "NumberPair":  # noqa: ANN401 (whatever JSON holds)
        """Return the pair that `as_json` wrote."""
        return cls(*data)


def paired(numbers: Mapping[str, Floats], pair: NumberPair) -> Floats:
    """Return the ratio or difference by row; NaN where a part is missing or there is nothing to divide by."""
    first, second = numbers[pair.first], numbers[pair.second]
    if pair.operation == "-":
        return first - second
    known = (second != 0) & ~np.isnan(second)
    out = np.full(len(first), np.nan)
    with np.errstate(over="ignore"):
        np.divide(first, second, out=out, where=known)
    return np.where(np.isfinite(out), out, np.nan)


def telling_pairs(numbers: Mapping[str, Floats], bad: NDArray[np.int64]) -> tuple[NumberPair, ...]:
    """Return the pairs that add most information value to that of their parts, the best first."""
    alone = {name: information_value(values, bad) for name, values in numbers.items()}
    tried = sorted(alone, key=lambda name: (-alone[name], name))[:MOST_NUMBERS]
    order = {name: place for place, name in enumerate(numbers)}
    found = []
    for first, second in combinations(sorted(tried, key=order.__getitem__), 2):
        for operation in _OPERATIONS:
            pair = NumberPair(first, operation, second)
            added = information_value(paired(numbers, pair), bad) - max(alone[first], alone[second])
            found.append((-added, pair.name, pair))
    least = _TIMES_CHANCE * _CLASSES * (1 / max(bad.sum(), 1) + 1 / max(len(bad) - bad.sum(), 1))
    is_small = len(numbers) <= FEW_NUMBERS
    ranked = sorted(found, key=lambda one: one[:2])[:MOST_PAIRS] if not is_small else found
    return tuple(pair for added, _, pair in ranked if -added > least or (is_small and pair.operation == "÷"))


def information_value(values: Floats, bad: NDArray[np.int64]) -> float:
    """Return the information value over tenths of the values, missing a class of its own, half a row added to each."""
    known = ~np.isnan(values)
    cell = np.full(len(values), _CLASSES)
    if known.any():
        edges = np.unique(np.quantile(values[known], np.arange(1, _CLASSES) / _CLASSES))
        cell[known] = np.searchsorted(edges, values[known], side="left")
    bads = np.bincount(cell[bad == 1], minlength=_CLASSES + 1)
    goods = np.bincount(cell[bad == 0], minlength=_CLASSES + 1)
    held = bads + goods > 0
    share_bad, share_good = bads[held] + 0.5, goods[held] + 0.5
    share_bad, share_good = share_bad / share_bad.sum(), share_good / share_good.sum()
    return float(np.sum((share_good - share_bad) * np.log(share_good / share_bad)))
