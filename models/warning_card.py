"""The card of a warning: what it is for, what it was fitted on, what it did on later months, what it cannot do."""

from collections.abc import Mapping
from typing import Any

from models.warning import EarlyWarning
from models.warning_metrics import AUC, IN_TIME, LEAD, PRECISION, RECALL

_SHOWN = (PRECISION, RECALL, AUC, IN_TIME)
_HEADS_ZH = ("方法", "命中率", "召回率", "月内 AUC", "首次欠款前提示", "提前天数（四分位）")
_HEADS_EN = ("method", "precision", "recall", "AUC within month", "before the first missed payment", "lead in days")


def warning_card(model: EarlyWarning) -> str:
    """Return the card as Markdown (zh, then en); it holds no time of building, so that one fit has one card."""
    return f"{_chinese(model)}\n{_english(model)}"


def _chinese(model: EarlyWarning) -> str:
    training = model.training
    return f"""\
# 贷后预警模型卡

- 用途：每月末在没有逾期的贷款中，提示哪些最可能在其后 12 个月（另给 6 个月）内违约，供客户经理按精力（百分之一）核查。
- 模型：离散时间风险率，采用 `{model.kind}`；月度风险率连乘得到 6 个月和 12 个月违约概率。
- 标签：逾期超过 90 天、五级分类为次级及以下、核销，或困境重组。已结清的贷款视为不再违约；
  尚未观察到的月份不参加训练（删失）。
- 训练样本：{training.loans} 笔贷款的 {training.rows} 个月末，{training.enterprises} 户企业，
  其中违约 {training.bad_enterprises} 户；月末 {training.first_day} 至 {training.last_day}；种子 {training.seed}。
- 检验：留出最后六个结果已明的月末，模型只用此前已知的事实；区间为按企业自助抽样的 95% 区间。
- 最终模型用全部已知样本重新拟合（方法不变）。

{_table(model.metrics, _HEADS_ZH)}
- 局限：违约少时区间很宽；提示不是结论，不应据此抽贷、压贷，须先核实事实。
"""


def _english(model: EarlyWarning) -> str:
    training = model.training
    return f"""\
# Model card: early warning

- At each month's end, among loans without arrears, which are most likely to default within 12 months (6 beside), for
  officers who can look at one in a hundred.
- Model: hazards in discrete time, `{model.kind}`; survival is their product. Label: {model.label}
  (more than 90 days past due, substandard or worse, written off, or restructured in distress). A loan paid back counts
  as not defaulting; months nobody has seen are censored.
- Fitted on {training.rows} month-ends of {training.loans} loans of {training.enterprises} enterprises,
  {training.bad_enterprises} of them with a default; days {training.first_day} to {training.last_day}; seed
  {training.seed}.
- Judged on the last six month-ends whose outcome is known, by a fit that knew nothing later than the day before them;
  intervals are 95 % bootstrap intervals over enterprises. The stored model is fitted anew on all that was known.

{_table(model.metrics, _HEADS_EN)}
- Limits: with few defaults the intervals are wide. A flag is a reason to look, not to call a loan in.
"""


def _table(metrics: Mapping[str, Any], heads: tuple[str, ...]) -> str:
    report = metrics.get("within_12m")
    if report is None:
        return ""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for name, figures in report["figures"].items():
        shown = [_interval(figures[what]) for what in _SHOWN]
        lead = " / ".join(_number(figures[what]["estimate"], 0) for what in LEAD)
        lines.append(f"| {' | '.join([name, *shown, lead])} |")
    return "\n".join(lines) + "\n"


def _interval(value: Mapping[str, float | None]) -> str:
    shown = [_number(value[name], 3) for name in ("estimate", "low", "high")]
    return f"{shown[0]} ({shown[1]} … {shown[2]})"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
