"""What comes of the lists that both sides are shown: looks, files, grants and loans, the same rules for every policy.

A firm looks at a place of its list with the attention that the province's market gives it, and asks for what it wants
(the latent chance to take). An officer looks at a firm's place in the product's list with the same attention. Where
both look and the firm wants, there is a file. A team reads its files in order of place until the month's capacity is
used: what it cannot read is overload, and comes to nothing. It grants what it would (latent chance) while the quarter's
quota has room. A firm takes at most one loan, the one that it likes best. All draws are of the pair, whatever the
order (common random numbers); `REPEATS` of them are averaged.

Regret of a side is the share that its agents lose of what each could expect if the market were its own: its list in the
true order, everybody looking, nobody before it. Nobody can have all of that at once: the oracle's row says how much can
be had.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.frame import Floats, Ints, Mask
from matching.market_arrays import Orders
from matching.province.banks import has_branch, known_banks
from matching.province.calibration import PRESET
from matching.province.draws import Draws
from matching.province.reference import places
from matching.province.sides_study import MonthMarket, Policy, Teams, orders

REPEATS: Final = 20
#: A bank is small up to so many officers for 5,000 firms.
SMALL_OFFICERS: Final = 4
#: A county is remote where no more banks have a branch in its prefecture.
REMOTE_BANKS: Final = 3


@dataclass(frozen=True, slots=True)
class Sides:
    """What a policy came to; all shares from 0 to 1 but `loans`, which counts.

    `firm_regret` and `bank_regret` are means over requests and over product lists. `unused` is the share of the quota
    in which no loan was made, `overload` the share of files beyond what the teams can read. `small_banks` is the share
    of firms' attention that products of small banks get, `remote` that of officers' attention that firms of remote
    counties get.
    """

    firm_regret: float
    bank_regret: float
    loans: float
    unused: float
    overload: float
    small_banks: float
    remote: float


@dataclass(frozen=True, slots=True)
class _Played:
    """Of one market: loans by pair, files and overload by team, attention by pair of both sides."""

    loans: Floats
    files: float
    overload: float
    firm_attention: Floats
    bank_attention: Floats


def attention(places_in_list: Ints) -> Floats:
    """Return how much attention places get, as in the province's market; 0 where there is no place."""
    fall = PRESET.attention_fall
    return np.where(places_in_list > 0, 1.0 / (1.0 + fall * (np.maximum(places_in_list, 1) - 1)), 0.0)


def compare_policies(markets: Iterable[MonthMarket], seed: int) -> dict[Policy, Sides]:
    """Return what each policy comes to over all markets of a province."""
    by_bucket: dict[int, list[MonthMarket]] = defaultdict(list)
    for market in markets:
        by_bucket[market.bucket].append(market)
    return {
        policy: _sides([(market, one) for part in by_bucket.values() for market, one in _season(policy, part, seed)])
        for policy in Policy
    }


def _season(policy: Policy, markets: list[MonthMarket], seed: int) -> list[tuple[MonthMarket, _Played]]:
    """Play a bucket's months one after the other; a quarter's grants use up its quota."""
    teams = Teams.of(markets[0].teams)
    used: dict[int, Ints] = {}
    found = []
    for market in sorted(markets, key=lambda one: one.month):
        left = used.setdefault(market.quarter, np.zeros((REPEATS, len(market.teams)), dtype=np.int64))
        found.append((market, _played(market, _shown(orders(policy, market, teams, seed)), teams, left, seed)))
    return found


def _shown(whole: Orders) -> Orders:
    """Cut the firms' lists at what is shown at most."""
    return Orders(np.where(whole.left_rank <= PRESET.shown_most, whole.left_rank, 0), whole.right_rank)


def _played(market: MonthMarket, shown: Orders, teams: Teams, used: Ints, seed: int) -> _Played:
    looks_firm, looks_bank = attention(shown.left_rank), attention(shown.right_rank)
    draws = Draws(seed, market.bucket)
    loans, files, over = np.zeros(market.grant.shape), 0, 0
    for repeat in range(REPEATS):
        drawn = {name: draws.rng(f"sides {name}/{market.month}", repeat).random(market.grant.shape) for name in _DRAWN}
        file = (drawn["firm looks"] < looks_firm) & (drawn["bank looks"] < looks_bank) & (drawn["takes"] < market.take)
        read = first_by_place(file, shown.right_rank, market.team, teams.files)
        granted = _granted(
            read & (drawn["grants"] < market.grant), shown.right_rank, market.team, teams.quota, used[repeat]
        )
        loans += taken(granted, market.take - drawn["takes"])
        files += int(file.sum())
        over += int(file.sum()) - int(read.sum())
    return _Played(loans / REPEATS, files / REPEATS, over / REPEATS, looks_firm, looks_bank)


_DRAWN = ("firm looks", "bank looks", "takes", "grants")


def _granted(would: Mask, place: Ints, team: Ints, quota: Ints, used: Ints) -> Mask:
    """Return what is granted within the quarter's quota; `used` is brought up to date."""
    found = first_by_place(would, place, team, quota - used)
    used += np.bincount(team[np.nonzero(found)[1]], minlength=len(quota))
    return found


def first_by_place(wanted: Mask, place: Ints, team: Ints, most: Ints) -> Mask:
    """Return those of the wanted pairs that each team reaches: in order of place, request and product, at most so many.

    `wanted` and `place` are requests × products, `team` is by product, `most` by team.
    """
    row, column = np.nonzero(wanted)
    order = np.lexsort((column, row, place[row, column], team[column]))
    row, column = row[order], column[order]
    of_team = team[column]
    start = np.searchsorted(of_team, np.arange(len(most)))
    number = np.arange(len(of_team)) - start[of_team]
    kept = number < most[of_team]
    found = np.zeros_like(wanted)
    found[row[kept], column[kept]] = True
    return found


def taken(granted: Mask, liking: Floats) -> Floats:
    """Return 1 for the granted pair that each request likes best."""
    liked = np.where(granted, liking, -np.inf)
    best = liked.argmax(axis=1)
    found = np.zeros(granted.shape)
    rows = np.flatnonzero(granted.any(axis=1))
    found[rows, best[rows]] = 1.0
    return found


def _sides(played: list[tuple[MonthMarket, _Played]]) -> Sides:
    firm, desk = [], []
    for market, one in played:
        chance = market.grant * market.take
        firm.append(_kept(one.loans, chance, market.eligible, most=PRESET.shown_most, at_most_one=True))
        desk.append(_kept(one.loans.T, chance.T, market.eligible.T))
    loans = sum(float(one.loans.sum()) for _, one in played)
    files = sum(one.files for _, one in played)
    quota = _quota([market for market, _ in played])
    return Sides(
        firm_regret=1 - float(np.concatenate(firm).mean()),
        bank_regret=1 - float(np.concatenate(desk).mean()),
        loans=loans,
        unused=1 - loans / quota,
        overload=sum(one.overload for _, one in played) / max(files, 1.0),
        small_banks=_share(played, "firm_attention", _small),
        remote=_share(played, "bank_attention", _remote),
    )


def _kept(
    loans: Floats, chance: Floats, eligible: Mask, *, most: int | None = None, at_most_one: bool = False
) -> Floats:
    """Return for each agent of the rows that has a pair its loans as a share of what it could expect alone.

    Alone it is shown `most` (None: all) in the true order, and everybody on the other side looks.
    """
    listed = -np.sort(-np.where(eligible, chance, 0.0), axis=1)[:, :most]
    seen = listed * attention(np.arange(1, listed.shape[1] + 1))[None, :]
    alone = 1 - np.prod(1 - seen, axis=1) if at_most_one else seen.sum(axis=1)
    has = alone > 0
    return np.asarray(loans.sum(axis=1)[has] / alone[has])


def _quota(markets: list[MonthMarket]) -> float:
    quarters = {(one.bucket, one.quarter): one for one in markets}
    return float(sum(Teams.of(one.teams).quota.sum() for one in quarters.values()))


def _share(played: list[tuple[MonthMarket, _Played]], side: str, chosen: Callable[[MonthMarket], Mask]) -> float:
    pairs = [(getattr(one, side), chosen(market)) for market, one in played]
    return sum(float((seen * mine).sum()) for seen, mine in pairs) / sum(float(seen.sum()) for seen, _ in pairs)


def _small(market: MonthMarket) -> Mask:
    small = {one.id for one in known_banks().values() if one.officers <= SMALL_OFFICERS}
    return np.array([[one.bank in small for one in market.products]], dtype=np.bool_)


def _remote(market: MonthMarket) -> Mask:
    branches = has_branch(list(known_banks().values())).sum(axis=0)
    few = {place for place, count in zip(places().prefectures, branches.tolist(), strict=True) if count <= REMOTE_BANKS}
    return np.array([[f"{county[:4]}00" in few] for county in market.counties], dtype=np.bool_)
