"""Profiles are the same bytes in every way, at full size: `python tests/bench/proof_features.py [--rows N]`.

On generated invoices (preset 5 million) and on the real set where `RONGQIAO_DATA` names it: five runs, 1, 2 and 4
threads, shuffled rows, one file and eight. The last line is one JSON object: `same` (true where all hashes of a set
agree), `runs`, seconds per run and peak memory; `history_s` is one statement over the month ends of four years.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fact_rows import asked, generated_invoices  # noqa: E402 - found through the paths above
from parquet_sources import ParquetSources, shuffled, split  # noqa: E402
from real_invoices import real_invoices  # noqa: E402

from features.columns import ENTERPRISE  # noqa: E402
from features.dictionary import FEATURES, Block  # noqa: E402
from features.engine import build_profiles  # noqa: E402
from features.profile import profile_hash  # noqa: E402

NAMES = [one.name for one in FEATURES.values() if one.block is Block.invoices]
RUNS, FIRMS = 5, 2_000
REAL_DAY, GENERATED_DAY = date(2020, 2, 21), date(2023, 12, 31)


def main() -> int:
    """Run both sets and print the figures; return 1 where any two hashes of a set differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows = parser.parse_args().rows
    figures: dict[str, object] = {"features": len(NAMES), "rows": rows}
    figures |= prove("generated", generated_invoices(rows, FIRMS, seed=11), GENERATED_DAY)
    if "RONGQIAO_DATA" in os.environ:
        figures |= prove("real", real_invoices(Path(os.environ["RONGQIAO_DATA"]) / "cumcm2020c"), REAL_DAY)
    figures["peak_mib"] = peak_mib()
    print(json.dumps(figures))
    return 0 if all(value for name, value in figures.items() if name.endswith("same")) else 1


def prove(name: str, invoices: pa.Table, day: date) -> dict[str, object]:
    """Profile one set in every way; return its figures, named after it."""
    firms = sorted(pc.unique(invoices[ENTERPRISE]).to_pylist())
    pairs = asked(*((firm, day) for firm in firms))
    found: dict[str, set[str]] = {}
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="rongqiao-proof-") as folder:
        for way, source, threads in ways(invoices, Path(folder)):
            started = time.perf_counter()
            profiles = build_profiles(source, pairs, features=NAMES, threads=threads)
            seconds.append(time.perf_counter() - started)
            found.setdefault(profile_hash(profiles), set()).add(way)
            print(f"{name}, {way}: {seconds[-1]:.1f} s, {profile_hash(profiles)}", flush=True)
        started = time.perf_counter()
        history = asked(*((firm, end) for firm in firms[:100] for end in month_ends(day, 48)))
        build_profiles(ParquetSources(Path(folder) / "one"), history, features=NAMES)
        history_s = time.perf_counter() - started
    return {
        f"{name}_same": len(found) == 1,
        f"{name}_runs": len(seconds),
        f"{name}_s": round(statistics.median(seconds), 2),
        f"{name}_history_s": round(history_s, 2),
    }


def ways(invoices: pa.Table, folder: Path) -> Iterator[tuple[str, ParquetSources, int]]:
    """Yield (what, source, threads)."""
    one = split(invoices, folder / "one", 1, 122_880)
    for run in range(RUNS):
        yield f"run {run + 1}", one, 2
    for threads in (1, 2, 4):
        yield f"{threads} threads", one, threads
    mixed = shuffled(invoices, 5)
    yield "shuffled", split(mixed, folder / "mixed", 1, 122_880), 2
    yield "eight files", split(invoices, folder / "eight", 8, 122_880), 4
    yield "eight files, shuffled, small row groups", split(mixed, folder / "eight_mixed", 8, 20_000), 2


def month_ends(day: date, months: int) -> list[date]:
    """Return the last days of so many months before the day's."""
    ends = []
    for _ in range(months):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends


def peak_mib() -> float:
    """Return the peak of this process's memory."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return round(int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024, 1)


if __name__ == "__main__":
    sys.exit(main())
