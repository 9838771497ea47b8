"""Unmet demand, for those who design products: which requests fit nothing, and which criterion keeps them out.

A request is a row of a frame (a firm on the day it asked) with what it asked for. Every figure is a count of requests
or a sum of exact fen. What leaves the core (`told`, `totals_told`, `matching.told_barriers`) holds no count of one to
nine firms and none from which one follows; for that each firm stands once, with its newest request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from matching.amounts import FEN_PER_YUAN
from matching.compile import CANNOT_TELL, NO, YES
from matching.criteria import EPOCH
from matching.eligibility import Eligibility, Requests, evaluate
from matching.errors import MatchingError
from matching.frame import Frame, Ints, Mask
from matching.labels import CODES, Words
from matching.product import Product
from matching.segments import SALES_BOUNDS_YUAN, days_of, firm_segments
from matching.sentence import money
from matching.small_counts import LEAST_SHOWN, hidden_splits, hidden_within, none_small
from models import affinity

PLACE, INDUSTRY, SIZE = "place", "industry", "size"
GROUPS: Final = (PLACE, INDUSTRY, SIZE)
REQUESTS, UNMET, OPEN, FEW, AMOUNT_FEN = "requests", "unmet", "may_fit_only", "few_products", "unmet_amount_fen"
#: The counts beside the number of requests.
COUNTS: Final = (UNMET, OPEN, FEW)
#: A firm with so few products has little to choose from.
FEW_PRODUCTS: Final = 2
#: What stands for the groups that are too small to be told of one by one.
OTHERS = "others"


@dataclass(frozen=True)
class Demand:
    """Requests judged against a catalogue; rows are requests, columns products in the order given.

    `amounts_fen` is what is asked for, 0 where no amount is.
    """

    frame: Frame
    requests: Requests
    products: tuple[Product, ...]
    judged: tuple[Eligibility, ...]
    fits: Mask
    may_fit: Mask

    @classmethod
    def of(cls, profiles: pa.Table | Frame, requests: Requests, products: Sequence[Product]) -> "Demand":
        """Judge every request by every product that was offered on its day."""
        frame = profiles if isinstance(profiles, Frame) else Frame(profiles)
        judged = tuple(evaluate(product, frame, requests) for product in products)
        shape = (frame.rows, len(products))
        fits, may_fit = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        for place, one in enumerate(judged):
            offered = offered_on_day(one.product, frame)
            fits[:, place], may_fit[:, place] = (one.verdict == YES) & offered, (one.verdict == CANNOT_TELL) & offered
        return cls(frame, requests, tuple(products), judged, fits, may_fit)

    @property
    def unmet(self) -> Mask:
        """Say which requests fit nothing."""
        return np.asarray(~self.fits.any(axis=1))

    @property
    def few(self) -> Mask:
        """Say which requests fit one or two products only."""
        count = self.fits.sum(axis=1)
        return np.asarray((count > 0) & (count <= FEW_PRODUCTS))

    def require_once(self) -> None:
        """Raise `MatchingError` where a firm stands in two rows: what is told would not be a count of firms."""
        if len(set(self.frame.enterprises)) < self.frame.rows:
            raise MatchingError("a firm stands more than once among the requests to be told of")

    @property
    def amounts_fen(self) -> Ints:
        """Return what is asked for."""
        return self.requests.amounts_fen


@dataclass(frozen=True, slots=True)
class Barrier:
    """A criterion that alone keeps requests out of a product: without it they would fit.

    `requests` counts those kept out, `unmet` those among them that fit nothing, with their amount; `only_way` those of
    the unmet that no other criterion of any product alone keeps out.
    """

    product: str
    criterion: str
    requests: int
    unmet: int
    unmet_fen: int
    only_way: int


def by_group(demand: Demand, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """Return a row per group: its codes, `REQUESTS`, the `COUNTS` and the unmet amount in fen.

    `OPEN` counts those of the unmet that something may fit, `FEW` the requests that fit one or two products.
    `groups` are among `GROUPS`; a code that is not known is "". Rows are in order of codes.
    """
    segments = firm_segments(demand.frame)
    codes = {PLACE: segments[affinity.PREFECTURE], INDUSTRY: segments[affinity.SECTION], SIZE: segments[affinity.SIZE]}
    unmet = demand.unmet
    table = pd.DataFrame({name: np.asarray(codes[name], dtype=str) for name in groups})
    table[REQUESTS] = 1
    table[UNMET] = unmet.astype(np.int64)
    table[OPEN] = (unmet & demand.may_fit.any(axis=1)).astype(np.int64)
    table[FEW] = demand.few.astype(np.int64)
    table[AMOUNT_FEN] = np.where(unmet, demand.amounts_fen, 0)
    return table.groupby(list(groups), as_index=False, sort=True).sum()


def told(table: pd.DataFrame, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """Return the table, of a row per firm, as it may be shown: no count of one to nine, and none that follows.

    Groups of fewer than ten firms are merged into `OTHERS`, with the smallest other group where they are still too few.
    Of what is left a count is <NA> where it or the rest of its row is one to nine, and so are others until those hidden
    add up to ten; the amount and `OPEN` go with `UNMET`. The totals may be told beside the table (`totals_told`).
    """
    shown = _merged(table, groups).astype(dict.fromkeys([*COUNTS, AMOUNT_FEN], "Int64"))
    requests, unmet, may_fit, few = (shown[name].to_numpy(dtype=np.int64) for name in (REQUESTS, *COUNTS))
    hidden = hidden_splits(unmet, requests)
    shown.loc[hidden, [UNMET, AMOUNT_FEN]] = pd.NA
    shown.loc[hidden_within(may_fit, unmet, hidden), OPEN] = pd.NA
    is_split = none_small(int(unmet.sum()), int((requests - unmet).sum()))
    # Where nothing is told of the unmet, the few are a part of all.
    of_few = hidden_within(few, requests - unmet, hidden) if is_split else hidden_splits(few, requests)
    shown.loc[of_few, FEW] = pd.NA
    return shown


def totals_told(table: pd.DataFrame) -> dict[str, int | None]:
    """Return the sums of a table of `by_group`, of a row per firm, as they may be told; None is untold."""
    sums = {name: int(table[name].sum()) for name in (REQUESTS, *COUNTS, AMOUNT_FEN)}
    requests, unmet, may_fit, few = (sums[name] for name in (REQUESTS, *COUNTS))
    is_split = none_small(requests, unmet, requests - unmet)
    tells = {
        REQUESTS: none_small(requests),
        UNMET: is_split,
        OPEN: is_split and none_small(may_fit, unmet - may_fit),
        FEW: none_small(requests, few, requests - few - (unmet if is_split else 0)),
        AMOUNT_FEN: is_split,
    }
    return {name: total if tells[name] else None for name, total in sums.items()}


def barriers(demand: Demand) -> list[Barrier]:
    """Return, by product and criterion, the requests that this criterion alone keeps out; most unmet first."""
    unmet = demand.unmet
    found = kept_out(demand)
    ways = ways_in(demand, [mask for _, _, mask in found])
    counted = [
        Barrier(
            product=product.id,
            criterion=name,
            requests=int(mask.sum()),
            unmet=int((mask & unmet).sum()),
            unmet_fen=int(demand.amounts_fen[mask & unmet].sum()),
            only_way=int((mask & unmet & (ways == 1)).sum()),
        )
        for product, name, mask in found
    ]
    return sorted(counted, key=lambda one: (-one.unmet, -one.requests, one.product, one.criterion))


def kept_out(demand: Demand) -> list[tuple[Product, str, Mask]]:
    """Return product, criterion and the requests that it alone keeps out, of those that keep out any."""
    found = (
        (product, name, mask & offered_on_day(product, demand.frame))
        for product, one in zip(demand.products, demand.judged, strict=True)
        for name, mask in kept_out_alone(one)
    )
    return [(product, name, mask) for product, name, mask in found if mask.any()]


def ways_in(demand: Demand, masks: Sequence[Mask]) -> Ints:
    """Return for each request how many criteria, of any product, alone keep it out."""
    return np.sum(masks, axis=0, dtype=np.int64) if masks else np.zeros(demand.frame.rows, dtype=np.int64)


def group_words(group: str, code: str) -> Words:
    """Word a code of a group."""
    if code == OTHERS:
        return Words("其他（合并）", "others, merged")
    if not code:
        return Words("未知", "not known")
    if group == SIZE:
        return _sales_band(int(code)) if code.isdecimal() else Words("未知", "not known")
    name = "prefecture" if group == PLACE else "industry_section"
    return CODES[name].get(code) or Words(code, code)


def offered_on_day(product: Product, frame: Frame) -> Mask:
    """Say in which rows the product was already offered."""
    if product.offered_from is None:
        return np.ones(frame.rows, dtype=np.bool_)
    return np.asarray(days_of(frame) >= (product.offered_from - EPOCH).days)


def kept_out_alone(one: Eligibility) -> list[tuple[str, Mask]]:
    """Return by criterion the rows in which it fails and every other holds."""
    fails = one.clause_verdicts == NO
    alone = (fails.sum(axis=1) == 1) & ~(one.clause_verdicts == CANNOT_TELL).any(axis=1)
    return [(name, fails[:, place] & alone) for place, name in enumerate(one.clause_ids)]


def _merged(table: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    small = table[REQUESTS] < LEAST_SHOWN
    for place in table.loc[~small].sort_values([REQUESTS, *groups]).index:
        if not small.any() or table.loc[small, REQUESTS].sum() >= LEAST_SHOWN:
            break
        small.loc[place] = True
    shown, merged = table.loc[~small], table.loc[small]
    if merged[REQUESTS].sum() < LEAST_SHOWN:
        return shown.reset_index(drop=True)
    sums = merged[[REQUESTS, *COUNTS, AMOUNT_FEN]].sum()
    others: dict[str, object] = dict.fromkeys(groups, OTHERS) | {str(name): sums[name] for name in sums.index}
    return pd.concat([shown, pd.DataFrame([others])], ignore_index=True)


def _sales_band(place: int) -> Words:
    bounds = [money(bound * FEN_PER_YUAN) for bound in SALES_BOUNDS_YUAN]
    if place == 0:
        return Words(f"年开票销售额{bounds[0].zh}及以下", f"yearly sales up to {bounds[0].en}")
    if place >= len(bounds):
        return Words(f"年开票销售额{bounds[-1].zh}以上", f"yearly sales above {bounds[-1].en}")
    low, high = bounds[place - 1], bounds[place]
    return Words(f"年开票销售额{low.zh}至{high.zh}", f"yearly sales from {low.en} to {high.en}")
