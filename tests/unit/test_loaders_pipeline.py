"""Loading as a whole, on a store that only remembers."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from graph_core.belief import Rebuilt
from graph_core.errors import InputError, StoreError, TooManyRejectsError, UsageError
from graph_core.store.base import RecordSet, Store, StoreVersion, SyncCounts
from loaders import pipeline, quarantine
from loaders.base import REJECT_COLUMNS
from loaders.pipeline import Limit, LoadReport, load
from loaders.tables import LOADER


class Memory:
    """Remembers what was put; the same content again is no change."""

    def __init__(self, fail_on: str | None = None) -> None:
        self.sets: dict[str, dict[str, Any]] = {}
        self.records = self.derived = 0
        self.fail_on = fail_on
        self.writing = False

    def version(self) -> StoreVersion:
        return StoreVersion("memory", self.records, self.derived)

    def read_records(self) -> list[RecordSet]:
        return []

    @contextmanager
    def writer(self) -> Iterator[None]:
        assert not self.writing
        self.writing = True
        try:
            yield
        finally:
            self.writing = False

    def put_records(self, source: dict[str, Any], frames: object, replace: bool, report: object) -> bool:
        assert self.writing
        if source["title"] == self.fail_on:
            raise StoreError("the server went away")
        if self.sets.get(source["id"]) == source:
            return False
        self.sets[source["id"]] = source
        self.records += 1
        return True


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []

    def rebuild(store: Memory, report: object) -> Rebuilt:
        assert store.writing
        calls.append(store.records)
        store.derived = store.records
        return Rebuilt(SyncCounts(), 0)

    monkeypatch.setattr(pipeline, "rebuild", rebuild)
    return calls


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    (path / "facilities.csv").write_text("id,name,country\nA,x,MY\nA,x,MY\nB,y,Atlantis\nC,=cmd(),ID\n")
    (path / "links.csv").write_text("supplier_id,buyer_id,share\nA,X,0.5\nB,X,2\n")
    return path


def go(store: Memory | None, path: Path, tmp_path: Path, **more: Any) -> LoadReport:
    return load(cast("Store | None", store), LOADER, [path], home=tmp_path / "home", **more)


def test_load_reports_every_row(rebuilt: list[int], folder: Path, tmp_path: Path) -> None:
    store = Memory()
    report = go(store, folder, tmp_path)
    said = report.to_json()
    assert said["format"] == "tables"
    assert said["tables"] == [
        {"table": "facilities", "read": 4, "loaded": 2, "merged": 1, "rejected": 1},
        {"table": "links", "read": 2, "loaded": 1, "merged": 0, "rejected": 1},
    ]
    assert said["source"] == ", ".join(store.sets)
    assert said["records"] == {"facilities": 2, "links": 1}
    assert said["changed"] is True
    assert report.rejects is not None
    assert said["rejects"] == str(report.rejects)
    with report.rejects.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["table"], row["file"], row["line"], row["column"], row["value"]) for row in rows] == [
        ("facilities", "facilities.csv", "4", "country", "Atlantis"),
        ("links", "links.csv", "3", "share", "2"),
    ]
    assert stat.S_IMODE((tmp_path / "home" / "rejects").stat().st_mode) == 0o700
    assert stat.S_IMODE(report.rejects.stat().st_mode) == 0o600
    assert rebuilt == [2]


def test_the_same_files_again_change_nothing(rebuilt: list[int], folder: Path, tmp_path: Path) -> None:
    store = Memory()
    first = go(store, folder, tmp_path)
    second = go(store, folder, tmp_path)
    assert second.changed is False
    assert rebuilt == [2]
    assert first.rejects == second.rejects


def test_a_killed_load_is_mended_by_the_next(rebuilt: list[int], folder: Path, tmp_path: Path) -> None:
    store = Memory(fail_on="links.csv")
    with pytest.raises(StoreError):
        go(store, folder, tmp_path)
    assert not rebuilt
    assert not store.writing
    store.fail_on = None
    go(store, folder, tmp_path)
    assert rebuilt == [2]
    store.derived = -1  # killed while deriving
    assert go(store, folder, tmp_path).changed is False
    assert rebuilt == [2, 2]


def test_dry_run_writes_nothing(rebuilt: list[int], folder: Path, tmp_path: Path) -> None:
    report = go(None, folder, tmp_path, dry_run=True)
    assert report.rejects is None
    assert len(report.reject_rows) == 2
    assert not (tmp_path / "home").exists()
    assert not rebuilt
    with pytest.raises(UsageError):
        go(None, folder, tmp_path)


@pytest.mark.parametrize(("limit", "fine"), [("2", True), ("1", False), ("0", False), ("34%", True), ("33%", False)])
def test_limit_on_rejects(rebuilt: list[int], folder: Path, tmp_path: Path, limit: str, fine: bool) -> None:
    store = Memory()
    if fine:
        go(store, folder, tmp_path, max_rejects=limit)
        assert store.sets
        return
    with pytest.raises(
        TooManyRejectsError, match=r"2 of 6 rows are rejected.*facilities\.csv line 4: country 'Atlantis'"
    ):
        go(store, folder, tmp_path, max_rejects=limit)
    assert not store.sets
    assert not rebuilt


@pytest.mark.parametrize("text", ["-1", "x", "101%", "", "1.5", "%"])
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--max-rejects"):
        Limit.parse(text)


def test_nothing_useful_is_an_error(rebuilt: list[int], tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("supplier_id,buyer_id,share\nA,X,7\nB,X,8\n")
    store = Memory()
    with pytest.raises(InputError, match=r"none of the 2 rows can be used: links\.csv line 2: share '7'"):
        go(store, path, tmp_path)
    assert not store.sets
    assert len(list((tmp_path / "home" / "rejects").iterdir())) == 1


def test_no_path(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a path"):
        load(None, LOADER, [], home=tmp_path, dry_run=True)


def test_rejects_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written"):
        go(Memory(), folder, tmp_path)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("+a", "'+a"),
        ("-a", "'-a"),
        ("\tx", "'\tx"),
        ("-5", "-5"),
        ("+1.5", "+1.5"),
        ("a=b", "a=b"),
    ],
)
def test_formulas_are_neutralised(cell: str, safe: str) -> None:
    assert quarantine.neutralise(cell) == safe
    rejects = pd.DataFrame([["links", "f", 2, "share", cell, "is no number"]], columns=REJECT_COLUMNS)
    assert list(csv.reader(quarantine.to_csv(rejects).splitlines()))[1][4] == safe
