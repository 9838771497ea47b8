"""A bank's list leads to the profiles that were opened to that bank, and to no other."""

import re
from urllib.parse import unquote

from served import Site

from service.access.caller import COMMAND, Role
from service.work import authorise

pytest_plugins = ["served_fixtures"]

LINK = re.compile(r'href="(/bank/enterprises/[^"]+)"')
CLOSED = "需企业授权查看画像"


def test_only_opened_profiles_are_linked(site: Site) -> None:
    bank = site.client(Role.bank)
    address = f"/bank/products/{site.products(of_bank=True)[0]}?top=200"
    text = bank.get(address).text
    linked = LINK.findall(text)
    answer = bank.get(f"/api{address}".replace("?", "/enterprises?")).json()
    scored = {row["enterprise"] for key in ("fits", "may_fit") for row in answer[key]}
    opened = authorise.open_to(site.home, site.caller(Role.bank))
    assert {unquote(one.rpartition("/")[2]) for one in linked} == scored & opened
    assert text.count(CLOSED) == len(scored - opened) > 0
    assert all(bank.get(one).status_code == 200 for one in linked[:3])


def test_a_profile_is_open_from_the_grant_to_its_withdrawal(site: Site) -> None:
    caller = site.caller(Role.bank)
    assert caller.bank is not None
    site.withdraw_all()
    assert site.firm not in authorise.open_to(site.home, caller)
    authorise.to_bank(site.home, site.caller(Role.enterprise), caller.bank)
    assert site.firm in authorise.open_to(site.home, caller)
    others = [site.client_of(user) for user in site.users(Role.bank) if user.bank != caller.bank]
    assert all(one.get(f"/bank/enterprises/{site.firm}").status_code == 403 for one in others)
    site.withdraw_all()
    assert site.firm not in authorise.open_to(site.home, caller)


def test_nothing_is_open_to_a_caller_without_a_bank(site: Site) -> None:
    assert authorise.open_to(site.home, COMMAND) == frozenset()
    assert authorise.open_to(site.home, site.caller(Role.regulator)) == frozenset()
