"""Every real file gives the counts that its README names: one table, printed, checked, and shown in the docs."""

from __future__ import annotations

import csv
import json
import os
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders import registry
from loaders.base import Options
from loaders.pipeline import load

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "formats" / "README.md"
#: File below the data folder, format, options; and rows read as the README of the data says, where it does.
FILES: list[tuple[str, str, dict[str, str], int | None]] = [
    ("palm_oil", "palm-oil", {}, 57_253 + 2_095),
    ("findings/palm_oil_orders.csv", "tables", {}, 3),
    ("us_lists/uflpa_entity_list_2026-07-09.html", "uflpa", {}, 9 + 43 + 108),
    ("us_lists/cbp_wro.json", "cbp-orders", {"list_date": "2026-07-09"}, 67),
    ("us_lists/bis_entity_list.json", "bis", {"list_date": "2026-07-09"}, 3_409),
    ("dol_goods/goods_2016.xml", "dol-goods", {}, None),
    ("dol_goods/goods_2019.xml", "dol-goods", {}, None),
    ("dol_goods/goods_2021.xml", "dol-goods", {}, 467),
    ("nike/nike_imap_2021-02.xls", "nike", {}, 498),
    ("nike/nike_imap_2023-08.xls", "nike", {}, 643),
    ("open_supply_hub/oar_list_2.csv", "os-hub", {}, 75),
    ("open_supply_hub/oar_list_4.csv", "os-hub", {}, 77),
    ("open_supply_hub/oar_list_10.csv", "os-hub", {}, 54),
    ("open_supply_hub/oar_list_14.csv", "os-hub", {}, 46),
    ("open_supply_hub/oar_list_15.csv", "os-hub", {}, 351),
    ("open_supply_hub/oshub_export_wilmar_2024.csv", "os-hub", {}, 51),
    ("bods/bods-package-fi-soe.json", "bods", {}, None),
    ("bods/fermcat.json", "bods", {}, None),
    ("bods/multiple-indirect-ownership.json", "bods", {}, None),
    ("bods/tecido.json", "bods", {}, None),
    ("wikirate/fashionchecker_brands.json", "wikirate", {}, None),
    ("wikirate/fashionchecker_sub_brands.json", "wikirate", {}, None),
    ("countries/country-codes.csv", "countries", {}, None),
    ("countries/centroids.csv", "countries", {}, None),
]
#: What the README of the data says of other files, which are no input of a loader.
NO_INPUT = {
    "README.md", "findings/README.md", "palm_oil/disclosure_sources.xlsx", "us_lists/dhs_uflpa.json",
    "open_supply_hub/oar_dedupe_training.json", "palm_oil/mills.csv", "palm_oil/brand_mill_disclosures.csv",
}  # fmt: skip

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """One row a file and table: file, format, table, read, loaded, merged, rejected."""
    if not DATA.is_dir():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {DATA} is absent")
        pytest.skip(f"needs the real data sets in {DATA}")
    home = tmp_path_factory.mktemp("home")
    rows = []
    for name, format_name, options, _ in FILES:
        done = load(None, registry.get(format_name), [DATA / name], Options(**options), dry_run=True, home=home)
        for tally in done.tables:
            counts = (tally.read, tally.loaded, tally.merged, tally.rejected)
            rows.append([name, format_name, tally.table, *(f"{count:,}" for count in counts)])
    return rows


def number(text: str) -> int:
    return int(text.replace(",", ""))


def table(rows: list[list[str]]) -> Iterator[str]:
    yield "| file | format | table | read | loaded | merged | rejected |"
    yield "|---|---|---|---:|---:|---:|---:|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def test_the_counts_are_those_of_the_page(counted: list[list[str]]) -> None:
    shown = "\n".join(table(counted))
    print(shown)  # noqa: T201 - `pytest -s` shows the table
    (page,) = re.findall(r"^\| file \| format .*?(?=\n\n|\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert page.strip() == shown


def test_no_row_is_lost_and_every_count_of_the_readme_holds(counted: list[list[str]]) -> None:
    read: Counter[str] = Counter()
    for name, _, _, *counts in counted:
        figures = [number(count) for count in counts]
        assert figures[0] == sum(figures[1:])
        read[name] += figures[0]
    for name, _, _, expected in FILES:
        if expected is not None:
            assert read[name] == expected, name


def test_every_file_of_the_data_is_in_the_table(counted: list[list[str]]) -> None:
    named = {row[0] for row in counted}
    files = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()}
    assert files - NO_INPUT == {name for name in named if name != "palm_oil"}


def test_against_plain_counts_of_the_files(counted: list[list[str]]) -> None:
    by_file: Counter[str] = Counter()
    for row in counted:
        by_file[row[0]] += number(row[3])
    for name in ("goods_2016.xml", "goods_2019.xml", "goods_2021.xml"):
        root = ET.parse(DATA / "dol_goods" / name).getroot()
        assert by_file[f"dol_goods/{name}"] == len(root.findall("Good/Countries/Country"))
    for path in (DATA / "bods").glob("*.json"):
        assert by_file[f"bods/{path.name}"] == len(json.loads(path.read_text("utf-8")))
    with (DATA / "countries" / "country-codes.csv").open(encoding="utf-8") as file:
        assert by_file["countries/country-codes.csv"] == sum(1 for _ in csv.DictReader(file))
