"""A model's figures for a reader: its comparison with simpler orders, its reliability bands, and the rest as it stands.

Every chart has its table beside it; what has no form known here is shown as JSON text, so nothing is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from service.web.charts import BarChart, SquareChart, bars, square
from service.web.warning_reading import HORIZONS

SIDES: Final[dict[str, tuple[str, str]]] = {
    "enterprise": ("企业侧：为一项融资需求排产品", "the firm's side: products for a request"),
    "bank": ("银行侧：为一个产品排企业", "the bank's side: firms for a product in a month"),
}
NOTES: Final[dict[str, str]] = {
    "enterprise": "；只看随机顺序展示过的需求，在其展示过的产品中排序",
    "bank": "；候选为当月提出需求且符合条件的企业，至少十户",
}
METHODS: Final[dict[str, tuple[str, str]]] = {
    "ranker": ("学习的排序", "the ranker"),
    "affinity alone": ("仅历史频次", "affinity alone"),
    "transparent score": ("透明评分", "the transparent score"),
    "popularity": ("热门程度", "popularity"),
    "best single column": ("最好的单列排序", "the best single column"),
    "rule only": ("仅按准入条件（随机）", "rules alone, in random order"),
}
MEASURES: Final[dict[str, tuple[str, str]]] = {
    "ndcg_at_10": ("NDCG@10", "NDCG@10"),
    "mrr": ("MRR", "MRR"),
    "recall_at_5": ("召回@5", "recall@5"),
}
DRAWN: Final = "ndcg_at_10"
#: Parts of the metrics that have a form of their own.
SHOWN: Final = frozenset({"held_out", "reliability", "figures", "differences", *HORIZONS})
NAMES: Final[dict[str, str]] = {
    "split": "按月切分",
    "rows": "训练数据量",
    "chosen": "验证月份选定",
    "training_table_sha256": "训练表哈希",
    "dropped": "未用的历史行",
    "granting": "留出月份的获批概率指标",
    "bar": "单变量基准",
    "bar_auc": "单变量基准 AUC",
    "withheld": "未评估的原因",
    "enterprises_by_basis": "企业数（按授权或依据）",
    "as_of": "数据时点",
    "held_out_months": "留出月份",
    "calibration_12m": "12 个月概率的校准",
    "choice": "两种风险率的比较",
    "champion": "采用",
    "outcomes": "贷款结果（按企业与放款日）",
    "reject_inference": "拒绝推断",
}
#: Words for what stands inside a figure; a part that has none stands for itself.
PARTS: Final[dict[str, str]] = {
    "first_month": "首月",
    "warm_up": "预热月数",
    "train": "训练月数",
    "valid": "验证月数",
    "test": "测试月数",
    "requests": "需求",
    "not_shown": "未展示",
    "shown": "展示未申请",
    "refused": "被拒",
    "lapsed": "获批未提款",
    "taken": "获批并提款",
    "pending": "结果未知",
    "shown_not_eligible": "展示过但按条件不符合",
    "late_requests": "事后才知悉的需求",
    "without_request": "找不到需求的记录",
    "authorisation": "授权用于模型训练",
    "ground:synthetic": "合成数据",
    "ground:open research set": "公开研究数据",
    "enterprise": "企业侧",
    "bank": "银行侧",
    "objective": "目标函数",
    "validation_ndcg_at_10": "验证月份 NDCG@10",
    "binary": "逐行概率",
    "choice": "逐次选择",
    "lambdarank": "LambdaRank",
    "applications": "申请",
    "granted": "获批",
    "auc": "AUC",
    "brier": "Brier",
    "ece": "校准误差 ECE",
    "ece_floor_mean": "完全校准时的误差（平均）",
    "ece_floor_upper": "完全校准时的误差（95%分位）",
    "estimate": "估计",
    "low": "下限",
    "high": "上限",
    "boosted": "单调梯度提升树",
    "scorecard": "评分卡",
    "logistic": "逻辑回归",
    "cutoff": "拟合所知截至",
    "first": "首个",
    "last": "末个",
    "kind": "采用",
    "lead": "提升树领先",
    "observed": "实际",
    "expected": "预计",
    "observed_over_expected": "实际比预计",
    "ece_noise_floor": "完全校准时的误差",
    "mean": "平均",
    "upper": "95%分位",
    "good": "正常",
    "bad": "违约",
    "cured": "违约后恢复（仍计为违约）",
    "indeterminate": "不确定（不计入）",
    "immature": "未满12个月（不计入）",
    "method": "方法",
    "parcelling": "分段法",
    "factor": "倍数",
    "assumption": "假设",
}

#: The ways of fitting among these words.
KINDS: Final = frozenset({"binary", "choice", "lambdarank", "boosted", "scorecard", "logistic"})


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of a table: what it is of, in both languages, and its figures as text."""

    zh: str
    en: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side's comparison: chart, its figures by method, and the ranker's lead over each."""

    zh: str
    en: str
    note: str
    queries: int
    chart: BarChart
    methods: tuple[Cells, ...]
    leads: tuple[Cells, ...]  # over every other method, the mean of the differences query by query
    behind: tuple[str, ...]  # each measure on which the ranker lies behind a method, with the methods


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often what was expected came true, by band."""

    chart: SquareChart
    bands: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One figure without a form of its own."""

    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A model's metrics taken apart."""

    sides: tuple[Side, ...]
    reliability: Reliability | None
    candidates: tuple[Cells, ...]
    rest: tuple[Field, ...]


def read_metrics(metrics: Mapping[str, Any]) -> Reading:
    """Take a model's metrics apart."""
    held_out = metrics.get("held_out") or {}
    bands = metrics.get("reliability")
    return Reading(
        sides=tuple(_side(name, held_out[name]) for name in SIDES if held_out.get(name)),
        reliability=_reliability(bands) if bands else None,
        candidates=tuple(_candidate(name, one) for name, one in (metrics.get("figures") or {}).items()),
        rest=tuple(_field(key, metrics[key]) for key in _in_order(metrics, NAMES) if key not in SHOWN),
    )


def _side(name: str, found: Mapping[str, Any]) -> Side:
    zh, en = SIDES[name]
    methods = [(METHODS[one], found["methods"][one]) for one in METHODS if one in found["methods"]]
    return Side(
        zh=zh,
        en=en,
        note=NOTES[name],
        queries=found["queries"],
        chart=bars([(words[0], figures[DRAWN]["mean"]) for words, figures in methods]),
        methods=tuple(Cells(*words, _means(figures)) for words, figures in methods),
        leads=tuple(Cells(*words, _leads(figures)) for words, figures in methods[1:]),
        behind=_behind(found["methods"]),
    )


def _means(figures: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    return tuple(f"{figures[key]['mean']:.3f}" for key in MEASURES)


def _leads(figures: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    return tuple(f"{figures[key]['lead']:+.3f}" for key in MEASURES)


def _behind(methods: Mapping[str, Mapping[str, Mapping[str, float]]]) -> tuple[str, ...]:
    """Name, by measure, the methods over which the ranker's lead is below zero."""
    found = []
    for key, (measure, _) in MEASURES.items():
        ahead = [METHODS[one][0] for one in METHODS if one in methods and methods[one][key]["lead"] < 0]
        if ahead:
            found.append(f"{measure}（{'、'.join(ahead)}）")
    return tuple(found)


def _reliability(bands: list[dict[str, Any]]) -> Reliability:
    return Reliability(
        chart=square([(one["told"], one["granted"], one["applications"]) for one in bands]),
        bands=tuple(
            Cells(
                f"第 {place} 档",
                f"band {place}",
                (f"{one['applications']:,}", f"{one['told'] * 100:.1f}%", f"{one['granted'] * 100:.1f}%"),
            )
            for place, one in enumerate(bands, start=1)
        ),
    )


def kind_words(kind: str) -> str:
    """Word a model's kind: one way of fitting, or several with a plus between them."""
    return "＋".join(PARTS[one] if one in KINDS else one for one in kind.split("+"))


def _in_order(value: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """Return the keys in the order of their words; those that have none come last, by name."""
    return [*(key for key in words if key in value), *sorted(key for key in value if key not in words)]


def _candidate(name: str, one: Mapping[str, Any]) -> Cells:
    """Word one candidate of a risk model by its cross-validated AUC and KS."""
    auc = one["auc"]
    interval = f"{auc['estimate']:.3f}（{auc['low']:.3f}–{auc['high']:.3f}）"
    return Cells(PARTS.get(name, name), "", (interval, f"{one['ks']['estimate']:.3f}"))


def _field(key: str, value: object) -> Field:
    return Field(key, NAMES.get(key, key), _text(value))


def _text(value: object) -> str:
    """Word a figure: numbers with four decimals, objects as names and figures, anything else as JSON."""
    match value:
        case None:
            return "—"
        case str():
            return PARTS.get(value, value)
        case bool() | int() | list():
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        case float():
            return f"{value:.4f}"
        case Mapping():
            return "；".join(f"{PARTS.get(key, key)} {_inner(value[key])}" for key in _in_order(value, PARTS))
    return str(value)


def _inner(value: object) -> str:
    return f"（{_text(value)}）" if isinstance(value, Mapping) else _text(value)
