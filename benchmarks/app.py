"""The app at 100,000 parties and 500,000 links: the first page, pages and choices on them, ten people at once.

Times are those of the server, from a reader's message until the page is whole, over the app's own web socket; where
there is a Chromium, also from the click until the page is drawn. A choice is one that nobody made before, on a day that
was looked at before; the ratio of a page is against the same page for a day of which nothing is kept.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Page, sync_playwright

from benchmarks.common import Row
from benchmarks.made import flagged_network
from tests.browser.serving import CHROMIUM, served
from tests.session import Session, reader

NODES, LINKS = 100_000, 500_000
FIRST_SECONDS, INTERACTION_SECONDS, TEN_SECONDS = 1.0, 0.3, 2.0
_DAY = "2021-06-30"
_BRAND = "o0"
#: Pages as people open them, one after another: page and what changes in the address.
_WALK: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("overview", "", {}),
    ("documented links alone", "", {"evidence": "documented only"}),
    ("search in the table", "", {"q": "tex"}),
    ("brand", "brand", {"brand": _BRAND}),
    ("another brand", "brand", {"brand": "o50"}),
    ("site", "site", {"site": "f0"}),
    ("explore", "explore", {"brand": _BRAND}),
    ("map", "map", {"brand": _BRAND}),
    ("what-if", "what-if", {"brand": _BRAND}),
    ("review", "review", {}),
    ("data", "data", {}),
    ("cypher", "cypher", {}),
    ("snapshots", "snapshots", {}),
)
#: Choices on pages, each of its own: page and what the n-th one changes in the address.
_CHOICES: tuple[tuple[str, str, Callable[[int], dict[str, str]]], ...] = (
    ("a word in the overview", "", lambda n: {"q": ("co", "tex", "an", "li", "mo")[n % 5] + str(n)}),
    ("a brand", "brand", lambda n: {"brand": f"o{50 * (n + 2)}"}),
    ("a site of a brand", "brand", lambda n: {"brand": _BRAND, "site": f"f{500 * n}"}),
    ("a site", "site", lambda n: {"site": f"f{500 * (n + 1)}"}),
    ("a brand in explore", "explore", lambda n: {"brand": f"o{50 * (n + 2)}"}),
    ("suppliers opened in explore", "explore", lambda n: {"brand": _BRAND, "open": f"suppliers:f{500 * n}"}),
    ("a flag on the map", "map", lambda n: {"flag": ("named", "ownership", "none", "good_country", "region")[n % 5]}),
    ("a brand's sites on the map", "map", lambda n: {"brand": f"o{50 * (n + 2)}", "sites": "behind"}),
    ("a site supposed clean", "what-if", lambda n: {"brand": _BRAND, "clean": f"f{500 * (n + 1)}"}),
)
_PEOPLE = 10


def rows(nodes: int = NODES, links: int = LINKS, repeat: int = 5) -> Iterator[Row]:
    """All rows of this benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        tables = flagged_network(Path(folder), nodes, links)
        with served(Path(folder) / "home", tables) as address:
            size = f"{nodes:,} parties, {links:,} links"
            with reader(address) as session:
                first = session.open("")
            yield _below(f"first page after the server is up, {size}", first.seconds, FIRST_SECONDS)
            taken: list[float] = []
            yield from _pages(address, repeat, taken)
            yield from _chosen(address, repeat, taken)
            yield _below("server: median of all of these", median(taken), INTERACTION_SECONDS)
            yield _together(address)
            yield from _drawn(address, repeat)


def _below(what: str, took: float, goal: float, reference: float | None = None) -> Row:
    ratio = "" if reference is None else f"{reference / took:.1f}x a day of which nothing is kept"
    return Row(what, f"{1000 * took:.0f} ms", ratio, f"< {1000 * goal:.0f} ms", took < goal)


def _pages(address: str, repeat: int, everything: list[float]) -> Iterator[Row]:
    """Pages that were opened before."""
    with reader(address) as session:
        for number, (what, page, query) in enumerate(_WALK):
            cold = _open(session, page, {**query, "asof": f"2021-07-{number + 1:02d}"})
            _open(session, page, {**query, "asof": _DAY})
            taken = [_open(session, page, {**query, "asof": _DAY}) for _ in range(repeat)]
            everything += taken
            yield _below(f"server: {what}, median of {repeat}", median(taken), INTERACTION_SECONDS, cold)


def _chosen(address: str, repeat: int, everything: list[float]) -> Iterator[Row]:
    """Choices that nobody made before."""
    with reader(address) as session:
        for what, page, query in _CHOICES:
            taken = [_open(session, page, {**query(number), "asof": _DAY}) for number in range(repeat)]
            everything += taken
            yield _below(f"server: {what}, median of {repeat} others", median(taken), INTERACTION_SECONDS)


def _open(session: Session, page: str, query: dict[str, str]) -> float:
    answer = session.open(page, **query)
    if answer.faults:
        raise RuntimeError(f"{page}: {answer.faults[0]}")
    return answer.seconds


def _together(address: str) -> Row:
    """Ten people who all walk at once, with two days among them."""

    def walk(number: int) -> list[float]:
        day = _DAY if number % 2 else "2022-06-30"
        with reader(address) as session:
            return [_open(session, page, {**query, "asof": day}) for _, page, query in _WALK]

    with ThreadPoolExecutor(_PEOPLE) as pool:
        taken = [seconds for walked in pool.map(walk, range(_PEOPLE)) for seconds in walked]
    late = quantiles(taken, n=20)[-1]
    return _below(f"server: {_PEOPLE} people at once, 95th percentile of {len(taken)} pages", late, TEN_SECONDS)


def _drawn(address: str, repeat: int) -> Iterator[Row]:
    if not CHROMIUM.exists():
        yield Row("in a browser", f"skipped: there is no {CHROMIUM}")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        acts: tuple[tuple[str, Callable[[Page], None]], ...] = (
            ("opened in a browser that knows the app: overview", lambda p: _go(p, f"{address}/?asof={_DAY}")),
            ("a row of the overview to its brand", _to_brand),
        )
        _go(page, f"{address}/?asof={_DAY}")
        for what, act in acts:
            taken = []
            for _ in range(repeat):
                _go(page, f"{address}/?asof={_DAY}")
                begun = time.perf_counter()
                act(page)
                taken.append(time.perf_counter() - begun)
            yield Row(f"browser: {what}, median of {repeat}", f"{1000 * median(taken):.0f} ms")
        browser.close()


def _go(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("table tbody tr").first.wait_for(timeout=60_000)


def _to_brand(page: Page) -> None:
    page.locator("table tbody tr").first.click()
    page.locator(".st-key-bar svg:visible").first.wait_for(timeout=60_000)
