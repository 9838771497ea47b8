"""What an allocation comes to: stability, unused quota, welfare of both sides, and who is seen; a bound by HiGHS.

The bound is the linear programme over shares of pairs, firms at most one each, products their quota, teams their files.
Quotas and teams form one family of nested sets, firms another, so its corners are whole (Edmonds 1970, two laminar
families): the bound is the best allocation there is, stable or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from matching.allocate import NOWHERE, Allocation, Desk, Preferences, check_desks
from matching.errors import MarketError
from matching.market_arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an allocation comes to: counts of firms, pairs and seats, and sums of wish and of merit over its pairs."""

    seated: int
    blocking_pairs: int
    unused_quota: int
    unused_files: int
    firms_welfare: float
    banks_welfare: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Of all seats the share that fell to a group, and the share it has of all that could have had one."""

    of_seats: float
    of_all: float


def outcome(
    preferences: Preferences, desks: Sequence[Desk], team_files: Mapping[str, int], allocation: Allocation
) -> Outcome:
    """Return what an allocation comes to."""
    firms = np.flatnonzero(allocation.product != NOWHERE)
    product = allocation.product[firms]
    used_files = dict.fromkeys(team_files, 0)
    for place in product.tolist():
        used_files[desks[place].team] += 1
    return Outcome(
        seated=int(firms.size),
        blocking_pairs=blocking_pairs(preferences, desks, team_files, allocation),
        unused_quota=sum(desk.quota for desk in desks) - int(firms.size),
        unused_files=sum(files - used_files[team] for team, files in team_files.items()),
        firms_welfare=float(preferences.wish[firms, product].sum()),
        banks_welfare=float(preferences.merit[firms, product].sum()),
    )


def blocking_pairs(
    preferences: Preferences, desks: Sequence[Desk], team_files: Mapping[str, int], allocation: Allocation
) -> int:
    """Return how many firms and products would both rather have each other than what they hold.

    The bank would, where the product has a seat and its team a file left, or where the pair stands above the worst that
    the full product, or else the full team, holds.
    """
    check_desks(preferences, desks, team_files)
    wanted, standing = preferences.wanted(), preferences.standing()
    held = allocation.product
    firms = np.flatnonzero(held != NOWHERE)
    now = np.full(len(held), np.iinfo(np.int64).max)
    now[firms] = wanted[firms, held[firms]]
    prefers = (wanted > 0) & (wanted < now[:, np.newaxis])
    worst = _worst_held(standing[firms, held[firms]], held[firms], desks, team_files)
    return int((prefers & (standing < worst)).sum())


def most_welfare(
    preferences: Preferences, desks: Sequence[Desk], team_files: Mapping[str, int], worth: Floats
) -> tuple[Allocation, float]:
    """Return the allocation of most total `worth` (firms × products, any finite numbers) and that total.

    Raises MarketError where HiGHS finds none, which nested quotas above 0 rule out.
    """
    check_desks(preferences, desks, team_files)
    firm, product = np.nonzero(preferences.eligible)
    held = np.full(len(preferences.wish), NOWHERE, dtype=np.int64)
    if not firm.size:
        return Allocation(held), 0.0
    teams = {team: place for place, team in enumerate(sorted(team_files))}
    team = np.array([teams[desk.team] for desk in desks])[product]
    firms, products = preferences.wish.shape
    each = np.arange(firm.size)
    rows = np.concatenate([firm, firms + product, firms + products + team])
    matrix = coo_array((np.ones(rows.size), (rows, np.tile(each, 3))), shape=(firms + products + len(teams), firm.size))
    most = [1] * firms + [desk.quota for desk in desks] + [team_files[name] for name in teams]
    # The simplex ends in a corner, which is whole; an interior point may stand between two that are as good.
    found = linprog(-worth[firm, product], A_ub=matrix.tocsr(), b_ub=np.array(most), bounds=(0, 1), method="highs-ds")
    if not found.success:
        raise MarketError(f"HiGHS found no allocation: {found.message}")
    taken = found.x > 0.5  # noqa: PLR2004 (0 or 1 but for the solver's tolerance)
    held[firm[taken]] = product[taken]
    return Allocation(held), -float(found.fun)


def firms_seen(allocation: Allocation, group: Bools) -> Seen:
    """Return the share of a group of firms (remote counties, say) in the seats, beside its share of all firms."""
    seated = allocation.product != NOWHERE
    return Seen(_share(group[seated]), _share(group))


def products_seen(allocation: Allocation, desks: Sequence[Desk], group: Bools) -> Seen:
    """Return the share of a group of products (small banks', say) in the seats taken, beside its share of all quota."""
    product: Ints = allocation.product[allocation.product != NOWHERE]
    quota = np.array([desk.quota for desk in desks])
    return Seen(_share(group[product]), float(quota[group].sum()) / float(quota.sum()))


def _worst_held(standing: Ints, product: Ints, desks: Sequence[Desk], team_files: Mapping[str, int]) -> Ints:
    """Return by product the standing that a pair must be above to be taken."""
    worst = np.full(len(desks), np.iinfo(np.int64).max)
    team_of = np.array([desk.team for desk in desks])[product]
    for place, desk in enumerate(desks):
        own, of_team = standing[product == place], standing[team_of == desk.team]
        if own.size >= desk.quota:
            worst[place] = own.max()
        elif of_team.size >= team_files[desk.team]:
            worst[place] = of_team.max()
    return worst


def _share(group: Bools) -> float:
    return float(group.mean()) if group.size else 0.0
