"""What a reason is: a code from one list, the firm's value, the bound or peers beside it, the day and the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching.labels import Words

MOST = 4
#: How the codes of a ranker's reasons begin.
RANKED = "rank_"


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
    quota_pressure = "quota_pressure"
    # What a ranker's order rests on, by what its inputs speak of (`matching.rank_families`).
    rank_kind = "rank_kind"
    rank_industry = "rank_industry"
    rank_status = "rank_status"
    rank_age = "rank_age"
    rank_capital = "rank_capital"
    rank_register_changes = "rank_register_changes"
    rank_sales_level = "rank_sales_level"
    rank_sales_growth = "rank_sales_growth"
    rank_sales_steady = "rank_sales_steady"
    rank_sales_recent = "rank_sales_recent"
    rank_sales_history = "rank_sales_history"
    rank_buyers_spread = "rank_buyers_spread"
    rank_buyers_stay = "rank_buyers_stay"
    rank_suppliers = "rank_suppliers"
    rank_purchases = "rank_purchases"
    rank_margin = "rank_margin"
    rank_invoices_clean = "rank_invoices_clean"
    rank_tax_rating = "rank_tax_rating"
    rank_tax_paid = "rank_tax_paid"
    rank_tax_filing = "rank_tax_filing"
    rank_tax_arrears = "rank_tax_arrears"
    rank_loans_history = "rank_loans_history"
    rank_repayment_record = "rank_repayment_record"
    rank_court_record = "rank_court_record"
    rank_penalties = "rank_penalties"
    rank_employees = "rank_employees"
    rank_employees_growth = "rank_employees_growth"
    rank_insurance_paid = "rank_insurance_paid"
    rank_honours = "rank_honours"
    rank_price_low = "rank_price_low"
    rank_price_high = "rank_price_high"
    rank_fees_known = "rank_fees_known"
    rank_fees_unknown = "rank_fees_unknown"
    rank_amount_range = "rank_amount_range"
    rank_amount_fits = "rank_amount_fits"
    rank_amount_unusual = "rank_amount_unusual"
    rank_term_fits = "rank_term_fits"
    rank_term_unusual = "rank_term_unusual"
    rank_guarantee = "rank_guarantee"
    rank_repayment = "rank_repayment"
    rank_new_product = "rank_new_product"
    rank_line_covers = "rank_line_covers"
    rank_line_short = "rank_line_short"
    rank_criteria_room = "rank_criteria_room"
    rank_criteria_tight = "rank_criteria_tight"
    rank_transparent_score = "rank_transparent_score"
    rank_product_taken = "rank_product_taken"
    rank_product_granted = "rank_product_granted"
    rank_product_applied = "rank_product_applied"
    rank_bank_grants = "rank_bank_grants"
    rank_bank_grants_kind = "rank_bank_grants_kind"
    rank_bank_grants_section = "rank_bank_grants_section"
    rank_peers_taken = "rank_peers_taken"
    rank_section_taken = "rank_section_taken"
    rank_section_granted = "rank_section_granted"
    rank_section_applied = "rank_section_applied"
    rank_kind_taken = "rank_kind_taken"
    rank_kind_granted = "rank_kind_granted"
    rank_kind_applied = "rank_kind_applied"
    rank_place_taken = "rank_place_taken"
    rank_place_granted = "rank_place_granted"
    rank_place_applied = "rank_place_applied"
    rank_size_taken = "rank_size_taken"
    rank_size_granted = "rank_size_granted"
    rank_size_applied = "rank_size_applied"
    rank_amount_taken = "rank_amount_taken"
    rank_amount_granted = "rank_amount_granted"
    rank_amount_applied = "rank_amount_applied"
    rank_term_taken = "rank_term_taken"
    rank_term_applied = "rank_term_applied"
    rank_track_record = "rank_track_record"
    rank_little_record = "rank_little_record"
    rank_not_provided = "rank_not_provided"


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
    ReasonCode.quota_pressure: Words("本季度额度将用完", "the quota of this quarter is nearly used"),
    ReasonCode.rank_kind: Words("主体类型", "kind of entity"),
    ReasonCode.rank_industry: Words("所属行业", "section of industry"),
    ReasonCode.rank_status: Words("登记状态", "state of registration"),
    ReasonCode.rank_age: Words("成立时间", "how long the firm exists"),
    ReasonCode.rank_capital: Words("注册资本", "registered capital"),
    ReasonCode.rank_register_changes: Words("工商登记变更", "changes in the register"),
    ReasonCode.rank_sales_level: Words("开票销售规模", "level of invoiced sales"),
    ReasonCode.rank_sales_growth: Words("开票销售增长", "growth of invoiced sales"),
    ReasonCode.rank_sales_steady: Words("开票销售的稳定性", "how steady sales are"),
    ReasonCode.rank_sales_recent: Words("最近一次开票的时间", "how recent the last sale is"),
    ReasonCode.rank_sales_history: Words("开票经营的时长", "how long the firm has invoiced"),
    ReasonCode.rank_buyers_spread: Words("客户数量与集中度", "number and concentration of buyers"),
    ReasonCode.rank_buyers_stay: Words("客户留存", "whether buyers stay"),
    ReasonCode.rank_suppliers: Words("供应商情况", "suppliers"),
    ReasonCode.rank_purchases: Words("进项采购", "purchases"),
    ReasonCode.rank_margin: Words("进销毛利与税负", "margin and tax of sales over purchases"),
    ReasonCode.rank_invoices_clean: Words("作废与红字发票", "void and red-letter invoices"),
    ReasonCode.rank_tax_rating: Words("纳税信用等级", "tax credit rating"),
    ReasonCode.rank_tax_paid: Words("纳税规模", "tax paid"),
    ReasonCode.rank_tax_filing: Words("按期申报情况", "filing tax in time"),
    ReasonCode.rank_tax_arrears: Words("欠税情况", "tax arrears"),
    ReasonCode.rank_loans_history: Words("存量贷款与贷款经历", "loans now and before"),
    ReasonCode.rank_repayment_record: Words("还款记录", "record of repayment"),
    ReasonCode.rank_court_record: Words("司法记录", "judgments and enforcement"),
    ReasonCode.rank_penalties: Words("行政处罚", "administrative penalties"),
    ReasonCode.rank_employees: Words("参保人数", "insured employees"),
    ReasonCode.rank_employees_growth: Words("参保人数变化", "growth of insured employees"),
    ReasonCode.rank_insurance_paid: Words("社会保险缴纳", "social insurance paid"),
    ReasonCode.rank_honours: Words("荣誉资质", "honours"),
    ReasonCode.rank_price_low: Words("综合成本较低", "a low all-in rate"),
    ReasonCode.rank_price_high: Words("综合成本较高", "a high all-in rate"),
    ReasonCode.rank_fees_known: Words("费用均已公布", "all fees are published"),
    ReasonCode.rank_fees_unknown: Words("有费用未公布", "a fee is not published"),
    ReasonCode.rank_amount_range: Words("产品额度范围", "the amounts that the product lends"),
    ReasonCode.rank_amount_fits: Words(
        "申请金额与经营规模、产品上限的比例合适", "the amount asked suits the firm and the product"
    ),
    ReasonCode.rank_amount_unusual: Words(
        "申请金额与经营规模、产品上限的比例少见", "the amount asked is unusual for firm or product"
    ),
    ReasonCode.rank_term_fits: Words("期限合适", "the term suits"),
    ReasonCode.rank_term_unusual: Words("期限不太合适", "the term suits less"),
    ReasonCode.rank_guarantee: Words("担保方式", "guarantee"),
    ReasonCode.rank_repayment: Words("还款方式", "way of repayment"),
    ReasonCode.rank_new_product: Words("产品上线时间", "how long the product is offered"),
    ReasonCode.rank_line_covers: Words("可贷额度充足", "the firm's limit suffices"),
    ReasonCode.rank_line_short: Words("可贷额度偏紧", "the firm's limit is tight"),
    ReasonCode.rank_criteria_room: Words("准入条件有余量", "the criteria are cleared with room"),
    ReasonCode.rank_criteria_tight: Words("有准入条件余量较小", "a criterion is cleared with little room"),
    ReasonCode.rank_transparent_score: Words("透明评分", "the transparent score"),
    ReasonCode.rank_product_taken: Words("该产品以往的用款比例", "share of showings of the product that were taken"),
    ReasonCode.rank_product_granted: Words(
        "该产品以往的获批比例", "share of applications for the product that were granted"
    ),
    ReasonCode.rank_product_applied: Words(
        "该产品以往的申请比例", "share of showings of the product that were applied for"
    ),
    ReasonCode.rank_bank_grants: Words("该行以往的获批比例", "share of applications that the bank granted"),
    ReasonCode.rank_bank_grants_kind: Words(
        "该行对同类主体以往的获批比例", "share granted by the bank to the firm's kind"
    ),
    ReasonCode.rank_bank_grants_section: Words(
        "该行对同行业以往的获批比例", "share granted by the bank to the firm's section"
    ),
    ReasonCode.rank_peers_taken: Words(
        "同类同行业企业以往的用款比例", "share taken by firms of the same kind and section, any product"
    ),
    ReasonCode.rank_section_taken: Words(
        "同行业企业对该产品的用款比例", "share of the product taken in the firm's section"
    ),
    ReasonCode.rank_section_granted: Words(
        "同行业企业申请该产品的获批比例", "share of the product granted in the firm's section"
    ),
    ReasonCode.rank_section_applied: Words(
        "同行业企业对该产品的申请比例", "share of the product applied for in the firm's section"
    ),
    ReasonCode.rank_kind_taken: Words(
        "同类同行业企业对该产品的用款比例", "share of the product taken by the firm's kind and section"
    ),
    ReasonCode.rank_kind_granted: Words(
        "同类同行业企业申请该产品的获批比例", "share of the product granted to the firm's kind and section"
    ),
    ReasonCode.rank_kind_applied: Words(
        "同类同行业企业对该产品的申请比例", "share of the product applied for by the firm's kind and section"
    ),
    ReasonCode.rank_place_taken: Words(
        "同市州企业对该产品的用款比例", "share of the product taken in the firm's prefecture"
    ),
    ReasonCode.rank_place_granted: Words(
        "同市州企业申请该产品的获批比例", "share of the product granted in the firm's prefecture"
    ),
    ReasonCode.rank_place_applied: Words(
        "同市州企业对该产品的申请比例", "share of the product applied for in the firm's prefecture"
    ),
    ReasonCode.rank_size_taken: Words(
        "同等规模企业对该产品的用款比例", "share of the product taken by firms of the same size"
    ),
    ReasonCode.rank_size_granted: Words(
        "同等规模企业申请该产品的获批比例", "share of the product granted to firms of the same size"
    ),
    ReasonCode.rank_size_applied: Words(
        "同等规模企业对该产品的申请比例", "share of the product applied for by firms of the same size"
    ),
    ReasonCode.rank_amount_taken: Words(
        "申请金额相近者对该产品的用款比例", "share of the product taken for such amounts"
    ),
    ReasonCode.rank_amount_granted: Words(
        "申请金额相近者申请该产品的获批比例", "share of the product granted for such amounts"
    ),
    ReasonCode.rank_amount_applied: Words(
        "申请金额相近者对该产品的申请比例", "share of the product applied for with such amounts"
    ),
    ReasonCode.rank_term_taken: Words("申请期限相近者对该产品的用款比例", "share of the product taken for such terms"),
    ReasonCode.rank_term_applied: Words(
        "申请期限相近者对该产品的申请比例", "share of the product applied for with such terms"
    ),
    ReasonCode.rank_track_record: Words("平台上的匹配记录较多", "the platform has seen many such pairs"),
    ReasonCode.rank_little_record: Words("平台上的匹配记录较少", "the platform has seen few such pairs"),
    ReasonCode.rank_not_provided: Words("未提供资料，模型按未知处理", "not provided, so the model takes it as unknown"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `value` and `threshold` are fen, whole numbers, millionths, codes or ISO days, as `unit` says.

    `is_against` marks a caution: what speaks against the pair although it fits.
    """

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
    is_against: bool = False


@dataclass(frozen=True, slots=True)
class Peers:
    """Firms of the same kind: who they are, and by column the nine deciles of their values (fen, ppm, whole)."""

    label: Words
    deciles: Mapping[str, Sequence[int]]


def reasons_document() -> str:
    """Write every reason code with its meaning as the text of `docs/reason_codes.md`."""
    ranked = [code for code in REASON_CODES if code.startswith(RANKED)]
    plain = [code for code in REASON_CODES if code not in set(ranked)]
    return (
        "# Reason codes\n\n"
        "At most four stand beside a match; each names the firm's value, the bound or peer quantile, the day and the\n"
        "source. Codes are stable: logs hold them.\n\n"
        "## Where the transparent score gives the order\n\n"
        f"{_listed(plain)}\n"
        "## Where a ranker gives the order\n\n"
        "Of the pairs that fit, with an active ranking model; pairs that may fit keep the codes above. What the\n"
        "inputs of the ranker add to the score (additive contributions, TreeSHAP; among a firm's products beyond what\n"
        "they add on average to all that fit) is summed up by what they speak of, and each sum has its code. For a\n"
        "product's list what is the same for every firm is left out. What speaks for the pair comes first, the\n"
        "weightiest before the others; at most one speaks against it (`speaks`: `against`), where it weighs more than\n"
        "the reason it displaces. Peers are firms of the same kind among those the ranker was fitted on. Past shares\n"
        "are decayed (half-life 180 days) and told only where at least 20 requests stand behind them; they say what\n"
        "became of others, and promise nothing.\n\n"
        f"{_listed(ranked)}"
    )


def _listed(codes: Sequence[ReasonCode]) -> str:
    rows = "".join(f"| `{code}` | {REASON_CODES[code].zh} | {REASON_CODES[code].en} |\n" for code in codes)
    return f"| code | zh | en |\n|---|---|---|\n{rows}"
