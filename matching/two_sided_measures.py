"""What orders of two sides come to: expected matches, and how many would rather have another's places."""

import numpy as np

from matching.market_arrays import Attention, Floats, Market, Orders

# Products of matrices add up in an order of their own: what differs by less than this is equal.
_BEYOND_ROUNDING = 1.0 + 1e-12
_BLOCK = 1_000


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


def _envies(own: Floats, given: Floats) -> int:
    """Count the pairs (i, k) in which Σⱼ own[i, j]·given[k, j] is above what i expects with its own places."""
    count = 0
    for start in range(0, len(own), _BLOCK):
        some = own[start : start + _BLOCK]
        expected = some @ given.T
        at = np.arange(len(some))
        count += int((expected > expected[at, at + start][:, np.newaxis] * _BEYOND_ROUNDING).sum())
    return count
