"""Features of judgments, enforcement and administrative penalties, as published on the day.

Records of the unfinished month of `as_of` count: "none in 12 months" must not hide last week's penalty.
"""

from features.columns import JUDGMENTS, PENALTIES
from features.dictionary.feature import Block, Feature, Group, Unit

_JUDGMENTS = Group(Block.public_record, frozenset({JUDGMENTS}), personal=True)
_PENALTIES = Group(Block.public_record, frozenset({PENALTIES}), personal=True)

FEATURES: tuple[Feature, ...] = (
    _JUDGMENTS.feature("executed_open_count", Unit.count, "未结被执行案件数", "open enforcement cases", direction=-1),
    _JUDGMENTS.feature(
        "dishonest_open_count", Unit.count, "失信被执行人记录数", "entries as dishonest judgment debtor", direction=-1
    ),
    *_JUDGMENTS.windowed(
        "judgments_defendant_{w}m",
        (24,),
        Unit.count,
        "近{w}个月作为被告的判决数",
        "judgments as defendant, {w} months",
        direction=-1,
    ),
    _PENALTIES.feature(
        "penalties_serious_open", Unit.count, "公示期内严重行政处罚数", "serious penalties in publicity", direction=-1
    ),
    *_PENALTIES.windowed(
        "penalties_{w}m", (12,), Unit.count, "近{w}个月行政处罚数", "penalties of {w} months", direction=-1
    ),
)
