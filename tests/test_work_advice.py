"""Advice through the service: a firm for itself, logged, from what it opened; flags for banks that see its profile."""

from typing import Any

import pyarrow as pa
import pytest
from served import Site

from matching.compile import YES
from matching.eligibility import evaluate
from matching.product import Product
from service.access import consent
from service.access.caller import COMMAND, Caller, Purpose, Role
from service.errors import ConsentMissingError, NotAllowedError, UnknownProductError
from service.work import advice, authorise, flags
from service.work.catalogue import catalogue
from service.work.match import Question
from service.work.profile import asked_on, compute, known_day

pytest_plugins = ["served_fixtures"]


def _products(site: Site) -> tuple[Product, ...]:
    with site.home.database.read() as session:
        return catalogue(session).products


def _profile(site: Site, firm: str) -> pa.Table:
    day = known_day(site.home, None)
    with site.home.database.read() as session:
        access = consent.permit(session, COMMAND, Purpose.evaluation, site.home.today, (firm,)).access
    return compute(site.home, access, asked_on([firm], day))


def _some_advice(site: Site, firm: str) -> dict[str, dict[str, Any]]:
    return {
        one.id: advice.advise_product(site.home, COMMAND, firm, one.id, Question()).document
        for one in _products(site)[::30]
    }


def test_advice_agrees_with_the_verdicts(shared_site: Site) -> None:
    site = shared_site
    products = {one.id: one for one in _products(site)}
    profile = _profile(site, site.firm)
    for product, document in _some_advice(site, site.firm).items():
        fits = evaluate(products[product], profile, Question().request).verdict[0] == YES
        assert (document["status"] == "fits") == fits
        assert (document["status"] == "no_change") == bool(document["blocking"]) == bool(document["proof"])
        assert (document["status"] in {"plan", "can_be_told", "if_wrong"}) == bool(document["plans"])


def test_what_would_make_more_fit_names_products_that_do_not_fit_and_ranks_them(shared_site: Site) -> None:
    document = advice.advise_more(shared_site.home, COMMAND, shared_site.firm, Question()).document
    profile = _profile(shared_site, shared_site.firm)
    fitting = {one.id for one in _products(shared_site) if evaluate(one, profile, Question().request).verdict[0] == YES}
    for gain in document["more"]:
        gained = {one["product"] for one in gain["gained"]}
        assert gained
        assert not gained & fitting
        assert f"多{len(gained)}个产品" in gain["text"]
    rates = [gain["days"] / len(gain["gained"]) for gain in document["more"]]
    assert rates == sorted(rates)
    assert document["counts"]["fits"] == len(fitting)
    # What comes of the model second, and it only ever tends to.
    assert all("往往" in one["zh"] for one in document["hints"])


def test_an_enterprise_is_advised_on_itself_alone_and_a_bank_never(shared_site: Site) -> None:
    home, product = shared_site.home, _products(shared_site)[0].id
    firm = shared_site.caller(Role.enterprise)
    other = Caller("other", Role.enterprise, enterprise="uscc:nobody")
    assert advice.advise_product(home, firm, shared_site.firm, product, Question()).log_entry
    for stranger in (other, shared_site.caller(Role.bank), shared_site.caller(Role.regulator)):
        with pytest.raises(NotAllowedError):
            advice.advise_product(home, stranger, shared_site.firm, product, Question())
    with pytest.raises(UnknownProductError):
        advice.advise_product(home, firm, shared_site.firm, "no-such-product", Question())


def test_without_an_authorisation_advice_rests_on_public_records_and_asks_for_the_rest(site: Site) -> None:
    firm = site.caller(Role.enterprise)
    site.withdraw_all()
    with_sales = next(one for one in _products(site) if "sales_12m_fen" in one.model_dump_json())
    document = advice.advise_product(site.home, firm, site.firm, with_sales.id, Question()).document
    assert not document["authorised"]
    if document["status"] == "can_be_told":
        assert any(act.startswith("tell:") for plan in document["plans"] for act in plan["acts"])
    assert document["status"] in {"can_be_told", "no_change", "if_wrong"}


def test_the_api_gives_the_same_advice(shared_site: Site) -> None:
    product = _products(shared_site)[0].id
    client = shared_site.client(Role.enterprise)
    answer = client.get(f"/api/enterprise/products/{product}/advice", params={"amount": "200000", "term": "12"}).json()
    question = Question(amount_fen=20_000_000, term_months=12)
    direct = advice.advise_product(
        shared_site.home, shared_site.caller(Role.enterprise), shared_site.firm, product, question
    ).document
    assert {**answer, "log_entry": 0} == {**direct, "log_entry": 0}
    assert client.get("/api/enterprise/advice").json()["counts"]
    assert client.get(f"/api/bank/enterprises/{shared_site.firm}/flags").status_code == 403


def test_flags_need_the_permit_of_the_profile(site: Site) -> None:
    bank, firm = site.caller(Role.bank), site.caller(Role.enterprise)
    site.withdraw_all()
    with pytest.raises(ConsentMissingError):
        flags.flags(site.home, bank, site.firm)
    with pytest.raises(NotAllowedError):
        flags.flags(site.home, firm, site.firm)
    assert bank.bank is not None
    authorise.to_bank(site.home, firm, bank.bank)
    document = flags.flags(site.home, bank, site.firm).document
    assert document["watched"]
    assert all(abs(one["change_ppm"]) > one["own_ppm"] for one in document["flags"])
    assert site.client(Role.bank).get(f"/api/bank/enterprises/{site.firm}/flags").json()["flags"] == document["flags"]


def test_goals_get_the_cheapest_plan_in_words(shared_site: Site) -> None:
    for product, document in _some_advice(shared_site, shared_site.firm).items():
        plan = advice.cheapest_plan(shared_site.home, COMMAND, shared_site.firm, product, Question())
        assert (plan is None) == (not document["plans"])
        if plan is not None:
            assert plan.days == document["plans"][0]["days"]
            assert list(plan.steps) == document["plans"][0]["steps"]
