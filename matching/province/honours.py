"""Honours and qualifications that a firm was granted, by kind and industry; better firms have them more often."""

from dataclasses import dataclass

import numpy as np

from matching.province.firms import COMPANY, COOPERATIVE, FAMILY_FARM, Firms
from matching.province.size_classes import SIZE_CLASSES
from matching.province.tables import Rows, pick
from matching.province.timeline import MISSING, YEAR_DAYS, Bools, Ints, Rng, Timeline, chance

HONOURS = (
    "high_tech",
    "specialised",
    "tech_sme",
    "leading_agri",
    "model_cooperative",
    "model_farm",
    "contract_keeping",
)
# Years an honour lasts, 0 where it has no end; how many grants of it at most, one after the other.
_YEARS = np.array([3, 3, 1, 2, 0, 0, 2])
_GRANTS = 5
# Log odds at mean quality that a firm that may have it does, all assumptions; how steeply they rise with quality.
_LOG_ODDS = np.array([-1.9, -2.3, -1.2, -1.3, -1.6, -1.5, -3.0])
_SLOPE = 0.8
# Honours are looked back on for this long before the window, and granted to firms at least so old.
_LOOK_BACK_YEARS, _LEAST_AGE_YEARS = 2, 1
# Of those that end, how many are granted again each time; days until a list is published and taken in.
_AGAIN, _LAG_FIRST, _LAG_MORE = 0.75, 10, 30


@dataclass(frozen=True, slots=True)
class _Grants:
    """Grants: position of the firm, place in `HONOURS`, day granted and last valid day or MISSING."""

    firm: Ints
    honour: Ints
    granted_on: Ints
    valid_until: Ints


def honour_rows(firms: Firms, timeline: Timeline, rng: Rng) -> Rows:
    """Return rows of `honours`; one that lasts for years is mostly granted again at its end."""
    grants = _grants(firms, timeline, rng)
    known = grants.granted_on + _LAG_FIRST + (rng.random(grants.firm.size) * _LAG_MORE).astype(np.int64)
    return Rows(
        grants.firm,
        {
            "honour": pick(HONOURS, grants.honour),
            "granted_on": grants.granted_on,
            "valid_until": grants.valid_until,
            "known_on": known,
        },
    )


def _grants(firms: Firms, timeline: Timeline, rng: Rng) -> _Grants:
    odds = chance(_LOG_ODDS[None, :] + _SLOPE * firms.quality[:, None])
    firm, honour = np.nonzero(_may_have(firms) & (rng.random(odds.shape) < odds))
    begin = np.maximum(
        timeline.starts[0] - round(_LOOK_BACK_YEARS * YEAR_DAYS),
        firms.founded_on[firm] + round(_LEAST_AGE_YEARS * YEAR_DAYS),
    )
    granted = begin + (rng.random(firm.size) * np.maximum(timeline.end_day - begin, 1)).astype(np.int64)
    lasts = np.round(_YEARS[honour] * YEAR_DAYS).astype(np.int64)
    again = np.cumprod(rng.random((firm.size, _GRANTS)) < _AGAIN, axis=1, dtype=np.int64) == 1
    again &= (lasts > 0)[:, None]
    again[:, 0] = True
    day = granted[:, None] + lasts[:, None] * np.arange(_GRANTS)[None, :]
    held, turn = np.nonzero(again & (day < firms.left_on[firm][:, None]) & (day <= timeline.end_day))
    until = np.where(lasts[held] > 0, day[held, turn] + lasts[held] - 1, MISSING)
    return _Grants(firm[held], honour[held], day[held, turn], until)


def _may_have(firms: Firms) -> Bools:
    """Return which firm (row) may have which honour (column)."""
    section = np.array(firms.sections)
    is_company = firms.kind == COMPANY
    is_technical = is_company & np.isin(section, ["C", "I", "M"])
    is_small = firms.size_classes >= SIZE_CLASSES.index("small")
    return np.stack(
        [
            is_technical,
            is_technical & is_small,
            is_technical,
            is_company & (section == "A"),
            firms.kind == COOPERATIVE,
            firms.kind == FAMILY_FARM,
            is_company | (firms.kind == COOPERATIVE),
        ],
        axis=1,
    )
