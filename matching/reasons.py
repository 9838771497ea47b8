"""What a reason is: a code from one list, the firm's value, the bound or peers beside it, the day and the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching.labels import Words

MOST = 4


class ReasonCode(StrEnum):
    """What a reason says; stable, for logs and for those who read them by machine."""

    clears_easily = "clears_easily"
    clears = "clears"
    clears_narrowly = "clears_narrowly"
    clean_record = "clean_record"
    code_accepted = "code_accepted"
    standing_good = "standing_good"
    standing_fair = "standing_fair"
    standing_weak = "standing_weak"
    standing_no_horizon = "standing_no_horizon"
    line_by_cap = "line_by_cap"
    line_by_share = "line_by_share"
    line_by_code = "line_by_code"
    line_by_code_share = "line_by_code_share"
    price_known = "price_known"
    price_partial = "price_partial"
    missing_decides = "missing_decides"


#: Every code and what it says, for the documents.
REASON_CODES: Mapping[ReasonCode, Words] = {
    ReasonCode.clears_easily: Words("指标明显优于准入线", "a criterion is cleared by far"),
    ReasonCode.clears: Words("指标达到准入线", "a criterion is cleared"),
    ReasonCode.clears_narrowly: Words("指标刚过准入线，余量较小", "a criterion is cleared with little to spare"),
    ReasonCode.clean_record: Words("无不良记录", "there is none of what must not be"),
    ReasonCode.code_accepted: Words("类别在产品接受范围内", "a code is among those accepted"),
    ReasonCode.standing_good: Words("模型估计信用风险较低", "the risk model finds a low probability of default"),
    ReasonCode.standing_fair: Words("模型估计信用风险中等", "the risk model finds a middling probability of default"),
    ReasonCode.standing_weak: Words("模型估计信用风险偏高", "the risk model finds a high probability of default"),
    ReasonCode.standing_no_horizon: Words(
        "模型估计违约概率（标签无日期，不代表12个月，不分高低）",
        "the risk model's probability of default, from an undated label: no horizon, so no band",
    ),
    ReasonCode.line_by_cap: Words(
        "额度为产品上限；产品无测算规则的，由银行核定",
        "the limit is the product's cap; without a limit rule the bank sets the firm's own",
    ),
    ReasonCode.line_by_share: Words("可贷额度按经营数据的比例测算", "the firm's limit is a share of its own figures"),
    ReasonCode.line_by_code: Words("可贷额度按等级对应的上限", "the firm's limit is the cap of its rating"),
    ReasonCode.line_by_code_share: Words("可贷额度按等级对应的比例测算", "the firm's limit is its rating's share"),
    ReasonCode.price_known: Words("费用齐全，可算年化综合成本", "all fees are known and so is the all-in rate"),
    ReasonCode.price_partial: Words(
        "部分费用未公布，成本只知下限", "a fee is not published: the rate is a lower bound"
    ),
    ReasonCode.missing_decides: Words("缺少资料，暂不能判断", "something is missing and decides"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `value` and `threshold` are fen, whole numbers, millionths, codes or ISO days, as `unit` says."""

    code: ReasonCode
    column: str
    value: int | str | None
    unit: str
    threshold: int | str | None
    peer_tenths: int | None
    day: date
    source_zh: str
    source_en: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Peers:
    """Firms of the same kind: who they are, and by column the nine deciles of their values (fen, ppm, whole)."""

    label: Words
    deciles: Mapping[str, Sequence[int]]


def reasons_document() -> str:
    """Write every reason code with its meaning as the text of `docs/reason_codes.md`."""
    rows = "".join(f"| `{code}` | {words.zh} | {words.en} |\n" for code, words in REASON_CODES.items())
    return (
        "# Reason codes\n\n"
        "At most four stand beside a match; each names the firm's value, the bound or peer quantile, the day and the\n"
        "source. Codes are stable: logs hold them.\n\n"
        f"| code | zh | en |\n|---|---|---|\n{rows}"
    )
