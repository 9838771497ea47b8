"""What a leak check found: the rule that names a column, and the findings as lines and as JSON."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from models.leak_columns import LeakKind, Trial

#: The names under which the file itself is found wanting.
ORDER: Final = "(row order)"
REPEATED: Final = "(repeated rows)"
#: The chance that any of all patterns tried is named where none tells anything.
ALPHA: Final = 0.01
#: The least gain in standard errors over distinct values. The bound on the nats holds `ALPHA` by itself (a likelihood
#: ratio out of fold has an expectation of 1 at most, so it seldom exceeds tests / ALPHA); this one keeps out what a few
#: values do.
LEAST_Z: Final = 3.0
#: The least share of what the value leaves open; less is real on many rows but changes no order of any use.
FLOOR: Final = 0.005
#: The same for a code that recurs (a bank, a branch), whose groups honestly differ, and for the key, no feature.
CODE_FLOOR: Final = 0.05
#: The same for a running number or the order of rows where the row's day is known, and where it is not: a base rate
#: that drifts over the calendar is no leak.
ORDER_FLOOR: Final = 0.05
UNDATED_ORDER_FLOOR: Final = 0.10
UNDATED_PREFIX_FLOOR: Final = 0.03
#: A single column that separates so well is rather the outcome itself (area under the curve).
IMPLAUSIBLE: Final = 0.95
#: A day after the row's own day was not known then; this much of the label in its distance is no contract term.
AFTER_AREA: Final = 0.70


@dataclass(frozen=True, slots=True)
class Finding:
    """A column that is named, with the pattern that tells most."""

    column: str
    kind: LeakKind
    zh: str
    en: str
    share: float  # of what the value leaves open, out of fold
    z: float  # of the gain
    rates: tuple[float, float] | None = None  # how often the pattern stands in bad rows and in others
    area: float | None = None

    @property
    def line(self) -> str:
        """The finding in a sentence, Chinese first."""
        if self.kind is LeakKind.alone:
            return (
                f"  {self.column}：单凭这一列就把结果分得过于清楚（AUC {self.area:.3f}），很可能是结果本身; "
                f"by its value alone it separates implausibly well (AUC {self.area:.3f}): it may be the outcome itself"
            )
        zh, en = "", ""
        if self.rates is not None:
            zh = f"（坏样本中 {self.rates[0]:.1%}，其余 {self.rates[1]:.1%}）"
            en = f" ({self.rates[0]:.1%} of the bad rows, {self.rates[1]:.1%} of the others)"
        return (
            f"  {self.column}：{self.zh}在数值之外多说明结果的 {self.share:.1%}{zh}; "
            f"{self.en}: tells {self.share:.1%} of what the value leaves open{en}"
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What was looked at and what is named, the strongest first."""

    rows: int
    rows_looked_at: int
    columns: int
    patterns: int
    found: tuple[Finding, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The columns named, the strongest first."""
        return tuple(one.column for one in self.found)

    def lines(self) -> tuple[str, ...]:
        """Return the findings as lines, Chinese first and English beside; one line at least."""
        if not self.rows_looked_at:
            return ("泄露检查：有结果的行太少，未检查 leak check: too few rows have an outcome, nothing was looked at",)
        head = (
            f"泄露检查：{self.rows} 行中查看 {self.rows_looked_at} 行、{self.columns} 列、{self.patterns} 种形态，"
            f"点名 {len(self.found)} 列 leak check: looked at {self.rows_looked_at} of {self.rows} rows, "
            f"{self.columns} columns, {self.patterns} patterns; named {len(self.found)}"
        )
        return (head, *(one.line for one in self.found))

    def as_json(self) -> dict[str, Any]:
        """Return the findings as plain values."""
        return {**asdict(self), "found": [{**asdict(one), "kind": one.kind.value} for one in self.found]}


def found_in(
    trials: Sequence[Trial], looked_at: tuple[int, int, int], *, loose: AbstractSet[str], has_day: bool
) -> Findings:
    """Return the findings among all trials of a study; `looked_at` counts rows, rows looked at and columns.

    `loose` names the codes whose groups honestly differ, and the key.
    """
    nats = float(np.log(len(trials) / ALPHA))
    best: dict[str, Trial] = {}
    for trial in trials:
        told = trial.gain.nats >= nats and trial.gain.z >= LEAST_Z
        if not told or not _is_large(trial, loose=loose, has_day=has_day):
            continue
        known = best.get(trial.column)
        if known is None or _weight(trial) > _weight(known):
            best[trial.column] = trial
    return Findings(*looked_at, len(trials), _sorted(best.values()))


def _is_large(trial: Trial, *, loose: AbstractSet[str], has_day: bool) -> bool:
    if trial.kind is LeakKind.alone:
        return trial.area is not None and trial.area >= IMPLAUSIBLE
    if trial.kind is LeakKind.after and trial.area is not None:
        return trial.area >= AFTER_AREA
    if trial.kind in {LeakKind.order, LeakKind.sequence}:
        return trial.gain.share >= (ORDER_FLOOR if has_day else UNDATED_ORDER_FLOOR)
    if trial.kind in {LeakKind.prefix, LeakKind.form} and trial.column in loose:
        return trial.gain.share >= CODE_FLOOR
    if trial.kind is LeakKind.prefix and not has_day:
        return trial.gain.share >= UNDATED_PREFIX_FLOOR
    return trial.gain.share >= FLOOR


def _weight(trial: Trial) -> tuple[bool, float]:
    """Patterns before the value alone: a pattern says what was done to the column."""
    return trial.kind is not LeakKind.alone, trial.gain.share


def _sorted(trials: Iterable[Trial]) -> tuple[Finding, ...]:
    ordered = sorted(trials, key=lambda trial: (-trial.gain.share, trial.column))
    return tuple(Finding(t.column, t.kind, t.zh, t.en, t.gain.share, t.gain.z, t.rates, t.area) for t in ordered)
