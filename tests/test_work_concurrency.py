"""Products saved while others ask: every answer is that of the one version in force when it was logged."""

import json
import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from matching_worlds import Row, clause, product
from served import Site

from matching.compile import YES
from matching.eligibility import Request, evaluate
from matching.preference import Sort
from matching.product import Product, dump_products
from service.access import consent
from service.access.caller import COMMAND, Purpose, Role
from service.errors import CatalogueChangedError
from service.work import match, product_versions, profile
from service.work.match_answer import LISTS
from service.work.profile import known_day, rows

pytest_plugins = ["served_fixtures"]

COMPANY = [clause("kind", "kind", "equals", "company", reason_zh="须以企业名义签约")]
NOBODY = [clause("kind", "kind", "equals", "family_farm", reason_zh="只为家庭农场设计")]
IDS = ("one", "two", "three")
SAVES, ASKS = 7, 6


def test_no_answer_holds_a_product_that_did_not_fit_in_the_version_it_was_logged_under(site: Site) -> None:
    home, bank = site.home, site.caller(Role.bank)

    def save(id_: str, number: int) -> None:
        criteria: list[Row] = [*(COMPANY, NOBODY)[number % 2]]
        lent = product(id=id_, bank=str(bank.bank), criteria=criteria, annual_rate=f"0.0{5 + number % 3}")
        product_versions.save(home, bank, dump_products([lent]))

    for id_ in IDS:
        save(id_, 0)
    caller = site.caller(Role.enterprise)

    def ask(number: int) -> int | None:
        try:
            if number % 2:
                return match.enterprises_for(home, bank, IDS[number % 3], match.Question(top=5)).log_entry
            return match.products_for(home, caller, site.firm, match.Question(sort=Sort.price)).log_entry
        except CatalogueChangedError:
            return None  # refused with a sentence: nothing was shown

    with ThreadPoolExecutor(4) as pool:
        saves = [pool.submit(save, IDS[number % 3], number) for number in range(1, SAVES)]
        asks = [pool.submit(ask, number) for number in range(ASKS)]
        for one in saves:
            one.result()
        answered = {one.result() for one in asks} - {None}
    assert answered
    _hold(site, answered)


def _hold(site: Site, answered: set[int | None]) -> None:
    """Go through the log in its order: an answer names the versions last saved before it and shows what fitted then."""
    documents = {
        (id_, number): Product.model_validate_json(document)
        for id_, number, document in site.rows("SELECT product, number, document FROM product_versions")
    }
    table = _profiles(site)
    newest: dict[str, int] = defaultdict(int)
    looked_at = 0
    for id_, tag, subject, text in site.rows("SELECT id, tag, subject, entry FROM log_entries ORDER BY id"):
        entry = json.loads(text)
        if tag == "catalogue:product:saved":
            newest[subject] = entry["number"]
        if id_ not in answered:
            continue
        named = entry["product_versions"]
        assert {one: said["number"] for one, said in named.items()} == {one: newest[one] for one in named}
        looked_at += 1
        fits = {row["id"] for row in entry["fits"]}
        if tag == "match:products:answered":
            assert set(named) == set(IDS)
            assert fits == {one for one in IDS if _fits(documents[one, newest[one]], table, site.firm)}
        else:
            eligible = {firm for firm in fits if _fits(documents[subject, newest[subject]], table, firm)}
            assert fits == eligible
    assert looked_at == len(answered)


def _profiles(site: Site) -> Any:  # noqa: ANN401 (a table of Arrow)
    with site.home.database.read() as session:
        permit = consent.permit(session, site.caller(Role.bank), Purpose.matching, site.home.today)
    return rows(site.home, permit.beyond_public, known_day(site.home, None))


def _fits(lent: Product, table: Any, firm: str) -> bool:  # noqa: ANN401
    found = evaluate(lent, table, Request())
    return bool(found.verdict[found.frame.enterprises.index(firm)] == YES)


def test_answers_are_the_same_before_and_after_profiles_are_indexed_anew(site: Site) -> None:
    def answers() -> str:
        bank = site.caller(Role.bank)
        documents = [
            match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question()).document,
            match.enterprises_for(site.home, bank, site.products(of_bank=True)[0], match.Question(top=5)).document,
        ]
        return json.dumps([{key: value for key, value in one.items() if key != "log_entry"} for one in documents])

    before = answers()
    shutil.rmtree(site.home.folder / "profiles")
    assert answers() == before  # computed from the facts
    profile.build(site.home, COMMAND)
    assert answers() == before
    assert all(f'"{name}"' in before for name in LISTS)
