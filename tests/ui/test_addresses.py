"""Whatever stands in the address, no page fails: it shows something, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.test_pages import DAY, PAGES, ROOT

#: Every key that a page reads, some of them twice, and some that none reads.
KEYS = {
    "overview": ("q", "country", "flag", "coverage", "score", "classes", "evidence", "asof"),
    "brand": ("brand", "by", "of", "paths", "through", "avoiding", "asof"),
    "site": ("site", "asof"),
    "explore": ("brand", "site", "around", "group", "open", "pin", "show", "hide", "look"),
    "map": ("brand", "sites", "country", "flag", "site", "since", "until"),
    "what_if": ("brand", "site", "part", "top", "under", "clean", "flag", "drop", "replace", "verify", "cover",
                "compare", "owner", "status", "alone"),
    "review": ("kind", "item", "country", "brand", "flag"),
    "data": ("part",),
    "snapshots": ("snapshot", "with", "brand"),
    "cypher": ("query", "p.as_of", "p.buyer_id", "ask", "answer"),
}  # fmt: skip
Query = dict[str, str | list[str]]
#: A lone surrogate that stands percent-encoded in an address comes as the last one.
VALUES = (
    "abc", "9999-01-01", "0001-01-01", "-1", "99999999999999999999", "1e308", "nan", "", " ", "a" * 5_000, "\x00",
    "<script>window.hacked=1</script>", "B1:F1=2", "F1:0.5", "direct_suppliers", "\ufffd",
)  # fmt: skip


@pytest.fixture
def open_at(workspace) -> Callable[..., AppTest]:
    def run(page: str, query: Query) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if "asof" not in query:
            app.session_state["asof"] = DAY
        if page == "what_if":
            app.run()  # only then are pages known whose address is not their file's name
        for name, value in query.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(str(PAGES / f"{page}.py"))
        app.run()
        return app

    return run


def failed(app: AppTest) -> list[str]:
    ours = [one.value for one in app.subheader if one.value == "This page failed"]
    return ours + [one.message for one in app.exception]


@pytest.mark.parametrize("page", KEYS)
def test_no_address_makes_a_page_fail(open_at, page):
    bar = dict.fromkeys(("asof", "evidence", "classes", "score", "unknown"), "abc")
    queries: list[Query] = [{**bar, **dict.fromkeys(KEYS[page], value)} for value in VALUES]
    queries += [{key: [value, "B1"]} for key in KEYS[page] for value in ("", "abc")]  # alone, and twice
    assert {str(query): found for query in queries if (found := failed(open_at(page, query)))} == {}
