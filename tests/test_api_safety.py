"""Refusals, cross-site requests, headers, names with scripts in them, and no answer without its log entry."""

import json
import re
import sqlite3
import stat
from pathlib import Path

import pytest
from served import ORIGIN, Site
from starlette.testclient import TestClient

from service.access.caller import Role
from service.app import create_app
from service.http.middleware import CONTENT_SECURITY_POLICY
from service.http.rate import SignInLimit
from service.http.sessions import COOKIE, KEY_FILE, session_key
from service.settings import Settings
from service.store import entity_store

pytest_plugins = ["served_fixtures"]

EVIL = "<script>alert(1)</script>\"'甘肃"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {},
    ],
    ids=str,
)
def test_a_change_asked_from_elsewhere_is_refused(site: Site, headers: dict[str, str]) -> None:
    site.withdraw_all()
    cookies = site.client(Role.enterprise).cookies
    client = TestClient(site.app, base_url=ORIGIN, cookies=dict(cookies))
    for address in ("/api/enterprise/authorisations", "/enterprise/authorisations"):
        refused = client.post(address, headers=headers)
        assert refused.status_code == 403
    assert not _live(site)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": ORIGIN}])
def test_a_change_asked_from_here_is_done(site: Site, headers: dict[str, str]) -> None:
    site.withdraw_all()
    cookies = site.client(Role.enterprise).cookies
    client = TestClient(site.app, base_url=ORIGIN, cookies=dict(cookies))
    assert client.post("/enterprise/authorisations", headers=headers, follow_redirects=False).status_code == 303
    assert len(_live(site)) == 1


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        ("/api/enterprise/products", 401, "not-signed-in"),
        ("/api/nothing", 404, "not-found"),
        ("/api/session", 405, "method-not-allowed"),
    ],
)
def test_a_refusal_is_a_problem_document(site: Site, address: str, status: int, kind: str) -> None:
    refused = site.client().get(address)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["type"] == f"urn:rongqiao:problem:{kind}"
    assert problem["status"] == status
    assert re.search("[一-鿿]", problem["zh"])
    assert problem["en"]
    assert problem["request_id"] == refused.headers["x-request-id"]


@pytest.mark.parametrize(
    "query",
    [
        "amount=abc", "amount=-5", "amount=0", "amount=1.005", "amount=1e9", "amount=NaN", "amount=99999999999999999",
        "term=0", "term=1.5", "term=601", "term=-1", "as_of=2026-02-30", "as_of=tomorrow", "top=0", "top=x",
    ],
)  # fmt: skip
def test_a_bad_value_is_said_and_nothing_is_logged(site: Site, query: str) -> None:
    client = site.client(Role.enterprise)
    before = site.rows("SELECT count(*) FROM log_entries")
    refused = client.get(f"/api/enterprise/products?{query}")
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:rongqiao:problem:bad-value"
    assert site.rows("SELECT count(*) FROM log_entries") == before


@pytest.mark.parametrize(
    "address",
    [
        "/api/regulator/log/0", "/api/regulator/log/x", f"/api/regulator/log/{2**64}", "/api/regulator/log?before=-1",
        "/regulator/log/x", f"/regulator/log/{2**64}", "/regulator?before=x",
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_refused(shared_site: Site, address: str) -> None:
    assert shared_site.client(Role.regulator).get(address).status_code == 422


def test_what_is_not_there_is_404(shared_site: Site) -> None:
    regulator, bank = shared_site.client(Role.regulator), shared_site.client(Role.bank)
    assert regulator.get("/api/regulator/log/999999").status_code == 404
    assert bank.get("/api/bank/products/no-such-product/enterprises").status_code == 404
    assert bank.get("/api/bank/enterprises/uscc:nobody/profile").status_code == 404
    assert bank.get("/bank/products/%00%ED%A0%80").status_code == 404


def test_the_page_of_a_refusal_has_both_sentences_and_a_way_back(shared_site: Site) -> None:
    refused = shared_site.client(Role.bank).get("/regulator")
    assert refused.status_code == 403
    assert "此处仅供监管用户使用。" in refused.text
    assert "users of the role regulator only" in refused.text
    assert 'href="/bank"' in refused.text


def test_every_answer_carries_the_security_headers(shared_site: Site) -> None:
    client = shared_site.client(Role.bank)
    for address in ("/", "/bank", "/api/bank/products", "/nothing", "/static/rongqiao.css", "/static/none", "/livez"):
        headers = client.get(address).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == ("max-age=3600" if "/static/" in address else "no-store")


def test_a_name_with_a_script_is_text_on_every_page(site: Site) -> None:
    firm, user = site.firm, site.user(Role.enterprise)
    with site.home.database.write() as session:
        entity_store.put_enterprises(session, [(firm, firm.partition(":")[0], EVIL)])
        entity_store.put_users(session, [entity_store.User(user.login, user.role, EVIL, None, firm, is_demo=True)])
    client, bank, regulator = (site.client(role) for role in (Role.enterprise, Role.bank, Role.regulator))
    given = [
        client.post("/enterprise/authorisations"),
        client.post("/enterprise/authorisations", data={"bank": site.caller(Role.bank).bank}),
    ]
    assert [one.status_code for one in given] == [303, 303]
    pages = [
        client.get(address) for address in ("/", "/enterprise", "/enterprise/profile", "/enterprise/authorisations")
    ]
    pages += [bank.get(f"/bank/products/{product}?top=1000") for product in site.products(of_bank=True)]
    pages += [bank.get(f"/bank/enterprises/{firm}"), client.get(f"/enterprise?amount_wan={EVIL}")]
    pages += [regulator.get("/regulator"), regulator.get(f"/regulator?tag={EVIL}")]
    assert all("<script" not in page.text for page in pages)
    assert sum("&lt;script&gt;" in page.text for page in pages) >= 8


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.enterprise, "/api/enterprise/products"),
        (Role.enterprise, "/enterprise"),
        (Role.enterprise, "/api/enterprise/profile"),
        (Role.enterprise, "/enterprise/profile"),
        (Role.bank, "/api/bank/products"),
        (Role.bank, "/api/bank/products/{product}/enterprises"),
        (Role.bank, "/bank/products/{product}"),
        (Role.bank, "/api/bank/enterprises/{firm}/profile"),
        (Role.bank, "/bank/enterprises/{firm}"),
        (Role.regulator, "/api/regulator/log"),
        (Role.regulator, "/regulator/log/1"),
    ],
)
def test_without_its_log_entry_nothing_is_answered(
    site: Site, role: Role, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site.client(Role.enterprise).post("/api/enterprise/authorisations", json={"bank": site.caller(Role.bank).bank})
    address = address.format(product=site.products(of_bank=True)[0], firm=site.firm)
    client = site.client(role)
    answered = client.get(address)
    assert answered.status_code == 200
    with sqlite3.connect(site.home.folder / "rongqiao.db") as connection:
        connection.execute(
            "CREATE TRIGGER no_log BEFORE INSERT ON log_entries BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    connection.close()
    refused = client.get(address)
    assert refused.status_code == 500
    assert "the disk is full" not in refused.text
    assert "INSERT" not in refused.text
    assert site.firm not in refused.text
    assert not re.search(r'"(fits|rows|entries|name)"|<meter|class="profile"|<table', refused.text)
    lines = capsys.readouterr().err
    assert '"event": "failed"' in lines
    assert site.firm not in lines


def test_a_giving_that_cannot_be_logged_gives_nothing(site: Site) -> None:
    site.withdraw_all()
    client = site.client(Role.enterprise)
    with sqlite3.connect(site.home.folder / "rongqiao.db") as connection:
        connection.execute("CREATE TRIGGER no_log BEFORE INSERT ON log_entries BEGIN SELECT RAISE(ABORT, 'no'); END")
    connection.close()
    assert client.post("/api/enterprise/authorisations", json={}).status_code == 500
    assert not _live(site)


def test_a_busy_database_is_503_with_a_time_to_wait(site: Site) -> None:
    client = site.client(Role.enterprise)
    other = sqlite3.connect(site.home.folder / "rongqiao.db", isolation_level=None)
    with site.home.database.read() as session:  # the pool is warm; a short wait for the lock is enough for this test
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 50")
    other.execute("BEGIN IMMEDIATE")
    try:
        refused = client.get("/api/enterprise/products")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert refused.json()["type"] == "urn:rongqiao:problem:busy"


def test_lines_name_routes_and_no_one(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    client = site.client(Role.bank)
    client.get(f"/api/bank/enterprises/{site.firm}/profile?as_of=2026-01-01")
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert lines[-1]["route"] == "/api/bank/enterprises/{enterprise_id}/profile"
    assert set(lines[-1]) == {"event", "level", "method", "ms", "request", "route", "status", "timestamp"}
    assert site.firm not in written
    assert site.user(Role.bank).login not in written


def test_figures_are_for_this_machine_alone(shared_site: Site) -> None:
    here = TestClient(shared_site.app, client=("127.0.0.1", 50000))
    assert "rongqiao_requests_total" in here.get("/metrics").text
    assert here.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert TestClient(shared_site.app, client=("203.0.113.9", 50000)).get("/metrics").status_code == 404


def test_readiness_follows_the_database(site: Site) -> None:
    client = site.client()
    assert client.get("/readyz").status_code == 200
    with sqlite3.connect(site.home.folder / "rongqiao.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


def test_the_cookie_is_guarded_and_signed(site: Site) -> None:
    client = site.client()
    entered = client.post("/api/session", json={"login": site.user(Role.bank).login})
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    value = client.cookies[COOKIE]
    forged = TestClient(site.app, cookies={COOKIE: value[:-2] + ("aa" if not value.endswith("aa") else "bb")})
    assert forged.get("/api/bank/products").status_code == 401
    assert client.delete("/api/session").status_code == 204
    assert client.get("/api/bank/products").status_code == 401


def test_the_cookie_is_secure_where_set(site: Site) -> None:
    app = create_app(site.home, Settings(secure_cookies=True))
    client = TestClient(app, base_url="https://testserver", headers={"Origin": "https://testserver"})
    entered = client.post("/api/session", json={"login": site.user(Role.bank).login})
    assert "secure" in entered.headers["set-cookie"].lower()


def test_a_user_who_is_gone_is_signed_out(site: Site) -> None:
    client = site.client(Role.regulator)
    with sqlite3.connect(site.home.folder / "rongqiao.db") as connection:
        connection.execute("DELETE FROM users WHERE login = ?", (site.user(Role.regulator).login,))
    connection.close()
    assert client.get("/api/regulator/log").status_code == 401


def test_only_demo_users_enter_by_choosing(site: Site) -> None:
    with site.home.database.write() as session:
        entity_store.put_users(session, [entity_store.User("real", "regulator", "真用户", is_demo=False)])
    assert site.client().post("/api/session", json={"login": "real"}).status_code == 403
    assert site.client().post("/enter", data={"login": "nobody"}).status_code == 403


def test_signing_in_has_a_ceiling(site: Site) -> None:
    site.app.state.sign_ins = SignInLimit(2)
    client = site.client()
    statuses = [client.post("/api/session", json={"login": site.user(Role.bank).login}) for _ in range(3)]
    assert [one.status_code for one in statuses] == [200, 200, 429]
    assert statuses[-1].headers["retry-after"] == "60"


def test_the_session_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    key = session_key(tmp_path)
    assert session_key(tmp_path) == key
    assert len(key) == 64
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_the_interface_is_described(shared_site: Site) -> None:
    client = shared_site.client()
    document = client.get("/api/openapi.json").json()
    assert "/api/bank/products/{product_id}/enterprises" in document["paths"]
    assert client.get("/docs").status_code == 404


def _live(site: Site) -> list[tuple[int]]:
    return site.rows("SELECT id FROM authorisations WHERE enterprise = ? AND revoked_on IS NULL", site.firm)
