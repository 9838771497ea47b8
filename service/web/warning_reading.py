"""An early warning's figures for a reader: every method at the officers' capacity, on the months held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

HORIZONS: Final[dict[str, tuple[str, str]]] = {
    "within_12m": ("12 个月内违约", "default within 12 months"),
    "within_6m": ("6 个月内违约", "default within 6 months"),
}
METHODS: Final[dict[str, tuple[str, str]]] = {
    "logistic": ("逻辑回归风险率", "logistic hazard"),
    "boosted": ("提升树风险率", "hazard of boosted trees"),
    "fall of sales, 12 months": ("近 12 个月销售下降", "fall of sales, 12 months"),
    "fall of sales, 3 months against the year": ("近 3 个月销售低于全年", "last 3 months' sales against the year"),
    "tax arrears": ("欠税", "tax arrears"),
    "score at origination": ("放款时评分", "score at origination"),
    "random": ("随机", "random"),
}
HEADS: Final = ("方法", "命中率（95% 区间）", "召回率", "月内 AUC（95% 区间）", "提前天数中位数")


@dataclass(frozen=True, slots=True)
class Row:
    """One method: its name in both languages and its figures as text."""

    zh: str
    en: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Horizon:
    """All methods over one horizon."""

    zh: str
    en: str
    flags: str
    loans: str
    base_rate: str
    rows: tuple[Row, ...]


def read_warning(metrics: Mapping[str, Any]) -> tuple[Horizon, ...]:
    """Return the tables of a warning's metrics, none where the model is no warning."""
    return tuple(_horizon(name, metrics[name]) for name in HORIZONS if name in metrics)


def _horizon(name: str, report: Mapping[str, Any]) -> Horizon:
    return Horizon(
        *HORIZONS[name],
        flags=f"{report['flags_a_month']:.0f}",
        loans=f"{report['loans_a_month']:.0f}",
        base_rate=f"{report['base_rate'] * 100:.2f}%",
        rows=tuple(Row(*METHODS.get(one, (one, one)), _figures(report["figures"][one])) for one in _ordered(report)),
    )


def _ordered(report: Mapping[str, Any]) -> list[str]:
    """Return the methods in the order of their words: JSON keeps none."""
    found = report["figures"]
    return [*(one for one in METHODS if one in found), *sorted(set(found) - set(METHODS))]


def _figures(one: Mapping[str, Any]) -> tuple[str, ...]:
    lead = _number(one["lead_days_median"]["estimate"], 0)
    return (_interval(one["precision"]), _number(one["recall"]["estimate"]), _interval(one["auc_within_month"]), lead)


def _interval(one: Mapping[str, float | None]) -> str:
    return f"{_number(one['estimate'])}（{_number(one['low'])}–{_number(one['high'])}）"


def _number(value: float | None, digits: int = 3) -> str:
    return "—" if value is None else f"{value:.{digits}f}"
