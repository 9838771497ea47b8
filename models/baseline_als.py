"""Factorisation as a baseline of a match study: implicit ALS (Hu, Koren and Volinsky 2008), places as its users.

A user is a place of the finest level (first level, level), an item an option; the confidence is ln(1 + requests) times
a factor.
The library `implicit` is the optional extra `study`; it is imported at the first use.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.baseline_counts import Book, CountedFit, Table, level_keys
from models.errors import LibraryAbsentError
from models.match_baselines import HeldOut, mrr_of
from models.metrics import Floats
from models.study_table import StudyRows

Ints = NDArray[np.int64]

FACTORS: Final = (16, 32)
CONFIDENCES: Final = (1.0, 10.0)
_ITERATIONS: Final = 15
_REGULARISATION: Final = 0.1


@dataclass(frozen=True)
class AlsChoice:
    """The places that are the users (the finest), how many factors there are and how much a request counts."""

    level: tuple[str, ...]
    factors: int
    confidence: float
    mrr: float = float("nan")


@dataclass(frozen=True)
class Als:
    """Factors of places and options; a place never seen has none and gets the order of popularity."""

    options: Sequence[str]
    sizes: Ints
    book: Book
    places: NDArray[np.float32]
    items: NDArray[np.float32]

    def scores(self, rows: StudyRows) -> Floats:
        """Return rows × options."""
        # Place by place, so that no other row of the block takes part in the product.
        places, back = np.unique(self.book.places(rows), return_inverse=True)
        return np.stack([self.items @ self.places[place] for place in places])[back].astype(np.float64)


def fit_als(whole: CountedFit, parts: HeldOut, levels: Sequence[str], seed: int) -> tuple[Als, AlsChoice]:
    """Choose factors and confidence on the newest part of the fit, then fit on the whole.

    Raises LibraryAbsentError where `implicit` is not installed.
    """
    finest = level_keys(levels)[-1]
    asked = [AlsChoice(finest, factors, confidence) for factors in FACTORS for confidence in CONFIDENCES]
    tried = [replace(one, mrr=mrr_of(_fitted(parts.before, one, seed), parts)) for one in asked]
    best = max(tried, key=lambda one: one.mrr)
    return _fitted(whole, best, seed), best


def _fitted(fit: CountedFit, choice: AlsChoice, seed: int) -> Als:
    als, limits = _load_implicit()
    book = Book.of(fit.rows, choice.level)
    table = Table.of(book, fit.rows, (fit.taken, np.ones(len(fit.rows))), len(fit.options))
    counts = table.counts.astype(np.float32)
    counts.data = np.log1p(counts.data) * np.float32(choice.confidence)
    with limits(1, "blas"):
        model = als.AlternatingLeastSquares(
            factors=choice.factors,
            regularization=_REGULARISATION,
            iterations=_ITERATIONS,
            num_threads=1,
            random_state=seed,
            use_gpu=False,
        )
        model.fit(counts, show_progress=False)
    places = np.array(model.user_factors, dtype=np.float32)
    places[-1] = 0.0  # the row of places never seen
    return Als(fit.options, fit.sizes, book, places, np.array(model.item_factors, dtype=np.float32))


def _load_implicit() -> tuple[Any, Any]:
    """Return the library's module of ALS and what keeps its algebra to one thread."""
    try:
        import implicit.als  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # noqa: PLC0415
    except ImportError as absent:
        raise LibraryAbsentError(
            f"the baseline ALS needs {absent.name}: pip install 'rongqiao[study]' brings it"
        ) from absent
    return implicit.als, threadpool_limits
