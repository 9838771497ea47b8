"""Population stability: how far the rows of today lie from those a model was fitted on, in fixed bins.

The population stability index (PSI) is Σ (share now - share then) · ln(share now / share then) over bins that the
reference alone fixes; missing is a bin of its own. Its conventional lines, 0.10 and 0.25, are no test: without any
shift n and m rows in B bins give about (B - 1)(1/n + 1/m), for PSI / (1/n + 1/m) is then nearly chi-squared with B - 1
degrees of freedom (Yurdakul and Naranjo, Journal of Risk Model Validation 14(4), 2020). So an index counts only beyond
the 99 % bound of that noise, and a small sample alone raises no alarm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtri

from models.inputs import InputKind, ModelInput
from models.metrics import Floats

Counts = NDArray[np.float64]

BINS: Final = 10
_CHANCE: Final = 0.01  # how often an index without any shift may pass its bound
_EMPTY: Final = 0.5  # rows that an empty bin counts as where the other side has some: half of the least that is seen


class Level(StrEnum):
    """How much a finding matters; the order is of severity."""

    quiet = "quiet"
    watch = "watch"
    alarm = "alarm"


LEVELS_ZH: Final = {Level.quiet: "正常", Level.watch: "关注", Level.alarm: "警报"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Two lines on one scale; at or beyond `watch` somebody looks, at or beyond `alarm` somebody acts."""

    name: str
    watch: float
    alarm: float
    more_is_worse: bool
    source: str

    def level(self, value: float) -> Level:
        """Return on which side of the lines a value lies; NaN is quiet."""
        sign = 1 if self.more_is_worse else -1
        if sign * value >= sign * self.alarm:
            return Level.alarm
        return Level.watch if sign * value >= sign * self.watch else Level.quiet


PSI_LINES: Final = Threshold(
    name="psi",
    watch=0.10,
    alarm=0.25,
    more_is_worse=True,
    source="a convention: Lewis, An Introduction to Credit Scoring (1994); Siddiqi, Intelligent Credit Scoring (2017)",
)


@dataclass(frozen=True, slots=True)
class Shift:
    """The PSI of one column, with what chance alone would show; shares are by bin, missing last."""

    name: str
    psi: float
    expected: float  # the mean without any shift
    bound: float  # passed once in a hundred without any shift
    reference_rows: float  # effective where rows are weighted
    rows: float
    reference_shares: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def level(self) -> Level:
        """The side of the conventional lines, quiet within the noise of the sample."""
        return PSI_LINES.level(self.psi) if self.psi > self.bound else Level.quiet

    @property
    def zh(self) -> str:
        """The finding in Chinese."""
        noise = "" if self.psi > self.bound else "，在抽样误差之内"
        return f"{self.name}：PSI {self.psi:.3f}（无变化时约 {self.expected:.3f}{noise}），{LEVELS_ZH[self.level]}"

    @property
    def en(self) -> str:
        """The finding in English."""
        noise = "" if self.psi > self.bound else ", within sampling noise"
        return f"{self.name}: PSI {self.psi:.3f} (about {self.expected:.3f} without shift{noise}), {self.level}"

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON-able values."""
        return {
            "name": self.name,
            "psi": self.psi,
            "expected": self.expected,
            "bound": self.bound,
            "level": self.level.value,
            "reference_rows": self.reference_rows,
            "rows": self.rows,
            "reference_shares": list(self.reference_shares),
            "shares": list(self.shares),
        }


def reference_edges(reference: Floats, bins: int = BINS) -> tuple[float, ...]:
    """Return the inner edges of at most `bins` bins that hold equally many of the reference's known values.

    A value at an edge belongs to the bin below it. Values that many rows share give fewer bins, never an empty one.
    """
    known = np.sort(reference[~np.isnan(reference)])
    if not len(known):
        return ()
    at = np.ceil(np.arange(1, bins) / bins * len(known)).astype(np.int64) - 1
    edges = np.unique(known[np.clip(at, 0, None)])
    return tuple(float(edge) for edge in edges if edge < known[-1])


def bin_counts(values: Floats, edges: Sequence[float], weight: Floats | None = None) -> Counts:
    """Return the weight of the values in each bin, that of the missing last."""
    cells = np.searchsorted(np.asarray(edges, dtype=np.float64), values, side="left")
    cells = np.where(np.isnan(values), len(edges) + 1, cells)
    return np.bincount(cells, weights=weight, minlength=len(edges) + 2).astype(np.float64)


def psi(reference: Counts, current: Counts) -> float:
    """Return the population stability index of two counts by bin.

    A bin that is empty on one side counts as half a row there; one that is empty on both says nothing. Raises
    ValueError where a side has no row at all.
    """
    if not (reference.sum() > 0 and current.sum() > 0):
        raise ValueError("without rows on both sides there is nothing to compare")
    seen = (reference > 0) | (current > 0)
    then, now = (np.where(side[seen] > 0, side[seen], _EMPTY) for side in (reference, current))
    then, now = then / then.sum(), now / now.sum()
    return float(np.sum((now - then) * np.log(now / then)))


def effective_rows(values: Floats, weight: Floats | None) -> float:
    """Return how many equally weighted rows say as much: (Σw)² / Σw² (Kish)."""
    if weight is None or not len(weight):
        return float(len(values))
    return float(weight.sum() ** 2 / np.sum(weight**2))


def shift(
    name: str,
    reference: Floats,
    current: Floats,
    weights: tuple[Floats | None, Floats | None] = (None, None),
    edges: Sequence[float] | None = None,
) -> Shift:
    """Return the PSI of a column between the reference and today; `edges` preset to the reference's tenths.

    Raises ValueError where a side has no row.
    """
    cuts = reference_edges(reference) if edges is None else edges
    then, now = bin_counts(reference, cuts, weights[0]), bin_counts(current, cuts, weights[1])
    rows = (effective_rows(reference, weights[0]), effective_rows(current, weights[1]))
    value = psi(_unit(then, rows[0]), _unit(now, rows[1]))
    noise = 1 / rows[0] + 1 / rows[1]
    freedom = max(int(((then > 0) | (now > 0)).sum()) - 1, 0)
    bound = float(chdtri(freedom, _CHANCE)) * noise if freedom else 0.0
    shares = (tuple((side / side.sum()).tolist()) for side in (then, now))
    return Shift(name, value, freedom * noise, bound, *rows, *shares)


def feature_shifts(reference: Floats, current: Floats, inputs: Sequence[ModelInput]) -> tuple[Shift, ...]:
    """Return the PSI of every column of two matrices encoded over the same inputs, the largest first.

    A code's levels are bins each; a level that the fit never saw is counted among the missing, as a model reads it.
    """
    found = [
        shift(item.name, reference[:, place], current[:, place], edges=_edges_of(item))
        for place, item in enumerate(inputs)
    ]
    return tuple(sorted(found, key=lambda one: (-one.psi, one.name)))


def _edges_of(item: ModelInput) -> tuple[float, ...] | None:
    if item.kind is InputKind.number:
        return None
    return tuple(float(place) for place in range(len(item.levels) - 1))


def _unit(counts: Counts, rows: float) -> Counts:
    """Scale weighted counts to effective rows, so that half a row means the same on every side."""
    return np.asarray(counts * (rows / counts.sum()), dtype=np.float64)


def level_shift(
    name: str, reference: pd.Categorical, current: pd.Categorical, weights: tuple[Floats | None, Floats | None]
) -> Shift:
    """Return the PSI of a column of text: the reference's nine most frequent levels and all others are bins."""
    is_known = reference.codes >= 0
    weight = None if weights[0] is None else weights[0][is_known]
    held = np.bincount(reference.codes[is_known], weights=weight, minlength=len(reference.categories))
    ranked = sorted(zip(-held, reference.categories, strict=True))[: BINS - 1]
    place = {str(level): float(number) for number, (_, level) in enumerate(ranked)}
    then, now = (_coded(side, place) for side in (reference, current))
    return shift(name, then, now, weights, edges=[float(number) for number in range(len(place))])


def _coded(column: pd.Categorical, place: Mapping[str, float]) -> Floats:
    codes = [place.get(str(level), float(len(place))) for level in column.categories]
    return np.asarray(np.array([*codes, np.nan])[column.codes], dtype=np.float64)
