"""Social insurance as the tax bureau collects it, month by month."""

from features.columns import ENTERPRISE, INSURED_COUNT, PAID_FEN, PAYABLE_FEN, PERIOD_END, SOCIAL_INSURANCE
from features.tables.contract import Table, TableKind, enterprise_column, known_on_column, money, month_end, number

EMPLOYMENT = (
    Table(
        name=SOCIAL_INSURANCE,
        zh="社会保险缴纳",
        en="social insurance",
        is_public=False,
        kind=TableKind.stream,
        key=(ENTERPRISE, PERIOD_END),
        event_on=PERIOD_END,
        columns=(
            enterprise_column(),
            month_end(PERIOD_END, "费款所属期末", "last day of the month"),
            number(INSURED_COUNT, "参保人数", "people insured", least=0, most=10_000_000),
            money(PAYABLE_FEN, "应缴金额", "contributions due", least=0),
            money(PAID_FEN, "实缴金额", "contributions paid", least=0),
            known_on_column(),
        ),
        supplier_zh="税务部门（社会保险费征缴，企业授权后提供）",
        supplier_en="tax bureau (social insurance, by the firm's authorisation)",
        usual_lag_days=20,
    ),
)
