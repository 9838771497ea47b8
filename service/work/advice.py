"""Answering what would make a product fit, and what would make more products fit; logged with the answer."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from features.dictionary import dictionary_hash
from matching.acts import Acts, packaged_acts
from matching.counterfactual import Advice, Plan, Status, advise
from matching.counterfactual_clauses import demands
from matching.counterfactual_many import Gain, gains
from matching.counterfactual_question import Situation
from matching.counterfactual_words import INTERNAL, StepWords, blocked_words, head_words, step_words
from matching.product import Product
from matching.readiness import Way
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import NotAllowedError, UnknownProductError
from service.store import log_store
from service.store.entity_store import Enterprise
from service.work.advice_facts import firm_facts
from service.work.advice_hints import hints
from service.work.catalogue import Catalogue, catalogue, find_enterprise
from service.work.home import Home
from service.work.match import Answer, Question
from service.work.profile import known_day

#: The preset length of the list of what would make more products fit.
TOP: Final = 10


@dataclass(frozen=True, slots=True)
class _Ground:
    """What advice is computed from."""

    firm: Enterprise
    permit: Permit
    catalogue: Catalogue
    as_of: date
    situation: Situation
    acts: Acts
    facts: str


def advise_product(home: Home, caller: Caller, enterprise: str, product_id: str, question: Question) -> Answer:
    """Return what would make one product fit an enterprise, logged before it is returned.

    An enterprise asks for itself only, the operator for any with a ground; without a live authorisation an enterprise
    is advised on what its public records alone show. Nothing depends on the bank's internal conditions but whether all
    of the product fits. Raises `UnknownEnterpriseError`, `UnknownProductError`, `NotAllowedError`,
    `ConsentChangedError`.
    """
    ground = _ground(home, caller, enterprise, question)
    product = _offered(ground, product_id)
    advice = advise(product, question.request, ground.situation, ground.acts)
    body = {"product": product.id, "product_digest": product.digest(), "advice": _logged(advice)}
    number = _log(home, ground, question, Tag.advice_answered, body)
    return Answer({**_head(ground, question), **_document(advice, ground), "log_entry": number}, number)


def advise_more(home: Home, caller: Caller, enterprise: str, question: Question) -> Answer:
    """Return what would make more products fit an enterprise, best first, logged before it is returned.

    Every product that is offered and does not fit is looked at; `question.top` cuts the list (preset 10). Beside it
    stands what tends to lower the firm's risk, where the active model is a scorecard.
    """
    ground = _ground(home, caller, enterprise, question)
    offered = [one for one in ground.catalogue.products if one.offered_on(ground.as_of)]
    asked = {one.id: demands(one, question.request) for one in offered}
    advices = [advise(one, question.request, ground.situation, ground.acts, asked[one.id]) for one in offered]
    found = gains(advices, asked, question.request, ground.situation, ground.acts)[: question.top or TOP]
    hinted = hints(home, ground.firm.id, ground.situation, ground.acts)
    counts = {status.value: sum(one.status is status for one in advices) for status in Status}
    body = {
        "counts": counts,
        "gains": [{**_plan_logged(one.plan), "gained": list(one.gained)} for one in found],
        "hints": None if hinted is None else {"model": hinted.model, "acts": list(hinted.acts)},
    }
    number = _log(home, ground, question, Tag.advice_answered, body)
    names = {one.id: one.name for one in offered}
    document = {
        **_head(ground, question),
        "counts": counts,
        "more": [_gain(one, names, ground) for one in found],
        "hints": [{"zh": one.zh, "en": one.en} for one in (() if hinted is None else hinted.words)],
        "log_entry": number,
    }
    return Answer(document, number)


def cheapest_plan(home: Home, caller: Caller, enterprise: str, product_id: str, question: Question) -> Way | None:
    """Return the cheapest way to make a product fit as a goal keeps it, None where there is none; not an answer."""
    ground = _ground(home, caller, enterprise, question)
    advice = advise(_offered(ground, product_id), question.request, ground.situation, ground.acts)
    if not advice.plans:
        return None
    plan = advice.plans[0]
    return Way(plan.days, tuple(map(_step, step_words(advice, plan, ground.as_of))))


def _offered(ground: _Ground, product_id: str) -> Product:
    product = ground.catalogue.get(product_id)
    if not product.offered_on(ground.as_of):
        raise UnknownProductError(f"没有编号为 {product_id} 的产品。", f"There is no product {product_id}.")
    return product


def _ground(home: Home, caller: Caller, enterprise: str, question: Question) -> _Ground:
    if caller.role not in (Role.enterprise, Role.operator):
        raise NotAllowedError("只有企业本身可以查询改进建议。", "Only the enterprise itself may ask this.")
    as_of = known_day(home, question.as_of)
    purpose = Purpose.evaluation if caller.role is Role.operator else Purpose.matching
    facts = home.facts.digest()
    with home.database.read() as session:
        firm = find_enterprise(session, enterprise)
        products = catalogue(session)
        permit = consent.permit(session, caller, purpose, home.today, (firm.id,))
    acts = packaged_acts()
    situation = firm_facts(home, permit.access, firm.id, as_of, acts)
    return _Ground(firm, permit, products, as_of, situation, acts, facts)


def _log(home: Home, ground: _Ground, question: Question, tag: Tag, body: dict[str, Any]) -> int:
    whole = {
        "version": 1,
        "purpose": ground.permit.purpose.value,
        "authorisations": list(ground.permit.authorisations),
        "grounds": list(ground.permit.grounds),
        "request": {"amount_fen": question.amount_fen, "term_months": question.term_months},
        "as_of": ground.as_of.isoformat(),
        "facts": ground.facts,
        "dictionary": dictionary_hash(),
        "products": ground.catalogue.digest,
        "products_source": ground.catalogue.source,
        "acts": hashlib.sha256(ground.acts.model_dump_json().encode()).hexdigest(),
        **body,
    }
    with home.database.write() as session:
        consent.require_unchanged(session, ground.permit)
        return log_store.append(session, tag, home.now(), ground.permit.caller.log_name, ground.firm.id, whole)


def _head(ground: _Ground, question: Question) -> dict[str, Any]:
    return {
        "enterprise": {"id": ground.firm.id, "name": ground.firm.name},
        "authorised": bool(ground.permit.covered),
        "as_of": ground.as_of.isoformat(),
        "horizon_days": ground.acts.horizon_days,
        "amount_fen": question.amount_fen,
        "term_months": question.term_months,
        "products_source": ground.catalogue.source,
        "condition": "以企业照常经营、按期申报缴税、不新增不良记录为前提。",
        "condition_en": "On condition that the firm trades, files and pays as now, and nothing new goes against it.",
    }


def _document(advice: Advice, ground: _Ground) -> dict[str, Any]:
    head = head_words(advice)
    blocked = blocked_words(advice, ground.situation.row, ground.acts.horizon_days) if advice.blocking else ()
    return {
        "product": {"id": advice.product.id, "name": advice.product.name},
        "status": advice.status.value,
        "text": head.zh,
        "text_en": head.en,
        "plans": [_plan(advice, plan, ground) for plan in advice.plans],
        "blocking": list(advice.blocking),
        "unchangeable": [name for name in advice.stuck if not name.startswith("@")],
        "proof": [{"zh": one.zh, "en": one.en} for one in blocked],
        "internal": {"zh": INTERNAL.zh, "en": INTERNAL.en} if advice.has_internal else None,
    }


def _plan(advice: Advice, plan: Plan, ground: _Ground) -> dict[str, Any]:
    return {
        "days": plan.days,
        "effort": plan.effort,
        "acts": list(plan.acts),
        "steps": [_step(one) for one in step_words(advice, plan, ground.as_of)],
        "amount_fen": plan.request.amount_fen,
        "term_months": plan.request.term_months,
    }


def _step(step: StepWords) -> dict[str, Any]:
    return {
        "act": step.act,
        "zh": step.text.zh,
        "en": step.text.en,
        "days": step.days,
        "effort": step.effort.zh,
        "effort_en": step.effort.en,
    }


def _gain(gain: Gain, names: dict[str, str], ground: _Ground) -> dict[str, Any]:
    steps = step_words(gain.advice, gain.plan, ground.as_of)
    count = len(gain.gained)
    return {
        "days": gain.plan.days,
        "effort": gain.plan.effort,
        "acts": list(gain.plan.acts),
        "steps": [_step(one) for one in steps],
        "gained": [{"product": one, "name": names[one]} for one in gain.gained],
        "text": f"{'；'.join(one.text.zh for one in steps)} → 多{count}个产品",
        "text_en": f"{'; '.join(one.text.en for one in steps)} → {count} more product{'s' * (count > 1)}",
    }


def _logged(advice: Advice) -> dict[str, Any]:
    return {
        "status": advice.status.value,
        "plans": [_plan_logged(one) for one in advice.plans],
        "blocking": list(advice.blocking),
        "stuck": list(advice.stuck),
    }


def _plan_logged(plan: Plan) -> dict[str, Any]:
    return {"days": plan.days, "effort": plan.effort, "acts": list(plan.acts), "waited": list(plan.waited)}
