"""The orders shown to both sides, planned together: the most mutual matches under the attention that places get.

After Tomita and Yokoyama (RecSys 2024), "Fair Reciprocal Recommendation in Matching Markets", whose measure of expected
matches and of envy this keeps; the search is our own (`matching.two_sided_search`).
"""

import numpy as np

from matching.capacity import within_capacity
from matching.errors import MarketError
from matching.market_arrays import Attention, Floats, Ints, Market, Orders, one_sided
from matching.two_sided_search import Search


def plan_orders(market: Market, attention: Attention = Attention.inverse, capacity: Floats | None = None) -> Orders:
    """Return orders of both sides with as many expected matches as the search finds.

    `capacity` is the number of expected applications each right agent can read, above 0 (None: any number); with it the
    effective matches are what is sought. The same market in any order of rows and columns gives the same orders.
    """
    if capacity is not None:
        _check_capacity(capacity, market)
    rows, columns = market.own_order()
    search = Search(market.rearranged(rows, columns), attention)
    found = search.best()
    if capacity is not None:
        found = within_capacity(search, found, capacity[columns])
    return Orders(_back(found.left_rank, rows, columns), _back(found.right_rank, rows, columns))


def with_own_first(market: Market, orders: Orders, within: int = 3) -> Orders:
    """Return the orders with each left agent's own first choice no later than place `within` of its own order.

    What a plan puts lower is moved up to that place, the ones between move down by one; the rest stays.
    """
    first = one_sided(market).left_rank == 1
    now = np.where(first, orders.left_rank, 0).max(axis=1, keepdims=True)
    passed = (orders.left_rank >= within) & (orders.left_rank < now)
    moved = np.where(passed, orders.left_rank + 1, orders.left_rank)
    return Orders(np.where(first & (now > within), within, moved), orders.right_rank)


def _check_capacity(capacity: Floats, market: Market) -> None:
    if capacity.shape != (market.shape[1],):
        raise MarketError(f"capacity is told for {capacity.size} right agents, of {market.shape[1]}")
    wrong = np.flatnonzero(~(capacity > 0.0))
    if wrong.size:
        raise MarketError(f"capacity[{wrong[0]}] is {capacity[wrong[0]]}, no positive number of applications")


def _back(found: Ints, rows: Ints, columns: Ints) -> Ints:
    back = np.empty_like(found)
    back[np.ix_(rows, columns)] = found
    return back
