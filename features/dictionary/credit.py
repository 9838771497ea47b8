"""Features of loans as lenders report them at each month's end.

What is past due counts in the unfinished month of `as_of` too, where a report of it is known.
"""

from features.columns import LOANS
from features.dictionary.feature import Block, Feature, Group, Unit

_GROUP = Group(Block.credit, frozenset({LOANS}), personal=True)

FEATURES: tuple[Feature, ...] = (
    _GROUP.feature("loan_balance_fen", Unit.fen, "贷款余额", "loans outstanding"),
    _GROUP.feature("lenders_count", Unit.count, "有余额的贷款机构数", "lenders with a balance"),
    *_GROUP.windowed(
        "worst_loan_class_{w}m", (24,), Unit.code, "近{w}个月贷款五级分类最差级别", "worst loan class in {w} months"
    ),
    *_GROUP.windowed(
        "max_days_past_due_{w}m",
        (24,),
        Unit.days,
        "近{w}个月贷款最长逾期天数",
        "longest past due in {w} months",
        direction=-1,
    ),
    _GROUP.feature("has_had_loan", Unit.flag, "有过贷款记录", "has had a loan"),
)
