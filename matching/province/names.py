"""Invented names, each marked 示例, so that nobody takes one for an existing firm."""

from matching.province.firms import COMPANY, COOPERATIVE, FAMILY_FARM, Firms
from matching.province.reference import industries, places, trade_words

#: The mark of everything invented.
SAMPLE_MARK = "（示例）"

# Prime to the number of trade names, so that no two of as many consecutive firms share one.
_STRIDE = 27_644_437
# A firm that takes another trade name takes that of the firm so much further on.
_RENAMED = 37_001


def draw_names(firms: Firms, *, renamed: bool = False) -> list[str]:
    """Return each firm's name: place, trade name, line of business, form and the mark; or the one it changes to."""
    shift = _RENAMED if renamed else 0
    return [
        _name(number + shift, kind, industry, prefecture, county)
        for number, kind, industry, prefecture, county in zip(
            firms.number.tolist(),
            firms.kind.tolist(),
            firms.industry.tolist(),
            firms.prefecture.tolist(),
            firms.county.tolist(),
            strict=True,
        )
    ]


def trade_name(number: int) -> str:
    """Return the three characters of the firm of this number."""
    first, second, third = trade_words()
    place = number * _STRIDE % (len(first) * len(second) * len(third))
    place, one = divmod(place, len(third))
    place, two = divmod(place, len(second))
    return first[place] + second[two] + third[one]


def _name(number: int, kind: int, industry: int, prefecture: int, county: int) -> str:
    trade = industries()[industry]
    county_name = places().county_names[county]
    if kind == COMPANY:
        where = places().prefecture_names[prefecture]
        return f"{where}{trade_name(number)}{trade.company}有限公司{SAMPLE_MARK}"
    if kind == COOPERATIVE:
        return f"{county_name}{trade_name(number)}{trade.company}农民专业合作社{SAMPLE_MARK}"
    if kind == FAMILY_FARM:
        return f"{county_name}{trade_name(number)}{trade.company}家庭农场{SAMPLE_MARK}"
    return f"{county_name}{trade_name(number)}{trade.shop}{SAMPLE_MARK}"
