"""Tax returns, arrears and tax credit ratings.

A return filed late, or arrears paid later, make two versions of one row: each is known on its own day.
"""

from dataclasses import dataclass

import numpy as np

from matching.province.activity import Activity
from matching.province.firms import COMPANY, COOPERATIVE, Firms
from matching.province.invoices import is_general_taxpayer
from matching.province.reference import rating_shares
from matching.province.tables import Rows, pick
from matching.province.timeline import MISSING, MONTHS, Bools, Floats, Ints, Rng, Timeline, chance, years_of

VAT, INCOME = 0, 1
RATINGS = ("A", "B", "M", "C", "D")
TAXES = ("vat", "income")
# Small-scale taxpayers pay 1 % VAT on a quarter's sales above 300,000 yuan (rules of 2023 to 2027), here in fen.
_EXEMPT_QUARTER_FEN = 30_000_000
# By kind: how many file returns at all (many sole proprietors are assessed without), and sales without an invoice.
_FILES = np.array([0.97, 0.75, 0.60, 0.40])
_UNBILLED = np.array([0.08, 0.35, 0.25, 0.35])
_QUARTER, _DECEMBER = 3, 12
# Small low-profit enterprises pay 5 % of their profit in effect.
_INCOME_RATE = 0.05
# Of companies and cooperatives those that are rated, and of them those that had no income and so stay at M.
_RATED, _STAYS_NEW = 0.92, 0.1
# Ratings of a year are published from April of the next; the platform has them days later.
_PUBLISHED_MONTH, _PUBLISHED_DAY = 4, 20


@dataclass(frozen=True, slots=True)
class _Due:
    """Returns that fall due, amounts in fen."""

    firm: Ints
    month: Ints
    tax: Ints
    due_on: Ints
    sales: Ints
    payable: Ints


@dataclass(frozen=True, slots=True)
class _Filed:
    """What became of each return: `filed_on` is MISSING where it never came."""

    due: _Due
    filed_on: Ints
    is_unpaid: Bools


def filing_and_arrear_rows(activity: Activity, sales_fen: Ints, rng: Rng) -> tuple[Rows, Rows]:
    """Return rows of `tax_filings` and `tax_arrears`; declared sales are the invoiced ones and some without invoice."""
    firms = activity.firms
    declared = _declared(activity, sales_fen, rng)
    files = rng.random(firms.size) < _FILES[firms.kind] - 0.15 * firms.is_thin
    both = _vat(activity, declared, files, rng), _income(activity, declared, files, rng)
    due = _Due(*(np.concatenate([getattr(one, name) for one in both]) for name in _Due.__slots__))
    filed = _file(activity, due, rng)
    return _filing_rows(filed, activity.timeline, rng), _arrear_rows(activity, filed, rng)


def rating_rows(firms: Firms, timeline: Timeline, rng: Rng) -> Rows:
    """Return tax credit ratings of companies and cooperatives, one a year.

    Each year's ratings of a block of firms have the national shares of 2021, whatever became of the firms.
    """
    first_year = (timeline.first_month // 12) - 1
    years = np.arange(first_year, timeline.end.year)
    year = np.broadcast_to(years, (firms.size, years.size))
    published = _day_of(years + 1, _PUBLISHED_MONTH, _PUBLISHED_DAY)
    founded_year = years_of(firms.founded_on)
    rated = np.isin(firms.kind, [COMPANY, COOPERATIVE]) & (rng.random(firms.size) < _RATED)
    rated_then = rated[:, None] & (founded_year[:, None] <= year) & (firms.left_on[:, None] > published[None, :])
    turmoil = firms.turmoil(_day_of(years, 12, 31))
    lasting = 0.82 * firms.quality + 0.4 * rng.standard_normal(firms.size)
    score = lasting[:, None] + 0.41 * rng.standard_normal(year.shape) - 1.5 * turmoil
    is_new = (founded_year[:, None] == year) | (rng.random(year.shape) < _STAYS_NEW)
    firm, place = np.nonzero(rated_then)
    rating = _ratings(score, rated_then, is_new)[firm, place]
    return Rows(
        firm,
        {
            "rating_year": year[firm, place],
            "rating": pick(RATINGS, rating),
            "published_on": published[place],
            "known_on": published[place] + 3,
        },
    )


def _declared(activity: Activity, sales_fen: Ints, rng: Rng) -> Ints:
    firms = activity.firms
    share = _UNBILLED[firms.kind] * rng.random(firms.size) + 0.6 * firms.is_thin
    unbilled = activity.expected * 100 * share[:, None] * rng.lognormal(0.0, 0.2, sales_fen.shape) * activity.is_open
    return np.maximum(sales_fen, 0) + np.round(unbilled).astype(np.int64)


def _vat(activity: Activity, declared: Ints, files: Bools, rng: Rng) -> _Due:
    """Return what falls due of VAT: by month for general taxpayers, by calendar quarter for the others."""
    general, timeline = is_general_taxpayer(activity.firms), activity.timeline
    quarter = np.zeros_like(declared)
    quarter[:, 2:] = declared[:, 2:] + declared[:, 1:-1] + declared[:, :-2]
    is_whole = np.arange(MONTHS) >= _QUARTER - 1
    quarter_end = (timeline.calendar_months % _QUARTER == 0) & is_whole
    firm, month = np.nonzero(files[:, None] & activity.is_open & (general[:, None] | quarter_end[None, :]))
    sales = np.where(general[firm], declared[firm, month], quarter[firm, month])
    burden = np.clip(0.025 + 0.01 * rng.standard_normal(firm.size), 0.002, 0.08)
    rate = np.where(general[firm], burden, np.where(sales > _EXEMPT_QUARTER_FEN, 0.01, 0.0))
    # The 15th of the next month.
    due_on = timeline.lasts[month] + 15
    return _Due(firm, month, np.full(firm.size, VAT), due_on, sales, np.round(sales * rate).astype(np.int64))


def _income(activity: Activity, declared: Ints, files: Bools, rng: Rng) -> _Due:
    """Return what falls due of enterprise income tax: yearly, of companies and cooperatives, at the end of May."""
    firms, timeline = activity.firms, activity.timeline
    total = np.concatenate([np.zeros((firms.size, 1), dtype=np.int64), np.cumsum(declared, axis=1)], axis=1)
    december = np.flatnonzero(timeline.calendar_months == _DECEMBER)
    yearly = total[:, december + 1] - total[:, np.maximum(december - 11, 0)]
    payer = files & np.isin(firms.kind, [COMPANY, COOPERATIVE])
    firm, place = np.nonzero(payer[:, None] & activity.is_open[:, december])
    margin = np.clip(0.05 + 0.02 * firms.quality[firm] + 0.03 * rng.standard_normal(firm.size), 0.0, 0.3)
    month, sales = december[place], yearly[firm, place]
    due_on = _day_of((timeline.first_month + month) // 12 + 1, 5, 31)
    payable = np.round(sales * margin * _INCOME_RATE).astype(np.int64)
    return _Due(firm, month, np.full(firm.size, INCOME), due_on, sales, payable)


def _file(activity: Activity, due: _Due, rng: Rng) -> _Filed:
    count = due.firm.size
    quality, turmoil = activity.firms.quality[due.firm], activity.turmoil[due.firm, due.month]
    is_late = rng.random(count) < chance(-2.9 - 1.2 * quality + 1.5 * turmoil)
    never = rng.random(count) < chance(-4.6 - 1.0 * quality + 1.5 * turmoil)
    early = (rng.random(count) * 12).astype(np.int64)
    filed = np.where(is_late, due.due_on + rng.geometric(1 / 25, count), due.due_on - early)
    is_unpaid = (due.payable > 0) & ~never & (rng.random(count) < chance(-5.4 - 0.8 * quality + 2.5 * turmoil))
    return _Filed(due, np.where(never, MISSING, filed), is_unpaid)


def _filing_rows(filed: _Filed, timeline: Timeline, rng: Rng) -> Rows:
    """Return the returns as filed and, where one was not there three days after its day, before that as missing."""
    due = filed.due
    lag = 1 + (rng.random(due.firm.size) * 3).astype(np.int64)
    whole = Rows(
        due.firm,
        {
            "tax": pick(TAXES, due.tax),
            "period_end": timeline.lasts[due.month],
            "due_on": due.due_on,
            "filed_on": filed.filed_on,
            "taxable_sales_yuan": due.sales,
            "tax_payable_yuan": due.payable,
            "tax_paid_yuan": np.where(filed.is_unpaid, 0, due.payable),
            "known_on": filed.filed_on + lag,
        },
    )
    came = filed.filed_on != MISSING
    late = np.flatnonzero(~came | (filed.filed_on > due.due_on + 3))
    # Nothing has been declared by then.
    nothing = np.zeros_like(late)
    money = dict.fromkeys(("taxable_sales_yuan", "tax_payable_yuan", "tax_paid_yuan"), nothing)
    as_missing = {**money, "filed_on": np.full_like(late, MISSING), "known_on": due.due_on[late] + 3}
    return whole.take(late).replace(as_missing).followed_by(whole.take(np.flatnonzero(came)))


def _arrear_rows(activity: Activity, filed: _Filed, rng: Rng) -> Rows:
    """Return what was declared and not paid, and a second version of what was paid later."""
    where = np.flatnonzero(filed.is_unpaid)
    due, firm = filed.due, filed.due.firm[where]
    noticed = np.maximum(due.due_on[where], filed.filed_on[where]) + 6
    turmoil = activity.turmoil[firm, due.month[where]]
    is_cleared = rng.random(where.size) < chance(1.6 + 0.5 * activity.firms.quality[firm] - 2.5 * turmoil)
    cleared = noticed + 5 + np.round(rng.lognormal(np.log(60), 0.6, where.size)).astype(np.int64)
    first = Rows(
        firm,
        {
            "tax": pick(TAXES, due.tax[where]),
            "arisen_on": due.due_on[where] + 1,
            "amount_yuan": due.payable[where],
            "cleared_on": np.full(where.size, MISSING),
            "known_on": noticed,
        },
    )
    later = np.flatnonzero(is_cleared)
    return first.followed_by(first.take(later).replace({"cleared_on": cleared[later], "known_on": cleared[later] + 5}))


def _ratings(score: Floats, rated: Bools, is_new: Bools) -> Ints:
    """Return places in A, B, M, C, D by the national shares of each year; of C and D together a quarter is D."""
    shares = rating_shares()
    rating = np.where(is_new, 2, 1)
    for year in range(score.shape[1]):
        here = np.flatnonzero(rated[:, year])
        order = here[np.argsort(-score[here, year], kind="stable")]
        best, bad = round(shares["A"] * here.size), round(shares["C+D"] * here.size)
        rating[order[:best], year] = 0
        rating[order[here.size - bad :], year] = 3
        rating[order[here.size - round(bad / 4) :], year] = 4
    return rating


def _day_of(years: Ints, month: int, day: int) -> Ints:
    months = (years - 1970) * 12 + month - 1
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
