"""The joint plan of a home: what firms and products want of each other, the orders of both sides, seats and pressure.

A pair's chance once shown, as the ranker tells it, is p·q: q what is granted of such applications, p the rest, which is
the firm's wish. Only pairs that fit are in it, and only the firms that are handed in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from features.columns import ENTERPRISE, PRODUCT
from matching.allocate import NOWHERE, Desk, Preferences, allocate, within_reach
from matching.allocate_measures import firms_seen, outcome, products_seen
from matching.amounts import PPM
from matching.capacity import effective_matches, unread_share
from matching.compile import YES
from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.market_arrays import Bools, Floats, Market, Orders, one_sided
from matching.offered import rows_offered
from matching.pair_table import Fitting, feature_table
from matching.pressure import NEARLY_USED_PPM, TIGHT_PPM
from matching.product import Product
from matching.rank import score, tie
from matching.ranked import Ordering
from matching.two_sided import plan_orders
from matching.two_sided_measures import envies, expected_matches

PLACE, BANK_PLACE = "place", "bank_place"
QUARTER_MONTHS: Final = 3
#: Above this share of it used a quota is tight, from that on nearly used.
TIGHT_ABOVE, NEARLY_USED_FROM = 0.8, 0.9
_PART_PAIRS = 100_000
# A prefecture is remote where at most this share of the banks with desks can be visited.
_REMOTE, _PREFECTURE = 0.25, "prefecture"


@dataclass(frozen=True, slots=True)
class Wants:
    """Firms in order of id, products, and by pair the firm's wish, the chance of a grant and whether it fits."""

    enterprises: tuple[str, ...]
    prefectures: tuple[str | None, ...]
    products: tuple[Product, ...]
    wish: Floats
    grant: Floats
    fits: Bools

    def market(self, tie_key: bytes) -> Market:
        """Return the market; what is equal is told apart by hashes of content, under a key that names no bank."""
        return Market(
            self.wish,
            self.grant,
            self.fits,
            tuple(tie(tie_key, name.encode()) for name in self.enterprises),
            tuple(tie(tie_key, one.content()) + tie(tie_key, one.id.encode()) for one in self.products),
        )


@dataclass(frozen=True, slots=True)
class JointPlan:
    """The places of every pair that fits, by enterprise and product, and what they come to."""

    table: pa.Table
    figures: Mapping[str, float | int]


def wants(
    profiles: pa.Table,
    products: Sequence[Product],
    standing: Mapping[str, float],
    ordering: Ordering | None,
    readable: pa.Table | None = None,
) -> Wants:
    """Return what the firms of `profiles` (in order of id) and the products want of each other.

    Without an ordering wish and grant are both the transparent score. `readable` is what scores may read of the firms,
    where that is less; who fits rests on the whole.
    """
    frame = Frame(profiles)
    blind = frame if readable is None else Frame(readable)
    names = frame.enterprises
    good = np.array([standing.get(name, np.nan) for name in names], dtype=np.float64)
    shape = len(names), len(products)
    wish, grant, fits = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.bool_)
    for part in _parts(products, (frame, blind), good):
        told = _wanted([one for _, one in part], ordering)
        rows = np.concatenate([one.rows for _, one in part])
        columns = np.repeat([place for place, _ in part], [len(one.rows) for _, one in part])
        fits[rows, columns] = True
        wish[rows, columns], grant[rows, columns] = told
    prefectures = profiles.column(_PREFECTURE).to_pylist()
    return Wants(tuple(names), tuple(prefectures), tuple(products), wish, grant, fits)


def joint_plan(wanted: Wants, tie_key: bytes, share_asking: float = 1.0) -> JointPlan:
    """Return the planned orders of both sides with what they come to beside each side's own order.

    `share_asking` is the share of firms that ask within a quarter: of so many, officers read the applications.
    """
    market = wanted.market(tie_key)
    capacity = reading_capacity(wanted.products) / max(share_asking, 1.0 / max(len(wanted.enterprises), 1))
    own, planned = one_sided(market), plan_orders(market, capacity=capacity)
    firm, product = np.nonzero(wanted.fits)
    ids = np.array([one.id for one in wanted.products], dtype=object)
    table = pa.table(
        {
            ENTERPRISE: pa.array([wanted.enterprises[at] for at in firm.tolist()], pa.string()),
            PRODUCT: pa.array(ids[product].tolist(), pa.string()),
            PLACE: pa.array(planned.left_rank[firm, product]),
            BANK_PLACE: pa.array(planned.right_rank[firm, product]),
        }
    ).sort_by([(ENTERPRISE, "ascending"), (PRODUCT, "ascending")])
    figures: dict[str, float | int] = {"firms": len(wanted.enterprises), "products": len(ids), "pairs": len(firm)}
    for name, orders in (("own", own), ("planned", planned)):
        figures |= {f"{name}_{key}": value for key, value in _figures(market, orders, capacity).items()}
    return JointPlan(table, figures)


def reading_capacity(products: Sequence[Product]) -> Floats:
    """Return how many applications of a quarter each product's officers can read; ∞ where nobody tells of a desk.

    Products of one bank share its officers: each gets of them what its quota is of the bank's. A product that does not
    tell of its desk has the middle capacity of those that do: silence gains no place.
    """
    files, quotas = team_files(products), dict.fromkeys((one.bank for one in products), 0)
    for one in products:
        quotas[one.bank] += 0 if one.desk is None else one.desk.quota_loans
    told = [files[one.bank] * one.desk.quota_loans / quotas[one.bank] for one in products if one.desk is not None]
    middle = float(np.median(told)) if told else np.inf
    known = iter(told)
    return np.array([middle if one.desk is None else next(known) for one in products], dtype=np.float64)


def team_files(products: Sequence[Product]) -> dict[str, int]:
    """Return by bank how many files its officers can handle in a quarter; a bank without a desk is left out.

    Products of one bank tell of one team. Where they do not agree, the smallest that is told counts.
    """
    found: dict[str, int] = {}
    for one in products:
        if one.desk is not None:
            files = one.desk.officers * one.desk.files_per_officer_month * QUARTER_MONTHS
            found[one.bank] = min(found.get(one.bank, files), files)
    return found


def seats(wanted: Wants, tie_key: bytes) -> dict[str, float | int]:
    """Return what an allocation of the quarter's seats comes to: products with a desk, where their bank lends."""
    places = [place for place, one in enumerate(wanted.products) if one.desk is not None]
    products = [wanted.products[place] for place in places]
    told = [one.desk for one in products if one.desk is not None]
    if not told:
        return {}
    branches = [frozenset(one.branches) for one in told]
    fits = within_reach(wanted.fits[:, places], branches, wanted.prefectures)
    keys = wanted.market(tie_key)
    right_keys = None if keys.right_keys is None else tuple(keys.right_keys[place] for place in places)
    preferences = Preferences(wanted.wish[:, places], wanted.grant[:, places], fits, keys.left_keys, right_keys)
    desks = [Desk(one.quota_loans, product.bank) for one, product in zip(told, products, strict=True)]
    files = team_files(products)
    found = allocate(preferences, desks, files)
    reached = outcome(preferences, desks, files, found)
    small, remote = _small(products, files), _remote(products, wanted.prefectures)
    banks, firms = products_seen(found, desks, small), firms_seen(found, remote)
    return {
        "seated": int((found.product != NOWHERE).sum()),
        "blocking_pairs": reached.blocking_pairs,
        "unused_quota": reached.unused_quota,
        "unused_files": reached.unused_files,
        "firms_welfare": reached.firms_welfare,
        "banks_welfare": reached.banks_welfare,
        "small_banks_of_seats": banks.of_seats,
        "small_banks_of_quota": banks.of_all,
        "remote_of_seats": firms.of_seats,
        "remote_of_firms": firms.of_all,
    }


def pressures(products: Sequence[Product], grants: Mapping[str, int]) -> dict[str, int]:
    """Return what each product's score loses, in millionths, where its quarter's quota is tight or nearly used.

    Two steps and no line between them: a firm that compares scores learns no more than it is told.

    `grants` is the number of loans granted in the quarter by product. Products far from their quota are left out. One
    that tells of no quota has the middle one of those that do.
    """
    found: dict[str, int] = {}
    quotas = [one.desk.quota_loans for one in products if one.desk is not None]
    for one in products if quotas else ():
        used = grants.get(one.id, 0) / (float(np.median(quotas)) if one.desk is None else one.desk.quota_loans)
        if used > TIGHT_ABOVE:
            found[one.id] = NEARLY_USED_PPM if used >= NEARLY_USED_FROM else TIGHT_PPM
    return found


def _parts(
    products: Sequence[Product], frames: tuple[Frame, Frame], good: Floats
) -> Iterator[list[tuple[int, Fitting]]]:
    """Yield the products that somebody fits, each with its place, in parts of so many pairs as memory holds easily.

    Who fits rests on the first frame, scores on the second.
    """
    frame, blind = frames
    part: list[tuple[int, Fitting]] = []
    for place, product in enumerate(products):
        if not rows_offered(product, frame.table).num_rows:
            continue
        read = judged = evaluate(product, frame, Request())
        if blind is not frame:
            read = evaluate(product, blind, Request())
            read = replace(read, verdict=judged.verdict, first_failing=judged.first_failing)
        rows = np.flatnonzero(judged.verdict == YES)
        if rows.size:
            part.append((place, Fitting(read, score(read, good), rows)))
        if sum(len(one.rows) for _, one in part) >= _PART_PAIRS:
            yield part
            part = []
    if part:
        yield part


def _wanted(fitting: Sequence[Fitting], ordering: Ordering | None) -> tuple[Floats, Floats]:
    """Return wish and grant of the pairs of these products, one after another."""
    if ordering is None:
        plain: Floats = np.concatenate([one.scored.ppm[one.rows] for one in fitting]) / PPM
        return plain, plain
    features = feature_table(fitting, ordering.affinity)
    chance = np.clip(ordering.ranker.chance_score(features), 0.0, 1.0)
    if ordering.acceptance is None:
        return chance, np.ones_like(chance)
    grant = np.clip(ordering.acceptance.granted_chance(features), 0.0, 1.0)
    # Where more is granted and taken than granted, the two models differ; the wish is then certain.
    wish = np.divide(chance, grant, out=np.ones_like(chance), where=grant > chance)
    return wish, grant


def _figures(market: Market, orders: Orders, capacity: Floats) -> dict[str, float | int]:
    return {
        "matches": expected_matches(market, orders),
        "effective_matches": effective_matches(market, orders, capacity),
        "unread_share": unread_share(market, orders, capacity),
        "envies": envies(market, orders),
    }


def _small(products: Sequence[Product], files: Mapping[str, int]) -> Bools:
    """Return the products of banks whose officers handle fewer files than the middle bank's."""
    middle = float(np.median(list(files.values())))
    return np.array([files[one.bank] < middle for one in products], dtype=np.bool_)


def _remote(products: Sequence[Product], prefectures: Sequence[str | None]) -> Bools:
    """Return the firms in prefectures where few of the banks that have branches have one."""
    there: dict[str, set[str]] = {}
    for one in products:
        for place in () if one.desk is None else one.desk.branches:
            there.setdefault(place, set()).add(one.bank)
    banks = {bank for found in there.values() for bank in found}
    few = _REMOTE * len(banks)
    return np.array([place is not None and len(there.get(place, ())) <= few for place in prefectures], dtype=np.bool_)
