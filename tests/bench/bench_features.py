"""Thirty invoice features of 425 real firms: the profile engine beside the obvious pandas way, firm by firm.

`make bench NAME=features [SIZE=small|full]`. Alternating pairs in one process, each side warmed once, process CPU time,
from the files on disk to a data frame in memory; a new DuckDB connection each time, nothing kept between runs. The
tool reads the set's own files; ours reads the invoices of a home as `rongqiao ingest` left them, through the door, and
computes those features and no others. Both sides must agree within 1e-9. The last line is one JSON object: `ratio_cpu`
and `ratio` (medians over the pairs, CPU and wall), `ingest_s`, `peak_mib` (ours, a process of its own), `features`.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from features.columns import AS_OF, ENTERPRISE, INVOICES  # noqa: E402 - found through the root above
from features.engine import build_profiles  # noqa: E402
from service.store.facts import Facts, Grant  # noqa: E402

AS_OF_TOOL = date(2020, 2, 21)
PAIRS = {"small": 5, "full": 9}
THREADS = 1  # two are faster by the clock and dearer in CPU
TOLERANCE = 1e-9

# The tool's name of each feature, and ours.
NAMES = {
    "log_revenue_month": "sales_per_active_month_log",
    "log_purchase_month": "purchases_per_active_month_log",
    "gross_margin": "gross_margin_ratio",
    "output_minus_input_tax_rate": "net_vat_ratio",
    "sales_void_rate": "sales_void_ratio",
    "purchase_void_rate": "purchase_void_ratio",
    "sales_negative_rate": "sales_red_letter_ratio",
    "purchase_negative_rate": "purchase_red_letter_ratio",
    "sales_negative_amount_share": "sales_red_letter_amount_ratio",
    "log_n_sales": "sales_invoices_log",
    "log_n_purchase": "purchase_invoices_log",
    "log_ticket_sales": "sales_ticket_log",
    "log_ticket_purchase": "purchase_ticket_log",
    "active_months_sales": "sales_months",
    "active_months_purchase": "purchase_months",
    "log_n_buyers": "buyers_log",
    "log_n_suppliers": "suppliers_log",
    "buyer_hhi": "buyer_hhi",
    "supplier_hhi": "supplier_hhi",
    "top_buyer_share": "top_buyer_share",
    "buyer_repeat_share": "repeat_buyers_ratio",
    "supplier_repeat_share": "repeat_suppliers_ratio",
    "growth_2018": "sales_growth_year_before_log",
    "growth_2019": "sales_growth_last_year_log",
    "revenue_cv": "sales_cv_38m",
    "zero_month_share": "zero_sales_months_38m_ratio",
    "seasonality": "sales_seasonality_38m",
    "low_tax_sales_share": "low_tax_sales_ratio",
    "days_since_last": "days_since_last_invoice",
    "last6_share": "sales_half_year_ratio",
}


def main() -> int:
    """Measure and print; return 1 where the two sides differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=PAIRS, default="small")
    parser.add_argument("--peak-of", type=Path, help="only ours, on this home; print the peak of memory in MiB")
    asked = parser.parse_args()
    if asked.peak_of:
        ours(asked.peak_of)
        print(peak_mib())
        return 0
    data = Path(os.environ["RONGQIAO_DATA"])
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-") as folder:
        return compare(data, Path(folder) / "home", PAIRS[asked.size])


def compare(data: Path, home: Path, pairs: int) -> int:
    """Ingest the set into `home`, run the pairs and print the figures."""
    ingest_s = ingest(data / "cumcm2020c", home)
    peak = run_self("--peak-of", str(home))
    tool = load_tool(data.parent / "tools" / "pandas_features.py", data / "cumcm2020c")
    theirs_frame, ours_frame = theirs(tool), ours(home)  # both sides warm
    different = differences(theirs_frame, ours_frame)
    ratios_cpu, ratios = [], []
    for number in range(pairs):
        cpu_tool, wall_tool = timed(lambda: theirs(tool))
        cpu_ours, wall_ours = timed(lambda: ours(home))
        ratios_cpu.append(cpu_tool / cpu_ours)
        ratios.append(wall_tool / wall_ours)
        print(f"pair {number + 1}: tool {cpu_tool:.2f} s CPU, ours {cpu_ours:.3f} s CPU, ratio {ratios_cpu[-1]:.1f}")
    figures = {
        "ratio_cpu": round(statistics.median(ratios_cpu), 2),
        "ratio": round(statistics.median(ratios), 2),
        "ingest_s": round(ingest_s, 2),
        "peak_mib": float(peak),
        "features": len(NAMES),
        "firms": len(ours_frame),
        "pairs": pairs,
        "threads": THREADS,
        "different": different,
    }
    print(json.dumps(figures))
    return 1 if different else 0


def ingest(folder: Path, home: Path) -> float:
    """Take the set into a new home by the command; return seconds."""
    command = [
        str(Path(sys.executable).with_name("rongqiao")),
        "ingest",
        "cumcm2020c",
        str(folder),
        "--home",
        str(home),
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603
    return time.perf_counter() - started


def run_self(*words: str) -> str:
    """Run this file in a process of its own; return what it prints."""
    command = [sys.executable, __file__, *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()  # noqa: S603


def ours(home: Path) -> pd.DataFrame:
    """Return the features by enterprise, from the files of the home."""
    facts = Facts(home)
    enterprises = facts.enterprises()
    asked = pa.table({ENTERPRISE: pa.array(enterprises), AS_OF: pa.array([AS_OF_TOOL] * len(enterprises))})
    sources = facts.sources(Grant(enterprises, frozenset({INVOICES}), "open research set"))
    return build_profiles(sources, asked, features=list(NAMES.values()), threads=THREADS).to_pandas()


def theirs(tool: ModuleType) -> pd.DataFrame:
    """Return the tool's features by enterprise, from the files of the set."""
    return pd.concat([tool.features("with_credit"), tool.features("without_credit")])


def load_tool(path: Path, folder: Path) -> ModuleType:
    """Import the tool from where it lies and point it at the set."""
    spec = importlib.util.spec_from_file_location("pandas_features", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    tool.D = str(folder)
    return tool


def differences(tool: pd.DataFrame, engine: pd.DataFrame) -> list[str]:
    """Return our names of the features that differ by more than 1e-9, absolute and relative, for any firm."""
    rows = engine.set_index(engine[ENTERPRISE].str.partition(":")[2])
    if set(rows.index) != set(tool.index):
        return [ENTERPRISE]
    rows = rows.loc[tool.index]
    found = []
    for theirs_name, name in NAMES.items():
        expected, got = tool[theirs_name].to_numpy(float), rows[name].to_numpy(float)
        near = np.abs(got - expected) <= TOLERANCE * np.maximum(1.0, np.abs(expected))
        if not near.all():  # a missing value is near nothing
            found.append(name)
    return found


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds of all threads and the wall seconds of a run."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.process_time() - cpu, time.perf_counter() - wall


def peak_mib() -> float:
    """Return the peak of this process's own memory. Not `ru_maxrss`, which begins with that of the parent."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise OSError("/proc/self/status names no VmHWM")


if __name__ == "__main__":
    sys.exit(main())
