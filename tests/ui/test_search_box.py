"""What the search box of the top bar is given."""

from __future__ import annotations

import pytest
import streamlit as st

from graph_core.search import Grade, Hit
from graph_core.ui.search_box import hit_data
from tests.ui.shown import component
from tests.ui.test_pages import open_app  # noqa: F401 - a fixture

SITE = Hit("F1", "Orsk Spinning Mill", "site", "RU", "Орская фабрика", "alias", Grade.BEGINS)


def test_a_site_says_what_matched_where_it_is_and_which_finding_stands():
    data = hit_data(SITE, {"F1": ("forced_labour", "sanction")})
    assert data == {
        "name": "Orsk Spinning Mill",
        "facts": "site, RU",
        "matched": "alias: Орская фабрика",
        "finding": "finding on this day: forced labour and sanction",
        "flagged": True,
        "page": "site",
        "set": {"site": "F1"},
    }


def test_a_sanction_alone_is_no_flag():
    data = hit_data(SITE, {"F1": ("sanction",)})
    assert data["finding"].endswith("sanction")
    assert not data["flagged"]
    assert hit_data(SITE, {})["finding"] == ""


@pytest.mark.parametrize(("kind", "page"), [("brand", "brand"), ("company", "site"), ("site", "site")])
def test_each_kind_leads_to_its_page(kind, page):
    data = hit_data(Hit("X", "X", kind, None, "X", "name", Grade.NAME), {})
    assert (data["page"], data["set"], data["facts"]) == (page, {page: "X"}, kind)


def test_a_typo_is_said_to_be_one():
    assert hit_data(Hit("X", "X", "site", None, "X", "name", Grade.TYPO), {})["matched"] == "similar spelling"
    assert hit_data(Hit("X", "X", "site", None, "Y", "alias", Grade.TYPO), {})["matched"] == "similar alias: Y"


def test_what_was_typed_is_answered(open_app):  # noqa: F811
    app = open_app()
    assert component(app, "search")["hits"] == []
    app.session_state["search"] = {"typed": "орская"}
    app.run()
    answer = component(app, "search")
    assert answer["typed"] == "орская"
    assert [hit["set"] for hit in answer["hits"]] == [{"site": "F1"}]
    app.session_state["search"] = {"typed": "no such thing at all"}
    app.run()
    assert component(app, "search")["note"].startswith("Nothing is called so")


@pytest.fixture(autouse=True)
def _fresh():
    st.cache_resource.clear()
