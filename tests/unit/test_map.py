"""The map's specification: what is drawn where, in which form, and nothing that leaves the machine."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from graph_core import places_shown
from graph_core.places_shown import COLUMNS
from graph_core.resolve import boundaries
from graph_core.ui import map_parts
from graph_core.viz.colours import PALETTE
from graph_core.viz.map import PICK, PICK_COUNTRY, Drawn, Window, world_map

HOSTILE = '<img src=x onerror="window.hacked=1">'


def sites(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {
        "name": "n",
        "country": "MY",
        "lat": 3.0,
        "lon": 101.0,
        "precision": None,
        "known": "point",
        "class": "",
        "strength": 0.0,
    }
    frame = pd.DataFrame([base | {"id": f"s{i}"} | row for i, row in enumerate(rows)], columns=COLUMNS)
    return frame.astype({"lat": "float64", "lon": "float64", "strength": "float64"})


def drawn(frame: pd.DataFrame, window: Window = Window()) -> Drawn:  # noqa: B008 - it is frozen
    return Drawn(places_shown.clusters(frame, window.cells), places_shown.by_country(frame))


def layer(spec: dict[str, Any], selection: str) -> list[dict[str, Any]]:
    """Values of the layer from which something can be picked."""
    (found,) = (one for one in spec["layer"] if any(p["name"] == selection for p in one.get("params", [])))
    return list(found["data"]["values"])


def test_form_follows_precision_and_class() -> None:
    frame = sites(
        {"class": "named", "strength": 0.5},
        {"lon": 20.0, "known": "town"},
        {"lon": 40.0, "class": "ownership", "strength": 1.0},
        {"known": "country", "lat": None, "lon": None, "country": "ID", "class": "region"},
    )
    spec = world_map(drawn(frame), Window())
    marks = {row["what"] + row["shape"]: row for row in layer(spec, PICK)}
    assert sorted(row["shape"] for row in marks.values()) == ["circle", "diamond", "square"]
    square = marks["nsquare"]
    assert square["fill"] == PALETTE["light"]["named"]
    assert 0.4 < square["fillOpacity"] < marks["ndiamond"]["fillOpacity"] == 1.0
    assert marks["ncircle"]["fill"] == PALETTE["light"]["background"]  # hollow
    assert "town" in marks["ncircle"]["place"]
    (pill,) = layer(spec, PICK_COUNTRY)
    assert pill["label"] == "ID 1 ▲1"
    assert pill["place"] == "1 by country only"


def test_what_cannot_be_seen_is_left_out_and_a_single_point_is_never_moved() -> None:
    window = Window(101.0, 3.0, 4)
    frame = sites({"class": "named"}, {}, {}, {"lon": -60.0})
    marks = layer(world_map(drawn(frame, window), window), PICK)
    assert sorted(row["sites"] for row in marks) == [1, 2]
    assert [(row["lon"], row["lat"]) for row in marks if row["sites"] == 1] == [(101.0, 3.0)]


def test_names_are_values_and_no_address_is_in_it() -> None:
    frame = sites({"name": HOSTILE}, {"lon": 20.0, "name": "a\nb\u202e"})
    spec = world_map(drawn(frame), Window())
    assert sorted(row["what"] for row in layer(spec, PICK)) == [HOSTILE, "a b"]
    text = json.dumps({**spec, "$schema": ""})
    assert "http" not in text
    assert '"url"' not in text
    assert '"href"' not in text
    assert '"image"' not in text


def test_routes_are_dashed_where_an_end_is_no_point() -> None:
    hop = {
        "from_lon": 1.0, "from_lat": 2.0, "to_lon": 3.0, "to_lat": 4.0, "share": 0.5, "class": "named",
        "inferred": False, "vague": False, "words": "a → b",
    }  # fmt: skip
    hops = pd.DataFrame([hop, hop | {"vague": True}, hop | {"inferred": True}])
    stops = pd.DataFrame([{"id": "X", "name": "X", "country": None, "lon": 0.0, "lat": 60.0}])
    frame = sites({})
    spec = world_map(Drawn(drawn(frame).clusters, drawn(frame).countries, hops, stops), Window())
    dashes = {
        json.dumps(one["mark"].get("strokeDash")): len(one["data"]["values"])
        for one in spec["layer"]
        if one["data"]["values"] and one["data"]["values"][0].get("share")
    }
    assert dashes == {"null": 1, "[5, 4]": 2}
    assert any("X: place not known" in json.dumps(one["data"]["values"]) for one in spec["layer"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_in_marks_can_be_read(theme: Any) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    rows = [
        {"class": kind, "strength": strength, "lon": lon * 20.0}
        for lon, (kind, strength) in enumerate(
            [("named", 1.0), ("ownership", 1.0), ("region", 1.0), ("good_country", 1.0), ("", 0.0)]
        )
        for _ in range(2)
    ]
    for row in layer(world_map(drawn(sites(*rows)), Window(), theme), PICK):
        pair = sorted([luminance(row["ink"]), luminance(row["fill"])])
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.0, row


# --- windows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "1,2", "a,b,c", "200,0,1", "0,89,1", "0,0,10", "0,0,-1", "nan,0,1", "0,0,inf"])
def test_what_is_no_window_is_none(text: str) -> None:
    assert Window.read(text) is None


def test_windows_are_read_as_they_are_written() -> None:
    window = Window(101.5, -3.25, 4)
    assert Window.read(window.text) == window
    assert window.zoomed(1).zoom == 5
    assert window.zoomed(99).zoom == Window.MOST
    assert window.zoomed(-99).zoom == Window.LEAST
    assert window.moved(1, 0).lon == pytest.approx(101.5 + 360 / 16)
    assert -180 <= Window(170, 0, 0).moved(0.35, 0).lon <= 180


@pytest.mark.parametrize("points", [[(101, 3), (102, 4)], [(-100, 20), (140, -10)], [(5, 5)]])
def test_a_window_around_points_sees_them(points: list[tuple[float, float]]) -> None:
    lon, lat = zip(*points, strict=True)
    window = Window.around(lon, lat)
    assert window.sees(pd.DataFrame({"lon": lon, "lat": lat})).all()
    west, south, east, north = window.bounds
    assert west < east
    assert south < north


def test_without_points_the_whole_world_is_seen() -> None:
    assert Window.around([], []) == Window()


# --- outlines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tolerance", [0.2, 0.02])
def test_outlines_lie_in_their_window_and_hold_what_lies_inland(tolerance: float) -> None:
    window = (95.0, -8.0, 120.0, 8.0)
    found = boundaries.outlines(window, tolerance)
    assert {"ID", "MY"} <= found.keys()
    assert "PE" not in found
    assert all(shapely.box(*window).buffer(1e-9).covers(shape) for shape in found.values())
    assert shapely.contains_xy(found["ID"], 113.9, -1.0)  # Borneo
    assert boundaries.outlines((-30.0, -50.0, -20.0, -40.0), tolerance) == {}


def test_no_country_is_lost_of_the_coarse_outline() -> None:
    fine, coarse = boundaries.shapes(), boundaries._outline().shapes
    assert fine.keys() == coarse.keys()
    for code in ("ID", "BD", "CN", "SG", "VA"):
        assert not shapely.is_empty(coarse[code])
        assert shapely.area(coarse[code]) == pytest.approx(shapely.area(fine[code]), rel=0.1, abs=0.02)


def test_labels_of_countries_stand_inside_them() -> None:
    for code, shape in boundaries.shapes().items():
        place = boundaries.middle(code)
        assert place is not None
        if shapely.area(shape) > 1:
            assert shapely.contains_xy(shape, *place), code
    assert boundaries.middle("ZZ") is None


# --- words -------------------------------------------------------------------------------------------------------


def test_the_sentence_accounts_for_every_site() -> None:
    frame = sites({}, {"known": "town"}, {"known": "address"}, {"known": "wrong"}, {"known": "nowhere"})
    said = map_parts.sentence(frame, "2021-06-30", "documented links only", "")
    assert said == (
        "5 sites, as of 2021-06-30, documented links only; 2 drawn where a source puts them (1 by their town only);"
        " 2 without a point, counted by country; 1 of which no place is known, not on the map."
    )


def test_facets_narrow_and_count() -> None:
    frame = sites({"class": "named"}, {"country": "ID"}, {"class": "region", "country": "ID"})
    assert map_parts.flag_counts(frame) == {"named": 1, "ownership": 0, "good_country": 0, "region": 1, "none": 1}
    assert map_parts.country_counts(frame) == {"ID": 2, "MY": 1}
    assert map_parts.with_flags(frame, ["none"])["id"].tolist() == ["s1"]
    assert len(map_parts.with_flags(frame, [])) == 3


def test_a_pick_is_the_sites_of_its_mark() -> None:
    window = Window()
    frame = sites({}, {}, {"lon": -60.0}, {"known": "address", "country": "ID"})
    key = str(places_shown.clusters(frame, window.cells).set_index("sites").loc[2, "key"])
    assert map_parts.picked_sites(frame, window, key, "")["id"].tolist() == ["s0", "s1"]
    assert map_parts.picked_sites(frame, window, "ID", "")["id"].tolist() == ["s3"]
    assert map_parts.picked_sites(frame, window, "no:such", "").empty
    assert map_parts.picked_sites(frame, window, key, "s2")["id"].tolist() == ["s2"]
    assert map_parts.picked_key(frame, window, "", "s1") == key
    assert map_parts.picked_key(frame, window, "", "s3") is None


@pytest.mark.parametrize("known", ["country", "nowhere"])
def test_a_map_without_a_point_is_drawn_all_the_same(known: str) -> None:
    spec = world_map(drawn(sites({"known": known})), Window())
    assert layer(spec, PICK) == []
    assert len(layer(spec, PICK_COUNTRY)) == (known == "country")
