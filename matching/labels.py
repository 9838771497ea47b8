"""Words for codes and columns, as a banker writes them; both languages in one place."""

from collections.abc import Mapping
from dataclasses import dataclass

from matching import stated_words


@dataclass(frozen=True, slots=True)
class Words:
    """One statement in Chinese and in English."""

    zh: str
    en: str


CODES: dict[str, dict[str, Words]] = {
    "tax_rating": {letter: Words(f"{letter}级", letter) for letter in "ABMCD"},
    "kind": {
        "company": Words("企业", "company"),
        "sole_proprietor": Words("个体工商户", "sole proprietor"),
        "cooperative": Words("农民专业合作社", "farmers' cooperative"),
        "family_farm": Words("家庭农场", "family farm"),
    },
    "registration_status": {
        "active": Words("存续（在营）", "active"),
        "revoked": Words("吊销", "revoked"),
        "cancelled": Words("注销", "cancelled"),
    },
    "worst_loan_class_24m": {
        "pass": Words("正常", "pass"),
        "special_mention": Words("关注", "special mention"),
        "substandard": Words("次级", "substandard"),
        "doubtful": Words("可疑", "doubtful"),
        "loss": Words("损失", "loss"),
        "none": Words("近24个月无贷款记录", "none, for want of a loan in 24 months"),
    },
    # GB/T 4754-2017, sections.
    "industry_section": {
        "A": Words("农、林、牧、渔业", "agriculture, forestry, animal husbandry and fishery"),
        "B": Words("采矿业", "mining"),
        "C": Words("制造业", "manufacturing"),
        "D": Words("电力、热力、燃气及水生产和供应业", "electricity, heat, gas and water"),
        "E": Words("建筑业", "construction"),
        "F": Words("批发和零售业", "wholesale and retail trade"),
        "G": Words("交通运输、仓储和邮政业", "transport, storage and post"),
        "H": Words("住宿和餐饮业", "accommodation and catering"),
        "I": Words("信息传输、软件和信息技术服务业", "information transmission, software and IT services"),
        "J": Words("金融业", "finance"),
        "K": Words("房地产业", "real estate"),
        "L": Words("租赁和商务服务业", "leasing and business services"),
        "M": Words("科学研究和技术服务业", "scientific research and technical services"),
        "N": Words("水利、环境和公共设施管理业", "water, environment and public facilities"),
        "O": Words("居民服务、修理和其他服务业", "household, repair and other services"),
        "P": Words("教育", "education"),
        "Q": Words("卫生和社会工作", "health and social work"),
        "R": Words("文化、体育和娱乐业", "culture, sports and entertainment"),
        "S": Words("公共管理、社会保障和社会组织", "public administration and social security"),
        "T": Words("国际组织", "international organisations"),
    },
    # GB/T 2260, the prefectures of Gansu and the new area.
    "prefecture": {
        "620100": Words("兰州市", "Lanzhou"),
        "620171": Words("兰州新区", "Lanzhou New Area"),
        "620200": Words("嘉峪关市", "Jiayuguan"),
        "620300": Words("金昌市", "Jinchang"),
        "620400": Words("白银市", "Baiyin"),
        "620500": Words("天水市", "Tianshui"),
        "620600": Words("武威市", "Wuwei"),
        "620700": Words("张掖市", "Zhangye"),
        "620800": Words("平凉市", "Pingliang"),
        "620900": Words("酒泉市", "Jiuquan"),
        "621000": Words("庆阳市", "Qingyang"),
        "621100": Words("定西市", "Dingxi"),
        "621200": Words("陇南市", "Longnan"),
        "622900": Words("临夏回族自治州", "Linxia"),
        "623000": Words("甘南藏族自治州", "Gannan"),
    },
}

# How a set of codes is demanded: "…为" reads wrong for a place.
CODE_IS: dict[str, Words] = {
    "prefecture": Words("注册地在{}", "registered in {}"),
    "region": Words("注册地区划为{}", "registered in district {}"),
    "industry_section": Words("所属行业为{}", "industry is {}"),
    "kind": Words("主体类型为{}", "is a {}"),
    "tax_rating": Words("纳税信用等级为{}", "tax credit rating is {}"),
    "registration_status": Words("登记状态为{}", "registration status is {}"),
    "worst_loan_class_24m": Words("近24个月贷款五级分类最差为{}", "worst loan class in 24 months is {}"),
}
CODE_IS_NOT: dict[str, Words] = {
    "prefecture": Words("注册地不在{}", "not registered in {}"),
    "industry_section": Words("所属行业不为{}", "industry is not {}"),
    "kind": Words("主体类型不为{}", "is not a {}"),
    "tax_rating": Words("纳税信用等级不为{}", "tax credit rating is not {}"),
    "registration_status": Words("登记状态不为{}", "registration status is not {}"),
    "worst_loan_class_24m": Words("近24个月贷款五级分类未出现{}", "no loan classed {} in 24 months"),
}

# Measure words of counts; what is not here is counted as 项.
MEASURES: dict[str, Words] = {
    "buyers_12m": Words("家", ""),
    "suppliers_12m": Words("家", ""),
    "lenders_count": Words("家", ""),
    "late_filings_12m": Words("次", ""),
    "unfiled_returns_24m": Words("期", ""),
    "executed_open_count": Words("件", ""),
    "dishonest_open_count": Words("条", ""),
    "judgments_defendant_24m": Words("件", ""),
    "penalties_serious_open": Words("件", ""),
    "penalties_12m": Words("件", ""),
    "legal_representative_changes_6m": Words("次", ""),
    "registration_changes_12m": Words("次", ""),
    "insured_count": Words("人", ""),
}

# What "none" is called: the demand that there be nothing of it, and at the same time the fact.
NONE_OF: dict[str, Words] = {
    "tax_arrears_fen": Words("无欠税", "no tax arrears"),
    "dishonest_open_count": Words("未被列入失信被执行人名单", "not on the list of dishonest judgment debtors"),
    "executed_open_count": Words("无未结的被执行案件", "no open enforcement case"),
    "judgments_defendant_24m": Words("近24个月无作为被告的判决", "no judgment as defendant in 24 months"),
    "penalties_serious_open": Words("无公示期内的严重行政处罚", "no serious penalty within its publicity period"),
    "penalties_12m": Words("近12个月无行政处罚", "no administrative penalty in 12 months"),
    "late_filings_12m": Words("近12个月无逾期申报", "no late tax filing in 12 months"),
    "unfiled_returns_24m": Words("近24个月无应报未报的纳税申报", "no tax return left unfiled in 24 months"),
    "max_days_past_due_24m": Words("近24个月贷款无逾期", "no loan past due in 24 months"),
    "loan_balance_fen": Words("无存量贷款", "no outstanding loan"),
    "lenders_count": Words("无贷款机构", "no lender"),
    "zero_sales_months_12m": Words("近12个月月月有开票销售", "sales invoices in each of 12 months"),
    "has_had_loan": Words("为首贷户（此前无贷款记录）", "first-time borrower"),
    "legal_representative_changes_6m": Words(
        "近6个月法定代表人未变更", "no change of the legal representative in 6 months"
    ),
    "registration_changes_12m": Words("近12个月登记事项无变更", "no change of registration in 12 months"),
    "insurance_unpaid_12m_fen": Words("近12个月社会保险费无欠缴", "no social insurance left unpaid in 12 months"),
    "honours_count": Words("无有效期内的荣誉资质", "no valid honour or qualification"),
    "is_high_tech": Words("非高新技术企业", "not a high-tech enterprise"),
    "is_specialised": Words("非专精特新企业", "not a specialised and innovative enterprise"),
    "is_tech_sme": Words("非科技型中小企业", "not a technology SME"),
    "is_leading_agri": Words("非农业产业化龙头企业", "not a leading agricultural enterprise"),
    "is_model_cooperative": Words("非农民专业合作社示范社", "not a model cooperative"),
    "is_model_farm": Words("非示范家庭农场", "not a model family farm"),
}
# The same of a flag that is set.
TRUE_OF: dict[str, Words] = {
    "has_had_loan": Words("有过贷款记录", "has had a loan"),
    "is_high_tech": Words("为有效期内的高新技术企业", "is a high-tech enterprise"),
    "is_specialised": Words("为有效期内的专精特新企业", "is a specialised and innovative enterprise"),
    "is_tech_sme": Words("为有效期内的科技型中小企业", "is a technology SME"),
    "is_leading_agri": Words("为有效期内的农业产业化龙头企业", "is a leading agricultural enterprise"),
    "is_model_cooperative": Words("为有效期内的农民专业合作社示范社", "is a model cooperative"),
    "is_model_farm": Words("为有效期内的示范家庭农场", "is a model family farm"),
}

# Time since a beginning: at least so much is long enough, at most so much is young.
SHORT: dict[str, Words] = {
    "age_months": Words("成立不超过{}", "established for at most {}"),
    "months_since_first_sale": Words("开票经营不超过{}", "invoicing for at most {}"),
}
LASTING: dict[str, Words] = {
    "age_months": Words("成立满{}", "established for at least {}"),
    "months_since_first_sale": Words("开票经营满{}", "invoicing for at least {}"),
}
# Months in which there were sales, of so many.
SALES_MONTHS: dict[str, int] = {"sales_months_6m": 6, "sales_months_12m": 12, "sales_months_24m": 24}
# Changes against an earlier period: a bound below zero is a fall that is still allowed.
CHANGES: dict[str, Words] = {
    "sales_growth_12m_ratio": Words(
        "近12个月开票销售额较上一年度同期", "invoiced sales of 12 months against the 12 before"
    ),
    "insured_growth_12m_ratio": Words("参保人数较12个月前", "people insured against 12 months before"),
}


def _stated(pairs: Mapping[str, tuple[str, str]]) -> dict[str, Words]:
    return {name: Words(*pair) for name, pair in pairs.items()}


# What firms state at application is worded beside what the registers say.
CODES |= {name: _stated(pairs) for name, pairs in stated_words.CODES.items()}
CODE_IS |= _stated(stated_words.CODE_IS)
CODE_IS_NOT |= _stated(stated_words.CODE_IS_NOT)
MEASURES |= {name: Words(zh, "") for name, zh in stated_words.MEASURES.items()}
NONE_OF |= _stated(stated_words.NONE_OF)
TRUE_OF |= _stated(stated_words.TRUE_OF)
LASTING |= _stated(stated_words.LASTING)
CHANGES |= _stated(stated_words.CHANGES)
# Months in which something was there, of 12.
MONTHS_WITH: dict[str, Words] = _stated(stated_words.MONTHS_WITH)
# What was last done on a day: that it was done within a span, and that it was not.
RECENT: dict[str, tuple[Words, Words]] = {
    "last_invoice_on": (Words("开过发票", "an invoice"), Words("未开过发票", "no invoice")),
    "last_sale_on": (Words("有过开票销售", "an invoiced sale"), Words("没有开票销售", "no invoiced sale")),
    "last_tax_paid_on": (Words("有过纳税记录", "a tax payment"), Words("没有纳税记录", "no tax payment")),
}
