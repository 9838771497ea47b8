"""Which inputs a scorecard takes: a written rule that needs nothing but the rows of the fit.

1. *Fine classing*: each input is cut at the fifths of its values (a code by level, missing apart) and its information
   value taken with half a row added to each cell.
2. Inputs whose information value does not exceed what noise alone reaches in one of a hundred are left. Without any
   relation it is about chi-square(classes - 1) · (1/bad + 1/good).
3. In order of information value (then of name) the input is binned by `fit_bins`; it is taken where its bins, in the
   direction the dictionary says, still carry an information value of 0.02 and its weight of evidence correlates by
   at most 0.7 in size with each one taken before.
4. It ends at one input per 7 outcomes of the rarer class, at least 1 and at most 12. (Vittinghoff and McCulloch 2007
   find 5 to 9 events per variable enough where the textbook asks for 10; the fit is a ridge besides.)
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from models.binning import Bins, fit_bins
from models.inputs import InputKind, ModelInput
from models.metrics import Floats

_FINE_CLASSES = 5
_CHANCE = 0.01
_LEAST_INFORMATION = 0.02
_MOST_CORRELATION = 0.7
_OUTCOMES_PER_INPUT = 7
_MOST_INPUTS = 12


def most_inputs(bad: NDArray[np.int64]) -> int:
    """Return how many inputs the number of outcomes carries (rule 4)."""
    rarer = int(min(bad.sum(), len(bad) - bad.sum()))
    return min(max(rarer // _OUTCOMES_PER_INPUT, 1), _MOST_INPUTS)


def select_inputs(matrix: Floats, bad: NDArray[np.int64], inputs: Sequence[ModelInput]) -> tuple[tuple[int, Bins], ...]:
    """Return the positions and bins of the inputs taken, in the order taken; empty where none says anything."""
    taken: list[tuple[int, Bins]] = []
    evidence: list[Floats] = []
    limit = most_inputs(bad)
    for position in _promising(matrix, bad, inputs):
        if len(taken) == limit:
            break
        values = matrix[:, position]
        bins = fit_bins(values, bad, inputs[position])
        woe = bins.transform(values)
        if bins.information_value >= _LEAST_INFORMATION and all(
            _correlation(woe, e) <= _MOST_CORRELATION for e in evidence
        ):
            taken.append((position, bins))
            evidence.append(woe)
    return tuple(taken)


def fine_information(values: Floats, bad: NDArray[np.int64], item: ModelInput) -> tuple[float, int]:
    """Return the information value over fine classes and the number of classes that hold rows (rule 1)."""
    cell = _fine_classes(values, item)
    bads = np.bincount(cell[bad == 1], minlength=cell.max() + 1)
    goods = np.bincount(cell[bad == 0], minlength=cell.max() + 1)
    held = bads + goods > 0
    share_bad, share_good = bads[held] + 0.5, goods[held] + 0.5
    share_bad, share_good = share_bad / share_bad.sum(), share_good / share_good.sum()
    return float(np.sum((share_good - share_bad) * np.log(share_good / share_bad))), int(held.sum())


def _fine_classes(values: Floats, item: ModelInput) -> NDArray[np.int64]:
    """Return 0 for missing, else 1 + the fifth of the values (of a code: 1 + its level)."""
    known = ~np.isnan(values)
    cell = np.where(known, values, 0)
    if item.kind is InputKind.number and known.any():
        edges = np.unique(np.quantile(values[known], np.arange(1, _FINE_CLASSES) / _FINE_CLASSES))
        cell = np.searchsorted(edges, cell, side="left")
    return np.where(known, cell.astype(np.int64) + 1, 0)


def _promising(matrix: Floats, bad: NDArray[np.int64], inputs: Sequence[ModelInput]) -> list[int]:
    unit = 1 / bad.sum() + 1 / (len(bad) - bad.sum())
    found = []
    for position, item in enumerate(inputs):
        information, classes = fine_information(matrix[:, position], bad, item)
        if classes > 1 and information > chdtri(classes - 1, _CHANCE) * unit:
            found.append((-information, item.name, position))
    return [position for *_, position in sorted(found)]


def _correlation(first: Floats, second: Floats) -> float:
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return abs(float(np.sum(a * b))) / size if size else 0.0
