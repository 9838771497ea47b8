"""A product with a first day, in a served home: who sees it before that day and how it is told."""

from datetime import date, timedelta

import pytest
from served import Site

from matching.product import dump_products
from service.access.caller import COMMAND, Role
from service.work import catalogue, match, product_versions

pytest_plugins = ["served_fixtures"]

FIRST = date(2026, 5, 1)
LISTS = ("fits", "may_fit", "does_not_fit")
ON_THE_DAY, BEFORE = match.Question(as_of=FIRST), match.Question(as_of=FIRST - timedelta(days=1))


@pytest.fixture
def cold(site: Site) -> str:
    """Give one product of the demo bank a first day; return its id."""
    name = site.products(of_bank=True)[0]
    with site.home.database.read() as session:
        packaged = catalogue.catalogue(session).products
    products = [one.model_copy(update={"offered_from": FIRST if one.id == name else None}) for one in packaged]
    path = site.home.folder / "products.json"
    path.write_text(dump_products(products), encoding="utf-8")
    product_versions.load(site.home, COMMAND, path)
    return name


def test_its_bank_sees_it_with_its_first_day(site: Site, cold: str) -> None:
    client = site.client(Role.bank)
    assert client.get("/bank").text.count("起提供") == 1
    days = {one["id"]: one["offered_from"] for one in client.get("/api/bank/products").json()}
    assert days.pop(cold) == FIRST.isoformat()
    assert set(days.values()) == {None}


def test_no_firm_stands_in_its_lists_before(site: Site, cold: str) -> None:
    caller = site.caller(Role.bank)
    on_the_day, before = (match.enterprises_for(site.home, caller, cold, day).document for day in (ON_THE_DAY, BEFORE))
    assert sum(on_the_day["counts"].values()) > 0
    assert on_the_day["without_authorisation_count"] > 0
    assert sum(before["counts"].values()) == before["without_authorisation_count"] == 0
    said = [note["zh"] for note in before["notes"]]
    assert "该产品自2026-05-01起提供，数据时点2026-04-30在此之前，故名单为空。" in said
    assert not any("起提供" in note["zh"] for note in on_the_day["notes"])


def test_no_list_of_a_firm_names_it_before(site: Site, cold: str) -> None:
    caller = site.caller(Role.enterprise)
    days = (ON_THE_DAY, BEFORE)
    on_the_day, before = (match.products_for(site.home, caller, site.firm, day).document for day in days)
    named, earlier = ({row["product"] for key in LISTS for row in one[key]} for one in (on_the_day, before))
    assert named - earlier == {cold}
    assert earlier <= named
