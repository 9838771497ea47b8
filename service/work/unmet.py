"""Unmet demand of a home: which recent requests fit no product of today, and which criterion keeps them out.

The requests are those that the platform may match (authorisations for matching, and grounds), each judged with its
firm as known on the day it asked. What is answered is counts of ten requests and more, whoever asks.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import AMOUNT_FEN, AS_OF, ENTERPRISE, REQUEST_NO, REQUESTED_ON, TERM_MONTHS
from matching.amounts import yuan_text
from matching.eligibility import Request, Requests
from matching.frame import Floats, Ints
from matching.labels import Words
from matching.loosening import LOSS_GIVEN_DEFAULT_PPM, Admission, Step, steps
from matching.product import Product
from matching.sentence import criterion_words
from matching.unmet import AMOUNT_FEN as UNMET_FEN
from matching.unmet import COUNTS, GROUPS, LEAST_SHOWN, REQUESTS, Barrier, Demand, barriers, by_group, group_words
from matching.unmet import told as merged
from service.access import consent
from service.access.caller import Caller, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import ConsentChangedError, NotAllowedError, NothingToDoError
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
    demand: Demand
    pd_12m: Floats
    model: str | None


def unmet_demand(home: Home, caller: Caller, as_of: date | None = None) -> dict[str, Any]:
    """Return how much of a year's demand fits nothing, by place, industry and size, and what keeps it out; logged.

    A bank sees which criteria of its own products keep requests out, others those of all. Raises `NotAllowedError` for
    an enterprise, `NothingToDoError` where no request may be counted.
    """
    _require_designer(caller)
    judged = _judge(home, as_of)
    tables = {name: _table(judged.demand, (name,)) for name in GROUPS}
    found = sorted(
        (one for one in barriers(judged.demand) if one.requests >= LEAST_SHOWN),
        # By what is shown alone: an order by hidden counts would tell of them.
        key=lambda one: (-(_shown(one.unmet) or 0), -one.requests, one.product, one.criterion),
    )
    mine = [one for one in found if _is_of(caller, judged.catalogue.get(one.product))][:MOST_BARRIERS]
    whole = _whole(judged.demand)
    document = {**_head(judged), **whole, "by": tables, "kept_out_by": [_barrier(judged, one) for one in mine]}
    body = {**_logged(judged), "requests": whole["requests"], "unmet": whole["unmet"]}
    return document | {"log_entry": _log(home, caller, judged, Tag.unmet_read, None, body)}


def criterion(home: Home, caller: Caller, product_id: str, clause_id: str, as_of: date | None = None) -> dict[str, Any]:
    """Return what looser thresholds of one criterion would admit, with the expected loss of what they admit; logged.

    A bank asks of its own products. Raises `NotAllowedError`, `UnknownProductError`, and CriteriaError where the
    product has no such clause.
    """
    _require_designer(caller)
    judged = _judge(home, as_of)
    product = judged.catalogue.get(product_id)
    if not _is_of(caller, product):
        raise NotAllowedError("这不是贵行的产品。", "This product is another bank's.")
    tried = steps(judged.demand, product_id, clause_id, judged.pd_12m)
    document = {
        **_head(judged),
        "product": product_id,
        "criterion": clause_id,
        **_said("criterion", criterion_words(product, clause_id, Request())),
        "loss_given_default_ppm": LOSS_GIVEN_DEFAULT_PPM,
        "risk_model": judged.model,
        "steps": [_step(one) for one in tried],
    }
    body = {**_logged(judged), "criterion": clause_id, "steps": len(tried)}
    return document | {"log_entry": _log(home, caller, judged, Tag.criterion_tried, product_id, body)}


def _judge(home: Home, as_of: date | None) -> _Judged:
    as_of = known_day(home, as_of)
    with home.database.read() as session:
        permit = consent.platform_permit(session, home.today)
        products = catalogue(session)
    history = match_history(home, permit.beyond_public, as_of)
    recent = None if history is None else _recent(history.requests, as_of)
    if history is None or recent is None or recent.num_rows == 0:
        raise NothingToDoError(
            "近12个月没有可以统计的融资需求。", "There is no request of the last 12 months that may be counted."
        )
    within = type(history)(recent, history.shown, history.applications, history.decisions)
    profiles = asked_profiles(home, permit.beyond_public, within)
    rows = _laid_beside(recent, profiles)
    amounts, terms = (_asked(rows, name) for name in (AMOUNT_FEN, TERM_MONTHS))
    demand = Demand.of(rows.select(profiles.column_names), Requests(amounts, terms), products.products)
    pd_12m, model = _chances(home, rows.select(profiles.column_names))
    return _Judged(as_of, permit, products, demand, pd_12m, model)


def _recent(requests: pa.Table, as_of: date) -> pa.Table:
    """Return the requests of the year up to a day, each once, as first known."""
    days = requests.column(REQUESTED_ON)
    first_day, last_day = (pa.scalar(day, pa.date32()) for day in (as_of - timedelta(days=WINDOW_DAYS - 1), as_of))
    kept = requests.filter(pc.and_(pc.greater_equal(days, first_day), pc.less_equal(days, last_day)))
    first = ~kept.select([ENTERPRISE, REQUEST_NO]).to_pandas().duplicated()
    return kept.filter(pa.array(first.to_numpy()))


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


def _whole(demand: Demand) -> dict[str, Any]:
    unmet = demand.unmet
    counts = {
        "requests": demand.frame.rows,
        "unmet": int(unmet.sum()),
        "may_fit_only": int((unmet & demand.may_fit.any(axis=1)).sum()),
        "few_products": int(demand.few.sum()),
    }
    shown = {name: _shown(value) for name, value in counts.items()}
    amount = None if shown["unmet"] is None else yuan_text(int(demand.amounts_fen[unmet].sum()))
    return {**shown, "unmet_amount_yuan": amount}


def _table(demand: Demand, groups: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = merged(by_group(demand, groups), groups).to_dict("records")
    return [
        {
            **{name: row[name] for name in groups},
            **{
                f"{name}_{lang}": getattr(group_words(name, row[name]), lang)
                for name in groups
                for lang in ("zh", "en")
            },
            **{name: None if pd.isna(row[name]) else int(row[name]) for name in (REQUESTS, *COUNTS)},
            "unmet_amount_yuan": None if pd.isna(row[UNMET_FEN]) else yuan_text(int(row[UNMET_FEN])),
        }
        for row in rows
    ]


def _barrier(judged: _Judged, one: Barrier) -> dict[str, Any]:
    product = judged.catalogue.get(one.product)
    return {
        "product": product.id,
        "name": product.name,
        "bank_name": product.bank_name,
        "criterion_id": one.criterion,
        **_said("criterion", criterion_words(product, one.criterion, Request())),
        "requests": one.requests,
        "unmet": _shown(one.unmet),
        "unmet_amount_yuan": None if _shown(one.unmet) is None else yuan_text(one.unmet_fen),
        "only_way": _shown(one.only_way),
    }


def _step(step: Step) -> dict[str, Any]:
    told = step.admission
    return {"value": step.value} | ({"too_few": True} if told.admitted < LEAST_SHOWN else _admission(told))


def _admission(told: Admission) -> dict[str, Any]:
    money = {"amount_yuan": yuan_text(told.amount_fen), "expected_loss_yuan": yuan_text(told.expected_loss_fen)}
    counts = {name: _shown(getattr(told, name)) for name in ("admitted", "unmet", "shut_out", "without_model")}
    shares = {name: value for name, value in asdict(told).items() if name.endswith("_ppm")}
    return {"too_few": False, **counts, **money, **shares}


def _shown(count: int) -> int | None:
    """Return a count, or None for one to nine."""
    return None if 0 < count < LEAST_SHOWN else count


def _said(name: str, words: Words) -> dict[str, str]:
    return {f"{name}_zh": words.zh, f"{name}_en": words.en}


def _head(judged: _Judged) -> dict[str, Any]:
    return {
        "as_of": judged.as_of.isoformat(),
        "from": (judged.as_of - timedelta(days=WINDOW_DAYS - 1)).isoformat(),
        "products_source": judged.catalogue.source,
        "least_shown": LEAST_SHOWN,
    }


def _logged(judged: _Judged) -> dict[str, Any]:
    return {"as_of": judged.as_of.isoformat(), "products": judged.catalogue.digest, "model": judged.model}


def _log(  # noqa: PLR0913, PLR0917 (an answer, what it rests on and its entry)
    home: Home, caller: Caller, judged: _Judged, tag: Tag, subject: str | None, body: dict[str, Any]
) -> int:
    with home.database.write() as session:
        if consent.platform_permit(session, judged.permit.day) != judged.permit:
            raise ConsentChangedError
        return log_store.append(session, tag, home.now(), caller.log_name, subject, body)


def _is_of(caller: Caller, product: Product) -> bool:
    return caller.role is not Role.bank or product.bank == caller.bank


def _require_designer(caller: Caller) -> None:
    if caller.role is Role.enterprise:
        raise NotAllowedError(
            "此处仅供设计产品的银行与监管使用。", "This is for banks that design products and regulators."
        )
