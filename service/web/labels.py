"""Words for the codes that products and log entries hold."""

from typing import Final

GUARANTEES: Final[dict[str, tuple[str, str]]] = {
    "unsecured": ("信用", "unsecured"),
    "guarantor": ("保证", "guarantor"),
    "guarantee_company": ("担保公司担保", "guarantee company"),
    "mortgage": ("抵押", "mortgage"),
    "pledge": ("质押", "pledge"),
    "receivables": ("应收账款质押", "receivables"),
    "livestock": ("活体抵押", "livestock"),
    "government_fund": ("政府风险补偿", "government risk fund"),
}

REPAYMENTS: Final[dict[str, tuple[str, str]]] = {
    "bullet": ("到期一次还本付息", "at maturity"),
    "interest_monthly": ("按月付息、到期还本", "interest monthly"),
    "equal_instalments": ("等额本息", "equal instalments"),
    "equal_principal": ("等额本金", "equal principal"),
}

LISTS: Final[dict[str, tuple[str, str]]] = {
    "fits": ("符合", "fits"),
    "may_fit": ("可能符合", "may fit"),
    "does_not_fit": ("暂不符合", "does not fit"),
    "without_authorisation": ("未授权", "without authorisation"),
}

KINDS: Final[dict[str, tuple[str, str]]] = {
    "matching": ("平台匹配", "matching by the platform"),
    "query": ("银行查看画像", "profile query by a bank"),
}

PURPOSES: Final[dict[str, tuple[str, str]]] = {
    "matching": ("银企匹配", "matching"),
    "due_diligence": ("贷前调查", "due diligence"),
    "decision": ("授信决定", "credit decision"),
    "monitoring": ("贷后监测", "monitoring"),
    "model_training": ("模型训练", "model training"),
    "evaluation": ("评估", "evaluation"),
}

TABLES: Final[dict[str, str]] = {
    "enterprises": "工商登记",
    "tax_ratings": "纳税信用等级",
    "tax_filings": "纳税申报",
    "tax_arrears": "欠税",
    "invoices": "发票",
    "loans": "贷款",
    "judgments": "司法裁判",
    "penalties": "行政处罚",
    "registration_changes": "登记变更",
    "honours": "荣誉资质",
    "social_insurance": "社会保险",
    "requests": "融资需求",
    "shown": "展示记录",
    "applications": "融资申请",
    "decisions": "审批结果",
}


def of(words: dict[str, tuple[str, str]], code: str) -> tuple[str, str]:
    """Return the word for `code` in both languages, the code itself where there is none."""
    return words.get(code, (code, code))
