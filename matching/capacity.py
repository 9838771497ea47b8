"""What right agents can read: their expected load of applications, and what is lost where it is above their officers'.

Left agent i applies to j with chance pᵢⱼ·a(place of j in its order), so Lⱼ = Σᵢ pᵢⱼ·a(left placeᵢⱼ) applications are
expected at j. Officers who can read cⱼ of them leave the rest unread, whoever sent them: of j's expected matches the
share min(1, cⱼ / Lⱼ) is effective.
"""

import numpy as np

from matching.market_arrays import Attention, Floats, Market, Orders
from matching.two_sided_search import Search

# Prices move by a tenth of the way each round: moved at once they swing (measured: 28.9 effective matches instead of
# 36.7 of 75 × 50 at three fifths of the load; after 60 rounds nothing more is gained).
_ROUNDS, _STEP = 60, 0.1


def expected_loads(market: Market, orders: Orders, attention: Attention = Attention.inverse) -> Floats:
    """Return how many applications each right agent is to expect."""
    return _loads(market, attention.at(orders.left_rank))


def effective_matches(
    market: Market, orders: Orders, capacity: Floats, attention: Attention = Attention.inverse
) -> float:
    """Return the expected matches, those of each right agent discounted by the share of applications it can read."""
    left, right = attention.at(orders.left_rank), attention.at(orders.right_rank)
    return float((_matches(market.mutual(), left, right) * _read(_loads(market, left), capacity)).sum())


def unread_share(market: Market, orders: Orders, capacity: Floats, attention: Attention = Attention.inverse) -> float:
    """Return the share of all expected applications that nobody can read; 0 where none is expected."""
    loads = expected_loads(market, orders, attention)
    total = float(loads.sum())
    return float(np.maximum(loads - capacity, 0.0).sum()) / total if total > 0.0 else 0.0


def within_capacity(search: Search, start: Orders, capacity: Floats) -> Orders:
    """Return the orders with most effective matches found from `start`, by a price on each full desk's reading time.

    At a desk over its load one more application costs the matches it pushes out: the left order by the derivative of
    the effective matches, (cⱼ/Lⱼ)·(pᵢⱼqᵢⱼa(right placeᵢⱼ) − pᵢⱼ·Mⱼ/Lⱼ), with both factors moved step by step.
    """
    market, mutual = search.market, search.mutual
    left, right = search.attention.at(start.left_rank), search.attention.at(start.right_rank)
    read, price = np.ones(market.shape[1]), np.zeros(market.shape[1])
    best, most = mutual * right, _effective(search, left, right, capacity)
    for _ in range(_ROUNDS):
        loads, matches = _loads(market, left), _matches(mutual, left, right)
        now = _read(loads, capacity)
        pushed_out = now * np.divide(matches, loads, out=np.zeros_like(loads), where=loads > capacity)
        read += _STEP * (now - read)
        price += _STEP * (pushed_out - price)
        worth = read * mutual * right - price * market.left
        left = search.left_reply(worth - min(float(worth.min()), 0.0))
        right = search.right_reply(mutual * left)
        found = _effective(search, left, right, capacity)
        if found > most:
            best, most = worth, found
    return search.orders(best)


def _effective(search: Search, left: Floats, right: Floats, capacity: Floats) -> float:
    matches = _matches(search.mutual, left, right)
    return float((matches * _read(_loads(search.market, left), capacity)).sum())


def _matches(mutual: Floats, left: Floats, right: Floats) -> Floats:
    found: Floats = (mutual * left * right).sum(axis=0)
    return found


def _loads(market: Market, left: Floats) -> Floats:
    # A place outside the mask has no attention.
    found: Floats = (market.left * left).sum(axis=0)
    return found


def _read(loads: Floats, capacity: Floats) -> Floats:
    # A desk that can read any number has no number.
    return np.minimum(capacity / np.maximum(loads, np.finfo(np.float64).tiny), 1.0)
