"""Columns that no accepted table supplies: what a firm states at application and its bank verifies.

Published products ask for such facts (age of the owner, enquiries at the bureau, insured livestock). A profile never
holds them, so a criterion over them cannot be told until somebody says so; no model reads them. Each was written for
a product that is published: `../shared/domain/products.csv`, named by the test of the cases.
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.dictionary import Block, Feature, Unit

Pair = tuple[str, str]

SOURCE: Pair = ("申请时申报的情况", "what was stated at application")
SUPPLIER: Pair = ("企业申报、银行核实", "the enterprise, which states it; the bank verifies it")
#: Names of conditions on who owns a firm, or where a person is from: there is no such column, by law (R-25, R-27).
REFUSED = frozenset(
    {"ownership", "ownership_kind", "is_private", "is_state_owned", "is_foreign_owned", "nationality", "ethnicity"}
    | {"owner_nationality", "owner_ethnicity", "owner_gender", "owner_hukou", "owner_is_local", "is_local_firm"}
)

_PRECISION = {Unit.fen: 2, Unit.ratio: 4}
_Row = tuple[str, str, str] | tuple[str, str, str, int]


def _columns(block: Block, unit: Unit, *rows: _Row, personal: bool = False) -> tuple[Feature, ...]:
    return tuple(
        Feature(
            name=row[0],
            zh=row[1],
            en=row[2],
            block=block,
            unit=unit,
            precision=_PRECISION.get(unit, 0),
            direction=row[3] if len(row) == 4 else 0,  # noqa: PLR2004 (a row with its direction)
            tables=frozenset(),
            personal=personal,
            family=row[0],
        )
        for row in rows
    )


_OWNER = (
    *_columns(
        Block.registry,
        Unit.count,
        ("owner_age", "法定代表人年龄", "age of the legal representative"),
        ("owner_age_at_maturity", "额度到期时法定代表人年龄", "age of the legal representative when the line ends"),
        ("owner_other_firms_borrowing", "法定代表人名下已获此贷款的其他企业数", "other firms of the owner that borrow"),
        personal=True,
    ),
    *_columns(
        Block.credit,
        Unit.count,
        ("owner_lenders_count", "企业主贷款机构数", "lenders of the owner", -1),
        ("owner_queries_1m", "近1个月征信查询次数", "bureau enquiries of 1 month", -1),
        ("owner_queries_3m", "近3个月征信查询次数", "bureau enquiries of 3 months", -1),
        ("owner_queries_6m", "近6个月征信查询次数", "bureau enquiries of 6 months", -1),
        ("approval_queries_6m", "近6个月贷款审批类查询机构数", "lenders that enquired for approval, 6 months", -1),
        ("past_due_count_24m", "近24个月逾期次数", "times past due in 24 months", -1),
        ("past_due_run_24m", "近24个月最长连续逾期期数", "longest run of instalments past due, 24 months", -1),
        personal=True,
    ),
    *_columns(
        Block.credit,
        Unit.fen,
        ("owner_unsecured_debt_fen", "企业主信用类负债", "unsecured debt of the owner", -1),
        ("household_income_fen", "家庭年收入", "yearly income of the household", 1),
        personal=True,
    ),
    *_columns(
        Block.credit,
        Unit.ratio,
        ("owner_share_ratio", "法定代表人持股比例", "share held by the legal representative"),
        ("card_use_ratio", "信用卡额度使用率", "share of credit card limits used", -1),
        personal=True,
    ),
)
_DEBT = (
    *_columns(
        Block.credit,
        Unit.fen,
        ("total_debt_fen", "综合负债", "total debt", -1),
        ("group_business_loans_fen", "企业及实际控制人经营性贷款余额", "business loans of firm and controller", -1),
        ("past_due_open_fen", "当前逾期金额", "amount past due now", -1),
        ("deposit_average_fen", "在本行日均存款", "average deposit with the bank", 1),
        ("net_profit_last_year_fen", "上一年净利润", "net profit of last year", 1),
        ("net_profit_year_before_fen", "前一年净利润", "net profit of the year before", 1),
        ("property_value_fen", "抵押房产评估价值", "assessed value of the mortgaged property", 1),
        ("inventory_value_fen", "可质押存货价值", "value of stock that can be pledged", 1),
        ("orders_on_hand_fen", "在手订单金额", "orders on hand", 1),
        ("rd_spend_12m_fen", "近12个月研发投入", "spent on research and development, 12 months", 1),
    ),
    *_columns(
        Block.credit,
        Unit.ratio,
        ("debt_ratio", "资产负债率", "debt to assets", -1),
        ("rd_share_ratio", "近一年研发费用占销售收入比例", "research and development to sales, last year", 1),
        ("utility_variation_ratio", "近12个月水电气用量波动幅度", "variation of utilities used, 12 months", -1),
    ),
    *_columns(
        Block.credit,
        Unit.flag,
        ("has_bank_account", "本行对公结算账户", "settlement account with the bank", 1),
        ("has_online_banking", "本行网银或手机银行", "online banking with the bank"),
        ("is_rating_passed", "本行评级或评分卡准入", "rating or scorecard of the bank passed", 1),
        ("is_on_white_list", "名单制白名单", "white list of the scheme", 1),
        ("is_guarantee_approved", "担保机构同意担保", "guarantee approved", 1),
        ("is_fund_covered", "政府风险补偿或担保基金覆盖", "covered by a public risk fund", 1),
        ("is_data_authorised", "纳税、征信等数据授权", "data authorised"),
        ("is_fund_flow_authorised", "资金流信用信息授权", "fund-flow data authorised"),
        ("is_livestock_tagged", "活体佩戴电子耳标或芯片", "livestock tagged", 1),
        ("is_livestock_insured", "活体参加养殖保险", "livestock insured", 1),
    ),
    *_columns(
        Block.credit,
        Unit.count,
        ("guarantors_count", "保证人人数", "guarantors", 1),
        ("startup_loans_count", "已享受创业担保贷款次数", "subsidised start-up loans had so far"),
    ),
    *_columns(
        Block.credit,
        Unit.months,
        ("settlement_months_12m", "近12个月在本行有结算的月数", "months with settlement at the bank, of 12", 1),
        ("utility_months_12m", "近12个月有水电气缴费的月数", "months with utilities paid, of 12", 1),
    ),
    *_columns(
        Block.credit,
        Unit.code,
        ("security_offered", "拟提供的担保方式", "security offered"),
        ("rating_method", "本行评级方式", "how the bank rates the firm"),
        ("laundering_risk", "洗钱风险等级", "laundering risk"),
        ("property_kind", "抵押房产类型", "kind of mortgaged property"),
        ("receivable_debtor", "应收账款债务人类型", "debtor of the receivable"),
    ),
)
_TAX = (
    *_columns(Block.tax, Unit.day, ("last_tax_paid_on", "最近一次纳税日期", "day of the last tax payment")),
    *_columns(Block.tax, Unit.code, ("tax_status", "纳税状态", "tax status")),
    *_columns(
        Block.tax,
        Unit.fen,
        ("tax_paid_average_24m_fen", "近两年年均纳税额", "yearly average of tax paid, 2 years", 1),
    ),
    *_columns(
        Block.tax,
        Unit.ratio,
        ("tax_growth_12m_ratio", "近12个月纳税额较上一年度同期增幅", "growth of tax paid over the 12 months before", 1),
    ),
    *_columns(
        Block.tax,
        Unit.months,
        ("tax_paying_months", "连续纳税月数", "months of unbroken tax payment", 1),
    ),
    *_columns(
        Block.tax,
        Unit.count,
        ("tax_payments_3m", "近3个月缴税次数", "tax payments in 3 months", 1),
        ("tax_penalties_24m", "近24个月税务处罚次数", "tax penalties in 24 months", -1),
        ("zero_declarations_last_year", "上一年零申报次数", "nil returns of last year", -1),
    ),
)
_BUSINESS = (
    *_columns(
        Block.registry,
        Unit.code,
        ("province", "注册地省份", "province of registration"),
        ("farm_activity", "涉农经营类型", "kind of farming"),
        ("merchant_kind", "商户类型", "kind of merchant"),
        ("industry_chain", "产业链", "industrial chain"),
        ("entrepreneur_group", "创业担保贷款重点群体", "group entitled to start-up loans"),
    ),
    *_columns(
        Block.registry,
        Unit.flag,
        ("is_farm_business", "涉农经营主体", "farm business"),
        ("is_in_agri_park", "农业产业园经营主体", "firm of an agricultural park"),
        ("is_on_abnormal_list", "经营异常名录", "on the list of abnormal operation", -1),
        ("is_spending_restricted", "限制高消费", "restricted from high spending", -1),
        ("is_core_supplier", "核心企业上游供应商", "supplier of a core enterprise"),
        ("is_core_distributor", "核心企业下游经销商", "distributor of a core enterprise"),
        ("is_core_related", "与核心企业或其实际控制人的关联关系", "related to the core enterprise", -1),
        ("is_core_recommended", "核心企业推荐", "recommended by the core enterprise", 1),
        ("is_core_guaranteed", "核心企业连带保证", "guaranteed by the core enterprise", 1),
    ),
    *_columns(
        Block.registry,
        Unit.months,
        ("core_cooperation_months", "与核心企业合作月数", "months of trade with the core enterprise", 1),
        ("shop_months", "网店持续经营月数", "months the online shop has traded", 1),
        ("shop_active_months_12m", "近12个月网店有交易的月数", "months with trade of the online shop, of 12", 1),
    ),
    *_columns(
        Block.registry,
        Unit.count,
        ("legal_representative_changes_3m", "近3个月法定代表人变更次数", "changes of legal representative, 3 months"),
        ("members_count", "合作社成员户数", "member households of the cooperative"),
        ("shop_level", "网店行业层级", "tier of the online shop in its trade", 1),
        ("shop_good_scores", "三项店铺评分中不低于同业且达4.7分的项数", "shop scores of 4.7 and not below peers", 1),
    ),
    *_columns(
        Block.qualifications,
        Unit.flag,
        ("is_innovative_sme", "创新型中小企业", "innovative SME", 1),
        ("is_little_giant", "专精特新“小巨人”企业", "little giant enterprise", 1),
        ("is_tech_assessed", "银行科技能力评估", "technology assessed by the bank", 1),
        ("has_leading_founder", "科技领军人才创办", "founded by a leading scientist", 1),
    ),
    *_columns(
        Block.qualifications,
        Unit.count,
        ("core_patents_count", "核心自主知识产权数", "core intellectual property of its own", 1),
        ("pipeline_count", "在研管线数", "pipelines in research", 1),
    ),
    *_columns(Block.qualifications, Unit.code, ("tech_title", "最高科技资质", "highest title of technology")),
    *_columns(Block.employment, Unit.count, ("employees_count", "职工人数", "employees")),
    *_columns(
        Block.employment,
        Unit.ratio,
        ("new_hires_share_ratio", "近一年新招用重点群体占职工比例", "new hires of entitled groups to employees"),
    ),
    *_columns(Block.employment, Unit.fen, ("wages_unpaid_fen", "拖欠工资", "wages unpaid", -1)),
)

#: Every stated column by name.
#: What only a bank may read of a product: telling that it is asked would warn the wrong ones.
INTERNAL = frozenset({"laundering_risk"})
STATED: Mapping[str, Feature] = MappingProxyType({one.name: one for one in (*_OWNER, *_DEBT, *_TAX, *_BUSINESS)})
