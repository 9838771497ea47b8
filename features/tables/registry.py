"""The registry of business entities (市场主体登记), published by law."""

from features.columns import (
    ENTERPRISE,
    ENTERPRISES,
    FOUNDED_ON,
    INDUSTRY,
    KIND,
    NAME,
    REGION,
    REGISTERED_CAPITAL_FEN,
    STATUS,
)
from features.tables.contract import Table, TableKind, code, day, enterprise_column, known_on_column, money, text

REGISTRY = (
    Table(
        name=ENTERPRISES,
        zh="经营主体登记",
        en="registry of business entities",
        is_public=True,
        kind=TableKind.stream,
        key=(ENTERPRISE,),
        event_on=FOUNDED_ON,
        columns=(
            enterprise_column(),
            text(NAME, "名称", "name"),
            code(
                KIND,
                "主体类型",
                "kind of entity",
                ("company", "sole_proprietor", "cooperative", "family_farm"),
                required=False,
            ),
            day(FOUNDED_ON, "成立日期", "day of foundation", required=False, has_happened=True),
            text(REGION, "行政区划代码", "region, GB/T 2260", required=False, pattern=r"[1-9][0-9]{5}"),
            text(INDUSTRY, "行业代码", "industry, GB/T 4754", required=False, pattern=r"[A-T]([0-9]{2,4})?"),
            money(REGISTERED_CAPITAL_FEN, "注册资本", "registered capital", required=False, least=0),
            code(STATUS, "登记状态", "state of registration", ("active", "revoked", "cancelled"), required=False),
            known_on_column(),
        ),
        supplier_zh="市场监督管理部门（经营主体登记信息）",
        supplier_en="market regulator (registry of business entities)",
        usual_lag_days=1,
    ),
)
