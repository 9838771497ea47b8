"""Calibration drift: whether as many bad outcomes are seen as were told, and since which outcome they are not.

Three questions, each with its own test of "every row turns out bad with the chance told":

* in total: observed against expected, by the exact posterior of the rate (Jeffreys' prior, as the ECB asks of banks:
  Instructions for reporting the validation results of internal models, 2019, section 2.5.3; one grade there, the whole
  here, which for unequal chances errs to the quiet side);
* row by row: Spiegelhalter's z (Statistics in Medicine 5, 1986), which also sees chances that are too bold or too shy;
* in time: a risk-adjusted CUSUM (Steiner et al., Biostatistics 1(4), 2000) of doubled and of halved odds of bad, with
  a line that such a run of true chances passes once in twenty, found by drawing outcomes from the chances themselves.

With many rows a trifle is significant, so an alarm also needs observed / expected to be off by a fifth.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import betainc, betaincinv, ndtr

from models.drift import LEVELS_ZH, Level, Threshold, effective_rows
from models.metrics import Floats

#: Two-sided p-values; the colours of a validation report are drawn at the same lines.
P_LINES: Final = Threshold(
    name="p",
    watch=0.05,
    alarm=0.01,
    more_is_worse=False,
    source="5 % and 1 %, the conventional lines of a back-test; Jeffreys: ECB, Instructions for reporting (2019)",
)
MATERIAL: Final = 0.20  # observed / expected nearer to 1 than this is no alarm, however many rows say so
ODDS: Final = 2.0  # the change of odds that the CUSUM listens for, either way
_RUNS: Final = 400
_FALSE_ALARMS: Final = 0.05
_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Observed:
    """Observed bad outcomes beside those expected; where rows are weighted, weighted sums."""

    rows: int
    bad: int  # rows, unweighted
    observed: float
    expected: float
    low: float  # 95 % interval of observed / expected
    high: float
    p: float  # Jeffreys, two-sided
    z: float  # Spiegelhalter
    z_p: float

    @property
    def ratio(self) -> float:
        """Observed / expected."""
        return self.observed / self.expected

    @property
    def level(self) -> Level:
        """How much the total and the rows say against the chances told."""
        found = max(P_LINES.level(self.p), P_LINES.level(self.z_p), key=list(Level).index)
        is_material = abs(self.ratio - 1) >= MATERIAL
        return Level.watch if found is Level.alarm and not is_material else found

    @property
    def zh(self) -> str:
        """The finding in Chinese."""
        return (
            f"已知结果 {self.rows} 笔，违约 {self.bad} 笔；实际/预期 {self.ratio:.2f}（95% 区间 {self.low:.2f}–"
            f"{self.high:.2f}，p {self.p:.3f}；Spiegelhalter z {self.z:+.2f}），{LEVELS_ZH[self.level]}"
        )

    @property
    def en(self) -> str:
        """The finding in English."""
        return (
            f"{self.rows} outcomes known, {self.bad} bad; observed / expected {self.ratio:.2f} (95 % {self.low:.2f}–"
            f"{self.high:.2f}, p {self.p:.3f}; Spiegelhalter z {self.z:+.2f}), {self.level}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON-able values."""
        names = ("rows", "bad", "observed", "expected", "low", "high", "p", "z", "z_p")
        return {name: getattr(self, name) for name in names} | {"ratio": self.ratio, "level": self.level.value}


def observed_and_expected(bad: Floats, chance: Floats, weight: Floats | None = None) -> Observed:
    """Return observed beside expected with interval and tests; weighted rows count as so many effective ones.

    Raises ValueError where there is no row, or nothing was expected.
    """
    if not len(bad) or not chance.sum() > 0:
        raise ValueError("without a row and a chance above 0 there is nothing to expect")
    w = np.ones(len(bad)) if weight is None else weight
    told, seen = float(np.sum(w * chance)), float(np.sum(w * bad))
    rows = effective_rows(bad, weight)
    rate, mean = seen / float(w.sum()), told / float(w.sum())
    after = (rows * rate + 0.5, rows * (1 - rate) + 0.5)
    tail = (1 - _LEVEL) / 2
    below = float(betainc(*after, mean))
    z = spiegelhalter(bad, chance, w)
    return Observed(
        rows=len(bad),
        bad=int(bad.sum()),
        observed=seen,
        expected=told,
        low=float(betaincinv(*after, tail)) / mean,
        high=float(betaincinv(*after, 1 - tail)) / mean,
        p=2 * min(below, 1 - below),
        z=z,
        z_p=float(2 * ndtr(-abs(z))),
    )


def spiegelhalter(bad: Floats, chance: Floats, weight: Floats | None = None) -> float:
    """Return Spiegelhalter's z: how far the Brier score lies from what true chances give, in standard errors.

    It is 0 where every chance is exactly one half, for then nothing could be said.
    """
    w = np.ones(len(bad)) if weight is None else weight
    lean = w * (1 - 2 * chance)
    spread = float(np.sum(lean**2 * chance * (1 - chance)))
    return float(np.sum(lean * (bad - chance)) / np.sqrt(spread)) if spread > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Cusum:
    """A risk-adjusted CUSUM over outcomes in the order in which they became known; one path each way."""

    worse: Floats
    better: Floats
    worse_line: float
    better_line: float

    @property
    def alarm_at(self) -> int | None:
        """The number (from 0) of the first outcome at which either path passes its line, or None."""
        crossed = (self.worse > self.worse_line) | (self.better > self.better_line)
        return int(np.argmax(crossed)) if crossed.any() else None

    @property
    def level(self) -> Level:
        """An alarm where a line was passed."""
        return Level.quiet if self.alarm_at is None else Level.alarm

    @property
    def zh(self) -> str:
        """The finding in Chinese."""
        at = self.alarm_at
        return f"累积和（CUSUM）：{'未越线' if at is None else f'自第 {at + 1} 笔结果起越线'}，{LEVELS_ZH[self.level]}"

    @property
    def en(self) -> str:
        """The finding in English."""
        at = self.alarm_at
        return f"CUSUM: {'no line passed' if at is None else f'a line passed at outcome {at + 1}'}, {self.level}"


def cusum(bad: Floats, chance: Floats, *, seed: int, odds: float = ODDS) -> Cusum:
    """Return the CUSUM of outcomes in the order given, either way, with lines that true chances pass once in twenty."""
    generator = np.random.default_rng(seed)
    drawn = (generator.random((_RUNS, len(bad))) < chance).astype(np.float64)
    paths, lines = [], []
    for change in (odds, 1 / odds):
        lines.append(float(np.quantile(_path(drawn, chance, change).max(axis=1, initial=0.0), 1 - _FALSE_ALARMS)))
        paths.append(_path(bad[None, :], chance, change)[0])
    return Cusum(*paths, *lines)


def _path(bad: Floats, chance: Floats, odds: float) -> Floats:
    """Return max(0, last + weight) along each row; weight is the log-likelihood ratio of the changed odds."""
    walk = np.cumsum(bad * np.log(odds) - np.log1p(chance * (odds - 1)), axis=1)
    lowest = np.minimum.accumulate(np.minimum(walk, 0.0), axis=1)
    return np.asarray(walk - lowest, dtype=np.float64)
