"""Both sides of the province's market under several ways to order lists, judged by the latent truth.

A market is one bucket and one held-out month: its requests and the products that fit each. The firm is shown a list of
products, each product's officers a list of firms, ordered by a policy. Every policy meets the same requests, the same
draws and the same rules (`matching.province.sides_study_play`). What a policy reads is the models' view alone; only the
oracle reads the truth.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from features.columns import ENTERPRISE, PRODUCT, REQUEST_NO, REQUESTED_ON
from matching.allocate import NOWHERE, Desk, Preferences, allocate
from matching.frame import Floats, Ints, Mask
from matching.market_arrays import Attention, Market, Orders, places
from matching.product import Product
from matching.province.banks import bank, has_branch
from matching.province.calibration import PRESET, MarketSettings
from matching.province.draws import Draws
from matching.province.reference import places as known_places
from matching.two_sided import plan_orders, with_own_first
from models.affinity import POPULARITY_PRODUCT, POPULARITY_SEGMENT

_ALMOST_NEVER: Final = 1e-6
_PLACE = slice(7, 13)  # of `uscc:` and the unified social credit code: the county
_MONTHS_OF_A_QUARTER: Final = 3


class Policy(StrEnum):
    """A way to order the lists of both sides."""

    random = "random"
    rule_only = "rule only"
    popularity = "popularity"
    ranker = "ranker"
    allocation = "ranker + allocation"
    joint = "ranker + joint order"
    oracle = "oracle (truth, joint order)"


#: What plans what is shown: these are to lose least.
PLANNED: Final = (Policy.allocation, Policy.joint)


@dataclass(frozen=True, slots=True)
class Views:
    """What is known of a market's pairs (requests × products), 0 where a product does not fit.

    `order` is the ranker's score within a request (−∞ where it does not fit), `chance` its chance to be granted and
    taken once shown, `granted` what the grant model tells; popularity is by product and by the firm's segment.
    """

    order: Floats
    chance: Floats
    granted: Floats
    popular_product: Floats
    popular_firm: Floats


@dataclass(frozen=True, slots=True)
class MonthMarket:
    """One bucket in one month; rows are requests, columns the products offered, both in order of their ids.

    `grant` and `take` are the latent chances. `team` is each product's bank as a place in `teams`.
    """

    bucket: int
    month: int
    requests: tuple[str, ...]
    counties: tuple[str, ...]
    products: tuple[Product, ...]
    teams: tuple[str, ...]
    team: Ints
    eligible: Mask
    grant: Floats
    take: Floats
    views: Views

    @property
    def quarter(self) -> int:
        """The quarter that the month lies in, whose quota it shares."""
        return self.month // _MONTHS_OF_A_QUARTER


@dataclass(frozen=True, slots=True)
class Teams:
    """What the teams of one bucket can do: grants a quarter, files a month."""

    quota: Ints
    files: Ints

    @classmethod
    def of(cls, teams: Sequence[str], settings: MarketSettings = PRESET) -> "Teams":
        """Return the teams as the province's own market has them."""
        officers = np.array([bank(one).officers for one in teams])
        return cls(
            np.ceil(settings.grants_per_officer * officers).astype(np.int64),
            np.ceil(settings.files_per_officer * officers).astype(np.int64),
        )


def month_markets(
    rows: pd.DataFrame, scores: Mapping[str, Floats], products: Sequence[Product], buckets: Mapping[str, int]
) -> Iterator[MonthMarket]:
    """Yield the markets of choice-set rows, by bucket and month.

    `scores` has per row: order, chance, granted (the models') and grant, both (the truth: granted, granted and taken).
    `buckets` gives the bucket of each enterprise. Rows may come in any order.
    """
    table = rows[[ENTERPRISE, REQUEST_NO, REQUESTED_ON, PRODUCT, POPULARITY_PRODUCT, POPULARITY_SEGMENT]].assign(
        **{f"score_{name}": values for name, values in scores.items()}
    )
    months = table[REQUESTED_ON].to_numpy(dtype="datetime64[M]").astype(np.int64)
    keys = [table[ENTERPRISE].map(buckets).to_numpy(dtype=np.int64), months - (months.min() if len(months) else 0)]
    offered = tuple(sorted(products, key=lambda one: one.id))
    groups = pd.MultiIndex.from_arrays(keys)
    for bucket, month in sorted(set(groups)):
        yield _market(bucket, month, table[groups == (bucket, month)], offered)


def _market(bucket: int, month: int, part: pd.DataFrame, products: tuple[Product, ...]) -> MonthMarket:
    request = part[ENTERPRISE] + "\n" + part[REQUEST_NO]
    requests = tuple(sorted(set(request)))
    row = pd.Index(requests).get_indexer(pd.Index(request))
    column = pd.Index([one.id for one in products]).get_indexer(pd.Index(part[PRODUCT]))
    teams = tuple(sorted({one.bank for one in products}))

    def laid(name: str, outside: float = 0.0) -> Floats:
        grid = np.full((len(requests), len(products)), outside)
        grid[row, column] = np.nan_to_num(part[name].to_numpy(dtype=np.float64))
        return grid

    eligible = np.zeros((len(requests), len(products)), dtype=np.bool_)
    eligible[row, column] = True
    grant = laid("score_grant")
    return MonthMarket(
        bucket=bucket,
        month=month,
        requests=requests,
        counties=tuple(one[_PLACE] for one in requests),
        products=products,
        teams=teams,
        team=np.array([teams.index(one.bank) for one in products], dtype=np.int64),
        eligible=eligible,
        grant=grant,
        take=np.divide(laid("score_both"), grant, out=np.zeros_like(grant), where=grant > 0),
        views=Views(
            order=laid("score_order", -np.inf),
            chance=laid("score_chance"),
            granted=laid("score_granted"),
            popular_product=laid(POPULARITY_PRODUCT),
            popular_firm=laid(POPULARITY_SEGMENT),
        ),
    )


def orders(policy: Policy, market: MonthMarket, teams: Teams, seed: int) -> Orders:
    """Return what a policy shows: each request's order of the products that fit, each product's order of the firms."""
    views, mask = market.views, market.eligible
    if policy is Policy.allocation:
        return _allocated(market, teams)
    if policy is Policy.joint:
        return _planned(market, teams, views.granted, _taken_if_granted(views))
    if policy is Policy.oracle:
        return _planned(market, teams, market.grant, market.take)
    left, right = _scores(policy, market, seed)
    return _both(left, right, mask)


def _scores(policy: Policy, market: MonthMarket, seed: int) -> tuple[Floats, Floats]:
    """Return what orders the products of a firm and the firms of a product, higher first."""
    views, shape = market.views, market.eligible.shape
    if policy is Policy.random:
        rng = Draws(seed, market.bucket).rng("sides order", market.month)
        return rng.random(shape), rng.random(shape)
    if policy is Policy.popularity:
        return views.popular_product, views.popular_firm
    if policy is Policy.ranker:
        return views.order, views.chance
    by_product, by_firm = -np.arange(shape[1], dtype=np.float64), -np.arange(shape[0], dtype=np.float64)
    return np.broadcast_to(by_product[None, :], shape), np.broadcast_to(by_firm[:, None], shape)


def _both(left: Floats, right: Floats, mask: Mask) -> Orders:
    return Orders(places(left, mask), places(right.T, mask.T).T)


def _taken_if_granted(views: Views) -> Floats:
    """Return the chance that a pair is wanted: to be granted and taken, over to be granted."""
    return np.minimum(views.chance / np.maximum(views.granted, _ALMOST_NEVER), 1.0)


def _allocated(market: MonthMarket, teams: Teams) -> Orders:
    """Return the ranker's orders led by a stable allocation: a seat at one product each, where the bank has a branch.

    Each request's product stands first in its list, each product's firms first in its own, by the chance.
    """
    views, reached = market.views, market.eligible & _within_reach(market)
    desks = [Desk(int(teams.files[one]), market.teams[one]) for one in market.team]
    files = {name: int(teams.files[place]) for place, name in enumerate(market.teams)}
    seats = allocate(
        Preferences(views.order, views.chance, reached, market.requests, _ids(market)), desks, files
    ).product
    seated = (seats[:, None] == np.arange(len(market.products))[None, :]) & (seats != NOWHERE)[:, None]
    return _both(
        _led(views.order, seated, market.eligible), _led(views.chance, seated, market.eligible), market.eligible
    )


def _planned(market: MonthMarket, teams: Teams, granted: Floats, taken: Floats) -> Orders:
    """Return the joint plan under what each product's officers can read, each firm's own first choice among three.

    Planned for attention that falls faster than the province's does: on development seeds (7 and 11) it lost less on
    both sides than a plan for 1/log₂, which is nearer to the province's.
    """
    mask = market.eligible
    plan = Market(taken * mask, granted * mask, mask, market.requests, _ids(market))
    return with_own_first(plan, plan_orders(plan, Attention.inverse, capacity=_files_of_products(market, teams)))


def _files_of_products(market: MonthMarket, teams: Teams) -> Floats:
    """Return each product's share of its team's files, by how many requests it fits; at least one."""
    fitting = market.eligible.sum(axis=0).astype(np.float64)
    of_team = np.bincount(market.team, weights=fitting, minlength=len(market.teams))
    share = fitting / np.maximum(of_team[market.team], 1.0)
    return np.asarray(np.maximum(teams.files[market.team] * share, 1.0))


def _led(score: Floats, first: Mask, mask: Mask) -> Floats:
    """Return the scores with those of `first` above all others."""
    known = score[mask]
    span = float(known.max(initial=0.0) - known.min(initial=0.0)) + 1.0
    return np.where(first, score + span, score)


def _within_reach(market: MonthMarket) -> Mask:
    """Say where a bank works online or has a branch in the firm's prefecture."""
    banks = [bank(one) for one in market.teams]
    prefectures = [f"{county[:4]}00" for county in market.counties]
    home = np.array([known_places().prefectures.index(one) for one in prefectures], dtype=np.int64)
    near = has_branch(banks)[:, home].T | np.array([one.online for one in banks])[None, :]
    return np.asarray(near[:, market.team])


def _ids(market: MonthMarket) -> tuple[str, ...]:
    return tuple(one.id for one in market.products)
