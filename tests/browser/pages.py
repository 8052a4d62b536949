"""What tests ask of a page in the browser: its address, and whether it is complete."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page


def query(page: Page) -> dict[str, list[str]]:
    """Parameters of the address, each with all its values."""
    return parse_qs(urlsplit(page.url).query)


def single(page: Page) -> dict[str, str]:
    """The same, each with its first value."""
    return {name: values[0] for name, values in query(page).items()}


def settle(page: Page, there: str = "") -> None:
    """Wait until something is there, and until the run of the page is over."""
    if there:
        page.locator(there).first.wait_for()
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
