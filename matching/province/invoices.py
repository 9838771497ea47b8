"""Invoices of sales and purchases, their number thinned: fewer and larger than a real firm's, the sums kept.

Shapes follow what is published of 425 Chinese firms (CUMCM 2020 C), 2016-10 to 2020-02: 6.9 to 8.3 % of sales and 3.6
to 4.4 % of purchases void, 1.8 to 5.6 and 0.9 % of the valid ones red-letter, every invoice of zero amount void, a
tenth of sales without tax. Thinned alike, they have .38 counterparties for each sale and .48 for each purchase
(medians), and the largest of them a quarter and three tenths of the amount, very different from firm to firm.
"""

from dataclasses import dataclass

import numpy as np

from matching.province.activity import Activity
from matching.province.firms import COMPANY, COOPERATIVE, FAMILY_FARM, Firms
from matching.province.tables import Rows, Texts, join_texts, pick, str_of
from matching.province.timeline import Bools, Floats, Ints, Rng, chance, within, years_of

# VAT in millionths: general taxpayers by section, small-scale taxpayers 1 % (the reduced rate of these years).
_GENERAL_RATES = {"A": 90_000, "E": 90_000, "G": 90_000, "D": 90_000, "K": 90_000, "C": 130_000, "B": 130_000}
_TRADE_RATE, _SERVICE_RATE, _SMALL_RATE = 130_000, 60_000, 10_000
#: Companies selling this much in a year (yuan) are general taxpayers and file monthly.
GENERAL_TAXPAYER_SALES = 5_000_000.0
_COUNTERPARTIES = 400_000
# Digits 3 to 5 of a fully digital invoice's number: Gansu, then a channel, which keeps sales and purchases apart.
_SALE_SERIES, _PURCHASE_SERIES = 621, 620
#: One row stands for so many invoices of those firms, which issued 28.3 sales and 34.8 purchases a month each.
THINNING = 10
_SALES_A_MONTH, _PURCHASES_A_MONTH = 28.3 / THINNING, 34.8 / THINNING
# Spread of the logarithm of these numbers between firms. Real ones differ far more.
_NUMBER_SPREAD = 0.6
# Of purchases, rates in millionths and their shares: what general and small-scale taxpayers charge, and produce.
_PURCHASE_RATES = np.array([130_000, 10_000, 60_000, 90_000, 0])
_PURCHASE_SHARES = (0.50, 0.29, 0.13, 0.04, 0.04)
# Shares: of thin files those that never invoice a sale; of voids those of zero amount; of red letters those of the
# whole invoice; of all invoices those that reach the platform some days late.
_SILENT, _ZERO_SHARE, _WHOLE_SHARE, _LATE_SHARE = 0.5, 0.063, 0.7, 0.1


@dataclass(frozen=True, slots=True)
class _Habits:
    """How one side of a firm's invoicing looks, by firm."""

    monthly_count: Floats
    spread: Floats
    partners: Floats
    concentration: Floats
    turnover: Floats
    void_share: Floats
    red_share: Floats
    #: Each firm's own rate; None where it differs from invoice to invoice.
    rate_ppm: Ints | None


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Invoices before they are a table; amounts in fen net of tax."""

    firm: Ints
    issued_on: Ints
    partner: Ints
    amount_fen: Ints
    is_void: Bools
    rate_ppm: Ints


def is_general_taxpayer(firms: Firms) -> Bools:
    """Return which firms charge the general rates of VAT and file monthly."""
    general: Bools = (firms.kind == COMPANY) & (firms.yearly_sales >= GENERAL_TAXPAYER_SALES)
    return general


def sales_rows(activity: Activity, rng: Rng) -> tuple[Rows, Ints]:
    """Return the sales invoices, and each firm's valid sales in fen by month of the window."""
    firms = activity.firms
    drawn = _draw(activity, _sales_habits(firms, rng), activity.expected, rng)
    by_month = np.zeros((firms.size, activity.expected.shape[1]), dtype=np.int64)
    month = activity.timeline.month_of(drawn.issued_on)
    counted = ~drawn.is_void & (month < by_month.shape[1])
    np.add.at(by_month, (drawn.firm[counted], month[counted]), drawn.amount_fen[counted])
    return _rows(firms, drawn, "sale", _SALE_SERIES, rng), by_month


def purchase_rows(activity: Activity, rng: Rng) -> Rows:
    """Return the purchase invoices; what a firm buys follows what it sells."""
    firms = activity.firms
    habits = _purchase_habits(firms, rng)
    cost = np.clip(0.72 - 0.04 * firms.quality + 0.1 * rng.standard_normal(firms.size), 0.3, 1.1)
    drawn = _draw(activity, habits, activity.expected * cost[:, None], rng)
    return _rows(firms, drawn, "purchase", _PURCHASE_SERIES, rng)


def _sales_habits(firms: Firms, rng: Rng) -> _Habits:
    count = firms.size
    busy = np.clip(_numbers(_SALES_A_MONTH, count, rng), 0.7, 12.0)
    # Thin files invoice now and then, or never.
    rare = np.where(rng.random(count) < _SILENT, rng.uniform(0.1, 0.8, count), 0.0)
    monthly = np.where(firms.is_thin, rare, busy)
    return _Habits(
        monthly_count=monthly,
        spread=rng.uniform(0.5, 1.4, count),
        partners=np.maximum(rng.lognormal(np.log(4.0 + 12.0 * monthly), 0.8, count), 1.0),
        concentration=rng.uniform(1.0, 3.5, count),
        turnover=rng.uniform(0.0, 1.5, count),
        void_share=chance(-2.88 - 0.85 * firms.quality + 0.3 * rng.standard_normal(count)),
        red_share=chance(-3.7 - 0.4 * firms.quality + 0.8 * rng.standard_normal(count)),
        rate_ppm=_rates(firms),
    )


def _purchase_habits(firms: Firms, rng: Rng) -> _Habits:
    count = firms.size
    busy = np.clip(_numbers(_PURCHASES_A_MONTH, count, rng), 0.2, 14.0)
    monthly = np.where(firms.is_thin, rng.uniform(0.0, 0.3, count), busy)
    return _Habits(
        monthly_count=np.where(rng.random(count) < np.where(firms.is_thin, 0.5, 0.05), 0.0, monthly),
        spread=rng.uniform(0.9, 2.1, count),
        partners=np.maximum(rng.lognormal(np.log(5.0 + 20.0 * monthly), 0.6, count), 1.0),
        concentration=rng.uniform(1.0, 3.5, count),
        turnover=rng.uniform(0.0, 1.0, count),
        void_share=chance(-3.38 - 0.2 * firms.quality + 0.6 * rng.standard_normal(count)),
        red_share=chance(-4.8 + 0.7 * rng.standard_normal(count)),
        rate_ppm=None,
    )


def _numbers(mean: float, count: int, rng: Rng) -> Floats:
    """Draw numbers of invoices a month, log-normal, with this mean."""
    return rng.lognormal(np.log(mean) - _NUMBER_SPREAD**2 / 2, _NUMBER_SPREAD, count)


def _rates(firms: Firms) -> Ints:
    services = [_GENERAL_RATES.get(one, _TRADE_RATE if one == "F" else _SERVICE_RATE) for one in firms.sections]
    charged = np.where(is_general_taxpayer(firms), np.array(services), _SMALL_RATE)
    # What farms and their cooperatives grow themselves is exempt.
    return np.where(np.isin(firms.kind, [COOPERATIVE, FAMILY_FARM]), 0, charged)


def _draw(activity: Activity, habits: _Habits, volume: Floats, rng: Rng) -> _Drawn:
    """Draw one side's invoices: numbers by month, days, counterparties, amounts, voids, then the red letters."""
    firms, timeline = activity.firms, activity.timeline
    # Growth shows in the number of invoices and in their size, a little more in the former.
    usual = np.maximum(firms.yearly_sales[:, None] / 12, 1.0)
    expected = habits.monthly_count[:, None] * np.power(activity.expected / usual, 0.6) * activity.is_open
    counts = rng.poisson(expected)
    firm, month = (np.repeat(where, counts[counts > 0]) for where in np.nonzero(counts))
    ticket = (volume / np.maximum(expected, 0.05))[firm, month]
    noise = habits.spread[firm]
    amount = np.round(ticket * 100 * np.exp(noise * rng.standard_normal(firm.size) - noise**2 / 2)).astype(np.int64)
    length = np.diff(timeline.starts)[month]
    is_void = rng.random(firm.size) < habits.void_share[firm] + 0.10 * activity.turmoil[firm, month]
    is_zero = is_void & (rng.random(firm.size) < _ZERO_SHARE)
    drawn = _Drawn(
        firm=firm,
        issued_on=timeline.starts[month] + (rng.random(firm.size) * length).astype(np.int64),
        partner=_partners(habits, firm, month, rng),
        amount_fen=np.where(is_zero, 0, np.maximum(amount, 1)),
        is_void=is_void,
        rate_ppm=_mixed_rates(firm.size, rng) if habits.rate_ppm is None else habits.rate_ppm[firm],
    )
    return _with_red_letters(drawn, habits.red_share, rng)


def _mixed_rates(count: int, rng: Rng) -> Ints:
    return rng.choice(_PURCHASE_RATES, size=count, p=_PURCHASE_SHARES)


def _partners(habits: _Habits, firm: Ints, month: Ints, rng: Rng) -> Ints:
    """Draw a counterparty for each invoice: the first few get most, and those after them change with time."""
    place = (habits.partners[firm] * rng.random(firm.size) ** habits.concentration[firm]).astype(np.int64)
    moved = np.where(place >= 2, (month * habits.turnover[firm] / 4).astype(np.int64), 0)  # noqa: PLR2004 (two stay)
    return place + moved


def _with_red_letters(drawn: _Drawn, red_share: Floats, rng: Rng) -> _Drawn:
    """Add a red-letter invoice, 5 to 60 days later, for some valid ones: mostly of the whole amount."""
    eligible = ~drawn.is_void & (rng.random(drawn.firm.size) < red_share[drawn.firm])
    back = np.flatnonzero(eligible)
    part = np.where(rng.random(back.size) < _WHOLE_SHARE, 1.0, rng.uniform(0.1, 0.9, back.size))
    amount = -np.maximum(np.round(drawn.amount_fen[back] * part).astype(np.int64), 1)
    both = np.concatenate
    return _Drawn(
        firm=both([drawn.firm, drawn.firm[back]]),
        issued_on=both([drawn.issued_on, drawn.issued_on[back] + 5 + (rng.random(back.size) * 55).astype(np.int64)]),
        partner=both([drawn.partner, drawn.partner[back]]),
        amount_fen=both([drawn.amount_fen, amount]),
        is_void=both([drawn.is_void, np.zeros(back.size, dtype=np.bool_)]),
        rate_ppm=both([drawn.rate_ppm, drawn.rate_ppm[back]]),
    )


def _rows(firms: Firms, drawn: _Drawn, direction: str, series: int, rng: Rng) -> Rows:
    """Return the invoices as rows in order of firm and day, numbered in that order."""
    order = np.lexsort((drawn.issued_on, drawn.firm))
    firm, issued = drawn.firm[order], drawn.issued_on[order]
    amount = drawn.amount_fen[order]
    tax = _per_million(amount, drawn.rate_ppm[order])
    serial = firms.number[firm] * 10**7 + within(np.bincount(firm, minlength=firms.size)) + 1
    number = join_texts(str_of(years_of(issued) % 100), str_of(series * 10**15 + serial))
    # Tax invoices come with the next day's delivery; one in ten is some days late.
    late = np.where(rng.random(firm.size) < _LATE_SHARE, 1 + (rng.random(firm.size) * 4).astype(np.int64), 0)
    return Rows(
        firm,
        {
            "direction": pick([direction], np.zeros_like(firm)),
            "invoice_no": number,
            "issued_on": issued,
            "counterparty": _partner_names(firms, firm, drawn.partner[order], series),
            "amount_yuan": amount,
            "tax_yuan": tax,
            "total_yuan": amount + tax,
            "status": pick(["valid", "void"], drawn.is_void[order].astype(np.int64)),
            "known_on": issued + 1 + late,
        },
    )


def _per_million(amount_fen: Ints, ppm: Ints) -> Ints:
    """Return the share in millionths of each amount, half a fen rounded away from zero."""
    share = (np.abs(amount_fen) * ppm + 500_000) // 1_000_000
    return np.sign(amount_fen) * share


def _partner_names(firms: Firms, firm: Ints, partner: Ints, series: int) -> Texts:
    """Return counterparty ids: coded as a platform shows them, some shared between firms by chance."""
    coded = (firms.number[firm] * 7919 + partner * 104_729 + series) % _COUNTERPARTIES
    return join_texts(pick(["P"], np.zeros_like(coded)), str_of(coded + 1_000_000))
