"""Country codes and centroids: two tables that become one description of every country."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders import countries, registry
from loaders.base import Options, Reading, silent
from loaders.formats.countries import LOADER

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "countries"
CODES = "ISO3166-1-Alpha-3,ISO3166-1-Alpha-2,official_name_en,CLDR display name,Region Name,Sub-region Name\n"
POINTS = "longitude,latitude,COUNTRY,ISO,COUNTRYAFF,AFF_ISO\n"


def real() -> Path:
    if not DATA.exists():
        message = "the real data set countries is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return DATA


def read(path: Path) -> list[Reading]:
    return list(LOADER.read(path, Options(), silent))


def one(path: Path, text: str) -> Reading:
    path.write_text(text, encoding="utf-8")
    (reading,) = read(path)
    return reading


def rows(reading: Reading) -> dict[str, dict[str, Any]]:
    frame = reading.records["countries"].drop(columns=["line", "original"]).set_index("id")
    return {
        str(key): {str(n): v for n, v in row.items() if not pd.isna(v)} for key, row in frame.to_dict("index").items()
    }


def counts(reading: Reading) -> tuple[int, int, int, int]:
    (tally,) = reading.tallies
    assert tally.table == "countries"
    return tally.read, tally.loaded, tally.merged, tally.rejected


def test_codes(tmp_path: Path) -> None:
    reading = one(
        tmp_path / "x.csv",
        CODES
        + "NAM,NA,Namibia,Namibia,Africa,Sub-Saharan Africa\n"
        + "BOL,BO,Bolivia (Plurinational State of),Bolivia,Americas,Latin America and the Caribbean\n"
        + "USA,US,United States of America,US,Americas,Northern America\n"
        + 'ATA,AQ,Antarctica," "," ", \n'
        + "CHI, ,Channel Islands,Channel Islands,Europe,Northern Europe\n"
        + "ZZZ,ZZ,Nowhere,Nowhere,,\n"
        + "NAM,NA,Namibia,Namibia,Africa,Sub-Saharan Africa\n",
    )
    assert rows(reading) == {
        "NA": {"name": "Namibia", "alpha3": "NAM", "region": "Sub-Saharan Africa"},
        "BO": {"name": "Bolivia", "alpha3": "BOL", "region": "Latin America and the Caribbean"},
        "US": {"name": "United States of America", "alpha3": "USA", "region": "Northern America"},
        "AQ": {"name": "Antarctica", "alpha3": "ATA"},
    }
    assert counts(reading) == (7, 4, 1, 2)
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [6, "ISO3166-1-Alpha-2", ""],
        [7, "ISO3166-1-Alpha-2", "ZZ"],
    ]
    assert reading.source["id"] == "countries:codes"
    assert "PDDL" in str(reading.source["licence"])


def test_centroids(tmp_path: Path) -> None:
    reading = one(
        tmp_path / "x.csv",
        POINTS
        + "18.1,-21.9,Namibia,NA,Namibia,NA\n"
        + "-16.5,28.2,Canarias,ES,Spain,ES\n"
        + "-3.6,40.3,Spain,ES,Spain,ES\n"
        + "-3.6,140.3,Italy,IT,Italy,IT\n"
        + "1,2,Nowhere,,,\n"
        + "-3.7,40.4,Spain,ES,Spain,ES\n",
    )
    assert rows(reading) == {"NA": {"lat": -21.9, "lon": 18.1}, "ES": {"lat": 40.3, "lon": -3.6}}
    assert reading.rejects[["line", "column", "value"]].to_numpy().tolist() == [
        [3, "", "Canarias"],
        [5, "latitude", "140.3"],
        [6, "ISO", ""],
        [7, "ISO", "ES"],
    ]
    assert "is no name of ES" in reading.rejects["reason"].iloc[0]
    assert (reading.source["id"], reading.source["licence"]) == ("countries:centroids", "MIT")


def test_folder_and_wrong_places(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CODES + "NAM,NA,Namibia,Namibia,,\n")
    (tmp_path / "b.csv").write_text(POINTS + "18.1,-21.9,Namibia,NA,Namibia,NA\n")
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    (tmp_path / "readme.md").write_text("text")
    assert [reading.source["id"] for reading in read(tmp_path)] == ["countries:codes", "countries:centroids"]
    with pytest.raises(InputError, match="is no table of countries"):
        read(tmp_path / "other.csv")
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError, match="holds neither"):
        read(tmp_path / "sub")


@pytest.mark.data
def test_real_counts() -> None:
    centroids, codes = read(real())
    assert counts(codes) == (249, 249, 0, 0)
    assert counts(centroids) == (249, 244, 0, 5)
    with (real() / "country-codes.csv").open(encoding="utf-8-sig", newline="") as file:
        stated = list(csv.DictReader(file))
    found = rows(codes)
    assert {row["ISO3166-1-Alpha-2"]: row["ISO3166-1-Alpha-3"] for row in stated} == {
        key: row["alpha3"] for key, row in found.items()
    }
    assert all(row["name"] for row in found.values())
    assert {"UK", "US"} & {row["name"] for row in found.values()} == set()
    with (real() / "centroids.csv").open(encoding="utf-8-sig", newline="") as file:
        points = Counter(row["ISO"] for row in csv.DictReader(file))
    assert set(rows(centroids)) == set(points)
    assert sum(points.values()) - len(points) == 5
    assert set(found) - set(points) == {"AX", "EH", "HK", "MO", "TW"}
    assert rows(centroids)["ES"]["lat"] == pytest.approx(40.365, abs=0.001)


@pytest.mark.data
def test_real_countries_describe_the_countries_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "facilities.csv").write_text("id,name,country\nA,A,NA\nB,B,Malaysia\nC,C,HKG\n")
    readings = [*read(real()), *registry.get("tables").read(tmp_path, Options(), silent)]
    sets = [RecordSet(reading.source, number, reading.records) for number, reading in enumerate(readings, start=1)]
    for order in (sets, sets[::-1]):
        countries = derive(order)["Country"].set_index("id").astype(object)
        assert sorted(countries.index) == ["HK", "MY", "NA"]  # only countries that something is in
        facts = countries[["alpha3", "region"]].to_dict("index")
        assert facts["NA"] == {"alpha3": "NAM", "region": "Sub-Saharan Africa"}
        assert facts["MY"] == {"alpha3": "MYS", "region": "South-eastern Asia"}
        assert countries.loc["NA", "lat"] == pytest.approx(-21.9, abs=0.1)
        assert countries.loc["NA", "lon"] == pytest.approx(18.2, abs=0.1)
        assert pd.isna(countries.loc["HK", "lat"])  # the list of centroids lacks it
        assert facts["HK"]["alpha3"] == "HKG"


def test_names_that_need_no_pattern_are_what_the_library_says() -> None:
    known = countries._names()
    assert len(known) > 400
    for code, row in countries._table().items():
        for name in (row["name_short"], row["name_official"]):
            assert known[countries._letters(name)] == countries._by_pattern(name) == code, name
