"""A whole province matched at once: the first products of every firm and the first firms of every product.

Criteria decide, exactly; what fits is scored by the model itself (`models.leaf_masks`), nothing by a cheaper stand-in.
Firms pass by in pieces, so memory does not grow with their number; pieces, chunks and threads change no byte.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.columns import ENTERPRISE
from matching.eligibility import Request
from matching.frame import Floats, Frame, Ints
from matching.packed import PackedCriteria, PackedVerdicts
from matching.product import Product
from matching.rank import tie
from matching.whole_best import FirmLists, Leaders, Small, best_products
from matching.whole_inputs import Reads, pair_column
from models.leaf_masks import LeafMasks
from models.leaf_masks_pairs import Block, PairScorer

#: Firms per table of the answer, whatever pieces they come in.
GROUP = 65_536


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many products a firm's list has and how many firms a product's, and how many firms are taken at once."""

    products: int = 20
    firms: int = 1_000
    chunk: int = 8_192


PRESET = Lengths()


@dataclass(frozen=True, eq=False)
class Matcher:
    """Products, a model and the key of ties, ready for any number of firms; `fast` takes numba's loops."""

    products: tuple[Product, ...]
    criteria: PackedCriteria
    scorer: PairScorer
    reads: Reads
    key: bytes
    fast: bool

    @classmethod
    def of(cls, products: Sequence[Product], masks: LeafMasks, reads: Reads, key: bytes, *, fast: bool) -> "Matcher":
        """Compile criteria and the products' part of the model; CriteriaError where criteria do not fit."""
        return cls(
            products=tuple(products),
            criteria=PackedCriteria.of(products, Request(), fast=fast),
            scorer=PairScorer.of(masks, reads.inputs, fast=fast),
            reads=reads,
            key=key,
            fast=fast,
        )

    @cached_property
    def ties(self) -> Ints:
        """Each product's place in the order of the hashes of their contents; at equal contents of their ids'."""
        named = [(tie(self.key, one.content()), tie(self.key, one.id.encode())) for one in self.products]
        places = np.empty(len(named), dtype=np.int64)
        places[sorted(range(len(named)), key=named.__getitem__)] = np.arange(len(named))
        return places

    def pairs(self, verdicts: PackedVerdicts) -> tuple[Ints, Small]:
        """Return where each row's products begin, and all the products that fit."""
        if not self.fast:
            return verdicts.pairs()
        from matching import whole_numba as loops  # noqa: PLC0415 (optional)

        starts = np.empty(len(verdicts.yes) + 1, dtype=np.int64)
        loops.count_bits(verdicts.yes, starts)
        items = np.empty(int(starts[-1]), dtype=np.uint16)
        loops.list_bits(verdicts.yes, items)
        return starts, items

    def scores(self, frame: Frame, starts: Ints, items: Small) -> Floats:
        """Return the model's raw scores of pairs: those of row r are `items[starts[r]:starts[r + 1]]`."""
        scorer, reads = self.scorer, self.reads
        first_pair = len(reads.firm) + reads.product.shape[1] + reads.by_code.values.shape[2]
        own = scorer.own_masks([reads.firm_column(place, frame) for place in scorer.own], frame.rows)
        values = [
            reads.rounded(pair_column(reads.pair[place - first_pair], frame, starts, items, fast=self.fast))
            for place in scorer.pair
        ]
        slots = scorer.pair_slots(values, len(items))
        return scorer.scores(Block(own, starts, items, reads.groups(frame), slots))


@dataclass(eq=False)
class Province:
    """One pass over the firms: read `by_enterprise` to its end, then `by_product`."""

    matcher: Matcher
    lengths: Lengths = PRESET
    threads: int = 1
    #: Pairs that fit, so far.
    fitting: int = 0
    _leaders: Leaders = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nobody."""
        self._leaders = Leaders(len(self.matcher.products), self.lengths.firms, self.matcher.key)

    def by_enterprise(self, pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield the lists of firms in the order in which they come, `GROUP` of them in each table but the last."""
        with ThreadPoolExecutor(self.threads) as pool:
            for group in _regrouped(pieces):
                chunks = [group.slice(first, self.lengths.chunk) for first in range(0, len(group), self.lengths.chunk)]
                found = list(self._taken(pool, chunks))
                lists = FirmLists(
                    *(np.concatenate([getattr(one, name) for one in found]) for name in ("products", "scores"))
                )
                yield lists.table(group.column(ENTERPRISE), self._names)

    def by_product(self) -> pa.Table:
        """Return the lists of products over all firms that have passed."""
        return self._leaders.table(self._names)

    @property
    def _names(self) -> list[str]:
        return [product.id for product in self.matcher.products]

    def _taken(self, pool: ThreadPoolExecutor, chunks: Sequence[pa.Table]) -> Iterator[FirmLists]:
        for chunk, (lists, starts, items, scores) in zip(chunks, pool.map(self._chunk, chunks), strict=True):
            self._leaders.add(chunk.column(ENTERPRISE), starts, items, scores)
            self.fitting += len(items)
            yield lists

    def _chunk(self, chunk: pa.Table) -> tuple[FirmLists, Ints, Small, Floats]:
        matcher, frame = self.matcher, Frame(chunk)
        starts, items = matcher.pairs(matcher.criteria.evaluate(frame))
        scores = matcher.scores(frame, starts, items)
        best = best_products(starts, items, scores, matcher.ties, self.lengths.products, fast=matcher.fast)
        return best, starts, items, scores


def _regrouped(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for piece in pieces:
        waiting.append(piece)
        while sum(map(len, waiting)) >= GROUP:
            every = pa.concat_tables(waiting)
            yield every.slice(0, GROUP)
            waiting = [every.slice(GROUP)]
    rest = pa.concat_tables(waiting) if waiting else None
    if rest is not None and len(rest):
        yield rest
