"""Features of what tax authorities know: ratings, filings, arrears.

Flows count in complete months. Lapses (late, unfiled) count in the unfinished month of `as_of` too: they are facts as
soon as the due day is over.
"""

from features.columns import TAX_ARREARS, TAX_FILINGS, TAX_RATINGS
from features.dictionary.feature import Block, Feature, Group, Unit

_RATINGS = Group(Block.tax, frozenset({TAX_RATINGS}))
_FILINGS = Group(Block.tax, frozenset({TAX_FILINGS}))
_ARREARS = Group(Block.tax, frozenset({TAX_ARREARS}), personal=True)

FEATURES: tuple[Feature, ...] = (
    _RATINGS.feature("tax_rating", Unit.code, "纳税信用等级", "tax credit rating"),
    _RATINGS.feature("tax_rating_year", Unit.year, "纳税信用评价年度", "year of the tax credit rating"),
    *_FILINGS.windowed(
        "tax_paid_{w}m_fen", (12,), Unit.fen, "近{w}个月已缴税额", "tax paid in {w} months", direction=1
    ),
    *_FILINGS.windowed(
        "taxable_sales_{w}m_fen",
        (12,),
        Unit.fen,
        "近{w}个月增值税应税销售额",
        "VAT taxable sales of {w} months",
        direction=1,
    ),
    *_FILINGS.windowed(
        "late_filings_{w}m", (12,), Unit.count, "近{w}个月逾期申报次数", "late tax filings, {w} months", direction=-1
    ),
    *_FILINGS.windowed(
        "unfiled_returns_{w}m",
        (24,),
        Unit.count,
        "近{w}个月应报未报期数",
        "tax returns left unfiled, {w} months",
        direction=-1,
    ),
    _ARREARS.feature("tax_arrears_fen", Unit.fen, "未清缴欠税", "open tax arrears", direction=-1),
)
