"""What a ranker reads of a pair of firm and product, beside the profile and the affinity: one code path for all uses.

Terms of the product, the request, and how the two and the firm meet. No bank's name or size, no product's id and no
fee to the platform is among them; what a bank did before enters through `models.affinity` alone.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.columns import AS_OF, REQUESTS
from matching.amounts import PPM
from matching.compile import YES
from matching.eligibility import Eligibility, Requests
from matching.frame import Floats, Ints
from matching.product import Guarantee, Repayment
from matching.rank import PRESET, SALES_12M, Score
from models.inputs import InputKind, ModelInput

Codes = npt.NDArray[np.str_]
Column = Floats | Codes
#: The components of the transparent score that speak of the pair; good standing speaks of the firm.
PAIR_COMPONENTS = ("line", "criteria", "price")


@dataclass(frozen=True, slots=True)
class PairColumn:
    """A column of a pair: the input, its label, the family that a reason sums it in, and the unit of its values.

    Units: `fen`, `ppm`, `ratio`, `months`, `flag` (0 or 1), `code`. The input's direction is +1 where more of it is
    better for being taken, -1 where less is.
    """

    input: ModelInput
    zh: str
    en: str
    family: str
    unit: str


def _number(name: str, direction: int, words: tuple[str, str], family: str, unit: str) -> PairColumn:
    return PairColumn(ModelInput(name, direction), *words, family, unit)


def _asked(name: str, direction: int, words: tuple[str, str], family: str, unit: str) -> PairColumn:
    """Return a column that is missing where nothing is asked: training withholds it as it withholds a table."""
    return PairColumn(ModelInput(name, direction, tables=(REQUESTS,)), *words, family, unit)


def _code(name: str, levels: tuple[str, ...], words: tuple[str, str], family: str) -> PairColumn:
    return PairColumn(ModelInput(name, 0, InputKind.nominal, levels), *words, family, "code")


PAIR_COLUMNS: tuple[PairColumn, ...] = (
    _number("annual_rate_ppm", -1, ("年利率", "annual rate"), "price", "ppm"),
    _number("all_in_rate_ppm", -1, ("综合年化成本", "all-in annual rate"), "price", "ppm"),
    _number("fee_unknown_flag", -1, ("有费用未公布", "a fee is not published"), "price", "flag"),
    _number("amount_min_fen", 0, ("产品最低额度", "least amount lent"), "size", "fen"),
    _number("amount_max_fen", 0, ("产品最高额度", "most amount lent"), "size", "fen"),
    _number("term_min_months", 0, ("产品最短期限", "shortest term"), "term", "months"),
    _number("term_max_months", 0, ("产品最长期限", "longest term"), "term", "months"),
    _code("guarantee", tuple(sorted(Guarantee)), ("担保方式", "guarantee"), "guarantee"),
    _code("repayment", tuple(sorted(Repayment)), ("还款方式", "repayment"), "repayment"),
    _number("product_age_months", 0, ("产品上线月数", "months since the product opened"), "novelty", "months"),
    _asked("amount_asked_fen", 0, ("申请金额", "amount asked for"), "amount", "fen"),
    _asked("term_asked_months", 0, ("申请期限", "term asked for"), "term", "months"),
    _number("line_fen", 0, ("本企业可得额度", "the firm's own limit"), "line", "fen"),
    _asked("asked_to_line_ratio", -1, ("申请金额占可得额度", "amount asked over the firm's limit"), "line", "ratio"),
    _number("line_room_ratio", 1, ("额度余地", "part of the limit that stays free"), "line", "ratio"),
    _number("line_to_sales_ratio", 0, ("可得额度占年销售额", "the firm's limit over a year's sales"), "line", "ratio"),
    _asked("asked_to_max_ratio", 0, ("申请金额占产品上限", "amount asked over the most lent"), "amount", "ratio"),
    _asked("asked_to_sales_ratio", 0, ("申请金额占年销售额", "amount asked over a year's sales"), "amount", "ratio"),
    _asked("term_to_max_ratio", 0, ("申请期限占最长期限", "term asked over the longest term"), "term", "ratio"),
    _number("criteria_room_ratio", 1, ("准入条件余量", "room over the criteria"), "criteria", "ratio"),
    _number("criteria_room_min_ratio", 1, ("最紧条件余量", "room over the tightest criterion"), "criteria", "ratio"),
    _number("pair_score_ratio", 1, ("透明评分（不含信用）", "transparent score without standing"), "score", "ratio"),
)
PAIR_INPUTS: tuple[ModelInput, ...] = tuple(column.input for column in PAIR_COLUMNS)


def pair_columns(eligibility: Eligibility, scored: Score) -> dict[str, Column]:
    """Return the columns of `PAIR_COLUMNS` for one product over all rows of its frame, NaN where missing.

    What is asked for is missing where nothing is asked. The all-in rate is a lower bound where a fee is unknown. Rows
    that do not fit hold whatever the formulas give: only pairs that fit are ranked.
    """
    product, frame = eligibility.product, eligibility.frame
    rows = frame.rows
    amount, term = asked(eligibility)
    line = np.where(eligibility.line.complete, eligibility.line.fen.astype(np.float64), np.nan)
    sales = _positive(frame.numbers(SALES_12M).values, frame.numbers(SALES_12M).known)
    room = {name: _ratio(scored.components[name]) for name in PAIR_COMPONENTS}
    price = scored.terms.price
    return {
        "annual_rate_ppm": _same(rows, product.annual_rate_ppm),
        "all_in_rate_ppm": np.where(price.priced, price.rate_ppm.astype(np.float64), np.nan),
        "fee_unknown_flag": _same(rows, int(bool(price.unknown))),
        "amount_min_fen": _same(rows, product.amount_min_fen),
        "amount_max_fen": _same(rows, product.amount_max_fen),
        "term_min_months": _same(rows, product.term_min_months),
        "term_max_months": _same(rows, product.term_max_months),
        "guarantee": np.full(rows, product.guarantee.value),
        "repayment": np.full(rows, product.repayment.value),
        "product_age_months": _age_months(eligibility),
        "amount_asked_fen": amount,
        "term_asked_months": term,
        "line_fen": line,
        "asked_to_line_ratio": amount / _positive(line, line > 0),
        "line_room_ratio": room["line"],
        "line_to_sales_ratio": line / sales,
        "asked_to_max_ratio": amount / product.amount_max_fen,
        "asked_to_sales_ratio": amount / sales,
        "term_to_max_ratio": term / product.term_max_months,
        "criteria_room_ratio": room["criteria"],
        "criteria_room_min_ratio": _tightest(eligibility),
        "pair_score_ratio": _pair_score(room),
    }


def asked(eligibility: Eligibility) -> tuple[Floats, Floats]:
    """Return the amount (fen) and the term (months) asked for in each row, NaN where none is."""
    each = Requests.of(eligibility.request, eligibility.frame.rows)
    return _positive(each.amounts_fen, each.amounts_fen > 0), _positive(each.term_months, each.term_months > 0)


def _same(rows: int, value: int) -> Floats:
    return np.full(rows, float(value))


def _positive(values: npt.NDArray[np.generic], known: npt.NDArray[np.bool_]) -> Floats:
    floats = values.astype(np.float64)
    return np.where(known & (floats > 0), floats, np.nan)


def _ratio(ppm: Ints) -> Floats:
    return np.where(ppm >= 0, ppm / PPM, np.nan)


def _tightest(eligibility: Eligibility) -> Floats:
    rooms = [np.full(eligibility.frame.rows, np.nan)] + [
        np.where(eligibility.clause_verdicts[:, place] == YES, node.headroom(eligibility.frame), np.nan)
        for place, node in enumerate(eligibility.nodes)
        if eligibility.told[place]
    ]
    tightest: Floats = reduce(np.fmin, rooms)
    return tightest


def _pair_score(room: dict[str, Floats]) -> Floats:
    total, weight = np.zeros_like(room["price"]), np.zeros_like(room["price"])
    for name, values in room.items():
        is_known = ~np.isnan(values)
        total = total + np.where(is_known, values * getattr(PRESET, name), 0.0)
        weight = weight + np.where(is_known, float(getattr(PRESET, name)), 0.0)
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)


def _age_months(eligibility: Eligibility) -> Floats:
    """Count the full months from the product's first day to the row's; missing where it has always been offered."""
    first = eligibility.product.offered_from
    if first is None:
        return np.full(eligibility.frame.rows, np.nan)
    days = eligibility.frame.table.column(AS_OF).cast(pa.date32()).to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    day_of_month = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    whole = months.astype(np.int64) - (first.year * 12 + first.month - 1 - 1970 * 12)
    return np.asarray(whole - (day_of_month < first.day), dtype=np.float64)
