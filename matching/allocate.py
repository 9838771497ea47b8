"""Many-to-one deferred acceptance: firms propose; products take under their quota, banks under what officers can read.

A bank's choice among the contracts offered to it is the greedy one by its merit, under the quota of each product and
the files of each team: a laminar matroid, whose greedy choice makes the result stable (Hatfield and Milgrom 2005,
"Matching with Contracts"; Kamada and Kojima 2015 for quotas within quotas). Nothing here is money: an allocation is a
seat for a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.errors import MarketError
from matching.market_arrays import Bools, Floats, Ints, places

#: The place in an allocation of a firm that has none.
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands behind one product: loans it may grant in the term, and the team of officers that reads its files."""

    quota: int
    team: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How much each firm wants each product and each product each firm (firms × products), and who may meet.

    `eligible` includes that the bank lends where the firm is. Keys break ties (None: content, then position).
    """

    wish: Floats
    merit: Floats
    eligible: Bools
    firm_keys: tuple[str, ...] | None = None
    product_keys: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """The product of each firm as its place among the products, or NOWHERE."""

    product: Ints


def allocate(preferences: Preferences, desks: Sequence[Desk], team_files: dict[str, int]) -> Allocation:
    """Return the stable allocation that firms like best.

    `team_files` is how many files each team can handle in the term. Raises MarketError where a quota or a team's
    number of files is not a positive whole number.
    """
    _check(preferences, desks, team_files)
    wanted = places(preferences.wish, preferences.eligible)
    count = np.where(wanted > 0, wanted, np.iinfo(np.int64).max)
    order = np.argsort(count, axis=1, kind="stable")
    listed = preferences.eligible.sum(axis=1)
    held = np.full(len(wanted), NOWHERE, dtype=np.int64)
    next_one = np.zeros(len(wanted), dtype=np.int64)
    while True:
        asking = np.flatnonzero((held == NOWHERE) & (next_one < listed))
        if not asking.size:
            return Allocation(held)
        held[asking] = order[asking, next_one[asking]]
        next_one[asking] += 1
        held = _chosen(held, preferences, desks, team_files)


def _chosen(held: Ints, preferences: Preferences, desks: Sequence[Desk], team_files: dict[str, int]) -> Ints:
    offers = np.flatnonzero(held != NOWHERE)
    merit = preferences.merit[offers, held[offers]]
    left = {place: desk.quota for place, desk in enumerate(desks)}
    files = dict(team_files)
    kept = np.full_like(held, NOWHERE)
    for firm in offers[np.argsort(-merit, kind="stable")].tolist():
        product = int(held[firm])
        team = desks[product].team
        if left[product] > 0 and files[team] > 0:
            left[product] -= 1
            files[team] -= 1
            kept[firm] = product
    return kept


def _check(preferences: Preferences, desks: Sequence[Desk], team_files: dict[str, int]) -> None:
    if not preferences.wish.shape == preferences.merit.shape == preferences.eligible.shape:
        raise MarketError("wish, merit and eligible are not of one shape")
    if preferences.wish.shape[1] != len(desks):
        raise MarketError(f"{preferences.wish.shape[1]} products, {len(desks)} desks")
    for place, desk in enumerate(desks):
        if desk.quota <= 0:
            raise MarketError(f"product {place + 1}: a quota of {desk.quota} is no positive number of loans")
        if desk.team not in team_files:
            raise MarketError(f"product {place + 1}: team {desk.team} is not told how many files it can handle")
    for team, files in team_files.items():
        if files <= 0:
            raise MarketError(f"team {team}: {files} is no positive number of files")
