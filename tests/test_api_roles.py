"""Every route by every role: exactly those that the table allows."""

from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from served import Site
from starlette.testclient import TestClient
from stored_models import put_model

from matching.eligibility import Request
from matching.preference import Sort
from matching.product import dump_products
from service.access.caller import COMMAND, Role
from service.store import policy_store
from service.store.release_store import ModelState
from service.work import authorise, catalogue, match, policies, readiness

pytest_plugins = ["served_fixtures"]

Roles = set[Role | None]
BANK: Roles = {Role.bank}
FIRM: Roles = {Role.enterprise}
REGULATOR: Roles = {Role.regulator}
OPERATOR: Roles = {Role.operator}
EVERYBODY: Roles = {None, *BANK, *FIRM, *REGULATOR, *OPERATOR}

#: (method, route): who may. A route that is not here fails `test_every_route_stands_in_the_table`.
ALLOWED: dict[tuple[str, str], Roles] = {
    ("GET", "/"): EVERYBODY,
    ("GET", "/livez"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,
    ("GET", "/api/openapi.json"): EVERYBODY,
    ("POST", "/enter"): EVERYBODY,
    ("POST", "/leave"): EVERYBODY,
    ("POST", "/api/session"): EVERYBODY,
    ("DELETE", "/api/session"): EVERYBODY,
    ("GET", "/bank"): BANK,
    ("GET", "/bank/products/{product_id}"): BANK,
    ("GET", "/bank/enterprises/{enterprise_id}"): BANK,
    ("GET", "/api/bank/products"): BANK,
    ("GET", "/api/bank/products/{product_id}/enterprises"): BANK,
    ("GET", "/api/bank/enterprises/{enterprise_id}/profile"): BANK,
    ("GET", "/promises"): EVERYBODY,
    ("GET", "/api/public/promises"): EVERYBODY,
    ("GET", "/api/bank/enterprises/{enterprise_id}/flags"): BANK,
    ("GET", "/api/bank/products/{product_id}/criteria/{criterion_id}/changes"): BANK,
    ("GET", "/api/bank/products/{product_id}/versions"): BANK,
    ("GET", "/api/bank/readiness"): BANK,
    ("GET", "/api/bank/unmet"): BANK,
    ("GET", "/enterprise"): FIRM,
    ("GET", "/enterprise/choices"): FIRM,
    ("POST", "/enterprise/choices"): FIRM,
    ("POST", "/enterprise/tags/{tag}/{act}"): FIRM,
    ("GET", "/enterprise/profile"): FIRM,
    ("GET", "/enterprise/authorisations"): FIRM,
    ("POST", "/enterprise/authorisations"): FIRM,
    ("POST", "/enterprise/authorisations/{authorisation_id}/revoke"): FIRM,
    ("GET", "/api/enterprise/products"): FIRM,
    ("GET", "/api/enterprise/profile"): FIRM,
    ("GET", "/api/enterprise/authorisations"): FIRM,
    ("POST", "/api/enterprise/authorisations"): FIRM,
    ("POST", "/api/enterprise/authorisations/{authorisation_id}/revoke"): FIRM,
    ("GET", "/api/enterprise/advice"): FIRM,
    ("GET", "/api/enterprise/choices"): FIRM,
    ("PUT", "/api/enterprise/choices"): FIRM,
    ("PUT", "/api/enterprise/tags/{tag}"): FIRM,
    ("DELETE", "/api/enterprise/tags/{tag}"): FIRM,
    ("GET", "/api/enterprise/goals"): FIRM,
    ("POST", "/api/enterprise/goals"): FIRM,
    ("DELETE", "/api/enterprise/goals/{goal_id}"): FIRM,
    ("PUT", "/api/enterprise/goal-notices/opt-out"): FIRM,
    ("DELETE", "/api/enterprise/goal-notices/opt-out"): FIRM,
    ("GET", "/api/enterprise/policies"): FIRM,
    ("POST", "/api/enterprise/policies/{policy_id}/apply"): FIRM,
    ("PUT", "/api/enterprise/policy-notices/opt-out"): FIRM,
    ("DELETE", "/api/enterprise/policy-notices/opt-out"): FIRM,
    ("GET", "/api/enterprise/products/{product_id}/advice"): FIRM,
    ("GET", "/api/enterprise/products/{product_id}/cost"): FIRM,
    ("GET", "/regulator"): REGULATOR,
    ("GET", "/regulator/log/{entry_id}"): REGULATOR,
    ("POST", "/regulator/verify"): REGULATOR,
    ("GET", "/operator"): OPERATOR,
    ("GET", "/operator/models/{model_id}"): OPERATOR,
    ("POST", "/operator/models/{model_id}/approve"): OPERATOR,
    ("POST", "/operator/models/{model_id}/activate"): OPERATOR,
    ("POST", "/operator/models/{model_id}/retire"): OPERATOR,
    ("GET", "/api/regulator/log"): REGULATOR,
    ("GET", "/api/regulator/log/{entry_id}"): REGULATOR,
    ("POST", "/api/regulator/log/verify"): REGULATOR,
    ("GET", "/api/regulator/policies"): REGULATOR,
    ("GET", "/api/regulator/readiness"): REGULATOR,
    ("GET", "/api/regulator/unmet"): REGULATOR,
    # Last: from then on the home has products of its own, and of these one fewer.
    ("POST", "/api/bank/products"): BANK,
    ("DELETE", "/api/bank/products/{product_id}"): BANK,
}
JSON_BODIES = {"/api/session": "login", "/api/enterprise/authorisations": None}


@pytest.fixture(scope="module")
def clients(shared_site: Site) -> dict[Role | None, TestClient]:
    return {role: shared_site.client(role) for role in EVERYBODY}


def test_every_route_stands_in_the_table(shared_site: Site) -> None:
    served = {
        (method, context.path)
        for context in iter_route_contexts(shared_site.app.routes)
        for method in (getattr(context, "methods", None) or ())
        if method != "HEAD"
    }
    assert served == set(ALLOWED)


@pytest.mark.parametrize(("method", "route"), ALLOWED, ids=[" ".join(key) for key in ALLOWED])
def test_a_route_answers_its_roles_and_no_other(
    shared_site: Site, clients: dict[Role | None, TestClient], method: str, route: str
) -> None:
    answered = {role for role in EVERYBODY if _answers(shared_site, clients[role], role, method, route)}
    assert answered == ALLOWED[method, route]


def _answers(site: Site, client: TestClient, role: Role | None, method: str, route: str) -> bool:
    body = _body(site, method, route)
    if route in JSON_BODIES:
        field = JSON_BODIES[route]
        body = {"json": {field: site.user(Role.bank).login} if field else {}}
    elif route == "/enter":
        body = {"data": {"login": site.user(Role.bank).login}}
    elif route == "/metrics":
        client = TestClient(site.app, client=("127.0.0.1", 50000))
    if "session" in route or route in {"/enter", "/leave"}:
        client = site.client(role)  # one that may be thrown away: these change who is signed in
    status = client.request(method, _address(site, route), **body).status_code
    if role is None and ALLOWED[method, route] != EVERYBODY:
        assert status == 401
    elif role not in ALLOWED[method, route]:
        assert status == 403
    return status < 400


def _body(site: Site, method: str, route: str) -> dict[str, Any]:
    match method, route:
        case "POST", "/enterprise/choices":
            return {"data": {"sort": "price"}}
        case "PUT", "/api/enterprise/choices":
            return {"json": {"sort": "chance"}}
        case "POST", "/api/enterprise/goals":
            return {"json": {"product": _unfit(site)}}
        case "POST", "/api/bank/products":
            with site.home.database.read() as session:
                products = catalogue.catalogue(session).products
            bank = site.caller(Role.bank).bank
            return {"content": dump_products(one for one in products if one.bank == bank).encode()}
    return {}


def _unfit(site: Site) -> str:
    answer = match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question(sort=Sort.plain))
    found: str = answer.document["does_not_fit"][0]["product"]
    return found


def _goal(site: Site) -> int:
    """Keep a goal of the firm's; return its number."""
    firm = site.caller(Role.enterprise)
    for one in readiness.goals(site.home, firm):
        if one["state"] == "open":
            readiness.give_up(site.home, firm, one["id"])
    number: int = readiness.set_goal(site.home, firm, _unfit(site), Request())["id"]
    return number


def _pushed(site: Site) -> str:
    """Push a policy to the firm that is in force; return its id."""
    policies.load(site.home, COMMAND, None)
    with site.home.database.write() as session:
        known = [one for one in policies.policies(session) if one.in_force(site.home.today)]
        if policy_store.find(session, known[0].id, site.firm) is not None:
            return known[0].id
        policy_store.push(session, known[0].id, [site.firm], policies.PushState.pushed.value, site.home.today)
    return known[0].id


def _address(site: Site, route: str) -> str:
    firm = site.caller(Role.enterprise)
    bank = site.caller(Role.bank).bank
    assert bank is not None
    address = route.replace("{product_id}", site.products(of_bank=True)[0]).replace("{entry_id}", "1")
    if "{enterprise_id}" in route:
        authorise.to_bank(site.home, firm, bank)
        address = address.replace("{enterprise_id}", site.firm)
    if "{authorisation_id}" in route:
        address = address.replace("{authorisation_id}", str(authorise.standard(site.home, firm)))
    address = address.replace("{tag}", "size").replace("{act}", "delete")
    if "{criterion_id}" in route:
        mine = next(one for one in site.catalogue() if one["id"] == site.products(of_bank=True)[0])
        address = address.replace("{criterion_id}", mine["criteria"][0]["id"])
    if "{goal_id}" in route:
        address = address.replace("{goal_id}", str(_goal(site)))
    if "{policy_id}" in route:
        address = address.replace("{policy_id}", _pushed(site))
    if route.endswith("/cost"):
        address += "?amount=200000&term=12"
    if "{model_id}" in route:
        address = address.replace("{model_id}", _model(site, route))
    return address


def _model(site: Site, route: str) -> str:
    """Put a model whose state allows what the route asks."""
    state = ModelState.evaluated if route.endswith("approve") else ModelState.approved
    return put_model(site.home, f"test-{len(route)}", "test", state).id
