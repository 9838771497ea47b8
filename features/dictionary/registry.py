"""Features of the registry of business entities."""

from features.columns import ENTERPRISES
from features.dictionary.feature import Block, Feature, Group, Unit

_one = Group(Block.registry, frozenset({ENTERPRISES})).feature

FEATURES: tuple[Feature, ...] = (
    _one("kind", Unit.code, "主体类型", "kind of entity"),
    _one("registration_status", Unit.code, "登记状态", "state of registration"),
    _one("region", Unit.code, "注册地区划代码", "region of registration (GB/T 2260)"),
    _one("prefecture", Unit.code, "注册地市州", "prefecture of registration (GB/T 2260)"),
    _one("industry_section", Unit.code, "行业门类", "section of industry (GB/T 4754)"),
    _one("age_months", Unit.months, "成立月数", "full months since foundation", direction=1),
    _one("registered_capital_fen", Unit.fen, "注册资本", "registered capital"),
)
