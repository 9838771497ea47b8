"""Our side of the benchmark of a whole province, in a process of its own so that its memory is its own.

    python bench_match_ours.py FOLDER SNAPSHOT …

FOLDER holds products, model and what it reads. The lists go into it, those of the last snapshot last;
the last line printed is a JSON array of figures, one object per snapshot.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from bench_match_firms import FIRM_COLUMNS, firm_piece
from bench_match_model import reads_of

from features.columns import AS_OF, ENTERPRISE
from matching.product import Product, load_products
from matching.whole import Matcher, Province
from matching.whole_inputs import Reads
from models.leaf_masks import LeafMasks
from models.leaf_masks_pairs import has_numba
from models.tree_text import read_forest

KEY = b"bench"
PIECE = 65_536
THREADS = 2


def main(folder: Path, snapshots: Sequence[Path]) -> None:
    """Load, compile, and then match under the clock."""
    settings = json.loads((folder / "settings.json").read_text())
    started = time.process_time()
    masks = LeafMasks.of(read_forest((folder / "model.txt").read_text()))
    loaded = time.process_time()
    products = load_products((folder / "products.json").read_text())
    reads = reads_of(products, settings["seed"], with_pairs=settings["with_pairs"])
    fast = has_numba() and settings["fast"]
    # The loops are compiled on a handful of firms.
    few = firm_piece(0, settings["seed"]).slice(0, 50)
    list(Province(Matcher.of(products, masks, reads, KEY, fast=fast)).by_enterprise([few]))
    before = {
        "model_cpu_s": round(loaded - started, 3),
        "compile_cpu_s": round(time.process_time() - loaded, 3),
        "numba": fast,
    }
    print(json.dumps([{**before, **timed(folder, one, Parts(products, masks, reads), fast=fast)} for one in snapshots]))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a matcher is made of."""

    products: tuple[Product, ...]
    masks: LeafMasks
    reads: Reads


def timed(folder: Path, snapshot: Path, parts: Parts, *, fast: bool) -> dict[str, float | int]:
    """Return the figures of one snapshot: criteria and the products' part of the model are compiled under the clock."""
    started, wall = time.process_time(), time.monotonic()
    matcher = Matcher.of(parts.products, parts.masks, parts.reads, KEY, fast=fast)
    fitting, firms = match(folder, snapshot, matcher)
    return {
        "cpu_s": round(time.process_time() - started, 3),
        "wall_s": round(time.monotonic() - wall, 3),
        "firms": firms,
        "eligible_mean": round(fitting / firms, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def match(folder: Path, snapshot: Path, matcher: Matcher) -> tuple[int, int]:
    """Read the snapshot, write both lists; return the pairs that fit and the firms."""
    province = Province(matcher, threads=THREADS)
    writer, firms = None, 0
    for lists in province.by_enterprise(pieces(snapshot, matcher.reads)):
        writer = writer or pq.ParquetWriter(folder / "by_enterprise.parquet", lists.schema, **plainly("scores"))
        writer.write_table(lists)
        firms += len(lists)
    if writer is not None:
        writer.close()
    pq.write_table(province.by_product(), folder / "by_product.parquet", **plainly("score"))
    return province.fitting, firms


def pieces(snapshot: Path, reads: Reads) -> Iterator[pa.Table]:
    """Yield the columns that are read, piece after piece."""
    names = dict.fromkeys([ENTERPRISE, AS_OF, *FIRM_COLUMNS, *(one.column for one in (*reads.firm, *reads.pair))])
    with pq.ParquetFile(snapshot) as file:
        for batch in file.iter_batches(PIECE, columns=list(names)):
            yield pa.Table.from_batches([batch])


def plainly(score: str) -> dict[str, object]:
    """Return how a list is written: scores hardly ever repeat, so that a dictionary of them would only cost."""
    other = ["products.list.element", "product", "enterprise"] if score == "scores" else ["product", "enterprise"]
    return {"compression": "none", "use_dictionary": other}


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
