"""The register of business entities: entries, and what was changed in them over the window."""

from dataclasses import dataclass

import numpy as np

from matching.province.firms import COMPANY, COOPERATIVE, Firms, some_day
from matching.province.names import draw_names
from matching.province.reference import KINDS, industries, places
from matching.province.tables import Rows, pick
from matching.province.timeline import MISSING, MONTHS, NEVER, Bools, Floats, Ints, Rng, Timeline, poisson_below

CHANGES = ("legal_representative", "shareholders", "name", "address", "scope", "capital")
_NAME, _CAPITAL = CHANGES.index("name"), CHANGES.index("capital")
# A year, by kind and change: an assumption. Sole proprietors and family farms have no shareholders and no capital.
_RATES = np.array(
    [
        [0.035, 0.050, 0.012, 0.045, 0.060, 0.030],
        [0.006, 0.000, 0.008, 0.020, 0.030, 0.000],
        [0.020, 0.030, 0.008, 0.015, 0.030, 0.020],
        [0.005, 0.000, 0.005, 0.008, 0.020, 0.000],
    ]
)
# What is changed in the nine months before a company stops paying; half as often elsewhere.
_BEFORE_DISTRESS = np.array([0.30, 0.18, 0.0, 0.20, 0.05, 0.0])
_DISTRESS_FIRST, _DISTRESS_LAST = 270, 15
# By kind: medians of registered capital in yuan. A change of capital mostly raises it.
_CAPITALS = np.array([1_500_000.0, 50_000.0, 1_000_000.0, 50_000.0])
_CAPITAL_FACTORS, _CAPITAL_SHARES = np.array([0.5, 1.5, 2.0, 3.0]), (0.15, 0.35, 0.35, 0.15)
# Shares of rows without capital or industry, and without a region; of the firms that leave, those that cancel.
_UNTOLD, _UNPLACED, _CANCELS = 0.02, 0.03, 0.7
# The register is published daily: at most so many days after the entry.
_LAG = 10


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of entries: the position of the firm, the place in `CHANGES`, days changed and known."""

    firm: Ints
    change: Ints
    changed_on: Ints
    known_on: Ints


@dataclass(frozen=True, slots=True)
class _Entries:
    """What an entry says of each firm before and after its changes; amounts in fen, days known or `NEVER`."""

    names: list[str]
    new_names: list[str]
    renamed_on: Ints
    capital: Ints
    new_capital: Ints
    recapitalised_on: Ints
    left_on: Ints


def draw_changes(firms: Firms, timeline: Timeline, rng: Rng) -> Changes:
    """Draw at most two changes of each sort for each firm; several of them come before a firm stops paying."""
    usual, usual_change = np.nonzero(poisson_below(_RATES[firms.kind] * MONTHS / 12, rng))
    changed = some_day(firms, usual, timeline, rng)
    eased = np.where(np.isin(firms.kind, [COMPANY]), 1.0, 0.5)[:, None] * (_RATES[firms.kind] > 0)
    in_distress = (firms.distressed_on < NEVER)[:, None]
    late, late_change = np.nonzero(in_distress & (rng.random(eased.shape) < eased * _BEFORE_DISTRESS))
    before = _DISTRESS_LAST + (rng.random(late.size) * (_DISTRESS_FIRST - _DISTRESS_LAST)).astype(np.int64)
    firm = np.concatenate([usual, late])
    change = np.concatenate([usual_change, late_change])
    day = np.concatenate([changed, firms.distressed_on[late] - before])
    _, once = np.unique((firm * len(CHANGES) + change) * NEVER + day, return_index=True)
    kept = once[(day[once] < firms.left_on[firm[once]]) & (day[once] > firms.founded_on[firm[once]])]
    known = day[kept] + 1 + (rng.random(kept.size) * _LAG).astype(np.int64)
    return Changes(firm[kept], change[kept], day[kept], known)


def change_rows(changes: Changes) -> Rows:
    """Return rows of `registration_changes`."""
    return Rows(
        changes.firm,
        {"change": pick(CHANGES, changes.change), "changed_on": changes.changed_on, "known_on": changes.known_on},
    )


def registry_rows(firms: Firms, changes: Changes, timeline: Timeline, rng: Rng) -> Rows:
    """Return the rows of `enterprises`.

    A firm has a further version from the day a new name or capital, or that it left the register, is known.
    """
    count = firms.size
    has_region, has_industry = rng.random(count) > _UNPLACED, rng.random(count) > _UNTOLD
    first_known = firms.founded_on + 3 + (rng.random(count) * 15).astype(np.int64)
    gone = np.where(rng.random(count) < _CANCELS, "cancelled", "revoked")
    entries = _entries(firms, changes, timeline, rng)
    firm, known = _versions(first_known, entries)
    has_left = known >= entries.left_on[firm]
    place, trade = places(), industries()
    return Rows(
        firm,
        {
            "name": _chosen(known >= entries.renamed_on[firm], firm, entries.new_names, entries.names),
            "kind": pick(KINDS, firms.kind[firm]),
            "founded_on": firms.founded_on[firm],
            "region": _where(has_region[firm], [place.counties[one] for one in firms.county[firm]]),
            "industry": _where(has_industry[firm], [trade[one].code for one in firms.industry[firm]]),
            "registered_capital_yuan": np.where(
                known >= entries.recapitalised_on[firm], entries.new_capital[firm], entries.capital[firm]
            ),
            "status": np.where(has_left, gone[firm], "active").tolist(),
            "known_on": known,
        },
    )


def _entries(firms: Firms, changes: Changes, timeline: Timeline, rng: Rng) -> _Entries:
    count = firms.size
    names, new_names = draw_names(firms), draw_names(firms, renamed=True)
    capital = np.round(_CAPITALS[firms.kind] * rng.lognormal(0.0, 1.0, count), -4).astype(np.int64) * 100
    has_capital = np.isin(firms.kind, [COMPANY, COOPERATIVE]) & (capital > 0) & (rng.random(count) > _UNTOLD)
    factor = rng.choice(_CAPITAL_FACTORS, size=count, p=_CAPITAL_SHARES)
    new_capital = _whole(capital * factor)
    # What stays as it was is no new version.
    is_new = has_capital & (new_capital != capital)
    return _Entries(
        names=names,
        new_names=new_names,
        renamed_on=_first_known(changes, _NAME, count),
        capital=np.where(has_capital, capital, MISSING),
        new_capital=new_capital,
        recapitalised_on=np.where(is_new, _first_known(changes, _CAPITAL, count), NEVER),
        left_on=np.where(firms.left_on <= timeline.end_day, firms.left_on + 7, NEVER),
    )


def _whole(fen: Floats) -> Ints:
    """Round to whole ten thousands of yuan, at least one."""
    return np.maximum(np.round(fen / 1_000_000), 1).astype(np.int64) * 1_000_000


def _first_known(changes: Changes, change: int, count: int) -> Ints:
    found = np.full(count, NEVER, dtype=np.int64)
    where = changes.change == change
    np.minimum.at(found, changes.firm[where], changes.known_on[where])
    return found


def _versions(first_known: Ints, entries: _Entries) -> tuple[Ints, Ints]:
    """Return firm and day known of every version, in order of both."""
    days = np.stack([first_known, entries.renamed_on, entries.recapitalised_on, entries.left_on], axis=1)
    firm, place = np.nonzero((days >= first_known[:, None]) & (days < NEVER))
    both = np.unique(firm * NEVER + days[firm, place])
    return both // NEVER, both % NEVER


def _chosen(is_new: Bools, firm: Ints, new: list[str], old: list[str]) -> list[str]:
    return [new[one] if changed else old[one] for changed, one in zip(is_new.tolist(), firm.tolist(), strict=True)]


def _where(shown: Bools, values: list[str]) -> list[str | None]:
    return [value if one else None for one, value in zip(shown, values, strict=True)]
