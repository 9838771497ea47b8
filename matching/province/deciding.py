"""What banks decide and what firms then take: chances, quotas of teams of officers, days."""

from dataclasses import dataclass, field

import numpy as np

from matching.province.banks import bank
from matching.province.scene import Scene
from matching.province.showing import Applied
from matching.province.timeline import Bools, Floats, Ints
from matching.province.truth import Latent

#: What became of an application; granted ones are taken or lapse.
REFUSED, TAKEN, LAPSED = range(3)
_QUARTER_DAYS, _MONTH_DAYS = 91, 30
# A firm takes a loan within two weeks of its last answer, and lets a grant lapse within seven weeks.
_TAKES, _LAPSES = (2, 13), (10, 40)
# A bank moves at most so far from the rate it publishes.
_RATE_BOUNDS = (0.8, 1.3)
_POINT_PPM, _STEP_PPM = 10_000, 500
_WAN_FEN = 1_000_000
_MONTHS = 100_000


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions over applications; `day` decided, `settled` taken or lapsed (means nothing where refused)."""

    pair: Ints
    day: Ints
    outcome: Ints
    settled: Ints
    amount_fen: Ints
    rate_ppm: Ints


@dataclass(slots=True)
class Desks:
    """The banks' teams for one bucket: officers, what they may grant in a quarter, what they have granted."""

    officers: Floats  # by bank
    quota: Ints
    granted: dict[tuple[int, int], int] = field(default_factory=dict)

    def has_room(self, of_bank: int, day: int) -> bool:
        """Say whether the quarter's quota has room for one more grant, and count it."""
        key = (of_bank, day // _QUARTER_DAYS)
        used = self.granted.get(key, 0)
        if used >= self.quota[of_bank]:
            return False
        self.granted[key] = used + 1
        return True


def open_desks(latent: Latent, share: float) -> Desks:
    """Open the teams; `share` is the part of a whole bucket's firms that they serve."""
    officers = np.array([bank(one).officers for one in latent.banks]) * share
    return Desks(officers, np.ceil(latent.settings.grants_per_officer * officers).astype(np.int64))


def decide(scene: Scene, applied: Applied, desks: Desks) -> Decided:
    """Decide every application, first come, first served, then let each firm take at most one loan."""
    pair = applied.pair
    day = applied.day + _days(scene, applied, desks)
    would = scene.uniforms("grant")[pair] < scene.pairs.grant[pair]
    granted = _within_quota(scene, pair, day, would, desks)
    outcome, settled = _settle(scene, pair, day, granted)
    amount, rate = _conditions(scene, pair)
    return Decided(pair, day, outcome, settled, amount, rate)


def _days(scene: Scene, applied: Applied, desks: Desks) -> Ints:
    """Return how long each bank takes: its usual days, more in a month in which its officers have more to read."""
    latent = scene.latent
    of_bank = latent.bank_of[scene.pairs.product[applied.pair]]
    usual = np.array([bank(one).days for one in latent.banks])[of_bank]
    team_month = of_bank * _MONTHS + applied.day // _MONTH_DAYS
    _, which, load = np.unique(team_month, return_inverse=True, return_counts=True)
    can_read = np.maximum(desks.officers[of_bank] * latent.settings.files_per_officer, 1.0)
    longer = 1.0 + 0.5 * np.maximum(load[which] / can_read - 1.0, 0.0)
    wait = scene.uniforms("wait")[applied.pair]
    days: Ints = np.maximum(np.round(usual * longer * (0.5 + wait)), 1).astype(np.int64)
    return days


def _within_quota(scene: Scene, pair: Ints, day: Ints, would: Bools, desks: Desks) -> Bools:
    granted = np.zeros_like(would)
    product, request = scene.pairs.product[pair], scene.pairs.asked[pair]
    of_bank = scene.latent.bank_of[product]
    # On one day by product and by request, which no order of the input changes.
    order = np.lexsort((request, product, day))
    for one in order[would[order]].tolist():
        granted[one] = desks.has_room(int(of_bank[one]), int(day[one]))
    return granted


def _settle(scene: Scene, pair: Ints, day: Ints, granted: Bools) -> tuple[Ints, Ints]:
    """Return the outcome of each application and the day it was settled: a firm takes the one that suits it best."""
    request, firm, size = scene.pairs.asked[pair], scene.firm[pair], scene.asked.size
    drawn, pace, firms = scene.uniforms("take")[pair], scene.uniforms("settle")[pair], scene.latent.firms
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, request, np.where(granted, day, 0))
    taking_day = last[request] + _TAKES[0] + (pace * _TAKES[1]).astype(np.int64)
    is_able = (taking_day < firms.left_on[firm]) & (taking_day < firms.distressed_on[firm])
    willing = granted & is_able & (drawn < scene.pairs.take[pair])
    liked = np.where(willing, scene.pairs.take[pair] - drawn, -1.0)
    best = np.full(size, -1.0)
    np.maximum.at(best, request, liked)
    taken = willing & (liked == best[request])
    lapse_day = np.maximum(day, last[request]) + _LAPSES[0] + (pace * _LAPSES[1]).astype(np.int64)
    outcome = np.where(taken, TAKEN, np.where(granted, LAPSED, REFUSED))
    return outcome, np.where(taken, taking_day, lapse_day)


def _conditions(scene: Scene, pair: Ints) -> tuple[Ints, Ints]:
    """Return the amount in fen and the yearly rate in millionths at which each application is granted."""
    latent, settings = scene.latent, scene.latent.settings
    offered = [latent.products[one] for one in scene.pairs.product[pair].tolist()]
    nominal = np.array([one.annual_rate_ppm for one in offered], dtype=np.float64)
    quality, spread = latent.firms.quality[scene.firm[pair]], scene.normals("spread")[pair]
    points = settings.rate_level + settings.risk_spread * quality + settings.rate_noise * spread
    rate = np.clip(nominal + points * _POINT_PPM, *(nominal * bound for bound in _RATE_BOUNDS))
    cut = scene.uniforms("cut")[pair] / settings.cut_share
    asked = scene.asked.amount_fen[scene.pairs.asked[pair]]
    amount = np.round(asked * np.where(cut < 1, 0.5 + 0.5 * cut, 1.0) / _WAN_FEN).astype(np.int64) * _WAN_FEN
    least = np.array([one.amount_min_fen for one in offered], dtype=np.int64)
    return np.maximum(amount, least), np.round(rate / _STEP_PPM).astype(np.int64) * _STEP_PPM
