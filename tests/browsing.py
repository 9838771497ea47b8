"""A real browser on the served demo: pages that note whatever the console or the content security policy says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from served import Site

from service.access.caller import Role

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = (1280, 900)
PHONE = (360, 780)
SMALLEST = (320, 640)
# Chromium says so of every page that is refused, and a test that asks for one looks at the status itself.
REFUSED = "Failed to load resource: the server responded with a status of 4"


@dataclass
class Browser:
    """A browser with an address to go to."""

    context: BrowserContext
    site: Site
    address: str
    said: list[str] = field(default_factory=list)

    def page(self, size: tuple[int, int] = DESKTOP) -> Page:
        """Open a page of a size; what its console says is kept in `said`."""
        page = self.context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("requestfailed", lambda request: self.said.append(f"failed: {request.url}"))
        page.set_default_timeout(20_000)
        return page

    def enter(self, page: Page, role: Role) -> None:
        """Enter as the role's demo user by its button on the front page."""
        page.goto(self.address + "/")
        button = page.locator(f"form:has(input[value='{self.site.user(role).login}']) button")
        button.click()
        page.wait_for_url(lambda url: url != self.address + "/")

    def leave(self) -> None:
        """Forget the session."""
        self.context.clear_cookies()

    def _note(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(REFUSED):
            self.said.append(message.text)


@contextmanager
def listening(site: Site) -> Iterator[str]:
    """Serve a site on a free port; give its address."""
    config = uvicorn.Config(site.app, port=0, log_level="warning", access_log=False, ws="none", lifespan="on")
    server = uvicorn.Server(config)
    # The socket listens before the server runs, so the first request only waits; nobody has to sleep.
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)
    listener.close()
