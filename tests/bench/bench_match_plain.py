"""The bar of packed criteria: plain two-valued numpy over whole columns, clause after clause in place, missing = no."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from bench_match_firms import CODES, FIRM_COLUMNS

from matching.criteria import AnyOf, Between, Comparison, Condition, Membership, threshold
from matching.eligibility import Request
from matching.frame import Frame
from matching.packed import PackedCriteria
from matching.product import CapsLimit, Limit, Product, SharesLimit
from matching.vocabulary import column

Mask = npt.NDArray[np.bool_]
PPM = 1_000_000


def criteria_ratio(products: Sequence[Product], table: pa.Table, *, fast: bool) -> tuple[float, float]:
    """Return the CPU seconds of packed criteria, compiling included, and of plain numpy, both over decoded columns."""
    frame = Frame(table)
    for name in FIRM_COLUMNS:
        frame.known(name)
    few = Frame(table.slice(0, 50))
    PackedCriteria.of(products, Request(), fast=fast).evaluate(few)
    started = time.process_time()
    found = PackedCriteria.of(products, Request(), fast=fast).evaluate(frame)
    ours = time.process_time() - started
    columns = {name: _decoded(frame, name) for name in FIRM_COLUMNS}
    started = time.process_time()
    plain = [_fits(product, columns, frame.rows) for product in products]
    theirs = time.process_time() - started
    for place in range(0, len(products), 50):
        bit = (found.yes[:, place // 64] >> np.uint64(place % 64)) & np.uint64(1)
        if (np.packbits(bit.astype(np.bool_)) != plain[place]).any():
            raise ValueError(f"plain numpy and packed criteria disagree about {products[place].id}")
    return ours, theirs


def _decoded(frame: Frame, name: str) -> npt.NDArray[Any]:
    """Return a column as doubles with NaN where missing, or as small numbers of its codes with one more for none."""
    if name in CODES:
        codes = frame.codes(name)
        place = [CODES[name].index(code) for code in codes.names]
        return np.array([*place, len(CODES[name])], dtype=np.uint8)[codes.places]
    numbers = frame.numbers(name)
    return np.where(numbers.known, numbers.values.astype(np.float64), np.nan)


def _fits(product: Product, columns: dict[str, npt.NDArray[Any]], rows: int) -> npt.NDArray[np.uint8]:
    fits, spare = np.ones(rows, dtype=np.bool_), np.empty(rows, dtype=np.bool_)
    for clause in product.criteria:
        fits &= _holds(clause.require, columns, spare)
    for limit in product.limits:
        fits &= _enough(limit, columns, product.amount_min_fen)
    return np.packbits(fits)


def _holds(condition: Condition, columns: dict[str, npt.NDArray[Any]], spare: Mask) -> Mask:
    match condition:
        case AnyOf(any=parts):
            either = _holds(parts[0], columns, spare).copy()
            for part in parts[1:]:
                either |= _holds(part, columns, spare)
            return either
        case Between(column=name, low=low, high=high):
            np.greater_equal(columns[name], _bound(name, low), out=spare)
            spare &= columns[name] <= _bound(name, high)
        case Membership(column=name, values=values):
            wanted = np.array([code in values for code in CODES[name]] + [False])
            np.take(wanted, columns[name], out=spare)
        case Comparison(column=name, op="at_least", value=value):
            np.greater_equal(columns[name], _bound(name, value), out=spare)
        case Comparison(column=name, op="at_most", value=value):
            np.less_equal(columns[name], _bound(name, value), out=spare)
        case _:
            raise TypeError(condition)
    return spare


def _bound(name: str, value: int | str) -> float:
    of = column(name)
    found = int(threshold(of, value))
    return found / PPM if of.unit == "ratio" else float(found)


def _enough(limit: Limit, columns: dict[str, npt.NDArray[Any]], need: int) -> Mask:
    codes = CODES["tax_rating"]
    if isinstance(limit, CapsLimit):
        return np.array([limit.caps_fen.get(code, 0) >= need for code in codes] + [False])[columns["tax_rating"]]
    if isinstance(limit, SharesLimit):
        # A share rounded down to the fen is what is needed from this amount on.
        least = [-(-need * PPM // limit.shares_ppm[code]) if code in limit.shares_ppm else np.inf for code in codes]
        return columns[limit.of] >= np.array([*least, np.inf])[columns["tax_rating"]]
    raise TypeError(limit)
