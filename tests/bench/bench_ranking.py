"""The open benchmark of the ranker: worlds of known truth by seed, every method on both sides, held-out half year.

`--size full` (what `make proof ONLY=ranking` runs) takes 20,000 enterprises of seeds 101 to 105, which serve nothing
else; `--size small` takes 5,000 of seed 7. The tables of the README are printed in Markdown, the last line is JSON.
"""

import argparse
import gc
import json
import resource
import time
from collections.abc import Iterable

import numpy as np
import pandas as pd

from matching.comparison import RANKER
from matching.province import build_world
from matching.province.ranking_study import Granting, Study, lead_by_seed, study, world_of
from models.acceptance import granting_figures, reliability
from models.ranking_metrics import spread_over_seeds

SIZES = {"small": (5_000, (7,)), "full": (20_000, (101, 102, 103, 104, 105))}
BARS = ("popularity", "best single column", "rule only", "random", "transparent score")
KEYS = ["side", "judge", "measure"]


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
    table = lead_by_seed(done)
    print(markdown(table))
    print(granting_markdown([one.granting for one in done.values()]))
    result = {
        "enterprises": given.enterprises or enterprises,
        "seeds": sorted(done),
        "not_beaten": not_beaten(table),
        "granting": pooled(one.granting for one in done.values()),
        "wall_s": round(time.monotonic() - started, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))


def run(enterprises: int, seed: int) -> Study:
    """Return the study of one world, and say how long it took."""
    started = time.monotonic()
    done = study(world_of(*build_world(enterprises, seed)))
    gc.collect()
    chosen = {side.value: one.value for side, one in done.choice.objectives.items()}
    print(
        f"seed {seed}: {time.monotonic() - started:.0f} s, {done.ranker.training.requests} requests, {chosen}",
        flush=True,
    )
    return done


def markdown(table: pd.DataFrame) -> str:
    """Return a table per side and judge: mean over the seeds, range, the ranker's lead and its standard error."""
    lines = []
    for (side, judge, measure), part in table.groupby(KEYS, sort=False):
        queries = part.loc[part.method == RANKER, "queries"]
        lines += [
            f"\n**{side}, {judge}, {measure}** ({queries.min()} to {queries.max()} queries a seed)\n",
            "| method | mean | range | ranker's lead ± SE | seeds ahead |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(name, rows) for name, rows in part.groupby("method", sort=False)]
    return "\n".join(lines)


def _row(name: str, rows: pd.DataFrame) -> str:
    span = f"{rows['mean'].min():.3f} – {rows['mean'].max():.3f}"
    head = f"| {name} | {rows['mean'].mean():.3f} | {span} |"
    if name == RANKER:
        return f"{head} | |"
    lead, error = spread_over_seeds(rows["lead"].to_numpy())
    return f"{head} {lead:+.3f} ± {error:.3f} | {(rows['lead'] > 0).sum()} of {len(rows)} |"


def not_beaten(table: pd.DataFrame) -> list[str]:
    """Return where the ranker's lead over a bar is within its standard error, or negative in more than one seed."""
    found = []
    for keys, rows in table[table.method.isin(BARS)].groupby([*KEYS, "method"], sort=False):
        lead, error = spread_over_seeds(rows["lead"].to_numpy())
        few = (rows["lead"] > 0).sum() < min(4, len(rows))
        if few or not lead > (0.0 if np.isnan(error) else error):
            found.append(" ".join(map(str, keys)))
    return found


def pooled(parts: Iterable[Granting]) -> dict[str, float | int]:
    """Return the figures of the chance told over all seeds: of applications, and beside the truth of the others."""
    listed = list(parts)
    told, granted = (np.concatenate([getattr(one, name) for one in listed]) for name in ("told", "granted"))
    unapplied, truth = (
        np.concatenate([getattr(one, name) for one in listed]) for name in ("told_unapplied", "truth_unapplied")
    )
    figures = granting_figures(granted, told, seed=1)
    return {
        **{name: round(value, 4) for name, value in figures.items()},
        "never_applied_told": round(float(unapplied.mean()), 4),
        "never_applied_truth": round(float(truth.mean()), 4),
    }


def granting_markdown(parts: list[Granting]) -> str:
    """Return the reliability of the chance told by band, among applications, and against the truth of the others."""
    told, granted = (np.concatenate([getattr(one, name) for one in parts]) for name in ("told", "granted"))
    unapplied, truth = (
        np.concatenate([getattr(one, name) for one in parts]) for name in ("told_unapplied", "truth_unapplied")
    )
    lines = ["\n| band | told | granted of applications | applications |", "|---|---|---|---|"]
    lines += [
        f"| {number} | {band['told']:.3f} | {band['granted']:.3f} | {band['applications']} |"
        for number, band in enumerate(reliability(granted, told), start=1)
    ]
    lines += ["\n| band | told | latent chance, pairs never applied for | pairs |", "|---|---|---|---|"]
    order = np.argsort(unapplied, kind="stable")
    lines += [
        f"| {number} | {unapplied[part].mean():.3f} | {truth[part].mean():.3f} | {len(part)} |"
        for number, part in enumerate(np.array_split(order, 10), start=1)
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
