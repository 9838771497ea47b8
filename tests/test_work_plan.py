"""The nightly plan of a home: who is in it, what it serves, and what it must not know."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from served import Site, serve_copy

from matching.compile import YES
from matching.eligibility import Request, evaluate
from service.access import consent
from service.access.caller import COMMAND, Ground, Role
from service.audit.tags import Tag
from service.cli import main
from service.errors import NotAllowedError, NothingToDoError
from service.store import choice_store, log_store, plan_store
from service.store.choice_store import OrderChoice
from service.work import catalogue, deliver, plan
from service.work.profile import known_day, rows

pytest_plugins = ["served_fixtures"]
HEADER = "enterprise,direction,invoice_no,issued_on,counterparty,amount_yuan,tax_yuan,total_yuan,status,known_on"


@pytest.fixture(scope="module")
def planned(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a copy of the demo with a plan of its latest day; its tests leave it as it is."""
    with serve_copy(built_home, tmp_path_factory.mktemp("planned") / "home") as served:
        plan.run(served.home, COMMAND)
        yield served


def authorised(site: Site) -> tuple[str, ...]:
    with site.home.database.read() as session:
        permit = consent.telling_permit(session, site.home.today)
    return tuple(sorted(permit.covered))


def day_of(site: Site) -> date:
    return known_day(site.home, None)


def test_the_plan_holds_the_firms_that_authorised_matching_and_what_fits_them(planned: Site) -> None:
    home, day = planned.home, day_of(planned)
    with home.database.read() as session:
        products = catalogue.catalogue(session).products
        access = consent.telling_permit(session, home.today).beyond_public
    profiles = rows(home, access, day)
    names = [str(one) for one in profiles.column("enterprise").to_pylist()]
    fit = {
        (names[row], product.id)
        for product in products
        for row, verdict in enumerate(evaluate(product, profiles, Request()).verdict)
        if verdict == YES
    }
    told = {name: plan.planned_for(home, name, day) or {} for name in names}
    assert {(name, product) for name, places in told.items() for product in places} == fit
    assert all(sorted(places.values()) == list(range(1, len(places) + 1)) for places in told.values())
    for product in products:
        firms = plan.planned_firms(home, product.id, day) or {}
        assert {(name, product.id) for name in firms} == {pair for pair in fit if pair[1] == product.id}
        assert sorted(firms.values()) == list(range(1, len(firms) + 1))


def test_a_firm_outside_has_no_place(planned: Site) -> None:
    inside = set(authorised(planned))
    with planned.home.database.read() as session:
        outside = sorted(set(consent.platform_permit(session, planned.home.today).covered) - inside)
    assert len(outside) > 100
    assert all(plan.planned_for(planned.home, name, day_of(planned)) is None for name in outside[:20])


def test_a_plan_serves_its_day_and_the_week_after_and_never_the_past(planned: Site) -> None:
    home, day = planned.home, day_of(planned)
    firm = next(name for name in authorised(planned) if plan.planned_for(home, name, day))
    places = plan.planned_for(home, firm, day)
    assert plan.planned_for(home, firm, day + timedelta(days=7)) == places
    assert plan.planned_for(home, firm, day + timedelta(days=8)) is None
    assert plan.planned_for(home, firm, day - timedelta(days=1)) is None
    assert plan.plan_id(home, day) is not None


def test_pressure_is_of_the_quarter_of_the_plan(site: Site) -> None:
    home, day = site.home, date(2026, 6, 30)
    document = orjson.dumps({"pressure": {"sample-01": 50_000}}).decode()
    with home.database.write() as session:
        plan_store.put(session, plan_store.StoredPlan(day, "none", document))
    assert plan.pressure_for(home, day) == {"sample-01": 50_000}
    assert plan.pressure_for(home, day + timedelta(days=1)) is None  # another quarter, another quota
    # The file of places is gone: an answer is then ordered without the plan.
    assert plan.planned_for(home, site.firm, day) is None


def test_the_plan_is_logged_with_its_digest_and_comes_out_the_same_again(
    site: Site, planned: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "run", "--home", str(site.home.folder), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["planned_effective_matches"] > first["own_effective_matches"]
    assert first["seats"]["blocking_pairs"] == 0
    with site.home.database.read() as session:
        entry = log_store.newest(session, limit=1, tag=Tag.plan_made.value)[0]
    assert entry.id == first["log_entry"]
    assert f'"plan":"{first["plan"]}"' in entry.entry
    assert plan.plan_id(planned.home, day_of(planned)) == first["plan"]
    with pytest.raises(NotAllowedError):
        plan.run(site.home, site.caller(Role.bank))


def test_who_left_planning_or_never_authorised_is_unknown_to_it(site: Site, tmp_path: Path) -> None:
    home, day = site.home, day_of(site)
    inside = authorised(site)
    leaving = site.firm
    assert leaving in inside
    before = plan.run(home, COMMAND)
    with home.database.write() as session:
        choice_store.put_order_choice(session, leaving, OrderChoice("chance", is_planned=False), home.today)
    with home.database.read() as session:
        everybody = consent.platform_permit(session, home.today).covered
    # Neither new invoices of firms outside nor of the one that left may show in the plan.
    outside = [leaving, *sorted(everybody - set(inside))]
    lines = [
        f"{firm.removeprefix('uscc:')},sale,P{number},{day},买方,900000.00,117000.00,1017000.00,valid,{day}"
        for number, firm in enumerate(outside)
    ]
    without = plan.run(home, COMMAND)
    delivery = tmp_path / "invoices.csv"
    delivery.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    deliver.take(home, COMMAND, delivery, "tables", ground=Ground.synthetic)
    after = plan.run(home, COMMAND)
    assert (before["firms"], without["firms"], without["left_planning"]) == (len(inside), len(inside) - 1, 1)
    assert after["plan"] == without["plan"] != before["plan"]
    assert plan.planned_for(home, leaving, day) is None


def test_where_nobody_authorised_matching_there_is_nothing_to_plan(site: Site) -> None:
    with site.home.database.write() as session:
        session.execute(_revoke_all())
    with pytest.raises(NothingToDoError, match="nothing to plan"):
        plan.run(site.home, COMMAND)


def _revoke_all() -> object:
    from sqlalchemy import text  # noqa: PLC0415 (tests look past the store where they must)

    return text("DELETE FROM authorisations")
