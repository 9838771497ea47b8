"""What the front page says of the home it stands before."""

from pathlib import Path

from served import ORIGIN, Site
from starlette.testclient import TestClient

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
