"""Where each test of each product stands: planes of one bit per product, and what every source writes into them.

Plane 0 is the product itself, the `all` of its clauses. A group within a clause that is not of its parent's kind has a
bit in a plane of its own, so planes alternate: at even depth `all`, at odd depth `any`. By De Morgan an `any` is an
`all` of the contrary, so every plane is filled alike: `kept` by AND and `broken` by OR, kept being yes in an `all` and
no in an `any`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from matching.compile import Group, Test, compile_clause, tests_of
from matching.criteria import Clause, expanded, references
from matching.eligibility import Request
from matching.packed_pieces import Key, Piece, key_of, sources_of, truth_of
from matching.packed_sources import Source
from matching.product import Product

Words = npt.NDArray[np.uint64]
WORD = 64


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What a source writes into one plane: a row of words per slot."""

    source: int
    plane: int
    kept: Words
    broken: Words


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """A plane that is joined into its parent for the products whose bit is set in `mine`."""

    plane: int
    parent: int
    mine: Words


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The tables by source, the merges from the deepest plane up, and the products that can never fit."""

    products: int
    words: int
    planes: int
    sources: tuple[Source, ...]
    tables: tuple[Table, ...]
    merges: tuple[Merge, ...]
    never: Words


@dataclass(frozen=True, slots=True)
class _Placed:
    plane: int
    product: int
    key: Key
    piece: Piece


@dataclass(slots=True)
class _Planes:
    """Planes by parent and number among the parent's, each with its depth and the products that have it."""

    by_place: dict[tuple[int, int], int] = field(default_factory=dict)
    depth: list[int] = field(default_factory=lambda: [0])
    parent: list[int] = field(default_factory=lambda: [-1])
    products: list[list[int]] = field(default_factory=lambda: [[]])

    def child(self, parent: int, number: int, product: int) -> int:
        place = self.by_place.setdefault((parent, number), len(self.depth))
        if place == len(self.depth):
            self.depth.append(self.depth[parent] + 1)
            self.parent.append(parent)
            self.products.append([])
        self.products[place].append(product)
        return place


def plan_of(products: Sequence[Product], request: Request) -> Plan:
    """Place the criteria, limits and ranges of products; CriteriaError where they do not fit the dictionary.

    The request is the same for every firm; what it asks beyond a product's range or cap no firm can have.
    """
    planes, placed, never = _Planes(), list[_Placed](), list[int]()
    for number, product in enumerate(products):
        nodes = [compile_clause(clause) for clause in _expanded(product)]
        _place(planes, placed, number, 0, Group(tuple(nodes), is_all=True))
        need = request.amount_fen or product.amount_min_fen
        for limit in product.limits:
            placed.append(_Placed(0, number, key_of(limit) or (), limit))
        if (need > product.amount_max_fen and product.limits) or not _in_range(product, request):
            never.append(number)
    words = -(-len(products) // WORD)
    needs = [request.amount_fen or product.amount_min_fen for product in products]
    sources = sources_of((one.key, one.piece, needs[one.product]) for one in placed)
    tables = _tables(placed, sources, needs, planes, words)
    deepest_first = sorted(range(1, len(planes.depth)), key=lambda plane: -planes.depth[plane])
    return Plan(
        products=len(products),
        words=words,
        planes=len(planes.depth),
        sources=tuple(sources.values()),
        tables=tables,
        merges=tuple(Merge(one, planes.parent[one], bits(planes.products[one], words)) for one in deepest_first),
        never=bits(never, words),
    )


def bits(places: Sequence[int], words: int) -> Words:
    """Return words with these bits set."""
    dense = np.zeros(words * WORD, dtype=np.bool_)
    dense[list(places)] = True
    found: Words = packed(dense[:, None])[0]
    return found


def packed(dense: npt.NDArray[np.bool_]) -> Words:
    """Return truths (products × rows) as words (rows × words), the first product in the lowest bit."""
    octets = np.ascontiguousarray(np.packbits(dense, axis=0, bitorder="little").T)
    words: Words = octets.view("<u8").astype(np.uint64, copy=False)
    return words


def _expanded(product: Product) -> tuple[Clause, ...]:
    # Most products refer to nothing, and what refers to nothing needs no counting either.
    refers = any(True for clause in product.criteria for _ in references(clause.require))
    return expanded(product.criteria) if refers else product.criteria


def _in_range(product: Product, request: Request) -> bool:
    amount, term = request.amount_fen, request.term_months
    in_amount = amount is None or product.amount_min_fen <= amount <= product.amount_max_fen
    return in_amount and (term is None or product.term_min_months <= term <= product.term_max_months)


def _place(planes: _Planes, placed: list[_Placed], product: int, plane: int, group: Group) -> None:
    """Place the parts of a group: where one source tells a part it is one entry, else it has a plane of its own."""
    number = 0
    for part in _flat(group):
        key = key_of(part)
        if key is not None:
            placed.append(_Placed(plane, product, key, part))
        elif isinstance(part, Group):
            _place(planes, placed, product, planes.child(plane, number, product), part)
            number += 1


def _flat(group: Group) -> list[Group | Test]:
    """Return the parts of a group, those groups opened that are of its own kind or hold one part."""
    found: list[Group | Test] = []
    for part in group.parts:
        if not isinstance(part, Group):
            found += tests_of(part)
        elif part.is_all == group.is_all or len(part.parts) == 1:
            found += _flat(Group(part.parts, is_all=group.is_all))
        else:
            found.append(part)
    return found


def _tables(
    placed: Sequence[_Placed], sources: Mapping[Key, Source], needs: Sequence[int], planes: _Planes, words: int
) -> tuple[Table, ...]:
    by_table: dict[tuple[int, int], list[_Placed]] = defaultdict(list)
    number = {key: place for place, key in enumerate(sources)}
    for one in placed:
        by_table[number[one.key], one.plane].append(one)
    listed = list(sources.values())
    found = []
    for (source, plane), mine in sorted(by_table.items()):
        shape = (words * WORD, listed[source].slots)
        kept, broken = np.ones(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        for one in mine:
            truth = truth_of(one.piece, listed[source], needs[one.product])
            is_any = planes.depth[plane] % 2 == 1
            kept[one.product] &= truth.no if is_any else truth.yes
            broken[one.product] |= truth.yes if is_any else truth.no
        found.append(Table(source, plane, packed(kept), packed(broken)))
    return tuple(found)
