"""What a model reads: named inputs with direction, turned into one matrix of doubles with NaN for missing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from models.errors import TrainingTableError
from models.metrics import Floats


class InputKind(StrEnum):
    """How the values of an input are read."""

    number = "number"
    ordinal = "ordinal"  # levels in a known order, read as 0, 1, 2 …
    nominal = "nominal"  # levels without an order


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One input of a model.

    `direction` is +1 where more is safer, -1 where more is riskier, 0 where unknown. `levels` are the known levels of
    a code (of an ordinal in its order; of a nominal filled in by the fit). `tables` are the accepted tables it is
    computed from: where one of them is withheld the input is missing.
    """

    name: str
    direction: int = 0
    kind: InputKind = InputKind.number
    levels: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a direction other than -1, 0, 1, and one where there is no order."""
        if self.direction not in (-1, 0, 1):
            raise ValueError(f"direction of {self.name} must be -1, 0 or 1, not {self.direction}")
        if self.kind is InputKind.nominal and self.direction:
            raise ValueError(f"{self.name} has no order of levels, so it can have no direction")

    def as_json(self) -> dict[str, Any]:
        """Return the input as JSON-able values."""
        return {**asdict(self), "levels": list(self.levels), "tables": list(self.tables)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ModelInput":
        """Return the input that `as_json` wrote."""
        return cls(
            name=data["name"],
            direction=data["direction"],
            kind=InputKind(data["kind"]),
            levels=tuple(data["levels"]),
            tables=tuple(data["tables"]),
        )


def encode(features: pd.DataFrame, inputs: Sequence[ModelInput]) -> Floats:
    """Return the matrix (rows × inputs) that models read.

    Numbers become doubles, codes the index of their level. Missing values, levels never seen, infinities and columns
    that the table lacks (a block that was not authorised) are NaN.
    """
    matrix = np.empty((len(features), len(inputs)))
    dtypes = dict(zip(features.columns, features.dtypes, strict=True))
    # Most inputs are plain numbers: they are taken in one go, for a column at a time costs more than all of them.
    plain = [place for place, item in enumerate(inputs) if _is_plain(dtypes.get(item.name), item)]
    matrix[:, plain] = features[[inputs[place].name for place in plain]].to_numpy(dtype=np.float64)
    matrix[~np.isfinite(matrix)] = np.nan
    for place in sorted(set(range(len(inputs))) - set(plain)):
        matrix[:, place] = _encoded(features, inputs[place])
    return matrix


def with_levels(features: pd.DataFrame, inputs: Sequence[ModelInput]) -> tuple[ModelInput, ...]:
    """Return the inputs with the levels of each nominal taken from the table, in order of text."""
    return tuple(replace(item, levels=_levels(features[item.name])) if _open(item) else item for item in inputs)


def informative(features: pd.DataFrame, inputs: Sequence[ModelInput]) -> tuple[ModelInput, ...]:
    """Return the inputs that take at least two values in the table, missing being one."""
    matrix = encode(features, inputs)
    kept = []
    for item, column in zip(inputs, matrix.T, strict=True):
        known = column[~np.isnan(column)]
        distinct = len(np.unique(known)) + (len(known) < len(column))
        if len(known) and distinct > 1:
            kept.append(item)
    return tuple(kept)


def require_known(columns: Sequence[str], inputs: Sequence[ModelInput]) -> None:
    """Raise TrainingTableError where an input is twice there or the table lacks its column."""
    names = [item.name for item in inputs]
    absent = sorted(set(names) - set(columns))
    if absent:
        raise TrainingTableError(f"the training table lacks the columns {', '.join(absent)}")
    if len(set(names)) < len(names):
        raise TrainingTableError("an input is named twice")


def schema_hash(inputs: Sequence[ModelInput]) -> str:
    """Return SHA-256 over the inputs' names, directions, kinds, levels and tables, in order."""
    text = json.dumps([item.as_json() for item in inputs], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _open(item: ModelInput) -> bool:
    return item.kind is InputKind.nominal and not item.levels


def _levels(column: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in column.dropna()}))


def _is_plain(dtype: object, item: ModelInput) -> bool:
    return item.kind is InputKind.number and isinstance(dtype, np.dtype) and dtype.kind in "fi"


def _encoded(features: pd.DataFrame, item: ModelInput) -> Floats:
    if item.name not in features.columns:
        return np.full(len(features), np.nan)
    column = features[item.name]
    if item.kind is not InputKind.number:
        index = {level: float(i) for i, level in enumerate(item.levels)}
        column = column.map(lambda value: index.get(str(value), np.nan), na_action="ignore")
    values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)
