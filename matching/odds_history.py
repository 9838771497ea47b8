"""Applications of a match history with the days on which things were known of them."""

from datetime import date

import numpy as np
import pandas as pd

from features.columns import ENTERPRISE, PRODUCT, REQUEST_NO, REQUESTED_ON
from matching.choice_states import NEVER, History, asked_requests, pair_history
from matching.criteria import EPOCH
from matching.frame import Ints

APPLIED_DAY, DECIDED_DAY, GRANTED_DAY = "applied_day", "decided_day", "granted_day"


def applications(history: History, cut: date) -> pd.DataFrame:
    """Return one row per application known by the cut, by enterprise, request and product.

    `requested_on`, and in days since 1970 when the application, its decision and a grant were known, `NEVER` where
    they were not. No day stands before the day after the request, so that no request counts its own outcome.
    """
    known = history.known_by(cut)
    requests = asked_requests(known)
    pairs = pair_history(known, requests, cut)
    applied = np.flatnonzero(pairs.applied < NEVER)
    rows = requests[[ENTERPRISE, REQUEST_NO, REQUESTED_ON]].take(pairs.request[applied]).reset_index(drop=True)
    rows[PRODUCT] = np.array(pairs.products, dtype=object)[pairs.product[applied]]
    after = (rows[REQUESTED_ON].to_numpy(dtype="datetime64[D]").astype(np.int64)) + 1
    rows[APPLIED_DAY] = pairs.applied[applied]
    rows[DECIDED_DAY] = _from(pairs.decided[applied], after)
    rows[GRANTED_DAY] = _from(pairs.granted[applied], after)
    return rows


def day_of(when: date) -> int:
    """Return a day as days since 1970."""
    return (when - EPOCH).days


def _from(days: Ints, after: Ints) -> Ints:
    return np.asarray(np.maximum(days, after), dtype=np.int64)
