"""The report of a risk study: the model beside its baselines on the same rows, with intervals and paired differences.

The rows reported on are scored by fits that saw none of them: a test split by the fit on the others, or without one
every row out of fold. Intervals are bootstrapped over the rows' keys, never over repeats or folds; differences are
taken on the same draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.bootstrap import Interval
from models.errors import StudyError
from models.risk_baselines import baseline_scores
from models.risk_figures import PAIRED, RiskFigures, Scored, risk_figures
from models.study import fit_risk, outer_folds
from models.study_config import StudyConfig
from models.study_risk import RiskStudy
from models.study_table import StudyRows
from models.table_rows import Mask, present
from models.table_summaries import summaries

#: Rows of each outcome from which figures are told of the rows with a record in one table.
LEAST_WITHIN: Final = 10
#: The model's name in its own report.
MODEL: Final = "rongqiao"
_TITLES: Final[Mapping[str, str]] = {
    "auc": "AUC",
    "ks": "KS",
    "average_precision": "AP",
    "brier": "Brier",
    "log_loss": "log-loss",
    "ece": "ECE",
}

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Within:
    """The figures of the rows that have a record in one further table."""

    rows: int
    bad: int
    figures: RiskFigures


@dataclass(frozen=True)
class RiskReport:
    """What was found: figures by model and measure, paired differences, what each fit chose and compared with."""

    rows: int
    bad: int
    is_out_of_fold: bool
    figures: RiskFigures
    champions: tuple[str, ...]  # by fit
    compared: tuple[Interval | None, ...]  # by fit: AUC of the scorecard less that of the trees, on inner rows
    single: tuple[str, ...]  # by fit: the column that the best single one is
    within: Mapping[str, Within]  # by further table: of the rows that have a record in it

    def lines(self) -> tuple[str, ...]:
        """Return the report for a reader."""
        how = "折外 every row out of fold" if self.is_out_of_fold else "拟合未见的行 rows that the fit did not see"
        return (
            f"风险 risk：{self.rows} 行 rows，坏 bad {self.bad}；{how}；括号内 95% 自助区间",
            *(self._figure_line(name, by) for name, by in self.figures.figures.items()),
            f"成对差值：{MODEL} 减基线（* 区间不含 0） Paired differences, {MODEL} less the baseline (* excludes 0)",
            *(self._difference_line(name, by) for name, by in self.figures.differences.items()),
            *(line for name, one in self.within.items() for line in self._within_lines(name, one)),
            *self._champion_lines(),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        found = self.figures
        return {
            "reported": {"rows": self.rows, "bad": self.bad, "out_of_fold": self.is_out_of_fold},
            **_figures_json(found),
            "within": {
                name: {"reported": {"rows": one.rows, "bad": one.bad}, **_figures_json(one.figures)}
                for name, one in self.within.items()
            },
            "champions": list(self.champions),
            "compared": [None if one is None else _interval(one) for one in self.compared],
            "single": list(self.single),
        }

    def _figure_line(self, name: str, by: Mapping[str, Interval]) -> str:
        told = "  ".join(f"{_TITLES[measure]} {_told(one)}" for measure, one in by.items())
        return f"  {name}: {told}"

    def _difference_line(self, name: str, by: Mapping[str, Interval]) -> str:
        told = "  ".join(
            f"{_TITLES[measure]} {_told(by[measure], '+.4f')}{' *' if by[measure].excludes_zero else ''}"
            for measure in PAIRED
        )
        return f"  − {name}: {told}"

    def _within_lines(self, name: str, one: Within) -> tuple[str, ...]:
        """Return figures among the rows of one table: that a row has a record may be an artefact of collection."""
        return (
            f"其中 {name} 有记录 Of these, with a record in {name}：{one.rows} 行 rows，坏 bad {one.bad}",
            *(self._figure_line(method, by) for method, by in one.figures.figures.items()),
            *(self._difference_line(method, by) for method, by in one.figures.differences.items()),
        )

    def _champion_lines(self) -> tuple[str, ...]:
        lines = ["冠军规则：仅当成对区间全部小于 0，树才取代评分卡 Trees replace the scorecard only below 0 throughout"]
        for number, kind in enumerate(self.champions):
            one = self.compared[number]
            told = "" if one is None else f"；评分卡减树 scorecard less trees AUC {_told(one, '+.4f')}"
            lines.append(f"  拟合 fit {number + 1}: {kind}{told}；单列 single column: {self.single[number] or '–'}")
        return tuple(lines)


@dataclass(frozen=True)
class _Part:
    """Scores of the rows asked about by each model of one fit, and the fit."""

    scores: Mapping[str, Scored]
    model: RiskStudy
    single: str


def risk_report(
    history: StudyRows, queries: StudyRows | None, tables: Tables, config: StudyConfig, seed: int
) -> RiskReport:
    """Return the figures of the model and of its baselines on `queries`, or without them on every row out of fold.

    All rows have labels. Raises StudyError where the rows reported on have one outcome only.
    """
    if queries is None:
        fold = outer_folds(history, config, seed)
        parts, places = [], []
        for one in np.unique(fold):
            asked = np.flatnonzero(fold == one)
            parts.append(_part(history.take(fold != one), history.take(asked), tables, config, seed))
            places.append(asked)
        reported, order = history, np.argsort(np.concatenate(places), kind="stable")
    else:
        parts = [_part(history, queries, tables, config, seed)]
        reported, order = queries, np.arange(len(queries))
    bad = _outcomes(reported)
    scores = {
        name: replace(first, score=np.concatenate([part.scores[name].score for part in parts])[order])
        for name, first in parts[0].scores.items()
    }
    return RiskReport(
        rows=len(bad),
        bad=int(bad.sum()),
        is_out_of_fold=queries is None,
        figures=risk_figures(scores, bad, reported.keys.astype(np.str_), seed),
        champions=tuple(part.model.kind.value for part in parts),
        compared=tuple(part.model.compared for part in parts),
        single=tuple(part.single for part in parts),
        within=_within(
            scores, reported, {name: present(tables[name], config, reported.keys) for name in config.tables}, seed
        ),
    )


def _part(seen: StudyRows, asked: StudyRows, tables: Tables, config: StudyConfig, seed: int) -> _Part:
    model = fit_risk(seen, tables, config, seed)
    others, single = baseline_scores(*_with_tables(seen, asked, tables, config), seed)
    return _Part({MODEL: Scored(model.predict(asked, tables)), **others}, model, single)


def _within(
    scores: Mapping[str, Scored], reported: StudyRows, recorded: Mapping[str, Mask], seed: int
) -> dict[str, Within]:
    """Return the figures by table, where some rows have no record in it and enough of each outcome have one."""
    found = {}
    for name, mask in recorded.items():
        bad = _outcomes(reported)[mask]
        if not mask.all() and min(bad.sum(), len(bad) - bad.sum()) >= LEAST_WITHIN:
            some = {method: replace(one, score=one.score[mask]) for method, one in scores.items()}
            figures = risk_figures(some, bad, reported.keys[mask].astype(np.str_), seed)
            found[name] = Within(len(bad), int(bad.sum()), figures)
    return found


def _with_tables(seen: StudyRows, asked: StudyRows, tables: Tables, config: StudyConfig) -> tuple[StudyRows, StudyRows]:
    """Return both with the numbers of the further tables beside their own, as the rows of the fit have them."""
    if not config.tables:
        return seen, asked
    found, spec = summaries(tables, config, seen.keys)
    others, _ = summaries(tables, config, asked.keys, spec)
    return _widened(seen, found), _widened(asked, others)


def _widened(rows: StudyRows, found: pd.DataFrame) -> StudyRows:
    more = {str(name): found[name].to_numpy(dtype=np.float64) for name in found.columns}
    return replace(rows, numbers={**rows.numbers, **more})


def _outcomes(rows: StudyRows) -> NDArray[np.int64]:
    if rows.label is None or np.isnan(rows.label).any():
        raise StudyError("a row that is reported on has no label")
    bad = rows.label.astype(np.int64)
    if len(np.unique(bad)) < 2:  # noqa: PLR2004 (bad and good)
        raise StudyError("the rows reported on have one outcome only; nothing can be compared")
    return bad


def _figures_json(found: RiskFigures) -> dict[str, Any]:
    return {
        "rows": [
            {"method": name, "measure": measure, **_interval(one), "se": found.errors[name][measure]}
            for name, by in found.figures.items()
            for measure, one in by.items()
        ],
        "differences": [
            {"method": MODEL, "against": name, "measure": measure, **_interval(one)}
            for name, by in found.differences.items()
            for measure, one in by.items()
        ],
    }


def _interval(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def _told(interval: Interval, form: str = ".4f") -> str:
    return f"{interval.estimate:{form}} ({interval.low:{form}} … {interval.high:{form}})"
