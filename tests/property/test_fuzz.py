"""2,000 damaged real files, and files that mean harm: a clear error or rows that add up, never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graph_core.errors import InputError, TiertraceError
from loaders import registry, schemas
from loaders.base import Options, Reading, silent
from loaders.files.workbook import Workbook
from loaders.pipeline import load

DATA = Path(__file__).parents[2].parent / "shared" / "data"
TOTAL = 2_000
#: A file of these takes three times as long as one of the others, and has a third of the damage.
SLOW = ("os-hub",)
#: Bytes that are likely to matter.
PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b"|", b"=1+1", b"<",
    b"\x80", b"\xed\xa0\x80", b"\xc2\xa0", b"2021-13-01", b"1,5", b"9" * 400, b"-1", b"NaN", b"1e999", b"&x;", b"<td>",
    b"</table>", b"<!DOCTYPE a>", b"{", b"}", b"[", b"]", b"null", b"\\u0000", b"\\ud800", b":", b"true", b"[[[[[[",
)  # fmt: skip


def lines(name: str, number: int) -> Callable[[], bytes]:
    return lambda: b"".join((DATA / name).read_bytes().splitlines(keepends=True)[:number])


def entities(name: str, number: int) -> Callable[[], bytes]:
    def made() -> bytes:
        whole = json.loads((DATA / name).read_text("utf-8"))
        key = "entities" if "entities" in whole else "items"
        return json.dumps({**whole, key: whole[key][:number]}, ensure_ascii=False, indent=1).encode()

    return made


def goods(name: str) -> Callable[[], bytes]:
    return lambda: (DATA / name).read_bytes()[:12_000].rsplit(b"</Good>", 1)[0] + b"</Good></Goods>"


def whole(name: str) -> Callable[[], bytes]:
    return (DATA / name).read_bytes


#: Format, name of the file, options, and a real file or a part of one.
FILES: list[tuple[str, str, dict[str, str], Callable[[], bytes]]] = [
    ("palm-oil", "brand_mill_disclosures.csv", {}, lines("palm_oil/brand_mill_disclosures.csv", 60)),
    ("palm-oil", "mills.csv", {}, lines("palm_oil/mills.csv", 40)),
    ("tables", "findings.csv", {}, whole("findings/palm_oil_orders.csv")),
    ("uflpa", "list.html", {}, whole("us_lists/uflpa_entity_list_2026-07-09.html")),
    ("cbp-orders", "orders.json", {}, entities("us_lists/cbp_wro.json", 30)),
    ("bis", "list.json", {}, entities("us_lists/bis_entity_list.json", 30)),
    ("dol-goods", "goods_2021.xml", {}, goods("dol_goods/goods_2021.xml")),
    ("nike", "nike.xls", {}, whole("nike/nike_imap_2021-02.xls")),
    ("os-hub", "list.csv", {"brand": "ACME"}, lines("open_supply_hub/oar_list_2.csv", 40)),
    ("os-hub", "download.csv", {}, lines("open_supply_hub/oshub_export_wilmar_2024.csv", 30)),
    ("bods", "statements.json", {}, whole("bods/tecido.json")),
    ("wikirate", "brands.json", {}, entities("wikirate/fashionchecker_sub_brands.json", 30)),
    ("countries", "country-codes.csv", {}, lines("countries/country-codes.csv", 30)),
]


def cases(number: int) -> int:
    """How often a file is damaged; together at least `TOTAL` times."""
    weights = [1 if name in SLOW else 3 for name, *_ in FILES]
    return -(-TOTAL * weights[number] // sum(weights))


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Some bytes replaced, left out, repeated, or cut off."""
    for _ in range(draw.randint(1, 6)):
        at, width = draw.randrange(len(data) + 1), draw.choice((0, 1, 2, 8, 60))
        what = draw.random()
        if what < 0.55:
            data = data[:at] + draw.choice(PIECES) + data[at + width :]
        elif what < 0.7:
            data = data[:at] + data[at + width * 10 :]
        elif what < 0.85:
            data = data[:at] + data[at : at + width * 20] * 2 + data[at:]
        elif what < 0.95:
            data = data[:at] + draw.randbytes(width) + data[at + width :]
        else:
            data = data[:at]
    return data


def check(readings: list[Reading]) -> None:
    for reading in readings:
        assert sum(tally.rejected for tally in reading.tallies) == len(reading.rejects)
        for tally in reading.tallies:
            tally.check()
        assert (reading.rejects["reason"].str.len() > 0).all()
        schemas.check(reading.records)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(FILES)), ids=[f"{name}-{file}" for name, file, _, _ in FILES])
def test_damaged_real_files(number: int, tmp_path: Path) -> None:
    if not DATA.is_dir():
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(f"the real data sets are required and {DATA} is absent")
        pytest.skip(f"needs the real data sets in {DATA}")
    name, file, options, made = FILES[number]
    data, loader, path = made(), registry.get(name), tmp_path / file
    draw = random.Random(number)
    refused = 0
    for case in range(cases(number)):
        bad = damaged(data, draw)
        path.write_bytes(bad if case % 10 else gzip.compress(bad, 1))
        try:
            check(list(loader.read(path, Options(**options), silent)))
        except TiertraceError as error:
            refused += 1
            assert len(str(error)) > 10  # noqa: PT017 - raising is allowed here, not required
        except Exception as error:
            raise AssertionError(f"case {case}: {type(error).__name__}: {error}") from error
    assert refused < cases(number), "not every damage makes a file unusable"


# --- files that mean harm ------------------------------------------------------------------------------------------


def dry(name: str, path: Path, tmp_path: Path, **options: str) -> list[int]:
    done = load(None, registry.get(name), [path], Options(**options), dry_run=True, home=tmp_path / "home")
    return [getattr(done.tables[0], key) for key in ("read", "loaded", "merged", "rejected")]


def test_a_zip_bomb_in_a_workbook(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as file:
        for _ in range(600):
            file.write(b"\x00" * (1 << 20))
    path = tmp_path / "list.xlsx"
    path.write_bytes(out.getvalue())
    assert path.stat().st_size < 2 << 20
    begun = time.monotonic()
    with pytest.raises(InputError, match="unpacks to 629,145,600 bytes"):
        dry("os-hub", path, tmp_path)
    assert time.monotonic() - begun < 20


def workbook(path: Path, part: str, content: bytes) -> Path:
    """A workbook of one site with another content of one of its parts, or with a part more."""
    book = Workbook()
    book.worksheets[0].append(["id", "name"])
    book.worksheets[0].append(["A", "x"])
    whole = io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bad:
        for entry in good.namelist():
            if entry != part:
                bad.writestr(entry, good.read(entry))
        bad.writestr(part, content)
    return path


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/theme/theme1.xml", "xl/media/image1.png"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize(
    ("before", "fault"),
    [
        ("", "declares entities"),
        (f"<!--{'x' * 60_000}-->", "declares entities"),
        (f"<!--{'x' * 900_000}--><!--{'x' * 1_300_000}-->", "has more than 65,536 bytes before its content"),
    ],
    ids=["at once", "behind a comment", "far behind"],
)
def test_entities_in_a_workbook_are_refused(tmp_path: Path, part: str, encoding: str, before: str, fault: str) -> None:
    """Where cells are read from and where nothing is, in several encodings, and where a parser puts off looking."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>{before}<!DOCTYPE a [<!ENTITY l0 "ha">{BOMB}]><a b="&l9;">&l9;</a>'
    )
    path = workbook(tmp_path / "facilities.xlsx", part, text.encode(encoding))
    late = encoding == "utf-16" and before  # two bytes a character: beyond what is looked at
    with pytest.raises(InputError, match=f"^facilities.xlsx {'has more than' if late else fault}.* in {part}, as no"):
        dry("tables", path, tmp_path)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/media/logo.svg", b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg11.dtd"><svg/>'),
        ("customXml/item1.xml", '<?xml version="1.0" encoding="gb18030"?><a>纺织</a>'.encode("gb18030")),
        ("customXml/item1.xml", b'<?xml version="1.0" encoding="nosuch"?><a/>'),
        ("xl/media/image1.png", b"\x89PNG\r\n" + bytes(range(256)) * 1_000),
        ("xl/media/blank.bin", b" " * 10_000),
    ],
)
def test_other_parts_of_a_workbook_are_no_hindrance(tmp_path: Path, part: str, content: bytes) -> None:
    path = workbook(tmp_path / "facilities.xlsx", part, content)
    assert dry("tables", path, tmp_path) == [1, 1, 0, 0]


def test_workbooks_are_read_by_the_fast_parser_and_nobody_else_is_told_to() -> None:
    told = (
        "import os, loaders.files.workbook, openpyxl; print(openpyxl.DEFUSEDXML, os.environ.get('OPENPYXL_DEFUSEDXML'))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OPENPYXL_DEFUSEDXML"}
    done = subprocess.run(
        [sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["False", "None"]


@pytest.mark.parametrize(("name", "file"), [("dol-goods", "goods_2021.xml"), ("uflpa", "list.html")])
def test_xml_entities_are_not_followed(name: str, file: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    path = tmp_path / file
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE Goods [<!ENTITY l0 "ha"><!ENTITY x SYSTEM "{secret.as_uri()}">{bomb}]>'
        "<Goods><Good><Good_Name>&x;&l9;</Good_Name><Countries><Country><Country_Name>Brazil</Country_Name>"
        "</Country></Countries></Good></Goods>"
    )
    with pytest.raises(InputError) as caught:
        dry(name, path, tmp_path)
    assert "TOP SECRET" not in str(caught.value)


def test_a_cell_of_100_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "facilities.csv"
    with path.open("wb") as file:
        file.write(b"id,name,country\nA,x,MY\nB,")
        for _ in range(100):
            file.write(b"y" * (1 << 20))
        file.write(b",MY\nC,z,MY\n")
    assert dry("tables", path, tmp_path) == [3, 2, 0, 1]


def test_a_json_line_of_30_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "facilities.jsonl"
    path.write_text(
        '{"id": "A", "name": "x"}\n{"id": "B", "name": "' + "y" * (30 << 20) + '"}\n{"id": "C", "name": "z"}\n'
    )
    assert dry("tables", path, tmp_path) == [3, 2, 0, 1]


def test_json_that_is_nested_too_deeply(tmp_path: Path) -> None:
    path = tmp_path / "statements.json"
    path.write_text("[" * 200_000 + "]" * 200_000)
    with pytest.raises(InputError, match=r"nested too deeply|no valid JSON"):
        dry("bods", path, tmp_path)


def test_nul_bytes_and_formulas(tmp_path: Path) -> None:
    path = tmp_path / "facilities.csv"
    path.write_bytes(b'id,name,country\nA,=HYPERLINK("http://x"),MY\nB,x\x00y,MY\nC,"@SUM(1)",MY\n')
    loader = registry.get("tables")
    (reading,) = loader.read(path, Options(), silent)
    assert reading.records["facilities"]["name"].tolist() == ['=HYPERLINK("http://x")', "@SUM(1)"], (
        "kept as it was said"
    )
    assert reading.rejects["reason"].tolist() == ["holds a NUL byte"]
