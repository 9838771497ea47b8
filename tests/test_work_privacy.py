"""What a bank reads of firms that have not authorised depends on nothing that is not public; every act leaves a row."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from served import Site, serve_copy

from features.columns import ENTERPRISE
from matching.eligibility import Request
from matching.preference import Sort
from service.access import consent
from service.access.caller import COMMAND, Ground, Purpose, Role
from service.audit.tags import Tag
from service.store import log_store
from service.work import (
    advice,
    authorise,
    catalogue,
    choices,
    cost,
    deliver,
    flags,
    match,
    match_log,
    model_watch,
    odds,
    plan,
    policies,
    product_versions,
    profile,
    profiles,
    readiness,
    releases,
    sign_in,
    train,
    unmet,
)
from service.work.profile import asked_on, compute, known_day, rows

pytest_plugins = ["served_fixtures"]
HEADER = "enterprise,direction,invoice_no,issued_on,counterparty,amount_yuan,tax_yuan,total_yuan,status,known_on"
# Of no answer's content: which entry logged it.
LOGGED = {"log_entry"}


@pytest.fixture
def twin(built_home: Path, tmp_path: Path) -> Iterator[Site]:
    """Serve a second copy of the demo."""
    with serve_copy(built_home, tmp_path / "twin") as served:
        yield served


def _bank_answers(site: Site) -> list[dict[str, Any]]:
    bank = site.caller(Role.bank)
    questions = (match.Question(), match.Question(amount_fen=20_000_000, term_months=12, top=5))
    documents = [
        match.enterprises_for(site.home, bank, product, question).document
        for product in site.products(of_bank=True)
        for question in questions
    ]
    return [{key: value for key, value in one.items() if key not in LOGGED} for one in documents]


def _unauthorised(site: Site) -> list[str]:
    with site.home.database.read() as session:
        permit = consent.permit(session, site.caller(Role.bank), Purpose.matching, site.home.today)
    return [firm for grant in permit.public_alone.grants for firm in grant.enterprises or ()]


def test_private_facts_of_firms_without_authorisation_change_no_byte_of_a_banks_answers(
    site: Site, twin: Site, tmp_path: Path
) -> None:
    day = known_day(site.home, None)
    lines = [
        f"{firm.removeprefix('uscc:')},sale,P{number},{day},买方,900000.00,117000.00,1017000.00,valid,{day}"
        for number, firm in enumerate(_unauthorised(site))
    ]
    assert len(lines) > 100
    delivery = tmp_path / "invoices.csv"
    delivery.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    report = deliver.take(twin.home, COMMAND, delivery, "tables", ground=Ground.synthetic)
    assert report.counts()["invoices"]["taken"] == len(lines)
    profile.build(twin.home, COMMAND)
    assert json.dumps(_bank_answers(site)) == json.dumps(_bank_answers(twin))


def test_kept_profiles_masked_for_a_reader_equal_those_computed_for_it(site: Site) -> None:
    day = known_day(site.home, None)
    with site.home.database.read() as session:
        access = consent.permit(session, site.caller(Role.bank), Purpose.matching, site.home.today).access
    firms = [firm for grant in access.grants for firm in grant.enterprises or ()]
    kept = site.home.facts.read_profiles(access, day)
    assert kept is not None
    assert kept.num_rows == len(firms)
    assert kept.equals(compute(site.home, access, asked_on(firms, day)).select(kept.column_names))
    closed = kept.filter([str(firm) in set(_unauthorised(site)) for firm in kept[ENTERPRISE].to_pylist()])
    assert closed["sales_12m_fen"].null_count == closed.num_rows > 0


def test_a_profile_kept_before_an_authorisation_does_not_hide_what_it_opens(site: Site) -> None:
    firm = _unauthorised(site)[0]
    day = known_day(site.home, None)
    with site.home.database.write() as session:
        # A snapshot of the platform without grounds: what authorisations alone had opened.
        session.execute(_delete_grounds())
    profile.build(site.home, COMMAND)
    caller = sign_in.Caller("someone", Role.enterprise, enterprise=firm)
    before = match.products_for(site.home, caller, firm, match.Question()).document
    authorise.standard(site.home, caller)
    after = match.products_for(site.home, caller, firm, match.Question()).document
    assert not before["authorised"]
    assert after["authorised"]
    assert after["counts"]["may_fit"] < before["counts"]["may_fit"]
    with site.home.database.read() as session:
        access = consent.permit(session, caller, Purpose.matching, site.home.today, (firm,)).access
    assert rows(site.home, access, day).equals(compute(site.home, access, asked_on([firm], day)))


def test_every_audited_act_leaves_a_row(site: Site, tmp_path: Path) -> None:
    home, bank, firm = site.home, site.caller(Role.bank), site.caller(Role.enterprise)
    delivery = tmp_path / "invoices.csv"
    day = known_day(home, None)
    row = f"{site.firm.removeprefix('uscc:')},sale,P1,{day},买方,1.00,0.13,1.13,valid,{day}"
    delivery.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    own = tmp_path / "products.json"
    with home.database.read() as session:
        own.write_text(_packaged(session), encoding="utf-8")
    site.withdraw_all()
    acts = {
        Tag.delivery_taken: lambda: deliver.take(home, COMMAND, delivery, "tables"),
        Tag.authorisation_given: lambda: authorise.standard(home, firm),
        Tag.authorisation_revoked: site.withdraw_all,
        Tag.snapshot_built: lambda: profile.build(home, COMMAND),
        Tag.model_trained: lambda: train.train(home, COMMAND),
        Tag.model_approved: lambda: releases.approve(home, COMMAND, _evaluated(site)),
        Tag.model_watched: lambda: model_watch.watch(home, COMMAND),
        Tag.model_retired: lambda: releases.retire(home, COMMAND, _active(site)),
        Tag.model_activated: lambda: releases.activate(home, COMMAND, _approved(site)),
        Tag.products_loaded: lambda: product_versions.load(home, COMMAND, own),
        Tag.product_saved: lambda: product_versions.save(home, COMMAND, own.read_text(encoding="utf-8")),
        Tag.versions_listed: lambda: product_versions.versions(home, bank, site.products(of_bank=True)[0]),
        Tag.product_withdrawn: lambda: product_versions.withdraw(home, COMMAND, site.products(of_bank=False)[0]),
        Tag.order_chosen: lambda: choices.choose(home, firm, Sort.price),
        Tag.tag_deleted: lambda: choices.delete_tag(home, firm, "size"),
        Tag.tag_restored: lambda: choices.restore_tag(home, firm, "size"),
        Tag.choices_read: lambda: choices.read(home, firm),
        Tag.plan_made: lambda: plan.run(home, COMMAND),
        Tag.products_listed: lambda: catalogue.products(home, bank),
        Tag.enterprises_listed: lambda: catalogue.enterprises(home, COMMAND),
        Tag.products_answered: lambda: match.products_for(home, firm, site.firm, match.Question()),
        Tag.enterprises_answered: lambda: match.enterprises_for(
            home, bank, site.products(of_bank=True)[0], match.Question()
        ),
        Tag.profile_viewed: lambda: profiles.view(home, firm, site.firm),
        Tag.unmet_read: lambda: unmet.unmet_demand(home, bank),
        Tag.criterion_tried: lambda: unmet.criterion(home, bank, *_clause_of(site)),
        Tag.advice_answered: lambda: advice.advise_more(home, firm, site.firm, match.Question()),
        Tag.flags_viewed: lambda: flags.flags(home, COMMAND, site.firm),
        Tag.goal_set: lambda: readiness.set_goal(home, firm, _unfit(site), Request()),
        Tag.goals_listed: lambda: readiness.goals(home, firm),
        Tag.goal_ended: lambda: readiness.give_up(home, firm, readiness.goals(home, firm)[0]["id"]),
        Tag.goals_reviewed: lambda: readiness.review(home, COMMAND),
        Tag.readiness_read: lambda: readiness.summary(home, bank),
        Tag.promises_read: lambda: odds.promises(home),
        Tag.policies_loaded: lambda: policies.load(home, COMMAND, None),
        Tag.policies_pushed: lambda: policies.push(home, COMMAND),
        Tag.policies_read: lambda: policies.of_firm(home, firm),
        Tag.policy_progressed: lambda: policies.apply(home, firm, policies.of_firm(home, firm)[0]["policy"]),
        Tag.policies_counted: lambda: policies.summary(home, COMMAND),
        Tag.notices_chosen: lambda: policies.choose_notices(home, firm, wanted=False),
        Tag.cost_answered: lambda: cost.cost(home, bank, _loan(site)),
        Tag.signed_in: lambda: sign_in.enter(home, site.user(Role.bank).login),
        Tag.log_listed: lambda: match_log.entries(home, site.caller(Role.regulator)),
        Tag.log_read: lambda: match_log.entry(home, site.caller(Role.regulator), 1),
        Tag.log_verified: lambda: match_log.verify_log(home, site.caller(Role.regulator)),
    }
    for tag, act in acts.items():
        before = _count(site, tag)
        act()
        assert _count(site, tag) > before, f"{tag} left no row"
    # Recorded when the demo's firms were taken in; no act here brings new firms.
    assert set(Tag) - set(acts) == {Tag.ground_recorded}
    assert _count(site, Tag.ground_recorded) == 1
    assert match_log.verify_log(home, COMMAND).holds


def _loan(site: Site) -> cost.Asked:
    """Ask for the least that a product of the demo's bank lends."""
    product = site.products(of_bank=True)[0]
    with site.home.database.read() as session:
        found = catalogue.catalogue(session).get(product)
    return cost.Asked(product, found.amount_min_fen, found.term_min_months)


def _unfit(site: Site) -> str:
    """Return a product that does not fit the demo's firm."""
    answer = match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question())
    found: str = answer.document["does_not_fit"][0]["product"]
    return found


def _clause_of(site: Site) -> tuple[str, str]:
    """Return a product of the demo's bank and one of its clauses."""
    product = site.products(of_bank=True)[0]
    with site.home.database.read() as session:
        return product, catalogue.catalogue(session).get(product).criteria[0].id


def _evaluated(site: Site) -> str:
    """Train as of an earlier day, without activation."""
    earlier = known_day(site.home, None) - timedelta(days=30)
    return train.train(site.home, COMMAND, earlier, activate=False).versions[0].id


def _active(site: Site) -> str:
    return next(one.id for one in releases.models(site.home, COMMAND) if one.state == "active")


def _approved(site: Site) -> str:
    return next(one.id for one in releases.models(site.home, COMMAND) if one.state == "approved")


def _count(site: Site, tag: Tag) -> int:
    with site.home.database.read() as session:
        return len(log_store.newest(session, limit=100_000, tag=tag.value))


def _packaged(session: Any) -> str:  # noqa: ANN401 (a session, which only the store may name)
    from matching.product import dump_products  # noqa: PLC0415 (only this test writes a product file)

    return dump_products(catalogue.catalogue(session).products)


def _delete_grounds() -> Any:  # noqa: ANN401 (a statement, which only the store may name)
    from sqlalchemy import text  # noqa: PLC0415 (tests look past the store where they must)

    return text("DELETE FROM grounds")
