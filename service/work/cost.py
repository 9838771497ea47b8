"""The cost sheet of a loan (贷款明白纸), logged before it leaves; a firm's uses the policies certainly for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matching.amounts import yuan_text
from matching.cost_items import Loan
from matching.cost_sheet import as_json, as_text, cost_sheet
from matching.policy import Policy
from matching.policy_eligibility import verdicts
from matching.policy_price import all_in_with, cheapest
from matching.product import Product
from matching.truth import CANNOT_TELL, YES
from service.access import consent
from service.access.caller import Caller, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import BadRequestError, NotAllowedError, UnknownPolicyError, UnknownProductError
from service.store import log_store
from service.work.catalogue import catalogue
from service.work.home import Home
from service.work.policies import policies
from service.work.profile import known_day, rows


@dataclass(frozen=True, slots=True)
class Asked:
    """Which loan: a product, amount in fen, months, the day it is drawn (None: today), and policies by id.

    No policies named (None): a firm's sheet uses those in force on that day that are certainly for it, everybody
    else's none.
    """

    product: str
    amount_fen: int
    months: int
    drawn_on: date | None = None
    policies: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A logged sheet: its JSON document, and its lines for a reader."""

    document: dict[str, Any]
    lines: tuple[str, ...]


def cost(home: Home, caller: Caller, asked: Asked) -> Told:
    """Lay out what a loan would cost, logged before it is returned.

    A bank asks for its own products. Raises `UnknownProductError`, `UnknownPolicyError`, `BadRequestError` for an
    amount or a term that the product does not lend, PolicyError for policies that do not hold or combine,
    `ConsentChangedError`.
    """
    day = asked.drawn_on or home.today
    with home.database.read() as session:
        product = catalogue(session).get(asked.product)
        known = policies(session)
        permit = None
        if caller.role is Role.enterprise and asked.policies is None:
            firm = (caller.enterprise or "",)
            permit = consent.permit(session, caller, Purpose.matching, home.today, firm)
    _require_may_ask(caller, product, home.today)
    loan = Loan(*_lent(product, asked), day)
    in_force = [policy for policy in known if policy.in_force(day)] if asked.policies is None else known
    usable, open_ids = _usable(home, in_force, permit, asked.policies)
    priced = cheapest(product, usable, loan) if asked.policies is None else all_in_with(product, usable, loan)
    sheet = cost_sheet(product, priced, loan)
    body = {
        "product": product.id,
        "product_digest": product.digest(),
        "amount_fen": loan.amount_fen,
        "term_months": loan.months,
        "drawn_on": day.isoformat(),
        "policies": {policy.id: policy.digest() for policy in priced.policies},
        "cannot_tell": list(open_ids),
        "total_cost_fen": priced.laid.total_fen,
        "all_in_rate_ppm": priced.rate_ppm,
        "unknown": [kind.value for kind in priced.unknown],
        "authorisations": [] if permit is None else list(permit.authorisations),
    }
    with home.database.write() as session:
        if permit is not None:
            consent.require_unchanged(session, permit)
        subject = caller.enterprise or product.id
        number = log_store.append(session, Tag.cost_answered, home.now(), caller.log_name, subject, body)
    document = as_json(sheet) | {"policies_cannot_tell": list(open_ids), "log_entry": number}
    return Told(document, (*as_text(sheet), f"日志条目 log entry {number}"))


def _require_may_ask(caller: Caller, product: Product, day: date) -> None:
    if caller.role is Role.bank and product.bank != caller.bank:
        raise NotAllowedError("这不是贵行的产品。", "This product is another bank's.")
    if caller.role is Role.enterprise and not product.offered_on(day):
        raise UnknownProductError(f"没有编号为 {product.id} 的产品。", f"There is no product {product.id}.")


def _lent(product: Product, asked: Asked) -> tuple[int, int]:
    if not product.amount_min_fen <= asked.amount_fen <= product.amount_max_fen:
        least, most = yuan_text(product.amount_min_fen), yuan_text(product.amount_max_fen)
        raise BadRequestError(f"该产品的金额为 {least} 至 {most} 元。", f"This product lends {least} to {most} yuan.")
    if not product.term_min_months <= asked.months <= product.term_max_months:
        least, most = str(product.term_min_months), str(product.term_max_months)
        raise BadRequestError(
            f"该产品的期限为 {least} 至 {most} 个月。", f"This product lends for {least} to {most} months."
        )
    return asked.amount_fen, asked.months


def _usable(
    home: Home, known: Sequence[Policy], permit: Permit | None, named: tuple[str, ...] | None
) -> tuple[list[Policy], tuple[str, ...]]:
    """Return the policies to use, and the ids of those that cannot be told for want of facts."""
    if named is not None:
        by_id = {policy.id: policy for policy in known}
        for id_ in named:
            if id_ not in by_id:
                raise UnknownPolicyError(f"没有编号为 {id_} 的政策。", f"There is no policy {id_}.")
        return [by_id[id_] for id_ in named], ()
    if permit is None:
        return [], ()
    profile = rows(home, permit.access, known_day(home, None))
    told = {policy.id: int(verdicts(policy, profile)[0]) for policy in known}
    usable = [policy for policy in known if told.get(policy.id) == YES]
    return usable, tuple(id_ for id_, verdict in told.items() if verdict == CANNOT_TELL)
