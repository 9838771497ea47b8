"""Shown pairs with a known reason for being taken, made by the test itself."""

import numpy as np
import pandas as pd

from models.inputs import ModelInput
from models.ranking_table import RankingTable

INPUTS = (
    ModelInput("annual_rate_ppm", -1),
    ModelInput("line_room_ratio", 1),
    ModelInput("noise"),
    ModelInput("sales_12m_fen", 1, tables=("invoices",)),
)
LIST = 6


def table(requests: int, seed: int, *, first_day: str = "2024-01-01", days: int = 300) -> RankingTable:
    """Make lists of six: cheap and roomy products are taken more, and so is whatever stands first.

    In two of three lists the products stand in the order of their `noise`, so that a place can be mistaken for merit.
    """
    rng = np.random.default_rng(seed)
    shape = (requests, LIST)
    rate, room, noise = rng.uniform(0.03, 0.09, shape), rng.random(shape), rng.random(shape)
    is_random = rng.random(requests) < 1 / 3
    position = np.where(
        is_random[:, None], rng.permuted(np.tile(np.arange(LIST), (requests, 1)), axis=1), _places(noise)
    )
    utility = -60 * (rate - 0.06) + 2.5 * (room - 0.5) - 0.5 * position - 1.0
    chance = np.exp(utility) / (1.0 + np.exp(utility).sum(axis=1, keepdims=True))
    drawn = rng.random(requests)[:, None] < np.cumsum(chance, axis=1)
    taken = drawn & (np.cumsum(drawn, axis=1) == 1)
    day = np.sort(np.datetime64(first_day, "D") + rng.integers(0, days, requests))
    rows = np.repeat(np.arange(requests), LIST)
    features = pd.DataFrame(
        {
            "annual_rate_ppm": (rate * 1_000_000).ravel(),
            "line_room_ratio": room.ravel(),
            "noise": noise.ravel(),
            "sales_12m_fen": rng.lognormal(15, 1, requests)[rows],
            "kind": np.array(["company", "cooperative"])[rows % 2],
        }
    )
    return RankingTable(
        features=features,
        query=np.array([f"R{row:05d}" for row in rows]),
        item=np.array([f"p{place}" for place in np.tile(np.arange(LIST), requests)]),
        enterprises=np.array([f"uscc:{row}" for row in rows]),
        day=day[rows].astype("datetime64[s]"),
        newest_known=(day[rows] - 1).astype("datetime64[s]"),
        position=position.ravel() + 1,
        is_random=np.repeat(is_random, LIST),
        state=np.where(taken.ravel(), "taken", "shown"),
    )


def _places(
    noise: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    return np.asarray(np.argsort(np.argsort(noise, axis=1), axis=1))
