"""What a province costs as it grows: seconds and memory of tables, market and choice sets, bucket by bucket.

`--size full` goes from 10,000 to 100,000 enterprises, `--size small` from 2,000 to 20,000. Each size runs in a process
of its own, beside one of 200 enterprises whose seconds (imports, first statements) are taken off. `growth` is the
seconds per enterprise at the larger size over those at the smaller; the last line is JSON.

Tables and market are built and written bucket by bucket, read back bucket by bucket as a home reads a delivery, and
the choice sets come bucket by bucket over the history of all.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.columns import APPLICATIONS, DECISIONS, REQUESTS, SHOWN
from features.engine import ArrowSources, build_profiles
from features.history import known_rows
from features.newest import NEWEST_KNOWN_ON, newest_known
from matching.choice_sets import choice_set_chunks
from matching.choice_states import History, asked_pairs
from matching.product import sample_products
from matching.province.build import PRESET_END, Province, built_buckets
from matching.province.ranking_study import stored_tables

SIZES = {"small": (2_000, 20_000), "full": (10_000, 100_000)}
FLOOR = 200
SEED = 4
HISTORY = (REQUESTS, SHOWN, APPLICATIONS, DECISIONS)


def main() -> None:
    """Run the sizes, each in its own process, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(measured(given.one)))
        return
    floor, *runs = (apart(count) for count in (FLOOR, *SIZES[given.size]))
    small, large = runs
    spent = [(one["wall_s"] - floor["wall_s"]) / one["enterprises"] for one in runs]
    result = {
        "size": given.size,
        "floor_s": floor["wall_s"],
        "small": small,
        "large": large,
        "growth": round(spent[1] / spent[0], 3),
        "peak_mib": large["peak_mib"],
        "wall_s": large["wall_s"],
    }
    print(json.dumps(result))


def apart(enterprises: int) -> dict[str, float]:
    """Return the figures of one size from a process of its own."""
    command = [sys.executable, __file__, "--one", str(enterprises)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
    print(printed, end="", flush=True)
    figures: dict[str, float] = json.loads(printed.strip().rsplit("\n", 1)[-1])
    return figures


def measured(enterprises: int) -> dict[str, float]:
    """Return seconds of tables and market, of taking in, of profiles and of choice sets, and the peak of memory."""
    started = time.monotonic()
    laps = dict.fromkeys(("tables_and_market_s", "taken_in_s", "profiles_s", "choice_sets_s"), 0.0)
    history: dict[str, list[pa.Table]] = {name: [] for name in HISTORY}
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-") as scratch:
        folder = Path(scratch)
        rows = _buckets(enterprises, folder, history, laps)
        with _lap(laps, "choice_sets_s"):
            whole = History(*(pa.concat_tables(history[name]).combine_chunks() for name in HISTORY))
            profiles = pa.concat_tables([pq.read_table(path) for path in sorted(folder.glob("profiles-*.parquet"))])
            pairs = sum(len(one.rows) for one in choice_set_chunks(whole, profiles, sample_products(), PRESET_END))
    return {
        "enterprises": enterprises,
        "wall_s": round(time.monotonic() - started, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rows": rows,
        "pairs": pairs,
        **{name: round(seconds, 2) for name, seconds in laps.items()},
    }


def _buckets(enterprises: int, folder: Path, history: dict[str, list[pa.Table]], laps: dict[str, float]) -> int:
    """Build, write, read back and profile one bucket after another; return how many rows there were."""
    rows = 0
    buckets = built_buckets(enterprises, SEED)
    number = 0
    while True:
        with _lap(laps, "tables_and_market_s"):
            built = next(buckets, None)
            if built is None:
                return rows
            for name, table in built.tables.items():
                pq.write_table(table, folder / f"{name}-{number}.parquet")
                rows += table.num_rows
        with _lap(laps, "taken_in_s"):
            province = Province(SEED, PRESET_END, built.tables, built.enterprises, built.dirt)
            stored = ArrowSources(stored_tables(province))
        with _lap(laps, "profiles_s"):
            mine = {name: known_rows(stored, name, PRESET_END) for name in HISTORY}
            for name, table in mine.items():
                history[name].append(table)
            asked = asked_pairs(History(*(mine[name] for name in HISTORY)))
            newest = newest_known(stored, asked).column(NEWEST_KNOWN_ON)
            profiles = build_profiles(stored, asked).append_column(NEWEST_KNOWN_ON, newest)
            pq.write_table(profiles, folder / f"profiles-{number:04d}.parquet")
        number += 1


class _lap:  # noqa: N801 (used as a statement)
    """Adds the seconds spent within to a lap."""

    def __init__(self, laps: dict[str, float], name: str) -> None:
        self._laps, self._name = laps, name

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._laps[self._name] += time.monotonic() - self._started


if __name__ == "__main__":
    main()
