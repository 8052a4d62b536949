"""Where sites are drawn: only where a source puts them, counted to the last one, under the flag that counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core import places_shown
from graph_core.day import Day, Parameters
from graph_core.flags import CLASSES
from graph_core.graph import table
from tests import oracles

DAY = "2021-06-30"


def site(identity: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "name": identity, **more}


def day(**tables: Any) -> Day:
    return Day(oracles.graph_of(**{"organizations": [oracles.brand("X")], **tables}), Parameters(DAY))


POINT = {"lat": 3.1, "lon": 101.7}


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (POINT | {"country": "MY"}, "point"),
        (POINT | {"country": "MY", "precision": "street"}, "point"),
        (POINT | {"country": "MY", "precision": "city"}, "town"),
        (POINT | {"country": "MY", "precision": "region"}, "region"),
        (POINT | {"country": "MY", "precision": "country"}, "country"),
        (POINT | {"country": "MY", "precision": "country", "address": "1 Road"}, "address"),
        (POINT | {"precision": "country"}, "nowhere"),
        (POINT, "point"),
        ({"country": "MY", "address": "1 Road"}, "address"),
        ({"country": "MY"}, "country"),
        ({"country": "MY", "lat": 3.1}, "country"),
        ({}, "nowhere"),
        (POINT | {"country": "PE"}, "wrong"),
        ({"lat": 0.0, "lon": 0.0, "country": "MY"}, "wrong"),
        ({"lat": 0.0, "lon": 0.0}, "nowhere"),
        ({"lat": 101.7, "lon": 3.1, "country": "MY"}, "wrong"),
    ],
)
def test_how_a_place_is_known(said: dict[str, Any], known: str) -> None:
    assert day(facilities=[site("F", **said)]).places["known"].tolist() == [known]


def test_an_address_in_another_country_does_not_take_the_point_away() -> None:
    found = day(facilities=[site("F", **POINT, country="MY", address="5 Road, Lima, Peru")])
    assert found.graph["Facility"]["contradictions"].iloc[0]
    assert found.places["known"].tolist() == ["point"]


def test_the_flag_that_counts_is_shown_evidenced_before_indicators_and_none_that_waits() -> None:
    findings = [
        oracles.finding("F", 0.3, id="weak"),
        oracles.finding("F", 0.6, id="strong"),
        oracles.finding("G", 1.0, id="over", valid_to="2020-01-01"),
        oracles.finding(None, 1.0, id="good", kind="good_country", scope_commodity="cotton", scope_country="CN"),
        oracles.finding(None, 1.0, id="name", subject_name="Heron Sewing", subject_country=None),
    ]
    facilities = [
        site("F", country="CN", product="cotton"),
        site("G", country="CN", product="cotton"),
        site("H", country="CN"),
        site("W", country="BD") | {"name": "Heron Sewing"},
    ]
    found = day(facilities=facilities, findings=findings)
    shown = found.places.set_index("id")
    assert len(found.graph["MAY_BE_ABOUT"]) == 1
    assert shown["class"].to_dict() == {"F": "named", "G": "good_country", "H": "", "W": ""}
    assert shown["strength"].to_dict() == pytest.approx({"F": 0.6, "G": 1.0, "H": 0.0, "W": 0.0})


def test_a_stronger_indicator_does_not_hide_a_finding() -> None:
    flags = pd.DataFrame(
        {
            "node": ["a", "a", "b", "b", "c", "c"],
            "class": ["good_country", "ownership", "ownership", "named", "named", "ownership"],
            "strength": [1.0, 0.1, 0.5, 0.5, 0.4, 0.9],
        }
    )
    found = places_shown.strongest(flags)
    assert found["class"].to_dict() == {"a": "ownership", "b": "named", "c": "ownership"}


# --- clusters ----------------------------------------------------------------------------------------------------


@st.composite
def site_tables(draw: st.DrawFn) -> pd.DataFrame:
    number = draw(st.integers(0, 40))
    rows = [
        {
            "id": f"s{i}",
            "name": f"site {i}",
            "country": draw(st.sampled_from(["MY", "ID", None])),
            "lat": draw(st.floats(-84, 84)),
            "lon": draw(st.floats(-180, 180)),
            "precision": None,
            "known": draw(st.sampled_from(places_shown.KNOWN)),
            "class": draw(st.sampled_from(["", *CLASSES])),
            "strength": draw(st.floats(0, 1)),
        }
        for i in range(number)
    ]
    frame = pd.DataFrame(rows, columns=places_shown.COLUMNS)
    return frame.astype({"lat": "float64", "lon": "float64", "strength": "float64", "class": "str", "known": "str"})


@settings(deadline=None, max_examples=60)
@given(site_tables(), st.sampled_from([1.0, 5.0, 20.0, 160.0, 10240.0]))
def test_clusters_count_every_drawn_site_once(sites: pd.DataFrame, cells: float) -> None:
    drawn = sites[sites["known"].isin(["point", "town"])]
    found = places_shown.clusters(sites, cells)
    assert found["sites"].sum() == len(drawn)
    assert found["towns"].sum() == (drawn["known"] == "town").sum()
    for kind, rows in drawn.groupby("class"):
        assert found.loc[found["class"] == kind, "sites"].sum() == len(rows)
    # Whoever shares a mark lies in one square of the grid and has one class.
    x, y = places_shown.across(drawn["lon"].to_numpy(), drawn["lat"].to_numpy())
    squares = zip(np.floor(x * cells).tolist(), np.floor(y * cells).tolist(), drawn["class"], strict=True)
    assert len(found) == len(set(squares))
    keys = places_shown.cluster_keys(drawn, cells)
    for row in found.to_dict("records"):
        members = drawn[keys == row["key"]]
        assert len(members) == row["sites"]
        assert set(members["class"]) == {row["class"]}
        assert row["strength"] == members["strength"].max()
        assert members["lon"].min() - 1e-9 <= row["lon"] <= members["lon"].max() + 1e-9
        assert (row["id"] == members["id"].iloc[0]) if len(members) == 1 else pd.isna(row["id"])


@settings(deadline=None, max_examples=40)
@given(site_tables())
def test_every_site_is_drawn_or_counted_or_said_to_be_nowhere(sites: pd.DataFrame) -> None:
    sites = sites.assign(country=sites["country"].where(sites["known"].isin(["point", "town", "nowhere"]), "MY"))
    drawn = places_shown.clusters(sites, 20.0)["sites"].sum()
    counted = places_shown.by_country(sites)
    ways = counted[["address", "region", "country_only", "wrong"]].sum(axis=1)
    assert ways.tolist() == counted["sites"].tolist()
    assert drawn + counted["sites"].sum() + (sites["known"] == "nowhere").sum() == len(sites)


def test_no_site_without_coordinates_becomes_a_point() -> None:
    facilities = [site("F", country="MY"), site("G", country="MY", **POINT), site("H", country="ID", address="1 Road")]
    found = day(facilities=facilities)
    assert places_shown.clusters(found.places, 20.0)["id"].tolist() == ["G"]
    counted = places_shown.by_country(found.places).set_index("country")
    assert counted["sites"].to_dict() == {"ID": 1, "MY": 1}
    assert counted["country_only"].to_dict() == {"ID": 0, "MY": 1}


def test_closer_windows_part_what_far_ones_join() -> None:
    near = pd.DataFrame({"lat": [3.0, 3.0], "lon": [101.0, 101.5]})
    sites = near.assign(
        id=["a", "b"], name="n", country="MY", precision=None, known="point", strength=0.0, **{"class": ""}
    )
    assert len(places_shown.clusters(sites, 20.0)) == 1
    assert len(places_shown.clusters(sites, 20.0 * 2**6)) == 2


# --- behind, routes ----------------------------------------------------------------------------------------------

CHAIN = [oracles.link("F", "G", 0.5), oracles.link("G", "X", 0.4), oracles.link("H", "Y", 1.0)]
SITES = [site("F", country="MY", **POINT), site("G", country="SG"), site("H", country="ID")]


def chain(**more: Any) -> Day:
    return day(
        organizations=[oracles.brand("X"), oracles.brand("Y")],
        facilities=SITES,
        links=CHAIN,
        findings=[oracles.finding("F")],
        **more,
    )


def test_behind_a_brand_is_all_that_its_inputs_come_from() -> None:
    found = chain()
    assert sorted(places_shown.behind(found.table, "X")) == ["F", "G"]
    assert sorted(places_shown.behind(found.table, "Y")) == ["H"]
    assert len(places_shown.behind(found.table, "nobody")) == 0


def test_routes_end_at_points_or_at_labels_that_are_said_to_be_none() -> None:
    found = chain()
    routes = places_shown.routes(found.paths("X"), found.places, lambda place: (10.0 + place, 60.0))
    hops = routes.hops.set_index(["supplier", "buyer"])
    assert hops.loc[("F", "G"), "from_lon"] == 101.7
    assert hops["vague"].tolist() == [True, True]
    assert hops["class"].tolist() == ["named", "named"]
    stops = routes.stops.set_index("id")
    assert sorted(stops.index) == ["G", "X"]
    assert (stops["lon"].to_dict()["X"], stops["lat"].to_dict()["X"]) == (10.0, 60.0)  # nothing says where it is
    assert 103 < stops["lon"].to_dict()["G"] < 105  # the label of Singapore
    empty = places_shown.routes([], found.places, lambda _: (0.0, 0.0))
    assert empty.hops.empty
    assert empty.stops.empty


def test_many_sites_are_one_pass() -> None:
    """Nothing in here walks from site to site: a hundred thousand are as many rows as one."""
    number = 100_000
    rng = np.random.default_rng(1)
    facilities = table(
        "Facility",
        {
            "id": [f"s{i}" for i in range(number)],
            "name": "n",
            "country": "MY",
            "lat": rng.uniform(-60, 70, number),
            "lon": rng.uniform(-180, 180, number),
        },
    )
    known = places_shown.known_how(facilities)
    sites = facilities[["id", "name", "country", "lat", "lon", "precision"]].assign(
        known=known, strength=0.0, **{"class": ""}
    )
    assert places_shown.clusters(sites, 20.0)["sites"].sum() == number
