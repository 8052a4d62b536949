"""The project's own tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_core.errors import InputError, UsageError
from loaders import registry
from loaders.base import Options, Reading, silent
from loaders.formats.tables import LOADER


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def read(path: Path) -> dict[str, Reading]:
    return {name: reading for reading in LOADER.read(path, Options(), silent) for name in [reading.tallies[0].table]}


def test_any_subset_in_any_order_and_case(tmp_path: Path) -> None:
    write(tmp_path, Facilities="NAME,Operator ID,ID,License\nMill,O,F,x\n", LINKS="buyer_id,supplier_id\nB,F\n")
    readings = read(tmp_path)
    assert list(readings) == ["facilities", "links"]
    assert readings["facilities"].records["facilities"][["id", "name", "operator_id"]].to_numpy().tolist() == [
        ["F", "Mill", "O"]
    ]
    assert not readings["links"].replace


def test_source_depends_on_content_only(tmp_path: Path) -> None:
    text = "id,subject_name,scope_country\nF1,FGV,MY\n"
    one = tmp_path / "a"
    two = tmp_path / "b"
    one.mkdir()
    two.mkdir()
    write(one, findings=text)
    write(two, my_orders=text)
    first, second = read(one)["findings"], read(two / "my_orders.csv")["findings"]
    assert first.source == second.source
    assert str(first.source["id"]).startswith("tables:findings.csv:")
    assert str(tmp_path) not in str(first.source)
    write(one, findings=text + "F2,X,\n")
    assert read(one)["findings"].source["id"] != second.source["id"]


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("id,name,roles,lei", "organizations"),
        ("id,name,address,lat", "facilities"),
        ("owner_id,owned_id", "ownership"),
        ("supplier_id,buyer_id,share", "links"),
        ("buyer_id,coverage", "coverage"),
        ("id,title,publisher", "sources"),
    ],
)
def test_a_file_of_another_name_is_known_by_its_columns(tmp_path: Path, header: str, table: str) -> None:
    (tmp_path / "x.csv").write_text(header + "\n")
    assert list(read(tmp_path / "x.csv")) == [table]


def test_columns_that_fit_no_table_or_two(tmp_path: Path) -> None:
    for header in ("a,b", "id,name"):
        (tmp_path / "x.csv").write_text(header + "\n")
        with pytest.raises(InputError, match="do not tell which table"):
            read(tmp_path / "x.csv")


def test_a_folder_without_tables_says_what_it_has(tmp_path: Path) -> None:
    write(tmp_path, palm_oil_orders="id\n")
    with pytest.raises(InputError, match=r"it has palm_oil_orders\.csv: name such a file itself"):
        read(tmp_path)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, organizations="id,name\nA,x\n", links="suplier,buyer_id\nS,B\nT,B\n")
    readings = read(tmp_path)
    assert len(readings["organizations"].records["organizations"]) == 1
    bad = readings["links"]
    assert bad.records == {}
    assert (bad.tallies[0].read, bad.tallies[0].rejected) == (2, 2)
    assert "the column 'supplier_id' of links is missing; the nearest header is 'suplier'" in bad.rejects["reason"][0]


def test_shares_over_one_reject_the_rows_that_add_up(tmp_path: Path) -> None:
    write(
        tmp_path,
        links="supplier_id,buyer_id,share,valid_from,valid_to\n"
        "S,B,0.7,2020-01-01,2021-01-01\n"
        "T,B,0.6,2020-06-01,\n"
        "U,B,0.4,2021-01-01,\n"
        "V,B,,,\n"
        "S,C,0.5,,\n"
        "T,C,0.5,,\n",
    )
    reading = read(tmp_path)["links"]
    assert reading.records["links"]["supplier_id"].tolist() == ["U", "V", "S", "T"]
    assert reading.rejects["line"].tolist() == [2, 3]
    assert "shares of B add up to 1.3 on 2020-06-01 (lines 2, 3)" in reading.rejects["reason"][0]


def test_ten_tenths_are_one(tmp_path: Path) -> None:
    rows = "".join(f"S{i},B,0.1\n" for i in range(10))
    write(tmp_path, links="supplier_id,buyer_id,share\n" + rows)
    assert read(tmp_path)["links"].tallies[0].loaded == 10


def test_what_one_year_says_does_not_add_to_the_next(tmp_path: Path) -> None:
    write(
        tmp_path,
        links="supplier_id,buyer_id,share,valid_from,valid_to\nS,B,1,2020-01-01,2021-01-01\nS,B,1,2021-01-01,\n",
    )
    assert read(tmp_path)["links"].tallies[0].loaded == 2


def test_unknown_ids_are_no_fault(tmp_path: Path) -> None:
    write(tmp_path, links="supplier_id,buyer_id\nnobody,nowhere\n")
    assert read(tmp_path)["links"].tallies[0].loaded == 1


def test_list_id_is_not_for_users(tmp_path: Path) -> None:
    write(tmp_path, links="supplier_id,buyer_id,list_id\nS,B,L\n")
    reading = read(tmp_path)["links"]
    assert reading.records["links"]["list_id"].isna().all()
    assert "list_id" in reading.notes[0]


def test_findings_without_subject_are_said(tmp_path: Path) -> None:
    write(tmp_path, findings="id,kind\nF,order\n")
    assert "name no subject" in read(tmp_path)["findings"].notes[0]


def test_empty_file_alone_is_an_error_and_a_header_alone_is_not(tmp_path: Path) -> None:
    write(tmp_path, findings="")
    with pytest.raises(InputError, match="is empty"):
        read(tmp_path)
    write(tmp_path, findings="id\n")
    assert read(tmp_path)["findings"].tallies[0].read == 0


def test_registry() -> None:
    assert [loader.name for loader in registry.all()] == registry.names()
    promised = "tables palm-oil nike os-hub opensanctions uflpa cbp-orders bis dol-goods bods gleif bills-of-lading"
    assert {*promised.split(), "mapping", "wikirate"} <= set(registry.names())
    with pytest.raises(UsageError, match="there is no format 'excel'"):
        registry.get("excel")
    with pytest.raises(UsageError, match="did you mean palm-oil"):
        registry.get("palm_oil")
