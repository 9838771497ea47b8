"""Transferable-utility matching as a policy of orders: the baseline of Tomita and Yokoyama (RecSys 2024).

The matching of Choo and Siow (2006) under logit shocks of scale β is the fixed point of iterated proportional fitting
over the kernel exp((p + q) / 2β): μᵢⱼ = Kᵢⱼ √μᵢ₀ √μ₀ⱼ, with √μᵢ₀ from the one agent's own total of 1. Both sides are
then shown each other by descending μ.
"""

import numpy as np

from matching.market_arrays import Floats, Market, Orders, places

_ROUNDS, _NEAR = 500, 1e-10


def transferable_utility(market: Market, beta: float = 1.0) -> Orders:
    """Return the orders of both sides by the transferable-utility matching, with noise of scale `beta` above 0."""
    matched = expected_pairs(market, beta)
    return Orders(places(matched, market.mask), places(matched.T, market.mask.T).T)


def expected_pairs(market: Market, beta: float = 1.0) -> Floats:
    """Return μ: how much of each pair the matching holds; rows and columns add up to less than 1 each."""
    kernel = np.where(market.mask, np.exp((market.left + market.right) / (2.0 * beta)), 0.0)
    left, right = np.ones(market.shape[0]), np.ones(market.shape[1])
    for _ in range(_ROUNDS):
        before = left
        left = _alone((kernel * right).sum(axis=1))
        right = _alone((kernel * left[:, np.newaxis]).sum(axis=0))
        if np.abs(left - before).max() < _NEAR:
            break
    found: Floats = kernel * left[:, np.newaxis] * right
    return found


def _alone(pull: Floats) -> Floats:
    # √μ₀ solves x² + pull·x = 1; written without cancellation.
    found: Floats = 2.0 / (pull + np.sqrt(pull**2 + 4.0))
    return found
