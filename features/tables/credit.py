"""Loans as lenders report them at each month's end."""

from features.columns import (
    BALANCE_FEN,
    DAYS_PAST_DUE,
    DRAWN_ON,
    DUE_ON,
    ENTERPRISE,
    LENDER,
    LOAN_CLASS,
    LOAN_NO,
    LOANS,
    PRINCIPAL_FEN,
    REPORTED_ON,
    RESTRUCTURED_ON,
    WRITTEN_OFF_ON,
)
from features.tables.contract import (
    Table,
    TableKind,
    code,
    day,
    enterprise_column,
    known_on_column,
    money,
    number,
    rate,
    text,
)

#: 商业银行金融资产风险分类办法 (2023 第1号), best first.
LOAN_CLASSES = ("pass", "special_mention", "substandard", "doubtful", "loss")

CREDIT = (
    Table(
        name=LOANS,
        zh="贷款",
        en="loans",
        is_public=False,
        kind=TableKind.register,
        key=(ENTERPRISE, LOAN_NO, REPORTED_ON),
        event_on=REPORTED_ON,
        columns=(
            enterprise_column(),
            text(LOAN_NO, "借据编号", "number of the loan"),
            day(REPORTED_ON, "报送基准日", "month's end reported on", has_happened=True),
            text(LENDER, "贷款机构", "lender"),
            money(PRINCIPAL_FEN, "放款金额", "principal", least=1),
            money(BALANCE_FEN, "贷款余额", "balance", least=0),
            rate("annual_rate", "年利率", "annual rate as a fraction, 0.0435 for 4.35 %"),
            day(DRAWN_ON, "放款日期", "day drawn", has_happened=True),
            day(DUE_ON, "到期日期", "day due"),
            code(LOAN_CLASS, "五级分类", "five-category class", LOAN_CLASSES),
            number(DAYS_PAST_DUE, "逾期天数", "days past due", least=0, most=99_999),
            day(WRITTEN_OFF_ON, "核销日期", "day written off; empty where not", required=False, has_happened=True),
            day(
                RESTRUCTURED_ON,
                "困难重组日期",
                "day restructured because the debtor was in distress; empty where not",
                required=False,
                has_happened=True,
            ),
            known_on_column(),
        ),
        supplier_zh="金融机构报送（企业授权后提供信贷记录）",
        supplier_en="lenders (credit records, by the firm's authorisation)",
        usual_lag_days=10,
    ),
)
