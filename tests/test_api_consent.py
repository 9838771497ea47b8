"""What authorisations open and close, seen from outside: at once, and nothing past them."""

from typing import Any

from served import Site
from starlette.testclient import TestClient

from service.access.caller import Role

pytest_plugins = ["served_fixtures"]


def test_giving_and_withdrawing_changes_the_lists_at_once(site: Site) -> None:
    site.withdraw_all()
    client = site.client(Role.enterprise)
    without = _ok(client.get("/api/enterprise/products"))
    given = client.post("/api/enterprise/authorisations", json={})
    assert given.status_code == 201
    with_it = _ok(client.get("/api/enterprise/products"))
    assert client.post(f"/api/enterprise/authorisations/{given.json()['id']}/revoke").status_code == 204
    after = _ok(client.get("/api/enterprise/products"))

    assert (without["authorised"], with_it["authorised"], after["authorised"]) == (False, True, False)
    assert without["counts"]["may_fit"] > with_it["counts"]["may_fit"]
    assert with_it["counts"]["fits"] > without["counts"]["fits"]
    assert after["counts"] == without["counts"]


def test_giving_twice_gives_one(site: Site) -> None:
    site.withdraw_all()
    client = site.client(Role.enterprise)
    first, second = (client.post("/api/enterprise/authorisations", json={}).json() for _ in range(2))
    assert first == second
    live = [one for one in client.get("/api/enterprise/authorisations").json() if one["live"]]
    assert [one["id"] for one in live] == [first["id"]]


def test_a_firm_is_scored_for_a_bank_only_while_it_authorises_matching(site: Site) -> None:
    site.withdraw_all()
    bank, firm = site.client(Role.bank), site.client(Role.enterprise)
    assert not _is_scored(site, bank)
    authorisation = firm.post("/api/enterprise/authorisations", json={}).json()["id"]
    assert _is_scored(site, bank)
    firm.post(f"/api/enterprise/authorisations/{authorisation}/revoke")
    assert not _is_scored(site, bank)


def test_those_without_authorisation_have_no_score(site: Site) -> None:
    bank = site.client(Role.bank)
    seen = []
    for product in site.products(of_bank=True):
        answer = _ok(bank.get(f"/api/bank/products/{product}/enterprises"))
        rows = answer["without_authorisation"]
        assert rows == sorted(rows, key=lambda row: row["enterprise"])
        assert all(set(row) == {"enterprise", "name"} for row in rows)
        seen += rows
    assert seen


def test_a_bank_sees_a_profile_only_while_the_firm_opens_it_to_that_bank(site: Site) -> None:
    site.withdraw_all()
    bank, firm = site.client(Role.bank), site.client(Role.enterprise)
    mine = site.caller(Role.bank).bank
    other = next(one["bank"] for one in site.catalogue() if one["bank"] != mine)
    address = f"/api/bank/enterprises/{site.firm}/profile"
    firm.post("/api/enterprise/authorisations", json={})  # matching alone opens no profile
    firm.post("/api/enterprise/authorisations", json={"bank": other})  # nor does another bank's
    assert bank.get(address).status_code == 403
    given = firm.post("/api/enterprise/authorisations", json={"bank": mine}).json()["id"]
    profile = _ok(bank.get(address))
    assert profile["enterprise"]["id"] == site.firm
    assert any(row["name"] == "sales_12m_fen" and row["text"] for row in profile["rows"])
    firm.post(f"/api/enterprise/authorisations/{given}/revoke")
    refused = bank.get(address)
    assert refused.status_code == 403
    assert "rows" not in refused.json()


def test_another_banks_product_is_refused(site: Site) -> None:
    bank = site.client(Role.bank)
    other = site.products(of_bank=False)[0]
    refused = bank.get(f"/api/bank/products/{other}/enterprises")
    assert refused.status_code == 403
    assert "fits" not in refused.json()
    assert bank.get(f"/bank/products/{other}").status_code == 403


def test_nobody_withdraws_anothers_authorisation(site: Site) -> None:
    [(number,)] = site.rows("SELECT min(id) FROM authorisations WHERE enterprise != ?", site.firm)
    client = site.client(Role.enterprise)
    assert client.post(f"/api/enterprise/authorisations/{number}/revoke").status_code == 404
    assert site.rows("SELECT revoked_on FROM authorisations WHERE id = ?", number) == [(None,)]


def test_an_unknown_bank_is_refused(site: Site) -> None:
    client = site.client(Role.enterprise)
    before = site.rows("SELECT count(*) FROM authorisations")
    assert client.post("/api/enterprise/authorisations", json={"bank": "no-such-bank"}).status_code == 422
    assert site.rows("SELECT count(*) FROM authorisations") == before


def test_both_directions_give_one_transparent_score(site: Site) -> None:
    compared = 0
    for user in site.users(Role.enterprise):
        site.client_of(user).post("/api/enterprise/authorisations", json={})
    seen_by_banks = _scores_seen_by_banks(site)
    for user in site.users(Role.enterprise):
        mine = _scores(_ok(site.client_of(user).get("/api/enterprise/products")), "product")
        for (product, enterprise), score in seen_by_banks.items():
            if enterprise == user.enterprise:
                assert mine[product] == score
                compared += 1
    assert compared >= 3


def _scores_seen_by_banks(site: Site) -> dict[tuple[str, str], float]:
    found = {}
    for user in site.users(Role.bank):
        client = site.client_of(user)
        for product in [one["id"] for one in site.catalogue() if one["bank"] == user.bank]:
            answer = _ok(client.get(f"/api/bank/products/{product}/enterprises"))
            found.update({(product, firm): score for firm, score in _scores(answer, "enterprise").items()})
    return found


def _scores(answer: dict[str, Any], of: str) -> dict[str, float]:
    return {row[of]: row["transparent_score"] for key in ("fits", "may_fit") for row in answer[key]}


def _is_scored(site: Site, bank: TestClient) -> bool:
    answer = _ok(bank.get(f"/api/bank/products/{site.products(of_bank=True)[0]}/enterprises"))
    return any(row["enterprise"] == site.firm for key in ("fits", "may_fit", "does_not_fit") for row in answer[key])


def _ok(response: Any) -> dict[str, Any]:  # noqa: ANN401 (a response of the test client)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document
