"""Statements of one link by one and several sources, and what they come to."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from graph_core.derive import derive
from tests import oracles
from tests.oracles import Said, link, said

Interval = tuple[str | None, str | None, float | None]


def supplies(*sets: Said) -> list[dict[str, Any]]:
    frame = derive(list(sets))["SUPPLIES"].sort_values(["start", "end", "product", "valid_from"], na_position="first")
    return [
        {str(k): v if isinstance(v, list) or pd.notna(v) else None for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def volumes(*sets: Said) -> list[Interval]:
    return [(row["valid_from"], row["valid_to"], row["volume"]) for row in supplies(*sets)]


def tons(volume: float | None, begin: str | None = None, end: str | None = None, **more: Any) -> oracles.Row:
    return link("A", "X", volume=volume, unit="t", valid_from=begin, valid_to=end, **more)


def test_within_one_source_figures_add_up() -> None:
    assert volumes(said("s", links=[tons(1.0), tons(2.0)])) == [(None, None, 3.0)]
    row = supplies(said("s", links=[tons(1.0), tons(2.0)]))[0]
    assert (row["records"], row["sources"], row["unit"]) == (2, ["s"], "t")


def test_files_that_tell_one_source_part_by_part_add_up_and_are_all_named() -> None:
    parts = [
        said(f"bills:{n}", n, about={"adds": "bills"}, links=[tons(float(n), source="bills")]) for n in range(1, 3)
    ]
    (row,) = supplies(*parts)
    assert (row["volume"], row["sources"]) == (3.0, ["bills:1", "bills:2"])
    assert supplies(parts[0])[0]["sources"] == ["bills:1"]


def test_within_one_source_overlapping_intervals_add_up_where_they_overlap() -> None:
    rows = [tons(1.0, "2020-01-01", "2022-01-01"), tons(2.0, "2021-01-01", "2023-01-01")]
    assert volumes(said("s", links=rows)) == [
        ("2020-01-01", "2021-01-01", 1.0),
        ("2021-01-01", "2022-01-01", 3.0),
        ("2022-01-01", "2023-01-01", 2.0),
    ]


def test_between_sources_the_latest_figures_count_and_the_sources_add_up() -> None:
    rows = [tons(1.0, source="old", begin="2020-01-01"), tons(5.0, source="new", begin="2021-01-01")]
    found = supplies(said("s", links=rows))
    assert [(r["valid_from"], r["valid_to"], r["volume"], r["sources"]) for r in found] == [
        ("2020-01-01", "2021-01-01", 1.0, ["old"]),
        ("2021-01-01", None, 5.0, ["new", "old"]),
    ]


def test_a_later_source_without_figures_leaves_those_of_the_earlier() -> None:
    rows = [
        tons(1.0, source="old", begin="2020-01-01"),
        link("A", "X", source="new", unit="kg", valid_from="2021-01-01"),
    ]
    assert [(r["volume"], r["sources"]) for r in supplies(said("s", links=rows))] == [(1.0, ["new", "old"])]


def test_the_source_seen_later_counts_where_both_hold_alike() -> None:
    sources = [{"id": "p", "retrieved_at": "2022-05-01"}, {"id": "q", "retrieved_at": "2021-05-01"}]
    rows = [tons(1.0, source="p"), tons(9.0, source="q")]
    found = supplies(said("s", sources=sources, links=rows))
    assert [(r["volume"], r["first_seen"], r["last_seen"]) for r in found] == [(1.0, "2021-05-01", "2022-05-01")]


def test_a_changed_figure_begins_a_new_interval_and_an_equal_one_goes_on() -> None:
    rows = [tons(1.0, "2020-01-01", "2021-01-01"), tons(1.0, "2021-01-01", "2022-01-01"), tons(2.0, "2022-01-01")]
    assert volumes(said("s", links=rows)) == [("2020-01-01", "2022-01-01", 1.0), ("2022-01-01", None, 2.0)]


def test_a_gap_stays_a_gap() -> None:
    rows = [tons(1.0, "2020-01-01", "2021-01-01"), tons(1.0, "2021-01-02", None)]
    assert volumes(said("s", links=rows)) == [("2020-01-01", "2021-01-01", 1.0), ("2021-01-02", None, 1.0)]


def test_products_and_codes_are_links_of_their_own() -> None:
    rows = [tons(1.0, product="a"), tons(2.0, product="b"), tons(3.0, product="b", hs="15"), tons(4.0)]
    found = supplies(said("s", links=rows))
    assert sorted((r["product"] or "", r["hs"] or "", r["volume"]) for r in found) == [
        ("", "", 4.0),
        ("a", "", 1.0),
        ("b", "", 2.0),
        ("b", "15", 3.0),
    ]
    assert len({r["id"] for r in found}) == 4


def test_one_document_and_one_direct_statement_are_enough() -> None:
    rows = [
        link("A", "X", source="p", evidence="inferred", disclosure="indirect", confidence=0.3),
        link("A", "X", source="q", evidence="documented", disclosure="indirect", confidence=0.9),
        link("A", "X", source="r", evidence="inferred", disclosure="direct", confidence=0.5),
    ]
    found = supplies(said("s", links=rows))
    assert [(r["evidence"], r["disclosure"], r["confidence"], r["sources"]) for r in found] == [
        ("documented", "direct", 0.9, ["p", "q", "r"])
    ]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_later_load_of_a_named_source_corrects_its_figures(order: tuple[int, int]) -> None:
    first, second = order
    sets = [said("file1", first, links=[tons(1.0, source="p")]), said("file2", second, links=[tons(7.0, source="p")])]
    assert volumes(*sets) == [(None, None, 7.0 if second == 2 else 1.0)]


@pytest.mark.parametrize(
    "names", [("tables:links.csv:aaa", "tables:links.csv:bbb"), ("tables:links.csv:bbb", "tables:links.csv:aaa")]
)
def test_a_corrected_file_counts_whatever_its_checksum(names: tuple[str, str]) -> None:
    """`load tables` corrects: a user mends a volume in links.csv and loads it again."""
    sets = [said(names[0], 1, links=[tons(1.0)]), said(names[1], 2, links=[tons(7.0)])]
    assert volumes(*sets) == [(None, None, 7.0)]


def test_different_units_are_never_added() -> None:
    rows = [link("A", "X", volume=100.0, unit="kg"), link("A", "X", volume=1.0, unit="t")]
    found = supplies(said("s", links=rows))
    assert [(row["volume"], row["unit"], row["records"]) for row in found] == [(None, None, 2)]
    again = supplies(said("s", links=[*rows, link("A", "X", value=3.0, currency="EUR")]))
    assert [(row["volume"], row["value"], row["currency"]) for row in again] == [(None, 3.0, "EUR")]


def test_rows_of_one_link_that_end_on_different_days_both_hold() -> None:
    found = volumes(said("s", links=[tons(1.0), tons(2.0, end="2021-01-01")]))
    assert found == [(None, "2021-01-01", 3.0), ("2021-01-01", None, 1.0)]


def test_within_one_source_the_better_evidence_counts() -> None:
    rows = [link("A", "X", evidence="documented", volume=1.0), link("A", "X", evidence="inferred", volume=2.0)]
    assert [(row["evidence"], row["volume"]) for row in supplies(said("s", links=rows))] == [("documented", 3.0)]


def test_basis_of_a_link_without_figures_is_none() -> None:
    rows = [link("A", "X"), link("B", "X", 0.2), link("C", "X", value=1.0, currency="EUR"), tons(1.0, product="d")]
    assert [row["share_basis"] for row in supplies(said("s", links=rows))] == ["none", "volume", "stated", "value"]
