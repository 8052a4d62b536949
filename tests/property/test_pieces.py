"""A table read in pieces is the table read whole, wherever the pieces and the blocks of bytes are cut."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_core.errors import InputError
from graph_core.model import FACILITIES
from loaders.files import delimited
from loaders.files import opening as files
from loaders.files.rawtable import RawTable
from loaders.files.tablefile import joined, read_chunks
from loaders.validate import Checked, Seen, check

LINE = st.sampled_from(
    ["A,x", 'B,"y, z"', 'C,"two\nlines"', 'D,"open', "E", "F,a,b", "", '"', 'G,"say ""hi"""', "H,é", "A,x", "I,\x00"]
)
END = st.sampled_from(["\n", "\r\n", "\r"])
ENCODING = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])


@contextmanager
def blocks_of(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_BLOCK", size)
        yield


def same(one: RawTable, other: RawTable) -> None:
    pd.testing.assert_frame_equal(one.frame.reset_index(drop=True), other.frame.reset_index(drop=True))
    assert sorted(one.rejects) == sorted(other.rejects)
    assert (one.headers, sorted(one.notes), one.banner) == (other.headers, sorted(other.notes), other.banner)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINE, max_size=300), END, ENCODING, st.integers(1, 40), st.integers(2, 300))
def test_pieces_and_blocks_change_nothing(lines: list[str], end: str, encoding: str, size: int, block: int) -> None:
    text = end.join(["id,name", *(line.replace("\n", end) for line in lines)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.encode(encoding, errors="replace"))
        whole = joined(list(read_chunks(path, ["id"], ["name"])))
        with blocks_of(block * 2):
            cut = list(read_chunks(path, ["id"], ["name"], size=size))
        assert all(len(piece.frame) <= size for piece in cut)
        same(joined(cut), whole)


def checked_in_pieces(path: Path, size: int) -> list[Checked]:
    seen = Seen()
    return [check(raw, FACILITIES, seen) for raw in read_chunks(path, ["id", "name"], size=size)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["x", "y", ""])), min_size=1, max_size=60),
    st.integers(1, 9),
)
def test_repeats_and_contradictions_are_found_over_pieces(rows: list[tuple[str, str]], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("\n".join(["id,name", *(f"{a},{b}" for a, b in rows)]))
        (whole,) = checked_in_pieces(path, 10_000)
        cut = checked_in_pieces(path, size)
    for name in ("read", "loaded", "merged", "rejected"):
        assert sum(getattr(piece.tally, name) for piece in cut) == getattr(whole.tally, name)
    pd.testing.assert_frame_equal(
        pd.concat([piece.rejects for piece in cut], ignore_index=True), whole.rejects, check_dtype=False
    )


def test_a_line_without_end_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE", 10_000)
    path = tmp_path / "t.csv"
    path.write_text("id,name\nA,x\nB," + "y" * 50_000 + "\nC,z\n")
    with blocks_of(512):
        raw = joined(list(read_chunks(path, ["id"])))
    assert raw.frame["id"].tolist() == ["A", "C"]
    assert [(line, reason) for line, _, reason in raw.rejects] == [(3, "has more than 10,000 bytes")]


def test_gzip_is_unpacked_and_a_bomb_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SMALL", 1 << 20)
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"id,name\nA,x\n"))
    assert joined(list(read_chunks(path, ["id"]))).frame["id"].tolist() == ["A"]
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"id,name\n")
        for _ in range(64):
            file.write(b"A,x\n" * (1 << 14))
    with pytest.raises(InputError, match="unpacks to more than 200 times its size"):
        for _ in read_chunks(path, ["id"]):
            pass
