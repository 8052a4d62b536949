"""Points, addresses and countries that contradict each other are marked with a reason, and nothing else is."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import xlrd
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core.countries import country_names
from graph_core.model import Precision
from graph_core.resolve import boundaries
from graph_core.resolve.address_country import all_named, named
from graph_core.resolve.places import COLUMNS, CONTRADICTIONS, NOTES, contradictions, notes
from loaders.countries import alpha2

DATA = Path(__file__).parents[3] / "shared" / "data"

#: Two capitals and large towns of each side of the world, as any atlas gives them.
TOWNS = {
    "BD": (23.81, 90.41),
    "BR": (-15.79, -47.88),
    "CN": (39.90, 116.40),
    "FJ": (-18.12, 178.45),
    "GB": (51.51, -0.13),
    "HK": (22.30, 114.17),
    "ID": (-6.21, 106.85),
    "IN": (28.61, 77.21),
    "KI": (1.33, 172.98),
    "MV": (4.18, 73.51),
    "MY": (3.14, 101.69),
    "PR": (18.40, -66.06),
    "RU": (67.50, 64.05),
    "SG": (1.30, 103.80),
    "TW": (25.03, 121.56),
    "US": (38.90, -77.04),
    "XK": (42.66, 21.16),
}


def sites(*rows: Mapping[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{"id": f"F{place}", **row} for place, row in enumerate(rows)])


def point(country: str, lat: float, lon: float, precision: str | None = "site") -> pd.DataFrame:
    return sites({"country": country, "lat": lat, "lon": lon, "precision": precision})


def rules(found: pd.DataFrame) -> list[str]:
    return found["rule"].tolist()


def address(country: str, text: str) -> tuple[list[str], list[str]]:
    site = sites({"country": country, "address": text})
    return rules(contradictions(site)), rules(notes(site))


# --- points ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", TOWNS)
def test_a_town_lies_in_its_country_and_is_not_marked(country) -> None:
    site = point(country, *TOWNS[country])
    assert contradictions(site).empty
    assert notes(site).empty
    assert boundaries.distance_km([country], *[[x] for x in TOWNS[country]])[0] < 5


def test_a_point_in_another_country_says_where_it_is_and_how_far() -> None:
    found = contradictions(point("IN", -2.6, 104.37))
    assert list(found.columns) == COLUMNS
    assert rules(found) == ["point_outside"]
    assert found["reason"].item() == (
        "the point -2.6, 104.37 lies in Indonesia (ID), 1,564 km outside India (IN), the stated country"
    )


def test_a_point_far_at_sea_is_in_no_country() -> None:
    assert "lies in no country" in contradictions(point("IN", 5.0, 85.0))["reason"].item()


@pytest.mark.parametrize(("lat", "lon"), [(0, 0), (0.0, -0.0), (0.001, 0.001)])
def test_zero_is_no_point_and_only_that_is_said(lat, lon) -> None:
    assert rules(contradictions(point("GH", lat, lon))) == ["point_zero"]
    assert rules(contradictions(point("", lat, lon))) == ["point_zero"]


@pytest.mark.parametrize(("lat", "lon"), [(91.0, 10.0), (10.0, 180.5), (math.inf, 10.0), (-90.001, -181.0)])
def test_what_is_no_place_on_earth_is_out_of_range(lat, lon) -> None:
    assert rules(contradictions(point("CA", lat, lon))) == ["point_off_earth"]
    assert rules(contradictions(point("", lat, lon))) == ["point_off_earth"]


def test_swapped_coordinates_are_seen_even_out_of_range() -> None:
    found = contradictions(
        sites(
            {"country": "MY", "lat": 103.54, "lon": 1.73},
            {"country": "BD", "lat": 90.41, "lon": 23.81},
            {"country": "TR", "lat": 29.0, "lon": 41.0},
        )
    )
    assert rules(found) == ["point_swapped"] * 3
    assert found["reason"].iloc[0] == (
        "the point 103.54, 1.73 lies outside Malaysia (MY), the stated country, and 1.73, 103.54 within: "
        "latitude and longitude look swapped"
    )


def test_half_a_point_and_an_unknown_country_contradict_nothing() -> None:
    found = contradictions(
        sites(
            {"country": "IN", "lat": -2.6, "lon": None},
            {"country": None, "lat": -2.6, "lon": 104.37},
            {"country": "ZZ", "lat": -2.6, "lon": 104.37},
        )
    )
    assert found.empty


def test_the_less_exact_a_point_the_farther_out_it_may_be() -> None:
    # Johor Bahru's customs house, 0.4 km from Singapore; Batam in Indonesia, 16 km; Kluang in Malaysia, 65 km.
    places = {"border": (1.463, 103.765), "over the strait": (1.12, 104.02), "next state": (2.03, 103.32)}
    marked = {
        name: [p for p in ("site", None, "city", "region", "country") if len(contradictions(point("SG", *at, p)))]
        for name, at in places.items()
    }
    assert marked == {"border": [], "over the strait": ["site", None], "next state": ["site", None, "city"]}


def test_every_precision_has_tolerances_that_grow() -> None:
    allowed = boundaries.tolerances()
    assert set(allowed.index) == {"", *map(str, Precision)}
    ordered = allowed.loc[[str(precision) for precision in Precision]]
    assert ordered["km"].is_monotonic_increasing
    assert ordered["km_at_sea"].is_monotonic_increasing
    assert (allowed["km"] <= allowed["km_at_sea"]).all()


@pytest.mark.parametrize(
    ("stated", "other"),
    [("CN", "HK"), ("HK", "CN"), ("CN", "TW"), ("TW", "CN"), ("US", "PR"), ("PR", "US"), ("RS", "XK")],
)
def test_a_territory_of_the_same_state_is_a_note(stated, other) -> None:
    site = point(stated, *TOWNS.get(other, (0.0, 0.0)))
    assert contradictions(site).empty
    assert rules(notes(site)) == ["territory"]


@pytest.mark.parametrize(
    ("lat", "lon", "claimants"),
    [
        (44.95, 34.10, {"RU", "UA"}),  # Simferopol
        (34.08, 74.80, {"IN", "PK"}),  # Srinagar
        (35.92, 74.31, {"IN", "PK"}),  # Gilgit
        (27.59, 91.87, {"CN", "IN"}),  # Tawang
        (35.34, 33.32, {"CY", "TR"}),  # Kyrenia
        (27.15, -13.20, {"EH", "MA"}),  # El Aaiun
        (31.90, 35.20, {"IL", "PS"}),  # Ramallah
        (48.02, 37.80, {"RU", "UA"}),  # Donetsk
        (39.82, 46.75, {"AM", "AZ"}),  # Khankendi
        (6.80, -59.0, {"GY", "VE"}),  # west of the Essequibo
    ],
)
def test_no_claimant_of_a_disputed_area_is_contradicted(lat, lon, claimants) -> None:
    for country in claimants:
        assert contradictions(point(country, lat, lon)).empty
    noted = [rules(notes(point(country, lat, lon))) for country in sorted(claimants)]
    assert sorted(noted) == [[], ["disputed"]], "only the one that does not hold it"
    assert rules(contradictions(point("BR", lat, lon))) == ["point_outside"]


def test_what_lies_in_a_disputed_area_is_said_without_taking_sides() -> None:
    assert (
        contradictions(point("BR", 44.95, 34.10))["reason"]
        .item()
        .startswith("the point 44.95, 34.1 lies in Crimea (held or claimed by Russia (RU) and Ukraine (UA)), ")
    )


def test_next_to_a_disputed_area_a_claim_is_none() -> None:
    assert rules(contradictions(point("IN", 31.55, 74.34))) == ["point_outside"], "Lahore is not in Kashmir"
    assert rules(contradictions(point("IN", 32.49, 74.53, "site"))) == ["point_outside"], "and neither is Sialkot"


# --- shapes ------------------------------------------------------------------------------------------------------


def test_every_country_has_a_shape_and_every_table_speaks_of_countries() -> None:
    codes = set(country_names())
    assert boundaries.known(sorted(codes)).all()
    assert not boundaries.known(["ZZ", "", None]).any()
    assert set().union(*boundaries.claims().values()) <= codes
    assert set().union(*boundaries.one_state()) <= codes
    assert all(len(pair) == 2 for pair in boundaries.one_state())
    assert set(boundaries._disputed().shapes) == set(boundaries.claims())


def test_shapes_are_valid_and_cut_at_the_antimeridian() -> None:
    for shapes in (boundaries._countries(), boundaries._disputed()):
        geometries = list(shapes.shapes.values())
        assert shapely.is_valid(geometries).all()
        assert not shapely.is_empty(geometries).any()
        west, south, east, north = shapely.bounds(geometries).T
        assert west.min() >= -180
        assert east.max() <= 180
        assert south.min() >= -90
        assert north.max() <= 90
    # Chukotka, Taveuni and the South Pole.
    there = boundaries.inside(["RU", "RU", "FJ", "AQ"], [66.0, 68.0, -16.85, -89.9], [-172.0, 178.0, -179.98, 0.0])
    assert there.all()
    assert not boundaries.inside(["RU"], [66.0], [-40.0])[0]


def test_the_bundled_shapes_are_small() -> None:
    folder = Path(boundaries.__file__).parent
    assert sum(file.stat().st_size for file in folder.iterdir() if file.suffix in {".parquet", ".csv"}) < 1_000_000


def test_country_at_gives_territories_their_own_code() -> None:
    towns = {"RE": (-21.1, 55.5), "GF": (4.9, -52.4), "HK": (22.4, 114.1), "SJ": (78.2, 15.8), "XK": (42.6, 20.9)}
    assert dict(zip(towns, boundaries.country_at(*zip(*towns.values(), strict=True)), strict=True)) == {
        code: code for code in towns
    }
    assert boundaries.country_at([0.0, math.nan], [0.0, 10.0]).tolist() == ["", ""]


@pytest.mark.parametrize(("country", "lat", "lon"), [("SG", 1.9, 104.9), ("FJ", -15.0, -176.0), ("IS", 80.0, 170.0)])
def test_distances_are_those_along_the_earth(country, lat, lon) -> None:
    lons, lats = shapely.get_coordinates(boundaries._countries().shapes[country]).T
    half = (
        np.sin(np.radians(lats - lat) / 2) ** 2
        + np.cos(np.radians(lats)) * math.cos(math.radians(lat)) * np.sin(np.radians(lons - lon) / 2) ** 2
    )
    corners = 2 * 6371.0088 * np.arcsin(np.sqrt(half)).min()
    assert boundaries.distance_km([country], [lat], [lon])[0] == pytest.approx(corners, abs=3)


@pytest.mark.parametrize("up_to", [0.5, 30, 2_000, 30_000])
def test_what_is_farther_than_asked_is_infinitely_far(up_to: float) -> None:
    lat, lon = (side.ravel() for side in np.meshgrid(np.linspace(-80, 80, 33), np.linspace(-170, 170, 35)))
    for country in ("ID", "CH"):
        far = boundaries.distance_km(np.repeat(country, len(lat)), lat, lon)
        bounded = boundaries.distance_km(np.repeat(country, len(lat)), lat, lon, up_to)
        assert np.array_equal(bounded <= up_to, far <= up_to)
        np.testing.assert_array_equal(bounded[far <= up_to], far[far <= up_to])


def test_distances_of_what_is_nowhere_are_not_known() -> None:
    away = boundaries.distance_km(["SG", "ZZ", "SG", "SG"], [1.35, 1.35, math.nan, 95.0], [103.8, 103.8, 103.8, 103.8])
    assert away[0] == 0
    assert np.isnan(away[1:]).all()


@st.composite
def points_within(draw) -> tuple[str, float, float]:
    """A country and a point in it, on a random parallel."""
    country = draw(st.sampled_from(sorted(boundaries._countries().shapes)))
    parts = shapely.get_parts(boundaries._countries().shapes[country])
    part = parts[draw(st.integers(0, len(parts) - 1))]
    west, south, east, north = part.bounds
    parallel = south + (north - south) * draw(st.floats(0.05, 0.95))
    across = shapely.intersection(part, shapely.linestrings([[west, parallel], [east, parallel]]))
    found = shapely.line_interpolate_point(
        max(shapely.get_parts(across), key=shapely.length), draw(st.floats(0.05, 0.95)), normalized=True
    )
    return country, float(shapely.get_y(found)), float(shapely.get_x(found))


def pointed(found: list[tuple[str, float, float]]) -> pd.DataFrame:
    """Sites at the points found, but for those next to 0, 0."""
    frame = sites(*({"country": country, "lat": lat, "lon": lon} for country, lat, lon in found))
    return frame[frame[["lat", "lon"]].abs().max(axis=1) > 0.02]


@given(st.lists(points_within(), min_size=5, max_size=20))
@settings(max_examples=15, deadline=None)
def test_a_point_within_is_never_marked_and_its_antipode_always(found) -> None:
    within = pointed(found)
    assert contradictions(within).empty
    antipodes = within.assign(lat=-within["lat"], lon=within["lon"] - np.copysign(180, within["lon"]))
    marked = contradictions(antipodes)
    assert marked["id"].tolist() == within["id"].tolist()
    assert marked["rule"].str.startswith("point_").all()
    assert notes(antipodes).empty


@given(st.lists(points_within(), min_size=5, max_size=20))
@settings(max_examples=10, deadline=None)
def test_swapping_back_is_what_the_mark_says(found) -> None:
    within = pointed(found)
    swapped = within.assign(lat=within["lon"], lon=within["lat"])
    rule = swapped["id"].map(contradictions(swapped).set_index("id")["rule"])
    away = boundaries.distance_km(swapped["country"], swapped["lat"], swapped["lon"])
    territory = swapped["id"].isin(notes(swapped)["id"])
    assert (rule[~(away <= 30) & ~territory] == "point_swapped").all()
    assert rule[away == 0].isna().all()


@given(st.lists(points_within(), min_size=1, max_size=5), st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_rows_do_not_change_each_other_and_order_is_kept(found, random) -> None:
    rows = [{"country": random.choice(["IN", "US", "RU"]), "lat": lat, "lon": lon} for _, lat, lon in found]
    together = contradictions(sites(*rows))
    apart = [contradictions(sites(*rows).iloc[[place]]) for place in range(len(rows))]
    pd.testing.assert_frame_equal(together, pd.concat(apart, ignore_index=True))


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Plot 12, Ashulia, Dhaka, Bangladesh", "BD"),
        ("DHAKA-1341, BANGLADESH.", "BD"),
        ("Ashulia Dhaka Bangladesh 1341", "BD"),
        ("No. 8 Road, Shaoxing, Zhejiang Province", "CN"),
        ("No. 8 Road, Shaoxing, Zhejiang, P.R. China 312000", "CN"),
        ("中国浙江省绍兴市", "CN"),
        ("浙江省绍兴市柯桥区", "CN"),
        ("Istanbul/TÜRKİYE", "TR"),
        ("Taichung, Taiwan, R.O.C.", "TW"),
        ("Ho Chi Minh City, Viet Nam", "VN"),
        ("Niamey, Niger", "NE"),
        ("Abuja, Nigeria", "NG"),
        ("Malabo, Equatorial Guinea", "GQ"),
        ("Bissau, Guinea-Bissau", "GW"),
        ("Port Moresby, Papua New Guinea", "PG"),
        ("Kinshasa, Democratic Republic of the Congo", "CD"),
        ("Atlanta, Georgia, USA", "US"),
        ("Chennai, Tamil Nadu", "IN"),
        ("Leeds, UK", "GB"),
    ],
)
def test_the_end_of_an_address_names_a_country(text, country) -> None:
    assert address(country, text) == ([], [])
    other = "BR" if country != "BR" else "IN"
    assert address(other, text) == (["address_country"], [])


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("US", "Athens, GA"),
        ("US", "Paris, TX"),
        ("US", "Wilmington, DE"),
        ("US", "Gary, IN"),
        ("US", "Los Angeles, CA"),
        ("US", "Lebanon, PA"),
        ("US", "Peru, Indiana"),
        ("US", "Atlanta, Georgia"),
        ("US", "Santa Fe, New Mexico"),
        ("US", "Newark, New Jersey"),
        ("US", "Turkey Creek"),
        ("US", "12 India Street"),
        ("HK", "12 Jordan Road"),
        ("HK", "12 Nathan Road, Jordan"),
        ("NG", "Minna, Niger"),
        ("TT", "Port of Spain"),
        ("CN", "Hohhot, Inner Mongolia"),
        ("CN", "1 Street, Bank of China"),
        ("AR", "1234 Avenida Brasil"),
        ("PA", "Calle de Peru"),
        ("BD", "Holding 5, House of India"),
        ("GB", "Belfast, Northern Ireland"),
        ("MX", "Toluca, Estado de Mexico"),
        ("KR", "Seoul, Korea"),
        ("CD", "Lubumbashi, Congo"),
        ("IN", "4, China Bazaar, Kolkata"),
        ("IN", ""),
        ("IN", "400 001"),
    ],
)
def test_what_only_looks_like_another_country_is_none(country, text) -> None:
    assert address(country, text) == ([], [])


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("CN", "Kowloon, Hong Kong"),
        ("HK", "Hong Kong, China"),
        ("MO", "Macau, China"),
        ("CN", "Taipei, Taiwan"),
        ("US", "San Juan, Puerto Rico"),
        ("PR", "San Juan, Puerto Rico, USA"),
    ],
)
def test_forms_of_territories_are_notes(country, text) -> None:
    assert address(country, text) == ([], ["territory"])


def test_an_address_of_two_countries_is_a_note_where_one_is_stated() -> None:
    assert address("NP", "Biratnagar, Nepal, India") == ([], ["address_both"])
    assert address("LK", "Biratnagar, Nepal, India") == (["address_country"], [])
    assert all_named("Biratnagar, Nepal, 12, India") == {"NP", "IN"}


def test_the_reason_gives_the_words_and_both_countries() -> None:
    site = sites({"country": "IN", "address": "Shaoxing, Zhejiang, China"})
    reason = contradictions(site)["reason"].item()
    assert reason == "the address ends in 'china', which is China (CN), and India (IN) is stated"


def test_every_name_of_a_country_is_read_as_that_country() -> None:
    for code, name in country_names().items():
        # Names with a comma or brackets are read in parts: the last one may say nothing, but never another country.
        meant = named(f"12 Main Street, Town, {name}").countries
        assert code in meant or (set(name) & set(",()") and not meant), name


@given(st.lists(st.text(max_size=60), min_size=5))
@settings(max_examples=20, deadline=None)
def test_any_text_is_an_address(texts) -> None:
    frame = sites(*({"country": country, "address": text} for text in texts for country in ("IN", "")))
    found = contradictions(frame)
    assert set(found["rule"]) <= {"address_country"}
    assert set(found["id"]) <= set(frame.loc[frame["country"] == "IN", "id"])


# --- countries ---------------------------------------------------------------------------------------------------


def test_two_stated_countries_contradict_in_one_row_or_in_two() -> None:
    one = pd.DataFrame(
        {"id": ["A", "B", "C"], "country": ["IN", "BD", "CN"], "other_countries": [["BD"], ["BD"], None]}
    )
    two = pd.DataFrame({"id": ["A", "B", "A", "B", "C"], "country": ["IN", "BD", "BD", None, "CN"]})
    for given_sites in (one, two):
        found = contradictions(given_sites)
        assert found.to_dict("records") == [
            {
                "id": "A",
                "rule": "two_countries",
                "reason": "2 countries are stated: Bangladesh (BD) and India (IN)",
            }
        ]
        assert notes(given_sites).empty


def test_a_territory_and_its_state_are_a_note() -> None:
    both = pd.DataFrame({"id": ["A"], "country": ["HK"], "other_countries": [("CN",)]})
    assert contradictions(both).empty
    assert rules(notes(both)) == ["territory"]


# --- tables ------------------------------------------------------------------------------------------------------


def test_nothing_gives_an_empty_table_of_the_same_shape() -> None:
    for empty in (pd.DataFrame({"id": [], "country": []}), sites({"country": "IN"})):
        for found in (contradictions(empty), notes(empty)):
            assert list(found.columns) == COLUMNS
            assert found.empty


def test_one_facility_may_have_several_marks_in_the_order_of_the_rules() -> None:
    site = sites({"country": "IN", "lat": 0, "lon": 0, "address": "Dhaka, Bangladesh", "other_countries": ["LK"]})
    twice = pd.concat([site, site], ignore_index=True)
    assert rules(contradictions(twice)) == ["point_zero", "address_country", "two_countries"]


def test_the_index_of_the_facilities_does_not_matter() -> None:
    frame = pd.concat([point("IN", -2.6, 104.37), point("MY", 1.73, 103.54), point("GH", 0, 0)])
    frame["id"] = ["A", "B", "C"]
    assert rules(contradictions(frame.set_index(pd.Index([7, 7, 7])))) == ["point_outside", "point_zero"]


def test_rules_are_told_apart() -> None:
    assert not set(CONTRADICTIONS) & set(NOTES)


# --- real data ---------------------------------------------------------------------------------------------------


def real(*path: str) -> Path:
    file = DATA.joinpath(*path)
    if not file.exists():
        message = f"no {file}"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return file


def mills() -> pd.DataFrame:
    read = pd.read_csv(real("palm_oil", "mills.csv"), dtype="str", keep_default_na=False)
    frame = read.rename(columns={"UML ID": "id", "Latitude": "lat", "Longitude": "lon"})
    frame["country"] = frame["ISO"].map(alpha2)
    frame["named"] = frame["Country"].map(alpha2)
    return frame.astype({"lat": "float64", "lon": "float64"})


@pytest.mark.data
def test_the_marked_mills_are_those_whose_code_contradicts_their_country() -> None:
    frame = mills()
    found = contradictions(frame)
    assert set(found["rule"]) == {"point_outside"}
    differing = set(frame.loc[frame["country"] != frame["named"], "id"])
    assert len(differing) == 26, "'IND' stands beside 'Indonesia'"
    # FLEET PALMS is said to be in Seberang Perai, Malaysia; its point is in Surat Thani, Thailand.
    assert set(found["id"]) == differing | {"PO1000008637"}
    by_name = contradictions(frame.assign(country=frame["named"]))
    assert by_name["id"].tolist() == ["PO1000008637"]


@pytest.mark.data
def test_no_site_of_the_open_supply_hub_lists_is_marked() -> None:
    frames = []
    for number in (2, 4, 10, 14, 15):
        frame = pd.read_csv(real("open_supply_hub", f"oar_list_{number}.csv"), keep_default_na=False)
        frames.append(frame.assign(id=[f"{number}-{line}" for line in frame.index]))
    download = pd.read_csv(real("open_supply_hub", "oshub_export_wilmar_2024.csv"), keep_default_na=False)
    frames.append(download.rename(columns={"os_id": "id", "country_code": "country"}))
    frame = pd.concat(frames, ignore_index=True)
    frame = frame.assign(country=frame["country"].map(alpha2), lon=frame["lng"])
    assert len(frame) == 654
    assert contradictions(frame).empty
    assert notes(frame).empty


@pytest.mark.data
def test_no_labelled_pair_and_no_factory_of_nike_is_marked_by_its_address() -> None:
    pairs = json.loads(real("open_supply_hub", "oar_dedupe_training.json").read_text(encoding="utf-8"))
    labelled = pd.DataFrame([record for kind in pairs.values() for pair in kind for record in pair["__value__"]])
    labelled["country"] = labelled["country"].map(alpha2)
    assert contradictions(labelled[["id", "country", "address"]]).empty
    for year in ("2021-02", "2023-08"):
        sheet = xlrd.open_workbook(real("nike", f"nike_imap_{year}.xls")).sheet_by_index(0)
        rows = [[str(cell.value).strip() for cell in sheet.row(line)] for line in range(sheet.nrows)]
        header = next(line for line, row in enumerate(rows) if "Factory Name" in row)
        frame = pd.DataFrame(rows[header + 1 :], columns=rows[header])
        country = next(str(name) for name in frame if str(name).startswith("Country"))
        whole = frame[["Address", "City", "State", "Postal Code"]].agg(", ".join, axis=1)
        found = pd.DataFrame({"id": frame.index, "country": frame[country].map(alpha2), "address": whole})
        assert contradictions(found).empty


@pytest.mark.data
def test_the_middle_of_every_country_is_precise_to_a_country() -> None:
    frame = pd.read_csv(real("countries", "centroids.csv"), keep_default_na=False)
    frame = frame.rename(columns={"ISO": "country", "latitude": "lat", "longitude": "lon"})
    assert contradictions(frame.assign(id=frame["COUNTRY"], precision="country")).empty
