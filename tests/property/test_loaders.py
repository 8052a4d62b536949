"""Whatever bytes a file holds: a clear error or rows that add up, and never a traceback."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_core.errors import TiertraceError
from graph_core.model import RECORD, TABLES
from loaders import registry
from loaders.base import Options, Reading, silent
from loaders.files.tablefile import read_table

SMALL = Path(__file__).parents[1] / "data"
FILES = {
    "tables/links.csv": (
        b"supplier_id,buyer_id,product,share,valid_from,valid_to,source\n"
        b'S1,B1,"palm, oil",0.5,2020-01-01,2021-01-01,x\n'
        b'S2,B1,,0.25,,,\nS1,B1,"palm, oil",0.5,2020-01-01,2021-01-01,x\n'
    ),
    "tables/findings.csv": (
        "id;subject_name;subject_country;category;valid_from;includes_subsidiaries\n"
        'F1;"Söhne ""A""";Burma;forced labour;2020-01-01;yes\nF2;有限公司;CN;;;\n'
    ).encode("utf-16"),
    "tables/organizations.csv": "id\tname\tcountry\nA\tAçaí\tBR\nB\tŒuvre\tFR\n".encode("cp1252"),
    "palm-oil/brand_mill_disclosures.csv": b"consumer_brand,report_year,UML ID\nA,2020,P1\nA,2021,P1\nA,2020,P1\n",
    "palm-oil/mills.csv": (
        b"UML ID,Group Name,Parent Company,Mill Name,Latitude,Longitude,ISO\nP1,G,P,M,1,2,MYS\nP2,UNKNOWN,,N,3,4,IDN\n"
    ),
    "dol-goods/goods_2021.xml": (SMALL / "goods_tiny.xml").read_bytes(),
    "uflpa/list.html": (
        b"<html><p>Section 2(d)(2)(B)(i)</p><table><tr><th>Name of Entity</th><th>Effective Date</th></tr>"
        b"<tr><td>A Co., Ltd. (including one alias: B) and subsidiaries</td><td>June 21, 2022</td></tr>"
        b"<tr><td>C</td><td>May 1, 2023</td></tr></table></html>"
    ),
}
PIECES = st.sampled_from(  # bytes that are likely to matter
    [
        *(
            b"\x00",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b'"',
            b'""',
            b",",
            b";",
            b"\t",
            b"\n",
            b"\r",
            b"\r\n",
            b"|",
            b"=",
            b"<",
        ),
        *(b"\x80", b"\xe2\x82", b"\xed\xa0\x80", b"\xc2\xa0", b"2021-13-01", b"1,5", b"9" * 400),
        *(b"&x;", b"<td>", b"</table>", b"<!DOCTYPE a>"),
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 12), PIECES | st.binary(max_size=4)), max_size=6)


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Replace some bytes at some places."""
    for place, width, piece in edits:
        at = place % (len(data) + 1)
        data = data[:at] + piece + data[at + width :]
    return data


def check(reading: Reading) -> None:
    """Every rule of the contract that can be told from a reading."""
    for tally in reading.tallies:
        assert tally.read == tally.loaded + tally.merged + tally.rejected
    assert sum(tally.rejected for tally in reading.tallies) == len(reading.rejects)
    assert (reading.rejects["reason"].str.len() > 0).all()
    for name, frame in reading.records.items():
        assert list(frame.columns) == [*TABLES[name].names, "line", *frame.columns[len(TABLES[name].names) + 1 :]]
        assert set(frame.columns[len(TABLES[name].names) :]) <= {column.name for column in RECORD}
        for column in TABLES[name].columns:
            if column.required:
                assert frame[column.name].notna().all()


@pytest.mark.parametrize("name", FILES)
def test_the_files_themselves_are_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name.split("/")[1]
    path.write_bytes(FILES[name])
    for reading in registry.get(name.split("/", maxsplit=1)[0]).read(path, Options(), silent):
        check(reading)
        assert reading.tallies[0].loaded >= 2


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FILES)), EDITS)
def test_changed_bytes_never_break_a_loader(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    loader, file = name.split("/")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.write_bytes(edited(FILES[name], edits))
        try:
            readings = list(registry.get(loader).read(path, Options(), silent))
        except TiertraceError as error:
            assert len(str(error)) > 10  # noqa: PT017 - raising is allowed here, not required
        else:
            for reading in readings:
                check(reading)


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), st.sampled_from([",", ";", "\t"]))
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str]], separator: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows([("id", "name"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        raw = read_table(path, ["id", "name"])
    kept = [(a.strip(), b.strip()) for a, b in rows if a.strip() or b.strip()]
    assert list(zip(raw.frame["id"], raw.frame["name"], strict=True)) == kept
    assert not raw.rejects
