"""Features of changes of registration and of honours, both published.

Changes count in the unfinished month too; an honour counts while it is valid on the day.
"""

from features.columns import HONOURS, REGISTRATION_CHANGES
from features.dictionary.feature import Block, Feature, Group, Unit

_CHANGES = Group(Block.qualifications, frozenset({REGISTRATION_CHANGES}))
_HONOURS = Group(Block.qualifications, frozenset({HONOURS})).feature

FEATURES: tuple[Feature, ...] = (
    _CHANGES.feature(
        "legal_representative_changes_6m",
        Unit.count,
        "近6个月法定代表人变更次数",
        "changes of the legal representative, 6 months",
        direction=-1,
    ),
    *_CHANGES.windowed(
        "registration_changes_{w}m", (12,), Unit.count, "近{w}个月登记变更次数", "changes of registration, {w} months"
    ),
    _HONOURS("honours_count", Unit.count, "有效荣誉资质数", "valid honours and qualifications", direction=1),
    _HONOURS("is_high_tech", Unit.flag, "高新技术企业", "high-tech enterprise", direction=1),
    _HONOURS("is_specialised", Unit.flag, "专精特新企业", "specialised and innovative enterprise", direction=1),
    _HONOURS("is_tech_sme", Unit.flag, "科技型中小企业", "technology SME", direction=1),
    _HONOURS("is_leading_agri", Unit.flag, "农业产业化龙头企业", "leading agricultural enterprise", direction=1),
    _HONOURS("is_model_cooperative", Unit.flag, "示范合作社", "model cooperative", direction=1),
    _HONOURS("is_model_farm", Unit.flag, "示范家庭农场", "model family farm", direction=1),
)
