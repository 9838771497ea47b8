"""Coarse classes of one input with their weight of evidence.

optbinning finds the cut points; counting, weight of evidence and everything at prediction is plain numpy on what
is stored. Weight of evidence = ln(share of the good in the bin ÷ share of the bad), so higher is safer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inputs import InputKind, ModelInput
from models.metrics import Floats

_MAX_BINS = 6
_MAX_FINE = 12  # candidates of a cut: the solver's time grows with their square, six classes gain nothing from more
_MIN_SHARE = 0.05
_MIN_ROWS = 10
WITHHELD = 1 / 8  # of the firms, beside those that lack the value: the weight of the withheld copies in `boosting`
_TREND = {1: "descending", -1: "ascending", 0: "auto_asc_desc"}  # of the rate of bad


@dataclass(frozen=True, slots=True)
class Bins:
    """The classes of one input: of a number `splits` (a class holds its lower cut), of a nominal `groups` of levels.

    `bad`, `good` and `woe` are by class; the last class is *missing*. Its weight of evidence is taken as if one more
    firm in eight had withheld the value, so that few missing rows say little: a value that is withheld tells less
    than one that does not exist, and the fit cannot tell them apart.
    """

    splits: tuple[float, ...]
    groups: tuple[tuple[int, ...], ...]
    bad: tuple[int, ...]
    good: tuple[int, ...]
    woe: tuple[float, ...]

    @property
    def information_value(self) -> float:
        """Σ (share of good - share of bad) · weight of evidence, missing included."""
        bad, good = np.asarray(self.bad, dtype=np.float64), np.asarray(self.good, dtype=np.float64)
        return float(np.sum((good / good.sum() - bad / bad.sum()) * np.asarray(self.woe)))

    def classes(self, values: Floats) -> NDArray[np.int64]:
        """Return the class of each value; NaN and unseen levels are in the last one."""
        return _classes(values, self.splits, self.groups)

    def transform(self, values: Floats) -> Floats:
        """Return the weight of evidence of each value."""
        return np.asarray(self.woe, dtype=np.float64)[self.classes(values)]

    def as_json(self) -> dict[str, Any]:
        """Return the bins as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Bins":
        """Return the bins that `as_json` wrote."""
        groups = tuple(tuple(group) for group in data["groups"])
        parts = {name: tuple(data[name]) for name in ("splits", "bad", "good", "woe")}
        return cls(groups=groups, **parts)


def fit_bins(values: Floats, bad: NDArray[np.int64], item: ModelInput) -> Bins:
    """Return the classes of an input, monotone in the rate of bad as its direction says (either way where it is 0).

    `values` are as `encode` gives them; each class holds at least 10 rows and 5 % of them, at most six classes.
    An input whose order contradicts its direction comes back with one class and an information value of 0.
    """
    smallest = min(0.5, max(_MIN_SHARE, _MIN_ROWS / len(values)))
    splits: tuple[float, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()
    if item.kind is InputKind.nominal:
        groups = _cut_levels(values, bad, smallest)
    else:
        splits = _cut_numbers(values, bad, item.direction, smallest)
    return count_bins(values, bad, splits, groups)


def count_bins(
    values: Floats, bad: NDArray[np.int64], splits: tuple[float, ...], groups: tuple[tuple[int, ...], ...]
) -> Bins:
    """Return given classes with their counts and weights of evidence on these rows."""
    size = (len(groups) or len(splits) + 1) + 1
    cell = _classes(values, splits, groups)
    bads = np.bincount(cell[bad == 1], minlength=size)
    goods = np.bincount(cell[bad == 0], minlength=size)
    woe = weight_of_evidence(bads, goods)
    woe[-1] = _missing_woe(bads, goods)
    return Bins(splits, groups, tuple(bads.tolist()), tuple(goods.tolist()), tuple(woe.tolist()))


def weight_of_evidence(bads: NDArray[np.int64], goods: NDArray[np.int64]) -> Floats:
    """Return ln(share of good ÷ share of bad) by class, 0 where a class holds one outcome only."""
    share_bad, share_good = bads / bads.sum(), goods / goods.sum()
    mixed = (bads > 0) & (goods > 0)
    ratio = np.divide(share_good, share_bad, out=np.ones(len(bads)), where=mixed)
    return np.asarray(np.log(ratio), dtype=np.float64)


def _missing_woe(bads: NDArray[np.int64], goods: NDArray[np.int64]) -> float:
    bad, good = bads.sum(), goods.sum()
    return float(np.log((goods[-1] + WITHHELD * good) / good) - np.log((bads[-1] + WITHHELD * bad) / bad))


def _classes(values: Floats, splits: Sequence[float], groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    known = ~np.isnan(values)
    if not groups:
        cell = np.searchsorted(np.asarray(splits, dtype=np.float64), values, side="right")
        return np.where(known, cell, len(splits) + 1)
    unseen = max(max(group, default=0) for group in groups) + 1
    of_level = np.full(unseen + 1, len(groups))
    for number, group in enumerate(groups):
        of_level[list(group)] = number
    return of_level[np.where(known, np.minimum(values, unseen), unseen).astype(np.int64)]


def _cut_numbers(values: Floats, bad: NDArray[np.int64], direction: int, smallest: float) -> tuple[float, ...]:
    if not _separable(values, bad):
        return ()
    splits = _solve(values, bad, smallest, dtype="numerical", monotonic_trend=_TREND[direction])
    return tuple(float(cut) for cut in splits)


def _cut_levels(values: Floats, bad: NDArray[np.int64], smallest: float) -> tuple[tuple[int, ...], ...]:
    known = ~np.isnan(values)
    levels = tuple(int(level) for level in np.unique(values[known]))
    if not _separable(values, bad):
        return (levels,)
    # Levels go to optbinning as text, in its own coarse classes; rare levels are merged by their rate of bad.
    text = np.array([str(int(value)) if given else None for value, given in zip(values, known, strict=True)])
    splits = _solve(text, bad, smallest, dtype="categorical", monotonic_trend="ascending")
    return tuple(tuple(sorted(int(level) for level in group)) for group in splits) or (levels,)


def _separable(values: Floats, bad: NDArray[np.int64]) -> bool:
    known = ~np.isnan(values)
    return len(np.unique(values[known])) > 1 and len(np.unique(bad[known])) > 1


def _solve(values: NDArray[Any], bad: NDArray[np.int64], smallest: float, **settings: Any) -> Any:  # noqa: ANN401
    # Imported here alone: optbinning brings cvxpy and ortools, seconds of import that serving must not pay.
    from optbinning import OptimalBinning  # noqa: PLC0415

    sizes = {"max_n_prebins": _MAX_FINE, "min_prebin_size": smallest, "min_bin_size": smallest}
    binning = OptimalBinning(solver="cp", max_n_bins=_MAX_BINS, **sizes, **settings)
    binning.fit(values, bad)
    # A solution cut short by the clock would not be repeatable: no classes are better than accidental ones.
    return binning.splits if binning.status == "OPTIMAL" else []
