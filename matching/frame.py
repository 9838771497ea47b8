"""A table of profiles as numpy columns: exact integers, and beside each column what of it is known."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from matching.amounts import PPM
from matching.criteria import EPOCH
from matching.errors import CriteriaError
from matching.vocabulary import column

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers; where `known` is false the value means nothing."""

    values: Ints | Floats
    known: Mask


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of codes as places in `names`; −1 is missing."""

    places: npt.NDArray[np.int32]
    names: tuple[str, ...]

    def among(self, wanted: frozenset[str]) -> Mask:
        """Say where the code is one of `wanted`; missing is not."""
        hits = np.array([name in wanted for name in self.names] + [False], dtype=np.bool_)
        return hits[self.places]

    @property
    def known(self) -> Mask:
        """Say where there is a code."""
        return self.places >= 0


class Frame:
    """Profiles by column, each decoded once however many products read it.

    A column of the dictionary that the table lacks is missing in every row. Money stays int64.
    """

    def __init__(self, table: pa.Table) -> None:
        """Hold a table with one row per (enterprise, as_of), as the engine builds it."""
        self.table = table
        self.rows: int = table.num_rows
        self._numbers: dict[str, Numbers] = {}
        self._codes: dict[str, Codes] = {}

    @property
    def enterprises(self) -> list[str]:
        """Return the ids of the rows."""
        return [str(name) for name in self.table.column(ENTERPRISE).to_pylist()]

    @property
    def days(self) -> Ints:
        """Return the day each row is as of, in days since 1970; a row without one has the first day there is."""
        first = date.min.toordinal() - EPOCH.toordinal()
        days: Ints = (
            self._array(AS_OF).cast(pa.int32()).fill_null(first).to_numpy(zero_copy_only=False).astype(np.int64)
        )
        return days

    def numbers(self, name: str) -> Numbers:
        """Return a numeric or day column (days since 1970); CriteriaError where it holds something else."""
        if name not in self._numbers:
            self._numbers[name] = self._decode_numbers(name)
        return self._numbers[name]

    def codes(self, name: str) -> Codes:
        """Return a column of codes; CriteriaError where it holds something else."""
        if name not in self._codes:
            self._codes[name] = self._decode_codes(name)
        return self._codes[name]

    def known(self, name: str) -> Mask:
        """Say in which rows the column has a value."""
        return self.codes(name).known if column(name).unit == "code" else self.numbers(name).known

    def value(self, name: str, row: int) -> int | str | None:
        """Return one value as a log may hold it: fen, whole number, millionths, ISO day or code; None is missing."""
        unit = column(name).unit
        if unit == "code":
            codes = self.codes(name)
            place = int(codes.places[row])
            return codes.names[place] if place >= 0 else None
        numbers = self.numbers(name)
        if not numbers.known[row]:
            return None
        if np.issubdtype(numbers.values.dtype, np.floating):
            return int(np.rint(numbers.values[row] * PPM))
        if unit == "day":
            return date.fromordinal(EPOCH.toordinal() + int(numbers.values[row])).isoformat()
        return int(numbers.values[row])

    def day(self, name: str, row: int) -> date | None:
        """Return one value of a day column."""
        if name != AS_OF:
            text = self.value(name, row)
            return None if text is None else date.fromisoformat(str(text))
        found = self.table.column(AS_OF)[row].as_py()
        return found if isinstance(found, date) else None

    def _array(self, name: str) -> "pa.Array[Any]":
        if name not in self.table.column_names:
            return pa.nulls(self.rows)
        return self.table.column(name).combine_chunks()

    def _decode_numbers(self, name: str) -> Numbers:
        array, unit = self._array(name), column(name).unit
        if pa.types.is_null(array.type):
            return Numbers(np.zeros(self.rows, dtype=np.int64), np.zeros(self.rows, dtype=np.bool_))
        known = array.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_date32(array.type):
            array = array.cast(pa.int32())
        if pa.types.is_floating(array.type) and unit != "fen":
            values = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
            return Numbers(values, known & np.isfinite(values))
        if not (pa.types.is_integer(array.type) or pa.types.is_boolean(array.type)):
            raise CriteriaError(f"column {name} ({unit}) cannot be {array.type}")
        return Numbers(array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), known)

    def _decode_codes(self, name: str) -> Codes:
        array = self._array(name)
        if pa.types.is_null(array.type):
            return Codes(np.full(self.rows, -1, dtype=np.int32), ())
        if pa.types.is_dictionary(array.type):
            array = array.cast(pa.string())
        if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
            raise CriteriaError(f"column {name} (code) cannot be {array.type}")
        encoded = array.dictionary_encode()
        places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        return Codes(places, tuple(str(name) for name in encoded.dictionary.to_pylist()))
