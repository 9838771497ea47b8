"""Discrete time: months at risk, the chance of default in each of them, and what they come to over half a year or one.

From a day on a loan is at risk in month 1, 2, … until the month of its default, or until the newest month that can be
told of. A row per loan and month at risk with the outcome *default in this month* is all a fit needs: a loan followed
for five months gives five rows, and nothing is said of the months nobody has seen. The chance of no default over n
months is the product of 1 − hazard. A loan that was paid back stays in the table without default, so that the product
tells how many loans default rather than how many would if none were repaid (the subdistribution hazard of Berger,
Schmid and others, Biostatistics 2020, in its plain form: repayment after the day is fully observed).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.metrics import Floats

#: Months ahead that a fit looks at, and the shorter horizon beside.
HORIZON, HALF = 12, 6
# Without default so many months at risk are kept for each one with: more add hours, not knowledge.
_KEPT_PER_DEFAULT = 40
_WORD = 65_536

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Months at risk: the place of the loan's row, the month ahead from 1, and 1 where the loan defaults in it."""

    row: Ints
    month: Ints
    bad: Ints

    def take(self, kept: NDArray[np.bool_]) -> "AtRisk":
        """Return the months under the mask."""
        return AtRisk(self.row[kept], self.month[kept], self.bad[kept])


def at_risk(default_months: Floats, seen_months: Ints, horizon: int = HORIZON) -> AtRisk:
    """Return the months at risk of each row, in order of row and month.

    `default_months` is the month ahead of the default (NaN where none is known), `seen_months` how many can be told of;
    a default beyond the horizon leaves a loan at risk to the end of it.
    """
    defaults = default_months <= horizon  # false for NaN
    last = np.where(defaults, default_months, np.clip(seen_months, 0, horizon)).astype(np.int64)
    row = np.repeat(np.arange(last.size), last)
    month = np.arange(row.size) - np.repeat(np.cumsum(last) - last, last) + 1
    bad = (defaults[row] & (month == last[row])).astype(np.int64)
    return AtRisk(row, month, bad)


def outcome_within(default_months: Floats, seen_months: Ints, months: int) -> Floats:
    """Return 1 where the loan defaults within so many months, 0 where it does not, NaN while they are not over.

    A default that came early is not told before the others are: else young rows would show defaults alone.
    """
    return np.where(seen_months >= months, (default_months <= months).astype(np.float64), np.nan)


def default_within(hazards: Floats, months: int) -> Floats:
    """Return the chance of default within the first so many months: 1 − the product of 1 − hazard (rows × months)."""
    return np.asarray(1.0 - np.prod(1.0 - hazards[:, :months], axis=1), dtype=np.float64)


def thinned(months: AtRisk, keys: list[str], seed: int) -> tuple[AtRisk, float]:
    """Return all months with a default and a share of the others, and that share.

    Odds learnt from them are 1/share times too high, which the share's logarithm puts right (sampling by outcome leaves
    every other coefficient as it was: Prentice and Pyke, Biometrika 1979). Which months stay follows from `keys` (one a
    row), the month and the seed by SHA-256, not from the order of rows.
    """
    defaults = int(months.bad.sum())
    others = months.bad.size - defaults
    share = min(1.0, _KEPT_PER_DEFAULT * max(defaults, 1) / max(others, 1))
    if share == 1.0:
        return months, share
    words = np.stack([np.frombuffer(hashlib.sha256(f"{seed}:{key}".encode()).digest(), dtype=">u2") for key in keys])
    limit = round(share * _WORD)
    kept = (months.bad == 1) | (words[months.row, months.month - 1] < limit)
    return months.take(kept), limit / _WORD
