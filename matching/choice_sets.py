"""Choice sets: a platform's match history as rows of request × product eligible that day, as known at a cut.

A row says what was known on the day of the request (profile, product, request, counts) and what became of the pair by
the cut. The ranker is fitted on shown rows alone: a pair that was not shown has no label and is never a negative. A
pair that was applied for without having been shown (a platform's real history may hold such) counts for the grant
model and in the counts of *granted*, not for the ranker.

Left out of the rows and counted: pairs that were shown but do not fit by this computation, requests that the platform
learnt of only after their day, and rows of the history that name no known request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import (
    AMOUNT_FEN,
    AS_OF,
    ENTERPRISE,
    KNOWN_ON,
    LIST_ORDER,
    POSITION,
    PRODUCT,
    REQUEST_NO,
    REQUESTED_ON,
    TERM_MONTHS,
)
from features.newest import NEWEST_KNOWN_ON
from matching.choice_states import (
    NONE,
    STATES,
    History,
    Listed,
    PairHistory,
    State,
    asked_requests,
    batches,
    listed,
    pair_history,
)
from matching.compile import YES
from matching.eligibility import Requests, evaluate
from matching.errors import ChoiceSetError
from matching.frame import Frame, Ints, Mask
from matching.match_events import match_events
from matching.pair_table import (
    ROW,
    Fitting,
    days_column,
    of_rows,
    pair_table,
    profile_columns,
    ranker_inputs,
)
from matching.product import Product
from matching.rank import score
from matching.segments import spread
from models.affinity import NEWEST_EVENT_ON, Affinity
from models.inputs import ModelInput

STATE, IS_SHOWN, IS_GRANTED = "state", "is_shown", "is_granted"
SHOWN_CHANCE = "shown_chance"
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Months:
    """How many months, from the first request's, only fill the counts, train, validate and test."""

    warm_up: int = 6
    train: int = 21
    valid: int = 3
    test: int = 6


@dataclass(frozen=True, slots=True)
class Dropped:
    """What of the history stands in no row: shown pairs that do not fit, late requests, rows without a request."""

    shown_not_eligible: int
    late_requests: int
    without_request: int


@dataclass(frozen=True)
class ChoiceSets:
    """Rows of request × eligible product, sorted by enterprise, request and product.

    `rows` has the key (`enterprise`, `request_no`, `requested_on`, `product`), what became of it (`state`, `is_shown`,
    `is_granted` 1/0 or NaN, `position` 0 without one, `list_order`, `shown_chance`), `amount_fen`, `term_months`,
    `score_ppm` (the transparent score without standing), `newest_known_on` (the newest day on which anything the row
    reads was known), the pair and the affinity columns, and `row`, the place of its profile in `profiles`.
    """

    rows: pd.DataFrame
    profiles: pd.DataFrame
    inputs: tuple[ModelInput, ...]
    dropped: Dropped
    first_month: np.datetime64

    @property
    def table(self) -> pd.DataFrame:
        """Return rows and profile columns side by side."""
        return pd.concat([self.rows.drop(columns=ROW), of_rows(self.profiles, self.rows[ROW])], axis=1)

    def where(self, mask: Mask) -> "ChoiceSets":
        """Return the sets with those rows alone."""
        return replace(self, rows=self.rows[mask].reset_index(drop=True))

    def shown(self) -> "ChoiceSets":
        """Return the rows that were shown: those a ranker may be fitted on or judged by."""
        return self.where(self.rows[IS_SHOWN].to_numpy(dtype=np.bool_))

    def decided(self) -> "ChoiceSets":
        """Return the rows of which a decision is known, shown or not: those a grant model is fitted on."""
        return self.where(self.rows[IS_GRANTED].notna().to_numpy())

    def split(self, months: Months | None = None) -> dict[str, "ChoiceSets"]:
        """Return the rows by month of the request: `warm_up`, `train`, `valid`, `test`; later months in none."""
        lengths = months or Months()
        ends = np.cumsum([lengths.warm_up, lengths.train, lengths.valid, lengths.test])
        month = (_months(self.rows[REQUESTED_ON]) - self.first_month).astype(np.int64)
        part = np.searchsorted(ends, month, side="right")
        return {name: self.where(part == place) for place, name in enumerate(("warm_up", "train", "valid", "test"))}


def choice_sets(history: History, profiles: pa.Table, products: Sequence[Product], cut: date) -> ChoiceSets:
    """Return the choice sets of all requests known by the cut.

    `profiles` holds a row per pair of `asked_pairs(history)` with the columns of the dictionary and `newest_known_on`
    (`features.newest_known`); more rows do no harm. Raises ChoiceSetError where a pair's profile is absent.
    """
    prepared = Prepared.of(history, profiles, products, cut)
    return prepared.sets(0, len(prepared.requests))


def choice_set_chunks(
    history: History, profiles: pa.Table, products: Sequence[Product], cut: date, requests: int = CHUNK
) -> Iterator[ChoiceSets]:
    """Yield the same rows for at most so many requests at a time, for histories that fill the memory."""
    prepared = Prepared.of(history, profiles, products, cut)
    for start, stop in batches(len(prepared.requests), requests):
        yield prepared.sets(start, stop)


def match_affinity(history: History, profiles: pa.Table, products: Sequence[Product], cut: date) -> Affinity:
    """Return the counts of a history as known at the cut, as answers of that day read them.

    `profiles` is as in `choice_sets`; the columns `matching.segments.SEGMENT_COLUMNS` suffice.
    """
    known = history.known_by(cut)
    requests = asked_requests(known)
    pairs = pair_history(known, requests, cut)
    of_requests = aligned(profiles, requests)
    return Affinity(match_events(pairs, listed(known.shown, pairs), requests, of_requests, products))


@dataclass(frozen=True)
class Prepared:
    """What all rows of a history share: its requests with their profiles, its states, and the counts."""

    requests: pd.DataFrame
    profiles: pa.Table
    products: tuple[Product, ...]
    pairs: PairHistory
    placed: Listed  # one entry per pair of `pairs`
    affinity: Affinity

    @classmethod
    def of(cls, history: History, profiles: pa.Table, products: Sequence[Product], cut: date) -> "Prepared":
        """Read the history once; see `choice_sets` for the arguments."""
        if NEWEST_KNOWN_ON not in profiles.column_names:
            raise ChoiceSetError(f"the profiles lack the column {NEWEST_KNOWN_ON}")
        known = history.known_by(cut)
        requests = asked_requests(known)
        of_requests = aligned(profiles, requests)
        pairs = pair_history(known, requests, cut)
        placed = listed(known.shown, pairs)
        events = match_events(pairs, placed, requests, of_requests, products)
        ordered = tuple(sorted(products, key=lambda product: product.id))
        return cls(requests, of_requests, ordered, pairs, placed, Affinity(events))

    def sets(self, start: int, stop: int) -> ChoiceSets:
        """Return the choice sets of the requests from `start` to before `stop`."""
        requests = self.requests.iloc[start:stop]
        frame = Frame(self.profiles.slice(start, stop - start))
        on_time = (requests[KNOWN_ON] <= requests[REQUESTED_ON]).to_numpy(dtype=np.bool_)
        read = pair_table(_fitting(frame, requests, self.products, on_time), self.affinity)
        read = read.sort_values(ROW, kind="stable", ignore_index=True)  # products come in order of their ids
        place = self._place(read, start)
        keys = requests[[ENTERPRISE, REQUEST_NO, REQUESTED_ON, AMOUNT_FEN, TERM_MONTHS]].take(read[ROW].to_numpy())
        rows = pd.concat([keys.reset_index(drop=True), self._outcomes(place), read], axis=1)
        rows[NEWEST_KNOWN_ON] = _newest(frame, requests, read)
        return ChoiceSets(
            rows=rows.drop(columns=NEWEST_EVENT_ON),
            profiles=profile_columns(frame),
            inputs=ranker_inputs(frame.table.column_names),
            dropped=self._dropped(start, on_time, place),
            first_month=_months(self.requests[REQUESTED_ON]).min() if len(self.requests) else np.datetime64("NaT", "M"),
        )

    def _place(self, read: pd.DataFrame, start: int) -> Ints:
        """Return each pair's place in the history, NONE where it has none."""
        known = pd.Index(self.pairs.products, dtype="str").get_indexer(pd.Index(read[PRODUCT]))
        wide = max(len(self.pairs.products), 1)
        wanted = np.where(known >= 0, (read[ROW].to_numpy() + start) * wide + known, NONE)
        held = pd.Index(self.pairs.request * wide + self.pairs.product)
        return np.asarray(held.get_indexer(pd.Index(wanted)), dtype=np.int64)

    def _outcomes(self, place: Ints) -> pd.DataFrame:
        placed = self.placed.at(place)
        state = np.append(self.pairs.state, STATES.index(State.not_shown))[place].astype(np.int64)
        is_granted = np.append(self.pairs.is_granted, NONE)[place]
        return pd.DataFrame(
            {
                STATE: spread(STATES, state).astype("str"),
                IS_SHOWN: np.append(self.pairs.is_shown, False)[place],
                IS_GRANTED: np.where(is_granted == NONE, np.nan, is_granted.astype(np.float64)),
                POSITION: placed.position,
                LIST_ORDER: pd.Series(placed.list_order, dtype="str"),
                SHOWN_CHANCE: placed.shown_chance,
            }
        )

    def _dropped(self, start: int, on_time: Mask, place: Ints) -> Dropped:
        request = self.pairs.request
        mine = (request >= start) & (request < start + len(on_time)) & self.pairs.is_shown
        mine[mine] = on_time[request[mine] - start]
        mine[place[place != NONE]] = False
        without = self.pairs.orphans if start == 0 else 0  # once, however many chunks there are
        return Dropped(int(mine.sum()), int((~on_time).sum()), without)


def aligned(profiles: pa.Table, requests: pd.DataFrame) -> pa.Table:
    """Return the profile of each request's firm and day, in the order of the requests; ChoiceSetError without one."""
    held = pd.MultiIndex.from_arrays([profiles.column(ENTERPRISE).to_pandas(), days_column(profiles, AS_OF)])
    wanted = pd.MultiIndex.from_arrays([requests[ENTERPRISE], requests[REQUESTED_ON].astype("datetime64[s]")])
    places = held.get_indexer(wanted)
    if (places < 0).any():
        first = requests.iloc[int(np.argmax(places < 0))]
        raise ChoiceSetError(f"no profile of {first[ENTERPRISE]} as of {first[REQUESTED_ON]:%Y-%m-%d}")
    return profiles.take(places).combine_chunks()


def _fitting(frame: Frame, requests: pd.DataFrame, products: Sequence[Product], on_time: Mask) -> list[Fitting]:
    """Evaluate every product over all rows; a pair fits where the verdict is yes and the product was offered."""
    of_rows = Requests(requests[AMOUNT_FEN].to_numpy(dtype=np.int64), requests[TERM_MONTHS].to_numpy(dtype=np.int64))
    days = requests[REQUESTED_ON].to_numpy(dtype="datetime64[D]")
    # Without a model: a risk model of today knows what became of firms after the day.
    no_standing = np.full(frame.rows, np.nan)
    found = []
    for product in products:
        eligibility = evaluate(product, frame, of_rows)
        fits = (eligibility.verdict == YES) & on_time
        if product.offered_from is not None:
            fits &= days >= np.datetime64(product.offered_from)
        found.append(Fitting(eligibility, score(eligibility, no_standing), np.flatnonzero(fits)))
    return found


def _newest(frame: Frame, requests: pd.DataFrame, read: pd.DataFrame) -> NDArray[np.datetime64]:
    of_profile = days_column(frame.table, NEWEST_KNOWN_ON).to_numpy(dtype="datetime64[s]")
    of_request = requests[KNOWN_ON].to_numpy(dtype="datetime64[s]")
    of_counts = read[NEWEST_EVENT_ON].to_numpy(dtype="datetime64[s]")
    return np.asarray(np.fmax(np.fmax(of_profile, of_request)[read[ROW].to_numpy()], of_counts))


def _months(days: "pd.Series[pd.Timestamp]") -> NDArray[np.datetime64]:
    months: NDArray[np.datetime64] = days.to_numpy(dtype="datetime64[M]")
    return months
