"""Bands of odds beside what fits, and the public table of what they promised and what came of it.

Both rest on the match history of firms that allow it to be counted (`service.work.learned`): the bands on the decisions
of the last 12 months, kept in memory per facts, firms, day and models; the table on every recorded application and on
the bands that the log says were shown.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from threading import Lock
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from features.columns import ENTERPRISE, PRODUCT, REQUESTED_ON
from matching.amounts import PPM
from matching.choice_sets import match_affinity
from matching.choice_states import ANSWER_DAYS, asked_requests
from matching.odds import PER, TOO_FEW, Band, Odds, OddsOfDay
from matching.odds_history import Recent, applications, counted_shares, day_of
from matching.odds_levels import OddsSettings
from matching.promises import HIGH, IS_SHOWN, LEAST, LOW, MIDDLE, SHARE, Kept, PromiseRow, promise_table, promised_bands
from models.ranking_artifact import load_acceptance
from service.access.caller import Role
from service.audit.entry import StoredEntry
from service.audit.tags import Tag
from service.store import log_store
from service.work import artifacts, releases
from service.work.catalogue import Catalogue, catalogue
from service.work.history import asked_profiles, asked_segments, match_history
from service.work.home import Home
from service.work.learned import Allowed, Latest, LearnedOrder, allowed_history

#: The document of each row's band, in order; None where no model tells anything.
Bands = list[dict[str, Any] | None]
#: Who reads what is public, as the log names it.
PUBLIC: Final = "public"
KEPT_WORDS: Final = {
    Kept.within: ("符合", "as promised"),
    Kept.below: ("低于", "below"),
    Kept.above: ("高于", "above"),
}
SOURCE: Final = {
    "zh": (
        "来源：允许计数的企业已登记的贷款申请与银行审批结果。承诺为申请人当时看到的获批区间；平台当时未展示的，按申请"
        "所在月份前一日已知的记录回算。单位：每100家申请企业中的家数。不足10家的不显示。尚无审批结果的申请不算被拒。"
    ),
    "en": (
        "Source: recorded applications and decisions of firms that allow them to be counted. The promise is the band "
        "that the firm was shown; where none was, the one that the records known on the eve of the month give. Unit: "
        "firms of 100 that applied. Nothing is told of fewer than 10 firms; an application without a decision yet is "
        "no refusal."
    ),
}


def bands_for(
    home: Home, learned: LearnedOrder | None, products: Catalogue, as_of: date, told: Sequence[tuple[str, int | None]]
) -> Bands:
    """Return beside each pair the document of its band, in order; None where no grant model tells anything.

    `told` are products with the chance that the active grant model tells of the pair, in millionths. A band that is
    hidden for want of cases has `low`, `high`, `middle`, `n` and `window_days` None and the words why.
    """
    if learned is None or learned.acceptance is None:
        return [None] * len(told)
    known = _odds_of(home, learned, products, as_of)
    return [None if ppm is None else _document(known.band(name, ppm / PPM)) for name, ppm in told]


def _document(band: Band | None) -> dict[str, Any]:
    if band is None:
        hidden = {"low": None, "high": None, "middle": None, "per": PER, "n": None, "window_days": None, "ground": None}
        return {**hidden, "text": TOO_FEW.zh, "text_en": TOO_FEW.en}
    return {**band.as_json(), "text": band.words.zh, "text_en": band.words.en}


def logged_bands(rows: Iterable[str], bands: Iterable[Mapping[str, Any] | None]) -> dict[str, list[int]]:
    """Return what a log entry holds of bands: by row low, middle, high and n of those that were shown."""
    return {
        row: [band["low"], band["middle"], band["high"], band["n"]]
        for row, band in zip(rows, bands, strict=True)
        if band is not None and band["low"] is not None
    }


def promises(home: Home, caller: str = PUBLIC) -> dict[str, Any]:
    """Return the public table promise and outcome by bank and month, logged before it is returned.

    It names banks and no firm; nothing is told of fewer than ten firms.
    """
    as_of = home.facts.latest_known_on()
    with home.database.read() as session:
        products = catalogue(session)
    rows = () if as_of is None else _promise_rows(home, products, as_of)
    with home.database.write() as session:
        body = {"as_of": None if as_of is None else as_of.isoformat(), "facts": home.facts.digest(), "rows": len(rows)}
        number = log_store.append(session, Tag.promises_read, home.now(), caller, None, body)
    names = {one.bank: one.bank_name for one in products.products}
    return {
        "as_of": None if as_of is None else as_of.isoformat(),
        "per": PER,
        "least_firms": LEAST,
        "source": SOURCE["zh"],
        "source_en": SOURCE["en"],
        "rows": [_promise_document(row, names) for row in rows],
        "log_entry": number,
    }


def _promise_document(row: PromiseRow, names: Mapping[str, str]) -> dict[str, Any]:
    words = ("不足10家，不显示", "fewer than 10, not shown") if row.kept is None else KEPT_WORDS[row.kept]
    said = {**asdict(row), "kept": None if row.kept is None else row.kept.value}
    return {**said, "bank_name": names.get(row.bank, row.bank), "kept_zh": words[0], "kept_en": words[1]}


@dataclass(frozen=True, slots=True)
class Shown:
    """A band that the log says a firm was shown of a product, on a day since 1970."""

    day: int
    low: int
    middle: int
    high: int


_odds: Latest[OddsOfDay] = Latest()
_tables: Latest[pd.DataFrame] = Latest()
_rows: Latest[tuple[PromiseRow, ...]] = Latest()


def _odds_of(home: Home, learned: LearnedOrder, products: Catalogue, as_of: date) -> OddsOfDay:
    model = None if learned.acceptance is None else learned.acceptance.id
    key = (home.folder, home.facts.digest(), learned.allowed.digest, products.digest, as_of, model)
    return _odds.get(key, lambda: _count(home, learned, products, as_of))


def _count(home: Home, learned: LearnedOrder, products: Catalogue, as_of: date) -> OddsOfDay:
    acceptance = artifacts.active(home, releases.ACCEPTANCE, load_acceptance)
    access, settings = learned.allowed.permit.access, OddsSettings()
    history = match_history(home, access, as_of)
    if history is None or acceptance is None:
        raise RuntimeError("a learned order has a history, and a chance told has a model")
    recent = Recent.of(history, as_of, settings.window_days)
    profiles = asked_profiles(home, access, recent.history)
    outcomes = recent.told(profiles, products.products, learned.counted.affinity, acceptance[1])
    return Odds.of(outcomes, products.products, settings).on(day_of(as_of))


def _promise_rows(home: Home, products: Catalogue, as_of: date) -> tuple[PromiseRow, ...]:
    allowed, shown = allowed_history(home), _shown.of(home)
    key = (home.folder, home.facts.digest(), allowed.digest, products.digest, as_of)
    counted = _tables.get(key, lambda: _counted_promises(home, allowed, products, as_of))
    banks = {one.id: one.bank for one in products.products}
    of_log = sum(len(bands) for bands in shown.values())  # the log only grows
    return _rows.get((*key, of_log), lambda: promise_table(with_shown(counted, shown), banks))


def _counted_promises(home: Home, allowed: Allowed, products: Catalogue, as_of: date) -> pd.DataFrame:
    access = allowed.permit.access
    history = match_history(home, access, as_of)
    if history is None or history.requests.num_rows == 0:
        empty = pd.DataFrame(columns=[ENTERPRISE, PRODUCT, LOW, MIDDLE, HIGH])
        return empty.assign(**{REQUESTED_ON: pd.Series([], dtype="datetime64[s]")})
    profiles = asked_segments(home, access, history)
    found, requests = applications(history, as_of), asked_requests(history.known_by(as_of))
    counts = match_affinity(history, profiles, products.products, as_of)
    shares = counted_shares(found, requests, profiles, products.products, counts)
    return promised_bands(found.assign(**{SHARE: shares}), products.products)


class ShownBands:
    """The bands that answers to firms showed, by firm and product, read from the log entry by entry, each once."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._found: dict[Hashable, tuple[int, dict[tuple[str, str], list[Shown]]]] = {}
        self._reading = Lock()

    def of(self, home: Home) -> Mapping[tuple[str, str], Sequence[Shown]]:
        """Return what a home's log says by now."""
        with self._reading, home.database.read() as session:
            last, found = self._found.get(home.folder, (0, {}))
            for entry in log_store.each(session, last, Tag.products_answered):
                last = entry.id
                _add_shown(found, entry)
            self._found[home.folder] = last, found
            return {pair: tuple(bands) for pair, bands in found.items()}


_shown = ShownBands()


def _add_shown(found: dict[tuple[str, str], list[Shown]], entry: StoredEntry) -> None:
    if entry.subject is None or not entry.caller.startswith(f"{Role.enterprise.value}:"):
        return
    moment = entry.at
    day = day_of(date.fromisoformat(moment[:10]))
    for product, (low, middle, high, _) in orjson.loads(entry.entry).get("bands", {}).items():
        found.setdefault((entry.subject, product), []).append(Shown(day, low, middle, high))


def with_shown(counted: pd.DataFrame, shown: Mapping[tuple[str, str], Sequence[Shown]]) -> pd.DataFrame:
    """Return the applications, with the band that the firm was last shown in the days before where one was."""
    table = counted.assign(**{IS_SHOWN: np.zeros(len(counted), dtype=np.bool_)})
    if not shown:
        return table
    days = table[REQUESTED_ON].to_numpy(dtype="datetime64[D]").astype(np.int64)
    pairs = zip(table[ENTERPRISE].tolist(), table[PRODUCT].tolist(), days.tolist(), strict=True)
    for place, (firm, product, day) in enumerate(pairs):
        told = [one for one in shown.get((firm, product), ()) if day - ANSWER_DAYS <= one.day <= day]
        if told:
            last = told[-1]
            table.loc[place, [LOW, MIDDLE, HIGH, IS_SHOWN]] = [last.low, last.middle, last.high, True]
    return table
