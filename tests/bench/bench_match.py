"""A whole province matched against LightGBM: 500 products for 1,000,000 enterprises (full) or 100,000 (small).

Criteria are exact and every pair that fits is scored by the model itself. Our side runs in a process of its own; both
sides are counted in CPU of all threads. The last line is JSON; exit 1 names the bounds that were missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

# Threads that wait must not spin: they would be counted, on LightGBM's side too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import pyarrow as pa
import pyarrow.parquet as pq
from bench_match_bounds import FULL, missed
from bench_match_firms import PIECE, firm_piece, write_snapshot
from bench_match_model import TREES, Rows, fit, reads_of
from bench_match_ours import KEY
from bench_match_plain import criteria_ratio
from bench_match_products import draw_products
from bench_match_theirs import PAIRS, Theirs, overlap, same_bytes, same_order, stratified

from matching.product import Product, dump_products
from matching.whole import Matcher
from models.leaf_masks import LeafMasks
from models.leaf_masks_pairs import has_numba
from models.tree_text import read_forest

SIZES = {"small": 100_000, "full": 1_000_000}
SEED = 11
ROOT = Path(__file__).resolve().parents[2]
Figures = dict[str, float | int | bool]


def main() -> int:
    """Run both sides and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--firms", type=int, help="another number of enterprises than that of the size")
    parser.add_argument("--without-pairs", action="store_true", help="a model without inputs of the pair itself")
    parser.add_argument("--without-numba", action="store_true", help="the same bytes by numpy")
    parser.add_argument("--trees", type=int, default=TREES, help="a smaller model, for a trial")
    given = parser.parse_args()
    firms = given.firms or SIZES[given.size]
    with tempfile.TemporaryDirectory(prefix="rongqiao-match-") as folder:
        settings = {
            "seed": SEED,
            "with_pairs": not given.without_pairs,
            "fast": not given.without_numba,
            "trees": given.trees,
        }
        figures = run(Path(folder), firms, settings)
    # A run of another size or model is a trial: it cannot hold the bounds.
    found = missed(figures) if given.firms is None and given.trees == TREES else []
    for sentence in found:
        print(f"missed: {sentence}", file=sys.stderr)
    print(json.dumps(figures))
    return 1 if found else 0


def run(folder: Path, firms: int, settings: dict[str, int | bool]) -> Figures:
    """Return the figures of one size."""
    seed = int(settings["seed"])
    sample = firm_piece(0, seed).slice(0, min(firms, PIECE))
    products = draw_products(sample.slice(0, 20_000), seed)
    reads = reads_of(products, seed, with_pairs=bool(settings["with_pairs"]))
    rows = Rows.of(reads, sample)
    text = fit(rows, products, seed, trees=int(settings["trees"]))
    (folder / "products.json").write_text(dump_products(products))
    (folder / "model.txt").write_text(text)
    (folder / "settings.json").write_text(json.dumps(settings))
    tenth, whole = folder / "tenth.parquet", folder / "whole.parquet"
    write_snapshot(tenth, firms // 10, seed)
    write_snapshot(whole, firms, seed)
    say("world", firms=firms, snapshot_mib=whole.stat().st_size >> 20)
    small, large = ours(folder, tenth, whole)
    say("ours, a tenth", **small)
    say("ours", **large)
    theirs = Theirs(text, rows, products, KEY)
    reference = theirs.seconds(whole, seed) * firms * len(products) / PAIRS
    say("LightGBM", reference_cpu_s=round(reference, 1), us_a_pair=round(reference / firms / len(products) * 1e6, 2))
    return {
        "ratio": round(reference / float(large["cpu_s"]), 2),
        "reference_cpu_s": round(reference, 1),
        "growth": round(float(large["cpu_s"]) / firms / (float(small["cpu_s"]) / (firms // 10)), 3),
        **large,
        **agreement(theirs, folder, sample, settings),
        **criteria(folder, whole, products, settings),
    }


def agreement(theirs: Theirs, folder: Path, sample: pa.Table, settings: dict[str, int | bool]) -> Figures:
    """Return how far our lists, orders and bytes are LightGBM's."""
    chosen, fits = stratified(sample.slice(0, FULL.judged_among), theirs.products, FULL.each_stratum)
    masks = LeafMasks.of(read_forest((folder / "model.txt").read_text()))
    fast = has_numba() and bool(settings["fast"])
    matcher = Matcher.of(theirs.products, masks, theirs.rows.reads, KEY, fast=fast)
    found: Figures = {
        "overlap": round(overlap(theirs, chosen, fits, folder / "by_enterprise.parquet"), 6),
        "overlap_firms": len(chosen),
        "same_order": same_order(theirs, matcher, sample.slice(0, FULL.ordered)),
        "same_bytes": same_bytes(theirs, matcher, sample.slice(0, FULL.bytes_of)),
    }
    say("agreement", **found)
    return found


def criteria(folder: Path, whole: Path, products: Sequence[Product], settings: dict[str, int | bool]) -> Figures:
    """Return what packed criteria cost beside plain numpy, over the whole snapshot."""
    (folder / "by_enterprise.parquet").unlink()
    table = pq.read_table(whole)
    mine, plain = criteria_ratio(products, table, fast=has_numba() and bool(settings["fast"]))
    found: Figures = {
        "criteria_ratio": round(mine / plain, 3),
        "criteria_cpu_s": round(mine, 2),
        "plain_cpu_s": round(plain, 2),
    }
    say("criteria", **found)
    return found


def ours(folder: Path, *snapshots: Path) -> list[Figures]:
    """Match in a process of its own and return its figures for each snapshot."""
    script = ROOT / "tests" / "bench" / "bench_match_ours.py"
    command = [sys.executable, str(script), str(folder), *map(str, snapshots)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return list(json.loads(done.stdout.strip().rsplit("\n", 1)[-1]))


def say(what: str, **figures: float | bool) -> None:
    """Print where the run is."""
    print(f"{what}: " + ", ".join(f"{name} {value}" for name, value in figures.items()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
