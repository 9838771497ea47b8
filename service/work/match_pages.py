"""Further pages of a product's list of firms: the first page fixes the order, and its log entry is the cursor.

Every page judges its firms anew, on current values and authorisations. A firm that is no longer in the list it stood in
leaves its place empty: neither its name nor why is told, for the bank may no longer know it. So no row shifts, none is
shown twice and none is left out, whatever changes between two pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from math import ceil
from typing import Any, Final, TypeVar

import orjson

from matching.answer import Match, MatchLists, Refusal
from matching.product import Product
from service.access.caller import Caller, Role
from service.audit.entry import StoredEntry
from service.audit.tags import Tag
from service.audit.verify import fault_of
from service.errors import CursorError, NotAllowedError
from service.store import entity_store, log_store
from service.store.engine import Session
from service.work.catalogue import catalogue
from service.work.ground import Ground, ground_of, settings_of
from service.work.home import Home
from service.work.match import enterprises_for, head_of, require_own, retried, scored, without_authorisation
from service.work.match_answer import PAGED_ROWS, Written, answered
from service.work.question import Answer, Question

#: How long the pages of a first page can be asked for.
LIVES: Final = timedelta(hours=24)
PRESET_SIZE: Final = 20
_SCORED: Final = ("fits", "may_fit", "does_not_fit")
_OPEN: Final = "without_authorisation"

Row = TypeVar("Row", Match, Refusal)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The first page: its entry, its question, the order it fixed, and how large the lists were."""

    entry: int
    question: Question
    in_order: Mapping[str, Sequence[str]]
    counts: Mapping[str, int]
    open_count: int

    @property
    def size(self) -> int:
        """How many rows of each list a page holds."""
        return self.question.top or PRESET_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, *(ceil(len(ids) / self.size) for ids in self.in_order.values()))

    def of_page(self, page: int) -> dict[str, list[str]]:
        """Return who stands on a page, by list."""
        first = (page - 1) * self.size
        return {name: list(ids[first : first + self.size]) for name, ids in self.in_order.items()}


def first_page(home: Home, caller: Caller, product_id: str, question: Question) -> Answer:
    """Return the first page of a product's lists and keep their whole order for the pages after it."""
    size = question.top or PRESET_SIZE
    answer = enterprises_for(home, caller, product_id, replace(question, top=size, is_paged=True))
    document = answer.document
    longest = min(PAGED_ROWS, max(*document["counts"].values(), document["without_authorisation_count"]))
    return Answer(document | _paging(answer.log_entry, 1, max(1, ceil(longest / size)), size), answer.log_entry)


def further_page(home: Home, caller: Caller, product_id: str, cursor: int, page: int) -> Answer:
    """Return page `page` of the order that log entry `cursor` fixed, its firms judged anew.

    Raises `CursorError` where the cursor is another caller's or product's, is no first page, is older than a day, or
    has no such page; otherwise as `enterprises_for`.
    """
    if caller.role not in (Role.bank, Role.operator):
        raise NotAllowedError("只有银行可以查询适合产品的企业。", "Only a bank may ask this.")
    return retried(lambda: _further_page(home, caller, product_id, cursor, page))


def _further_page(home: Home, caller: Caller, product_id: str, cursor: int, page: int) -> Answer:
    with home.database.read() as session:
        products = catalogue(session)
        product = products.get(product_id)
        require_own(caller, product)
        fixed = _cursor(session, home.now(), caller, product_id, cursor)
        if not 1 <= page <= fixed.pages:
            raise CursorError(f"没有第 {page} 页，共 {fixed.pages} 页。", f"There is no page {page} of {fixed.pages}.")
        here = fixed.of_page(page)
        asked = tuple(one for ids in here.values() for one in ids)
        ground = ground_of(home, caller, fixed.question, products, consent_of=asked)
        names = entity_store.names(session, asked)
    question = replace(fixed.question, top=None, is_paged=False)
    settings = settings_of(question, ground, product.content().hex())
    found = scored(home, ground, product, question, settings, names)
    lists = _on_page(found, here, fixed)
    others = _still_open(home, ground, product, question, here[_OPEN])
    head = head_of(product, question) | {
        "without_authorisation_count": fixed.open_count,
        _OPEN: [{"enterprise": one, "name": names.get(one, one)} for one in here[_OPEN] if one in others],
    }
    shown = {name: {row.id for row in getattr(lists, name)} for name in _SCORED} | {_OPEN: others}
    gone = {name: [place for place, one in enumerate(here[name]) if one not in shown[name]] for name in here}
    logged = {"cursor": cursor, "page": page, "gone": {name: len(places) for name, places in gone.items() if places}}
    answer = answered(
        home,
        Written(fixed.question, ground, lists, settings, Tag.enterprises_answered, product.id, head, logged),
    )
    document = answer.document | _paging(cursor, page, fixed.pages, fixed.size)
    first = (page - 1) * fixed.size
    rows = {name: _with_gaps(document[name], gone[name], len(here[name]), first) for name in here}
    return Answer(document | rows, answer.log_entry)


def _paging(cursor: int, page: int, pages: int, size: int) -> dict[str, int | None]:
    following = page + 1 if page < pages else None
    return {"cursor": cursor, "page": page, "pages": pages, "size": size, "next_page": following}


def _cursor(session: Session, now: datetime, caller: Caller, product_id: str, cursor: int) -> _Cursor:
    stored = log_store.get(session, cursor)
    if stored is None or stored.caller != caller.log_name or stored.tag != Tag.enterprises_answered:
        raise CursorError("翻页标记不是您的，请重新查询。", "This cursor was not given to you; ask anew.")
    if stored.subject != product_id:
        raise CursorError("翻页标记属于另一个产品，请重新查询。", "This cursor is of another product; ask anew.")
    body = _body(stored)
    if "in_order" not in body or fault_of(stored) is not None:
        raise CursorError("该日志条目不是首页，不能由此翻页。", "This log entry is no first page.")
    if now - datetime.fromisoformat(stored.at) > LIVES:
        raise CursorError("翻页标记已超过24小时，请重新查询。", "This cursor is older than 24 hours; ask anew.")
    question = Question.of_log(body["request"])
    return _Cursor(stored.id, question, body["in_order"], body["counts"], body["without_authorisation_count"])


def _body(stored: StoredEntry) -> dict[str, Any]:
    try:
        body = orjson.loads(stored.entry)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _on_page(found: MatchLists, here: Mapping[str, Sequence[str]], fixed: _Cursor) -> MatchLists:
    """Return the lists in the order that was fixed, with the counts of the first page; who left a list is not in it."""
    return replace(
        found,
        fits=_ordered(found.fits, here["fits"]),
        may_fit=_ordered(found.may_fit, here["may_fit"]),
        does_not_fit=_ordered(found.does_not_fit, here["does_not_fit"]),
        counts={name: fixed.counts[name] for name in found.counts},
    )


def _ordered(rows: Sequence[Row], ids: Sequence[str]) -> tuple[Row, ...]:
    by_id = {row.id: row for row in rows}
    return tuple(by_id[one] for one in ids if one in by_id)


def _still_open(home: Home, ground: Ground, product: Product, question: Question, ids: Sequence[str]) -> frozenset[str]:
    """Return who of the firms listed without authorisation still is one, and still meets the public criteria."""
    met = without_authorisation(home, ground, product, question, ground.permit.public_alone)
    return frozenset(met) & frozenset(ids)


def _with_gaps(rows: Sequence[Any], gone: Sequence[int], length: int, first: int) -> list[Any]:
    """Return the rows of a page with a mark in each place that a firm left."""
    rest = iter(rows)
    return [
        {"gone": True, "place": first + place + 1, "zh": "该企业已不在此名单中", "en": "no longer in this list"}
        if place in set(gone)
        else next(islice(rest, 1))
        for place in range(length)
    ]
