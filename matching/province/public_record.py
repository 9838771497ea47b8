"""Judgments and administrative penalties, as courts and departments publish them."""

from dataclasses import dataclass

import numpy as np

from matching.province.firms import Firms, some_day
from matching.province.reference import places
from matching.province.tables import Rows, pick
from matching.province.timeline import MISSING, MONTHS, NEVER, Ints, Rng, Timeline, poisson_below, within, years_of

ROLES = ("defendant", "executed", "dishonest")
GRADES = ("minor", "general", "serious")
_CASE_WORDS = ("民初", "执", "执失")
# By kind, at mean quality and a year: how often a firm is sued, and how often it is penalised.
_SUED = np.array([0.045, 0.015, 0.020, 0.010])
_PENALISED = np.array([0.030, 0.018, 0.015, 0.010])
# Publication of a penalty by grade in days: minor ones are not shown, serious ones up to three years
# (信用修复管理办法, 2025: the shortest windows here are assumptions).
_PUBLICITY = np.array([0, 365, 1095])
_YEARS = MONTHS / 12
# A firm is sued of its own accord at most this often in the window.
_SUITS = 2
#: How many unpaid loans end in court.
BANK_SUES = 0.7
# Days until a bank's suit is decided: least, and more at most. How many penalties are no fine.
_BANK_WAITS, _WITHOUT_FINE = (120, 120), 0.15


@dataclass(frozen=True, slots=True)
class _Cases:
    """Cases in one role; amounts in fen."""

    firm: Ints
    role: Ints
    decided_on: Ints
    amount: Ints


def judgment_rows(firms: Firms, timeline: Timeline, rng: Rng) -> Rows:
    """Return rows of `judgments` of what others than banks sue for: suits, and what follows some of them.

    Enforcement follows some suits, the list of dishonest debtors some enforcements. A case closed later has a second
    version.
    """
    return _judged(firms, _suits(firms, timeline, rng), 1, rng)


def bank_suit_rows(firms: Firms, missed_on: Ints, first_serial: int, rng: Rng) -> Rows:
    """Return rows of `judgments` that follow a loan not paid: its bank sues within months, for most of them.

    `missed_on` is by firm the day a payment was missed that was never made, `NEVER` where there is none. The cases of a
    firm are numbered from `first_serial`, which keeps several calls for the same firms apart (its own suits take up to
    six numbers from 1, each call here up to three). Rows known only after the window's end are among them.
    """
    firm = np.flatnonzero((missed_on < NEVER) & (rng.random(firms.size) < BANK_SUES))
    least, more = _BANK_WAITS
    decided = missed_on[firm] + least + (rng.random(firm.size) * more).astype(np.int64)
    return _judged(firms, _first_cases(firms, firm, decided, rng), first_serial, rng)


def penalty_rows(firms: Firms, timeline: Timeline, rng: Rng) -> Rows:
    """Return rows of `penalties` with the end of their publicity window."""
    expected = _PENALISED[firms.kind] * np.exp(-0.35 * firms.quality) * _YEARS
    firm = np.flatnonzero(poisson_below(expected, rng))
    decided = some_day(firms, firm, timeline, rng)
    firm, decided = firm[decided < firms.left_on[firm]], decided[decided < firms.left_on[firm]]
    grade = rng.choice(3, size=firm.size, p=[0.6, 0.32, 0.08])
    amount = np.round(rng.lognormal(np.log(6_000), 0.9, firm.size) * (1 + 4 * grade) / 100).astype(np.int64) * 10_000
    window = _PUBLICITY[grade]
    return Rows(
        firm,
        {
            "decision_no": [
                f"甘{places().counties[firms.county[one]][2:]}罚字〔{year}〕{firms.number[one] + 1:06d}号"
                for one, year in zip(firm, years_of(decided), strict=True)
            ],
            "grade": pick(GRADES, grade),
            "decided_on": decided,
            "amount_yuan": np.where(rng.random(firm.size) < _WITHOUT_FINE, MISSING, np.maximum(amount, 10_000)),
            "publicity_until": np.where(window > 0, decided + window, MISSING),
            "known_on": decided + 3 + (rng.random(firm.size) * 7).astype(np.int64),
        },
    )


def _judged(firms: Firms, sued: _Cases, first_serial: int, rng: Rng) -> Rows:
    executed = _follow(firms, sued, (0.35, 120, 150), rng)
    dishonest = _follow(firms, executed, (0.35, 60, 120), rng)
    joined = [np.concatenate([getattr(one, name) for one in (sued, executed, dishonest)]) for name in _Cases.__slots__]
    return _judgment_versions(firms, _Cases(*joined), first_serial, rng)


def _suits(firms: Firms, timeline: Timeline, rng: Rng) -> _Cases:
    expected = _SUED[firms.kind] * np.exp(-0.6 * firms.quality) * _YEARS / _SUITS
    firm = np.concatenate([np.flatnonzero(poisson_below(expected, rng)) for _ in range(_SUITS)])
    decided = some_day(firms, firm, timeline, rng)
    kept = decided < firms.left_on[firm]
    return _first_cases(firms, firm[kept], decided[kept], rng)


def _first_cases(firms: Firms, firm: Ints, decided_on: Ints, rng: Rng) -> _Cases:
    amount = np.round(firms.yearly_sales[firm] * rng.uniform(0.02, 0.3, firm.size)).astype(np.int64) * 100
    return _Cases(firm, np.zeros_like(firm), decided_on, np.maximum(amount, 100_000))


def _follow(firms: Firms, before: _Cases, rule: tuple[float, int, int], rng: Rng) -> _Cases:
    """Return the cases that go on to the next role: (chance at mean quality, least days after, more days at most)."""
    share, least, more = rule
    chances = np.clip(share * np.exp(-0.3 * firms.quality[before.firm]), 0.0, 0.9)
    on = np.flatnonzero(rng.random(before.firm.size) < chances)
    decided = before.decided_on[on] + least + (rng.random(on.size) * more).astype(np.int64)
    return _Cases(before.firm[on], before.role[on] + 1, decided, before.amount[on])


def _judgment_versions(firms: Firms, cases: _Cases, first_serial: int, rng: Rng) -> Rows:
    count = cases.firm.size
    first = Rows(
        cases.firm,
        {
            "case_no": _case_numbers(firms, cases, first_serial),
            "role": pick(ROLES, cases.role),
            "decided_on": cases.decided_on,
            "amount_yuan": cases.amount,
            "closed_on": np.full(count, MISSING),
            "known_on": cases.decided_on + 7 + (rng.random(count) * 20).astype(np.int64),
        },
    )
    closes = rng.random(count) < np.clip(0.65 + 0.1 * firms.quality[cases.firm], 0.1, 0.95)
    closed_on = cases.decided_on + 60 + (rng.random(count) * 340).astype(np.int64)
    closed = np.flatnonzero(closes)
    later = {"closed_on": closed_on[closed], "known_on": closed_on[closed] + 10}
    return first.followed_by(first.take(closed).replace(later))


def _case_numbers(firms: Firms, cases: _Cases, first_serial: int) -> list[str]:
    """Return case numbers that are unique within a firm: these cases are counted in order of day."""
    order = np.lexsort((cases.decided_on, cases.firm))
    serial = np.empty_like(order)
    serial[order] = within(np.bincount(cases.firm, minlength=firms.size)) + first_serial
    courts = [places().counties[county][2:] for county in firms.county]
    return [
        f"（{year}）甘{courts[firm]}{_CASE_WORDS[role]}{firms.number[firm] + 1:06d}-{number}号"
        for year, firm, role, number in zip(years_of(cases.decided_on), cases.firm, cases.role, serial, strict=True)
    ]
