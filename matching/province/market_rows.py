"""The market's history as rows of the four accepted tables, and the truth of its pairs as a table apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from matching.province.deciding import REFUSED, TAKEN, Decided
from matching.province.market_facts import SCHEME
from matching.province.scene import Scene
from matching.province.showing import ORDERS, Applied, Shown
from matching.province.tables import Column, Rows, Texts, join_rows, no_rows, pick
from matching.province.timeline import MISSING, Ints

_OUTCOMES = ("refused", "taken", "lapsed")
# Applications reach the platform within a day, what banks report within three.
_APPLICATION_LAG, _DECISION_LAG = 2, 3
_TABLES = ("requests", "shown", "applications", "decisions")
_TRUE: dict[str, pa.DataType] = {
    "enterprise": pa.string(),
    "request_no": pa.string(),
    "product": pa.string(),
    "grant_chance": pa.float64(),
    "take_chance": pa.float64(),
    "chance": pa.float64(),
}
#: The truth of the pairs that fitted: chance granted before quotas, chance taken if granted, and their product.
PAIRS = pa.schema(_TRUE)


@dataclass(frozen=True, slots=True)
class History:
    """One half year of the market."""

    scene: Scene
    shown: Shown
    applied: Applied
    decided: Decided

    def request_numbers(self) -> Texts:
        """Return each request's number, which tells the firm's number and which of its requests it is."""
        return self._numbers("RQ{:07d}-{}")

    def loan_numbers(self) -> Texts:
        """Return by request the number of the loan that is drawn on it."""
        return self._numbers("PL{:07d}{:02d}")

    def _numbers(self, form: str) -> Texts:
        asked, firms = self.scene.asked, self.scene.latent.firms
        numbers = zip(firms.number[asked.firm].tolist(), asked.serial.tolist(), strict=True)
        return pa.array([form.format(number, serial) for number, serial in numbers], pa.string())


def history_rows(histories: Sequence[History]) -> Mapping[str, Rows]:
    """Return the rows of the four tables, by half year; a grant that was settled has two versions."""
    made = [
        {
            "requests": _requests(one),
            "shown": _shown(one),
            "applications": _applications(one),
            "decisions": _decisions(one),
        }
        for one in histories
    ]
    return {name: join_rows([no_rows(name), *(one[name] for one in made)], [0] * (len(made) + 1)) for name in _TABLES}


def true_pairs(histories: Sequence[History]) -> pa.Table:
    """Return the truth of all pairs that fitted on the day of the request."""
    return pa.concat_tables([PAIRS.empty_table(), *(_true(one) for one in histories)]).combine_chunks()


def _true(history: History) -> pa.Table:
    latent, pairs = history.scene.latent, history.scene.pairs
    codes = pa.array([SCHEME + code for code in latent.firms.codes])
    columns = [
        _taken(codes, history.scene.firm),
        _taken(history.request_numbers(), pairs.asked),
        pick(latent.ids, pairs.product),
        *(pa.array(one) for one in (pairs.grant, pairs.take, pairs.grant * pairs.take)),
    ]
    return pa.Table.from_arrays(columns, schema=PAIRS)


def _requests(history: History) -> Rows:
    asked = history.scene.asked
    columns: dict[str, Column] = {
        "request_no": history.request_numbers(),
        "requested_on": asked.day,
        "amount_yuan": asked.amount_fen,
        "term_months": asked.term_months,
        "known_on": asked.day,
    }
    return Rows(asked.firm, columns)


def _shown(history: History) -> Rows:
    shown, scene = history.shown, history.scene
    day = scene.asked.day[scene.pairs.asked[shown.pair]]
    columns: dict[str, Column] = {
        "shown_on": day,
        "position": shown.position,
        "list_order": pick(ORDERS, shown.order),
        "shown_chance": shown.chance_ppm,
        "known_on": day,
    }
    return _named(history, shown.pair, columns)


def _applications(history: History) -> Rows:
    applied, asked = history.applied, history.scene.asked
    request = history.scene.pairs.asked[applied.pair]
    lag = (history.scene.uniforms("application lag")[applied.pair] * _APPLICATION_LAG).astype(np.int64)
    columns: dict[str, Column] = {
        "applied_on": applied.day,
        "amount_yuan": asked.amount_fen[request],
        "term_months": asked.term_months[request],
        "known_on": applied.day + lag,
    }
    return _named(history, applied.pair, columns)


def _decisions(history: History) -> Rows:
    decided, scene = history.decided, history.scene
    granted = decided.outcome != REFUSED
    lag = 1 + (scene.uniforms("decision lag")[decided.pair] * _DECISION_LAG).astype(np.int64)
    columns: dict[str, Column] = {
        "decided_on": decided.day,
        "outcome": pick(("refused", "granted"), granted.astype(np.int64)),
        "amount_yuan": np.where(granted, decided.amount_fen, MISSING),
        "annual_rate": np.where(granted, decided.rate_ppm, MISSING),
        "settled_on": np.full(decided.day.size, MISSING),
        "loan_no": pa.nulls(decided.day.size, pa.string()),
        "known_on": decided.day + lag,
    }
    first = _named(history, decided.pair, columns)
    settled = np.flatnonzero(granted)
    loans = _taken(history.loan_numbers(), scene.pairs.asked[decided.pair[settled]]).to_pylist()
    is_taken = (decided.outcome[settled] == TAKEN).tolist()
    final: dict[str, Column] = {
        "outcome": pick(_OUTCOMES, decided.outcome[settled]),
        "settled_on": decided.settled[settled],
        "loan_no": pa.array([one if drawn else None for one, drawn in zip(loans, is_taken, strict=True)], pa.string()),
        # After the first version, which was known by three days after the decision.
        "known_on": np.maximum(decided.settled[settled], decided.day[settled] + _DECISION_LAG) + lag[settled],
    }
    return first.followed_by(first.take(settled).replace(final))


def _named(history: History, pair: Ints, columns: dict[str, Column]) -> Rows:
    pairs = history.scene.pairs
    names: dict[str, Column] = {
        "request_no": _taken(history.request_numbers(), pairs.asked[pair]),
        "product": pick(history.scene.latent.ids, pairs.product[pair]),
    }
    return Rows(history.scene.firm[pair], names | columns)


def _taken(values: Texts, places: Ints) -> Texts:
    return values.take(pa.array(places, pa.int64()))
