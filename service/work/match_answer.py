"""Writing an answer of matching down: the log entry first, then the document that leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from features.dictionary import dictionary_hash
from matching.amounts import ratio_text, yuan_text
from matching.lists import MatchLists, Settings
from matching.preference import Sort
from matching.product import Product
from matching.render import as_json, as_log
from service.access.caller import Role
from service.audit.tags import Tag
from service.store import log_store
from service.store.engine import Session
from service.store.release_store import ModelVersion
from service.work import odds
from service.work.catalogue import PACKAGED, Catalogue
from service.work.ground import Ground, absent_tables
from service.work.home import Home
from service.work.learned import LearnedOrder
from service.work.notes import Circumstances, notes
from service.work.plain_rows import for_everybody, logged_for_everybody
from service.work.product_versions import logged_versions
from service.work.question import SORTS, Answer, Question

#: Of how many firms of each list the order is kept for further pages.
PAGED_ROWS: Final = 2_000
# What an entry says of a learned order where there was none.
_UNLEARNED: Final = {"order_model": None, "acceptance_model": None}
LISTS: Final = ("fits", "may_fit", "does_not_fit")


@dataclass(frozen=True, slots=True)
class Written:
    """What is written down: the question and its ground, the lists, whom they are about, and what stands before them.

    `logged` is what the entry holds beside what every answer's does.
    """

    question: Question
    ground: Ground
    lists: MatchLists
    settings: Settings
    tag: Tag
    subject: str
    head: Mapping[str, Any]
    logged: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Say whether the rows may carry nothing of the firm."""
        return self.lists.sort is Sort.plain

    @property
    def is_for_firm(self) -> bool:
        """Say whether the answer goes to the enterprise itself."""
        return self.ground.permit.caller.role is Role.enterprise


def answered(home: Home, written: Written) -> Answer:
    """Log the answer in the transaction that finds its ground unchanged, then return it.

    Raises `ConsentChangedError`, `CatalogueChangedError` or `ChoiceChangedError` where it is not.
    """
    ground, bands = written.ground, _bands(home, written)
    with home.database.write() as session:
        ground.require_unchanged(session)
        body = _log_body(session, written) | {"bands": odds.logged_bands([row.id for row in written.lists.fits], bands)}
        body = logged_for_everybody(body) if written.is_plain else body
        caller = ground.permit.caller.log_name
        number = log_store.append(session, written.tag, home.now(), caller, written.subject, body)
    document = _with_bands(_document(home, written, number), bands)
    if written.is_plain:
        document = for_everybody(document, {one.id: one for one in ground.catalogue.products}, ground.as_of)
    return Answer(document, number)


def _bands(home: Home, written: Written) -> odds.Bands:
    """Return the band of each row that fits: where a chance is shown it is shown with its ground."""
    ground, lists = written.ground, written.lists
    told = [
        (row.id if lists.of == "product" else written.head["product"]["id"], row.granted_of_applied_ppm)
        for row in lists.fits
    ]
    return odds.bands_for(home, ground.learned, ground.catalogue, ground.as_of, told)


def _with_bands(document: dict[str, Any], bands: odds.Bands) -> dict[str, Any]:
    """Lay the bands beside the rows that fit, in place of the model's bare share."""
    bare = ("granted_of_applied", "granted_of_applied_ppm")
    rows = {
        name: [{key: value for key, value in row.items() if key not in bare} for row in document[name]]
        for name in ("fits", "may_fit")
    }
    fits = [row | {"granted_band": band} for row, band in zip(rows["fits"], bands, strict=True)]
    return document | {"fits": fits, "may_fit": [row | {"granted_band": None} for row in rows["may_fit"]]}


def _document(home: Home, written: Written, number: int) -> dict[str, Any]:
    question, ground, lists = written.question, written.ground, written.lists
    version = None if ground.model is None else ground.model[0]
    return {
        **written.head,
        "as_of": ground.as_of.isoformat(),
        "model": None if version is None else _model_card(version),
        "order_model": None if ground.learned is None else _model_card(ground.learned.ranking),
        "acceptance_model": _acceptance_card(ground.learned),
        "products_source": ground.catalogue.source,
        **_with_terms(_with_planning(as_json(lists, for_firm=written.is_for_firm), lists), ground.catalogue, lists.of),
        "sort": lists.sort.value,
        "sort_zh": SORTS[lists.sort].zh,
        "sort_en": SORTS[lists.sort].en,
        "is_planned": lists.is_planned,
        "amount_yuan": None if question.amount_fen is None else yuan_text(question.amount_fen),
        "term_months": question.term_months,
        "notes": notes(_circumstances(home, written, version)),
        "log_entry": number,
    }


def _circumstances(home: Home, written: Written, version: ModelVersion | None) -> Circumstances:
    ground, lists, head = written.ground, written.lists, written.head
    is_for_product = "product" in head
    return Circumstances(
        products_are_samples=ground.catalogue.source == PACKAGED,
        model=version,
        learned=None if ground.learned is None else ground.learned.ranking,
        tells_granted=ground.learned is not None and ground.learned.acceptance is not None,
        absent_tables=absent_tables(home, ground),
        authorised=bool(head["authorised"]),
        as_of=ground.as_of,
        last_invoice_on=lists.last_invoice_on,
        offered_from=ground.catalogue.get(head["product"]["id"]).offered_from if is_for_product else None,
        sort=lists.sort,
        is_planned=lists.is_planned,
        is_for_bank=is_for_product,
        is_pressed=any(row.pressure_ppm for row in lists.fits),
        deleted_tags=0 if is_for_product else sum(len(tags) for tags in ground.deleted.values()),
    )


def _log_body(session: Session, written: Written) -> dict[str, object]:
    question, ground, lists, head = written.question, written.ground, written.lists, written.head
    return {
        "version": 1,
        "purpose": ground.permit.purpose.value,
        "authorisations": list(ground.permit.authorisations),
        "grounds": list(ground.permit.grounds),
        "request": question.logged(),
        "sort": lists.sort.value,
        "is_planned": lists.is_planned,
        "planned": {row.id: row.planned_place for row in lists.fits if row.planned_place is not None},
        "pressure": {row.id: row.pressure_ppm for row in lists.fits if row.pressure_ppm},
        "deleted_tags": {firm: list(tags) for firm, tags in ground.deleted.items()},
        "as_of": ground.as_of.isoformat(),
        "facts": ground.facts,
        "dictionary": dictionary_hash(),
        "model": None if ground.model is None else ground.model[0].id,
        **(_UNLEARNED if ground.learned is None else ground.learned.logged()),
        "products": ground.catalogue.digest,
        "products_source": ground.catalogue.source,
        "product_versions": logged_versions(session, _products_of(written)),
        "tie_key": written.settings.tie_key.hex(),
        "without_authorisation": [
            one["enterprise"] for one in head.get("without_authorisation", ()) if "enterprise" in one
        ],
        "without_authorisation_count": head.get("without_authorisation_count", 0),
        **as_log(lists),
        **written.logged,
    }


def _products_of(written: Written) -> list[Product]:
    """Return the products that the answer speaks of."""
    if written.lists.of == "enterprise":
        return [written.ground.catalogue.get(written.head["product"]["id"])]
    shown = {row.id for name in LISTS for row in getattr(written.lists, name)}
    return [one for one in written.ground.catalogue.products if one.id in shown]


def _with_planning(document: dict[str, Any], lists: MatchLists) -> dict[str, Any]:
    """Lay beside each row that fits what planning did to it."""
    if lists.of != "product":
        return document
    fits = [
        row
        | {
            "planned_place": match.planned_place,
            "quota_left": {"zh": match.quota_left.zh, "en": match.quota_left.en},
            "is_own_first": match.is_own_first,
        }
        for row, match in zip(document["fits"], lists.fits, strict=True)
    ]
    return document | {"fits": fits}


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
            "service": None if one.service is None else one.service.model_dump(mode="json"),
        }
        for one in products.products
    }
    lists = {key: [terms[row["product"]] | row for row in document[key]] for key in LISTS}
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
