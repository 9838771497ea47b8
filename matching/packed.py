"""Criteria of many products over many firms at once: the verdicts of a firm are bits, one table row per column value.

A column's value chooses a row of words in which every product has its bit, so five hundred products cost eight words.
The verdicts are those of `matching.eligibility.evaluate`, all three; they are exact, not an estimate.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.eligibility import Request
from matching.frame import Frame
from matching.packed_plan import WORD, Plan, Words, plan_of
from matching.packed_sources import Crossed, Cuts, SlotRow, Source
from matching.product import Product
from matching.truth import CANNOT_TELL, NO, YES, Verdicts

_BLOCK = 4_096  # rows whose words stay in the cache from column to column
_ALL = np.uint64(2**64 - 1)


@dataclass(frozen=True, slots=True, eq=False)
class PackedVerdicts:
    """Who fits what as bits, rows × words: product p is bit p % 64 of word p // 64. Neither bit: cannot tell."""

    yes: Words
    no: Words
    products: int

    def verdicts(self) -> Verdicts:
        """Return 1, 0 or −1 (rows × products)."""
        fits, fails = (_unpacked(words, self.products) for words in (self.yes, self.no))
        return np.where(fits, YES, np.where(fails, NO, CANNOT_TELL)).astype(np.int8)

    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint16]]:
        """Return the products that fit, row after row in order, and where each row's begin (rows + 1)."""
        fits = _unpacked(self.yes, self.products)
        starts = np.concatenate([[0], np.cumsum(fits.sum(axis=1))]).astype(np.int64)
        return starts, np.nonzero(fits)[1].astype(np.uint16)


@dataclass(frozen=True, eq=False)
class PackedCriteria:
    """Products compiled to tables; `fast` takes numba's loops."""

    plan: Plan
    fast: bool

    @classmethod
    def of(cls, products: Sequence[Product], request: Request, *, fast: bool) -> "PackedCriteria":
        """Compile products and a request that is the same for every firm; CriteriaError as `evaluate` raises it."""
        return cls(plan_of(products, request), fast)

    def evaluate(self, frame: Frame) -> PackedVerdicts:
        """Return the verdicts of every row of a frame."""
        shape = (frame.rows, self.plan.words)
        yes, no = np.empty(shape, dtype=np.uint64), np.empty(shape, dtype=np.uint64)
        slots = np.empty((len(self.plan.sources), frame.rows), dtype=np.int32)
        for row, source in zip(slots, self.plan.sources, strict=True):
            self._find_slots(source, frame, row)
        if self.fast:
            self._evaluate_fast(slots, yes, no)
        else:
            for part in _blocks(frame.rows):
                yes[part], no[part] = self._block(slots[:, part])
        yes &= self._offered & ~self.plan.never
        no |= self.plan.never
        no &= self._offered
        return PackedVerdicts(yes, no, self.plan.products)

    def _find_slots(self, source: Source, frame: Frame, found: SlotRow) -> None:
        if not (self.fast and isinstance(source, Cuts | Crossed)):
            found[:] = source.rows(frame)
            return
        from matching import packed_numba as loops  # noqa: PLC0415 (optional)

        cuts = source if isinstance(source, Cuts) else source.cuts
        least, values, known = cuts.bounds(frame)
        loops.cut_rows(_padded(least), len(least), values, known, found)
        if isinstance(source, Crossed):
            found += source.named.rows(frame) * np.int32(cuts.slots)

    def _evaluate_fast(self, slots: SlotRow, yes: Words, no: Words) -> None:
        from matching import packed_numba as loops  # noqa: PLC0415 (optional)

        loops.evaluate(slots, *self._flat, yes, no)  # type: ignore[call-arg]

    @cached_property
    def _flat(self) -> tuple[Any, ...]:
        """Return the tables, plane after plane, and the merges as the loop takes them."""
        plan = self.plan
        tables = sorted(plan.tables, key=lambda table: table.plane)
        nothing = np.empty((0, plan.words), dtype=np.uint64)
        return (
            np.searchsorted(_ints(table.plane for table in tables), np.arange(plan.planes + 1)),
            _ints(table.source for table in tables),
            np.cumsum(_ints([0, *(len(table.kept) for table in tables)]))[:-1],
            np.concatenate([nothing, *(table.kept for table in tables)]),
            np.concatenate([nothing, *(table.broken for table in tables)]),
            _ints(merge.plane for merge in plan.merges),
            _ints(merge.parent for merge in plan.merges),
            np.concatenate([nothing, *(merge.mine[None] for merge in plan.merges)]),
        )

    def _block(self, slots: SlotRow) -> tuple[Words, Words]:
        plan, rows = self.plan, slots.shape[1]
        kept = np.full((plan.planes, rows, plan.words), _ALL)
        broken = np.zeros((plan.planes, rows, plan.words), dtype=np.uint64)
        for table in plan.tables:
            kept[table.plane] &= table.kept.take(slots[table.source], axis=0)
            broken[table.plane] |= table.broken.take(slots[table.source], axis=0)
        for merge in plan.merges:
            # What broke an `any` is a part that holds, what broke an `all` one that fails: planes alternate.
            kept[merge.parent] &= broken[merge.plane] | ~merge.mine
            broken[merge.parent] |= kept[merge.plane] & merge.mine
        return kept[0], broken[0]

    @cached_property
    def _offered(self) -> Words:
        """The bits that stand for a product."""
        places = np.arange(self.plan.words * WORD) < self.plan.products
        words: Words = np.packbits(places, bitorder="little").view("<u8").astype(np.uint64)
        return words


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(first, min(first + _BLOCK, rows)) for first in range(0, rows, _BLOCK))


def _unpacked(words: Words, products: int) -> npt.NDArray[np.bool_]:
    dense = np.unpackbits(np.ascontiguousarray(words).astype("<u8").view(np.uint8), axis=1, bitorder="little")
    return dense[:, :products].astype(np.bool_)


def _ints(values: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _padded(least: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return cuts with what no value is above behind them, up to a power of two."""
    highest = np.iinfo(np.int64).max if least.dtype.kind == "i" else np.inf
    padded = np.full(1 << len(least).bit_length(), highest, dtype=least.dtype)
    padded[: len(least)] = least
    return padded
