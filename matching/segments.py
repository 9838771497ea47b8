"""The segments that affinity counts by: of the firm as its profile shows it, of the request, and of the product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import AS_OF, KIND
from matching.amounts import FEN_PER_YUAN
from matching.criteria import Shown, columns_of, expanded
from matching.frame import Floats, Frame, Ints
from matching.product import Product
from matching.rank import SALES_12M
from matching.vocabulary import column
from models import affinity

PREFECTURE, SECTION = "prefecture", "industry_section"
#: The columns of a profile that the segments of past events need.
SEGMENT_COLUMNS = (KIND, SECTION, PREFECTURE, SALES_12M)
SALES_BOUNDS_YUAN = (200_000, 1_000_000, 5_000_000, 20_000_000)
AMOUNT_BOUNDS_YUAN = (50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
TERM_BOUNDS_MONTHS = (6, 12, 24, 36)
UNKNOWN = ""


def firm_segments(frame: Frame) -> dict[str, pd.Categorical]:
    """Return kind, section, prefecture and size (a band of sales in 12 months) of each row; "" where not known."""
    sales = frame.numbers(SALES_12M)
    values = np.where(sales.known, sales.values.astype(np.float64), np.nan)  # noqa: PD011 (no frame of pandas)
    return {
        affinity.KIND: _codes(frame, KIND),
        affinity.SECTION: _codes(frame, SECTION),
        affinity.PREFECTURE: _codes(frame, PREFECTURE),
        affinity.SIZE: _band(values, _fen(SALES_BOUNDS_YUAN)),
    }


def request_segments(amounts_fen: Floats, term_months: Floats) -> dict[str, pd.Categorical]:
    """Return the bands of the amount and the term asked for; "" where nothing is asked (NaN)."""
    return {
        affinity.AMOUNT_BAND: _band(amounts_fen, _fen(AMOUNT_BOUNDS_YUAN)),
        affinity.TERM_BAND: _band(term_months, TERM_BOUNDS_MONTHS),
    }


def product_segments(product: Product) -> dict[str, str]:
    """Return the product, its bank, and what it is like: guarantee, repayment and which facts its criteria ask for."""
    return {
        affinity.PRODUCT: product.id,
        affinity.BANK: product.bank,
        affinity.PATTERN: f"{product.guarantee}|{product.repayment}|{_asks_for(product)}",
    }


@dataclass(frozen=True, slots=True)
class FramePairs:
    """Pairs over a frame: the row of each, and the place of its product among `products`."""

    products: Sequence[Product]
    row: Ints
    product: Ints


def affinity_queries(frame: Frame, amounts_fen: Floats, term_months: Floats, pairs: FramePairs) -> pd.DataFrame:
    """Return the queries of `models.affinity` for pairs over a frame, each on its row's own day.

    The amount and the term asked for stand per row of the frame, NaN where none is (`matching.pairs.asked`).
    """
    found: dict[str, object] = {affinity.DAY: as_days(days_of(frame)[pairs.row])}
    by_row = firm_segments(frame) | request_segments(amounts_fen, term_months)
    found |= {name: values[pairs.row] for name, values in by_row.items()}
    of_products = [product_segments(product) for product in pairs.products]
    for name in (affinity.PRODUCT, affinity.BANK, affinity.PATTERN):
        found[name] = spread([segments[name] for segments in of_products], pairs.product)
    return pd.DataFrame(found)


def as_days(days: Ints) -> NDArray[np.datetime64]:
    """Return days since 1970 as days that pandas holds."""
    return days.astype("datetime64[D]").astype("datetime64[s]")


def spread(values: Sequence[str], places: Ints) -> pd.Categorical:
    """Return `values` at `places`."""
    book = sorted(set(values))
    codes = np.array([book.index(value) for value in values], dtype=np.int64)
    return _categorical(codes[places], book)


def _categorical(codes: Ints, names: Sequence[str]) -> pd.Categorical:
    found: pd.Categorical = pd.Categorical.from_codes(codes, pd.Index([str(name) for name in names], dtype="str"))
    return found


def days_of(frame: Frame) -> Ints:
    """Return the day of each row, in days since 1970."""
    return frame.table.column(AS_OF).cast(pa.int32()).to_numpy().astype(np.int64)


def _asks_for(product: Product) -> str:
    """Name the first of these that the criteria which anybody may read ask for: invoices, tax records, another."""
    tables = {
        table
        for clause in expanded(product.criteria)
        if clause.shown is Shown.public
        for name in columns_of(clause.require)
        for table in column(name).tables
    }
    if "invoices" in tables:
        return "invoices"
    return "tax" if any(table.startswith("tax") for table in tables) else "other"


def _codes(frame: Frame, name: str) -> pd.Categorical:
    codes = frame.codes(name)
    places = np.where(codes.places >= 0, codes.places, len(codes.names))
    return _categorical(places, [*codes.names, UNKNOWN])


def _band(values: Floats, bounds: Sequence[int]) -> pd.Categorical:
    """Return in which band a value lies, each up to and with its bound; the last is open."""
    places = np.searchsorted(bounds, values, side="left")
    names = [str(place) for place in range(len(bounds) + 1)]
    return _categorical(np.where(np.isnan(values), len(names), places), [*names, UNKNOWN])


def _fen(yuan: Sequence[int]) -> list[int]:
    return [value * FEN_PER_YUAN for value in yuan]
