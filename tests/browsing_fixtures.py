"""A browser on a served copy of the demo. Test modules name this as a plugin (`pytest_plugins`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import ARGUMENTS, Browser, listening
from playwright.sync_api import Playwright, sync_playwright
from served import Site


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start Playwright's driver once."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def browser(site: Site, chromium: str, playwright: Playwright, tmp_path: Path) -> Iterator[Browser]:
    """Give a browser with an empty profile on a served copy of the demo; fail where the console said anything."""
    with listening(site) as address:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "browser", executable_path=chromium, headless=True, args=list(ARGUMENTS), locale="zh-CN"
        )
        opened = Browser(context, site, address)
        yield opened
        context.close()
    assert opened.said == []
