"""Answering a match, either way: guard, profiles, scores and lists on a read, then the log entry, then the answer."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import FEATURES, dictionary_hash
from features.tables import PUBLIC_TABLES
from matching.amounts import ratio_text, yuan_text
from matching.eligibility import Request
from matching.lists import MatchLists, Settings
from matching.lists import enterprises_for as lists_for_product
from matching.lists import products_for as lists_for_enterprise
from matching.product import Product
from matching.public_list import meeting_public_criteria
from matching.ranked import Ordering
from matching.render import as_json, as_log
from models.default_risk import DefaultRisk
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import NotAllowedError
from service.store import entity_store, log_store
from service.store.release_store import ModelVersion
from service.work.catalogue import PACKAGED, Catalogue, catalogue, find_enterprise
from service.work.home import Home
from service.work.learned import LearnedOrder, learned_order
from service.work.notes import Circumstances, notes
from service.work.profile import known_day, rows, texts
from service.work.train_risk import active_model

# What an entry says of a learned order where there was none.
_UNLEARNED = {"order_model": None, "acceptance_model": None}
# Tables without which some feature is missing; a match history feeds none.
PROFILED = frozenset(name for one in FEATURES.values() for name in one.tables)
PUBLIC_COLUMNS = frozenset(name for name, one in FEATURES.items() if one.tables <= PUBLIC_TABLES)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked beside the subject: amount in fen, term in months, day (preset: the latest), rows per list."""

    amount_fen: int | None = None
    term_months: int | None = None
    as_of: date | None = None
    top: int | None = None

    @property
    def request(self) -> Request:
        """The question as the matching core takes it."""
        return Request(self.amount_fen, self.term_months)


@dataclass(frozen=True, slots=True)
class Answer:
    """A logged answer: its JSON document and the number of its log entry."""

    document: dict[str, Any]
    log_entry: int


@dataclass(frozen=True, slots=True)
class _Ground:
    """What an answer is computed from, as of its day."""

    as_of: date
    permit: Permit
    catalogue: Catalogue
    model: tuple[ModelVersion, DefaultRisk] | None
    learned: LearnedOrder | None
    facts: str

    @property
    def ordering(self) -> Ordering | None:
        """What orders the pairs that fit; None leaves it to the transparent score."""
        return None if self.learned is None else self.learned.ordering


def products_for(home: Home, caller: Caller, enterprise: str, question: Question) -> Answer:
    """Return which products fit an enterprise, may fit and do not, logged before it is returned.

    An enterprise asks for itself only, the operator for any with a ground; without a live authorisation an enterprise
    sees what its public records alone give. Raises `UnknownEnterpriseError`, `NotAllowedError`, `ConsentChangedError`.
    """
    if caller.role not in (Role.enterprise, Role.operator):
        raise NotAllowedError("只有企业本身可以查询适合它的产品。", "Only the enterprise itself may ask this.")
    with home.database.read() as session:
        found = find_enterprise(session, enterprise)
        ground = _ground(home, caller, question, catalogue(session), consent_of=(found.id,))
    profile = rows(home, ground.permit.access, ground.as_of)
    settings = _settings(question, ground, found.id)
    standing = _standing(ground.model, profile).get(found.id)
    lists = lists_for_enterprise(
        profile, ground.catalogue.products, standing, question.request, settings, ordering=ground.ordering
    )
    head = {"enterprise": {"id": found.id, "name": found.name}, "authorised": bool(ground.permit.covered)}
    return _answer(home, question, ground, lists, settings, Tag.products_answered, found.id, head)


def enterprises_for(home: Home, caller: Caller, product_id: str, question: Question) -> Answer:
    """Return which enterprises fit a product, may fit and do not, logged before it is returned.

    A bank asks for its own products only. Only firms with a live authorisation (for the operator: or a ground) are
    scored; the others are a list apart, of those that meet the criteria on public columns, in order of id. Raises
    `UnknownProductError`, `NotAllowedError`, `ConsentChangedError`.
    """
    if caller.role not in (Role.bank, Role.operator):
        raise NotAllowedError("只有银行可以查询适合产品的企业。", "Only a bank may ask this.")
    with home.database.read() as session:
        products = catalogue(session)
        product = products.get(product_id)
        if caller.role is Role.bank and product.bank != caller.bank:
            raise NotAllowedError("这不是贵行的产品。", "This product is another bank's.")
        ground = _ground(home, caller, question, products, consent_of=None)
        names = entity_store.names(session)
    settings = _settings(question, ground, product.id)
    lists = _scored(home, ground, product, question, settings, names)
    others = _without_authorisation(home, ground, product, question)
    head = {
        "product": {"id": product.id, "name": product.name, "bank": product.bank, "bank_name": product.bank_name},
        "authorised": True,
        "without_authorisation_count": len(others),
        "without_authorisation": [{"enterprise": one, "name": names.get(one, one)} for one in others[: question.top]],
    }
    return _answer(home, question, ground, lists, settings, Tag.enterprises_answered, product.id, head)


def _ground(
    home: Home, caller: Caller, question: Question, products: Catalogue, *, consent_of: tuple[str, ...] | None
) -> _Ground:
    as_of = known_day(home, question.as_of)
    purpose = Purpose.evaluation if caller.role is Role.operator else Purpose.matching
    with home.database.read() as session:
        permit = consent.permit(session, caller, purpose, home.today, consent_of)
    learned = learned_order(home, products, as_of)
    return _Ground(as_of, permit, products, active_model(home), learned, home.facts.digest())


def _scored(  # noqa: PLR0913, PLR0917 (the question, its ground and what the rows show)
    home: Home, ground: _Ground, product: Product, question: Question, settings: Settings, names: Mapping[str, str]
) -> MatchLists:
    access = ground.permit.beyond_public
    profiles = rows(home, access, ground.as_of) if access.grants else _no_profiles()
    standing = _standing(ground.model, profiles)
    return lists_for_product(
        profiles, product, standing, question.request, settings, names=names, ordering=ground.ordering
    )


def _without_authorisation(home: Home, ground: _Ground, product: Product, question: Question) -> tuple[str, ...]:
    access = ground.permit.public_alone
    if not access.grants:
        return ()
    profiles = rows(home, access, ground.as_of)
    return meeting_public_criteria(product, profiles, question.request, PUBLIC_COLUMNS)


def _standing(model: tuple[ModelVersion, DefaultRisk] | None, profiles: pa.Table) -> dict[str, float]:
    """Return 1 − probability of default by enterprise, of those of which the model knows any of its features."""
    if model is None or profiles.num_rows == 0:
        return {}
    risk = model[1]
    frame = profiles.select([name for name in profiles.column_names if name not in (ENTERPRISE, AS_OF)]).to_pandas()
    enterprises = texts(profiles.column(ENTERPRISE))
    probabilities = risk.predict(frame, enterprises)
    known = frame[[one.name for one in risk.inputs]].notna().any(axis=1)
    return {
        enterprise: 1.0 - float(probability)
        for enterprise, probability, is_known in zip(enterprises, probabilities, known, strict=True)
        if is_known
    }


def _settings(question: Question, ground: _Ground, subject: str) -> Settings:
    """Return the settings, among them the key that breaks ties: it follows from the request and the release alone.

    Facts must not enter it: an order would then tell of a change in facts that the reader may not see.
    """
    parts = [
        subject,
        question.amount_fen,
        question.term_months,
        ground.as_of.isoformat(),
        ground.catalogue.digest,
        dictionary_hash(),
        None if ground.model is None else ground.model[0].id,
        None if ground.learned is None else ground.learned.ranking.id,
    ]
    preset = Settings(tie_key=hashlib.sha256(orjson.dumps(parts)).digest(), top=question.top)
    return preset if ground.model is None else replace(preset, probability_name=ground.model[0].probability_name)


def _answer(  # noqa: PLR0913, PLR0917 (one answer, its ground and its log entry)
    home: Home,
    question: Question,
    ground: _Ground,
    lists: MatchLists,
    settings: Settings,
    tag: Tag,
    subject: str,
    head: dict[str, Any],
) -> Answer:
    body = _log_body(question, ground, lists, settings, head)
    with home.database.write() as session:
        consent.require_unchanged(session, ground.permit)
        if ground.learned is not None:
            ground.learned.require_unchanged(session)
        number = log_store.append(session, tag, home.now(), ground.permit.caller.log_name, subject, body)
    version = None if ground.model is None else ground.model[0]
    document = {
        **head,
        "as_of": ground.as_of.isoformat(),
        "model": None if version is None else _model_card(version),
        "order_model": None if ground.learned is None else _model_card(ground.learned.ranking),
        "acceptance_model": _acceptance_card(ground.learned),
        "products_source": ground.catalogue.source,
        **_with_terms(as_json(lists), ground.catalogue, lists.of),
        "amount_yuan": None if question.amount_fen is None else yuan_text(question.amount_fen),
        "term_months": question.term_months,
        "notes": notes(
            Circumstances(
                products_are_samples=ground.catalogue.source == PACKAGED,
                model=version,
                learned=None if ground.learned is None else ground.learned.ranking,
                tells_granted=ground.learned is not None and ground.learned.acceptance is not None,
                absent_tables=_absent_tables(home, ground),
                authorised=bool(head["authorised"]),
                as_of=ground.as_of,
                last_invoice_on=lists.last_invoice_on,
                offered_from=ground.catalogue.get(head["product"]["id"]).offered_from if "product" in head else None,
            )
        ),
        "log_entry": number,
    }
    return Answer(document, number)


def _log_body(
    question: Question, ground: _Ground, lists: MatchLists, settings: Settings, head: Mapping[str, Any]
) -> dict[str, object]:
    return {
        "version": 1,
        "purpose": ground.permit.purpose.value,
        "authorisations": list(ground.permit.authorisations),
        "grounds": list(ground.permit.grounds),
        "request": {
            "amount_fen": question.amount_fen,
            "term_months": question.term_months,
            "top": question.top,
        },
        "as_of": ground.as_of.isoformat(),
        "facts": ground.facts,
        "dictionary": dictionary_hash(),
        "model": None if ground.model is None else ground.model[0].id,
        **(_UNLEARNED if ground.learned is None else ground.learned.logged()),
        "products": ground.catalogue.digest,
        "products_source": ground.catalogue.source,
        "tie_key": settings.tie_key.hex(),
        "without_authorisation": [one["enterprise"] for one in head.get("without_authorisation", ())],
        "without_authorisation_count": head.get("without_authorisation_count", 0),
        **as_log(lists),
    }


def _with_terms(document: dict[str, Any], products: Catalogue, of: str) -> dict[str, Any]:
    """Lay a product's published terms beside each row that is a product."""
    if of != "product":
        return document
    terms = {
        one.id: {
            "bank": one.bank,
            "bank_name": one.bank_name,
            "annual_rate": ratio_text(one.annual_rate_ppm),
            "annual_rate_ppm": one.annual_rate_ppm,
            "amount_min_fen": one.amount_min_fen,
            "amount_max_fen": one.amount_max_fen,
            "term_min_months": one.term_min_months,
            "term_max_months": one.term_max_months,
        }
        for one in products.products
    }
    lists = {key: [terms[row["product"]] | row for row in document[key]] for key in ("fits", "may_fit", "does_not_fit")}
    return document | lists


def _acceptance_card(learned: LearnedOrder | None) -> dict[str, str] | None:
    return None if learned is None or learned.acceptance is None else _model_card(learned.acceptance)


def _model_card(version: ModelVersion) -> dict[str, str]:
    return {
        "id": version.id,
        "kind": version.kind,
        "probability_name": version.probability_name,
        "as_of": version.as_of.isoformat(),
    }


def _absent_tables(home: Home, ground: _Ground) -> frozenset[str]:
    """Return the tables that profiles are made of and of which nothing could be read for this answer."""
    readable: set[str] = set()
    for grant in ground.permit.access.grants:
        for part in home.facts.split(grant):
            readable |= part.tables
    return PROFILED - readable


def _no_profiles() -> pa.Table:
    return pa.table({ENTERPRISE: pa.array([], pa.string()), AS_OF: pa.array([], pa.date32())})
