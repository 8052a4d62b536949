"""The Cypher page in a real browser: from a form to a row to a page, pictures, cancelling, hostile answers."""

from __future__ import annotations

import urllib.request

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SLOW = (
    "MATCH (a:Facility), (b:Facility), (c:Facility), (d:Facility), (e:Facility) "
    "WHERE a.name + b.name + c.name + d.name + e.name = 'x' RETURN count(*)"
)


def run(page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def write(page, app: str, statement: str) -> None:
    page.goto(f"{app}/cypher?asof=2021-06-30&ask=own+statement")
    page.get_by_label("One reading statement").fill(statement)
    run(page)


def test_the_app_is_served_with_a_strict_policy(app):
    with urllib.request.urlopen(app) as answered:
        policy = answered.headers["content-security-policy"]
        assert answered.headers["referrer-policy"] == "no-referrer"
        assert answered.headers["x-frame-options"] == "DENY"
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_form_runs_by_its_button_and_its_address_fills_it_elsewhere(new_page, app):
    page = new_page()
    page.goto(f"{app}/cypher?asof=2021-06-30&query=direct_suppliers&p.buyer_id=B1")
    page.get_by_role("heading", name="Suppliers that deliver to a buyer on a day").wait_for()
    assert page.get_by_text("all there is").count() == 0
    run(page)
    page.get_by_text("all there is").wait_for()
    page.get_by_text("Picture", exact=True).click()
    page.locator("[data-drawn=yes]").wait_for()
    address = page.url
    other = new_page()
    other.goto(address)
    other.get_by_role("heading", name="Suppliers that deliver to a buyer on a day").wait_for()
    expect(other.get_by_label("Buyer (id)")).to_have_value("B1")  # for a moment a new field is drawn empty
    assert other.get_by_text("all there is").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits(new_page, app, theme, width):
    page = new_page(theme, width)
    page.goto(f"{app}/cypher?asof=2021-06-30&query=flagged_sites")
    page.get_by_role("heading", name="Sites and companies flagged on a day").wait_for()
    run(page)
    page.get_by_text("all there is").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hostile_answers_stay_text(new_page, app):
    page = new_page()
    write(
        page, app, "MATCH (s:Facility)-[r:SUPPLIES]->(b) RETURN s, r, b, '<img src=x onerror=\"window.hacked=1\">' AS t"
    )
    page.get_by_text("all there is").wait_for()
    page.get_by_text("Picture", exact=True).click()
    page.locator("[data-drawn=yes]").wait_for()
    write(page, app, "RETURN 1 AS `![i](http://evil.example/x.png)`")
    page.get_by_text("1 row, all there is").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_slow_statement_is_cancelled_and_a_writing_one_refused(new_page, app):
    page = new_page()
    write(page, app, SLOW)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The statement was cancelled.").wait_for()
    write(page, app, "MATCH (n) DETACH DELETE n")
    page.get_by_text("'DETACH' at line 1, column 11 is not allowed here", exact=False).wait_for()
