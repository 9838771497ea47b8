"""The model card: what a model is for, what it was fitted on, how well it does and what it cannot do (zh, then en)."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.default_risk import DefaultRisk, ModelKind, ProbabilityName
from models.scorecard import Scorecard

_KINDS_ZH = {ModelKind.scorecard: "评分卡", ModelKind.boosted: "单调梯度提升树"}
_KINDS_EN = {ModelKind.scorecard: "scorecard", ModelKind.boosted: "monotone gradient-boosted trees"}
_LABELS_ZH = {
    ProbabilityName.pd_12m: "特征时点之后 12 个月内违约",
    ProbabilityName.default_probability: "违约，但违约日期未知；所得概率没有期限（undated label）",
}


def model_card(model: DefaultRisk) -> str:
    """Return the card as Markdown; it holds no time of building, so that one fit has one card."""
    return f"{_chinese(model)}\n{_english(model)}"


def _chinese(model: DefaultRisk) -> str:
    training = model.training
    return f"""\
# 违约风险模型卡

- 模型：{_KINDS_ZH[model.kind]}；输出 `{model.probability_name}`。
- 标签：{_LABELS_ZH[model.probability_name]}。
- 训练样本：{training.rows} 行，{training.enterprises} 户经营主体，其中违约 {training.bad_enterprises} 户；
  数据时点 {training.first_day} 至 {training.last_day}；种子 {training.seed}。{_sample_zh(model.metrics)}
- 检验：按经营主体分组、按结果分层的 {training.folds} 折交叉验证，重复 {training.repeats} 次；
  区间为按经营主体自助抽样的 95% 区间，不是各次重复之间的离散程度。
- 冠军规则：评分卡为冠军；只有交叉验证 AUC 之差的配对自助区间全部有利于提升树时，提升树才取代它。

| 方法 | AUC | 95% 区间 | KS | Brier | ECE（噪声上限） |
|---|---|---|---|---|---|
{_figures(model, _KINDS_ZH, "单变量")}

| AUC 之差 | 估计 | 95% 区间 |
|---|---|---|
{_differences(model)}

- 入模变量（共提供 {len(model.inputs)} 个）：{_used(model)}
- 参加训练的经营主体在匹配中由没有见过它的那一折模型打分；缺失值保持缺失，不以零代替。
- 局限：违约样本少时，不同方法难以区分；经营规模往往是最强的信号，小微企业可能因此受到不利影响。
  概率只用于排序与提示，不应单独作为拒绝的理由。
"""


def _english(model: DefaultRisk) -> str:
    training = model.training
    return f"""\
# Model card: risk of default

- Model: {_KINDS_EN[model.kind]}; output `{model.probability_name}`.
- Label: {"; ".join((model.label, *model.marks))}.
- Fitted on {training.rows} rows of {training.enterprises} enterprises, {training.bad_enterprises} of them bad;
  features as of {training.first_day} to {training.last_day}; seed {training.seed}.{_sample_en(model.metrics)}
- Checked by {training.folds}-fold cross-validation, grouped by enterprise and stratified by outcome,
  {training.repeats} repeats; intervals are 95 % bootstrap intervals over enterprises, not the spread of repeats.
- Rule: the scorecard is the champion; the trees replace it only where the paired bootstrap interval of the
  difference of cross-validated AUC lies wholly in their favour.

| method | AUC | 95 % interval | KS | Brier | ECE (upper noise floor) |
|---|---|---|---|---|---|
{_figures(model, _KINDS_EN, "one variable")}

| difference of AUC | estimate | 95 % interval |
|---|---|---|
{_differences(model)}

- Inputs ({len(model.inputs)} offered): {_used(model)}
- A firm of the fit is scored in matches by the fold model that did not see it; missing stays missing.
- Limits: with few defaults methods cannot be told apart; the size of a firm is often the strongest signal, which can
  count against small firms. The probability orders and informs, and is no reason for refusal by itself.
"""


def _sample_zh(report: Mapping[str, Any]) -> str:
    """Return the lines on what the sample leaves out and assumes, where the report has such."""
    found = ""
    if (outcomes := report.get("outcomes")) is not None:
        found += f"""
- 违约：放款后 12 个月内逾期超过 90 天、五级分类为次级及以下、核销或因困难重组，以当日已知为准；
  违约后恢复正常的 {outcomes["cured"]} 笔仍计为违约；未满 12 个月的 {outcomes["immature"]} 笔、
  不确定的 {outcomes["indeterminate"]} 笔（逾期 31–90 天，或无逾期而列为关注）不计入。"""
    if (inferred := report.get("reject_inference")) is not None:
        found += f"\n- {inferred['assumption']['zh']}（被拒 {inferred['refused']} 笔）。检验数字只来自结果已知的样本。"
    return found


def _sample_en(report: Mapping[str, Any]) -> str:
    found = ""
    if (outcomes := report.get("outcomes")) is not None:
        found += f"""
- Default: within 12 months of drawdown more than 90 days past due, substandard or worse, written off or restructured
  in distress, as known on the day; {outcomes["cured"]} cured ones stay bad; {outcomes["immature"]} younger than 12
  months and {outcomes["indeterminate"]} indeterminate ones (31 to 90 days past due, or special mention without a delay)
  are left out."""
    if (inferred := report.get("reject_inference")) is not None:
        found += (
            f"\n- {inferred['assumption']['en']} ({inferred['refused']} refused). Figures are of known outcomes alone."
        )
    return found


def _figures(model: DefaultRisk, names: Mapping[ModelKind, str], bar_name: str) -> str:
    rows = [_figure_row(names[ModelKind(kind)], row) for kind, row in model.metrics["figures"].items()]
    if model.metrics["bar"]:
        bar = f"{bar_name} `{model.metrics['bar']}`"
        rows.append(_row([bar, *_interval(model.metrics["bar_auc"]), "", "", ""]))
    return "\n".join(rows)


def _figure_row(name: str, figures: Mapping[str, Any]) -> str:
    error = f"{figures['ece']:.3f} ({figures['ece_noise_floor']['upper']:.3f})"
    ks, brier = figures["ks"]["estimate"], figures["brier"]["estimate"]
    return _row([name, *_interval(figures["auc"]), f"{ks:.3f}", f"{brier:.3f}", error])


def _differences(model: DefaultRisk) -> str:
    return "\n".join(_row([name, *_interval(value)]) for name, value in model.metrics["differences"].items())


def _interval(value: Mapping[str, float]) -> list[str]:
    return [f"{value['estimate']:.3f}", f"{value['low']:.3f} … {value['high']:.3f}"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _used(model: DefaultRisk) -> str:
    names = model.features
    if isinstance(model.model, Scorecard):
        names = tuple(model.inputs[variable.position].name for variable in model.model.variables)
    return ", ".join(f"`{name}`" for name in names)
