"""Loans: one row per loan and month-end report, with balance, days past due and one of five classes."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.province.firms import Firms
from matching.province.reference import lenders
from matching.province.tables import Rows, pick
from matching.province.timeline import MISSING, MONTH_DAYS, NEVER, Bools, Ints, Rng, Timeline, chance

LOAN_CLASSES = ("pass", "special_mention", "substandard", "doubtful", "loss")
# Days past due from which a loan is at least of the class (金融资产风险分类办法, 2023).
_CLASS_FLOORS = np.array([1, 91, 271, 361])
# By kind: how many borrow; a loan as a share of yearly sales, least and most; the largest loan in yuan.
_BORROWS = np.array([0.35, 0.20, 0.30, 0.20])
# Thin files hardly ever borrow off the platform, in log odds.
_THIN_LESS = 3.5
_SHARES = (0.10, 0.40)
_LARGEST = np.array([10_000_000.0, 1_000_000.0, 3_000_000.0, 1_000_000.0])
_SMALLEST = 20_000.0
_TERMS, _TERM_SHARES = np.array([6, 12, 24, 36]), (0.12, 0.60, 0.18, 0.10)
_LINES, _REPEATS = 2, 6
_SECOND_LINE, _RENEWED, _LAST_RESORT = 0.4, 0.88, 0.75
_LEAST_AGE_DAYS = 150
# Of the payments made late in the end, those within a month.
_SHORT_SHARE = 0.85
# Twelve months after the loan is in default (90 days past due) it is written off and leaves the reports.
_WRITE_OFF_DAYS = 90 + 365
# Amortising loans are those of two years and more.
_AMORTISING_MONTHS = 24
# Month-end reports reach the platform ten days after.
_LAG = 10


@dataclass(frozen=True, slots=True)
class Loans:
    """Loans; money in fen, days from 1970-01-01, `missed_on` is NEVER where every payment was made.

    `number` and `lender` are texts as they are reported; what `amortises` is paid back month by month.
    """

    firm: Ints
    number: NDArray[np.str_]
    lender: NDArray[np.str_]
    amortises: Bools
    principal: Ints
    rate_ppm: Ints
    months: Ints
    drawn_on: Ints
    due_on: Ints
    closed_on: Ints
    missed_on: Ints


def loan_rows(firms: Firms, timeline: Timeline, rng: Rng) -> tuple[Rows, Ints]:
    """Return rows of `loans`, and the day each firm first missed a payment that it never made (or NEVER)."""
    loans = _draw(firms, timeline, rng)
    missed_on = np.full(firms.size, NEVER)
    np.minimum.at(missed_on, loans.firm, loans.missed_on)
    return report_rows(firms, loans, timeline, rng), missed_on


def texts(values: Iterable[str]) -> NDArray[np.str_]:
    """Return texts as a column, also where there are none."""
    return np.array(list(values), dtype=np.str_)


def _draw(firms: Firms, timeline: Timeline, rng: Rng) -> Loans:
    """Draw each firm's lines of credit, each renewed for a while with the same lender, and the loans of last resort."""
    borrows = _borrows(firms, rng)
    has_line = np.stack([borrows, borrows & (rng.random(firms.size) < _SECOND_LINE)], axis=1)
    slots, lender = _slots(firms, has_line, timeline, rng), _lenders(firms, rng)
    urgent = _urgent(firms, borrows, rng)
    firm, line, repeat, months, drawn = (np.concatenate(pair) for pair in zip(slots, urgent, strict=True))
    due = drawn + np.round(months * MONTH_DAYS).astype(np.int64)
    missed, closed = endings(firms, firm, due, rng)
    numbers = zip(firms.number[firm].tolist(), (line * _REPEATS + repeat + 1).tolist(), strict=True)
    return Loans(
        firm=firm,
        number=texts(f"LN{number:07d}{serial:02d}" for number, serial in numbers),
        lender=np.array(lenders())[lender[firm, line]],
        amortises=months >= _AMORTISING_MONTHS,
        principal=_principal(firms, firm, repeat, rng),
        rate_ppm=_rates(firms, firm, rng),
        months=months,
        drawn_on=drawn,
        due_on=due,
        closed_on=closed,
        missed_on=missed,
    )


def _borrows(firms: Firms, rng: Rng) -> Bools:
    """Return which firms borrow at all; thin files seldom, better firms more often."""
    odds = np.log(_BORROWS / (1 - _BORROWS))[firms.kind] + 0.2 * firms.quality - _THIN_LESS * firms.is_thin
    return rng.random(firms.size) < chance(odds)


def _slots(firms: Firms, has_line: Bools, timeline: Timeline, rng: Rng) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return firm, line, repeat, months and day of every loan drawn on a line before the firm's business ended."""
    shape = (firms.size, _LINES, _REPEATS)
    months = np.broadcast_to(rng.choice(_TERMS, size=shape[:2], p=_TERM_SHARES)[:, :, None], shape)
    renewed = np.cumprod(rng.random(shape) < _RENEWED, axis=2, dtype=np.int64)
    is_used = np.concatenate([np.ones((*shape[:2], 1), dtype=np.int64), renewed[:, :, :-1]], axis=2) == 1
    begin = timeline.starts[0] + (rng.random(shape[:2]) * 800).astype(np.int64)
    step = np.round(months * MONTH_DAYS).astype(np.int64) + 5 + (rng.random(shape) * 45).astype(np.int64)
    drawn = begin[:, :, None] + np.cumsum(step, axis=2) - step
    end = np.minimum(np.minimum(firms.distressed_on, firms.left_on), timeline.end_day)
    in_business = (drawn < end[:, None, None]) & (drawn >= firms.founded_on[:, None, None] + _LEAST_AGE_DAYS)
    firm, line, repeat = np.nonzero(has_line[:, :, None] & is_used & in_business)
    return firm, line, repeat, months[firm, line, repeat], drawn[firm, line, repeat]


def _urgent(firms: Firms, borrows: Bools, rng: Rng) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return the same of the last loan that many firms draw in the months before they stop paying."""
    drawn = firms.distressed_on - 20 - (rng.random(firms.size) * 220).astype(np.int64)
    asks = borrows & (firms.distressed_on < NEVER) & (rng.random(firms.size) < _LAST_RESORT)
    firm = np.flatnonzero(asks & (drawn >= firms.founded_on + _LEAST_AGE_DAYS) & (drawn < firms.left_on))
    none = np.zeros(firm.size, dtype=np.int64)
    return firm, none + _LINES, none, none + 12, drawn[firm]


def _lenders(firms: Firms, rng: Rng) -> Ints:
    """Draw the lender of each line; the lines of a firm are with different ones."""
    step = rng.integers(1, len(lenders()) // (_LINES + 1) + 1, size=firms.size)
    first = rng.integers(len(lenders()), size=firms.size)
    return (first[:, None] + step[:, None] * np.arange(_LINES + 1)) % len(lenders())


def endings(firms: Firms, firm: Ints, due: Ints, rng: Rng) -> tuple[Ints, Ints]:
    """Return when each loan's first missed payment fell and when it was paid back, one of them NEVER."""
    usual = np.minimum(due, firms.left_on[firm])
    in_default = firms.distressed_on[firm] < usual
    missed = firms.distressed_on[firm] + 5 + (rng.random(firm.size) * 55).astype(np.int64)
    return np.where(in_default, np.minimum(missed, usual), NEVER), np.where(in_default, NEVER, usual)


def _principal(firms: Firms, firm: Ints, repeat: Ints, rng: Rng) -> Ints:
    """Draw amounts in fen, whole ten thousands of yuan, a little more at each renewal."""
    share = rng.uniform(*_SHARES, firm.size) * (1 + 0.08 * repeat)
    yuan = np.clip(firms.yearly_sales[firm] * share, _SMALLEST, _LARGEST[firms.kind[firm]])
    return np.round(yuan / 10_000).astype(np.int64) * 1_000_000


def _rates(firms: Firms, firm: Ints, rng: Rng) -> Ints:
    """Draw nominal yearly rates in millionths, in steps of five basis points, between 3.1 and 8 %."""
    rate = 0.047 - 0.003 * firms.quality[firm] + 0.002 * firms.kind[firm] + 0.006 * rng.standard_normal(firm.size)
    return np.round(np.clip(rate, 0.031, 0.08) * 2_000).astype(np.int64) * 500


def report_rows(firms: Firms, loans: Loans, timeline: Timeline, rng: Rng) -> Rows:
    """Return the month-end reports of all loans, from the first month's end to the one after it was paid back."""
    last = timeline.lasts[None, :]
    written_off = np.where(loans.missed_on < NEVER, loans.missed_on + _WRITE_OFF_DAYS, NEVER)
    ended = np.minimum(loans.closed_on, written_off)
    before = np.concatenate([[timeline.starts[0] - 1], timeline.lasts[:-1]])[None, :]
    loan, month = np.nonzero((loans.drawn_on[:, None] <= last) & (ended[:, None] > before))
    reported = timeline.lasts[month]
    past_due = _days_past_due(firms, loans, loan, reported, rng)
    classes = np.searchsorted(_CLASS_FLOORS, past_due, side="right")
    return Rows(
        loans.firm[loan],
        {
            "loan_no": pa.array(loans.number).take(loan),
            "reported_on": reported,
            "lender": pa.array(loans.lender).take(loan),
            "principal_yuan": loans.principal[loan],
            "balance_yuan": _balances(loans, loan, reported),
            "annual_rate": loans.rate_ppm[loan],
            "drawn_on": loans.drawn_on[loan],
            "due_on": loans.due_on[loan],
            "loan_class": pick(LOAN_CLASSES, classes),
            "days_past_due": past_due,
            # Told by the last report; a distressed restructuring is not part of this world.
            "written_off_on": np.where(written_off[loan] <= reported, written_off[loan], MISSING),
            "restructured_on": np.full(loan.size, MISSING),
            "known_on": reported + _LAG,
        },
    )


def _balances(loans: Loans, loan: Ints, reported: Ints) -> Ints:
    """Return what is owed at each report: all until due, or less month by month; what is missed stays; then nothing."""
    months = loans.months[loan]
    # Nothing more is paid back from the first missed payment on.
    paid_until = np.minimum(reported, loans.missed_on[loan])
    paid_months = np.clip(((paid_until - loans.drawn_on[loan]) / MONTH_DAYS).astype(np.int64), 0, months)
    step = loans.principal[loan] // months
    owed = np.where(loans.amortises[loan], loans.principal[loan] - step * paid_months, loans.principal[loan])
    return np.where(loans.closed_on[loan] <= reported, 0, owed)


def _days_past_due(firms: Firms, loans: Loans, loan: Ints, reported: Ints, rng: Rng) -> Ints:
    """Return days past due: growing from the missed payment of a default, or short ones that were made good."""
    quality = firms.quality[loans.firm[loan]]
    slips = rng.random(loan.size) < chance(-4.6 - 1.1 * quality)
    short, long = rng.integers(2, 30, loan.size), rng.integers(31, 80, loan.size)
    slipped = np.where(slips, np.where(rng.random(loan.size) < _SHORT_SHARE, short, long), 0)
    # Nothing can be more days late than the loan has run, and what is paid back is not late.
    slipped = np.minimum(slipped, np.maximum(reported - loans.drawn_on[loan] - 30, 0))
    slipped = np.where(loans.closed_on[loan] <= reported, 0, slipped)
    return np.where(loans.missed_on[loan] < reported, reported - loans.missed_on[loan], slipped)
