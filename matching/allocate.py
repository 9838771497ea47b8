"""Many-to-one deferred acceptance: firms propose; products take under their quota, banks under what officers can read.

A bank's choice among the applications made to it is the greedy one by its merit, under the quota of each product and
the files of each team: a laminar matroid, whose greedy choice makes the result stable and, of all stable ones, the one
that firms like best (Hatfield and Milgrom 2005, "Matching with Contracts"; Kamada and Kojima 2015 for quotas within
quotas). An allocation is a seat for a file, no promise of money: the bank still decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.errors import MarketError
from matching.market_arrays import Bools, Floats, Ints, Market, places

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

    `eligible` is of the criteria and of where the bank lends (`within_reach`). Both sides rank strictly: what is equal
    is told apart by keys (None: by content, then position).
    """

    wish: Floats
    merit: Floats
    eligible: Bools
    firm_keys: tuple[str, ...] | None = None
    product_keys: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Raise MarketError where shapes differ or a number is none."""
        if not self.wish.shape == self.merit.shape == self.eligible.shape or self.wish.ndim != 2:  # noqa: PLR2004
            raise MarketError("wish, merit and eligible are not of one shape, firms × products")
        for name, values in (("wish", self.wish), ("merit", self.merit)):
            wrong = self.eligible & ~np.isfinite(values)
            if wrong.any():
                row, column = np.argwhere(wrong)[0].tolist()
                raise MarketError(f"{name}[{row}, {column}] is {values[row, column]}, no number")

    def wanted(self) -> Ints:
        """Return the place of each product in each firm's order, from 1; 0 where they may not meet."""
        rows, columns = self._own_order()
        return _back(places(self.wish[np.ix_(rows, columns)], self.eligible[np.ix_(rows, columns)]), rows, columns)

    def standing(self) -> Ints:
        """Return the place of each pair among all by merit, from 1; 0 where they may not meet."""
        rows, columns = self._own_order()
        at = np.ix_(rows, columns)
        flat = places(self.merit[at].reshape(1, -1), self.eligible[at].reshape(1, -1))
        return _back(flat.reshape(self.merit.shape), rows, columns)

    def _own_order(self) -> tuple[Ints, Ints]:
        if 0 in self.wish.shape:
            return np.arange(self.wish.shape[0]), np.arange(self.wish.shape[1])
        wish, merit = (_as_share(values, self.eligible) for values in (self.wish, self.merit))
        return Market(wish, merit, self.eligible, self.firm_keys, self.product_keys).own_order()


@dataclass(frozen=True, slots=True)
class Allocation:
    """The product of each firm as its place among the products, or NOWHERE."""

    product: Ints


def allocate(preferences: Preferences, desks: Sequence[Desk], team_files: Mapping[str, int]) -> Allocation:
    """Return the stable allocation that firms like best.

    `team_files` is how many files each team can handle in the term of the quotas. Raises MarketError where a quota or a
    team's number of files is not a positive whole number, or a product's team is not named.
    """
    check_desks(preferences, desks, team_files)
    wanted, standing = preferences.wanted(), preferences.standing()
    listed = (wanted > 0).sum(axis=1)
    order = np.argsort(np.where(wanted > 0, wanted, np.iinfo(np.int64).max), axis=1, kind="stable")
    held = np.full(len(wanted), NOWHERE, dtype=np.int64)
    asked = np.zeros(len(wanted), dtype=np.int64)
    while True:
        asking = np.flatnonzero((held == NOWHERE) & (asked < listed))
        if not asking.size:
            return Allocation(held)
        held[asking] = order[asking, asked[asking]]
        asked[asking] += 1
        _turn_away(held, standing, desks, team_files)


def within_reach(eligible: Bools, branches: Sequence[frozenset[str]], at: Sequence[str | None]) -> Bools:
    """Return the pairs in which the bank also lends where the firm is: it has a branch there, or none and is online.

    `branches` by product, `at` the prefecture of each firm; one whose prefecture is not known is reached online alone.
    """
    reached = np.array([[not held or place in held for held in branches] for place in at], dtype=np.bool_)
    return eligible & reached.reshape(eligible.shape)


def check_desks(preferences: Preferences, desks: Sequence[Desk], team_files: Mapping[str, int]) -> None:
    """Raise MarketError where quotas and files cannot be worked with."""
    if preferences.wish.shape[1] != len(desks):
        raise MarketError(f"{preferences.wish.shape[1]} products, {len(desks)} desks")
    for number, desk in enumerate(desks, start=1):
        if desk.quota <= 0:
            raise MarketError(f"product {number}: a quota of {desk.quota} is no positive number of loans")
        if desk.team not in team_files:
            raise MarketError(f"product {number}: how many files team {desk.team} can handle is not told")
    for team, files in team_files.items():
        if files <= 0:
            raise MarketError(f"team {team}: {files} is no positive number of files")


def _turn_away(held: Ints, standing: Ints, desks: Sequence[Desk], team_files: Mapping[str, int]) -> None:
    """Let each bank keep the best of what it holds, in place."""
    offers = np.flatnonzero(held != NOWHERE)
    seats = [desk.quota for desk in desks]
    files = dict(team_files)
    for firm in offers[np.argsort(standing[offers, held[offers]])].tolist():
        product = int(held[firm])
        team = desks[product].team
        if seats[product] > 0 and files[team] > 0:
            seats[product] -= 1
            files[team] -= 1
        else:
            held[firm] = NOWHERE


def _as_share(values: Floats, eligible: Bools) -> Floats:
    """Return values moved into [0, 1] without changing their order, 0 where they do not count."""
    known = values[eligible]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    spread = high - low
    return np.where(eligible, np.clip((values - low) / spread, 0.0, 1.0) if spread > 0.0 else 0.0, 0.0)


def _back(found: Ints, rows: Ints, columns: Ints) -> Ints:
    back = np.empty_like(found)
    back[np.ix_(rows, columns)] = found
    return back
