"""Applications of a match history with the days on which things were known of them, and what a grant model tells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from features.columns import AMOUNT_FEN, ENTERPRISE, PRODUCT, REQUEST_NO, REQUESTED_ON, TERM_MONTHS
from matching.choice_sets import aligned
from matching.choice_states import NEVER, History, asked_requests, pair_history
from matching.compile import YES
from matching.criteria import EPOCH
from matching.eligibility import Requests, evaluate
from matching.frame import Floats, Frame, Ints
from matching.odds import Outcomes
from matching.pair_table import ROW, Fitting, feature_table
from matching.product import Product
from matching.rank import score
from matching.ranked import GrantChance
from matching.segments import FramePairs, affinity_queries
from models.affinity import Affinity, Measure, share_name

_SHARE: Final = share_name(Measure.granted, "product_kind_section")
APPLIED_DAY, DECIDED_DAY, GRANTED_DAY = "applied_day", "decided_day", "granted_day"


def applications(history: History, cut: date) -> pd.DataFrame:
    """Return one row per application known by the cut, by enterprise, request and product.

    `requested_on`, and in days since 1970 when the application, its decision and a grant were known, `NEVER` where
    they were not. No decision stands before the day after its request, so that no request counts its own outcome.
    """
    known = history.known_by(cut)
    requests = asked_requests(known)
    pairs = pair_history(known, requests, cut)
    applied = np.flatnonzero(pairs.applied < NEVER)
    rows = requests[[ENTERPRISE, REQUEST_NO, REQUESTED_ON]].take(pairs.request[applied]).reset_index(drop=True)
    rows[PRODUCT] = np.array(pairs.products, dtype=object)[pairs.product[applied]]
    after = rows[REQUESTED_ON].to_numpy(dtype="datetime64[D]").astype(np.int64) + 1
    rows[APPLIED_DAY] = pairs.applied[applied]
    rows[DECIDED_DAY] = _from(pairs.decided[applied], after)
    rows[GRANTED_DAY] = _from(pairs.granted[applied], after)
    return rows


def day_of(when: date) -> int:
    """Return a day as days since 1970."""
    return (when - EPOCH).days


@dataclass(frozen=True)
class Recent:
    """Applications whose decision became known within so many days up to a cut, and the history of their requests."""

    applications: pd.DataFrame
    history: History

    @classmethod
    def of(cls, history: History, cut: date, days: int) -> "Recent":
        """Return them; of the history only requests are left out."""
        known = history.known_by(cut)
        found = applications(known, cut)
        decided = found[DECIDED_DAY]
        found = found[(decided <= day_of(cut)) & (decided > day_of(cut) - days)].reset_index(drop=True)
        wanted = set(_named(found[ENTERPRISE], found[REQUEST_NO]))
        asked = known.requests.select([ENTERPRISE, REQUEST_NO]).to_pandas()
        kept = pa.array([one in wanted for one in _named(asked[ENTERPRISE], asked[REQUEST_NO])], pa.bool_())
        return cls(found, replace(known, requests=known.requests.filter(kept)))

    def told(self, profiles: pa.Table, products: Sequence[Product], affinity: Affinity, model: GrantChance) -> Outcomes:
        """Return the outcomes with what the model tells of each pair on the day of its request.

        `profiles` has a row per pair of `asked_pairs(self.history)`. Pairs that do not fit by our computation, and of
        products that are not among `products`, are left out: the model has met none such.
        """
        chances = self._chances(profiles, products, affinity, model)
        has = np.flatnonzero(~np.isnan(chances))
        rows = self.applications.iloc[has]
        return Outcomes(
            enterprise=rows[ENTERPRISE].to_numpy(dtype=object),
            product=rows[PRODUCT].to_numpy(dtype=object),
            told=chances[has],
            decided=rows[DECIDED_DAY].to_numpy(dtype=np.int64),
            granted=rows[GRANTED_DAY].to_numpy(dtype=np.int64),
        )

    def _chances(
        self, profiles: pa.Table, products: Sequence[Product], affinity: Affinity, model: GrantChance
    ) -> Floats:
        chances = np.full(len(self.applications), np.nan)
        requests = asked_requests(self.history)
        if not len(requests):
            return chances
        frame = Frame(aligned(profiles, requests))
        book = pd.Index(_named(requests[ENTERPRISE], requests[REQUEST_NO]))
        row_of = book.get_indexer(pd.Index(_named(self.applications[ENTERPRISE], self.applications[REQUEST_NO])))
        product_of = self.applications[PRODUCT].to_numpy(dtype=object)
        fitting, places = [], []
        for product in sorted(products, key=lambda one: one.id):
            mine = np.flatnonzero(product_of == product.id)
            if mine.size:
                found = _fitting(product, frame, requests, row_of[mine])
                fitting.append(found[0])
                places.append(mine[found[1]])
        if sum(len(one) for one in places):
            table = feature_table(fitting, affinity)
            # Rows of a product come as given: `places` follows them.
            chances[np.concatenate(places)] = model.granted_chance(table.drop(columns=ROW))
        return chances


def counted_shares(
    applications: pd.DataFrame,
    requests: pd.DataFrame,
    profiles: pa.Table,
    products: Sequence[Product],
    counts: Affinity,
) -> Floats:
    """Return per application the share granted of applications like it, from counts as known on its request's day.

    By product, kind of firm and section, with back-off (`models.affinity`); NaN before any decision, and for products
    that are not among `products`. `requests` are `asked_requests` of the history, `profiles` as in `match_affinity`.
    """
    frame = Frame(aligned(profiles, requests))
    amounts, terms = (requests[name].to_numpy(dtype=np.float64) for name in (AMOUNT_FEN, TERM_MONTHS))
    book = pd.Index(_named(requests[ENTERPRISE], requests[REQUEST_NO]))
    row = book.get_indexer(pd.Index(_named(applications[ENTERPRISE], applications[REQUEST_NO])))
    place = pd.Index([one.id for one in products]).get_indexer(pd.Index(applications[PRODUCT].astype(object)))
    known = np.flatnonzero((place >= 0) & (row >= 0))
    queries = affinity_queries(frame, amounts, terms, FramePairs(products, row[known], place[known]))
    shares = np.full(len(applications), np.nan)
    shares[known] = counts.columns(queries)[_SHARE].to_numpy(dtype=np.float64)
    return shares


def _fitting(product: Product, frame: Frame, requests: pd.DataFrame, rows: Ints) -> tuple[Fitting, Ints]:
    """Return the product over those rows of the frame that it fits, and which of `rows` these are."""
    amounts, terms = (requests[name].to_numpy(dtype=np.int64) for name in (AMOUNT_FEN, TERM_MONTHS))
    eligibility = evaluate(product, frame, Requests(amounts, terms))
    fits = np.flatnonzero(eligibility.verdict[rows] == YES)
    return Fitting(eligibility, score(eligibility, np.full(frame.rows, np.nan)), rows[fits]), fits


def _named(enterprises: "pd.Series[str]", numbers: "pd.Series[str]") -> list[str]:
    return (enterprises.astype(str) + "\n" + numbers.astype(str)).tolist()


def _from(days: Ints, after: Ints) -> Ints:
    return np.asarray(np.maximum(days, after), dtype=np.int64)
