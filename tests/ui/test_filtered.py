"""What pages say where the filters leave nothing: that it was the filters, and never that there is nothing."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from graph_core import places_shown
from graph_core.day import Day, Parameters
from graph_core.graph import Graph
from graph_core.places_shown import Routes
from graph_core.ui import compared, dossier, facets, map_parts, state, tables, words
from graph_core.viz.exposure_bar import bar_words
from graph_core.viz.map import Drawn, Window, legend_words, world_map
from graph_core.viz.sentences import figure_sentences, score_value
from tests import oracles
from tests.ui.shown import everything
from tests.ui.test_pages import DAY, open_app  # noqa: F401 - a fixture

AS_OF = DAY.isoformat()
DOCUMENTED = Parameters(AS_OF, documented_only=True)
OWNERSHIP = Parameters(AS_OF, classes=("ownership",))


def network() -> Graph:
    """X buys of the flagged site F over an inferred link alone; Y has no list."""
    return oracles.graph_of(
        organizations=[oracles.brand("X"), oracles.brand("Y")],
        facilities=[{"id": "F", "name": "Farm", "country": "CN", "lat": 39.5, "lon": 76.0}],
        links=[oracles.link("F", "X", 0.5, evidence="inferred")],
        findings=[oracles.finding("F")],
    )


def exposure(parameters: Parameters, brand: str = "X") -> dict[str, Any]:
    (found,) = Day(network(), parameters).exposures([brand])
    return found


def said(blocks: Any) -> str:
    return json.dumps(blocks, ensure_ascii=False)


# --- a list that the filter emptied is a list ----------------------------------------------------------------------


def test_a_list_that_the_filter_emptied_is_still_in_force() -> None:
    row = exposure(DOCUMENTED)
    assert (row["suppliers"], row["composition"]["unmapped"]) == (0, pytest.approx(1.0))
    view = state.View(AS_OF, inferred=False)
    assert "no supplier over documented links" in words.brand_sentence(row, view)
    assert "no list in force" not in words.brand_sentence(row, view) + words.overview_sentence([row], view)
    cells = tables.overview([row], "")["rows"][0]["cells"]
    assert (cells["suppliers"]["text"], cells["suppliers"]["sort"]) == ("0", 0)
    assert cells["lists"]["text"] == "not dated"
    assert cells["unmapped"]["text"].startswith("100.0")
    options = {facet.key: facet.of_brands for facet in facets.brand_facets([row], {})}
    assert (options["coverage"], options["age"]) == ((("stated",),), (("not dated",),))
    assert bar_words(row).startswith("X: 0.0\u00a0% of disclosed inputs traced")
    assert {one["text"] for one in words.class_rows(row)} >= {"no list that counts"}


def test_without_a_list_there_is_none() -> None:
    row = exposure(DOCUMENTED, "Y")
    assert "no list in force" in words.brand_sentence(row, state.View(AS_OF, inferred=False))
    assert tables.overview([row], "")["rows"][0]["cells"]["lists"]["text"] == "none in force"
    assert bar_words(row) == "Y: no list in force on this day."


def test_the_page_of_a_brand_says_that_the_filter_took_its_links(open_app, workspace):  # noqa: F811
    workspace._graph = network()
    app = open_app("brand", brand="X", evidence=state.DOCUMENTED)
    everything_said = everything(app) + said([info.value for info in app.info])
    assert "no list in force" not in everything_said
    assert "Nothing does over documented links, as far as is known on this day." in everything_said
    assert "No flagged site is upstream of this brand over documented links on this day." in everything_said
    assert "Nothing does, as far as" not in everything_said
    assert "upstream of this brand" not in everything(open_app("brand", brand="X"))


def test_explore_shows_what_the_filter_left(open_app, workspace):  # noqa: F811
    workspace._graph = network()
    app = open_app("explore", brand="X", evidence=state.DOCUMENTED)
    assert not app.info
    assert "no supplier over documented links" in app.text[0].value
    app = open_app("explore", brand="Y")
    assert app.info[0].value == "This brand has no list in force on this day: choose another day above."


# --- what the filter hides is not absent ---------------------------------------------------------------------------


def test_sentences_say_over_which_links_and_by_which_classes() -> None:
    documented = Day(network(), DOCUMENTED)
    assert figure_sentences(documented.reasons("X"))[0] == (
        f"On {AS_OF} no known part of the inputs of X traces over documented links to a flagged site."
    )
    of_ownership = figure_sentences(Day(network(), OWNERSHIP).reasons("X"))[0]
    assert of_ownership.endswith("of X traces to a flagged site in the chosen classes.")
    sure = Parameters(AS_OF, min_confidence=0.5)
    weak = oracles.graph_of(
        organizations=[oracles.brand("X")], findings=[oracles.finding("F")],
        links=[oracles.link("F", "X", 0.5, confidence=0.2), oracles.link("G", "X", 0.5)],
    )  # fmt: skip
    assert "over links of confidence 0.5 or more" in figure_sentences(Day(weak, sure).reasons("X"))[0]


def test_the_map_never_says_that_no_flag_is_known() -> None:
    day = Day(network(), OWNERSHIP)
    drawn = Drawn(places_shown.clusters(day.places, 20.0), places_shown.by_country(day.places))
    shown = json.dumps(world_map(drawn, Window())) + legend_words() + said(list(map_parts.FLAGS.values()))
    shown += said(map_parts.legend(Routes(pd.DataFrame(), pd.DataFrame()), True, OWNERSHIP.as_dict()))
    assert "No flag known" not in shown
    assert shown.count("No flag counted") == 5
    assert "No path of the brand begins at a flagged site in the chosen classes on this day." in shown


def test_the_page_of_a_site_says_what_was_looked_at() -> None:
    parameters = DOCUMENTED.as_dict()
    assert dossier.reached_words(pd.DataFrame(), 2, 0, parameters).startswith(
        "No delivery of it is known over documented links on this day."
    )
    assert "at the end of any route over documented links" in dossier.reached_words(pd.DataFrame(), 2, 1, parameters)
    assert dossier.own_words(exposure(DOCUMENTED), 0.0, 0.0).startswith(
        "No supplier of it is known over documented links on this day"
    )
    none = dossier.own_words(exposure(OWNERSHIP), 0.0, 0.0)
    assert "traced to flagged sites in the chosen classes upstream" in none
    day = Day(network(), OWNERSHIP)
    assert "No site has a flag in the chosen classes on this day." in said(
        dossier.flagged(day.places, OWNERSHIP.as_dict())
    )
    assert "Farm" in said(dossier.flagged(Day(network(), Parameters(AS_OF)).places, {}))


# --- no figure: the reason, and what helps -------------------------------------------------------------------------


def test_classes_left_out_are_no_reason_to_load_anything(open_app):  # noqa: F811
    shown = open_app("brand", brand="B1", classes="region").info[0].value
    assert shown == "Named and ownership flags are left out: choose one of them above."


def test_no_findings_and_no_list_are_told_apart(open_app, workspace):  # noqa: F811
    workspace._graph = Graph({**network().tables, "Finding": network()["Finding"].iloc[:0]})
    assert "`tiertrace load uflpa`" in open_app("brand", brand="X").info[0].value
    assert "choose another day" in open_app("brand", brand="Y").info[0].value


def test_another_score_of_classes_left_out_is_not_said_to_be_absent() -> None:
    row = exposure(Parameters(AS_OF, classes=("region",), score_name="hops"))
    assert [score_value(row), score_value(row, "named")] == ["left out", "left out"]
    assert score_value(row, "region") == "none that count"


# --- the bars ------------------------------------------------------------------------------------------------------


def test_bars_that_are_compared_are_larger_than_those_of_a_table() -> None:
    row = exposure(Parameters(AS_OF))
    large = compared.scenarios([row, row], [], ["After"])["bars"][0]["bar"]
    small = tables.overview([row], "")["rows"][0]["bar"]
    assert large["scene"]["height"] > small["scene"]["height"]
    assert set(small) == {"scene", "note"}


def test_a_bar_has_a_note_or_is_drawn() -> None:
    drawn, none = (tables.bar_figures(exposure(Parameters(AS_OF), brand))["bar"] for brand in "XY")
    assert (drawn["note"], none["note"]) == ("", "no list in force on this day")
