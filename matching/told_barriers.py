"""Which criteria keep firms out, as it may be told: no count of one to nine firms, and none that follows.

Of one product the firms kept out by each criterion alone are sets apart: what all of them leave of the whole must not
be small. So must not be the difference of two sets of which one holds the other, whatever products they are of.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from matching.frame import Mask
from matching.product import Product
from matching.small_counts import LEAST_SHOWN, is_small, none_small, tens, two_figures
from matching.unmet import Demand, kept_out, ways_in


@dataclass(frozen=True, slots=True)
class ToldBarrier:
    """A criterion that alone keeps firms out of a product, in tens of firms; None is untold.

    `firms` counts those kept out, `unmet` those among them that fit nothing, with their amount in two significant
    figures of fen; `only_way` those of the unmet that no other criterion of any product alone keeps out.
    """

    product: str
    criterion: str
    firms: int
    unmet: int | None
    unmet_fen: int | None
    only_way: int | None


@dataclass(frozen=True, slots=True)
class _Kept:
    product: str
    criterion: str
    firms: Mask
    unmet: Mask
    only: Mask
    tells_unmet: bool
    tells_only: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.product, self.criterion


def told_barriers(
    demand: Demand, most: int, of: Callable[[Product], bool] = lambda _product: True
) -> list[ToldBarrier]:
    """Return the criteria that keep out most of a demand in which each firm stands once, of the products wanted.

    They are in order of what is told of them. `MatchingError` where a firm stands twice.
    """
    demand.require_once()
    wanted = {product.id for product in demand.products if of(product)}
    safe = _hidden_only(demand, _hidden_unmet(demand, _of_size(demand)))
    kept: list[_Kept] = []
    for one in sorted((one for one in safe if one.product in wanted), key=lambda one: _order(_written(demand, one))):
        if len(kept) == most:
            break
        if any(_tells(one.firms, other.firms) for other in kept):
            continue
        hides = any(other.tells_unmet and _tells_parts(one, other) for other in kept)
        kept.append(replace(one, tells_unmet=False, tells_only=False) if hides else one)
    return sorted((_written(demand, one) for one in kept), key=_order)


def _of_size(demand: Demand) -> list[_Kept]:
    """Return the barriers whose size may be told, each with what else could be."""
    found = kept_out(demand)
    ways, unmet, rows = ways_in(demand, [mask for _, _, mask in found]), demand.unmet, demand.frame.rows
    sized = [
        _Kept(product.id, name, mask, mask & unmet, mask & unmet & (ways == 1), tells_unmet=True, tells_only=True)
        for product, name, mask in found
        if mask.sum() >= LEAST_SHOWN and none_small(rows - int(mask.sum()))
    ]
    return [
        one
        for product in dict.fromkeys(one.product for one in sized)
        for one in _leaving(rows, [one for one in sized if one.product == product])
    ]


def _leaving(rows: int, kept: list[_Kept]) -> list[_Kept]:
    """Drop the smallest while what all leave of the whole is small."""
    ordered = sorted(kept, key=lambda one: (-int(one.firms.sum()), one.criterion))
    while ordered and is_small(rows - sum(int(one.firms.sum()) for one in ordered)):
        ordered.pop()
    return ordered


def _hidden_unmet(demand: Demand, kept: list[_Kept]) -> list[_Kept]:
    unmet, rows = int(demand.unmet.sum()), demand.frame.rows
    told: list[_Kept] = []
    for product in dict.fromkeys(one.product for one in kept):
        mine = [one for one in kept if one.product == product]
        safe = [one for one in mine if _is_split(one, unmet, rows)]
        safe.sort(key=lambda one: (-int(one.unmet.sum()), one.criterion))
        while safe and not none_small(
            unmet - sum(int(one.unmet.sum()) for one in safe),
            rows - unmet - sum(int((one.firms & ~one.unmet).sum()) for one in safe),
        ):
            safe.pop()
        names = {one.criterion for one in safe}
        told += [one if one.criterion in names else replace(one, tells_unmet=False, tells_only=False) for one in mine]
    return told


def _is_split(one: _Kept, unmet: int, rows: int) -> bool:
    """Say whether all four of kept out or not, unmet or not, may be told."""
    inside, size = int(one.unmet.sum()), int(one.firms.sum())
    met = rows - unmet
    return none_small(unmet, met, inside, size - inside, unmet - inside, met - (size - inside))


def _hidden_only(demand: Demand, kept: list[_Kept]) -> list[_Kept]:
    """Hide the single ways in that would tell a small rest of the unmet.

    A firm with one way in stands in one barrier's set alone, so these sets are apart from each other and, of different
    products, from the unmet of each other's barriers.
    """
    unmet = int(demand.unmet.sum())
    size = {one.key: (int(one.unmet.sum()), int(one.only.sum())) for one in kept}
    told = {
        one.key for one in kept if one.tells_unmet and none_small(size[one.key][1], size[one.key][0] - size[one.key][1])
    }
    products = {one.product for one in kept}

    def leaves(product: str | None) -> int:
        ours = sum(size[one.key][0] for one in kept if one.product == product and one.tells_unmet)
        return unmet - ours - sum(size[key][1] for key in told if key[0] != product)

    while told and any(is_small(leaves(product)) for product in (None, *products)):
        told.remove(min(told, key=lambda key: (size[key][1], key)))
    return [one if one.key in told else replace(one, tells_only=False) for one in kept]


def _tells(one: Mask, other: Mask) -> bool:
    """Say whether one set holds the other and one to nine more."""
    return is_small(int((one ^ other).sum())) and (not (one & ~other).any() or not (other & ~one).any())


def _tells_parts(one: _Kept, other: _Kept) -> bool:
    return _tells(one.unmet, other.unmet) or _tells(one.firms & ~one.unmet, other.firms & ~other.unmet)


def _written(demand: Demand, one: _Kept) -> ToldBarrier:
    amount = int(demand.amounts_fen[one.unmet].sum())
    return ToldBarrier(
        product=one.product,
        criterion=one.criterion,
        firms=tens(int(one.firms.sum())),
        unmet=tens(int(one.unmet.sum())) if one.tells_unmet else None,
        unmet_fen=two_figures(amount) if one.tells_unmet else None,
        only_way=tens(int(one.only.sum())) if one.tells_only else None,
    )


def _order(one: ToldBarrier) -> tuple[int, int, str, str]:
    """Order by what is told alone: an order by hidden counts would tell of them."""
    return -(one.unmet or 0), -one.firms, one.product, one.criterion
