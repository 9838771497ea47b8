"""What a model reads of a whole province: of the firm, of the product, of both by a code of the firm, and of the pair.

Numbers are read as the model's rows hold them: in single precision where it was given float32 rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.frame import Floats, Frame, Ints
from models.leaf_masks_pairs import Inputs

Small = npt.NDArray[np.uint16]
#: Columns of a request that a snapshot may hold beside the profile: no criterion reads them.
ASKED = frozenset({"amount_asked_fen", "term_asked_months"})


@dataclass(frozen=True, slots=True, eq=False)
class FirmInput:
    """A column of the profile; a code is read as its place among the levels, NaN where it is none of them."""

    column: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ByCode:
    """Values by a code of the firm and product (codes × products × inputs); NaN for a firm of no code listed."""

    column: str
    codes: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class PairInput:
    """A firm's number over a product's (`is_divided`: under it), the product's by a code of the firm where `by` is set.

    `table` is codes × products, with one row where there is no `by`. NaN where either is missing or is divided by zero.
    """

    column: str
    table: Floats
    by: str | None = None
    codes: tuple[str, ...] = ()
    is_divided: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """The inputs of a model in its order: firm's, product's (products × inputs), those by code, those of the pair."""

    firm: tuple[FirmInput, ...]
    product: Floats
    by_code: ByCode
    pair: tuple[PairInput, ...]
    single: bool

    @property
    def inputs(self) -> Inputs:
        """Return the same as the scorer takes it."""
        firm, product, by_code = len(self.firm), self.product.shape[1], self.by_code.values.shape[2]
        bounds = np.cumsum([0, firm, product, by_code, len(self.pair)])
        own, item, grouped, pair = (tuple(range(first, last)) for first, last in pairwise(bounds))
        # The last group is that of firms whose code is not listed: they share no value.
        nobody = np.full((1, *self.by_code.values.shape[1:]), np.nan)
        return Inputs(
            own=own,
            item=item,
            item_values=self.rounded(self.product),
            grouped=grouped,
            grouped_values=self.rounded(np.concatenate([self.by_code.values, nobody])),
            pair=pair,
        )

    def rounded(self, values: Floats) -> Floats:
        """Return values in the precision of the model's rows."""
        if not self.single:
            return values
        # What no float can hold becomes infinite there as it would in the rows.
        with np.errstate(over="ignore"):
            return values.astype(np.float32).astype(np.float64)

    def firm_column(self, place: int, frame: Frame) -> Floats:
        """Return one input of the firm over the rows of a frame."""
        one = self.firm[place]
        if one.levels:
            found = code_rows(frame, one.column, one.levels).astype(np.float64)
            return np.where(found == len(one.levels), np.nan, found)
        return self.rounded(numbers(frame, one.column))

    def groups(self, frame: Frame) -> Ints:
        """Return the group of each row: the place of its code, or the number of codes where it is not listed."""
        return code_rows(frame, self.by_code.column, self.by_code.codes)


def numbers(frame: Frame, name: str) -> Floats:
    """Return a column of numbers as doubles, NaN where missing; what is asked for stands beside the profile."""
    if name in ASKED:
        asked = frame.table.column(name).combine_chunks().cast(pa.float64())
        return np.asarray(asked.fill_null(np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)
    found = frame.numbers(name)
    return np.where(found.known, found.values.astype(np.float64), np.nan)


def code_rows(frame: Frame, name: str, listed: Sequence[str]) -> Ints:
    """Return the place of each row's code among those listed, or their number where it is none of them."""
    codes = frame.codes(name)
    places: Mapping[str, int] = {code: place for place, code in enumerate(listed)}
    rows = [places.get(code, len(listed)) for code in codes.names]
    return np.array([*rows, len(listed)], dtype=np.int64)[codes.places]


def pair_column(one: PairInput, frame: Frame, starts: Ints, items: Small, *, fast: bool) -> Floats:
    """Return a pair input for the pairs of a frame's rows, those of row r being `items[starts[r]:starts[r + 1]]`."""
    codes = np.zeros(frame.rows, dtype=np.int64) if one.by is None else code_rows(frame, one.by, one.codes)
    table = one.table if one.by is None else np.vstack([one.table, np.full(one.table.shape[1], np.nan)])
    of_firm = numbers(frame, one.column)
    if fast:
        from matching import whole_numba as loops  # noqa: PLC0415 (optional)

        found = np.empty(len(items))
        loops.pair_values(starts, items, of_firm, codes, table, int(one.is_divided), found)
        return found
    counts = np.diff(starts)
    firm, product = np.repeat(of_firm, counts), table[np.repeat(codes, counts), items]
    part, over = (product, firm) if one.is_divided else (firm, product)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = part / over
    return np.where(np.isfinite(value), value, np.nan)
