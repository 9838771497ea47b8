"""A platform's own history of matches: what was asked, what was shown, applied for and decided.

No profile feature reads these tables; a ranker learns from them. A decision has versions: `granted` first, and once
the firm drew the loan or let the offer go, `taken` or `lapsed` with the day it was settled.
"""

from features.columns import (
    AMOUNT_FEN,
    APPLICATIONS,
    APPLIED_ON,
    DECIDED_ON,
    DECISIONS,
    ENTERPRISE,
    LIST_ORDER,
    LOAN_NO,
    OUTCOME,
    POSITION,
    PRODUCT,
    REQUEST_NO,
    REQUESTED_ON,
    REQUESTS,
    SETTLED_ON,
    SHOWN,
    SHOWN_ON,
    TERM_MONTHS,
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
    rate,
    text,
)

#: In which order a list was shown.
LIST_ORDERS = ("written", "random", "score", "ranker")
#: What became of an application; the last two settle a grant.
OUTCOMES = ("refused", "granted", "taken", "lapsed")
SETTLED_OUTCOMES = ("taken", "lapsed")
LONGEST_LIST = 1000
LONGEST_TERM_MONTHS = 600

_PLATFORM = ("融资信用服务平台（匹配记录）", "the platform (record of matches)")
_BANK = ("金融机构（申请与审批反馈）", "banks (applications and decisions fed back)")
_REQUEST = text(REQUEST_NO, "需求编号", "number of the request")
_PRODUCT = text(PRODUCT, "产品编号", "id of the product")


def _recorded(
    name: str, words: tuple[str, str], event_on: str, columns: tuple[Column, ...], supplier: tuple[str, str]
) -> Table:
    """Return a table of one row per request, or per request and product where it names one."""
    key = (ENTERPRISE, REQUEST_NO, PRODUCT) if _PRODUCT in columns else (ENTERPRISE, REQUEST_NO)
    return Table(
        name=name,
        zh=words[0],
        en=words[1],
        is_public=False,
        kind=TableKind.register,
        key=key,
        event_on=event_on,
        columns=(enterprise_column(), *columns, known_on_column()),
        supplier_zh=supplier[0],
        supplier_en=supplier[1],
        usual_lag_days=0 if supplier is _PLATFORM else 1,
    )


MATCHES = (
    _recorded(
        REQUESTS,
        ("融资需求", "requests for financing"),
        REQUESTED_ON,
        (
            _REQUEST,
            day(REQUESTED_ON, "提出日期", "day of the request", has_happened=True),
            money(AMOUNT_FEN, "需求金额", "amount asked for", least=1),
            number(TERM_MONTHS, "需求期限（月）", "term asked for, months", least=1, most=LONGEST_TERM_MONTHS),
        ),
        _PLATFORM,
    ),
    _recorded(
        SHOWN,
        ("展示记录", "products shown"),
        SHOWN_ON,
        (
            _REQUEST,
            _PRODUCT,
            day(SHOWN_ON, "展示日期", "day shown", has_happened=True),
            number(POSITION, "展示位次", "place in the list, from 1", least=1, most=LONGEST_LIST),
            code(LIST_ORDER, "排序方式", "order of the list", LIST_ORDERS),
            rate("shown_chance", "展示概率", "chance, before the list was made, of being shown", required=False),
        ),
        _PLATFORM,
    ),
    _recorded(
        APPLICATIONS,
        ("融资申请", "applications"),
        APPLIED_ON,
        (
            _REQUEST,
            _PRODUCT,
            day(APPLIED_ON, "申请日期", "day of the application", has_happened=True),
            money(AMOUNT_FEN, "申请金额", "amount applied for", least=1),
            number(TERM_MONTHS, "申请期限（月）", "term applied for, months", least=1, most=LONGEST_TERM_MONTHS),
        ),
        _BANK,
    ),
    _recorded(
        DECISIONS,
        ("审批结果", "decisions"),
        DECIDED_ON,
        (
            _REQUEST,
            _PRODUCT,
            day(DECIDED_ON, "审批日期", "day decided", has_happened=True),
            code(OUTCOME, "结果", "refused, granted (still open), taken or lapsed", OUTCOMES),
            money(AMOUNT_FEN, "批准金额", "amount granted", required=False, least=1),
            rate("annual_rate", "批准年利率", "annual rate granted, as a fraction", required=False),
            day(SETTLED_ON, "用信或失效日期", "day taken or lapsed; empty before", required=False, has_happened=True),
            text(LOAN_NO, "借据编号", "number of the loan that was drawn", required=False),
        ),
        _BANK,
    ),
)
