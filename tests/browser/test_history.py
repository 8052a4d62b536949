"""Back undoes one change after the other, and Forward makes it again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.pages import query, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_back_undoes_day_evidence_and_class_one_by_one(new_page, app):
    page = new_page()
    page.goto(f"{app}/brand?asof=2021-06-30&brand=B1")
    settle(page, "details summary")
    sentence = page.get_by_text("Northfold, as of", exact=False).first
    steps = [(page.url, sentence.inner_text())]

    def changed(word: str) -> None:
        expect(sentence).to_contain_text(word)
        settle(page)
        steps.append((page.url, sentence.inner_text()))

    page.locator(".st-key-asof [role=spinbutton]").first.focus()
    page.keyboard.type("20211231")
    page.keyboard.press("Escape")
    changed("as of 2021-12-31")
    page.get_by_text("documented only", exact=True).click()
    changed("documented links only")
    page.get_by_text("All classes", exact=True).click()
    page.get_by_role("button", name="ownership", exact=True).click()
    changed("without ownership flags")
    page.keyboard.press("Escape")
    assert len({url for url, _ in steps}) == 4
    for url, said in reversed(steps[:-1]):
        page.go_back()
        expect(sentence).to_have_text(said)
        settle(page)
        assert page.url == url
    expect(page.locator(".st-key-asof input")).to_have_value("2021-06-30")
    expect(page.get_by_text("with inferred", exact=True)).to_be_visible()
    expect(page.get_by_text("All classes", exact=True)).to_be_visible()
    for url, said in steps[1:]:
        page.go_forward()
        expect(sentence).to_have_text(said)
        settle(page)
        assert page.url == url
    expect(page.get_by_text("3 of 4 classes", exact=True)).to_be_visible()


@pytest.mark.parametrize("way", ["a row", "the navigation"])
def test_a_page_left_before_its_bar_is_drawn_keeps_the_choices_of_the_bar(new_page, app, way):
    page = new_page()
    held = []
    for part in ("DateInput", "ButtonGroup", "Selectbox"):  # scripts of controls, which a slow line brings late
        page.route(f"**/static/js/{part}.*.js", lambda route: held.append(route))  # noqa: PLW0108 - it marks what it is given
    page.goto(f"{app}/?asof=2021-06-30&evidence=documented+only&classes=named&classes=ownership&score=strongest+path")
    settle(page, "tbody tr.brand")
    assert page.locator(".st-key-topbar [data-testid=stSkeleton]").count() == 3
    if way == "a row":
        page.locator("tbody tr", has_text="Northfold").click()
    else:
        page.get_by_role("link", name="Brand", exact=True).click()
    page.wait_for_url("**/brand?**")
    sentence = page.get_by_text("disclosed supplier", exact=False).first
    sentence.wait_for()
    for late in held:
        late.continue_()
    page.unroute_all(behavior="ignoreErrors")
    expect(sentence).to_contain_text("2021-06-30")
    expect(sentence).to_contain_text("documented links only")
    page.wait_for_url("**score=strongest+path*")
    said = query(page)
    assert said.pop("brand")
    assert said == {
        "asof": ["2021-06-30"],
        "evidence": ["documented only"],
        "classes": ["named", "ownership"],
        "score": ["strongest path"],
    }


@pytest.mark.parametrize(
    ("path", "there", "key", "choice", "name"),
    [
        ("brand", "details summary", "by", "country", "by"),
        ("explore", ".explorer[data-drawn=yes]", "show", "150", "show"),
        ("what-if", ".st-key-leverage_table", "part", "kept scenarios", "part"),
    ],
)
def test_back_undoes_the_choices_of_a_page(new_page, app, path, there, key, choice, name):
    page = new_page()
    page.goto(f"{app}/{path}?asof=2021-06-30&brand=B1")
    settle(page, there)
    before = page.url
    page.locator(f".st-key-{key}").get_by_text(choice, exact=True).click()
    page.wait_for_url(f"**{name}=*")
    settle(page)
    assert query(page)[name] == [choice]
    pressed = page.locator(f".st-key-{key} [aria-checked=true], .st-key-{key} [aria-pressed=true]")
    expect(pressed).to_have_text(choice)
    page.go_back()
    page.wait_for_url(before)
    expect(pressed).not_to_have_text(choice)


def test_a_text_filter_is_one_step_and_nothing_is_added_by_opening(new_page, app):
    page = new_page()
    page.goto(f"{app}/?asof=2021-06-30")
    settle(page, "table tbody tr")
    entries = page.evaluate("history.length")
    field = page.get_by_label("Filter by name")
    field.press_sequentially("clear", delay=20)
    assert page.evaluate("history.length") == entries
    field.press("Enter")
    page.locator("tbody tr", has_text="Northfold").wait_for(state="detached")
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    page.locator("tbody tr", has_text="Northfold").wait_for()
    expect(field).to_have_value("")
    page.reload()
    settle(page, "table tbody tr")
    assert page.evaluate("history.length") == entries + 1
