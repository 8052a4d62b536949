"""The graph as files: read back as it was, for its version only."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from graph_core.graph_files import encode, read, stay, write
from graph_core.store.base import DERIVING, StoreVersion
from tests.contract.graphs import graph

FIRST, SECOND = StoreVersion("u", 1, 1), StoreVersion("u", 2, 2)


def test_a_graph_comes_back_as_it_was(tmp_path: Path) -> None:
    wanted = graph()
    write(encode(wanted), tmp_path, FIRST)
    found = read(tmp_path, FIRST)
    assert found is not None
    assert (found.version, found.hash) == (1, wanted.hash)
    for name, frame in wanted.tables.items():
        pd.testing.assert_frame_equal(found[name], frame, check_exact=True, obj=name)


def test_files_count_for_their_version_only_and_give_way_to_a_later_one(tmp_path: Path) -> None:
    files = encode(graph())
    other = StoreVersion("another store", 1, 1)
    for version in (other, FIRST, SECOND):
        assert read(tmp_path, version) is None
        write(files, tmp_path, version)
    assert read(tmp_path, FIRST) is None
    assert read(tmp_path, SECOND) is not None
    assert read(tmp_path, other) is not None
    stay(SECOND, StoreVersion("u", 3, 3), tmp_path)
    assert read(tmp_path, SECOND) is None
    assert read(tmp_path, StoreVersion("u", 3, 3)) is not None


@pytest.mark.parametrize("derived", [DERIVING, 1])
def test_a_store_between_two_graphs_keeps_no_files(tmp_path: Path, derived: int) -> None:
    write(encode(graph()), tmp_path, StoreVersion("u", 2, derived))
    assert list(tmp_path.iterdir()) == []


def test_files_of_another_schema_or_cut_short_do_not_count(tmp_path: Path) -> None:
    write(encode(graph()), tmp_path, FIRST)
    (meta,) = tmp_path.glob("cache/*/meta.json")
    said = json.loads(meta.read_text())
    meta.write_text(json.dumps({**said, "columns": {**said["columns"], "Facility": ["id"]}}))
    assert read(tmp_path, FIRST) is None
    meta.write_text(json.dumps(said))
    assert read(tmp_path, FIRST) is not None
    (meta.parent / "Facility.parquet").write_bytes(b"PAR1")
    assert read(tmp_path, FIRST) is None


def test_a_home_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file, no folder")
    write(encode(graph()), home, FIRST)
    assert read(home, FIRST) is None
    stay(FIRST, SECOND, home)
