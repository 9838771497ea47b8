"""The orders shown to both sides, planned together: the most mutual matches under the attention that places get."""

import numpy as np

from matching.market_arrays import Attention, Floats, Market, Orders, by_product, places


def plan_orders(market: Market, attention: Attention = Attention.inverse, capacity: Floats | None = None) -> Orders:
    """Return orders of both sides with as many expected matches as the search finds.

    `capacity` is the number of expected applications each right agent can read (None: any number).
    """
    del capacity
    mutual, mask, orders = market.mutual(), market.mask, by_product(market)
    for _ in range(50):
        left = places(mutual * attention.at(orders.right_rank), mask)
        right = places((mutual * attention.at(left)).T, mask.T).T
        if np.array_equal(right, orders.right_rank) and np.array_equal(left, orders.left_rank):
            break
        orders = Orders(left, right)
    return orders
