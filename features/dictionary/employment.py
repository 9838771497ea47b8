"""Features of social insurance, month by month."""

from features.columns import SOCIAL_INSURANCE
from features.dictionary.feature import Block, Feature, Group, Unit

_GROUP = Group(Block.employment, frozenset({SOCIAL_INSURANCE}))

FEATURES: tuple[Feature, ...] = (
    _GROUP.feature("insured_count", Unit.count, "参保人数", "people insured, newest month", direction=1),
    *_GROUP.windowed(
        "insured_growth_{w}m_ratio",
        (12,),
        Unit.ratio,
        "参保人数较{w}个月前增幅",
        "growth of people insured over {w} months",
        direction=1,
    ),
    *_GROUP.windowed(
        "insurance_unpaid_{w}m_fen",
        (12,),
        Unit.fen,
        "近{w}个月社保欠缴金额",
        "social insurance left unpaid, {w} months",
        direction=-1,
    ),
)
