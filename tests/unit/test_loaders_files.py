"""Reading delimited text: encodings, separators, broken rows, and nothing lost."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from graph_core.errors import InputError
from loaders.files import tablefile
from loaders.files.rawtable import RawTable, header_key
from loaders.files.tablefile import read_table

TEXT = "id,name\nA,Açaí & Söhne\nB,Ł“x”\n"


def table(tmp_path: Path, data: str | bytes, name: str = "t.csv") -> RawTable:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_table(path, ["id"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"], ids=lambda name: name)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_every_encoding_gives_the_same_rows(tmp_path: Path, encoding: str, newline: str) -> None:
    raw = table(tmp_path, TEXT.replace("\n", newline).encode(encoding))
    assert raw.frame["name"].tolist() == ["Açaí & Söhne", "Ł“x”"]
    assert raw.frame["line"].tolist() == [2, 3]
    assert raw.headers == {"id": "id", "name": "name"}
    assert not raw.rejects
    assert not raw.notes


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    raw = table(tmp_path, "id,name\nA,Söhne “x”\nB,plain\n".encode("cp1252"))
    assert raw.frame["name"].tolist() == ["Söhne “x”", "plain"]
    assert raw.notes == ["t.csv: 1 lines are not UTF-8 and were read as Windows-1252 (lines 2)"]


def test_mixed_encodings_in_one_file_lose_no_row(tmp_path: Path) -> None:
    raw = table(tmp_path, b"id,name\nA," + "Söhne".encode() + b"\nB," + "Açaí".encode("latin-1") + b"\nC,\x81\n")
    assert raw.frame["name"].tolist() == ["Söhne", "Açaí", "\x81"]
    assert "lines 3, 4" in raw.notes[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(tmp_path: Path, separator: str) -> None:
    raw = table(tmp_path, f'id{separator}name\nA{separator}"x, y; z\tw"\n')
    assert raw.frame["name"].tolist() == ["x, y; z\tw"]


def test_excel_separator_line_and_banner_rows_stand_above_the_header(tmp_path: Path) -> None:
    raw = table(tmp_path, "sep=;\nData As Of AUG 2023;;\n\nid;name\nA;x\n")
    assert raw.frame[["id", "name", "line"]].to_numpy().tolist() == [["A", "x", 5]]


def test_lines_count_quoted_newlines_and_blank_lines(tmp_path: Path) -> None:
    raw = table(tmp_path, 'id,name\nA,"one\ntwo"\n\nB,x\n,\nC,y\n')
    assert raw.frame["line"].tolist() == [2, 5, 7]
    assert raw.frame["name"].tolist() == ["one\ntwo", "x", "y"]
    assert raw.notes == ["t.csv: 1 rows without content were left out"]


def test_ragged_rows_and_nul_bytes_are_rejects(tmp_path: Path) -> None:
    raw = table(tmp_path, b"id,name\nA\nB,x,y\nC,z,,\nD,\x00w\n")
    assert raw.frame["id"].tolist() == ["C"]
    assert [(line, reason) for line, _, reason in raw.rejects] == [
        (2, "has 1 cells where the header has 2"),
        (3, "has 3 cells where the header has 2"),
        (5, "holds a NUL byte"),
    ]
    assert raw.read == 4


@pytest.mark.parametrize(
    ("stray", "reason"),
    [
        ('A,"never closed', "a quote is opened and not closed"),
        ('A,"x" y', "a quote is opened and not closed, or stands"),
    ],
)
def test_a_stray_quote_costs_its_own_line_only(tmp_path: Path, stray: str, reason: str) -> None:
    rows = "".join(f"B{i},x\n" for i in range(400))
    raw = table(tmp_path, f'id,name\n{stray}\n{rows}C,"closed"\n')
    assert [line for line, _, _ in raw.rejects] == [2]
    assert raw.rejects[0][2].startswith(reason)
    assert len(raw.frame) == 401


def test_a_stray_quote_that_closes_later_hides_no_row(tmp_path: Path) -> None:
    raw = table(tmp_path, 'id,name\nA,"open\nB,x\nC,y\nD,"z"\nE,z\n')
    assert raw.frame["id"].tolist() == ["B", "C", "D", "E"]
    assert [line for line, _, _ in raw.rejects] == [2]


def test_a_cell_that_looks_like_swallowed_rows_is_said(tmp_path: Path) -> None:
    raw = table(tmp_path, 'id,name\nA,"open\nB,x\nC,y"\nD,"Street 1\nTown"\n')
    assert raw.frame["id"].tolist() == ["A", "D"]
    assert raw.notes == ["t.csv: a cell on line 2 holds 2 lines that look like rows; is a quote missing?"]


def test_against_the_standard_reader(tmp_path: Path) -> None:
    text = 'id,name,note\n1,"a, b","say ""hi"""\n2,,"line\nbreak"\n3," pad ",x\n'
    raw = table(tmp_path, text)
    expected = [{k: v.strip() for k, v in row.items()} for row in csv.DictReader(io.StringIO(text))]
    assert raw.frame.drop(columns="line").to_dict("records") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (b"PK\x03\x04rest", "damaged workbook"),
        (b"\xd0\xcf\x11\xe0rest", "cannot be read as a workbook"),
        (b"PAR1rest", "cannot be read as a Parquet file"),
        (b"\x1f\x8brest", "damaged gzip"),
        (b"%PDF-1.7", "a PDF"),
        (b"<html></html>", "HTML or XML"),
        (b"[1, 2", "no valid JSON"),
        (bytes(range(1, 32)) * 40, "binary"),
        (b"id,name,ID\nA,b,c\n", "names the column 'id' twice"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        table(tmp_path, content)


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "findings.csv").write_text("id\n")
    with pytest.raises(InputError, match=r"did you mean findings\.csv"):
        read_table(tmp_path / "finding.csv")


def test_folder_fifo_and_size_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a regular file"):
        read_table(tmp_path / "pipe")
    monkeypatch.setattr(tablefile, "MAX_JSON", 3)
    with pytest.raises(InputError, match="split it"):
        table(tmp_path, b'[{"id": 1}]')


@pytest.mark.parametrize("header", ["UML ID", "uml_id", " Uml-Id ", "﻿uml  id"])
def test_header_key(header: str) -> None:
    assert header_key(header) == "uml_id"
