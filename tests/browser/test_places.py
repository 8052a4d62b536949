"""The pages of a site and of the map in a real browser: quiet, offline, safe with any name, steered by the address."""

from __future__ import annotations

import pytest

from tests.browser.pages import settle, single

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "asof=2021-06-30"
MARK = "[data-testid=stVegaLiteChart] svg [aria-roledescription=point]"


def visit(page, app: str, path: str, parameters: str) -> None:
    page.goto(f"{app}/{path}?{DAY}&{parameters}")
    settle(page, "[data-testid=stVegaLiteChart] svg")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_both_pages_are_quiet_and_fit(new_page, app, theme, width):
    page = new_page(theme, width)
    for path, parameters in (("map", "brand=B1&sites=behind"), ("site", "site=F1")):
        visit(page, app, path, parameters)
        assert page.get_by_text("as of 2021-06-30", exact=False).first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.get_by_text("This page failed").count() == 0


def test_a_click_on_a_mark_picks_it_and_back_undoes_it(new_page, app):
    page = new_page()
    visit(page, app, "map", "at=76,39.5,5")
    page.locator(f"{MARK}[aria-label^='Orsk Spinning Mill']").click()
    page.wait_for_url("**pick=*")
    page.get_by_role("heading", name="Orsk Spinning Mill").wait_for()
    page.get_by_role("link", name="Open its page").click()
    page.wait_for_url("**/site?**")
    page.get_by_text("No reply is recorded.").first.wait_for()
    assert single(page) == {"asof": "2021-06-30", "site": "F1"}
    page.go_back()
    page.wait_for_url("**/map?**")
    page.go_back()
    page.get_by_text("Nothing picked").wait_for()


def test_a_country_is_picked_at_its_label(new_page, app):
    page = new_page()
    visit(page, app, "map", "country=VN")
    page.locator(f"{MARK}[aria-label^='Vietnam: ']").click()
    page.wait_for_url("**pick=VN*")
    page.get_by_text("its point contradicts its country", exact=False).first.wait_for()


def test_the_window_and_the_facets_stand_in_the_address(new_page, app):
    page = new_page()
    visit(page, app, "map", "at=100,20,2")
    page.get_by_role("button", name="Closer").click()
    page.wait_for_url("**at=100%2C20%2C3*")
    page.get_by_role("button", name="Named entity").click()
    page.wait_for_url("**flag=named*")
    settle(page)
    other = new_page()
    other.goto(page.url)
    other.get_by_text("1 site, as of", exact=False).first.wait_for()
    page.go_back()
    page.wait_for_url(lambda url: "flag=" not in url)
    page.get_by_role("button", name="All sites shown").click()
    page.wait_for_url(lambda url: "at=" not in url)


def test_the_map_can_be_taken_as_a_picture(new_page, app):
    page = new_page()
    visit(page, app, "map", "")
    page.get_by_role("button", name="Copy", exact=True).click()
    for kind in ("SVG", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Picture as {kind}").click()
        assert download.value.suggested_filename == f"map.{kind.lower()}"


def test_hostile_names_stay_text(new_page, app):
    page = new_page()
    visit(page, app, "map", "at=106.7,10.8,9")
    mark = page.locator(f"{MARK}[aria-label^='![i](http://evil.example/x.png)']")
    mark.hover()
    page.locator("#vg-tooltip-element", has_text="![i](http://evil.example/x.png)").wait_for()
    mark.click()
    page.get_by_role("heading", name="![i](http://evil.example/x.png)").wait_for()
    visit(page, app, "map", "brand=B2&sites=behind")
    visit(page, app, "site", "site=W2")
    page.get_by_role("heading", name='"><script>window.hacked=1</script> href').wait_for()
    visit(page, app, "site", "site=G1")
    page.get_by_text("Every statement of every source").click()
    page.get_by_text("with the day on which a source first and last said so", exact=False).wait_for()
    visit(page, app, "site", "site=F2")
    page.get_by_text("Order 8 of 2020 (javascript:alert(1))").first.wait_for()
    assert page.get_by_role("link", name="Order 8").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_site_leads_to_its_brands(new_page, app):
    page = new_page()
    visit(page, app, "site", "site=F1")
    page.get_by_role("link", name="Brand page").click()
    page.wait_for_url("**/brand?**")
    assert single(page)["brand"] == "B2"
    assert "site" not in single(page)
