"""The history of matches as the events that affinity counts, each from the day on which it was known.

* A showing counts once it is settled: 30 days after it without an application, else (for *taken*) when the decision
  became final; an application counts as soon as it is known. What becomes known after a showing had been settled
  otherwise (a late application, a refusal turned into a grant) adds its hit on its own day, as a platform that counts
  day by day would.
* An application counts for *granted* on the day of the first decision known, whether or not it was shown; a decision
  without an application implies one.
* No event counts before the day after its request: a request cannot see its own outcome. Nor does one count before
  its request and, for what is counted of lists, its showing were known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from features.columns import AMOUNT_FEN, KNOWN_ON, REQUESTED_ON, TERM_MONTHS
from matching.choice_states import NEVER, NONE, Listed, PairHistory
from matching.frame import Frame, Ints, Mask
from matching.product import Product
from matching.segments import UNKNOWN, as_days, firm_segments, product_segments, request_segments, spread
from models import affinity
from models.affinity import Measure


@dataclass(frozen=True, slots=True)
class _Entries:
    """What one measure counts: entry by entry the pair, the day, the count and the hit."""

    pair: Ints
    day: Ints
    count: Ints
    hit: Ints


@dataclass(frozen=True, slots=True)
class _Known:
    """What every event of a history is made of."""

    pairs: PairHistory
    placed: Listed
    from_day: Ints  # per request, the first day on which an event of it may count
    segments: Mapping[str, pd.Categorical]

    def table(self, measure: Measure, entries: _Entries, *, is_of_list: bool) -> pd.DataFrame:
        """Return the events of one measure; where it is `is_of_list`, the place in the list is told."""
        pair = entries.pair
        position = self.placed.position[pair] if is_of_list else np.zeros(len(pair), dtype=np.int64)
        # No event before the day after its request, nor before what it reads of request and list was known.
        day = np.maximum(entries.day, self.from_day[self.pairs.request[pair]])
        day = np.maximum(day, self.pairs.seen[pair]) if is_of_list else day
        columns = {
            affinity.MEASURE: spread([measure.value], np.zeros(len(pair), dtype=np.int64)),
            affinity.DAY: as_days(day),
            affinity.COUNT: entries.count,
            affinity.HIT: entries.hit,
            affinity.POSITION: position,
            affinity.IS_RANDOM: self.placed.is_random[pair] & is_of_list,
        }
        return pd.DataFrame(columns | {name: self.segments[name][pair] for name in affinity.SEGMENTS})


def match_events(
    pairs: PairHistory, placed: Listed, requests: pd.DataFrame, profiles: pa.Table, products: Sequence[Product]
) -> pd.DataFrame:
    """Return the events (`models.affinity.EVENT_COLUMNS`) of a history.

    `profiles` has one row per row of `requests`, of the firm on the day it asked; the columns `SEGMENT_COLUMNS`
    suffice. A product of the history that is not among `products` counts for itself, its bank and kind unknown.
    """
    asked, told = (requests[one].to_numpy(dtype="datetime64[D]").astype(np.int64) for one in (REQUESTED_ON, KNOWN_ON))
    known = _Known(pairs, placed, np.maximum(asked + 1, told), _segments(pairs, requests, profiles, products))
    parts = [
        known.table(Measure.applied, _applied(pairs), is_of_list=True),
        known.table(Measure.granted, _granted(pairs), is_of_list=False),
        known.table(Measure.taken, _taken(pairs), is_of_list=True),
        known.table(Measure.funded, _funded(pairs), is_of_list=False),
    ]
    return pd.concat(parts, ignore_index=True)


def _applied(pairs: PairHistory) -> _Entries:
    return _settled(pairs.is_shown, np.minimum(pairs.applied, pairs.answer_due), pairs.applied)


def _granted(pairs: PairHistory) -> _Entries:
    return _settled(np.ones(len(pairs.decided), dtype=np.bool_), pairs.decided, pairs.granted)


def _taken(pairs: PairHistory) -> _Entries:
    return _settled(pairs.is_shown, _resolved(pairs), pairs.taken)


def _resolved(pairs: PairHistory) -> Ints:
    """Return the day on which the platform first took a showing for settled."""
    return np.maximum(np.where(pairs.applied <= pairs.answer_due, pairs.final, pairs.answer_due), pairs.seen)


def _settled(among: Mask, counted_on: Ints, hit_on: Ints) -> _Entries:
    """Count each pair once from `counted_on`; a hit that comes later is added on its own day."""
    pair = np.flatnonzero(among & (counted_on < NEVER))
    at_once = hit_on[pair] <= counted_on[pair]
    late = pair[~at_once & (hit_on[pair] < NEVER)]
    return _Entries(
        pair=np.concatenate([pair, late]),
        day=np.concatenate([counted_on[pair], hit_on[late]]),
        count=np.concatenate([np.ones(len(pair), dtype=np.int64), np.zeros(len(late), dtype=np.int64)]),
        hit=np.concatenate([at_once.astype(np.int64), np.ones(len(late), dtype=np.int64)]),
    )


def _funded(pairs: PairHistory) -> _Entries:
    """Count each request with a list once: when something of it was taken, or all of it settled otherwise."""
    resolved = np.where(pairs.is_shown, _resolved(pairs), NONE)
    by_request = pd.DataFrame({"resolved": resolved, "taken": pairs.taken, "seen": pairs.seen}).groupby(pairs.request)
    last, first = by_request["resolved"].max().to_numpy(), by_request[["taken", "seen"]].min().max(axis=1).to_numpy()
    entries = _settled(last != NONE, np.minimum(last, first), first)
    any_pair = np.unique(pairs.request, return_index=True)[1]
    return replace(entries, pair=any_pair[entries.pair])


def _segments(
    pairs: PairHistory, requests: pd.DataFrame, profiles: pa.Table, products: Sequence[Product]
) -> dict[str, pd.Categorical]:
    amounts, terms = (requests[name].to_numpy(dtype=np.float64) for name in (AMOUNT_FEN, TERM_MONTHS))
    of_request = firm_segments(Frame(profiles)) | request_segments(amounts, terms)
    found = {name: values[pairs.request] for name, values in of_request.items()}
    known = {product.id: product_segments(product) for product in products}
    for name in (affinity.PRODUCT, affinity.BANK, affinity.PATTERN):
        values = [known.get(product, {affinity.PRODUCT: product}).get(name, UNKNOWN) for product in pairs.products]
        found[name] = spread(values, pairs.product)
    return found
