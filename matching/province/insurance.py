"""Social insurance of the firms that insure their people: a row a month, and a second one where it was paid later."""

from dataclasses import dataclass

import numpy as np

from matching.province.activity import Activity
from matching.province.tables import Rows
from matching.province.timeline import MONTHS, NEVER, Bools, Floats, Ints, Rng, chance

# By kind: shares of firms that insure anybody (many firms have family only), and least share of their people insured.
_INSURES = np.array([0.72, 0.10, 0.28, 0.10])
_LEAST_SHARE = 0.4
# Contributions of employer and employee together, in fen a head and month at the window's start: about 35 % of a base
# near the province's lowest. An assumption, with its growth a year and its spread between firms.
_A_HEAD, _YEARLY_GROWTH, _HEAD_SPREAD = 140_000, 0.04, 0.12
# The number of people follows sales of the last half year, damped; distress takes up to this share of them.
_TRAILING, _DAMPED, _LEAVE = 6, 0.4, 0.5
# Shares: of firms in distress that stop paying before they stop paying the bank, up to so many days before.
_STOPS, _STOPS_BEFORE = 0.65, 210
# Contributions are collected over the next month and delivered days after its end.
_COLLECTED, _LAG = 25, 6


@dataclass(frozen=True, slots=True)
class _Due:
    """What fell due, a row a firm and month."""

    firm: Ints
    month: Ints
    insured: Ints
    payable: Ints


def insurance_rows(activity: Activity, rng: Rng) -> Rows:
    """Return rows of `social_insurance`.

    A month paid late is first known as unpaid; a firm that comes into distress may lose people and stop paying before.
    """
    timeline = activity.timeline
    due = _due(activity, rng)
    period_end = timeline.lasts[due.month]
    quality = activity.firms.quality[due.firm]
    has_stopped = period_end >= _stops_on(activity, rng)[due.firm]
    is_late = ~has_stopped & (rng.random(due.firm.size) < chance(-4.6 - 0.8 * quality))
    known = period_end + _COLLECTED + (rng.random(due.firm.size) * _LAG).astype(np.int64)
    first = Rows(
        due.firm,
        {
            "period_end": period_end,
            "insured_count": due.insured,
            "payable_yuan": due.payable,
            "paid_yuan": np.where(has_stopped | is_late, 0, due.payable),
            "known_on": known,
        },
    )
    late = np.flatnonzero(is_late)
    later = known[late] + 20 + (rng.random(late.size) * 100).astype(np.int64)
    return first.followed_by(first.take(late).replace({"paid_yuan": due.payable[late], "known_on": later}))


def _due(activity: Activity, rng: Rng) -> _Due:
    firms, timeline = activity.firms, activity.timeline
    insures = rng.random(firms.size) < _INSURES[firms.kind] * np.where(firms.is_thin, 0.6, 1.0)
    share = rng.uniform(_LEAST_SHARE, 1.0, firms.size)
    a_head = _A_HEAD * rng.lognormal(0.0, _HEAD_SPREAD, firms.size)
    count = _insured(activity, share)
    firm, month = np.nonzero(insures[:, None] & activity.is_open)
    # The base is set anew each January.
    growth = np.power(1 + _YEARLY_GROWTH, (timeline.first_month + month) // 12 - timeline.first_month // 12)
    insured = count[firm, month]
    payable = insured * np.round(a_head[firm] * growth).astype(np.int64)
    return _Due(firm, month, insured, payable)


def _insured(activity: Activity, share: Floats) -> Ints:
    """Return how many people each firm insures each month, at least one."""
    firms = activity.firms
    total = np.concatenate([np.zeros((firms.size, 1)), np.cumsum(activity.expected, axis=1)], axis=1)
    until = np.arange(1, MONTHS + 1)
    since = np.maximum(until - _TRAILING, 0)
    trailing = (total[:, until] - total[:, since]) / (until - since)
    usual = np.maximum(firms.yearly_sales[:, None] / 12, 1.0)
    level = np.power(np.maximum(trailing / usual, 0.01), _DAMPED) * (1 - _LEAVE * activity.turmoil)
    insured: Ints = np.maximum(np.round((firms.employees * share)[:, None] * level), 1).astype(np.int64)
    return insured


def _stops_on(activity: Activity, rng: Rng) -> Ints:
    firms = activity.firms
    before = (rng.random(firms.size) * _STOPS_BEFORE).astype(np.int64)
    stops: Bools = (firms.distressed_on < NEVER) & (rng.random(firms.size) < _STOPS)
    return np.where(stops, firms.distressed_on - before, NEVER)
