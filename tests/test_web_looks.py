"""Every page in its states, in a real browser: no accessibility fault, no sideways scroll, nothing too small to tap."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import DESKTOP, PHONE, SMALLEST, Browser
from playwright.sync_api import Page

from service.access.caller import Role
from service.work import authorise

pytest_plugins = ["served_fixtures", "browsing_fixtures"]

#: Role, address and whether the firm has authorised; `{product}`, `{firm}` and `{entry}` are filled in.
STATES: dict[str, tuple[Role | None, str, bool]] = {
    "front": (None, "/", True),
    "promises": (None, "/promises", True),
    "not signed in": (None, "/bank", True),
    "not found": (Role.bank, "/nothing", True),
    "another role's": (Role.bank, "/regulator", True),
    "bank's products": (Role.bank, "/bank", True),
    "firms": (Role.bank, "/bank/products/{product}", True),
    "firms, none": (Role.bank, "/bank/products/{product}?amount_wan=9000000", True),
    "firms, narrowed": (Role.bank, "/bank/products/{product}?section=F&sales_band=2", True),
    "firms, bad amount": (Role.bank, "/bank/products/{product}?amount_wan=x&term=0&top=x", True),
    "profile seen by a bank": (Role.bank, "/bank/enterprises/{firm}", True),
    "profile not opened": (Role.bank, "/bank/enterprises/{firm}", False),
    "products": (Role.enterprise, "/enterprise", True),
    "products, not authorised": (Role.enterprise, "/enterprise", False),
    "products, bad amount": (Role.enterprise, "/enterprise?amount_wan=x", True),
    "products, by price": (Role.enterprise, "/enterprise?sort=price", True),
    "products, not personal": (Role.enterprise, "/enterprise?sort=plain", True),
    "order and tags": (Role.enterprise, "/enterprise/choices", True),
    "own profile": (Role.enterprise, "/enterprise/profile", True),
    "own profile, not authorised": (Role.enterprise, "/enterprise/profile", False),
    "authorisations": (Role.enterprise, "/enterprise/authorisations", True),
    "authorisations, none": (Role.enterprise, "/enterprise/authorisations", False),
    "models": (Role.operator, "/operator", True),
    "a model": (Role.operator, "/operator/models/{model}", True),
    "log": (Role.regulator, "/regulator", True),
    "log, empty": (Role.regulator, "/regulator?before=1", True),
    "entry": (Role.regulator, "/regulator/log/{entry}", True),
}
SMALL = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select')]
  .filter(one => !one.classList.contains('skip'))
  .filter(one => { const box = one.getBoundingClientRect(); return box.width < 44 || box.height < 44 })
  .map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_fit_to_use(browser: Browser, state: str) -> None:
    role, address, authorised = STATES[state]
    page = browser.page()
    if role is not None:
        browser.enter(page, role)
    _authorise(browser, authorised=authorised)
    page.goto(browser.address + _filled(browser, address))
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert _violations(page) == []
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    assert page.evaluate("document.documentElement.scrollWidth") == SMALLEST[0]
    assert page.evaluate(SMALL) == []


def test_the_result_of_a_verification_is_fit_to_use(browser: Browser) -> None:
    page = browser.page()
    browser.enter(page, Role.regulator)
    page.get_by_role("button", name="核验全部条目").click()
    page.wait_for_url(f"{browser.address}/regulator/verify")
    assert _violations(page) == []


def test_without_scripts_or_styles_from_elsewhere(browser: Browser) -> None:
    asked: list[str] = []
    page = browser.page()
    page.on("request", lambda request: asked.append(request.url))
    browser.enter(page, Role.enterprise)
    assert all(url.startswith(browser.address) for url in asked)
    assert page.locator("script, style, [style], [onclick]").count() == 0


def test_a_list_page_is_light(browser: Browser) -> None:
    weight = 0

    def weigh(response: Any) -> None:  # noqa: ANN401 (Playwright's response)
        nonlocal weight
        weight += len(response.body())

    page = browser.page()
    browser.enter(page, Role.bank)
    page.on("response", weigh)
    page.goto(browser.address + _filled(browser, "/bank/products/{product}"), wait_until="networkidle")
    assert 0 < weight < 150_000


def _authorise(browser: Browser, *, authorised: bool) -> None:
    site = browser.site
    site.withdraw_all()
    if authorised:
        bank = site.caller(Role.bank).bank
        assert bank is not None
        authorise.standard(site.home, site.caller(Role.enterprise))
        authorise.to_bank(site.home, site.caller(Role.enterprise), bank)


def _filled(browser: Browser, address: str) -> str:
    site = browser.site
    query = "SELECT max(id) FROM log_entries WHERE tag = 'match:products:answered'"
    newest = "SELECT id FROM models ORDER BY purpose DESC, sequence DESC"
    return address.format(
        model=site.rows(newest)[0][0],
        product=site.products(of_bank=True)[0],
        firm=site.firm,
        entry=site.rows(query)[0][0],
    )


def _violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], node["html"][:160]) for one in found for node in one["nodes"]]
