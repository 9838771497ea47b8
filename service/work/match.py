"""Answering a match, either way: guard, profiles, scores and lists on a read, then the log entry, then the answer.

What was found changed when the answer is to be logged (a product saved or withdrawn, a tag deleted) is computed anew;
where it keeps changing nothing is answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import pyarrow as pa

from matching.lists import MatchLists, Settings
from matching.lists import enterprises_for as lists_for_product
from matching.lists import products_for as lists_for_enterprise
from matching.narrowing import Narrowing
from matching.preference import Sort
from matching.product import Product
from matching.public_list import meeting_public_criteria
from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import CatalogueChangedError, ChoiceChangedError, NotAllowedError
from service.store import choice_store, entity_store
from service.store.facts import Access
from service.work.catalogue import catalogue, find_enterprise
from service.work.choices import Standing, standing
from service.work.ground import (
    PUBLIC_COLUMNS,
    Ground,
    ground_of,
    no_profiles,
    readable_of,
    settings_of,
    standing_of,
)
from service.work.home import Home
from service.work.match_answer import PAGED_ROWS, Written, answered
from service.work.planning import UNPLANNED, Plan, plan_of_firm, plan_of_product
from service.work.profile import rows
from service.work.question import Answer, Question, narrowing_of, sort_of

__all__ = ["Answer", "Question", "enterprises_for", "narrowing_of", "products_for", "sort_of"]

# How often an answer is computed where its ground changes under it.
_TRIES: Final = 3


def products_for(home: Home, caller: Caller, enterprise: str, question: Question) -> Answer:
    """Return which products fit an enterprise, may fit and do not, logged before it is returned.

    An enterprise asks for itself only, the operator for any with a ground; without a live authorisation an enterprise
    sees what its public records alone give. The order is the one asked for, else the firm's standing choice. Raises
    `UnknownEnterpriseError`, `NotAllowedError`, `ConsentChangedError`, `CatalogueChangedError`.
    """
    if caller.role not in (Role.enterprise, Role.operator):
        raise NotAllowedError("只有企业本身可以查询适合它的产品。", "Only the enterprise itself may ask this.")
    return retried(lambda: _products_for(home, caller, enterprise, question))


def enterprises_for(home: Home, caller: Caller, product_id: str, question: Question) -> Answer:
    """Return which enterprises fit a product, may fit and do not, logged before it is returned.

    A bank asks for its own products only. Only firms with a live authorisation (for the operator: or a ground) are
    scored; the others are a list apart, of those that meet the criteria on public columns, in order of id. Raises
    `UnknownProductError`, `WithdrawnProductError`, `NotAllowedError`, `ConsentChangedError`, `CatalogueChangedError`.
    """
    if caller.role not in (Role.bank, Role.operator):
        raise NotAllowedError("只有银行可以查询适合产品的企业。", "Only a bank may ask this.")
    return retried(lambda: _enterprises_for(home, caller, product_id, question))


def retried(ask: Callable[[], Answer]) -> Answer:
    """Return the answer, asked anew where its ground changed under it; at last the refusal is raised."""
    for _ in range(_TRIES - 1):
        try:
            return ask()
        except (CatalogueChangedError, ChoiceChangedError):
            continue
    return ask()


def _products_for(home: Home, caller: Caller, enterprise: str, question: Question) -> Answer:
    with home.database.read() as session:
        found = find_enterprise(session, enterprise)
        products, chosen = catalogue(session), standing(session, found.id)
        kept = choice_store.order_choice(session, found.id)
    question = replace(question, sort=question.sort or chosen.sort)
    ground = replace(ground_of(home, caller, question, products, consent_of=(found.id,)), chosen=(found.id, kept))
    plan = _plan(home, ground, chosen, question, found.id)
    profile = rows(home, ground.permit.access, ground.as_of)
    readable = readable_of(ground, profile)
    settings = settings_of(question, ground, found.id)
    # The order that is not personal asks no model of the firm.
    model = None if question.sort is Sort.plain else ground.model
    good = standing_of(model, profile if readable is None else readable).get(found.id)
    lists = lists_for_enterprise(
        profile,
        ground.catalogue.products,
        good,
        question.request,
        settings,
        ordering=ground.ordering,
        sort=question.sort or Sort.chance,
        planned=plan.places,
        pressure=plan.pressure,
        readable=readable,
    )
    head = {
        "enterprise": {"id": found.id, "name": found.name},
        "authorised": bool(ground.permit.covered),
        "standing": {"sort": chosen.sort.value, "is_planned": chosen.is_planned},
        "deleted_tags": list(ground.deleted.get(found.id, ())),
    }
    tag = Tag.products_answered
    return answered(home, Written(question, ground, lists, settings, tag, found.id, head, plan.logged))


def _plan(home: Home, ground: Ground, chosen: Standing, question: Question, enterprise: str) -> Plan:
    """Return what planning brings: only to the order by chance, of a firm that authorised matching and left it on."""
    if question.sort is not Sort.chance or not ground.permit.authorisations or not chosen.is_planned:
        return UNPLANNED
    return plan_of_firm(home, enterprise, ground)


def _enterprises_for(home: Home, caller: Caller, product_id: str, question: Question) -> Answer:
    with home.database.read() as session:
        products = catalogue(session)
        product = products.get(product_id)
        require_own(caller, product)
        ground = ground_of(home, caller, question, products, consent_of=None)
        names = entity_store.names(session)
    settings = settings_of(question, ground, product.content().hex())
    plan = plan_of_product(home, product.id, ground)
    lists = scored(home, ground, product, question, settings, names, plan)
    others = without_authorisation(home, ground, product, question, ground.permit.public_alone)
    head = head_of(product, question) | {
        "without_authorisation_count": len(others),
        "without_authorisation": [{"enterprise": one, "name": names.get(one, one)} for one in others[: question.top]],
    }
    logged: dict[str, Any] = plan.logged
    if question.is_paged:
        order = {**lists.in_order, "without_authorisation": others}
        logged["in_order"] = {name: list(ids[:PAGED_ROWS]) for name, ids in order.items()}
    return answered(
        home, Written(question, ground, lists, settings, Tag.enterprises_answered, product.id, head, logged)
    )


def require_own(caller: Caller, product: Product) -> None:
    """Raise `NotAllowedError` where a bank asks about another bank's product."""
    if caller.role is Role.bank and product.bank != caller.bank:
        raise NotAllowedError("这不是贵行的产品。", "This product is another bank's.")


def head_of(product: Product, question: Question) -> dict[str, Any]:
    """Return what stands before the lists of a product."""
    narrowing = asdict(question.narrowing)
    said = {"id": product.id, "name": product.name, "bank": product.bank, "bank_name": product.bank_name}
    return {"product": said, "narrowing": narrowing, "authorised": True}


def scored(  # noqa: PLR0913, PLR0917 (the question, its ground and what the rows show)
    home: Home,
    ground: Ground,
    product: Product,
    question: Question,
    settings: Settings,
    names: Mapping[str, str],
    plan: Plan = UNPLANNED,
) -> MatchLists:
    """Return the lists of the firms of which more than public columns may be read, within what the bank narrowed to."""
    access = ground.permit.beyond_public
    profiles = rows(home, access, ground.as_of) if access.grants else no_profiles()
    readable = readable_of(ground, profiles)
    if not question.narrowing.is_any:
        # What a firm deleted is not used to find it either.
        within = pa.array(question.narrowing.among(profiles if readable is None else readable))
        profiles = profiles.filter(within)
        readable = None if readable is None else readable.filter(within)
    return lists_for_product(
        profiles,
        product,
        standing_of(ground.model, profiles if readable is None else readable),
        question.request,
        settings,
        names=names,
        ordering=ground.ordering,
        planned=plan.places,
        readable=readable,
    )


def without_authorisation(
    home: Home, ground: Ground, product: Product, question: Question, access: Access
) -> tuple[str, ...]:
    """Return, in order of id, the firms of `access` that meet the criteria on public columns, narrowed on these."""
    if not access.grants:
        return ()
    profiles = rows(home, access, ground.as_of)
    profiles = _narrowed(profiles, question.narrowing, readable_of(ground, profiles))
    return meeting_public_criteria(product, profiles, question.request, PUBLIC_COLUMNS)


def _narrowed(profiles: pa.Table, narrowing: Narrowing, readable: pa.Table | None) -> pa.Table:
    if narrowing.is_any:
        return profiles
    return profiles.filter(pa.array(narrowing.among(profiles if readable is None else readable)))
