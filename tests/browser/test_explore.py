"""The Explore page in a real browser: each choice is one step back, the legend filters at once, and names stay text."""

from __future__ import annotations

import pytest

from tests.browser.pages import query, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "asof=2021-06-30"
BOX = ".explorer .box"
#: Something that is there once the picture is complete.
DRAWN = ".explorer[data-drawn=yes]"


def visit(page, app: str, parameters: str) -> None:
    page.goto(f"{app}/explore?{DAY}&{parameters}")
    settle(page, DRAWN)


def shown(page) -> set[str]:
    """Ids of the parties and groups that are drawn and not filtered out."""
    ids = page.locator(BOX).evaluate(
        "box => box.network.body.data.nodes.get().filter(one => !one.hidden).map(one => one.id)"
    )
    return {one for one in ids if not one.startswith("tier-heading:")}


def place(page, node: str) -> dict[str, float]:
    at: dict[str, float] = page.locator(BOX).evaluate(
        "(box, id) => box.network.canvasToDOM(box.network.getPosition(id))", node
    )
    return at


def click(page, node: str, *, twice: bool = False) -> None:
    box = page.locator(BOX)
    (box.dblclick if twice else box.click)(position=place(page, node))


def until_shown(page, wanted: set[str]) -> None:
    """Wait until exactly these are drawn: the picture follows the page."""
    for _ in range(100):
        if shown(page) == wanted:
            return
        page.wait_for_timeout(100)
    assert shown(page) == wanted


def test_click_picks_and_back_undoes(new_page, app):
    page = new_page()
    visit(page, app, "brand=B1")
    click(page, "F2")
    page.get_by_role("heading", name="Marrow Cotton Gin No. 3").wait_for()
    assert query(page)["site"] == ["F2"]
    page.go_back()
    page.get_by_text("Nothing picked").wait_for()
    assert "site" not in query(page)


def test_double_click_adds_suppliers_and_back_takes_them_away(new_page, app):
    page = new_page()
    visit(page, app, "brand=B4&site=W1")
    before = shown(page)
    assert before == {"B4", "G3", "W1"}
    click(page, "W1", twice=True)
    until_shown(page, before | {"F1"})
    assert query(page)["open"] == ["suppliers:W1"]
    page.go_back()
    page.wait_for_url(lambda url: "open=" not in url)
    until_shown(page, before)


def test_a_query_of_the_catalogue_adds_its_parties(new_page, app):
    page = new_page()
    visit(page, app, "brand=B4&site=O1")
    assert "F2" not in shown(page)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Sites of a company group", exact=True).click()
    until_shown(page, {"B4", "G3", "O1", "F2"})
    assert query(page)["open"] == ["sites_of_group:O1"]
    page.get_by_text("Query sites_of_group about Marrow Group: 1 party found, all shown.").wait_for()
    other = new_page()
    other.goto(page.url)
    settle(other, DRAWN)
    until_shown(other, {"B4", "G3", "O1", "F2"})


def test_pinned_stays_on_another_day_until_it_is_reset(new_page, app):
    page = new_page()
    visit(page, app, "brand=B1&site=W1")
    page.get_by_role("button", name="Pin").click()
    page.get_by_role("button", name="Unpin").wait_for()
    assert query(page)["pin"] == ["W1"]
    page.goto(page.url.replace("2021-06-30", "2019-06-30").replace("site=W1", "x=1"))
    settle(page, DRAWN)
    assert "W1" in shown(page)
    page.get_by_role("button", name="Reset").click()
    page.wait_for_url(lambda url: "pin=" not in url)
    page.locator(".explorer").wait_for(state="detached")  # on that day nothing else is there


def test_the_legend_filters_at_once_and_says_so(new_page, app):
    page = new_page()
    visit(page, app, "brand=B1&pin=C1")
    every = shown(page)
    button = page.get_by_role("button", name="No flag counted")
    assert button.get_attribute("aria-pressed") == "true"
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("filtered out by the legend").wait_for()
    assert query(page)["hide"] == ["unflagged"]
    left = shown(page)
    assert {"B1", "F1", "F2", "C1"} <= left < every  # the brand and what is pinned stay
    assert page.get_by_text(f"{len(every) - len(left)} nodes and").is_visible()
    edges = page.locator(BOX).evaluate("box => box.network.body.data.edges.get()")
    assert all(edge["hidden"] == (edge["from"] not in left or edge["to"] not in left) for edge in edges)
    page.get_by_role("button", name="Inferred").click()
    assert query(page)["hide"] == ["unflagged", "inferred"]
    hidden = page.locator(BOX).evaluate("box => box.network.body.data.edges.get({filter: e => e.dashes && !e.hidden})")
    assert hidden == []
    page.go_back()
    page.go_back()
    page.get_by_text("filtered out by the legend").wait_for(state="hidden")
    until_shown(page, every)


def test_the_table_holds_the_same_and_is_for_the_keyboard(new_page, app):
    page = new_page()
    visit(page, app, "brand=B1")
    drawn = shown(page)
    page.get_by_role("button", name="Table", exact=True).click()
    assert query(page)["look"] == ["table"]
    rows = page.locator(".listed table").first.locator("tbody tr")
    assert rows.count() == len(drawn)
    name = page.get_by_role("link", name="Marrow Cotton Gin No. 3")
    name.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Marrow Cotton Gin No. 3").wait_for()
    assert query(page)["site"] == ["F2"]
    assert page.locator(".listed tr[aria-current=true]").inner_text().strip().startswith("Marrow")


def test_on_a_phone_the_table_comes_first(new_page, app):
    page = new_page(width=390)
    visit(page, app, "brand=B1")
    assert page.locator(".listed table").first.is_visible()
    assert not page.locator(BOX).is_visible()
    page.get_by_role("button", name="Picture", exact=True).click()
    page.locator(f"{BOX} canvas").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_around_a_site_without_a_brand(new_page, app):
    page = new_page()
    visit(page, app, "site=W2")
    page.get_by_text("Suppliers left, buyers right.").first.wait_for()
    assert {"W2", "F1", "F2", "C1", "G1", "B1"} <= shown(page)
    page.wait_for_timeout(700)  # the address would be completed by then
    assert "brand" not in query(page)
    click(page, "F2")
    page.get_by_role("heading", name="Marrow Cotton Gin No. 3").wait_for()
    assert (query(page)["around"], query(page)["site"]) == (["W2"], ["F2"])
    page.get_by_text("Suppliers left, buyers right.").first.wait_for()


def test_hostile_names_in_the_table_the_label_and_the_list(new_page, app):
    page = new_page()
    visit(page, app, "site=W1&look=table&pin=B2")
    page.get_by_text("![i](http://evil.example/x.png)").first.wait_for()
    page.get_by_text('<img src=x onerror="window.hacked=1">').first.wait_for()
    page.get_by_role("button", name="Copy").click()
    page.locator("code", has_text="party_ids").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_the_picture_is_taken_as_png(new_page, app, tmp_path):
    page = new_page()
    visit(page, app, "brand=B1")
    page.get_by_role("button", name="Copy").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture as PNG").click()
    download.value.save_as(tmp_path / "network.png")
    assert (tmp_path / "network.png").read_bytes().startswith(b"\x89PNG")


def test_a_group_opens_its_members_and_back_closes_it(new_page, app):
    page = new_page()
    page.goto(f"{app}/explore?asof=2025-06-30&brand=brand-velbrace&show=30")
    settle(page, DRAWN)
    group = "\x1fgroup:3:CN"
    before = shown(page)
    assert group in before
    click(page, group)
    heading = page.get_by_role("heading", name="parties, CN")
    heading.wait_for()
    assert query(page)["group"] == ["3:CN"]
    count = int(heading.inner_text().split()[0])
    members = page.locator("[data-testid=stDataFrame]")
    members.wait_for()
    assert members.locator("canvas").first.is_visible()
    members.click(position={"x": 20, "y": 55})  # the mark of the first row
    page.wait_for_url("**site=*")
    page.go_back()
    heading.wait_for()
    page.wait_for_timeout(1000)  # what was picked must not be picked again
    assert "site" not in query(page)
    page.get_by_test_id("stButton").get_by_role("button", name="Open").click()
    page.get_by_text(f"Group 3, CN: {count} parties found, all shown.").wait_for()
    assert query(page)["open"] == ["group:3:CN"]
    for _ in range(50):
        if group not in shown(page):
            break
        page.wait_for_timeout(100)
    assert len(shown(page)) == len(before) - 1 + count
    page.go_back()
    until_shown(page, before)
