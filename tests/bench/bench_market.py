"""The benchmark of two sides: joint orders beside a transferable-utility matching on random markets.

Markets as in Tomita and Yokoyama (RecSys 2024): each p and q is half a uniform draw, half a popularity that falls
evenly from 1 to 0 over the agents of the other side; attention 1/rank. 75 × 50 over five seeds, and 2,000 × 500 (one
seed, with `--size full` three). The tables are printed in Markdown, the last line is JSON.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence

import numpy as np

from matching.capacity import effective_matches, expected_loads, unread_share
from matching.market_arrays import Attention, Floats, Market, Orders, by_product, one_sided
from matching.two_sided import plan_orders
from matching.two_sided_measures import envies, expected_matches
from matching.two_sided_transfer import transferable_utility

SMALL, LARGE = (75, 50), (2_000, 500)
SEEDS = (0, 1, 2, 3, 4)
LARGE_SEEDS = {"small": (0,), "full": (0, 1, 2)}
# A desk can read three fifths of what each desk has to read on average, some a third of that and some nearly twice it.
CAPACITY, SPREAD = 0.6, (0.3, 1.7)
METHODS: dict[str, Callable[[Market], Orders]] = {
    "own order": one_sided,
    "product of both": by_product,
    "transferable utility": transferable_utility,
    "planned": plan_orders,
}
PLANNED, TRANSFER = "planned", "transferable utility"


def main() -> None:
    """Run the markets, print the tables and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=LARGE_SEEDS, default="small")
    size = parser.parse_args().size
    plan_orders(market(*SMALL, seed=99))  # what is loaded at the first use is no time of a plan
    small = examined(SMALL, SEEDS)
    large = examined(LARGE, LARGE_SEEDS[size])
    ratios = {f"matches_ratio_{one.value}": ratio(small, f"matches {one.value}") for one in Attention}
    result = {
        "size": size,
        "matches_ratio": ratio(small, "matches inverse"),
        "envies_ratio": ratio(small, "envies"),
        "wall_s": round(max(small[PLANNED]["seconds"]), 4),
        "large_matches_ratio": ratio(large, "matches inverse"),
        "large_envies_ratio": ratio(large, "envies"),
        "large_wall_s": round(max(large[PLANNED]["seconds"]), 3),
        **{name: value for name, value in ratios.items() if not name.endswith("inverse")},
        **capped(),
    }
    print(json.dumps(result))


def market(left: int, right: int, seed: int) -> Market:
    """Return the random market of a seed."""
    rng = np.random.default_rng(seed)
    wants = 0.5 * rng.random((left, right)) + 0.5 * np.linspace(1.0, 0.0, right)
    wanted = 0.5 * rng.random((left, right)) + 0.5 * np.linspace(1.0, 0.0, left)[:, np.newaxis]
    return Market(wants, wanted)


def examined(shape: tuple[int, int], seeds: Sequence[int]) -> dict[str, dict[str, list[float]]]:
    """Return by method matches under each attention, envies and seconds, seed by seed, and print their means."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in METHODS}
    for seed in seeds:
        one = market(*shape, seed)
        for name, method in METHODS.items():
            started = time.perf_counter()
            orders = method(one)
            figures = {"seconds": time.perf_counter() - started, "envies": float(envies(one, orders))}
            for attention in Attention:
                figures[f"matches {attention.value}"] = expected_matches(one, orders, attention)
            for key, value in figures.items():
                found[name].setdefault(key, []).append(value)
    print(f"\n**{shape[0]} × {shape[1]}**, mean of {len(seeds)} seeds (planned for 1/rank)\n")
    print("| method | matches 1/rank | log | exp | envies | seconds |\n|---|---|---|---|---|---|")
    for name, each in found.items():
        means = {key: float(np.mean(values)) for key, values in each.items()}
        matches = " | ".join(f"{means[f'matches {one.value}']:.1f}" for one in Attention)
        print(f"| {name} | {matches} | {means['envies']:,.0f} | {means['seconds']:.3f} |", flush=True)
    return found


def ratio(found: dict[str, dict[str, list[float]]], key: str) -> float:
    """Return a figure of the plan ÷ that of the transferable utility, both as means over the seeds."""
    return round(float(np.mean(found[PLANNED][key]) / np.mean(found[TRANSFER][key])), 4)


def capped() -> dict[str, float]:
    """Return what planning under officers' capacity brings: effective matches ÷ those of a plan that ignores it."""
    gains: list[float] = []
    unread: list[float] = []
    for seed in SEEDS:
        one = market(*SMALL, seed)
        free = plan_orders(one)
        spread: Floats = np.random.default_rng(seed).uniform(*SPREAD, size=SMALL[1])
        capacity: Floats = CAPACITY * float(expected_loads(one, free).mean()) * spread
        planned = plan_orders(one, capacity=capacity)
        gains.append(effective_matches(one, planned, capacity) / effective_matches(one, free, capacity))
        unread.append(unread_share(one, planned, capacity) / unread_share(one, free, capacity))
    return {"effective_ratio": round(float(np.mean(gains)), 4), "unread_ratio": round(float(np.mean(unread)), 4)}


if __name__ == "__main__":
    main()
