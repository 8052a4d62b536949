"""Wikirate: exports and pages of relationships, and groups of companies, from files to figures."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders import registry, schemas
from loaders.base import Options, Reading, silent
from loaders.data import table_rows
from loaders.files.rawtable import RawTable
from loaders.formats import wikirate
from loaders.formats.wikirate import LOADER, metrics, tier

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "wikirate"
HEAD = "Relationship Link,Metric,Subject Company,Object Company,Year,Value\n"


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        message = f"the real data set wikirate/{name} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


def read(path: Path, **options: str) -> list[Reading]:
    readings = list(LOADER.read(path, Options(**options), silent))
    for reading in readings:
        schemas.check(reading.records)
    return readings


def export(tmp_path: Path, *rows: str, **options: str) -> list[Reading]:
    path = tmp_path / "relationships.csv"
    path.write_text(HEAD + "".join(f"https://wikirate.org/~{n},{row}\n" for n, row in enumerate(rows)), "utf-8")
    return read(path, **options)


def page(tmp_path: Path, items: list[Any], **about: Any) -> list[Reading]:
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"name": "Commons+Supplier of+Relationships", "items": items, **about}), "utf-8")
    return read(path)


def answer(
    subject: str, other: str, year: int | str, value: str, metric: str = "Commons+Supplied By", **more: Any
) -> dict[str, Any]:
    ids = {"subject_company_id": len(subject), "object_company_id": 1000 + len(other)}
    name = f"{metric}+{subject}+{year}+{other}"
    said = {"id": 7, "name": name, "year": year, "value": value, "subject_company": subject, "object_company": other}
    return {**said, **ids, "import": True, "comments": None, **more}


def table(readings: list[Reading], name: str) -> pd.DataFrame:
    return pd.concat([r.records[name] for r in readings if name in r.records], ignore_index=True)


def counts(readings: list[Reading]) -> dict[str, tuple[int, ...]]:
    found: dict[str, Counter[str]] = {}
    for tally in (tally for reading in readings for tally in reading.tallies):
        tally.check()
        found.setdefault(tally.table, Counter()).update(vars(tally) | {"table": 0})
    return {name: tuple(c[k] for k in ("read", "loaded", "merged", "rejected")) for name, c in found.items()}


def rejects(readings: list[Reading]) -> list[list[Any]]:
    frame = pd.concat([reading.rejects for reading in readings], ignore_index=True)
    return frame[["table", "line", "column", "value"]].to_numpy().tolist()


def notes(readings: list[Reading]) -> str:
    return "\n".join(note for reading in readings for note in reading.notes)


# --- exports


def test_an_export_becomes_lists_of_buyers(tmp_path: Path) -> None:
    readings = export(
        tmp_path,
        "Commons+Supplied By,H&M,Dakota Ind. Co. Ltd.,2017,Tier 1 Supplier",
        "Commons+Supplied by,H&M,Suzhou Silk,2017,Tier 2 Supplier",
        "Commons+Supplied_By,H&M,Dakota Ind. Co. Ltd.,2019,",
        "Commons+Supplier of,Mill,Puma,2019,Tier 1 Supplier",
        "Commons+Supplied By,H&M,Dakota Ind. Co. Ltd.,2017,Tier 1 Supplier",
    )
    assert counts(readings) == {"links": (5, 4, 1, 0)}
    links = table(readings, "links")
    assert links[["supplier_id", "buyer_id", "disclosure", "list_id"]].to_numpy().tolist() == [
        ["company:Dakota Ind. Co. Ltd.", "company:H&M", "direct", "wikirate:company:H&M:wikirate:2017"],
        ["company:Suzhou Silk", "company:H&M", "indirect", "wikirate:company:H&M:wikirate:2017"],
        ["company:Dakota Ind. Co. Ltd.", "company:H&M", "direct", "wikirate:company:H&M:wikirate:2019"],
        ["company:Mill", "company:Puma", "direct", "wikirate:company:Puma:wikirate:2019"],
    ]
    assert (links["evidence"] == "documented").all()
    lists = table(readings, "lists")
    assert lists[["buyer_id", "series", "date"]].to_numpy().tolist() == [
        ["company:H&M", "wikirate", "2017-01-01"],
        ["company:H&M", "wikirate", "2019-01-01"],
        ["company:Puma", "wikirate", "2019-01-01"],
    ]
    assert set(table(readings, "organizations")["name"]) == {
        "H&M",
        "Dakota Ind. Co. Ltd.",
        "Suzhou Silk",
        "Mill",
        "Puma",
    }
    source = readings[0].source
    assert str(source["id"]).startswith("wikirate:export:")
    assert (source["licence"], source["publisher"]) == ("CC BY-SA 4.0", "Wikirate")
    assert "links by value: 2 Tier 1 Supplier, 1 Tier 2 Supplier, 1 no value" in notes(readings)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tier 1 Supplier", 1),
        ("Tier 3 Supplier", 3),
        ("Tier 2 Supplier, Tier 1 Supplier", 1),
        ("Unknown", None),
        ("", None),
        ("Frontier 4", None),
    ],
)
def test_tiers(value: str, expected: int | None) -> None:
    assert tier(value) == expected


def test_rows_that_cannot_be_used(tmp_path: Path) -> None:
    readings = export(
        tmp_path,
        "Jedi+more evil,Death Star,SPECTRE,1977,yes",
        "Commons+Supplied By,H&M,Mill,latest,Tier 1 Supplier",
        "Commons+Supplied By,H&M,,2019,Tier 1 Supplier",
        "Commons+Supplied By,,Mill,2019,Tier 1 Supplier",
        "Commons+Supplied By,H&M,H&M,2019,Tier 1 Supplier",
        "Commons+Has Brands,H&M,,2019,Textiles",
        "Commons+Supplied By,H&M,Mill,2019,Tier 1 Supplier",
    )
    assert rejects(readings) == [
        ["links", 2, "Metric", "Jedi+more evil"],
        ["links", 3, "Year", "latest"],
        ["links", 6, "Object Company", "H&M"],
        ["links", 4, "Object Company", ""],
        ["links", 5, "Subject Company", ""],
        ["ownership", 7, "Object Company", ""],
    ]
    assert counts(readings) == {"links": (6, 1, 0, 5), "ownership": (1, 0, 0, 1)}
    reasons = " ".join(reason for reading in readings for reason in reading.rejects["reason"])
    assert "Commons+Supplied By, Commons+Supplier of, Commons+Has Brands" in reasons


def test_a_corrected_row(tmp_path: Path) -> None:
    first = next(r for r in export(tmp_path, "Commons+Supplied By,H&M,Mill,latest,") if len(r.rejects))
    assert first.rows is not None
    raw = RawTable("r.csv", first.rows.frame.assign(year="2019"), first.rows.headers, [], "abc")
    again = list(LOADER.transform(raw, Options()))
    assert counts(again) == {"links": (1, 1, 0, 0)}
    assert table(again, "links")["list_id"].tolist() == ["wikirate:company:H&M:wikirate:2019"]


def test_pieces_say_what_the_whole_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        "Commons+Has Brands,Group,Alpha,2019,x",
        "Commons+Supplied By,Alpha,Mill,2019,Tier 1 Supplier",
        "Commons+Has Brands,Group,Alpha,2020,x",
        "Commons+Supplied By,Alpha,Mill,2019,Tier 1 Supplier",
        "Commons+Has Brands,Group,Alpha,2020,x",
    ]
    whole = export(tmp_path, *rows)
    plain = wikirate._export

    def in_pieces(path: Path, checksum: str) -> Iterator[RawTable]:
        for raw in plain(path, checksum):
            for row in range(len(raw.frame)):
                yield replace(raw, frame=raw.frame.iloc[[row]].reset_index(drop=True))

    monkeypatch.setattr(wikirate, "_export", in_pieces)
    parts = export(tmp_path, *rows)
    assert len(parts) > len(whole)
    assert counts(parts) == counts(whole) == {"links": (2, 1, 1, 0), "ownership": (3, 2, 1, 0)}
    for name in ("links", "lists", "ownership"):
        pd.testing.assert_frame_equal(table(whole, name), table(parts, name), check_dtype=False)
    (held,) = table(parts, "ownership").to_dict("records")
    assert (held["valid_from"], held["last_seen"], held["records"]) == ("2019-01-01", "2020-01-01", 2)


# --- pages


def test_a_page_names_companies_by_number_and_answers_by_their_own_metric(tmp_path: Path) -> None:
    """Asked for "Supplier of", Wikirate answers with "Supplied By": the subject is the buyer."""
    readings = page(
        tmp_path,
        [
            answer("H&M", "ASIAN FABRICX PRIVATE LIMITED; M&#47;S", "2017", "Tier 1 Supplier"),
            answer("Puma", "Mill", 2019, "Tier 2 Supplier", name=None, metric_id=2929009),
            "no object",
        ],
        html_url="https://wikirate.org/Commons+Supplier_of+Relationships",
        requested_at="2025-02-12 16:24:26 UTC",
        license="Wikirate.org, licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0). See more.",
        paging={"next": "https://wikirate.org/x?offset=10"},
    )
    links = table(readings, "links")
    assert links[["supplier_id", "buyer_id", "disclosure"]].to_numpy().tolist() == [
        ["wikirate:1038", "wikirate:3", "direct"],
        ["wikirate:1004", "wikirate:4", "indirect"],
    ]
    assert "ASIAN FABRICX PRIVATE LIMITED; M/S" in set(table(readings, "organizations")["name"])
    assert rejects(readings) == [["links", 3, "", "no object"]]
    source = readings[0].source
    assert (source["retrieved_at"], source["licence"]) == ("2025-02-12", "CC BY 4.0")
    assert source["title"] == "Wikirate: Commons+Supplier of+Relationships"
    assert "is one page of several" in notes(readings)


def test_a_page_with_companies_as_objects(tmp_path: Path) -> None:
    nested = answer("a", "b", 2019, "", subject_company={"id": 5, "name": "Buyer"})
    links = table(page(tmp_path, [nested]), "links")
    assert links[["supplier_id", "buyer_id"]].to_numpy().tolist() == [["wikirate:1001", "wikirate:5"]]


def test_brands_are_held_and_a_company_is_not_held_by_itself(tmp_path: Path) -> None:
    metric = "Commons+Has Brands"
    readings = page(
        tmp_path,
        [
            answer("Group", "Alpha", 2020, "Textiles", metric),
            answer("Group", "Alpha", 2019, "Textiles", metric),
            answer("Betas", "Group", 2019, "", "Commons+Is Brand Of", subject_company_id=9, object_company_id=5),
            answer("Own", "Own", 2019, "", metric, subject_company_id=3, object_company_id=3),
        ],
    )
    assert counts(readings) == {"ownership": (4, 4, 0, 0)}
    held = table(readings, "ownership")
    assert held[["owner_id", "owned_id", "kind", "valid_from", "last_seen"]].to_numpy().tolist() == [
        ["wikirate:5", "wikirate:1005", "control", "2019-01-01", "2020-01-01"],
        ["wikirate:5", "wikirate:9", "control", "2019-01-01", "2019-01-01"],
    ]
    assert held["percent"].isna().all()
    roles = table(readings, "organizations").set_index("name")["roles"].fillna("").to_dict()
    assert roles == {"Group": "", "Alpha": "brand", "Betas": "brand", "Own": "brand"}
    assert "1 answers name a company as its own brand" in notes(readings)


def test_a_group_gives_no_role(tmp_path: Path) -> None:
    companies = [{"id": 18109, "name": "Puma", "type": "Company"}, {"id": 5590, "name": "H&amp;M"}, {"id": 1}]
    readings = page(tmp_path, companies, content=["Puma", "H&M"])
    frame = table(readings, "organizations")
    assert frame[["id", "name"]].to_numpy().tolist() == [["wikirate:18109", "Puma"], ["wikirate:5590", "H&M"]]
    assert frame["roles"].isna().all()
    assert rejects(readings) == [["organizations", 3, "id", ""]]
    assert "makes no company a brand" in notes(readings)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "a,b\n1,2\n", "are missing; it has a, b"),
        ("a.json", '{"items": []}', "no relationships and no companies"),
        ("a.json", "[1]", "no relationships and no companies"),
        ("a.json", '[{"name": "x", "year": 2019}]', "no relationships and no companies"),
        ("a.json", "{", "is no valid JSON"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name)


def test_every_metric_has_its_direction_and_reason() -> None:
    rows = table_rows("wikirate_metrics")
    assert all(row["comment"] for row in rows)
    assert {frozenset((row["first"], row["second"])) for row in rows if row["record"] == "link"} == {
        frozenset(("buyer", "supplier"))
    }
    assert len(metrics()) == 2 * len(rows)


# --- real files


@pytest.mark.data
def test_the_real_group() -> None:
    path = real("fashionchecker_brands.json")
    said = json.loads(path.read_text("utf-8"))
    readings = read(path)
    assert counts(readings) == {"organizations": (265, 265, 0, 0)}
    assert sorted(table(readings, "organizations")["name"]) == sorted(said["content"])
    assert set(table(readings, "organizations")["id"]) == {f"wikirate:{item['id']}" for item in said["items"]}
    assert readings[0].source["retrieved_at"] == "2021-09-04"


@pytest.mark.data
def test_the_real_brands() -> None:
    path = real("fashionchecker_sub_brands.json")
    items = json.loads(path.read_text("utf-8"))["items"]
    readings = read(path)
    assert counts(readings) == {"ownership": (494, 494, 0, 0)}
    first: dict[tuple[str, str], str] = {}
    for item in items:
        pair = (f"wikirate:{item['subject_company_id']}", f"wikirate:{item['object_company_id']}")
        first[pair] = min(first.get(pair, "9999"), f"{item['year']}-01-01")
    held = table(readings, "ownership")
    found = dict(zip(zip(held["owner_id"], held["owned_id"], strict=True), held["valid_from"], strict=True))
    assert found == {pair: day for pair, day in first.items() if pair[0] != pair[1]}
    assert (len(first), len(found)) == (420, 417)
    assert held["records"].sum() == 494 - sum(i["subject_company_id"] == i["object_company_id"] for i in items)
    organizations = table(readings, "organizations").set_index("id")
    everybody = {f"wikirate:{i[f'{who}_company_id']}" for i in items for who in ("subject", "object")}
    assert set(organizations.index) == everybody
    brands = {f"wikirate:{item['object_company_id']}" for item in items}
    assert set(organizations.index[organizations["roles"] == "brand"]) == brands
    assert len(brands) == 416


# --- figures


def test_a_later_list_ends_the_earlier_one(tmp_path: Path) -> None:
    readings = export(
        tmp_path,
        "Commons+Supplied By,H&M,Mill,2017,Tier 1 Supplier",
        "Commons+Supplied By,H&M,Other,2019,Tier 1 Supplier",
    )
    sets = [RecordSet(r.source, n, r.records) for n, r in enumerate(readings, start=1) if r.records]
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "findings.csv").write_text("id,subject_id,category\nf,company:Mill,forced_labour\n")
    sets += [RecordSet(r.source, 9, r.records) for r in registry.get("tables").read(folder, Options(), silent)]
    graph = derive(sets)
    scores = {d: Day(graph, Parameters(d)).exposures(["company:H&M"])[0]["score"] for d in ("2018-06-30", "2019-06-30")}
    assert scores == {"2018-06-30": 1.0, "2019-06-30": 0.0}
    assert Day(graph, Parameters("2016-06-30")).exposures(["company:H&M"])[0]["suppliers"] == 0
