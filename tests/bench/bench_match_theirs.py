"""LightGBM's side of the benchmark of a whole province: its time, its order and its bytes."""

import ctypes
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from bench_match_model import Rows

from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.product import Product
from matching.rank import tie
from matching.truth import YES
from matching.whole import Matcher
from models.boosting import load_lightgbm

PAIRS, REPEATS, THREADS = 300_000, 3, 2
STRATA = ((40, 60), (60, 90), (90, 130), (130, 180), (180, 501))
FIRST = 20

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Theirs:
    """The model as LightGBM has it, over a sample of the snapshot's firms."""

    def __init__(self, text: str, rows: Rows, products: Sequence[Product], key: bytes) -> None:
        """Load the model; `rows` holds the sample's firms."""
        self.booster = load_lightgbm().Booster(model_str=text)
        self.rows, self.products = rows, products
        named = [tie(key, one.content()) + tie(key, one.id.encode()) for one in products]
        self.ties = np.argsort(np.argsort(named))

    def seconds(self, snapshot: Path, seed: int) -> float:
        """Return the CPU of all threads for one predict over random pairs of all, the median of three."""
        draw = np.random.default_rng(seed)
        everyone = pq.read_table(snapshot)
        firms = everyone.take(np.sort(draw.integers(0, len(everyone), PAIRS)))
        matrix = Rows.of(self.rows.reads, firms).rows(np.arange(PAIRS), draw.integers(0, len(self.products), PAIRS))
        taken = []
        for _ in range(REPEATS):
            started = time.process_time()
            self.booster.predict(matrix, raw_score=True, num_threads=THREADS)
            taken.append(time.process_time() - started)
        return statistics.median(taken)

    def scores(self, firm: Ints, product: Ints) -> Floats:
        """Return LightGBM's raw scores in one predict."""
        matrix = self.rows.rows(firm, product)
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=THREADS))

    def order(self, scores: Floats) -> Ints:
        """Return the products of one firm (scores of all) best first."""
        return np.lexsort((self.ties, -scores))


class OneByOne:
    """LightGBM asked for one row at a time, by its own single-row call."""

    def __init__(self, booster: Any, inputs: int) -> None:  # noqa: ANN401 (LightGBM's)
        """Prepare the call."""
        from lightgbm.basic import _LIB  # noqa: PLC0415 (after its OpenMP runtime)

        self.library, self.config = _LIB, ctypes.c_void_p()
        single, raw_score = 0, 1  # C_API_DTYPE_FLOAT32, C_API_PREDICT_RAW_SCORE
        self._checked(
            _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle,  # noqa: SLF001 (the wrapper has no single-row call)
                ctypes.c_int(raw_score),
                ctypes.c_int(0),
                ctypes.c_int(-1),
                ctypes.c_int(single),
                ctypes.c_int32(inputs),
                ctypes.c_char_p(b"num_threads=1"),
                ctypes.byref(self.config),
            )
        )

    def scores(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return the raw score of each row."""
        found, length = np.empty(len(matrix)), ctypes.c_int64()
        matrix = np.ascontiguousarray(matrix, dtype=np.float32)
        for place in range(len(matrix)):
            self._checked(
                self.library.LGBM_BoosterPredictForMatSingleRowFast(
                    self.config,
                    ctypes.c_void_p(matrix.ctypes.data + place * matrix.strides[0]),
                    ctypes.byref(length),
                    ctypes.c_void_p(found.ctypes.data + 8 * place),
                )
            )
        return found

    def _checked(self, code: int) -> None:
        if code:
            raise RuntimeError(f"LightGBM's single-row call failed with {code}")


def stratified(table: pa.Table, products: Sequence[Product], each: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return firms with 40 eligible products or more, as many of each stratum, and what fits them by the plain path."""
    frame = Frame(table)
    fits = np.stack([evaluate(product, frame, Request()).verdict == YES for product in products], axis=1)
    count = fits.sum(axis=1)
    chosen = [np.flatnonzero((count >= low) & (count < high))[:each] for low, high in STRATA]
    firms = np.sort(np.concatenate(chosen))
    return firms, fits[firms]


def overlap(theirs: Theirs, firms: Ints, fits: npt.NDArray[np.bool_], listed: Path) -> float:
    """Return the mean share of LightGBM's first twenty of what fits that our lists hold."""
    ours = _lists(listed, int(firms.max()) + 1)
    firm, product = np.nonzero(fits)
    scores = theirs.scores(firms[firm], product)
    starts = np.searchsorted(firm, np.arange(len(firms) + 1))
    names = [one.id for one in theirs.products]
    shares = []
    for place, row in enumerate(firms):
        part = slice(starts[place], starts[place + 1])
        best = product[part][np.lexsort((theirs.ties[product[part]], -scores[part]))][:FIRST]
        shares.append(len({names[one] for one in best} & set(ours[int(row)])) / len(best))
    return float(np.mean(shares))


def _lists(listed: Path, firms: int) -> list[list[str]]:
    with pq.ParquetFile(listed) as file:
        groups, held = [], 0
        for number in range(file.num_row_groups):
            groups.append(file.read_row_group(number, columns=["products"]))
            held += len(groups[-1])
            if held >= firms:
                break
    return pa.concat_tables(groups).column("products").to_pylist()


def same_order(theirs: Theirs, matcher: Matcher, table: pa.Table) -> bool:
    """Say whether all products stand in LightGBM's own order for every firm, row by row, whatever fits."""
    firms, products = len(table), len(theirs.products)
    ours = _all_scores(matcher, table).reshape(firms, products)
    single = OneByOne(theirs.booster, theirs.booster.num_feature())
    for firm in range(firms):
        one = single.scores(theirs.rows.rows(np.full(products, firm), np.arange(products)))
        if (theirs.order(one) != np.lexsort((matcher.ties, -ours[firm]))).any():
            return False
    return True


def same_bytes(theirs: Theirs, matcher: Matcher, table: pa.Table) -> bool:
    """Say whether the raw scores of all pairs of these firms and the products are LightGBM's bytes."""
    firms, products = len(table), len(theirs.products)
    firm, product = np.repeat(np.arange(firms), products), np.tile(np.arange(products), firms)
    return _all_scores(matcher, table).tobytes() == theirs.scores(firm, product).tobytes()


def _all_scores(matcher: Matcher, table: pa.Table) -> Floats:
    products = len(matcher.products)
    starts = np.arange(len(table) + 1, dtype=np.int64) * products
    items = np.tile(np.arange(products), len(table)).astype(np.uint16)
    return matcher.scores(Frame(table), starts, items)
