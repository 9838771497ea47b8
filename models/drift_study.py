"""The report of a risk study in time: each method's Brier score and observed / expected by quarter and in all."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from models.bootstrap import DRAWS, Drawn, Interval
from models.drift import LEVELS_ZH, Level
from models.drift_walk import FIT_MONTHS, METHODS_ZH, RECENT_MONTHS, UNCORRECTED, Fit, Quarter, walk
from models.metrics import Floats
from models.study_config import StudyConfig
from models.study_table import StudyRows

_CHUNK: Final = 50  # draws at a time: some ten thousand rows each
_WIDTH: Final = 8


@dataclass(frozen=True, slots=True)
class Whole:
    """One method over all quarters; intervals are bootstrapped over rows, differences on the same draws."""

    brier: Interval
    gain: Interval  # Brier of the uncorrected model less this one's: above 0 is better
    ratio: Interval  # observed / expected
    gap: float  # mean over rows of |observed rate - told| of the row's quarter


@dataclass(frozen=True)
class DriftStudy:
    """What was told quarter by quarter, and each method over all of them."""

    horizon_months: int
    rows: int
    left_out: int
    undated: int
    quarters: tuple[Quarter, ...]
    whole: Mapping[str, Whole]

    @property
    def first_alarm_on(self) -> date | None:
        """The first quarter at whose beginning the outcomes known that day raised the calibration alarm."""
        found = (one.first_on for one in self.quarters if one.known is not None and one.known.level is Level.alarm)
        return next(found, None)

    def lines(self) -> tuple[str, ...]:
        """Return the report in lines of both languages."""
        return (*self._about(), *self._by_quarter(), *self._in_all(), *self._alarms())

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        alarm = self.first_alarm_on
        return {
            "horizon_months": self.horizon_months,
            "rows": self.rows,
            "left_out": self.left_out,
            "undated_bad": self.undated,
            "fitted_once_on": self.quarters[0].first_on.isoformat(),
            "fit_months": FIT_MONTHS,
            "recent_months": RECENT_MONTHS,
            "first_alarm_on": None if alarm is None else alarm.isoformat(),
            "methods": {name: asdict(one) for name, one in self.whole.items()},
            "quarters": [_quarter_json(one) for one in self.quarters],
        }

    def _about(self) -> Iterator[str]:
        first = self.quarters[0].first_on
        yield (
            f"随时间的校准：违约指起算日后 {self.horizon_months} 个月内出现坏结果；每季首日只用当日已知的结果 "
            f"calibration in time: bad within {self.horizon_months} months; each quarter knows what was known that day"
        )
        yield (
            f"使用 {self.rows} 行，略去 {self.left_out} 行（无日期或无标签），其中坏结果无日期 {self.undated} 行 "
            f"{self.rows} rows, {self.left_out} left out (no day or no label), {self.undated} of them bad without a day"
        )
        if self.undated > self.left_out_bound:
            yield (
                "坏结果无日期者略去而好结果保留，下列比率偏低 "
                "bad rows without a day are left out and good ones kept, so the rates below are too low"
            )
        yield (
            f"“不校正”的模型在 {first} 一次拟合；每次拟合用此前 {FIT_MONTHS // 12} 年内到期的批次 "
            f"the uncorrected model was fitted once, on {first}; a fit reads the cohorts of the last "
            f"{FIT_MONTHS // 12} years whose horizon has passed"
        )

    @property
    def left_out_bound(self) -> float:
        """A twentieth of the bad rows judged: fewer undated ones do not move a rate that anybody would read."""
        return 0.05 * sum(int(one.bad.sum()) for one in self.quarters)

    def _by_quarter(self) -> Iterator[str]:
        names = "; ".join(f"{zh} {name}" for name, zh in METHODS_ZH.items())
        yield f"各列依次 columns in order: {names}"
        yield "季度 quarter  行 rows  坏 bad  比率 rate  实际/预期 observed/expected | Brier | PSI | 当日已知 known"
        for one in self.quarters:
            ratios = "".join(f"{told.seen.ratio:{_WIDTH}.2f}" for told in one.told.values())
            briers = "".join(f"{told.brier:{_WIDTH}.4f}" for told in one.told.values())
            known = "—" if one.known is None else f"{one.known.ratio:.2f} {one.known.level}"
            yield (
                f"{one.first_on} {len(one.bad):8d} {int(one.bad.sum()):7d} {100 * one.rate:7.1f} % {ratios} |{briers} |"
                f" {one.scores.psi:.2f} {one.scores.level} | {known}"
            )

    def _in_all(self) -> Iterator[str]:
        yield "全部季度 all quarters (95 %):"
        for name, one in self.whole.items():
            yield (
                f"  {METHODS_ZH[name]} {name}: Brier {_interval(one.brier, 4)}, 比不校正低 gain "
                f"{_interval(one.gain, 4)}, 实际/预期 observed/expected {_interval(one.ratio, 2)}, "
                f"各季偏差 gap by quarter {one.gap:.4f}"
            )

    def _alarms(self) -> Iterator[str]:
        alarm = self.first_alarm_on
        told = sum(one.known is not None and one.known.level is Level.alarm for one in self.quarters)
        moved = sum(one.scores.level is Level.alarm for one in self.quarters)
        since = "从未" if alarm is None else f"自 {alarm} 起"
        yield (
            f"校准{LEVELS_ZH[Level.alarm]}：{since}，{told} 个季度；评分 PSI {LEVELS_ZH[Level.alarm]} {moved} 个季度 "
            f"calibration alarm: {'never' if alarm is None else f'since {alarm}'}, in {told} quarters of "
            f"{len(self.quarters)}; PSI of the scores alarms in {moved}"
        )
        last = self.quarters[-1]
        named = ", ".join(f"{one.name} {one.psi:.2f} {one.level}" for one in last.features)
        yield (
            f"与首次拟合相比，{last.first_on} 起的季度变化最大的列（PSI）"
            f"columns that moved most between the first fit and the last quarter: {named}"
        )


def drift_study(history: StudyRows, config: StudyConfig, seed: int, fit: Fit | None = None) -> DriftStudy:
    """Return the report of the walk through a history's quarters; raise StudyError where too little was known.

    `config.outcome_known` names the day a bad outcome was known, `config.horizon_months` the horizon. Weights, where
    the study has them, count in fits, sums and scores.
    """
    outcomes, quarters = walk(history, config, seed, fit)
    return DriftStudy(
        horizon_months=config.horizon_months,
        rows=len(outcomes.rows),
        left_out=outcomes.left_out,
        undated=outcomes.undated,
        quarters=quarters,
        whole=_whole(quarters, seed),
    )


def _whole(quarters: tuple[Quarter, ...], seed: int) -> dict[str, Whole]:
    bad, weight = (np.concatenate([getattr(one, name) for one in quarters]) for name in ("bad", "weight"))
    chance = {name: np.concatenate([one.told[name].chance for one in quarters]) for name in METHODS_ZH}
    columns = [weight, weight * bad]
    for told in chance.values():
        columns += [weight * told, weight * (told - bad) ** 2]
    sums = _drawn_sums(np.column_stack(columns), seed)
    briers = {name: _drawn(sums[:, 3 + 2 * place] / sums[:, 0]) for place, name in enumerate(chance)}
    ratios = {name: _drawn(sums[:, 1] / sums[:, 2 + 2 * place]) for place, name in enumerate(chance)}
    return {
        name: Whole(
            brier=briers[name].interval(),
            gain=briers[UNCORRECTED].less(briers[name]).interval(),
            ratio=ratios[name].interval(),
            gap=_gap(quarters, name, float(weight.sum())),
        )
        for name in chance
    }


def _gap(quarters: tuple[Quarter, ...], name: str, weight: float) -> float:
    gaps = [abs(one.told[name].seen.observed - one.told[name].seen.expected) for one in quarters]
    return float(sum(gaps) / weight)


def _drawn_sums(columns: Floats, seed: int) -> Floats:
    """Return the sums of the columns over the rows, and below them over each draw of as many rows with replacement."""
    generator = np.random.default_rng(seed)
    rows = len(columns)
    found = [columns.sum(axis=0)[None, :]]
    for _ in range(DRAWS // _CHUNK):
        drawn = generator.integers(0, rows, size=(_CHUNK, rows))
        counts = np.stack([np.bincount(places, minlength=rows) for places in drawn]).astype(np.float64)
        found.append(np.einsum("dr,rc->dc", counts, columns))  # its own loops: no thread changes a bit
    return np.concatenate(found)


def _drawn(figures: Floats) -> Drawn:
    return Drawn(estimate=float(figures[0]), draws=figures[1:])


def _interval(one: Interval, places: int) -> str:
    return f"{one.estimate:.{places}f} ({one.low:.{places}f} – {one.high:.{places}f})"


def _quarter_json(one: Quarter) -> dict[str, Any]:
    return {
        "first_on": one.first_on.isoformat(),
        "rows": len(one.bad),
        "bad": int(one.bad.sum()),
        "rate": one.rate,
        "scores": one.scores.as_json(),
        "features": [moved.as_json() for moved in one.features],
        "known": None if one.known is None else one.known.as_json(),
        "methods": {
            name: {
                "brier": told.brier,
                "seen": told.seen.as_json(),
                "recalibration": None if told.recalibration is None else told.recalibration.as_json(),
            }
            for name, told in one.told.items()
        },
    }
