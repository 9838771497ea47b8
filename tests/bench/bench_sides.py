"""Both sides in the province, and honest odds: every policy by the latent truth, the bands by what became of firms.

`--size full` takes 20,000 enterprises of seeds 201 to 205, which serve nothing else; `--size small` 5,000 of seed 7.
The tables of the README are printed in Markdown (mean and range over the seeds), the last line is JSON.
"""

import argparse
import gc
import json
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.province import build_world
from matching.province.sides_study import PLANNED, Policy
from matching.province.sides_study_odds import (
    LEAST_DECISIONS,
    Followed,
    ToldBands,
    calibration_of,
    followed,
    told_bands,
)
from matching.province.sides_study_play import Sides, compare_policies
from matching.province.sides_study_world import HeldOut, held_out

SIZES = {"small": (5_000, (7,)), "full": (20_000, (201, 202, 203, 204, 205))}
#: A bank's grants are halved so many days into the held-out months.
HALVED_AFTER = 30
FOLLOWED_WITHIN = 60
#: A band has followed where it holds the new level, or has gone at least this share of the way to it.
WAY = 0.5
COLUMNS = {
    "firm_regret": "regret, firms",
    "bank_regret": "regret, banks",
    "loans": "loans",
    "unused": "quota unused",
    "overload": "files beyond capacity",
    "small_banks": "attention for small banks",
    "remote": "attention for remote counties",
}


@dataclass(frozen=True)
class Done:
    """What came of one world."""

    sides: Mapping[Policy, Sides]
    told: ToldBands
    followed: tuple[Followed, ...]


def main() -> None:
    """Run the worlds, print the tables and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--seeds", type=int, nargs="*", help="other seeds than those of the size")
    parser.add_argument("--enterprises", type=int, help="another number of enterprises than that of the size")
    given = parser.parse_args()
    enterprises, seeds = SIZES[given.size]
    started = time.monotonic()
    done = {seed: run(given.enterprises or enterprises, seed) for seed in given.seeds or seeds}
    print(markdown([one.sides for one in done.values()]))
    found = [one for part in done.values() for one in part.followed]
    print(followed_markdown(found))
    result = {
        "enterprises": given.enterprises or enterprises,
        "seeds": sorted(done),
        "planned_lead": planned_lead([one.sides for one in done.values()]),
        "odds": {name: round(value, 4) for name, value in calibration_of([one.told for one in done.values()]).items()},
        "odds_by_seed": {seed: round(calibration_of([one.told])["ece"], 4) for seed, one in sorted(done.items())},
        "halving": halving(found),
        "wall_s": round(time.monotonic() - started, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))


def run(enterprises: int, seed: int) -> Done:
    """Return what came of one world, and say how long it took."""
    started = time.monotonic()
    done = judged(held_out(*build_world(enterprises, seed)), seed)
    gc.collect()
    print(f"seed {seed}: {time.monotonic() - started:.0f} s", flush=True)
    return done


def judged(world: HeldOut, seed: int) -> Done:
    """Play every policy, ask every band, and halve each bank's grants in turn."""
    halved_on = world.applied.held_out_from + HALVED_AFTER
    banks = sorted({one.bank for one in world.products})
    return Done(
        sides=compare_policies(world.markets(), seed),
        told=told_bands(world.applied),
        followed=tuple(one for bank in banks for one in followed(world.applied, bank, halved_on, seed)),
    )


def markdown(parts: Sequence[Mapping[Policy, Sides]]) -> str:
    """Return the table of policies, each figure as mean and range over the seeds."""
    lines = [f"\n| policy | {' | '.join(COLUMNS.values())} |", f"|---|{'---|' * len(COLUMNS)}"]
    lines += [f"| {policy} | {' | '.join(_cell(parts, policy, name) for name in COLUMNS)} |" for policy in Policy]
    return "\n".join(lines)


def _cell(parts: Sequence[Mapping[Policy, Sides]], policy: Policy, name: str) -> str:
    values = [float(getattr(one[policy], name)) for one in parts]
    form = "{:.0f}" if name == "loans" else "{:.3f}"
    mean, low, high = (form.format(value).removeprefix("0") for value in (np.mean(values), min(values), max(values)))
    return f"{mean} ({low}–{high})"


def planned_lead(parts: Sequence[Mapping[Policy, Sides]]) -> dict[str, dict[str, float]]:
    """Return how much less each planned policy loses than the best of the others, least over the seeds."""
    others = [one for one in Policy if one not in {*PLANNED, Policy.oracle}]
    return {
        policy.value: {
            name: round(
                min(min(getattr(one[other], name) for other in others) - getattr(one[policy], name) for one in parts), 4
            )
            for name in ("firm_regret", "bank_regret", "unused")
        }
        for policy in PLANNED
    }


def halving(found: Sequence[Followed]) -> dict[str, float | int]:
    """Return of how many banks with decisions enough the band had followed 60 days after the halving."""
    due = [one for one in found if one.days == FOLLOWED_WITHIN]
    enough = [one for one in due if one.decisions >= LEAST_DECISIONS]
    return {
        "banks": len(due),
        "with_decisions_enough": len(enough),
        "followed": sum(has_followed(one) for one in enough),
        "followed_of_all": sum(has_followed(one) for one in due),
        "way": round(float(np.median([one.closed for one in enough])), 3) if enough else float("nan"),
    }


def has_followed(one: Followed) -> bool:
    """Say whether the bands hold the new level on average, or have gone most of the way to it."""
    return one.low <= one.level <= one.high or one.closed >= WAY


def followed_markdown(found: Sequence[Followed]) -> str:
    """Return the halving by day after it: of banks with decisions enough, and of all."""
    lines = [
        "\n| days after the halving | banks followed, of those with decisions enough | of all | way gone, median |"
    ]
    lines += ["|---|---|---|---|"]
    for days in sorted({one.days for one in found}):
        due = [one for one in found if one.days == days]
        enough = [one for one in due if one.decisions >= LEAST_DECISIONS]
        way = f"{np.median([one.closed for one in enough]):.2f}" if enough else "–"
        held = sum(has_followed(one) for one in enough), len(enough), sum(has_followed(one) for one in due), len(due)
        lines.append(f"| {days} | {held[0]} of {held[1]} | {held[2]} of {held[3]} | {way} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
