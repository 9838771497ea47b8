"""Goals of firms that a product does not fit yet: kept by the firm, looked at again as facts arrive, told of once.

A goal is judged as the firm itself would be answered: by what it authorised for matching, else by its public records.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
import pyarrow as pa

from features.columns import ENTERPRISE
from features.dictionary import dictionary_hash
from matching.compile import YES
from matching.eligibility import Eligibility, Request, evaluate
from matching.frame import Frame
from matching.product import Product
from matching.readiness import GoalState, Kept, Lacking, Summary, lacking, review_on, state_on, summaries
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import BadRequestError, ConsentChangedError, NotAllowedError, UnknownGoalError
from service.store import goal_store, log_store, notice_store
from service.store.engine import Session
from service.store.facts import Access, Grant
from service.store.goal_store import Goal
from service.store.notice_store import Notice
from service.work.advice import cheapest_plan
from service.work.catalogue import Catalogue, catalogue
from service.work.home import Home
from service.work.profile import known_day, rows, texts
from service.work.question import Question

#: The kind of notice that a firm may opt out of.
NOTICE: Final = "readiness"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review came to: goals looked at, firms told, and exits by state."""

    as_of: date
    goals: int
    told: int
    ended: dict[str, int]


def set_goal(home: Home, caller: Caller, product_id: str, request: Request) -> dict[str, Any]:
    """Keep a goal for a product that does not fit the calling firm yet; return it as a document, logged.

    Raises `NotAllowedError`, `UnknownProductError`, and `BadRequestError` where the product fits already.
    """
    firm = _own(caller)
    with home.database.read() as session:
        products = catalogue(session)
        product = products.get(product_id)
        permit = consent.permit(session, caller, Purpose.matching, home.today, (firm,))
    as_of, facts = known_day(home, None), home.facts.digest()
    judged = evaluate(product, rows(home, permit.access, as_of), request)
    if int(judged.verdict[0]) == YES:
        raise BadRequestError(
            "这款产品现在就符合，不必等待。", "This product fits already; there is nothing to wait for."
        )
    missing = lacking(judged, 0)
    plan = cheapest_plan(home, caller, firm, product_id, Question(request.amount_fen, request.term_months, as_of))
    document = {
        "request": {"amount_fen": request.amount_fen, "term_months": request.term_months},
        "as_of": as_of.isoformat(),
        "missing": [_lacking(one) for one in missing],
        "cause": missing[0].id if missing else None,
        "plan": None if plan is None else {"days": plan.days, "steps": list(plan.steps)},
    }
    days = (home.today, review_on(home.today, None if plan is None else plan.days))
    with home.database.write() as session:
        consent.require_unchanged(session, permit)
        products.require_unchanged(session)
        kept = goal_store.put(session, firm, product_id, orjson.dumps(document).decode(), days)
        body = {
            "goal": kept.id,
            "product": product_id,
            # The digest tells what is internal to whoever tries thresholds, so it is in the log alone.
            "product_digest": product.digest(),
            "facts": facts,
            "dictionary": dictionary_hash(),
            "authorisations": list(permit.authorisations),
            "verdicts": {
                name: int(verdict) for name, verdict in zip(judged.clause_ids, judged.clause_verdicts[0], strict=True)
            },
            **document,
        }
        log_store.append(session, Tag.goal_set, home.now(), caller.log_name, firm, body)
    return _shown(kept)


def goals(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return the calling firm's goals, newest first, each with what it was told of it; logged."""
    firm = _own(caller)
    with home.database.write() as session:
        found = goal_store.of_enterprise(session, firm)
        told = {one.subject: one for one in notice_store.notices(session, firm) if one.kind == NOTICE}
        log_store.append(session, Tag.goals_listed, home.now(), caller.log_name, firm, {"count": len(found)})
    return [{**_shown(one), "notice": _notice(told.get(_subject(one)))} for one in found]


def choose_notices(home: Home, caller: Caller, *, wanted: bool) -> None:
    """Opt the calling firm out of being told of its goals at once, or in again; logged.

    Its goals are kept and looked at all the same; what it was not told meanwhile is not told later.
    """
    firm = _own(caller)
    change = notice_store.opt_in if wanted else notice_store.opt_out
    with home.database.write() as session:
        change(session, firm, NOTICE, home.today)
        body = {"kind": NOTICE, "wanted": wanted}
        log_store.append(session, Tag.notices_chosen, home.now(), caller.log_name, firm, body)


def give_up(home: Home, caller: Caller, goal_id: int) -> None:
    """Close one of the calling firm's open goals; raise `UnknownGoalError` where there is none."""
    firm = _own(caller)
    with home.database.write() as session:
        mine = {one.id for one in goal_store.of_enterprise(session, firm)}
        if goal_id not in mine or not goal_store.end(session, goal_id, GoalState.given_up.value, home.today):
            raise UnknownGoalError("没有这个进行中的目标。", "There is no such open goal.")
        log_store.append(session, Tag.goal_ended, home.now(), caller.log_name, firm, {"goal": goal_id})


def review(home: Home, caller: Caller) -> Reviewed:
    """Look at every open goal again; tell once each firm that its product fits it now. Operator only.

    Run after each delivery and every night; a goal whose state is unchanged leaves no trace. Raises
    `ConsentChangedError` where authorisations changed meanwhile: nothing was told, and the next review will.
    """
    if caller.role is not Role.operator:
        raise NotAllowedError("只有平台运营人员可以这样做。", "Only the operator may do this.")
    as_of = known_day(home, None)
    with home.database.read() as session:
        open_goals = goal_store.open_goals(session)
        products = catalogue(session)
        permits = {firm: _permit_of(home, session, firm) for firm in sorted({one.enterprise for one in open_goals})}
    verdicts = _verdicts(home, open_goals, products, permits, as_of)
    ended: dict[str, int] = {}
    told = 0
    with home.database.write() as session:
        if catalogue(session).digest != products.digest:
            raise ConsentChangedError
        for goal in open_goals:
            state = state_on(home.today, goal.set_on, verdicts[goal.id])
            if state is GoalState.open or not goal_store.end(session, goal.id, state.value, home.today):
                continue
            if _permit_of(home, session, goal.enterprise) != permits[goal.enterprise]:
                raise ConsentChangedError
            ended[state.value] = ended.get(state.value, 0) + 1
            told += _tell(home, session, goal, products, state)
        body = {
            "as_of": as_of.isoformat(),
            "goals": len(open_goals),
            "told": told,
            "ended": dict(sorted(ended.items())),
        }
        log_store.append(session, Tag.goals_reviewed, home.now(), caller.log_name, None, body)
    return Reviewed(as_of, len(open_goals), told, dict(sorted(ended.items())))


def review_if_any(home: Home, caller: Caller) -> Reviewed | None:
    """Review where any firm keeps a goal, as after each delivery; None where none does."""
    with home.database.read() as session:
        if not goal_store.open_goals(session):
            return None
    return review(home, caller)


def summary(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return what became of goals by product, of ten and more, logged; a bank sees its own, a regulator all."""
    if caller.role is Role.enterprise:
        raise NotAllowedError("此处仅供银行与监管使用。", "This is for banks and regulators.")
    with home.database.write() as session:
        found = summaries(_kept(one) for one in goal_store.every(session))
        banks = {one.id: one.bank for one in catalogue(session).products}
        mine = [one for one in found if caller.role is not Role.bank or banks.get(one.product) == caller.bank]
        log_store.append(session, Tag.readiness_read, home.now(), caller.log_name, None, {"products": len(mine)})
    return [_summed(one) for one in mine]


def _verdicts(
    home: Home, open_goals: Sequence[Goal], products: Catalogue, permits: dict[str, Permit], as_of: date
) -> dict[int, int | None]:
    """Return the verdict of each goal, None where its product is not offered any more."""
    if not open_goals:
        return {}
    offered = {one.id: one for one in products.products}
    profiles = rows(home, _joined(permits.values()), as_of)
    place = {name: row for row, name in enumerate(texts(profiles.column(ENTERPRISE)))}
    found: dict[int, int | None] = {}
    for goal in open_goals:
        product = offered.get(goal.product)
        row = place.get(goal.enterprise)
        found[goal.id] = None if product is None else _verdict(product, profiles, row, _request(goal))
    return found


def _verdict(product: Product, profiles: pa.Table, row: int | None, request: Request) -> int:
    if row is None or not product.offered_on(profiles.column("as_of")[row].as_py()):
        return -1
    judged: Eligibility = evaluate(product, Frame(profiles.slice(row, 1)), request)
    return int(judged.verdict[0])


def _joined(permits: Iterable[Permit]) -> Access:
    """Return one access for all of them: firms that opened the same tables on the same basis are one grant."""
    firms: dict[tuple[frozenset[str], str], set[str]] = {}
    purpose = ""
    for permit in permits:
        purpose = permit.access.purpose
        for grant in permit.access.grants:
            firms.setdefault((grant.tables, grant.basis), set()).update(grant.enterprises or ())
    merged = [Grant(tuple(sorted(names)), tables, basis) for (tables, basis), names in firms.items()]
    return Access(tuple(sorted(merged, key=lambda one: (one.basis, sorted(one.tables)))), purpose)


def _permit_of(home: Home, session: Session, firm: str) -> Permit:
    """Return what the firm itself would be answered from."""
    return consent.permit(
        session, Caller(NOTICE, Role.enterprise, enterprise=firm), Purpose.matching, home.today, (firm,)
    )


def _tell(home: Home, session: Session, goal: Goal, products: Catalogue, state: GoalState) -> bool:
    """Tell the firm that its product fits, or that it is withdrawn; return whether it was told that it fits."""
    if state is GoalState.lapsed:
        return False
    name = products.get(goal.product).name if state is GoalState.reached else goal.product
    zh, en = {
        GoalState.reached: (f"您关注的“{name}”现在符合条件了。", f"“{name}”, which you wait for, fits you now."),
        GoalState.withdrawn: (f"您关注的产品 {name} 已下架。", f"The product {name} is no longer offered."),
    }[state]
    words = orjson.dumps({"zh": zh, "en": en, "product": goal.product, "state": state.value}).decode()
    was_told = notice_store.tell(session, goal.enterprise, NOTICE, _subject(goal), words, home.today)
    body = {"goal": goal.id, "product": goal.product, "state": state.value, "told": was_told}
    log_store.append(session, Tag.goal_ended, home.now(), NOTICE, goal.enterprise, body)
    return was_told and state is GoalState.reached


def _subject(goal: Goal) -> str:
    return f"goal:{goal.id}"


def _notice(one: Notice | None) -> dict[str, Any] | None:
    if one is None:
        return None
    words = orjson.loads(one.document)
    return {"zh": words["zh"], "en": words["en"], "told_on": one.told_on.isoformat()}


def _request(goal: Goal) -> Request:
    asked = orjson.loads(goal.document)["request"]
    return Request(asked["amount_fen"], asked["term_months"])


def _kept(goal: Goal) -> Kept:
    cause = orjson.loads(goal.document)["cause"]
    return Kept(goal.product, goal.set_on, GoalState(goal.state), goal.ended_on, cause)


def _lacking(one: Lacking) -> dict[str, Any]:
    return {"id": one.id, "zh": one.words.zh, "en": one.words.en, "is_missing": one.is_missing}


def _shown(goal: Goal) -> dict[str, Any]:
    days = {"set_on": goal.set_on, "review_on": goal.review_on, "ended_on": goal.ended_on}
    dates = {name: None if day is None else day.isoformat() for name, day in days.items()}
    return {"id": goal.id, "product": goal.product, "state": goal.state, **dates, **orjson.loads(goal.document)}


def _summed(one: Summary) -> dict[str, Any]:
    exits = {state.value: count for state, count in one.exits.items()}
    return {
        "product": one.product,
        "set_count": one.set_count,
        "open_count": one.open_count,
        "exits": exits,
        "causes": dict(one.causes),
        "median_days": one.median_days,
    }


def _own(caller: Caller) -> str:
    if caller.role is not Role.enterprise or caller.enterprise is None:
        raise NotAllowedError("只有企业本身可以这样做。", "Only the enterprise itself may do this.")
    return caller.enterprise
