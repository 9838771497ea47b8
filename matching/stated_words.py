"""How the stated columns are worded, as pairs of Chinese and English that `matching.labels` joins to its own."""

from matching.stated import Pair

_SECURITY: dict[str, Pair] = {
    "unsecured": ("信用", "unsecured"),
    "guarantor": ("保证", "guarantor"),
    "guarantee_company": ("担保公司担保", "guarantee company"),
    "mortgage": ("房产抵押", "mortgage"),
    "pledge": ("质押", "pledge"),
    "livestock": ("活体抵押", "livestock"),
    "government_fund": ("政府增信", "government fund"),
}
CODES: dict[str, dict[str, Pair]] = {
    "security_offered": _SECURITY,
    "rating_method": {
        "scorecard": ("评分卡", "scorecard"),
        "small_firm_rating": ("小企业信用评级", "rating of small firms"),
    },
    "laundering_risk": {"low": ("低", "low"), "medium": ("中", "medium"), "high": ("高", "high")},
    "property_kind": {"house": ("住宅", "house"), "shop": ("商铺", "shop"), "plant": ("厂房", "plant")},
    "receivable_debtor": {
        "state_firm": ("国有企业", "state-owned firm"),
        "listed_firm": ("上市公司", "listed company"),
        "government": ("政府机关", "public body"),
        "other": ("其他企业", "other firm"),
    },
    "tax_status": {"normal": ("正常", "normal"), "abnormal": ("非正常", "abnormal")},
    "farm_activity": {
        "planting": ("种植", "planting"),
        "livestock": ("畜牧养殖", "livestock"),
        "cattle": ("肉牛养殖", "cattle"),
        "fishery": ("渔业", "fishery"),
        "facility_planting": ("设施种植", "planting under cover"),
        "facility_livestock": ("设施养殖", "livestock under cover"),
        "facility_fishery": ("设施渔业", "fishery under cover"),
    },
    "merchant_kind": {
        "online_shop": ("电商", "online shop"),
        "offline_shop": ("线下小店", "shop"),
        "wholesale_buyer": ("批发平台进货商家", "buyer on a wholesale platform"),
    },
    "industry_chain": {
        "biopharma": ("生物医药", "biopharmaceuticals"),
        "agri_park": ("农业园区", "agricultural park"),
        "noodles": ("牛肉拉面", "beef noodles"),
    },
    "entrepreneur_group": {
        "graduate": ("高校毕业生", "graduate"),
        "unemployed": ("登记失业人员", "registered unemployed"),
        "veteran": ("退役军人", "veteran"),
        "returning": ("返乡创业农民工", "returning migrant worker"),
        "disabled": ("残疾人", "disabled person"),
        "woman_farmer": ("农村自主创业妇女", "rural woman in business"),
        "other": ("其他", "other"),
    },
    "tech_title": {
        "tech_sme": ("科技型中小企业", "technology SME"),
        "high_tech": ("高新技术企业", "high-tech enterprise"),
        "specialised": ("专精特新企业", "specialised and innovative enterprise"),
        "little_giant": ("专精特新“小巨人”企业", "little giant enterprise"),
    },
    # GB/T 2260.
    "province": {
        "130000": ("河北省", "Hebei"),
        "150000": ("内蒙古自治区", "Inner Mongolia"),
        "210000": ("辽宁省", "Liaoning"),
        "220000": ("吉林省", "Jilin"),
        "230000": ("黑龙江省", "Heilongjiang"),
        "310000": ("上海市", "Shanghai"),
        "320000": ("江苏省", "Jiangsu"),
        "340000": ("安徽省", "Anhui"),
        "410000": ("河南省", "Henan"),
        "510000": ("四川省", "Sichuan"),
        "540000": ("西藏自治区", "Tibet"),
        "620000": ("甘肃省", "Gansu"),
        "630000": ("青海省", "Qinghai"),
        "640000": ("宁夏回族自治区", "Ningxia"),
        "650000": ("新疆维吾尔自治区", "Xinjiang"),
    },
}
CODE_IS: dict[str, Pair] = {
    "province": ("注册地在{}", "registered in {}"),
    "security_offered": ("以{}方式提供担保", "secured by: {}"),
    "receivable_debtor": ("应收账款债务人为{}", "the receivable's debtor is a {}"),
    "entrepreneur_group": ("借款人属于{}", "the borrower is a {}"),
    "farm_activity": ("从事{}", "in {}"),
    "industry_chain": ("属于{}产业链", "in the chain of {}"),
    "property_kind": ("以{}抵押", "mortgages a {}"),
}
CODE_IS_NOT: dict[str, Pair] = {
    "province": ("注册地不在{}", "not registered in {}"),
    "security_offered": ("不以{}方式提供担保", "not secured by: {}"),
    "entrepreneur_group": ("借款人不属于{}", "the borrower is no {}"),
    "farm_activity": ("不从事{}", "not in {}"),
    "industry_chain": ("不属于{}产业链", "not in the chain of {}"),
}
#: Measure words of counts.
MEASURES: dict[str, str] = {
    "owner_age": "岁",
    "owner_age_at_maturity": "岁",
    "owner_other_firms_borrowing": "家",
    "owner_lenders_count": "家",
    "owner_queries_1m": "次",
    "owner_queries_3m": "次",
    "owner_queries_6m": "次",
    "approval_queries_6m": "家",
    "past_due_count_24m": "次",
    "past_due_run_24m": "期",
    "guarantors_count": "人",
    "startup_loans_count": "次",
    "tax_payments_3m": "次",
    "tax_penalties_24m": "次",
    "zero_declarations_last_year": "次",
    "legal_representative_changes_3m": "次",
    "members_count": "户",
    "shop_level": "级",
    "employees_count": "人",
}
NONE_OF: dict[str, Pair] = {
    "owner_other_firms_borrowing": ("法定代表人名下没有其他企业使用本贷款", "no other firm of the owner borrows"),
    "past_due_open_fen": ("无当前逾期", "nothing past due now"),
    "past_due_count_24m": ("近24个月无逾期", "never past due in 24 months"),
    "past_due_run_24m": ("近24个月无逾期", "never past due in 24 months"),
    "tax_penalties_24m": ("近24个月无税务处罚", "no tax penalty in 24 months"),
    "wages_unpaid_fen": ("无拖欠工资", "no wages unpaid"),
    "legal_representative_changes_3m": (
        "近3个月法定代表人未变更",
        "no change of the legal representative in 3 months",
    ),
    "is_on_abnormal_list": ("未被列入经营异常名录", "not on the list of abnormal operation"),
    "is_spending_restricted": ("未被限制高消费", "not restricted from high spending"),
    "is_core_related": ("与核心企业及其实际控制人无关联关系", "not related to the core enterprise"),
}
TRUE_OF: dict[str, Pair] = {
    "has_bank_account": ("在本行开立对公结算账户", "has a settlement account with the bank"),
    "has_online_banking": ("已开通本行网银或手机银行", "has online banking with the bank"),
    "is_rating_passed": ("通过本行评级或评分卡", "passed the bank's rating or scorecard"),
    "is_on_white_list": ("已列入白名单", "is on the white list"),
    "is_guarantee_approved": ("担保机构已同意担保", "the guarantee is approved"),
    "is_fund_covered": ("纳入政府风险补偿或担保基金覆盖范围", "is covered by a public risk fund"),
    "is_data_authorised": ("已授权查询纳税、征信等数据", "has authorised its tax and credit data"),
    "is_fund_flow_authorised": ("已授权查询资金流信用信息", "has authorised its fund-flow data"),
    "is_livestock_tagged": ("活体均佩戴电子耳标或芯片", "its livestock is tagged"),
    "is_livestock_insured": ("活体均已参加养殖保险", "its livestock is insured"),
    "is_farm_business": ("为涉农经营主体", "is a farm business"),
    "is_in_agri_park": ("为农业产业园内经营主体", "is a firm of an agricultural park"),
    "is_core_supplier": ("为核心企业上游供应商", "supplies a core enterprise"),
    "is_core_distributor": ("为核心企业下游经销商", "distributes for a core enterprise"),
    "is_core_recommended": ("经核心企业推荐", "is recommended by the core enterprise"),
    "is_core_guaranteed": ("由核心企业提供连带保证", "is guaranteed by the core enterprise"),
    "is_innovative_sme": ("为有效期内的创新型中小企业", "is an innovative SME"),
    "is_little_giant": ("为有效期内的专精特新“小巨人”企业", "is a little giant enterprise"),
    "is_tech_assessed": ("通过银行科技能力评估", "passed the bank's assessment of technology"),
    "has_leading_founder": ("由科技领军人才创办", "was founded by a leading scientist"),
}
LASTING: dict[str, Pair] = {
    "core_cooperation_months": ("与核心企业合作满{}", "has traded with the core enterprise for at least {}"),
    "shop_months": ("网店持续经营满{}", "the online shop has traded for at least {}"),
    "tax_paying_months": ("连续纳税满{}", "has paid tax without a break for at least {}"),
}
#: Months in which it was so, of 12.
MONTHS_WITH: dict[str, Pair] = {
    "settlement_months_12m": ("在本行有结算", "settlement with the bank"),
    "utility_months_12m": ("有水电气缴费", "utilities paid"),
    "shop_active_months_12m": ("网店有交易", "trade of the online shop"),
}
#: A bound below zero is a fall that is still allowed.
CHANGES: dict[str, Pair] = {
    "tax_growth_12m_ratio": ("近12个月纳税额较上一年度同期", "tax paid in 12 months against the 12 before"),
}
