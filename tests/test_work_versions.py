"""Products by version: each is kept, the newest is offered, and what is withdrawn is in no answer, however late."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from matching_worlds import Row, clause, product
from served import Site

from matching.preference import Sort
from matching.product import Product, dump_products
from service.access.caller import COMMAND, Caller, Role
from service.errors import (
    CatalogueChangedError,
    NotAllowedError,
    UnfitProductError,
    UnknownProductError,
    WithdrawnProductError,
)
from service.work import catalogue, match, product_versions, releases
from service.work.home import Home
from service.work.match_answer import LISTS

pytest_plugins = ["served_fixtures"]

COMPANY = [clause("kind", "kind", "equals", "company", reason_zh="须以企业名义签约")]
AGE = [clause("age", "age_months", "at_least", 12)]


def text(*products: Product) -> str:
    return dump_products(products)


def offered(bank: str, **changes: object) -> Product:
    return product(**{"id": "ours", "bank": bank, "criteria": COMPANY} | changes)


@pytest.fixture
def bank(site: Site) -> Caller:
    return site.caller(Role.bank)


def saved(site: Site, caller: Caller, *products: Product) -> list[int]:
    return [one.version.number for one in product_versions.save(site.home, caller, text(*products))]


def named(site: Site, sort: Sort = Sort.price) -> set[str]:
    """Return the products that the demo's firm is told of."""
    answer = match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question(sort=sort))
    return {row["product"] for key in LISTS for row in answer.document[key]}


def test_every_version_is_kept_with_its_digest_who_and_when(site: Site, bank: Caller) -> None:
    name = str(bank.bank)
    first, second = offered(name), offered(name, annual_rate="0.05")
    assert saved(site, bank, first) == [1]
    assert saved(site, bank, first) == [1]  # the same words are no other version
    assert saved(site, bank, second) == [2]
    assert saved(site, bank, first) == [3]
    found = product_versions.versions(site.home, bank, "ours")
    assert [one["number"] for one in found] == [3, 2, 1]
    assert [one["digest"] for one in found] == [first.digest(), second.digest(), first.digest()]
    assert {one["saved_by"] for one in found} == {bank.log_name}
    assert all(datetime.fromisoformat(one["saved_at"]) <= site.home.now() for one in found)
    rows = site.rows("SELECT document FROM product_versions WHERE product = 'ours' ORDER BY number")
    assert [Product.model_validate_json(row[0]) for row in rows] == [first, second, first]


def test_what_was_withdrawn_is_in_no_answer_until_it_is_saved_again(site: Site, bank: Caller) -> None:
    lent = offered(str(bank.bank))
    saved(site, bank, lent)
    assert "ours" in named(site)
    assert match.enterprises_for(site.home, bank, "ours", match.Question(top=1)).document["counts"]["fits"] > 0
    product_versions.withdraw(site.home, bank, "ours")
    assert named(site) == set()  # and the packaged samples do not come back in its place
    for refused in (
        lambda: match.enterprises_for(site.home, bank, "ours", match.Question()),
        lambda: product_versions.withdraw(site.home, bank, "ours"),
    ):
        with pytest.raises(WithdrawnProductError, match="已停用"):
            refused()
    assert catalogue.products(site.home, bank) == []
    assert site.client(Role.bank).get("/api/bank/products/ours/enterprises").status_code == 410
    assert saved(site, bank, lent) == [3]
    assert named(site) == {"ours"}
    assert [one["withdrawn"] for one in product_versions.versions(site.home, bank, "ours")] == [False, True, False]


def test_a_packaged_sample_can_be_withdrawn_alone(site: Site, bank: Caller) -> None:
    gone, others = site.products(of_bank=True)[0], named(site)
    product_versions.withdraw(site.home, bank, gone)
    assert others - named(site) == {gone}


def test_an_entry_names_the_version_that_answered(site: Site, bank: Caller) -> None:
    lent = offered(str(bank.bank))
    for one in (lent, offered(str(bank.bank), annual_rate="0.05"), lent):
        saved(site, bank, one)
    for answer in (
        match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question()),
        match.enterprises_for(site.home, bank, "ours", match.Question(top=1)),
    ):
        entry = json.loads(site.rows("SELECT entry FROM log_entries WHERE id = ?", answer.log_entry)[0][0])
        assert entry["product_versions"] == {"ours": {"digest": lent.digest(), "number": 3}}


def test_a_bank_saves_its_own_products_alone(site: Site, bank: Caller) -> None:
    another = next(one for one in site.users(Role.bank) if one.bank != bank.bank)
    theirs = offered(str(another.bank))
    for caller in (bank, site.caller(Role.enterprise), site.caller(Role.regulator)):
        with pytest.raises(NotAllowedError):
            product_versions.save(site.home, caller, text(theirs))
    saved(site, COMMAND, theirs)
    for refused in (
        lambda: product_versions.save(site.home, bank, text(offered(str(bank.bank)))),  # under the other's id
        lambda: product_versions.withdraw(site.home, bank, "ours"),
        lambda: product_versions.versions(site.home, bank, "ours"),
        lambda: product_versions.load(site.home, bank, site.home.folder / "none.json"),
    ):
        with pytest.raises(NotAllowedError):
            refused()
    with pytest.raises(UnknownProductError):
        product_versions.versions(site.home, COMMAND, "nothing")
    product_versions.withdraw(site.home, COMMAND, "ours")
    with pytest.raises(NotAllowedError):  # an id stays its bank's, and so do the versions under it
        saved(site, bank, offered(str(bank.bank)))


CONTRARY = [*AGE, clause("young", "age_months", "at_most", 3)]
SHUT_OUT = [{"id": "kinds", "require": {"not": {"column": "kind", "op": "equals", "value": "sole_proprietor"}}}]


@pytest.mark.parametrize("criteria", [CONTRARY, SHUT_OUT])
def test_a_review_refuses_what_no_product_may_demand(site: Site, bank: Caller, criteria: list[Row]) -> None:
    with pytest.raises(UnfitProductError, match="不能保存") as refused:
        saved(site, bank, offered(str(bank.bank)), offered(str(bank.bank), id="bad", criteria=criteria))
    assert "bad" in refused.value.zh
    assert site.rows("SELECT count(*) FROM product_versions") == [(0,)]  # all or nothing


def test_a_published_rate_beside_another_rule_is_refused(site: Site, bank: Caller) -> None:
    with pytest.raises(UnfitProductError, match="利率规则"):
        saved(
            site, bank, offered(str(bank.bank), annual_rate="0.000001", rate_rule={"base": "lpr_1y", "spread_bp": 225})
        )


def test_a_bank_tells_of_one_team_and_changes_it_in_all_its_products_at_once(site: Site) -> None:
    def lent(id_: str, officers: int) -> Product:
        desk = {"branches": [], "quota_loans": 9, "officers": officers, "files_per_officer_month": 4}
        return offered("new-bank", id=id_, desk=desk)

    with pytest.raises(UnfitProductError, match="客户经理"):
        saved(site, COMMAND, lent("one", 3), lent("two", 4))
    assert saved(site, COMMAND, lent("one", 3)) == [1]
    with pytest.raises(UnfitProductError, match="客户经理"):
        saved(site, COMMAND, lent("two", 4))
    assert saved(site, COMMAND, lent("one", 4), lent("two", 4)) == [2, 1]


def test_the_reason_of_a_demand_stands_beside_it_for_everybody(site: Site, bank: Caller) -> None:
    saved(site, bank, offered(str(bank.bank)))
    for caller in (bank, site.caller(Role.enterprise), COMMAND):
        shown = catalogue.products(site.home, caller)
        (ours,) = [one for one in shown if one["id"] == "ours"]
        assert [one.get("reason_zh") for one in ours["criteria_words"]] == ["须以企业名义签约"]


def test_a_review_reports_the_rest(site: Site, bank: Caller) -> None:
    client = site.client(Role.bank)
    answer = client.post("/api/bank/products", content=text(offered(str(bank.bank))).encode())
    assert answer.status_code == 201
    (told,) = answer.json()
    assert (told["product"], told["number"]) == ("ours", 1)
    assert all(one["severity"] != "error" and one["zh"] for one in told["findings"])
    assert client.post("/api/bank/products", content=b'{"id": "x", "platform_fee": 1}').status_code == 422
    assert [one["number"] for one in client.get("/api/bank/products/ours/versions").json()] == [1]
    assert client.delete("/api/bank/products/ours").status_code == 204


# Between ranking and answer


def interrupted(home: Home, act: Callable[[], Any], *, times: int) -> Home:
    """Return a home whose clock, when it is asked while an answer is computed, lets somebody act so many times."""
    left = [times]

    def now() -> datetime:
        if left[0]:
            left[0] -= 1
            act()
        return home.now()

    return replace(home, now=now)


def test_a_product_withdrawn_between_ranking_and_answer_is_not_shown(site: Site, bank: Caller) -> None:
    name = str(bank.bank)
    saved(site, bank, offered(name), offered(name, id="other", annual_rate="0.05"))

    def act() -> object:
        return product_versions.withdraw(site.home, bank, "ours")

    late = interrupted(site.home, act, times=1)
    answer = match.products_for(late, site.caller(Role.enterprise), site.firm, match.Question(sort=Sort.price))
    assert {row["product"] for key in LISTS for row in answer.document[key]} == {"other"}
    saved(site, bank, offered(name))
    with pytest.raises(WithdrawnProductError):
        match.enterprises_for(interrupted(site.home, act, times=1), bank, "ours", match.Question())


def test_what_keeps_changing_is_refused_and_leaves_no_answer(site: Site, bank: Caller) -> None:
    name, rates = str(bank.bank), iter(range(100, 999))
    saved(site, bank, offered(name))

    def act() -> object:
        return saved(site, bank, offered(name, annual_rate=f"0.0{next(rates)}"))

    caller = site.caller(Role.enterprise)
    before = site.rows("SELECT count(*) FROM log_entries WHERE tag LIKE 'match:%'")
    with pytest.raises(CatalogueChangedError, match="请重试"):
        match.products_for(interrupted(site.home, act, times=99), caller, site.firm, match.Question(sort=Sort.price))
    assert site.rows("SELECT count(*) FROM log_entries WHERE tag LIKE 'match:%'") == before


def test_renaming_banks_and_products_leaves_every_order_by_content(site: Site) -> None:
    for one in releases.models(site.home, COMMAND):
        if one.purpose == releases.RANKING and one.state == "active":
            releases.retire(site.home, COMMAND, one.id)  # what it learned, it learned of these ids
    with site.home.database.read() as session:
        packaged = catalogue.catalogue(session).products
    renamed = [
        one.model_copy(update={"id": f"x{99 - place}", "bank": f"b{len(one.bank)}", "bank_name": "行", "name": "贷"})
        for place, one in enumerate(packaged)
    ]
    caller = site.caller(Role.enterprise)

    def orders(products: list[Product]) -> list[list[bytes]]:
        contents = {one.id: one.content() for one in products}
        found = []
        for sort in Sort:
            document = match.products_for(site.home, caller, site.firm, match.Question(sort=sort)).document
            found += [[contents[row["product"]] for row in document[key]] for key in LISTS]
        return found

    before = orders(list(packaged))
    with site.home.database.write() as session:
        for product_ in renamed:
            _put(session, product_)
    assert orders(renamed) == before
    assert sum(map(len, before)) == len(Sort) * len(packaged)


def _put(session: Any, one: Product) -> None:  # noqa: ANN401 (a session, which only the store may name)
    from service.store import product_store  # noqa: PLC0415 (past the review, which is not the matter here)

    product_store.save(session, one.id, one.model_dump_json(), one.digest(), product_store.Saving("now", "test"))
