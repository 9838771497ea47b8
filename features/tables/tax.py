"""What tax authorities know of a firm besides invoices: ratings, filings, arrears."""

from features.columns import (
    AMOUNT_FEN,
    ARISEN_ON,
    CLEARED_ON,
    DUE_ON,
    ENTERPRISE,
    FILED_ON,
    PERIOD_END,
    PUBLISHED_ON,
    RATING,
    RATING_YEAR,
    TAX,
    TAX_ARREARS,
    TAX_FILINGS,
    TAX_PAID_FEN,
    TAX_PAYABLE_FEN,
    TAX_RATINGS,
    TAXABLE_SALES_FEN,
)
from features.tables.contract import (
    Column,
    Table,
    TableKind,
    code,
    day,
    enterprise_column,
    known_on_column,
    money,
    number,
)


def _tax_column() -> Column:
    return code(TAX, "税种", "tax", ("vat", "income"))


TAXES = (
    Table(
        name=TAX_RATINGS,
        zh="纳税信用等级",
        en="tax credit ratings",
        is_public=False,
        kind=TableKind.stream,
        key=(ENTERPRISE, RATING_YEAR),
        event_on=PUBLISHED_ON,
        columns=(
            enterprise_column(),
            number(RATING_YEAR, "评价年度", "year rated", least=2000, most=2999),
            code(RATING, "等级", "rating", ("A", "B", "M", "C", "D")),
            day(PUBLISHED_ON, "公布日期", "day published", has_happened=True),
            known_on_column(),
        ),
        supplier_zh="税务部门（企业授权后提供纳税信用评价结果）",
        supplier_en="tax bureau (rating, by the firm's authorisation)",
        usual_lag_days=1,
    ),
    Table(
        name=TAX_FILINGS,
        zh="纳税申报",
        en="tax filings",
        is_public=False,
        kind=TableKind.stream,
        key=(ENTERPRISE, TAX, PERIOD_END),
        event_on=PERIOD_END,
        columns=(
            enterprise_column(),
            _tax_column(),
            day(PERIOD_END, "所属期止", "end of the period", has_happened=True),
            day(DUE_ON, "申报期限", "day the filing was due"),
            day(FILED_ON, "申报日期", "day filed; empty while it is not", required=False, has_happened=True),
            money(TAXABLE_SALES_FEN, "应税销售额", "taxable sales", least=0),
            money(TAX_PAYABLE_FEN, "应纳税额", "tax payable"),
            money(TAX_PAID_FEN, "已缴税额", "tax paid", least=0),
            known_on_column(),
        ),
        supplier_zh="税务部门（企业授权后提供申报与缴税数据）",
        supplier_en="tax bureau (filings and payments, by the firm's authorisation)",
        usual_lag_days=1,
    ),
    Table(
        name=TAX_ARREARS,
        zh="欠税",
        en="tax arrears",
        is_public=False,
        kind=TableKind.register,
        key=(ENTERPRISE, TAX, ARISEN_ON),
        event_on=ARISEN_ON,
        columns=(
            enterprise_column(),
            _tax_column(),
            day(ARISEN_ON, "欠税发生日", "day the arrears arose", has_happened=True),
            money(AMOUNT_FEN, "欠税金额", "amount", least=1),
            day(CLEARED_ON, "清缴日期", "day cleared; empty while it is not", required=False, has_happened=True),
            known_on_column(),
        ),
        supplier_zh="税务部门（企业授权后提供欠税信息）",
        supplier_en="tax bureau (arrears, by the firm's authorisation)",
        usual_lag_days=1,
    ),
)
