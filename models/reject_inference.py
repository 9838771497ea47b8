"""Reject inference: what is assumed of firms that were refused, whose outcome nobody knows.

A model fitted on granted loans alone assumes, without saying so, that the refused would have done as the granted of
the same features. `parcelling` says what it assumes instead: within a band of the score of a model fitted on known
outcomes, refused firms default `factor` times as often as the granted of that band did. No data can prove a factor;
it is a judgement that a bank must own, so the preset is to infer nothing. Figures of a report are of known outcomes
alone. (Fuzzy augmentation, where each refused firm enters as part good and part bad, is not offered: a scorecard
counts whole rows.)
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import TrainingTableError
from models.inputs import ModelInput, encode
from models.metrics import Floats
from models.validation import RiskModel, Rows

Fitter = Callable[[Rows], RiskModel]

_BANDS: Final = 10
#: The largest factor taken: beyond it every refused firm of a bad band is simply called bad.
MOST_FACTOR: Final = 10.0


class RejectMethod(StrEnum):
    """What is done about the refused."""

    none = "none"
    parcelling = "parcelling"


@dataclass(frozen=True, slots=True)
class RejectInference:
    """A method with its assumption; `factor` is how many times as often the refused default as the granted."""

    method: RejectMethod = RejectMethod.none
    factor: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a factor that is no multiple of a rate (TrainingTableError)."""
        if not 1.0 <= self.factor <= MOST_FACTOR:
            raise TrainingTableError(
                f"the factor of parcelling lies between 1 and {MOST_FACTOR:g}, not {self.factor:g}"
            )

    @property
    def assumption_zh(self) -> str:
        """The assumption in a Chinese sentence."""
        if self.method is RejectMethod.none:
            return "未做拒绝推断：只用已放款且结果已知的样本，默认被拒企业与特征相同的获批企业表现相同"
        return (
            f"拒绝推断（分段法）：假设同一评分段内，被拒企业的违约率为获批企业的 {self.factor:g} 倍；"
            "此假设无法用数据检验"
        )

    @property
    def assumption_en(self) -> str:
        """The assumption in an English sentence."""
        if self.method is RejectMethod.none:
            return (
                "no reject inference: fitted on granted loans with a known outcome, as if the refused would have done "
                "as the granted of the same features"
            )
        return (
            f"reject inference by parcelling: within a score band the refused are assumed to default {self.factor:g} "
            "times as often as the granted; no data can test it"
        )

    def as_json(self, refused: int) -> dict[str, Any]:
        """Return method, factor, how many refused rows took part and the assumption, for a report."""
        return {
            "method": self.method.value,
            "factor": self.factor,
            "refused": refused,
            "assumption": {"zh": self.assumption_zh, "en": self.assumption_en},
        }


#: The preset.
NOTHING_ASSUMED: Final = RejectInference()


@dataclass(frozen=True)
class Refused:
    """The profiles of refused firms as of the day of refusal, and what is assumed of them."""

    features: pd.DataFrame
    enterprises: NDArray[np.str_]
    days: NDArray[np.datetime64]
    inference: RejectInference

    def as_json(self) -> dict[str, Any]:
        """Return what is assumed, and of how many rows."""
        return self.inference.as_json(len(self.features))


def with_refused(fit: Fitter, refused: Refused, inputs: Sequence[ModelInput]) -> Fitter:
    """Return the fit that learns from the refused too, by what is assumed of them.

    The outcomes are inferred from a model of the very rows that the fit is given, so that in a cross-validation
    nothing of the rows held out reaches it.
    """
    if refused.inference.method is RejectMethod.none or not len(refused.features):
        return fit
    matrix, keys = encode(refused.features, inputs), _keys(refused)

    def fitted(rows: Rows) -> RiskModel:
        known = fit(rows)
        granted = (known.log_odds(rows.matrix), rows.bad)
        bad = parcelled(granted, known.log_odds(matrix), keys, refused.inference.factor)
        enterprises = np.concatenate([rows.enterprises, refused.enterprises])
        order = np.argsort(enterprises, kind="stable")
        whole = np.concatenate([rows.matrix, matrix])
        return fit(Rows(whole[order], np.concatenate([rows.bad, bad])[order], enterprises[order]))

    return fitted


def parcelled(
    granted: tuple[Floats, NDArray[np.int64]], score: Floats, keys: Sequence[str], factor: float
) -> NDArray[np.int64]:
    """Return 1 for the refused rows that are taken as bad, else 0.

    `granted` holds the scores and outcomes of the granted; bands are tenths of them by score. In a band the rate of
    bad among the granted (with half a row of the whole's rate added) times `factor`, at most 1, gives how many of the
    refused are bad; which ones, the order of their keys decides, so that it hangs neither on the order of rows nor on
    luck.
    """
    known, bads = granted
    edges = np.unique(np.quantile(known, np.arange(1, _BANDS) / _BANDS))
    of_known, band = np.searchsorted(edges, known), np.searchsorted(edges, score)
    rows = np.bincount(of_known, minlength=len(edges) + 1)
    bad = np.bincount(of_known, weights=bads, minlength=len(edges) + 1)
    rate = np.minimum(factor * (bad + 0.5 * bads.mean()) / (rows + 0.5), 1.0)
    found = np.zeros(len(score), dtype=np.int64)
    for one, share in enumerate(rate.tolist()):
        held = sorted(np.flatnonzero(band == one).tolist(), key=lambda row: keys[row])
        found[held[: round(share * len(held))]] = 1
    return found


def _keys(refused: Refused) -> list[str]:
    """Return a hash of firm and day per row."""
    pairs = zip(refused.enterprises.tolist(), refused.days.astype(str).tolist(), strict=True)
    return [hashlib.sha256(f"{enterprise}:{day}".encode()).hexdigest() for enterprise, day in pairs]
