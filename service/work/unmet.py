"""Unmet demand of a home: how many firms' recent requests fit no product of today, and which criterion keeps them out.

The requests are those that the platform may match: of firms with an authorisation for matching, and of firms under a
ground (synthetic and open sets only; the answer names the grounds). Each firm counts once, by its newest request of the
year, judged as known on the day it asked. What is answered is tens of firms and sums in two significant figures, none
of fewer than ten firms whoever asks (`matching.small_counts`), as of the latest known day or the end of a month: two
days side by side would tell the one request between them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import AMOUNT_FEN, AS_OF, ENTERPRISE, REQUEST_NO, REQUESTED_ON, TERM_MONTHS
from features.dictionary import dictionary_hash
from matching.amounts import yuan_text
from matching.eligibility import Request, Requests
from matching.frame import Floats, Ints
from matching.labels import Words
from matching.loosening import LOSS_GIVEN_DEFAULT_PPM, ToldStep, steps, told_steps
from matching.product import Product
from matching.sentence import criterion_words
from matching.small_counts import LEAST_SHOWN, tens, two_figures
from matching.told_barriers import ToldBarrier, told_barriers
from matching.unmet import AMOUNT_FEN as UNMET_FEN
from matching.unmet import COUNTS, GROUPS, PLACE, REQUESTS, Demand, by_group, group_words, told, totals_told
from service.access import consent
from service.access.caller import Caller, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import BadRequestError, ConsentChangedError, NotAllowedError, NothingToDoError
from service.store import log_store
from service.work.catalogue import Catalogue, catalogue
from service.work.history import asked_profiles, match_history
from service.work.home import Home
from service.work.profile import known_day, texts
from service.work.train_risk import active_model

WINDOW_DAYS: Final = 365
MOST_BARRIERS: Final = 20


@dataclass(frozen=True)
class _Judged:
    as_of: date
    permit: Permit
    catalogue: Catalogue
    facts: str
    requests: int
    demand: Demand
    pd_12m: Floats
    model: str | None


def unmet_demand(home: Home, caller: Caller, as_of: date | None = None) -> dict[str, Any]:
    """Return how many firms' demand of a year fits nothing, by place, industry and size, and what keeps it out; logged.

    A bank sees which criteria of its own products keep firms out, others those of all. Raises `NotAllowedError` for an
    enterprise, `NothingToDoError` where no request may be counted, `BadRequestError` for a day that is neither the
    latest known nor the last of a month, `ConsentChangedError` and `CatalogueChangedError` where what it rests on
    changed meanwhile.
    """
    _require_designer(caller)
    judged = _judge(home, as_of)
    found = told_barriers(judged.demand, MOST_BARRIERS, lambda product: _is_of(caller, product))
    whole = totals_told(by_group(judged.demand, (PLACE,)))
    document = {
        **_head(judged),
        "requests": None if whole[REQUESTS] is None else tens(judged.requests),
        **_row(whole),
        "by": {name: _table(judged.demand, (name,)) for name in GROUPS},
        "kept_out_by": [_barrier(judged, one) for one in found],
    }
    return document | {"log_entry": _log(home, caller, judged, Tag.unmet_read, None, _logged(judged, document))}


def criterion(home: Home, caller: Caller, product_id: str, clause_id: str, as_of: date | None = None) -> dict[str, Any]:
    """Return what looser thresholds of one criterion would admit, with the expected loss of what they admit; logged.

    A bank asks of its own products. Raises what `unmet_demand` does, `UnknownProductError`, and CriteriaError where the
    product has no such clause.
    """
    _require_designer(caller)
    judged = _judge(home, as_of)
    product = judged.catalogue.get(product_id)
    if not _is_of(caller, product):
        raise NotAllowedError("这不是贵行的产品。", "This product is another bank's.")
    tried = steps(judged.demand, product_id, clause_id, judged.pd_12m)
    safe = told_steps(judged.demand, product_id, clause_id, tried)
    document = {
        **_head(judged),
        "product": product_id,
        "criterion": clause_id,
        **_said("criterion", criterion_words(product, clause_id, Request())),
        "loss_given_default_ppm": LOSS_GIVEN_DEFAULT_PPM,
        "risk_model": judged.model,
        "before_loss_ppm": None if safe.before_loss_ppm is None else two_figures(safe.before_loss_ppm),
        "steps": [_step(one) for one in safe.steps],
    }
    body = _logged(judged, document) | {"criterion": clause_id, "loss_given_default_ppm": LOSS_GIVEN_DEFAULT_PPM}
    return document | {"log_entry": _log(home, caller, judged, Tag.criterion_tried, product_id, body)}


def _judge(home: Home, as_of: date | None) -> _Judged:
    as_of = _day(home, as_of)
    facts = home.facts.digest()
    with home.database.read() as session:
        permit = consent.platform_permit(session, home.today)
        products = catalogue(session)
    history = match_history(home, permit.beyond_public, as_of)
    recent = None if history is None else _recent(history.requests, as_of)
    if history is None or recent is None or recent.num_rows == 0:
        raise NothingToDoError(
            "近12个月没有可以统计的融资需求。", "There is no request of the last 12 months that may be counted."
        )
    newest = _newest_of_each(recent)
    within = type(history)(newest, history.shown, history.applications, history.decisions)
    profiles = asked_profiles(home, permit.beyond_public, within)
    rows = _laid_beside(newest, profiles)
    amounts, terms = (_asked(rows, name) for name in (AMOUNT_FEN, TERM_MONTHS))
    demand = Demand.of(rows.select(profiles.column_names), Requests(amounts, terms), products.products)
    pd_12m, model = _chances(home, rows.select(profiles.column_names))
    return _Judged(as_of, permit, products, facts, recent.num_rows, demand, pd_12m, model)


def _day(home: Home, as_of: date | None) -> date:
    """Return the day asked, preset: the latest known; two days side by side would tell what came between them."""
    latest = known_day(home, None)
    as_of = latest if as_of is None else as_of
    is_month_end = (as_of + timedelta(days=1)).day == 1
    if as_of > latest or not (as_of == latest or is_month_end):
        raise BadRequestError(
            f"此处只能查询最新数据时点（{latest}）或之前的月末。",
            f"Ask as of the latest known day ({latest}) or of the last day of a month before it.",
        )
    return as_of


def _recent(requests: pa.Table, as_of: date) -> pa.Table:
    """Return the requests of the year up to a day, each once, as first known."""
    days = requests.column(REQUESTED_ON)
    first_day, last_day = (pa.scalar(day, pa.date32()) for day in (as_of - timedelta(days=WINDOW_DAYS - 1), as_of))
    kept = requests.filter(pc.and_(pc.greater_equal(days, first_day), pc.less_equal(days, last_day)))
    first = ~kept.select([ENTERPRISE, REQUEST_NO]).to_pandas().duplicated()
    return kept.filter(pa.array(first.to_numpy()))


def _newest_of_each(requests: pa.Table) -> pa.Table:
    """Return each firm's newest request: a firm that asks ten times is one firm."""
    ordered = requests.sort_by([(ENTERPRISE, "ascending"), (REQUESTED_ON, "descending"), (REQUEST_NO, "descending")])
    return ordered.filter(pa.array(~ordered.select([ENTERPRISE]).to_pandas().duplicated().to_numpy()))


def _asked(rows: pa.Table, name: str) -> Ints:
    """Return what is asked for, 0 where nothing is."""
    return np.array([value or 0 for value in rows.column(name).to_pylist()], dtype=np.int64)


def _laid_beside(requests: pa.Table, profiles: pa.Table) -> pa.Table:
    """Return a row per request with the profile of its firm on its day, in order of firm and request."""
    left = requests.select([ENTERPRISE, REQUEST_NO, REQUESTED_ON, AMOUNT_FEN, TERM_MONTHS]).rename_columns(
        [ENTERPRISE, REQUEST_NO, AS_OF, AMOUNT_FEN, TERM_MONTHS]
    )
    joined = left.join(profiles, keys=[ENTERPRISE, AS_OF], join_type="inner")
    return joined.sort_by([(ENTERPRISE, "ascending"), (AS_OF, "ascending"), (REQUEST_NO, "ascending")])


def _chances(home: Home, profiles: pa.Table) -> tuple[Floats, str | None]:
    """Return the probability of default per row, NaN where no model speaks of the firm, and the model's id."""
    found = active_model(home)
    if found is None:
        return np.full(profiles.num_rows, np.nan), None
    version, risk = found
    frame = profiles.drop_columns([ENTERPRISE, AS_OF]).to_pandas()
    chances = np.asarray(risk.predict(frame, texts(profiles.column(ENTERPRISE))), dtype=np.float64)
    is_known = frame[[one.name for one in risk.inputs]].notna().any(axis=1).to_numpy()
    return np.where(is_known, chances, np.nan), version.id


def _table(demand: Demand, groups: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = told(by_group(demand, groups), groups).to_dict("records")
    return [
        {
            **{name: row[name] for name in groups},
            **{
                f"{name}_{lang}": getattr(group_words(name, row[name]), lang)
                for name in groups
                for lang in ("zh", "en")
            },
            **_row({name: None if pd.isna(row[name]) else int(row[name]) for name in (REQUESTS, *COUNTS, UNMET_FEN)}),
        }
        for row in rows
    ]


def _row(counts: Mapping[str, int | None]) -> dict[str, Any]:
    """Return counts, of firms by their newest request, as they are told."""
    firms = {name: None if count is None else tens(count) for name, count in counts.items() if name != UNMET_FEN}
    return {"firms": firms.pop(REQUESTS), **firms, "unmet_amount_yuan": _yuan(counts[UNMET_FEN])}


def _barrier(judged: _Judged, one: ToldBarrier) -> dict[str, Any]:
    product = judged.catalogue.get(one.product)
    return {
        "product": product.id,
        "name": product.name,
        "bank_name": product.bank_name,
        "criterion_id": one.criterion,
        **_said("criterion", criterion_words(product, one.criterion, Request())),
        "firms": one.firms,
        "unmet": one.unmet,
        "unmet_amount_yuan": _yuan(one.unmet_fen),
        "only_way": one.only_way,
    }


def _step(step: ToldStep) -> dict[str, Any]:
    counts = {name: getattr(step, name) for name in ("admitted", "unmet", "without_model")}
    return {
        "is_left_out": step.value is None,
        "value": step.value,
        **{name: None if count is None else tens(count) for name, count in counts.items()},
        "amount_yuan": _yuan(step.amount_fen),
        "expected_loss_yuan": _yuan(step.expected_loss_fen),
        "loss_ppm": None if step.loss_ppm is None else two_figures(step.loss_ppm),
    }


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else yuan_text(two_figures(fen))


def _said(name: str, words: Words) -> dict[str, str]:
    return {f"{name}_zh": words.zh, f"{name}_en": words.en}


def _head(judged: _Judged) -> dict[str, Any]:
    return {
        "as_of": judged.as_of.isoformat(),
        "from": (judged.as_of - timedelta(days=WINDOW_DAYS - 1)).isoformat(),
        "products_source": judged.catalogue.source,
        "grounds": list(judged.permit.grounds),
        "least_shown": LEAST_SHOWN,
    }


def _logged(judged: _Judged, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the answer rests on, and a digest of what it tells."""
    return {
        "as_of": judged.as_of.isoformat(),
        "facts": judged.facts,
        "dictionary": dictionary_hash(),
        "authorisations": _digest(judged.permit.authorisations),
        "grounds": list(judged.permit.grounds),
        "products": judged.catalogue.digest,
        "model": judged.model,
        "told": _digest(document),
    }


def _digest(document: object) -> str:
    return hashlib.sha256(orjson.dumps(document)).hexdigest()


def _log(  # noqa: PLR0913, PLR0917 (an answer, what it rests on and its entry)
    home: Home, caller: Caller, judged: _Judged, tag: Tag, subject: str | None, body: dict[str, Any]
) -> int:
    with home.database.write() as session:
        if consent.platform_permit(session, judged.permit.day) != judged.permit:
            raise ConsentChangedError
        judged.catalogue.require_unchanged(session)
        return log_store.append(session, tag, home.now(), caller.log_name, subject, body)


def _is_of(caller: Caller, product: Product) -> bool:
    return caller.role is not Role.bank or product.bank == caller.bank


def _require_designer(caller: Caller) -> None:
    if caller.role is Role.enterprise:
        raise NotAllowedError(
            "此处仅供设计产品的银行与监管使用。", "This is for banks that design products and regulators."
        )
