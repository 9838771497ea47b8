"""A two-sided market as arrays: who wants whom, who may meet whom, the places of an order, and what a place is worth.

Left agents are rows (firms, job seekers), right agents are columns (products, employers). Everything planned over a
market is worked out in an order of rows and columns that follows from their content or from keys the caller gives, so
that no order of the input changes a byte of the result.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matching.errors import MarketError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Attention(StrEnum):
    """How much of a reader's attention a place gets, 1 at the first: 1/r, 1/log₂(r + 1), e^(1 − r)."""

    inverse = "inverse"
    log = "log"
    exp = "exp"

    def at(self, places: Ints | Floats) -> Floats:
        """Return the attention of places from 1; 0 where a place is 0, which is no place."""
        shown = np.maximum(np.asarray(places, dtype=np.float64), 1.0)
        if self is Attention.inverse:
            worth = 1.0 / shown
        elif self is Attention.log:
            worth = 1.0 / np.log2(shown + 1.0)
        else:
            worth = np.exp(1.0 - shown)
        return np.where(np.asarray(places) > 0, worth, 0.0)


@dataclass(frozen=True, slots=True)
class Market:
    """How likely each left agent wants each right one, and the other way, both left × right in [0, 1].

    `eligible` says which pairs may meet (None: all). Keys order agents of equal content (None: their content alone
    decides, then their position). Raises MarketError with the array and the place of what is wrong.
    """

    left: Floats
    right: Floats
    eligible: Bools | None = None
    left_keys: tuple[str, ...] | None = None
    right_keys: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check shapes and values."""
        for name, values in (("left", self.left), ("right", self.right)):
            _check(name, values)
        if self.left.shape != self.right.shape:
            raise MarketError(f"left is {_size(self.left)} and right {_size(self.right)}; both are left × right")
        if self.eligible is not None and (
            self.eligible.shape != self.left.shape or self.eligible.dtype != np.dtype(np.bool_)
        ):
            raise MarketError(f"eligible is not a truth value for each of the {_size(self.left)} pairs")
        for name, keys, count in (
            ("left_keys", self.left_keys, self.left.shape[0]),
            ("right_keys", self.right_keys, self.left.shape[1]),
        ):
            if keys is not None and len(set(keys)) != count:
                raise MarketError(f"{name} names {len(set(keys))} agents apart, of {count}")

    @property
    def shape(self) -> tuple[int, int]:
        """The number of left and of right agents."""
        return self.left.shape[0], self.left.shape[1]

    @property
    def mask(self) -> Bools:
        """The pairs that may meet."""
        return np.ones(self.shape, dtype=np.bool_) if self.eligible is None else self.eligible

    def mutual(self) -> Floats:
        """Return p·q of each pair that may meet, 0 for the others."""
        return np.where(self.mask, self.left * self.right, 0.0)

    def own_order(self) -> tuple[Ints, Ints]:
        """Return the rows and the columns in the order that follows from keys, or from content where there are none."""
        rows, columns = _contents(self), _contents(self.turned())
        return _sorted_by(self.left_keys, rows), _sorted_by(self.right_keys, columns)

    def rearranged(self, rows: Ints, columns: Ints) -> "Market":
        """Return the market with its agents in this order, without keys."""
        at = np.ix_(rows, columns)
        eligible = None if self.eligible is None else self.eligible[at]
        return Market(self.left[at], self.right[at], eligible)

    def turned(self) -> "Market":
        """Return the same market seen from the other side."""
        eligible = None if self.eligible is None else self.eligible.T
        return Market(self.right.T, self.left.T, eligible, self.right_keys, self.left_keys)


@dataclass(frozen=True, slots=True)
class Orders:
    """The place of each right agent in each left one's order, and the other way; from 1, 0 for who may not meet.

    Both are left × right: a row of `left_rank` and a column of `right_rank` is one order.
    """

    left_rank: Ints
    right_rank: Ints


def places(worth: Floats, mask: Bools) -> Ints:
    """Return the place of each entry in its row by descending worth; equal ones as they stand, 0 outside the mask."""
    keyed = np.where(mask, -worth, np.inf)
    order = np.argsort(keyed, axis=1, kind="stable")
    found = np.empty(worth.shape, dtype=np.int64)
    np.put_along_axis(found, order, np.arange(1, worth.shape[1] + 1, dtype=np.int64)[np.newaxis, :], axis=1)
    return np.where(mask, found, 0)


def one_sided(market: Market) -> Orders:
    """Return each agent's own order: by what it wants alone."""
    return Orders(places(market.left, market.mask), places(market.right.T, market.mask.T).T)


def by_product(market: Market) -> Orders:
    """Return both sides' orders by p·q."""
    mutual = market.mutual()
    return Orders(places(mutual, market.mask), places(mutual.T, market.mask.T).T)


def _check(name: str, values: Floats) -> None:
    if values.ndim != 2:  # noqa: PLR2004 (left × right)
        raise MarketError(f"{name} has {values.ndim} dimensions; it is left × right")
    if 0 in values.shape:
        raise MarketError(f"{name} is empty, {_size(values)}")
    wrong = ~((values >= 0.0) & (values <= 1.0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        raise MarketError(f"{name}[{row}, {column}] is {values[row, column]}, no chance from 0 to 1")


def _size(values: Floats | Bools) -> str:
    return " × ".join(str(size) for size in values.shape)


def _contents(market: Market) -> list[bytes]:
    """Return what each left agent's pairs hold, whatever the order of the right ones."""
    mask = market.mask
    parts = [np.sort(np.where(mask, values, -1.0), axis=1) for values in (market.left, market.right, market.mutual())]
    together = np.ascontiguousarray(np.concatenate(parts, axis=1))
    return [hashlib.sha256(row.tobytes()).digest() for row in together]


def _sorted_by(keys: tuple[str, ...] | None, contents: list[bytes]) -> Ints:
    told = [""] * len(contents) if keys is None else keys
    return np.array(sorted(range(len(contents)), key=lambda at: (contents[at], told[at])), dtype=np.int64)
