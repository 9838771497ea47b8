"""What the front page says of the home it stands before."""

from pathlib import Path

import pytest
from served import ORIGIN, Site
from starlette.testclient import TestClient

from service.access.caller import Role
from service.app import create_app
from service.settings import Settings
from service.work.home import open_or_create_home

pytest_plugins = ["served_fixtures"]

SYNTHETIC = "均为合成数据"
NEXT = "rongqiao ingest"
PROMISE = "银行的名单不为它打分"


def test_a_demo_says_that_it_is_synthetic(shared_site: Site) -> None:
    text = shared_site.client().get("/").text
    assert SYNTHETIC in text
    assert PROMISE in text
    assert NEXT not in text


def test_a_home_without_demo_users_says_what_to_do_next(tmp_path: Path) -> None:
    home = open_or_create_home(tmp_path / "home")
    text = TestClient(create_app(home, Settings()), base_url=ORIGIN).get("/").text
    home.database.close()
    assert SYNTHETIC not in text
    assert NEXT in text
    assert PROMISE in text


@pytest.mark.parametrize(
    ("role", "path", "marked"),
    [
        (Role.bank, "/bank", '<a href="/bank" aria-current="page">'),
        (Role.bank, "/bank/products/{product}", '<a href="/bank" aria-current="true">'),
        (Role.enterprise, "/enterprise/profile", '<a href="/enterprise/profile" aria-current="page">'),
        (Role.operator, "/operator", '<a href="/operator" aria-current="page">'),
        (Role.regulator, "/regulator/log/1", '<a href="/regulator" aria-current="true">'),
    ],
)
def test_the_menu_marks_where_a_page_belongs(shared_site: Site, role: Role, path: str, marked: str) -> None:
    product = shared_site.products(of_bank=True)[0]
    text = shared_site.client(role).get(path.format(product=product)).text
    assert marked in text
    assert text.count("aria-current") == 1
