"""The rules that delivered rows are held to: each has a name for reports and a sentence in Chinese and English."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Why a row is quarantined, or (`total_differs`) warned of."""

    missing_value = "missing_value"
    wrong_date = "wrong_date"
    wrong_amount = "wrong_amount"
    wrong_number = "wrong_number"
    too_many_decimals = "too_many_decimals"
    negative = "negative"
    not_positive = "not_positive"
    out_of_range = "out_of_range"
    unknown_code = "unknown_code"
    wrong_form = "wrong_form"
    wrong_enterprise_id = "wrong_enterprise_id"
    false_check_digit = "false_check_digit"
    unknown_enterprise = "unknown_enterprise"
    known_in_future = "known_in_future"
    known_before_event = "known_before_event"
    conflicting_rows = "conflicting_rows"
    not_month_end = "not_month_end"
    wrong_width = "wrong_width"
    wrong_settlement = "wrong_settlement"
    total_differs = "total_differs"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a rule says, without the row's own value."""

    zh: str
    en: str


SENTENCES = {
    Rule.missing_value: Sentence("缺少必填值", "a required value is missing"),
    Rule.wrong_date: Sentence("不是 YYYY-MM-DD 形式的有效日期", "not a date of the form YYYY-MM-DD"),
    Rule.wrong_amount: Sentence("不是以元为单位的十进制数", "not a decimal number of yuan"),
    Rule.wrong_number: Sentence("不是数字", "not a number of the form asked"),
    Rule.too_many_decimals: Sentence(
        "小数位数超过允许的精度", "more decimals than the column holds, two for yuan, six for rates"
    ),
    Rule.negative: Sentence("不得为负数", "must not be negative"),
    Rule.not_positive: Sentence("必须大于零", "must be greater than zero"),
    Rule.out_of_range: Sentence("超出允许的范围", "outside the range allowed"),
    Rule.unknown_code: Sentence("不在允许的代码之内", "not one of the codes allowed"),
    Rule.wrong_form: Sentence("格式不符", "not of the form asked"),
    Rule.wrong_enterprise_id: Sentence("不是有效的企业代码", "not an enterprise id"),
    Rule.false_check_digit: Sentence(
        "统一社会信用代码校验位错误", "the check digit of the unified social credit code is false"
    ),
    Rule.unknown_enterprise: Sentence(
        "企业未登记: enterprises 表中没有该企业的有效记录",
        "unknown enterprise: no good row of it in the table enterprises",
    ),
    Rule.known_in_future: Sentence("知悉日晚于接收日", "known in the future: after the day of the delivery"),
    Rule.known_before_event: Sentence("知悉日早于事件发生日", "known before it happened"),
    Rule.conflicting_rows: Sentence(
        "与同一主键、同一知悉日的另一行内容矛盾", "contradicts another row of the same key and day known"
    ),
    Rule.not_month_end: Sentence("不是月末日", "not the last day of a month"),
    Rule.wrong_width: Sentence("列数与表头不符", "has another number of values than the header"),
    Rule.wrong_settlement: Sentence(
        "用信或失效日期须与结果一致，且不早于审批日期",
        "there is a day settled where an offer was taken or lapsed and only there, and not before the decision",
    ),
    Rule.total_differs: Sentence("金额与税额之和不等于价税合计", "amount and tax do not add up to the total"),
}
