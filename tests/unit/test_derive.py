"""From what sources said to what is believed: parties, lists, corrections, placeholders."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive, ended_by_lists
from graph_core.graph import Graph, table
from graph_core.schema import COLUMNS, TYPES, Type
from tests import oracles
from tests.oracles import Row, brand, finding, link, operates, owns, said


def row(graph: Graph, label: str, key: str) -> dict[str, Any]:
    found = graph[label][graph[label]["id"] == key]
    assert len(found) == 1
    return {str(k): None if not isinstance(v, list) and pd.isna(v) else v for k, v in found.iloc[0].items()}


def intervals(graph: Graph, supplier: str = "A") -> list[tuple[str | None, str | None]]:
    links = graph["SUPPLIES"]
    links = links[links["start"] == supplier].sort_values("valid_from")
    return [(a, None if pd.isna(b) else b) for a, b in zip(links["valid_from"], links["valid_to"], strict=True)]


def test_nothing_gives_an_empty_graph_of_the_same_shape() -> None:
    for graph in (derive([]), derive([said("s")]), derive([said("s", links=[], findings=[])])):
        assert {name: list(frame.columns) for name, frame in graph.tables.items()} == COLUMNS
        assert sum(len(frame) for name, frame in graph.tables.items() if name != "Source") == 0
        assert Day(graph, Parameters("2021-01-01")).exposures() == []
        assert Day(graph, Parameters("2021-01-01")).brands == []
    assert derive([]).hash == derive([]).hash


def test_tables_have_the_types_of_the_schema() -> None:
    graph = oracles.graph_of(organizations=[brand("X")], facilities=[operates("C", "A")], links=[link("A", "X", 0.5)])
    kinds = {Type.STRING: "str", Type.FLOAT: "float64", Type.INTEGER: "Int64", Type.BOOLEAN: "boolean"}
    for name, frame in graph.tables.items():
        for column, kind in TYPES[name].items():
            if column in frame and kind in kinds:
                assert str(frame[column].dtype) == kinds[kind], (name, column)


# --- parties ---------------------------------------------------------------------------------------------------


def test_a_later_load_corrects_by_id_and_keeps_what_it_does_not_say() -> None:
    first: Row = {"id": "A", "name": "Old Name", "country": "MY", "address": "Street 1", "aliases": "One|Two"}
    second: Row = {"id": "A", "name": "New Name", "country": "ID"}
    for sets in ([said("s", 1, facilities=[first]), said("t", 2, facilities=[second])],) * 2:
        site = row(derive(sets[::-1]), "Facility", "A")
        assert (site["name"], site["country"], site["address"]) == ("New Name", "ID", "Street 1")
        assert site["aliases"] == ["Old Name", "One", "Two"]
        assert site["sources"] == ["s", "t"]
    back = row(derive([said("s", 2, facilities=[first]), said("t", 1, facilities=[second])]), "Facility", "A")
    assert (back["name"], back["country"]) == ("Old Name", "MY")


def test_rows_of_one_load_count_by_their_place_in_the_file() -> None:
    rows = [{"id": "A", "name": "first", "line": 2}, {"id": "A", "name": "second", "line": 3}]
    assert row(derive([said("s", facilities=rows[::-1])]), "Facility", "A")["name"] == "second"


def test_ids_that_nothing_defines_are_placeholders() -> None:
    graph = oracles.graph_of(
        organizations=[brand("X")],
        facilities=[operates("runs", "A")],
        links=[link("A", "X"), link("unknown", "X"), link("A", "elsewhere")],
        ownership=[owns("owner", "owned")],
        coverage=[{"buyer_id": "covered", "coverage": 0.5}],
    )
    sites, companies = graph["Facility"], graph["Organization"]
    assert sorted(sites.loc[sites["placeholder"], "id"]) == ["elsewhere", "owned", "unknown"]
    assert sorted(companies.loc[companies["placeholder"], "id"]) == ["covered", "owner", "runs"]
    assert not companies.loc[companies["placeholder"], "brand"].any()
    assert row(graph, "Facility", "unknown")["country"] is None


def test_a_placeholder_becomes_a_party_once_it_is_defined() -> None:
    sets = [said("s", 1, links=[link("A", "X")]), said("t", 2, facilities=[{"id": "A", "name": "Mill A"}])]
    site = row(derive(sets), "Facility", "A")
    assert (site["name"], site["placeholder"]) == ("Mill A", False)


def test_ids_are_kept_as_they_are() -> None:
    ids = ["007", "a b", "Ünï", "1e5", "NA", "nan", "None", "=1+1", "x\x1ey"]
    graph = oracles.graph_of(facilities=[{"id": i, "name": i} for i in ids], links=[link(i, "X") for i in ids])
    assert set(graph["Facility"]["id"]) == {*ids, "X"}
    assert set(graph["SUPPLIES"]["start"]) == set(ids)
    assert not graph["Facility"].set_index("id").loc[ids, "placeholder"].any()


def test_a_role_or_a_list_makes_a_brand_and_a_link_does_not() -> None:
    graph = oracles.graph_of(
        organizations=[{"id": "X", "name": "X", "roles": "trader|Brand"}, {"id": "T", "name": "T", "roles": "trader"}],
        lists=[{"id": "l", "buyer_id": "L", "series": "s", "date": "2020-01-01"}],
        links=[link("A", "T")],
    )
    companies = graph["Organization"]
    assert sorted(companies.loc[companies["brand"], "id"]) == ["L", "X"]


def test_the_latest_operator_runs_the_site() -> None:
    sets = [said("s", 1, facilities=[operates("C", "A")]), said("t", 2, facilities=[operates("D", "A")])]
    assert derive(sets)["OPERATES"][["start", "end"]].to_numpy().tolist() == [["D", "A"]]


def test_two_sources_of_one_holding_are_one_holding() -> None:
    rows = [owns("C", "A", None, source="p"), owns("C", "A", 60.0, source="q"), owns("C", "A", 40.0, source="r")]
    holdings = oracles.graph_of(ownership=rows)["OWNS"]
    assert holdings["percent"].tolist() == [60.0]
    assert holdings["sources"].tolist() == [["p", "q", "r"]]


def listed(day: str, seq: int, *holdings: oracles.Row, series: str = "s") -> oracles.Said:
    return said(f"{series}:{day}", seq, retrieved_at=day, about={"series": series}, ownership=list(holdings))


def held(*sets: oracles.Said) -> list[tuple[Any, ...]]:
    frame = derive(list(sets))["OWNS"].sort_values(["start", "end", "valid_from"], na_position="first")
    rows = frame[["start", "end", "valid_from", "valid_to"]].astype(object)
    return [tuple(row) for row in rows.where(rows.notna(), None).to_numpy().tolist()]


def test_a_list_that_names_another_owner_ends_the_holding_of_the_first() -> None:
    first, second, third = (
        listed("2020-01-01", 3, owns("C", "A"), owns("C", "B")),
        listed("2021-01-01", 2, owns("D", "A")),  # says nothing of B any more
        listed("2022-01-01", 1, owns("C", "A"), owns("E", "A", kind="other")),
    )
    assert held(first, second, third) == [
        ("C", "A", None, "2021-01-01"),
        ("C", "A", "2022-01-01", None),
        ("C", "B", None, None),
        ("D", "A", "2021-01-01", "2022-01-01"),
        ("E", "A", None, None),
    ]
    assert held(first) == [("C", "A", None, None), ("C", "B", None, None)]


def test_a_holding_that_every_list_repeats_is_one_holding_without_end() -> None:
    sets = [listed(f"202{n}-01-01", n + 1, owns("C", "A"), owns("D", "A")) for n in range(3)]
    assert held(*sets) == [("C", "A", None, None), ("D", "A", None, None)]
    less = [listed("2023-01-01", 4, owns("C", "A", 40.0)), listed("2024-01-01", 5, owns("C", "A", 40.0))]
    assert held(*sets, *less) == [
        ("C", "A", None, "2023-01-01"),
        ("C", "A", "2023-01-01", None),
        ("D", "A", None, "2023-01-01"),
    ]


def test_lists_of_two_series_and_holdings_with_days_of_their_own_end_nothing_of_each_other() -> None:
    own = owns("C", "A", valid_from="2019-01-01")
    other = listed("2022-01-01", 2, owns("E", "A"), series="t")
    assert held(listed("2020-01-01", 1, own), listed("2021-01-01", 2, owns("D", "A")), other) == [
        ("C", "A", "2019-01-01", None),
        ("D", "A", None, None),
        ("E", "A", None, None),
    ]


def test_changes_count_by_their_days_whatever_the_load_order() -> None:
    new = {"origin": "x", "id": "A", "name": "New name"}
    gone = [{"origin": "y"}]

    def base(day: str | None, seq: int) -> oracles.Said:
        rows = [{"origin": "x", "id": "A", "name": "Old name"}, {"origin": "y", "id": "B", "name": "B"}]
        return said("d", seq, retrieved_at=day, organizations=rows)

    def changes(day: str | None, seq: int) -> oracles.Said:
        about = {"amends": "d"}
        return said(f"d:{seq}", seq, retrieved_at=day, about=about, organizations=[new], withdrawn=gone)

    def names(*sets: oracles.Said) -> dict[str, str]:
        return dict(derive(list(sets))["Organization"][["id", "name"]].to_numpy().tolist())

    changed, whole = {"A": "New name"}, {"A": "Old name", "B": "B"}
    assert names(base("2024-01-01", 1), changes("2024-01-02", 2)) == changed
    assert names(base("2024-01-01", 2), changes("2024-01-02", 1)) == changed
    assert names(base("2024-01-03", 2), changes("2024-01-02", 1)) == whole
    assert names(base("2024-01-03", 1), changes("2024-01-02", 2)) == whole
    # Without a day the load order decides.
    assert names(base(None, 1), changes(None, 2)) == changed
    assert names(base(None, 2), changes("2024-01-02", 1)) == whole


def test_rows_that_a_person_corrected_are_rows_of_their_dataset() -> None:
    rows = [{"origin": "y", "id": "B", "name": "B"}]
    base = said("d", 1, organizations=[{"origin": "x", "id": "A", "name": "A"}])
    mended = said("d:corrected", 2, about={"corrects": "d"}, organizations=rows)
    changes = said("d:3", 3, about={"amends": "d"}, withdrawn=[{"origin": "y"}])
    assert derive([base, mended])["Organization"]["id"].tolist() == ["A", "B"]
    assert derive([base, mended, changes])["Organization"]["id"].tolist() == ["A"]


# --- what could not be read, and what was corrected ---------------------------------------------------------------


def delivered(day: str | None, seq: int, *rows: oracles.Row, **about: Any) -> oracles.Said:
    source = "u" if day is None else f"u:{day}"
    facts = {**({} if day is None else {"series": "u"}), **about}
    return said(source, seq, retrieved_at=day, about=facts, findings=list(rows))


def standing_until(*sets: oracles.Said) -> dict[str, tuple[str, str | None]]:
    frame = derive(list(sets))["Finding"]
    ends = frame["valid_to"].astype(object).where(frame["valid_to"].notna(), None)
    return dict(zip(frame["id"], zip(frame["status"], ends, strict=True), strict=True))


A, B = ({"id": one, "subject_name": one, "category": "forced_labour"} for one in "AB")


def test_a_delivery_of_which_rows_were_rejected_ends_nothing_until_they_are_corrected() -> None:
    old, new = delivered("2024-01-01", 1, A, B), delivered("2025-01-01", 2, A, rejected=1)
    assert standing_until(old, delivered("2025-01-01", 2, A))["B"] == ("lifted", "2025-01-01")
    assert standing_until(old, new) == {"A": ("standing", None), "B": ("standing", None)}
    assert standing_until(old, new, delivered("2026-01-01", 3, A))["B"] == ("lifted", "2026-01-01")
    c = {"id": "C", "subject_name": "C", "line": 9}
    mended = said("u:2025-01-01:corrected", 4, retrieved_at="2025-01-01", findings=[c])
    about = {"series": "u", "corrects": "u:2025-01-01"}
    assert standing_until(old, new, oracles.Said({**mended.source, **about}, 4, mended.frames)) == {
        "A": ("standing", None),
        "B": ("lifted", "2025-01-01"),
        "C": ("standing", None),
    }


def test_it_is_counted_what_a_delivery_ended() -> None:
    sets = [delivered("2024-01-01", 1, A, B), delivered("2025-01-01", 2, A), delivered("2026-01-01", 3)]
    assert ended_by_lists(derive(sets[:1])["Finding"]) == {}
    assert ended_by_lists(derive(sets)["Finding"]) == {"2025-01-01": 1, "2026-01-01": 1}


def test_links_too_end_only_by_a_list_that_was_read_whole() -> None:
    def listing(year: int, seq: int, *suppliers: str, **about: Any) -> oracles.Said:
        day, one = f"{year}-01-01", f"l{year}"
        return said(
            one,
            seq,
            about=about,
            lists=[{"id": one, "buyer_id": "X", "series": "s", "date": day}],
            links=[link(supplier, "X", list_id=one) for supplier in suppliers],
        )

    first, third = listing(2020, 1, "A", "B"), listing(2022, 3, "A")
    assert intervals(derive([first, listing(2021, 2, "A"), third]), "B") == [("2020-01-01", "2021-01-01")]
    assert intervals(derive([first, listing(2021, 2, "A", rejected=1), third]), "B") == [("2020-01-01", "2022-01-01")]
    assert intervals(derive([first, listing(2021, 2, "A", rejected=1)]), "B") == [("2020-01-01", None)]
    again = derive([first, listing(2021, 2, "A", rejected=1), listing(2022, 3, "A", "B")])
    assert intervals(again, "B") == [("2020-01-01", None)]


def test_the_latest_delivery_takes_back_an_end() -> None:
    ended = {**A, "status": "lifted", "valid_to": "2021-07-23"}
    assert standing_until(delivered("2024-01-01", 1, ended)) == {"A": ("lifted", "2021-07-23")}
    assert standing_until(delivered("2024-01-01", 2, ended), delivered("2025-01-01", 1, A)) == {"A": ("standing", None)}


def test_a_delivery_without_a_day_gives_way_to_one_that_has_one() -> None:
    assert standing_until(delivered(None, 1, A, B), delivered("2025-01-01", 2, A)) == {"A": ("standing", None)}


def test_corrected_rows_go_with_the_file_that_they_correct() -> None:
    about = {"corrects": "u"}
    mended = said("u:corrected", 2, about=about, findings=[B])
    assert set(standing_until(delivered(None, 1, A), mended)) == {"A", "B"}
    assert set(standing_until(delivered(None, 3, A), mended)) == {"A"}


def test_a_corrected_link_adds_to_the_rows_of_its_file() -> None:
    ten, twenty = (link("A", "X", volume=amount, unit="t") for amount in (10.0, 20.0))
    mended = said("f:corrected", 2, about={"corrects": "f"}, links=[twenty])
    other = said("g", 3, links=[link("A", "X", volume=7.0, unit="t")])
    assert derive([said("f", 1, links=[ten]), mended])["SUPPLIES"]["volume"].tolist() == [30.0]
    assert derive([said("f", 1, links=[ten]), mended, other])["SUPPLIES"]["volume"].tolist() == [7.0]


# --- lists -----------------------------------------------------------------------------------------------------


def dated(*years: str, series: str = "palm", buyer: str = "X") -> oracles.Rows:
    return [{"id": f"{buyer}:{series}:{y}", "buyer_id": buyer, "series": series, "date": f"{y}-01-01"} for y in years]


def on(supplier: str, *years: str, series: str = "palm", **more: Any) -> oracles.Rows:
    return [link(supplier, "X", list_id=f"X:{series}:{y}", **more) for y in years]


def test_a_list_stands_until_the_next_one_of_its_series() -> None:
    graph = oracles.graph_of(
        lists=[*dated("2019", "2021"), *dated("2020", series="shoes"), *dated("2020", buyer="Y")],
        links=[*on("A", "2019"), *on("B", "2021"), *on("C", "2020", series="shoes")],
    )
    assert intervals(graph, "A") == [("2019-01-01", "2021-01-01")]
    assert intervals(graph, "B") == [("2021-01-01", None)]
    assert intervals(graph, "C") == [("2020-01-01", None)]
    ends = graph["DisclosureList"].set_index("id")["valid_to"].fillna("").to_dict()
    assert ends == {"X:palm:2019": "2021-01-01", "X:palm:2021": "", "X:shoes:2020": "", "Y:palm:2020": ""}


def test_a_link_that_leaves_and_returns_begins_anew() -> None:
    graph = oracles.graph_of(lists=dated("2018", "2019", "2020", "2021"), links=on("A", "2018", "2019", "2021"))
    assert intervals(graph) == [("2018-01-01", "2020-01-01"), ("2021-01-01", None)]
    links = graph["SUPPLIES"].sort_values("valid_from")
    assert links["first_seen"].tolist() == ["2018-01-01", "2021-01-01"]
    assert links["last_seen"].tolist() == ["2019-01-01", "2021-01-01"]


def test_an_empty_list_ends_the_links_too() -> None:
    assert intervals(oracles.graph_of(lists=dated("2018", "2019"), links=on("A", "2018"))) == [
        ("2018-01-01", "2019-01-01")
    ]


def test_a_changed_figure_in_the_next_list_begins_a_new_interval() -> None:
    links = [*on("A", "2018", "2019", volume=1.0, unit="t"), *on("A", "2020", volume=2.0, unit="t")]
    graph = oracles.graph_of(lists=dated("2018", "2019", "2020"), links=links)
    assert intervals(graph) == [("2018-01-01", "2020-01-01"), ("2020-01-01", None)]
    assert graph["SUPPLIES"].sort_values("valid_from")["volume"].tolist() == [1.0, 2.0]


def test_the_same_link_in_two_series_is_one_link_with_the_sources_of_both() -> None:
    graph = oracles.graph_of(
        lists=[*dated("2018", "2020"), *dated("2019", series="shoes")],
        links=[*on("A", "2018", source="p"), *on("A", "2019", series="shoes", source="q")],
    )
    assert intervals(graph) == [("2018-01-01", None)]
    assert graph["SUPPLIES"]["sources"].tolist() == [["p", "q"]]


def test_a_list_that_comes_late_ends_the_older_one_whatever_the_load_order() -> None:
    newer = said("s", 1, lists=dated("2020"), links=on("A", "2020"))
    older = said("t", 2, lists=dated("2018"), links=[*on("A", "2018"), *on("B", "2018")])
    for sets in ([newer, older], [older, newer]):
        graph = derive(sets)
        assert intervals(graph, "A") == [("2018-01-01", None)]
        assert intervals(graph, "B") == [("2018-01-01", "2020-01-01")]


# --- coverage, findings, goods ---------------------------------------------------------------------------------


def test_a_coverage_stands_until_the_next_and_a_later_load_corrects_it() -> None:
    first = said(
        "s",
        1,
        coverage=[{"buyer_id": "X", "coverage": 0.5}, {"buyer_id": "X", "coverage": 0.6, "valid_from": "2020-01-01"}],
    )
    second = said("t", 2, coverage=[{"buyer_id": "X", "coverage": 0.7, "valid_from": "2020-01-01"}])
    statements = derive([second, first])["CoverageStatement"].sort_values("coverage")
    assert statements["coverage"].tolist() == [0.5, 0.7]
    assert statements["valid_to"].fillna("").tolist() == ["2020-01-01", ""]
    graph = derive([first, second, said("l", 3, organizations=[brand("X")], links=[link("A", "X")])])
    assert Day(graph, Parameters("2019-12-31")).exposures()[0]["coverage"] == pytest.approx(0.5)
    assert Day(graph, Parameters("2020-01-01")).exposures()[0]["coverage"] == pytest.approx(0.7)


def test_findings_by_id_and_by_name_and_corrections() -> None:
    site = {"id": "A", "name": "Meixin Textile Ltd", "country": "CN"}
    by_name = {**finding("x"), "subject_id": None, "subject_name": "MEIXIN TEXTILE LIMITED", "subject_country": "CN"}
    sets = [
        said("s", 1, facilities=[site], findings=[finding("A"), by_name]),
        said("t", 2, findings=[{**by_name, "status": "retracted"}]),
    ]
    graph = derive(sets)
    assert sorted(zip(graph["ABOUT"]["start"], graph["ABOUT"]["end"], graph["ABOUT"]["rule"], strict=True)) == [
        ("f:A", "A", "id"),
        ("f:x", "A", "equal_name"),
    ]
    assert row(graph, "Finding", "f:x")["status"] == "retracted"


def test_goods_countries_and_indicators() -> None:
    goods = {
        "id": "g",
        "kind": "good_country",
        "category": "forced_labour",
        "scope_commodity": "Palm Fruit",
        "scope_country": "MY",
    }
    graph = oracles.graph_of(
        facilities=[{"id": "A", "name": "A", "country": "MY", "product": "palm oil|rubber"}], findings=[goods]
    )
    assert sorted(graph["PRODUCES"]["end"]) == ["palm oil", "rubber"]
    assert graph["ABOUT_COMMODITY"][["start", "end"]].to_numpy().tolist() == [["g", "palm oil"]]
    assert graph["ABOUT_COUNTRY"][["start", "end"]].to_numpy().tolist() == [["g", "MY"]]
    assert row(graph, "Commodity", "palm oil")["aliases"] == ["Palm Fruit"]
    assert row(graph, "Country", "MY")["name"] == "Malaysia"
    assert graph["ABOUT"].empty


def test_all_sources_are_there_with_what_is_known_of_them() -> None:
    sources = [{"id": "p", "title": "Paper", "publisher": "P"}]
    graph = derive(
        [said("s", sources=sources, links=[link("A", "X", source="p"), link("B", "X", source="q"), link("C", "X")])]
    )
    assert sorted(graph["Source"]["id"]) == ["p", "q", "s"]
    assert row(graph, "Source", "p")["title"] == "Paper"
    assert row(graph, "Source", "q")["title"] == "q"


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_without_rows_is_as_one_with_rows_and_nobody_elses(name: str) -> None:
    none, one = table(name), table(name, {"id": ["x"]})
    assert list(none.columns) == COLUMNS[name]
    assert none.dtypes.equals(one.dtypes)
    none["more"] = 1
    none.loc[0, "id"] = "y"
    assert list(table(name).columns) == COLUMNS[name]
    assert table(name).empty
