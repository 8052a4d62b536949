"""Palm oil: every figure of the data's own README, and every day against a count straight from the CSV files."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from graph_core import SupplyNetwork, traced_share
from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.graph import Graph
from loaders import registry
from loaders.base import Options, Reading, silent
from tests import oracles

DATA = Path(__file__).parents[3] / "shared" / "data"
PALM = DATA / "palm_oil"
ORDERS = DATA / "findings" / "palm_oil_orders.csv"
GOODS = DATA / "dol_goods" / "goods_2021.xml"

if not PALM.is_dir():
    message = f"the real data is not at {DATA}"
    if os.environ.get("TIERTRACE_TEST_DATA") == "required":
        pytest.fail(message, pytrace=False)
    pytest.skip(message, allow_module_level=True)

pytestmark = pytest.mark.data


def read(form: str, path: Path) -> list[Reading]:
    return list(registry.get(form).read(path, Options(), silent))


@cache
def readings() -> tuple[Reading, ...]:
    return (*read("palm-oil", PALM), *read("tables", ORDERS))


@cache
def graph(goods: bool = False) -> Graph:
    more = read("dol-goods", GOODS) if goods else []
    sets = [oracles.Said(r.source, seq, r.records) for seq, r in enumerate([*readings(), *more], start=1)]
    return derive(sets)


@cache
def exposures(day: str, goods: bool = False) -> dict[str, dict[str, Any]]:
    return {row["brand"]["name"]: row for row in Day(graph(goods), Parameters(day)).exposures()}


# --- a count of our own, straight from the files ---------------------------------------------------------------


@cache
def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def plain(name: str) -> str:
    """A company's name with one spelling of its legal form."""
    return re.sub(r"\bBHD\b", "BERHAD", " ".join(name.upper().replace(".", " ").split()))


@cache
def lists() -> dict[str, dict[int, set[str]]]:
    """Mills by brand and report year."""
    found: dict[str, dict[int, set[str]]] = {}
    for row in rows(PALM / "brand_mill_disclosures.csv"):
        years = found.setdefault(row["consumer_brand"].strip(), {})
        years.setdefault(int(row["report_year"]), set()).add(row["UML ID"].strip())
    return found


def mills_on(brand: str, day: str) -> set[str]:
    """The brand's newest list that had begun."""
    begun = [year for year in lists()[brand] if f"{year}-01-01" <= day]
    return lists()[brand][max(begun)] if begun else set()


@cache
def reached(order: str) -> frozenset[str]:
    """Mills of the ordered company (as group or as parent) in the country of the order."""
    row = next(row for row in rows(ORDERS) if row["id"] == order)
    assert (row["scope_country"], row["scope_commodity"]) == ("MY", "palm oil")
    subject = plain(row["subject_name"])
    return frozenset(
        mill["UML ID"]
        for mill in rows(PALM / "mills.csv")
        if mill["ISO"] == "MYS" and subject in (plain(mill["Group Name"]), plain(mill["Parent Company"]))
    )


def flagged_on(day: str) -> set[str]:
    orders = [row["id"] for row in rows(ORDERS) if row["valid_from"] <= day < row["valid_to"]]
    return set().union(*(reached(order) for order in orders))


def table(day: str) -> dict[str, tuple[int, int] | None]:
    """Flagged and all mills of every brand's list in force; None without a list."""
    out: dict[str, tuple[int, int] | None] = {}
    for brand in lists():
        mills = mills_on(brand, day)
        out[brand] = (len(mills & flagged_on(day)), len(mills)) if mills else None
    return out


def found(day: str, goods: bool = False) -> dict[str, tuple[int, int] | None]:
    """The same from the program: exact fractions, told apart by their denominators."""
    out: dict[str, tuple[int, int] | None] = {}
    for brand, row in exposures(day, goods).items():
        score, suppliers = row["score"], row["suppliers"]
        if score is None:
            assert suppliers == 0
            out[brand] = None
            continue
        flagged = round(score * suppliers)
        assert score == pytest.approx(flagged / suppliers, abs=1e-12)
        assert row["classes"]["ownership"] == pytest.approx(score, abs=1e-12)
        assert row["classes"]["named"] == 0.0
        assert row["flagged_suppliers"] == flagged == len(row["attribution"])
        out[brand] = flagged, suppliers
    return out


# --- the table of the README -----------------------------------------------------------------------------------

README = """
Colgate-Palmolive 74/1185 47/1185
Ferrero 17/572 0/572
FrieslandCampina 71/911 37/911
General Mills 109/1730 74/1730
Hershey 78/1391 45/1391
Johnson & Johnson 77/749 50/749
Kellogg 103/1602 68/1602
L'ORÉAL 77/1117 47/1117
Mars 2/82 0/82
Mondelez 94/1572 62/1572
Nestle 101/1608 69/1608
PepsiCo 97/1621 66/1621
Procter & Gamble 34/1241 2/1241
Reckitt Benckiser (RB) 105/1614 71/1614
Unilever 34/1392 0/1392
"""


def published(column: int) -> dict[str, tuple[int, int] | None]:
    out: dict[str, tuple[int, int] | None] = {}
    for line in README.strip().splitlines():
        brand, *fractions = line.rsplit(" ", 2)
        flagged, suppliers = fractions[column].split("/")
        out[brand] = int(flagged), int(suppliers)
    return out


@pytest.mark.parametrize(("day", "column"), [("2021-06-30", 0), ("2024-06-30", 1)])
def test_the_figures_of_the_readme(day: str, column: int) -> None:
    assert found(day) == published(column)
    assert table(day) == published(column), "our own count"


def test_2019_has_brands_without_a_list_and_zero_for_the_rest() -> None:
    values = found("2019-06-30")
    assert {brand for brand, value in values.items() if value is None} == {
        "FrieslandCampina",
        "General Mills",
        "Hershey",
        "Mars",
    }
    assert {value[0] for value in values.values() if value} == {0}
    nothing = exposures("2019-06-30")["Mars"]
    assert set(nothing["classes"].values()) == {None}
    assert nothing["composition"] is None


def test_2026_is_zero_in_this_class_and_not_said_to_be_clean() -> None:
    assert {value and value[0] for value in found("2026-06-30").values()} == {0}
    assert len(found("2026-06-30")) == 15
    for row in exposures("2026-06-30", goods=True).values():
        assert row["score"] == 0
        assert 0.09 < row["classes"]["good_country"] < 0.51


def boundary_days() -> list[str]:
    years = {f"{year}-01-01" for years in lists().values() for year in years}
    orders = {row[end] for row in rows(ORDERS) for end in ("valid_from", "valid_to")}
    around = {
        (date.fromisoformat(day) + timedelta(days=step)).isoformat() for day in years | orders for step in (-1, 0, 1)
    }
    return sorted(around | {"2016-06-30", "2023-02-02", "2030-01-01"})


@pytest.mark.parametrize("day", boundary_days())
def test_every_day_on_which_something_changes(day: str) -> None:
    assert found(day) == table(day)


def test_every_share_is_marked_as_assumed_and_no_bound_is_claimed() -> None:
    for brand, row in exposures("2021-06-30").items():
        assert row["assumed_share"] == pytest.approx(row["score"]), brand
        assert (row["coverage"], row["lower"], row["upper"], row["unmapped"]) == (None, None, None, None)
        assert row["documented_only"] == row["score"]
        assert sum(part["share"] for part in row["attribution"]) == pytest.approx(row["score"])
        assert {part["class"] for part in row["attribution"]} == {"ownership"}
        assert [product["product"] for product in row["by_product"]] == ["palm oil"]
        assert not row["mixed_products"]
        assert row["waiting_reviews"] == 0
        year = max(year for year in lists()[brand] if year <= 2021)
        assert row["stale_days"] == (date(2021, 6, 30) - date(year, 1, 1)).days
        assert row["lists"] == [{"title": f"list of {year}", "valid_from": f"{year}-01-01"}]


# --- counts ----------------------------------------------------------------------------------------------------


def intervals(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """In how many unbroken runs of its brand's lists every pair stands."""
    out = {}
    for brand, mill in pairs:
        held = [mill in lists()[brand][year] for year in sorted(lists()[brand])]
        out[brand, mill] = sum(now and not before for now, before in zip(held, [False, *held], strict=False))
    return out


def test_counts_of_rows_pairs_and_placeholders() -> None:
    tallies = {tally.table: tally for reading in readings() for tally in reading.tallies}
    assert (tallies["links"].read, tallies["links"].merged, tallies["links"].rejected) == (57_253, 7_178, 0)
    disclosed = rows(PALM / "brand_mill_disclosures.csv")
    known = {row["UML ID"] for row in rows(PALM / "mills.csv")}
    unknown = [row["UML ID"] for row in disclosed if row["UML ID"] not in known]
    assert (len(disclosed), len(known), len(unknown), len(set(unknown))) == (57_253, 2_095, 987, 49)
    sites = graph()["Facility"]
    assert set(sites.loc[sites["placeholder"], "id"]) == set(unknown)
    assert len(sites) == 2_095 + 49
    assert sites.loc[sites["placeholder"], "country"].isna().all()
    links = graph()["SUPPLIES"]
    assert len(links[["start", "end"]].drop_duplicates()) == 22_418
    assert links["end"].nunique() == 15
    assert set(links["disclosure"]) == {"indirect"}
    assert set(links["share_basis"]) == {"none"}


def test_pairs_that_leave_and_return_begin_a_new_interval() -> None:
    pairs = {(brand, mill) for brand, years in lists().items() for mills in years.values() for mill in mills}
    runs = intervals(pairs)
    assert len(pairs) == 22_418
    assert sum(count > 1 for count in runs.values()) == 1_344
    links = graph()["SUPPLIES"]
    counted = Counter(zip(links["end"].str.removeprefix("brand:"), links["start"], strict=True))
    assert counted == runs


def test_orders_match_their_companies_by_name_and_nothing_else() -> None:
    about = graph()["ABOUT"]
    names = graph()["Organization"].set_index("id")["name"]
    assert sorted(names[about["end"]]) == [
        "FGV HOLDINGS BERHAD",
        "SIME DARBY PLANTATION BHD",
        "SIME DARBY PLANTATION BHD",
    ]
    assert graph()["MAY_BE_ABOUT"].empty
    assert (len(reached("cbp-wro-fgv-2020")), len(reached("cbp-wro-sdp-2020"))) == (77, 38)


# --- good x country --------------------------------------------------------------------------------------------


def test_the_list_of_goods_says_what_the_readme_says() -> None:
    root = ET.parse(GOODS).getroot()
    said = {
        country.findtext("Country_Name"): country.findtext("Forced_Labor")
        for good in root.findall("Good")
        if good.findtext("Good_Name") == "Palm Fruit"
        for country in good.findall("Countries/Country")
    }
    assert (said["Malaysia"], said["Indonesia"]) == ("Yes", "No")
    assert {name for name, forced in said.items() if forced == "Yes"} == {"Malaysia"}


@pytest.mark.parametrize("day", ["2021-06-30", "2022-09-27", "2022-09-28", "2026-06-30"])
def test_the_indicator_is_the_share_of_malaysian_mills_and_leaves_the_score_alone(day: str) -> None:
    malaysian = {row["UML ID"] for row in rows(PALM / "mills.csv") if row["ISO"] == "MYS"}
    for brand, row in exposures(day, goods=True).items():
        mills = mills_on(brand, day)
        share = len(mills & malaysian) / len(mills) if day >= "2022-09-28" else 0.0
        assert row["classes"]["good_country"] == pytest.approx(share, abs=1e-12), brand
        before = exposures(day)[brand]
        assert before["classes"]["good_country"] is None
        same = ("score", "attribution", "flagged_suppliers", "assumed_share", "composition", "waiting_reviews")
        assert {key: row[key] for key in same} == {key: before[key] for key in same}


def test_load_order_does_not_matter() -> None:
    sets = [oracles.Said(r.source, 10 - seq, r.records) for seq, r in enumerate(readings())]
    assert derive(sets).hash == graph().hash


# --- what must not change a figure -----------------------------------------------------------------------------


@cache
def network() -> SupplyNetwork:
    return Day(graph(), Parameters("2021-06-30")).table.day.network


def scores(net: SupplyNetwork) -> dict[str, float]:
    return {name: score for name, score in zip(net.ids, traced_share(net).scores.tolist(), strict=True) if score > 0}


def test_other_names_and_another_order_change_nothing() -> None:
    net = network()
    rng = np.random.default_rng(1)
    place, links = rng.permutation(len(net)), rng.permutation(len(net.share))
    ids = np.empty(len(net), dtype=object)
    ids[place] = [f"party {i}" for i in range(len(net))]
    strength = np.empty(len(net))
    strength[place] = net.strength
    other = SupplyNetwork(ids.tolist(), place[net.supplier[links]], place[net.buyer[links]], net.share[links], strength)
    renamed = {f"party {net.number(name)}": score for name, score in scores(net).items()}
    assert scores(other) == pytest.approx(renamed, abs=1e-12)
    assert len(renamed) > 20
    for name in sorted(renamed)[:5]:
        own = net.ids[int(name.split()[1])]
        parts = {f"party {net.number(site)}": share for site, share in traced_share(net).attribution(own).items()}
        assert traced_share(other).attribution(name) == pytest.approx(parts, abs=1e-12)


def test_the_same_rows_twice_change_nothing() -> None:
    def twice(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        return {name: pd.concat([frame, frame], ignore_index=True) for name, frame in frames.items()}

    sets = [oracles.Said(r.source, seq, twice(r.records)) for seq, r in enumerate(readings(), start=1)]
    doubled = {row["brand"]["name"]: row for row in Day(derive(sets), Parameters("2021-06-30")).exposures()}
    for name, row in exposures("2021-06-30").items():
        for key in ("score", "classes", "suppliers", "flagged_suppliers", "documented_only"):
            assert doubled[name][key] == pytest.approx(row[key], abs=1e-12), (name, key)


def test_a_supplier_in_two_halves_changes_nobody_else() -> None:
    net = network()
    flagged = np.flatnonzero(net.strength > 0)
    halved = int(flagged[np.argmax(np.bincount(net.supplier, minlength=len(net))[flagged])])
    own = net.supplier == halved
    assert own.sum() > 5
    twin = len(net)
    share = np.where(own, net.share / 2, net.share)
    mine = net.buyer == halved  # the twin buys as the first half does
    other = SupplyNetwork(
        [*net.ids, "twin"],
        np.concatenate([net.supplier, np.full(int(own.sum()), twin), net.supplier[mine]]),
        np.concatenate([net.buyer, net.buyer[own], np.full(int(mine.sum()), twin)]),
        np.concatenate([share, share[own], net.share[mine]]),
        np.append(net.strength, net.strength[halved]),
    )
    after = scores(other)
    assert after.pop("twin") == pytest.approx(traced_share(net).scores[halved])
    assert after == pytest.approx(scores(net), abs=1e-12)


#: Mills of a company under an order, and mills of the list in force: the data's README, and its words on other days.
COURSE: dict[str, dict[str, float | None]] = {
    "Colgate-Palmolive": {"2019-06-30": 0.0, "2021-06-30": 74 / 1185, "2024-06-30": 47 / 1185, "2026-06-30": 0.0},
    "Nestle": {"2019-06-30": 0.0, "2021-06-30": 101 / 1608, "2024-06-30": 69 / 1608, "2026-06-30": 0.0},
    "FrieslandCampina": {"2019-06-30": None, "2021-06-30": 71 / 911, "2024-06-30": 37 / 911, "2026-06-30": 0.0},
    "Mars": {"2019-06-30": None, "2021-06-30": 2 / 82, "2024-06-30": 0.0, "2026-06-30": 0.0},
}


@pytest.mark.parametrize("name", sorted(COURSE))
def test_the_figure_over_time_has_the_figures_of_every_day(name: str) -> None:
    day = Day(graph(), Parameters("2021-06-30"))
    course = day.course(day.find_brand(name))
    changes, left_out = course.days()
    assert left_out == 0
    for probe, expected in COURSE[name].items():
        last = max((one.day for one in changes if one.day <= probe), default=probe)
        found = course.figure(last)
        assert (found["score"], found["ownership"]) == pytest.approx((expected, expected))
    ended = [one for one in changes for change in one.changes if (change.kind, change.what) == ("finding", "ends")]
    begun = [one for one in changes for change in one.changes if (change.kind, change.what) == ("finding", "begins")]
    with ORDERS.open(encoding="utf-8") as file:
        orders = list(csv.DictReader(file))
    assert {one.day for one in begun} <= {row["valid_from"] for row in orders}
    assert {one.day for one in ended} <= {row["valid_to"] for row in orders}
    assert any(change.kind == "list" and change.names for one in changes for change in one.changes)


def test_goods_and_countries_are_those_of_the_mills_on_the_list() -> None:
    day = Day(graph(), Parameters("2021-06-30"))
    brand = day.find_brand("Nestle")
    mills = {row["id"]: row["country"] for row in graph()["Facility"][["id", "country"]].to_dict("records")}
    links = graph()["SUPPLIES"]
    on_day = links[(links["end"] == brand) & (links["valid_from"].fillna("") <= "2021-06-30")]
    on_day = on_day[on_day["valid_to"].isna() | (on_day["valid_to"] > "2021-06-30")]
    expected = Counter(None if pd.isna(mills[mill]) else mills[mill] for mill in set(on_day["start"]))
    rows = day.heat(brand)
    assert {row["country"]: row["parties"] for row in rows} == dict(expected)
    assert {row["country"]: row["share"] for row in rows} == pytest.approx(
        {country: number / len(set(on_day["start"])) for country, number in expected.items()}
    )
    assert {row["country"]: row["traced"] for row in rows if row["traced"]} == {"MY": pytest.approx(101 / 1608)}
