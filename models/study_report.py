"""The report of a match study: the ranker beside the baselines, with errors, on a static and on a rolling track.

Static means: nothing later than the fit is used. Rolling means: the counts take in, each day, what was known before it,
and the trees stay; its figures stand apart and are compared with the static ones alone. No figure is judged here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from models.bootstrap import Interval
from models.match_judged import Baselines, Judged, MatchModel, Method, Requests, judge_ranker, judge_rolling
from models.study_config import StudyConfig
from models.study_metrics import AcquireMeasure, Figure, MatchMeasure, figures, in_tail, paired
from models.study_table import StudyRows

Clock = Callable[[], float]

TIMED = 200  # requests whose cost is measured, one by one and together
_CHINESE: Mapping[Method, str] = {
    Method.ranker: "排序模型（全量）",
    Method.rolling: "排序模型（滚动计数）",
    Method.counts: "排序模型仅用计数",
    Method.popularity: "热度",
    Method.back_off: "地域逐级回退",
    Method.naive_bayes: "回退×朴素贝叶斯（带半衰期）",
    Method.als: "矩阵分解 ALS",
    Method.trees: "朴素 LightGBM",
}
_HEADS: Mapping[str, str] = {
    MatchMeasure.mrr: "MRR",
    MatchMeasure.hit_at_1: "hit@1",
    MatchMeasure.hit_at_10: "hit@10",
    MatchMeasure.ndcg_at_10: "NDCG@10",
    MatchMeasure.tail_hit_at_10: "长尾 tail hit@10",
    AcquireMeasure.average_precision: "MAP",
    AcquireMeasure.precision_at_10: "P@10",
    AcquireMeasure.recall_at_200: "R@200",
}


@dataclass(frozen=True)
class MatchAsked:
    """A fitted ranker, the rows of its fit, the rows reported on (with what they took), and all rows after the fit."""

    model: MatchModel
    history: StudyRows
    queries: StudyRows
    stream: StudyRows | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of a request: the median one by one, and the mean within one call of many."""

    full_alone: float
    counts_alone: float
    full_together: float
    counts_together: float
    requests: int

    @property
    def ratio_alone(self) -> float:
        """Full ÷ counts-only of a request asked alone."""
        return self.full_alone / self.counts_alone

    @property
    def ratio_together(self) -> float:
        """Full ÷ counts-only of a request asked with others."""
        return self.full_together / self.counts_together


@dataclass(frozen=True)
class Row:
    """A method's figures on a track."""

    method: Method
    level: str
    name: str
    match: Mapping[str, Figure]
    acquire: Mapping[str, Figure]
    largest: float


@dataclass(frozen=True)
class Difference:
    """By how much one method is above another, measure by measure, on the same draws."""

    method: str
    against: str
    match: Mapping[str, Interval]
    acquire: Mapping[str, Interval]


@dataclass(frozen=True)
class MatchReport:
    """All figures of a match study's report."""

    counts: Mapping[str, int]
    largest_true: float
    rows: tuple[Row, ...]
    rolling: Row | None
    differences: tuple[Difference, ...]
    cost: Cost
    notes: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """Return the report for a reader, Chinese first and English beside."""
        count = self.counts
        asked = (
            f"请求 requests {count['queries']}, 不在候选中 no candidate {count['unseen']}, 长尾 tail {count['tail']}"
        )
        found = [
            f"撮合研究 match study: {asked}, 选项 options {count['options']}, 拟合 rows of the fit {count['fitted']}",
            "静态 static（拟合之后的任何信息都不使用 nothing after the fit is used）",
            *_table(self.rows, "match", tuple(MatchMeasure)),
        ]
        if any(row.acquire for row in self.rows):
            found += [
                f"精准获客 acquire: {count['judged_options']} 个选项 options, 全部请求排序 every request ordered",
                *_table([row for row in self.rows if row.acquire], "acquire", tuple(AcquireMeasure)),
            ]
        found.append("配对差异 paired differences（95 % 自助法区间 bootstrap intervals）")
        found += [line for one in self.differences if one.method == Method.ranker for line in _difference_lines(one)]
        if self.rolling is not None:
            found += ["滚动 rolling（计数每日更新, 模型不重训 counts updated daily, no retraining）"]
            found += _table([self.rolling], "match", tuple(MatchMeasure))
            found += [
                line for one in self.differences if one.method == Method.rolling for line in _difference_lines(one)
            ]
        return (*found, self._bias_line(), self._cost_line(), *(f"说明 note: {note}" for note in self.notes))

    def as_json(self) -> dict[str, Any]:
        """Return the same as one document."""
        tracks = [("static", row) for row in self.rows]
        if self.rolling is not None:
            tracks.append(("rolling", self.rolling))
        return {
            **self.counts,
            "rows": [line for track, row in tracks for line in _row_json(track, row)],
            "differences": [line for one in self.differences for line in _difference_json(one)],
            "largest_share": {"true": self.largest_true, **{row.name: row.largest for _, row in tracks}},
            "cost_ms": {
                "requests": self.cost.requests,
                "full_alone": self.cost.full_alone,
                "counts_alone": self.cost.counts_alone,
                "ratio_alone": self.cost.ratio_alone,
                "full_together": self.cost.full_together,
                "counts_together": self.cost.counts_together,
                "ratio_together": self.cost.ratio_together,
            },
            "notes": list(self.notes),
        }

    def _bias_line(self) -> str:
        held = "; ".join(f"{_named(row)} {row.largest:.3f}" for row in self.rows)
        true = f"真实 true {self.largest_true:.3f}"
        return f"最大 50 家占前十位的份额 share of the first ten that the 50 largest hold（{true}）: {held}"

    def _cost_line(self) -> str:
        cost = self.cost
        alone = (
            f"全量 full {cost.full_alone:.2f} ms, 仅计数 counts {cost.counts_alone:.2f} ms, {cost.ratio_alone:.1f} ×"
        )
        together = f"{cost.full_together:.2f} / {cost.counts_together:.2f} ms, {cost.ratio_together:.1f} ×"
        return f"单次请求 one request: {alone}; 批量 in a batch of {cost.requests}: {together}"


def match_report(asked: MatchAsked, config: StudyConfig, seed: int, clock: Clock) -> MatchReport:
    """Judge a fitted ranker beside the baselines on the same requests.

    `clock` gives seconds that only grow. Raises StudyError where no request says what was taken.
    """
    model = asked.model
    requests = Requests.of(asked.queries, model.options, model.sizes)
    cost = _cost(model, requests.rows, clock)
    judged = list(judge_ranker(model, requests))
    baselines = Baselines(asked.history, config, seed)
    judged += baselines.judged(model.options, requests)
    differences = [_difference(judged[0], other, seed) for other in judged[1:]]
    rolling = None
    if asked.stream is not None and asked.stream.day is not None and len(asked.stream):
        rolled = judge_rolling(model, asked.stream, requests)
        rolling = _row(rolled)
        differences.append(_difference(rolled, judged[0], seed))
    tail = in_tail(requests.truth, requests.sizes)
    counts = {
        "fitted": int(requests.sizes.sum()),
        "options": len(model.options),
        "queries": len(requests.rows),
        "unseen": int((requests.truth < 0).sum()),
        "tail": int(tail.sum()),
        "judged_options": len(requests.judged),
    }
    rows = tuple(_row(one) for one in judged)
    return MatchReport(
        counts, 1.0 - float(tail.mean()), rows, rolling, tuple(differences), cost, tuple(baselines.notes)
    )


def _cost(model: MatchModel, rows: StudyRows, clock: Clock) -> Cost:
    timed = rows.take(np.arange(min(TIMED, len(rows)), dtype=np.int64))
    alone = [timed.take(np.array([place])) for place in range(len(timed))]
    seconds: list[float] = []
    for ask in (model.match, model.match_by_counts):
        ask(timed, 10)  # what is built at the first use is no request's cost
        each = np.array([_seconds(partial(ask, one, 10), clock) for one in alone])
        together = _seconds(partial(ask, timed, 10), clock)
        seconds += [float(np.median(each)), together / len(timed)]
    full_alone, full_together, counts_alone, counts_together = (1000.0 * value for value in seconds)
    return Cost(full_alone, counts_alone, full_together, counts_together, len(timed))


def _seconds(work: Callable[[], object], clock: Clock) -> float:
    started = clock()
    work()
    return max(clock() - started, 1e-9)


def _row(one: Judged) -> Row:
    acquired = {} if one.acquire is None else figures(one.acquire)
    return Row(one.method, one.level, one.name, figures(one.match), acquired, one.largest)


def _difference(one: Judged, other: Judged, seed: int) -> Difference:
    acquired = {} if one.acquire is None or other.acquire is None else paired(one.acquire, other.acquire, seed)
    return Difference(one.name, other.name, paired(one.match, other.match, seed), acquired)


def _table(rows: "tuple[Row, ...] | list[Row]", side: str, measures: tuple[str, ...]) -> list[str]:
    heads = " | ".join(_HEADS[name] for name in measures)
    lines = [f"| 方法 method | {heads} |", "|---" * (len(measures) + 1) + "|"]
    for row in rows:
        cells = [_cell(getattr(row, side).get(str(name))) for name in measures]
        lines.append(f"| {_named(row)} | {' | '.join(cells)} |")
    return lines


def _named(row: Row) -> str:
    chinese = _CHINESE[row.method] if not row.level else f"按 {row.level} 的{_CHINESE[row.method]}"
    return f"{chinese} {row.name}"


def _cell(figure: Figure | None) -> str:
    if figure is None or np.isnan(figure.estimate):
        return "–"
    return f"{figure.estimate:.4f} ± {figure.error:.4f}"


def _difference_lines(one: Difference) -> list[str]:
    told = [
        f"{_HEADS[name]} {interval.estimate:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"
        for part in (one.match, one.acquire)
        for name, interval in part.items()
    ]
    return [f"  {one.method} − {one.against}: {'; '.join(told)}"]


def _row_json(track: str, row: Row) -> list[dict[str, Any]]:
    return [
        {
            "track": track,
            "method": row.name,
            "measure": name,
            "estimate": _finite(figure.estimate),
            "se": _finite(figure.error),
            "count": figure.count,
        }
        for part in (row.match, row.acquire)
        for name, figure in part.items()
    ]


def _difference_json(one: Difference) -> list[dict[str, Any]]:
    return [
        {
            "method": one.method,
            "against": one.against,
            "measure": name,
            "estimate": interval.estimate,
            "low": interval.low,
            "high": interval.high,
        }
        for part in (one.match, one.acquire)
        for name, interval in part.items()
    ]


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
