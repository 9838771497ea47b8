"""The best products of each firm and the best firms of each product, kept while a province passes by in pieces.

A strict order, whatever the pieces and the threads: the higher score, at equal scores the lower hash under the key.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.frame import Floats, Ints
from matching.rank import tie

Small = npt.NDArray[np.uint16]
NOBODY = np.iinfo(np.uint16).max
_SLACK = 4  # firms are sorted out when there are so many times as many as are wanted
_HALF = 16


def best_products(  # noqa: PLR0913 (arrays of one set of pairs)
    starts: Ints, items: Small, scores: Floats, ties: Ints, most: int, *, fast: bool
) -> "FirmLists":
    """Return the first products of each row; `ties` is each product's place in the order of the hashes."""
    rows = len(starts) - 1
    best = np.full((rows, most), NOBODY, dtype=np.uint16)
    best_scores = np.zeros((rows, most))
    if fast:
        from matching import whole_numba as loops  # noqa: PLC0415 (optional)

        loops.best_of_rows(starts, items, scores, ties, best, best_scores)
        return FirmLists(best, best_scores)
    owner = np.repeat(np.arange(rows), np.diff(starts))
    order = np.lexsort((ties[items], -scores, owner))
    place = np.arange(len(order)) - starts[:-1][owner]
    first = order[place < most]
    rows_of, places = owner[place < most], place[place < most]
    best[rows_of, places], best_scores[rows_of, places] = items[first], scores[first]
    return FirmLists(best, best_scores)


@dataclass(frozen=True, slots=True, eq=False)
class FirmLists:
    """The first products of each row, best first (rows × places); `NOBODY` where fewer fit."""

    products: Small
    scores: Floats

    def table(self, enterprises: "pa.ChunkedArray[pa.StringScalar]", names: list[str]) -> pa.Table:
        """Return a row per firm: enterprise, its products and their scores."""
        held = self.products != NOBODY
        starts = pa.array(np.concatenate([[0], np.cumsum(held.sum(axis=1))]), type=pa.int32())
        columns: dict[str, Any] = {
            "enterprise": enterprises,
            "products": pa.ListArray.from_arrays(starts, _named(self.products[held], names)),
            "scores": pa.ListArray.from_arrays(starts, pa.array(self.scores[held], type=pa.float64())),
        }
        return pa.table(columns)


@dataclass(eq=False)
class Leaders:
    """The best firms of each product so far. A row is a firm's number in the order in which firms came."""

    products: int
    most: int
    key: bytes
    floors: Floats = field(init=False)
    _enterprises: "list[pa.ChunkedArray[pa.StringScalar]]" = field(default_factory=list)
    _rows: int = 0
    _kept: "_Candidates" = field(init=False)
    _waiting: "list[_Candidates]" = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nobody."""
        self.floors = np.full(self.products, -np.inf)
        nobody = np.empty(0, dtype=np.int64)
        self._kept = _Candidates(nobody.astype(np.uint16), nobody, nobody.astype(np.float64))

    def add(self, enterprises: "pa.ChunkedArray[pa.StringScalar]", starts: Ints, items: Small, scores: Floats) -> None:
        """Take the pairs of the next firms."""
        # What is below the last of a full list can never enter it again.
        places = np.flatnonzero(scores >= self.floors[items])
        owner = np.searchsorted(starts, places, side="right") - 1
        self._waiting.append(_Candidates(items[places], owner + self._rows, scores[places]))
        self._enterprises.append(enterprises)
        self._rows += len(starts) - 1
        if sum(len(one.product) for one in self._waiting) > _SLACK * self.products * self.most:
            self._sort_out()

    def table(self, names: list[str]) -> pa.Table:
        """Return the lists, product after product, best first: product, place, enterprise, score."""
        self._sort_out()
        kept, level = self._kept, self._level()
        enterprises = self._names(kept.row)
        halves = np.zeros((len(enterprises), 2), dtype=np.uint64)
        halves[level] = [_halves(enterprises[place], self.key) for place in level] if len(level) else 0
        order = np.lexsort((halves[:, 1], halves[:, 0], -kept.score, kept.product))
        product = kept.product[order]
        place = np.arange(len(order)) - np.searchsorted(product, product) + 1
        columns: dict[str, Any] = {
            "product": _named(product, names),
            "place": pa.array(place, type=pa.int32()),
            "enterprise": pa.array([enterprises[one] for one in order], type=pa.string()),
            "score": pa.array(kept.score[order], type=pa.float64()),
        }
        return pa.table(columns)

    def _level(self) -> Ints:
        """Return the places of those that are level with another one: only among them does the hash decide."""
        kept = self._kept
        same = (kept.product[1:] == kept.product[:-1]) & (kept.score[1:] == kept.score[:-1])
        return np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))

    def _names(self, rows: Ints) -> list[str]:
        if not self._enterprises:
            return []
        every = pa.chunked_array([part for one in self._enterprises for part in one.chunks])
        return [str(name) for name in every.take(pa.array(rows, type=pa.int64())).to_pylist()]

    def _sort_out(self) -> None:
        """Keep the best of each product; who is level with the last of them is decided by hash."""
        every = _Candidates.joined([self._kept, *self._waiting])
        self._waiting.clear()
        order = np.lexsort((-every.score, every.product))
        every = every.take(order)
        starts = np.searchsorted(every.product, np.arange(self.products + 1))
        keep = np.ones(len(order), dtype=np.bool_)
        for product in range(self.products):
            first, last = int(starts[product]), int(starts[product + 1])
            if last - first < self.most:
                continue
            floor = every.score[first + self.most - 1]
            self.floors[product] = floor
            mine = -every.score[first:last]
            level = first + int(np.searchsorted(mine, -floor, side="left"))
            beyond = first + int(np.searchsorted(mine, -floor, side="right"))
            keep[beyond:last] = False
            if beyond - first > self.most:
                names = self._names(every.row[level:beyond])
                hashes = [tie(self.key, name.encode()) for name in names]
                by_hash = sorted(range(len(names)), key=hashes.__getitem__)
                keep[[level + place for place in by_hash[first + self.most - level :]]] = False
        self._kept = every.take(np.flatnonzero(keep))


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    product: Small
    row: Ints
    score: Floats

    def take(self, places: Ints) -> "_Candidates":
        return _Candidates(self.product[places], self.row[places], self.score[places])

    @classmethod
    def joined(cls, parts: "list[_Candidates]") -> "_Candidates":
        return cls(
            np.concatenate([one.product for one in parts]),
            np.concatenate([one.row for one in parts]),
            np.concatenate([one.score for one in parts]),
        )


def _halves(name: str, key: bytes) -> tuple[int, int]:
    """Return the hash of `matching.rank.tie` as two numbers in whose order the texts are."""
    digest = tie(key, name.encode())
    return int(digest[:_HALF], 16), int(digest[_HALF:], 16)


def _named(places: Small, names: list[str]) -> "pa.Array[Any]":
    """Return products by name, each name stored once."""
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int16), type=pa.int16()), pa.array(names))
