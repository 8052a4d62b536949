"""Telling what a file is."""

from __future__ import annotations

import gzip
import importlib
import os
import re
from pathlib import Path

import pytest

from graph_core.errors import InputError
from loaders import recognise, registry
from loaders.base import Loader
from loaders.recognise import ASKS, Fit, together

DATA = Path(__file__).parents[3] / "shared" / "data"

#: What each real file is, by where it comes from.
REAL = {
    "bods/bods-package-fi-soe.json": "bods",
    "bods/fermcat.json": "bods",
    "bods/multiple-indirect-ownership.json": "bods",
    "bods/tecido.json": "bods",
    "countries/centroids.csv": "countries",
    "countries/country-codes.csv": "countries",
    "dol_goods/goods_2016.xml": "dol-goods",
    "dol_goods/goods_2019.xml": "dol-goods",
    "dol_goods/goods_2021.xml": "dol-goods",
    "findings/palm_oil_orders.csv": "tables",
    "nike/nike_imap_2021-02.xls": "nike",
    "nike/nike_imap_2023-08.xls": "nike",
    "open_supply_hub/oar_list_10.csv": "os-hub",
    "open_supply_hub/oar_list_14.csv": "os-hub",
    "open_supply_hub/oar_list_15.csv": "os-hub",
    "open_supply_hub/oar_list_2.csv": "os-hub",
    "open_supply_hub/oar_list_4.csv": "os-hub",
    "open_supply_hub/oshub_export_wilmar_2024.csv": "os-hub",
    "palm_oil/brand_mill_disclosures.csv": "palm-oil",
    "palm_oil/mills.csv": "palm-oil",
    "us_lists/bis_entity_list.json": "bis",
    "us_lists/cbp_wro.json": "cbp-orders",
    "us_lists/uflpa_entity_list_2026-07-09.html": "uflpa",
    "wikirate/fashionchecker_brands.json": "wikirate",
    "wikirate/fashionchecker_sub_brands.json": "wikirate",
}
#: Files of no format: labelled pairs, a table of addresses, and an extraction of a list that somebody else made.
NONE = ("open_supply_hub/oar_dedupe_training.json", "palm_oil/disclosure_sources.xlsx", "us_lists/dhs_uflpa.json")


def best(path: Path) -> str | None:
    fits = recognise.recognise(path)
    return fits[0].format if fits else None


@pytest.fixture
def real() -> Path:
    if not DATA.is_dir():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {DATA} is absent")
        pytest.skip(f"no {DATA}")
    return DATA


@pytest.mark.data
@pytest.mark.parametrize(("name", "expected"), [*REAL.items(), *((name, None) for name in NONE)])
def test_each_real_file_is_recognised(real: Path, name: str, expected: str | None) -> None:
    assert best(real / name) == expected


@pytest.mark.data
def test_every_real_file_is_asked_about(real: Path) -> None:
    files = {str(p.relative_to(real)) for p in real.rglob("*") if p.is_file() and p.suffix != ".md"}
    assert files == {*REAL, *NONE}


@pytest.mark.data
def test_files_of_one_upload_are_sorted_by_format(real: Path) -> None:
    palm = [real / "palm_oil" / name for name in ("mills.csv", "disclosure_sources.xlsx", "brand_mill_disclosures.csv")]
    orders, pairs = real / "findings" / "palm_oil_orders.csv", real / NONE[0]
    found, unknown = together([*palm, orders, pairs])
    assert found == {"palm-oil": [palm[0], palm[2]], "tables": [orders]}
    assert unknown == [pairs]
    assert together([palm[1]]) == ({}, [palm[1]])


def test_a_long_file_is_told_by_its_first_lines(tmp_path: Path) -> None:
    rows = "".join(f"F{number},Mill {number},MY,{'x' * 300}\n" for number in range(20_000))
    text = "id,name,country,address\n" + rows
    for name, data in (("facilities.csv", text.encode()), ("facilities.csv.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(data)
        (fit,) = [one for one in recognise.recognise(tmp_path / name) if one.format == "tables"]
        assert fit.read == fit.usable
        assert 100 < fit.read < 20_000 or name.endswith(".gz")


def test_what_can_use_most_rows_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    shares = {"tables": 1, "nike": 9, "gleif": 4}

    def read(loader: Loader, _: Path) -> Fit | None:
        return Fit(loader.name, "", 10, shares[loader.name]) if loader.name in shares else None

    monkeypatch.setattr(recognise, "_try", read)
    assert [fit.format for fit in recognise.recognise(path)] == ["nike", "gleif", "tables"]


@pytest.mark.parametrize("data", [b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n", b""])
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"list\.csv"):
        recognise.recognise(path)


def test_every_format_asks_for_what_it_reads() -> None:
    assert set(ASKS) == set(registry.names())
    for name, asked in ASKS.items():
        module = importlib.import_module(registry._MODULES[name])
        assert module.__file__
        file = Path(module.__file__)
        several = file.parent.name != "formats"
        source = "".join(part.read_text() for part in (file.parent.glob("*.py") if several else [file]))
        used = set(re.findall(r"options\.(brand|list_date|series)\b", source))
        used |= {"list_date"} if re.search(r"\bdelivery\(", source) else set()
        assert used == set(asked), name
