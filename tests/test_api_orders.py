"""The order a firm chooses, planning and deleted tags, through the interface and on the pages."""

import json
from functools import partial
from typing import Any

import pytest
from served import Site
from starlette.testclient import TestClient

from matching.preference import FIRST_PLACES
from matching.tags import TAGS, TagName
from service.access.caller import COMMAND, Caller, Role
from service.work import match, plan

pytest_plugins = ["served_fixtures"]

PRODUCTS = "/api/enterprise/products"
LISTS = ("fits", "may_fit", "does_not_fit")


@pytest.fixture
def firm(site: Site) -> TestClient:
    return site.client(Role.enterprise)


def asked(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(PRODUCTS + query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def entry(site: Site, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.rows("SELECT entry FROM log_entries WHERE id = ?", number)[0][0])
    return found


def order(document: dict[str, Any]) -> list[str]:
    return [row["product"] for row in document["fits"]]


def test_the_answer_its_entry_and_the_page_name_the_order(site: Site, firm: TestClient) -> None:
    for sort, words, said in (
        ("price", "按综合成本", "按年化综合成本由低到高排列"),
        ("speed", "按到款速度", "按到款所需时间由短到长排列"),
        ("plain", "非个性化", "非个性化排序"),
    ):
        document = asked(firm, f"?sort={sort}")
        assert (document["sort"], document["order"], document["order_model"]) == (sort, sort, None)
        assert any(note["zh"].startswith(said) for note in document["notes"])
        assert (entry(site, document["log_entry"])["sort"], entry(site, document["log_entry"])["order"]) == (sort, sort)
        page = firm.get(f"/enterprise?sort={sort}")
        assert f"{words}排列" in page.text
        assert f'<option value="{sort}" selected>' in page.text
    prices = [float(row["all_in_rate"]) for row in asked(firm, "?sort=price")["fits"] if not row["unknown_fees"]]
    assert len(prices) > 3
    assert prices == sorted(prices)
    chance = asked(firm)
    assert (chance["sort"], chance["order"]) == ("chance", "ranker")
    assert {key: len(chance[key]) for key in LISTS} == {key: len(document[key]) for key in LISTS}


def test_rows_that_are_not_personal_are_the_same_for_every_firm(site: Site, firm: TestClient) -> None:
    firms = [firm, *(site.client_of(user) for user in site.users(Role.enterprise)[1:3])]
    documents = [asked(one, "?sort=plain&amount=200000") for one in firms]
    lists = [{row["product"]: row for row in document[key]} for document in documents for key in LISTS]
    rows: dict[str, set[str]] = {}
    for found in lists[0::3]:  # those that fit
        for name, row in found.items():
            rows.setdefault(name, set()).add(json.dumps(row))
    assert max(map(len, rows.values())) == 1
    assert len(documents[0]["fits"]) > 3
    shared = lists[0].keys() & (lists[3].keys() | lists[6].keys())
    assert shared  # at least one product stands in the lists of two firms
    for document in documents:
        for key in LISTS:
            for row in document[key]:
                assert row.get("score") is None
                assert not row.get("reasons")
                assert not row.get("value")
                assert row["criterion"]
        logged = entry(site, document["log_entry"])
        assert [row for key in LISTS for row in logged[key]] == [
            {"id": row["product"]} for key in LISTS for row in document[key]
        ]
    rates = [float(row["reference_rate"]) for row in documents[0]["fits"] if not row["unknown_fees"]]
    assert rates == sorted(rates)


def test_an_unknown_order_is_refused_with_the_names_of_all(firm: TestClient) -> None:
    answer = firm.get(f"{PRODUCTS}?sort=best")
    assert answer.status_code == 422
    assert "按综合成本" in answer.text
    page = firm.get("/enterprise?sort=best")
    assert page.status_code == 422
    assert "没有“best”这种排序" in page.text


def test_a_standing_choice_holds_at_once_and_one_question_may_differ(site: Site, firm: TestClient) -> None:
    assert firm.put("/api/enterprise/choices", json={"sort": "price"}).status_code == 204
    assert asked(firm)["sort"] == "price"
    assert asked(firm, "?sort=chance")["sort"] == "chance"
    assert firm.get("/api/enterprise/choices").json()["sort"] == "price"
    assert firm.put("/api/enterprise/choices", json={"is_planned": False}).status_code == 204
    chosen = firm.get("/api/enterprise/choices").json()
    assert (chosen["sort"], chosen["is_planned"]) == ("price", False)
    rows = site.rows("SELECT entry FROM log_entries WHERE tag = 'choice:order:changed' ORDER BY id")
    assert [(json.loads(text)["sort"], json.loads(text)["is_planned"]) for (text,) in rows] == [
        ("price", True),
        ("price", False),
    ]
    for wrong in ({"sort": "best"}, {"order": "price"}, {"is_planned": "perhaps"}):
        assert firm.put("/api/enterprise/choices", json=wrong).status_code == 422


def test_choosing_works_without_scripts(firm: TestClient) -> None:
    page = firm.get("/enterprise/choices")
    assert page.status_code == 200
    assert all(tag.words.zh in page.text for tag in TAGS.values())
    assert 'value="on" checked' in page.text
    assert firm.post("/enterprise/choices", data={"sort": "speed"}).status_code == 303
    assert firm.post("/enterprise/tags/size/delete").status_code == 303
    changed = firm.get("/enterprise/choices").text
    assert '<option value="speed" selected>' in changed
    assert 'value="on" checked' not in changed
    assert "/enterprise/tags/size/restore" in changed
    assert firm.post("/enterprise/tags/size/restore").status_code == 303
    assert "/enterprise/tags/size/delete" in firm.get("/enterprise/choices").text
    assert firm.post("/enterprise/tags/nothing/delete").status_code == 404


def test_a_deleted_tag_is_in_no_score_and_no_reason_of_either_side(site: Site, firm: TestClient) -> None:
    before = asked(firm)
    assert firm.delete("/api/enterprise/tags/size").status_code == 204
    after = asked(firm)
    assert after["deleted_tags"] == ["size"]
    assert after["counts"] == before["counts"]
    assert any("1个标签" in note["zh"] for note in after["notes"])
    assert entry(site, after["log_entry"])["deleted_tags"] == {site.firm: ["size"]}
    columns = TAGS[TagName.size].columns
    assert _columns(before) & columns
    assert not _columns(after) & columns
    assert {row["product"] for row in after["fits"]} == {row["product"] for row in before["fits"]}
    assert [row["score"] for row in after["fits"]] != [row["score"] for row in before["fits"]]
    bank = site.client(Role.bank)
    for product in site.products(of_bank=True)[:1]:
        rows = bank.get(f"/api/bank/products/{product}/enterprises").json()
        mine = [row for key in ("fits", "may_fit") for row in rows[key] if row["enterprise"] == site.firm]
        told = {reason["column"] for row in mine for reason in row["reasons"] if reason["value"] is not None}
        assert not told & columns
    assert firm.put("/api/enterprise/tags/size").status_code == 204
    again = asked(firm)
    assert {key: again[key] for key in LISTS} == {key: before[key] for key in LISTS}
    assert firm.delete("/api/enterprise/tags/nothing").status_code == 404


def _columns(document: dict[str, Any]) -> set[str]:
    return {reason["column"] for row in document["fits"] for reason in row["reasons"] if reason["value"] is not None}


def test_only_the_firm_itself_chooses(site: Site) -> None:
    for role in (Role.bank, Role.regulator, Role.operator):
        client = site.client(role)
        assert client.get("/api/enterprise/choices").status_code == 403
        assert client.put("/api/enterprise/choices", json={"sort": "price"}).status_code == 403
        assert client.delete("/api/enterprise/tags/size").status_code == 403


def test_a_plan_serves_whom_left_it_on_and_authorised(site: Site, firm: TestClient) -> None:
    own = asked(firm)
    assert not own["is_planned"]
    plan.run(site.home, COMMAND)
    followed = asked(firm)
    assert followed["is_planned"]
    assert order(followed).index(order(own)[0]) < FIRST_PLACES
    assert [row["product"] for row in followed["fits"] if row["is_own_first"]] == order(own)[:1]
    logged = entry(site, followed["log_entry"])
    assert logged["plan"] == plan.plan_id(site.home, _day(site))
    assert logged["planned"] == {
        row["product"]: row["planned_place"] for row in followed["fits"] if row["planned_place"] is not None
    }
    assert logged["planned"]
    assert {row["product"] for row in followed["fits"]} == {row["product"] for row in own["fits"]}
    assert not asked(firm, "?sort=price")["is_planned"]
    bank = site.caller(Role.bank)
    product = next(one for one in site.products(of_bank=True) if site.firm in _planned(site, bank, one))
    turns = (
        (partial(_tagged, firm, is_deleted=True), partial(_tagged, firm, is_deleted=False)),
        (partial(_chosen, firm, is_planned=False), partial(_chosen, firm, is_planned=True)),
    )
    for leave, come_back in turns:
        leave()
        assert not asked(firm)["is_planned"]
        assert site.firm not in _planned(site, bank, product)
        come_back()
        assert asked(firm)["is_planned"]
        assert site.firm in _planned(site, bank, product)
    firm.put("/api/enterprise/choices", json={"is_planned": False})
    assert order(asked(firm)) == order(own)
    assert not asked(firm)["is_planned"]
    firm.put("/api/enterprise/choices", json={"is_planned": True})
    assert order(asked(firm)) == order(followed)
    site.withdraw_all()
    assert not asked(firm)["is_planned"]


def _tagged(client: TestClient, *, is_deleted: bool) -> object:
    return client.request("DELETE" if is_deleted else "PUT", "/api/enterprise/tags/size")


def _chosen(client: TestClient, *, is_planned: bool) -> object:
    return client.put("/api/enterprise/choices", json={"is_planned": is_planned})


def _planned(site: Site, bank: Caller, product: str) -> set[str]:
    """Return the firms that the plan moves on a bank's list, as the log names them."""
    number = match.enterprises_for(site.home, bank, product, match.Question()).log_entry
    return set(entry(site, number)["planned"])


def _day(site: Site) -> Any:  # noqa: ANN401 (a date)
    return site.home.facts.latest_known_on()
