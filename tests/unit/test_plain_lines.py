"""What Arrow splits is what the ``csv`` module splits, and whatever is in doubt is left to that."""

from __future__ import annotations

import csv
import io
import random

import pytest

from loaders.files import delimited
from loaders.files.plain_lines import plain_columns
from loaders.files.rawtable import RawTable


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a,b\n"c,d",e', [["a", "c,d"], ["b", "e"]]),
        ('"a ""b""",c', [['a "b"'], ["c"]]),
        ('"",c\n"""",d', [["", '"'], ["c", "d"]]),
        (" a ,é\nc,中", [[" a ", "c"], ["é", "中"]]),
        ("1,NULL\n,NA", [["1", ""], ["NULL", "NA"]]),
    ],
)
def test_plain_text(text: str, cells: list[list[str]]) -> None:
    columns = plain_columns(text, ",", 2)
    assert columns is not None
    assert [column.to_pylist() for column in columns] == cells


@pytest.mark.parametrize(
    "text",
    [
        *('a,"b\nc"', 'a,"b', 'a,b"c"', 'a"b,"c', 'a, "b"', '"a"b,c', 'x""y,b', '"a,b\nc",d', 'a,b\n"c'),
        *("a,b\n\nc,d", "\na,b", "a,b\n", "a", "a,b,c", "a,b\nc", "a,b\rc", ""),
    ],
)
def test_text_in_doubt(text: str) -> None:
    assert plain_columns(text, ",", 2) is None


def both(data: bytes, size: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[RawTable], list[RawTable]]:
    """A file as it is read, and as it is read without Arrow."""
    with monkeypatch.context() as context:
        quick = list(delimited.read_delimited(io.BytesIO(data), "f", ["a"], ["b", "c"], size, ""))
        context.setattr(delimited, "plain_columns", lambda *_: None)
        return quick, list(delimited.read_delimited(io.BytesIO(data), "f", ["a"], ["b", "c"], size, ""))


def rows(tables: list[RawTable]) -> list[object]:
    return [
        *(row for table in tables for row in table.frame.itertuples(index=False, name=None)),
        *(row for table in tables for row in table.rejects),
        *sorted(note for table in tables for note in table.notes),
    ]


@pytest.mark.parametrize("seed", range(30))
def test_files_are_read_the_same_either_way(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(delimited, "_BLOCK", chance.choice([400, 4_000, 1 << 20]))
    cells = chance.choice([["a", "b,c", 'd"e', ""], [" x ", "\u2003q\u00a0", '""', "é"], ["p", "q\nr", "1"], ["", "z"]])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer.writerow("abc")
    writer.writerows([chance.choice(cells) for _ in range(3)] for _ in range(300))
    data = bytearray(out.getvalue().encode())
    for _ in range(chance.choice([0, 0, 1, 3])):
        data[(at := chance.randrange(6, len(data))) : at] = chance.choice(
            [b'"', b",", b"\n", b"\r\n", b"\x00", b"\xff"]
        )
    quick, careful = both(bytes(data), chance.choice([25, 100, 5_000]), monkeypatch)
    assert rows(quick) == rows(careful)


def test_pieces_have_the_size_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 1_000)
    data = b"a,b,c\n" + b"1,2,3\n" * 5_000
    quick, _ = both(data, 1_200, monkeypatch)
    assert [len(table.frame) for table in quick] == [1_200] * 4 + [200]
    assert quick[-1].frame["line"].tolist()[-1] == 5_001
