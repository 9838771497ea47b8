"""Cards of rankers and grant models: what they are for, what they were fitted on, how they do, what they cannot do."""

from collections.abc import Mapping
from typing import Any

from models.acceptance import Acceptance
from models.ranker import Ranker, Side

_SIDES_ZH = {Side.enterprise: "为企业排列产品", Side.bank: "为银行排列企业"}
_SIDES_EN = {Side.enterprise: "products for an enterprise", Side.bank: "enterprises for a bank"}


def ranker_card(ranker: Ranker) -> str:
    """Return a ranker's card as Markdown; it holds no time of building, so that one fit has one card."""
    training = ranker.training
    return f"""\
# 排序模型卡

- 用途：在符合准入条件的企业与产品之间排序；不决定准入，不决定授信。
- 标签：展示过的产品中“获批并用信”的。没有展示过的组合没有标签，从不当作反例；结果尚未知悉的不参加训练。
- 训练样本：{training.requests} 个融资需求的 {training.rows} 个展示组合，{training.enterprises} 户企业，
  其中用信 {training.taken} 个；需求日期 {training.first_day} 至 {training.last_day}；种子 {training.seed}。
- 目标函数（在验证月份上选定）：{_objectives(ranker, _SIDES_ZH)}。
- 展示位次是训练时的一个输入，使用时一律按第一位计，因此不会照抄原来的顺序。
- 输入 {len(ranker.inputs)} 项：企业画像、产品条件、两者的关系、历史匹配的统计；没有银行名称、产品编号和任何商业费用。
- 检验：以后六个月的需求为检验集，数字见 `metrics.json`；检验之后用全部已知样本重新拟合（目标函数不变）。
- 局限：历史名单决定了谁能被看到；从未展示的组合只能由相似组合推断。分数用于排序，不是承诺。
{_counts(ranker.metrics, "训练授权")}
# Model card: ranker

- For the order of pairs that meet the criteria; it decides neither eligibility nor credit.
- Label: {ranker.label}. A pair that was not shown has no label and is never a negative.
- Fitted on {training.rows} shown pairs of {training.requests} requests by {training.enterprises} enterprises,
  {training.taken} of them taken; requests of {training.first_day} to {training.last_day}; seed {training.seed}.
- Objectives, chosen on the validation months: {_objectives(ranker, _SIDES_EN)}.
- The place in the list is an input of the fit; at use every pair stands at the first place.
- Held-out figures are in `metrics.json`; the stored trees are fitted anew on all that was known.
- Limits: old lists decided what could be seen; scores order, they promise nothing.
{_counts(ranker.metrics, "authorisations")}"""


def acceptance_card(model: Acceptance) -> str:
    """Return a grant model's card as Markdown."""
    training = model.training
    return f"""\
# 获批模型卡

- 输出：申请过的企业中获批的比例。只对“申请过的企业”成立；不适用于从未申请的企业。
- 训练样本：{training.rows} 笔有审批结果的申请，{training.enterprises} 户企业，获批 {training.granted} 笔；
  需求日期 {training.first_day} 至 {training.last_day}；种子 {training.seed}。
- 校准：按企业分三折，在没有见过该企业的模型的分数上校准；检验数字见 `metrics.json`。
{_counts(model.metrics, "训练授权")}
# Model card: granted, of firms that applied

- Output: {model.label}; of firms that never applied it says only what became of applicants like them.
- Fitted on {training.rows} decided applications of {training.enterprises} enterprises,
  {training.granted} of them granted; requests of {training.first_day} to {training.last_day}; seed {training.seed}.
- Calibrated on scores of firms that the trees did not see (three folds); held-out figures are in `metrics.json`.
{_counts(model.metrics, "authorisations")}"""


def _objectives(ranker: Ranker, names: Mapping[Side, str]) -> str:
    return "; ".join(f"{names[side]}: `{one}`" for side, one in ranker.choice.objectives.items())


def _counts(metrics: Mapping[str, Any], word: str) -> str:
    """Write on what basis how many firms were read, where the metrics tell."""
    counted = metrics.get("enterprises_by_basis")
    if not counted:
        return ""
    return f"- {word}: " + "; ".join(f"{basis} {count}" for basis, count in sorted(counted.items())) + "\n"
