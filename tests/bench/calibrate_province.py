"""Solve the market's free numbers on seeds 1 to 3; what it prints stands in `matching/province/calibration.py`.

One number for each figure, draws fixed: the rate of distress for bad loans, a scale of demand by kind for the amount a
borrower draws, a level for the rate. Each step moves every number by what its own figure misses (the figures hardly
depend on the others' numbers); two steps are enough. `.venv/bin/python tests/bench/calibrate_province.py [FIRMS]`.
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from province_figures import DRAWN_YUAN, Emerging, emerging  # noqa: E402 - found through the paths above

from matching.province import build_world, firms  # noqa: E402
from matching.province.build import PRESET_END  # noqa: E402
from matching.province.calibration import DISTRESS_RATE, PRESET, MarketSettings  # noqa: E402
from matching.province.reference import KINDS  # noqa: E402

SEEDS = (1, 2, 3)
STEPS = 2
# Within their ranges: for bad loans a little below the middle, so that defaults stay near what is published; the middle
# for the rate.
NPL, RATE = 0.020, 0.045


def measured(size: int, distress: float, settings: MarketSettings) -> Emerging:
    """Return the mean of each figure over the seeds."""
    firms.DISTRESS_RATE = distress  # type: ignore[attr-defined]
    worlds = [build_world(size, seed, dirty=False, market=settings)[0] for seed in SEEDS]
    found = [asdict(emerging(world.tables, PRESET_END)) for world in worlds]
    drawn = {kind: mean(one["drawn_yuan"][kind] for one in found) for kind in KINDS}
    others = {name: mean(one[name] for one in found) for name in found[0] if name != "drawn_yuan"}
    return Emerging(drawn_yuan=drawn, **others)


def main() -> None:
    """Print the numbers and what they give, step by step."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    distress, settings = DISTRESS_RATE, PRESET
    for step in range(STEPS + 1):
        found = measured(size, distress, settings)
        print(f"{step}: DISTRESS_RATE {distress:.4f}, amount_scales {settings.demand.amount_scales},", end=" ")
        print(f"rate_level {settings.rate_level}: {found}", flush=True)
        missed = [DRAWN_YUAN[kind] / found.drawn_yuan[kind] for kind in KINDS]
        scales = [round(one * by, 3) for one, by in zip(settings.demand.amount_scales, missed, strict=True)]
        distress = round(distress * NPL / found.npl, 4)
        demand = replace(settings.demand, amount_scales=(scales[0], scales[1], scales[2], scales[3]))
        level = round(settings.rate_level + 100 * (RATE - found.rate), 2)
        settings = replace(settings, demand=demand, rate_level=level)


if __name__ == "__main__":
    main()
