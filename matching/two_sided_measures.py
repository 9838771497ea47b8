"""What orders of two sides come to: expected matches, and how many would rather have another's places."""

import numpy as np

from matching.market_arrays import Attention, Floats, Market, Orders

# Two sums of the same numbers in another order differ by less.
_BEYOND_ROUNDING = 1.0 + 1e-12


def expected_matches(market: Market, orders: Orders, attention: Attention = Attention.inverse) -> float:
    """Return Σ p·a(left place)·q·a(right place) over the pairs that may meet."""
    seen = attention.at(orders.left_rank) * attention.at(orders.right_rank)
    return float((market.mutual() * seen).sum())


def envies(market: Market, orders: Orders, attention: Attention = Attention.inverse) -> int:
    """Return how many ordered pairs of agents of one side envy, both sides counted.

    The first envies the second when it would expect more matches with the second's places in the opposite orders, its
    own order unchanged.
    """
    left, right = attention.at(orders.left_rank), attention.at(orders.right_rank)
    mutual = market.mutual()
    return _envies(mutual * left, right) + _envies((mutual * right).T, left.T)


def _envies(own: Floats, shown: Floats) -> int:
    # With the places of k, i expects Σ_j own[i, j]·shown[k, j].
    count = 0
    for place, row in enumerate(own):
        expected: Floats = (shown * row).sum(axis=1)
        count += int(np.count_nonzero(expected > expected[place] * _BEYOND_ROUNDING))
    return count
