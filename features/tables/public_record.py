"""Judgments and administrative penalties, published by law."""

from features.columns import (
    AMOUNT_FEN,
    CASE_NO,
    CLOSED_ON,
    DECIDED_ON,
    DECISION_NO,
    ENTERPRISE,
    GRADE,
    JUDGMENTS,
    PENALTIES,
    PUBLICITY_UNTIL,
    ROLE,
)
from features.tables.contract import Table, TableKind, code, day, enterprise_column, known_on_column, money, text

PUBLIC_RECORD = (
    Table(
        name=JUDGMENTS,
        zh="司法裁判与执行",
        en="judgments and enforcement",
        is_public=True,
        kind=TableKind.register,
        key=(ENTERPRISE, CASE_NO),
        event_on=DECIDED_ON,
        columns=(
            enterprise_column(),
            text(CASE_NO, "案号", "number of the case"),
            code(
                ROLE,
                "角色",
                "defendant (被告), executed (被执行人) or dishonest (失信被执行人)",
                ("defendant", "executed", "dishonest"),
            ),
            day(DECIDED_ON, "裁判或立案日期", "day decided or filed for enforcement", has_happened=True),
            money(AMOUNT_FEN, "标的金额", "amount", required=False, least=0),
            day(CLOSED_ON, "结案日期", "day closed; empty while it is open", required=False, has_happened=True),
            known_on_column(),
        ),
        supplier_zh="人民法院（裁判文书与执行信息公开）",
        supplier_en="courts (published judgments and enforcement)",
        usual_lag_days=30,
    ),
    Table(
        name=PENALTIES,
        zh="行政处罚",
        en="administrative penalties",
        is_public=True,
        kind=TableKind.register,
        key=(ENTERPRISE, DECISION_NO),
        event_on=DECIDED_ON,
        columns=(
            enterprise_column(),
            text(DECISION_NO, "决定书文号", "number of the decision"),
            code(GRADE, "严重程度", "grade", ("minor", "general", "serious")),
            day(DECIDED_ON, "处罚决定日期", "day decided", has_happened=True),
            money(AMOUNT_FEN, "罚款金额", "fine", required=False, least=0),
            day(PUBLICITY_UNTIL, "公示截止日期", "last day of publicity", required=False),
            known_on_column(),
        ),
        supplier_zh="作出处罚的行政机关（信用信息公示）",
        supplier_en="penalising authority (published credit information)",
        usual_lag_days=7,
    ),
)
