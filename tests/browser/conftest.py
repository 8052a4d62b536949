"""A Chromium, and the app on the sample and on a network with hostile names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route, WebSocket, sync_playwright

from tests.browser.serving import CHROMIUM, ROOT, served

#: Streamlit asks for these below a page's own address first, and then at the root.
_PROBED = ("/_stcore/health", "/_stcore/host-config")


@dataclass
class Watch:
    """What a page did that it should not."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._error)
        page.on("websocket", self._socket)
        page.route("**/*", self._request)

    def _error(self, error: Error) -> None:
        self.errors.append(str(error))

    def _socket(self, socket: WebSocket) -> None:
        self._address(socket.url)

    def _console(self, message: ConsoleMessage) -> None:
        probed = message.location.get("url", "").endswith(_PROBED) and "404" in message.text
        if message.type == "error" and not probed:
            self.errors.append(message.text)

    def _request(self, route: Route) -> None:
        if self._address(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _address(self, url: str) -> bool:
        parts = urlsplit(url)
        own = parts.scheme in ("data", "blob") or parts.hostname in ("127.0.0.1", "localhost")
        if not own:
            self.outside.append(url)
        return own


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; skipped, or failed where it is required, when there is none."""
    if not CHROMIUM.exists():
        if os.environ.get("TIERTRACE_TEST_BROWSER") == "required":
            pytest.fail(f"TIERTRACE_TEST_BROWSER=required, but there is no {CHROMIUM}")
        pytest.skip(f"no {CHROMIUM}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app with both networks loaded."""
    home = tmp_path_factory.mktemp("app") / "home"
    with served(home, ROOT / "loaders" / "sample", ROOT / "tests" / "ui" / "network") as address:
        yield address


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page in a theme and width; at the end it must have been quiet."""
    contexts = []

    def open_page(theme: str = "light", width: int = 1280) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=theme)
        contexts.append(context)
        context.set_default_timeout(45_000)
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.errors == []
    assert watch.outside == []
