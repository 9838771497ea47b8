"""What became of every pair of request and product that was shown, applied for or decided, as known at a cut.

Days are days since 1970; `NEVER` stands where something was not known by the cut. Of a decision with several versions
the newest known says what it is, and the first known when it was learnt; a request and a showing stay as first known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.columns import (
    AMOUNT_FEN,
    AS_OF,
    ENTERPRISE,
    KNOWN_ON,
    LIST_ORDER,
    OUTCOME,
    POSITION,
    PRODUCT,
    REQUEST_NO,
    REQUESTED_ON,
    ROW_ID,
    SHOWN_CHANCE_PPM,
    SHOWN_ON,
    TERM_MONTHS,
)
from matching.amounts import PPM
from matching.criteria import EPOCH
from matching.frame import Floats, Ints, Mask

RANDOM = "random"

ANSWER_DAYS = 30  # so long after it was shown, a pair without an application counts as not applied for
NEVER = 2**40
NONE = -1


class State(StrEnum):
    """Where a pair stands at the cut."""

    not_shown = "not_shown"  # says nothing: no label, never a negative
    shown = "shown"  # and not applied for within `ANSWER_DAYS`
    refused = "refused"
    lapsed = "lapsed"  # granted and not taken
    taken = "taken"  # granted and taken
    pending = "pending"  # not known yet: a missing outcome


STATES = tuple(State)
FINAL = frozenset({State.refused, State.lapsed, State.taken})
GRANTING = frozenset({"granted", State.lapsed, State.taken})


@dataclass(frozen=True, slots=True)
class History:
    """Four accepted tables as stored, all versions known (`features.history.known_rows`)."""

    requests: pa.Table
    shown: pa.Table
    applications: pa.Table
    decisions: pa.Table

    def known_by(self, cut: date) -> "History":
        """Return what of it was known by a day."""
        return History(*(_known_by(getattr(self, field.name), cut) for field in fields(self)))


def asked_pairs(history: History) -> pa.Table:
    """Return the (enterprise, as_of) pairs of which choice sets need the profile: each request's firm and day, once."""
    pairs = history.requests.select([ENTERPRISE, REQUESTED_ON]).rename_columns([ENTERPRISE, AS_OF])
    distinct = pairs.group_by([ENTERPRISE, AS_OF]).aggregate([])
    return distinct.sort_by([(ENTERPRISE, "ascending"), (AS_OF, "ascending")])


def asked_requests(history: History) -> pd.DataFrame:
    """Return one row per request, sorted by enterprise and number, as it was first known.

    Columns: enterprise, request_no, requested_on, amount_fen, term_months, known_on. A correction learnt later is left
    aside: what was shown answered the request as it was asked.
    """
    names = [ENTERPRISE, REQUEST_NO, REQUESTED_ON, AMOUNT_FEN, TERM_MONTHS, KNOWN_ON, ROW_ID]
    rows = history.requests.select(names).sort_by([(name, "ascending") for name in _REQUEST_ORDER])
    frame = rows.drop_columns([ROW_ID]).to_pandas(date_as_object=False)
    return frame.drop_duplicates([ENTERPRISE, REQUEST_NO], keep="first", ignore_index=True)


_REQUEST_ORDER = (ENTERPRISE, REQUEST_NO, KNOWN_ON, ROW_ID)


@dataclass(frozen=True, slots=True)
class PairHistory:
    """One entry per pair that the history names, sorted by request and product.

    `request` is the row of `asked_requests`, `product` the place in `products`. `seen` to `taken` are the days on which
    the platform first knew of the showing, of the end of its `ANSWER_DAYS`, of the application, the decision, a grant,
    a final outcome and the taking. `orphans` counts the rows of history without a request.
    """

    request: Ints
    product: Ints
    products: tuple[str, ...]
    shown_row: Ints  # row of `history.shown` in the version first known, NONE where it was not shown
    seen: Ints
    answer_due: Ints
    applied: Ints
    decided: Ints
    granted: Ints
    final: Ints
    taken: Ints
    state: NDArray[np.int8]  # place in STATES
    is_granted: NDArray[np.int8]  # 1 or 0 where a decision is known, else NONE
    orphans: int

    @property
    def is_shown(self) -> Mask:
        """Say which pairs were shown."""
        return np.not_equal(self.shown_row, NONE)


def pair_history(history: History, requests: pd.DataFrame, cut: date) -> PairHistory:
    """Return what is known by the cut; `history` and `requests` hold nothing that became known later."""
    keyed = _Keyed.of(history, requests)
    pairs = np.unique(np.concatenate([keyed.shown, keyed.applications, keyed.decisions]))
    pairs = pairs[pairs >= 0]
    today = (cut - EPOCH).days
    shown = _versions(history.shown, keyed.shown, pairs)
    decisions = _versions(history.decisions, keyed.decisions, pairs)
    outcome = np.append(_text(history.decisions, OUTCOME), "")[decisions.newest_row]
    # As it was first known: a correction learnt later must not move what was counted before it.
    shown_on = np.append(_days(history.shown, SHOWN_ON), NEVER)[shown.first_row]
    due = np.maximum(shown.first_known, shown_on + ANSWER_DAYS)
    answer_due = np.where(due <= today, due, NEVER)
    applied = np.minimum(_versions(history.applications, keyed.applications, pairs).first_known, decisions.first_known)
    request, product = np.divmod(pairs, max(len(keyed.products), 1))
    return PairHistory(
        request=request,
        product=product,
        products=keyed.products,
        shown_row=shown.first_row,
        seen=shown.first_known,
        answer_due=answer_due,
        applied=applied,
        decided=decisions.first_known,
        granted=_first(history.decisions, keyed.decisions, pairs, GRANTING),
        final=_first(history.decisions, keyed.decisions, pairs, FINAL),
        taken=_first(history.decisions, keyed.decisions, pairs, frozenset({State.taken})),
        state=_states(outcome, applied, answer_due),
        is_granted=np.where(outcome == "", NONE, np.isin(outcome, sorted(GRANTING))).astype(np.int8),
        orphans=keyed.orphans,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """Where each pair of a history stood in its list, by the version of its showing that was first known."""

    position: Ints  # 1 is the first place, 0 where the pair was not shown
    list_order: NDArray[np.object_]  # None where it was not shown
    shown_chance: Floats  # NaN where not known

    @property
    def is_random(self) -> Mask:
        """Say which pairs stood in a list that chance ordered."""
        return np.array([order == RANDOM for order in self.list_order], dtype=np.bool_)

    def at(self, places: Ints) -> "Listed":
        """Return what stands at these places; NONE is a pair that was not shown."""
        return Listed(
            np.append(self.position, 0)[places],
            np.append(self.list_order, [None])[places],
            np.append(self.shown_chance, np.nan)[places],
        )


def listed(shown: pa.Table, pairs: PairHistory) -> Listed:
    """Return where each pair stood; `shown` is the table that `pairs` was made from."""
    chance = shown.column(SHOWN_CHANCE_PPM).cast(pa.float64()).to_numpy() / PPM
    position = shown.column(POSITION).to_numpy()
    return Listed(position, _text(shown, LIST_ORDER), chance).at(pairs.shown_row)


def _states(outcome: NDArray[np.object_], applied: Ints, answer_due: Ints) -> NDArray[np.int8]:
    state = np.full(len(outcome), STATES.index(State.pending), dtype=np.int8)
    state[(applied == NEVER) & (answer_due != NEVER)] = STATES.index(State.shown)
    for final in FINAL:
        state[outcome == final] = STATES.index(final)
    return state


@dataclass(frozen=True, slots=True)
class _Keyed:
    """The number of the pair (request × products + product) of each row of a table, NONE without a request."""

    shown: Ints
    applications: Ints
    decisions: Ints
    products: tuple[str, ...]

    @classmethod
    def of(cls, history: History, requests: pd.DataFrame) -> "_Keyed":
        tables = (history.shown, history.applications, history.decisions)
        named = {str(name) for table in tables for name in pc.unique(table.column(PRODUCT)).to_pylist()}
        products = pd.Index(sorted(named), dtype="str")
        asked = pd.Index(_joined(pa.Table.from_pandas(requests[[ENTERPRISE, REQUEST_NO]], preserve_index=False)))
        shown, applications, decisions = (_pair_numbers(table, asked, products) for table in tables)
        return cls(shown, applications, decisions, tuple(products))

    @property
    def orphans(self) -> int:
        return sum(int((rows == NONE).sum()) for rows in (self.shown, self.applications, self.decisions))


@dataclass(frozen=True, slots=True)
class _Versions:
    first_known: Ints  # per pair, NEVER where the table does not name it
    first_row: Ints  # per pair, NONE where the table does not name it
    newest_row: Ints


def _versions(table: pa.Table, keys: Ints, pairs: Ints) -> _Versions:
    known, order = _days(table, KNOWN_ON), _order(table, keys)
    first_known, first_row, newest_row = np.full(len(pairs), NEVER), *np.full((2, len(pairs)), NONE)
    places = np.searchsorted(pairs, keys[order])
    # The last assignment of a place stands: backwards the first version, forwards the newest.
    first_known[places[::-1]] = known[order[::-1]]
    first_row[places[::-1]] = order[::-1]
    newest_row[places] = order
    return _Versions(first_known, first_row, newest_row)


def _first(table: pa.Table, keys: Ints, pairs: Ints, outcomes: frozenset[str]) -> Ints:
    is_one = np.isin(_text(table, OUTCOME), sorted(outcomes))
    return _versions(table, np.where(is_one, keys, NONE), pairs).first_known


def _order(table: pa.Table, keys: Ints) -> Ints:
    order = np.lexsort((table.column(ROW_ID).to_numpy(), _days(table, KNOWN_ON), keys))
    return order[keys[order] >= 0]


def _pair_numbers(table: pa.Table, asked: "pd.Index[str]", products: "pd.Index[str]") -> Ints:
    request = asked.get_indexer(pd.Index(_joined(table))).astype(np.int64)
    product = products.get_indexer(pd.Index(table.column(PRODUCT).to_pandas()))
    return np.where(request >= 0, request * len(products) + product, NONE)


def _joined(table: pa.Table) -> "pd.Series[str]":
    return table.column(ENTERPRISE).to_pandas() + "\n" + table.column(REQUEST_NO).to_pandas()


def _text(table: pa.Table, name: str) -> NDArray[np.object_]:
    return table.column(name).to_numpy().astype(object)


def _days(table: pa.Table, name: str) -> Ints:
    return table.column(name).cast(pa.int32()).to_numpy().astype(np.int64)


def _known_by(table: pa.Table, cut: date) -> pa.Table:
    return table.filter(pc.less_equal(table.column(KNOWN_ON), pa.scalar(cut, pa.date32())))


def batches(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield consecutive ranges of at most `size` rows."""
    for start in range(0, rows, size):
        yield start, min(start + size, rows)
