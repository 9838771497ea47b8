"""The early warning by seed: precision at the officers' capacity, lead days, and what it has to beat.

`--size full` (what `make proof ONLY=warning` runs) takes 20,000 enterprises of seeds 301 to 303, which serve nothing
else; `--size small` takes 5,000 of seed 7. The table is printed in Markdown, the last line is JSON: of each method the
figures pooled over the seeds by the mean, their range, and in how many seeds the chosen hazard is ahead.
"""

import argparse
import gc
import json
import resource
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from matching.province import build_world
from matching.province.warning_study import warning_study
from models.warning_held_out import JudgedWarning
from models.warning_metrics import AUC, CAUGHT, IN_TIME, LEAD, PRECISION, RECALL, WarningReport

SIZES = {"small": (5_000, (7,)), "full": (20_000, (301, 302, 303))}
SHOWN = (PRECISION, RECALL, AUC, CAUGHT, IN_TIME, LEAD[1])
CHOSEN = "chosen hazard"


def main() -> None:
    """Run the worlds, print the tables and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--seeds", type=int, nargs="*", help="other seeds than those of the size")
    parser.add_argument("--enterprises", type=int, help="another number of enterprises than that of the size")
    given = parser.parse_args()
    enterprises, seeds = SIZES[given.size]
    enterprises = given.enterprises or enterprises
    started = time.monotonic()
    done = {seed: run(enterprises, seed) for seed in given.seeds or seeds}
    for name, reports in _reports(done).items():
        print(markdown(name, done, reports))
    result = {
        "enterprises": enterprises,
        "seeds": sorted(done),
        "chosen": {str(seed): one.model.kind.value for seed, one in done.items()},
        **{name: figures(done, reports) for name, reports in _reports(done).items()},
        "observed_over_expected_12m": {str(seed): _ratio(one) for seed, one in done.items()},
        "wall_s": round(time.monotonic() - started, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(result))


def run(enterprises: int, seed: int) -> JudgedWarning:
    """Return the warning of one world, and say how long it took."""
    started = time.monotonic()
    province, _ = build_world(enterprises, seed)
    done = warning_study(province, threads=1)
    gc.collect()
    training, report = done.model.training, done.within_12m
    print(
        f"seed {seed}: {time.monotonic() - started:.0f} s, {training.bad_enterprises} enterprises in default known by "
        f"{done.held_out.cutoff}, then {report.loans_a_month:.0f} loans a month, {report.flags_a_month:.0f} flags, "
        f"{report.defaults} loans come to default, chosen {done.model.kind.value}",
        flush=True,
    )
    for method, of in report.figures.items():
        print(f"  {method}: " + ", ".join(f"{what} {_cell([of], what)}" for what in SHOWN), flush=True)
    return done


def figures(done: Mapping[int, JudgedWarning], reports: Mapping[int, WarningReport]) -> dict[str, Any]:
    """Return by method the mean of each figure over the seeds, and of the chosen hazard's lead in precision."""
    found: dict[str, Any] = {"base_rate": _round(np.mean([one.base_rate for one in reports.values()]))}
    for name, of in _methods(done, reports).items():
        found[name] = {what: _round(_mean(of, what)) for what in SHOWN}
        if name != CHOSEN:
            found[name]["chosen_ahead_in_precision"] = _round(
                _mean(_methods(done, reports)[CHOSEN], PRECISION) - _mean(of, PRECISION)
            )
            found[name]["seeds_interval_above_0"] = _beaten(done, reports, name)
    return found


def markdown(name: str, done: Mapping[int, JudgedWarning], reports: Mapping[int, WarningReport]) -> str:
    """Return a table of the methods: mean over the seeds and range, one seed's interval where there is one seed."""
    lines = [f"\n**{name}**\n", f"| method | {' | '.join(SHOWN)} |", f"|{'---|' * (len(SHOWN) + 1)}"]
    for method, of in _methods(done, reports).items():
        lines.append(f"| {method} | {' | '.join(_cell(of, what) for what in SHOWN)} |")
    return "\n".join(lines)


def _reports(done: Mapping[int, JudgedWarning]) -> dict[str, dict[int, WarningReport]]:
    return {
        "within_12m": {seed: one.within_12m for seed, one in done.items()},
        "within_6m": {seed: one.within_6m for seed, one in done.items()},
    }


def _methods(done: Mapping[int, JudgedWarning], reports: Mapping[int, WarningReport]) -> dict[str, list[Any]]:
    """Return the figures of every method by seed, those of each seed's chosen hazard first."""
    chosen = [reports[seed].figures[done[seed].model.kind.value] for seed in sorted(done)]
    names = next(iter(reports.values())).figures
    return {CHOSEN: chosen, **{name: [reports[seed].figures[name] for seed in sorted(done)] for name in names}}


def _beaten(done: Mapping[int, JudgedWarning], reports: Mapping[int, WarningReport], name: str) -> str:
    """Say in how many seeds the paired interval of the chosen hazard's lead in precision lies above 0."""
    others = [seed for seed in done if done[seed].model.kind.value != name]
    above = sum(reports[seed].leads[name][PRECISION].low > 0 for seed in others)
    return f"{above} of {len(others)}"


def _mean(of: list[Any], what: str) -> float:
    values = np.array([one[what].estimate for one in of])
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _cell(of: list[Any], what: str) -> str:
    one = of[0][what]
    low, high = min(each[what].estimate for each in of), max(each[what].estimate for each in of)
    low, high = (one.low, one.high) if len(of) == 1 else (low, high)
    digits = 0 if what in LEAD else 3
    return f"{_mean(of, what):.{digits}f} ({low:.{digits}f} – {high:.{digits}f})"


def _ratio(one: JudgedWarning) -> list[float | None]:
    ratio = one.calibration[one.model.kind.value]["observed_over_expected"]
    return [_round(ratio[name]) for name in ("estimate", "low", "high")]


def _round(value: Any) -> float | None:  # noqa: ANN401 (numpy's number or Python's)
    return None if np.isnan(value) else round(float(value), 4)


if __name__ == "__main__":
    main()
