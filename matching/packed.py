"""Criteria of many products over many firms at once: the verdicts of a firm are bits, one table row per column value.

A column's value chooses a row of words in which every product has its bit, so five hundred products cost eight words.
The verdicts are those of `matching.eligibility.evaluate`, all three; they are exact, not an estimate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.eligibility import Request
from matching.frame import Frame
from matching.packed_plan import WORD, Plan, Table, Words, plan_of
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


@dataclass(frozen=True, slots=True, eq=False)
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
        slots = [self._slots(source, frame) for source in self.plan.sources]
        for part in _blocks(frame.rows):
            yes[part], no[part] = self._block([row[part] for row in slots])
        return PackedVerdicts(yes, no, self.plan.products)

    def _slots(self, source: Source, frame: Frame) -> SlotRow:
        if self.fast and isinstance(source, Crossed):
            return source.named.rows(frame) * np.int32(source.cuts.slots) + self._slots(source.cuts, frame)
        if not (self.fast and isinstance(source, Cuts)):
            return source.rows(frame)
        from matching import packed_numba as loops  # noqa: PLC0415 (optional)

        found = np.empty(frame.rows, dtype=np.int32)
        loops.cut_rows(*source.bounds(frame), found)
        return found

    def _block(self, slots: Sequence[SlotRow]) -> tuple[Words, Words]:
        plan, rows = self.plan, len(slots[0]) if slots else 0
        kept = np.full((plan.planes, rows, plan.words), _ALL)
        broken = np.zeros((plan.planes, rows, plan.words), dtype=np.uint64)
        for table in plan.tables:
            self._write(table, slots[table.source], kept[table.plane], broken[table.plane])
        for merge in plan.merges:
            # What broke an `any` is a part that holds, what broke an `all` one that fails: planes alternate.
            kept[merge.parent] &= broken[merge.plane] | ~merge.mine
            broken[merge.parent] |= kept[merge.plane] & merge.mine
        return kept[0] & ~plan.never & self._offered, (broken[0] | plan.never) & self._offered

    def _write(self, table: Table, slots: SlotRow, kept: Words, broken: Words) -> None:
        if self.fast:
            from matching import packed_numba as loops  # noqa: PLC0415 (optional)

            loops.write(slots, table.kept, table.broken, kept, broken)
        else:
            kept &= table.kept.take(slots, axis=0)
            broken |= table.broken.take(slots, axis=0)

    @property
    def _offered(self) -> Words:
        """The bits that stand for a product."""
        places = np.arange(self.plan.words * WORD) < self.plan.products
        return np.packbits(places, bitorder="little").view("<u8").astype(np.uint64)


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(first, min(first + _BLOCK, rows)) for first in range(0, rows, _BLOCK))


def _unpacked(words: Words, products: int) -> npt.NDArray[np.bool_]:
    dense = np.unpackbits(np.ascontiguousarray(words).astype("<u8").view(np.uint8), axis=1, bitorder="little")
    return dense[:, :products].astype(np.bool_)
