"""Loading as a whole, on a store that only remembers."""

from __future__ import annotations

import csv
import json
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from graph_core.belief import Rebuilt
from graph_core.errors import InputError, StoreError, TooManyRejectsError, UsageError
from graph_core.graph import Graph
from graph_core.store.base import Held, Load, RecordSet, Store, StoreVersion, SyncCounts
from loaders import pipeline, quarantine
from loaders.base import Options, Reading, Tally, source_row
from loaders.files.rawtable import REJECT_COLUMNS, header_key
from loaders.files.tablefile import read_table
from loaders.formats.tables import LOADER
from loaders.pipeline import Limit, LoadReport, load, load_corrected
from tests.oracles import frame_of


class Memory:
    """Remembers what was kept; the same content again is no change."""

    def __init__(self, fail_on: str | None = None) -> None:
        self.sets: dict[str, dict[str, Any]] = {}
        self.frames: dict[str, list[dict[str, pd.DataFrame]]] = {}
        self.log: dict[str, Load] = {}
        self.records = self.derived = self.dropped = 0
        self.fail_on = fail_on
        self.writing = False

    def held(self) -> list[Held]:
        return [Held(source, 0, {}) for source in self.sets.values()]

    def read_records(self, source: str | None = None) -> list[RecordSet]:
        return [
            RecordSet(held, seq, whole(self.frames[one]))
            for seq, (one, held) in enumerate(self.sets.items())
            if source in (None, one)
        ]

    def version(self) -> StoreVersion:
        return StoreVersion("memory", self.records, self.derived)

    def loads(self) -> list[Load]:
        return list(self.log.values())

    @contextmanager
    def writer(self) -> Iterator[None]:
        assert not self.writing
        self.writing = True
        try:
            yield
        finally:
            self.writing = False

    def drafts(self, report: object) -> MemoryDrafts:
        assert self.writing
        return MemoryDrafts(self)


def whole(frames: list[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    names = {name for frame in frames for name in frame}
    return {name: pd.concat(frame[name] for frame in frames if name in frame) for name in names}


def _text(frames: list[dict[str, pd.DataFrame]]) -> list[dict[str, str]]:
    return [{name: frame.to_csv() for name, frame in one.items()} for one in frames]


@dataclass
class MemoryDraft:
    source: dict[str, Any]
    frames: list[dict[str, pd.DataFrame]] = field(default_factory=list)

    def add(self, frames: dict[str, pd.DataFrame]) -> None:
        self.frames.append(frames)


@dataclass
class MemoryDrafts:
    store: Memory
    drafts: list[MemoryDraft] = field(default_factory=list)

    def open(self, source: dict[str, Any], *, replace: bool) -> MemoryDraft:
        self.drafts.append(MemoryDraft(source))
        return self.drafts[-1]

    def drop(self) -> None:
        self.store.dropped += 1

    def _held(self, draft: MemoryDraft) -> bool:
        one = draft.source["id"]
        return self.store.sets.get(one) == draft.source and _text(self.store.frames.get(one, [])) == _text(draft.frames)

    def said(self) -> list[RecordSet] | None:
        fresh = {draft.source["id"]: draft for draft in self.drafts if not self._held(draft)}
        others = [held for held in self.store.read_records() if held.source["id"] not in fresh]
        new = [RecordSet(d.source, 99, whole(d.frames)) for d in fresh.values()]
        return [*others, *new] if fresh else None

    def keep(self, log: dict[str, Any]) -> bool:
        store = self.store
        if any(draft.source["title"] == store.fail_on for draft in self.drafts):
            raise StoreError("the server went away")
        fresh = [draft for draft in self.drafts if not self._held(draft)]
        for draft in fresh:
            store.sets[draft.source["id"]] = draft.source
            store.frames[draft.source["id"]] = draft.frames
            store.records += 1
        entry = {key: value for key, value in log.items() if key != "tags"}
        store.log[log["id"]] = Load(**entry, current=True)
        return bool(fresh)


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []

    def rebuild(store: Memory, *_: object) -> Rebuilt:
        assert store.writing
        calls.append(store.records)
        store.derived = store.records
        return Rebuilt(SyncCounts(), 0, Graph())

    monkeypatch.setattr(pipeline, "rebuild", rebuild)
    monkeypatch.setattr(pipeline, "bring", rebuild)
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


def test_the_same_files_again_are_not_even_read(
    rebuilt: list[int], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Memory()
    first = go(store, folder, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(LOADER.__class__, "read", lambda *_: pytest.fail("read again"))
        second = go(store, folder, tmp_path)
    assert second.changed is False
    assert rebuilt == [2]
    said = [report.to_json() for report in (first, second)]
    assert said[0] | {"changed": False} == said[1]


@pytest.mark.parametrize("change", ["bytes", "options", "code", "rejects are gone", "forgotten"])
def test_what_differs_from_the_last_load_is_read_again(
    rebuilt: list[int], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    store = Memory()
    first = go(store, folder, tmp_path)
    options = Options()
    if change == "bytes":
        (folder / "facilities.csv").write_text("id,name,country\nA,x,MY\nB,z,ID\n")
    elif change == "options":
        options = Options(brand="X")
    elif change == "code":
        monkeypatch.setattr(pipeline, "code_fingerprint", lambda: "another")
    elif change == "rejects are gone":
        assert first.rejects is not None
        first.rejects.unlink()
    else:
        store.log.clear()
    seen: list[Path] = []
    read = LOADER.__class__.read

    def noted(*given: Any) -> Iterator[Reading]:
        seen.append(given[1])
        return read(*given)

    monkeypatch.setattr(LOADER.__class__, "read", noted)
    go(store, folder, tmp_path, options=options)
    assert seen == [folder]


class Pieces:
    """A loader of one source in pieces, that fails or is stopped on the way."""

    name, title, summary = "pieces", "Pieces", "pieces"

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error

    def read(self, path: Path, options: Options, report: object) -> Iterator[Reading]:
        for number in range(3):
            if number == 2 and self.error is not None:
                raise self.error
            part = path.parent / f"facilities.{number}.csv"
            part.write_text(f"id,name\nA{number},x\n")
            for reading in LOADER.transform(read_table(part), options):
                yield Reading(
                    source_row("one", "one", "pieces", "0"), True, reading.records, reading.rejects, reading.tallies
                )


@pytest.mark.parametrize("error", [None, InputError("line 3: broken"), KeyboardInterrupt()])
def test_pieces_of_one_source_are_kept_together_or_not_at_all(
    rebuilt: list[int], tmp_path: Path, error: BaseException | None
) -> None:
    store = Memory()
    path = tmp_path / "x.csv"
    path.write_text("x")

    def go_on() -> LoadReport:
        return load(cast("Store", store), cast("Any", Pieces(error)), [path], home=tmp_path / "home")

    if error is None:
        assert go_on().tables[0].loaded == 3
        assert [frame["facilities"]["id"].tolist() for frame in store.frames["one"]] == [["A0"], ["A1"], ["A2"]]
        return
    with pytest.raises(type(error)):
        go_on()
    assert (store.sets, store.dropped, rebuilt) == ({}, 1, [])


def test_ctrl_c_while_the_graph_is_derived_waits_until_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Memory()

    def interrupted(store: Memory, *_: object) -> Rebuilt:
        signal.raise_signal(signal.SIGINT)
        store.derived = store.records
        return Rebuilt(SyncCounts(), 0, Graph())

    monkeypatch.setattr(pipeline, "bring", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(store, folder, tmp_path)
    assert store.derived == store.records == 2
    assert "finishing the graph first" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def corrected(store: Memory, path: Path, tmp_path: Path) -> list[LoadReport]:
    return load_corrected(cast("Store", store), path, home=tmp_path / "home")


def test_rejected_rows_are_corrected_and_loaded_alone(rebuilt: list[int], folder: Path, tmp_path: Path) -> None:
    store = Memory()
    file = go(store, folder, tmp_path).rejects
    assert file is not None
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert json.loads(rows[0]["row"]) == {"id": "B", "name": "y", "country": "Atlantis"}
    rows[0]["value"] = "Malaysia"  # the cell itself; the other row stays wrong
    mended = tmp_path / "mended.csv"
    with mended.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows[:1])
    (report,) = corrected(store, mended, tmp_path)
    assert [(t.table, t.read, t.loaded, t.rejected) for t in report.tables] == [("facilities", 1, 1, 0)]
    (source,) = [name for name in store.sets if name.endswith(":corrected")]
    (frames,) = store.frames[source]
    assert frames["facilities"][["id", "name", "country"]].to_numpy().tolist() == [["B", "y", "MY"]]
    assert frames["facilities"]["line"].tolist() == [4]
    with pytest.raises(InputError, match=r"none of the 1 rows can be used: facilities\.csv line 4: country 'Atlantis'"):
        corrected(Memory(), file, tmp_path)


def test_a_long_cell_that_nobody_changed_stays_whole(rebuilt: list[int], tmp_path: Path) -> None:
    path = tmp_path / "facilities.csv"
    path.write_text(f"id,name,country,lat\nA,x,MY,1\nB,y,{'Atlantis ' * 100},2\n")
    store = Memory()
    file = go(store, path, tmp_path).rejects
    assert file is not None
    (row,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert len(row["value"]) == 500

    def read(value: str) -> str:
        row["value"] = value
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, row.keys())
            writer.writeheader()
            writer.writerow(row)
        (rows,) = quarantine.read(file, read_table(file, map(header_key, quarantine.FILE_COLUMNS)))
        return str(rows.raw.frame["country"].iloc[0])

    assert read(row["value"]) == ("Atlantis " * 100).strip()
    assert read("MY") == "MY"
    assert read("Atlantis") == "Atlantis"


def test_readings_of_one_source_belong_together_whatever_comes_between(rebuilt: list[int], tmp_path: Path) -> None:
    class Loader:
        name, summary = "mixed", "a mixed file"

        def read(self, path: Path, options: Options, report: object) -> Iterator[Reading]:
            del path, options, report
            for source, party in (("s", "A"), ("t", "B"), ("s", "C")):
                frame = frame_of("organizations", [{"id": party, "name": party}])
                none = pd.DataFrame(columns=REJECT_COLUMNS)
                tally = Tally("organizations", read=1, loaded=1)
                yield Reading(source_row(source, source, "mixed", ""), True, {"organizations": frame}, none, [tally])

        def transform(self, raw: object, options: Options) -> Iterator[Reading]:
            raise NotImplementedError

    store = Memory()
    load(cast("Store", store), Loader(), [tmp_path], home=tmp_path / "home")
    ids = {name: [i for f in frames for i in f["organizations"]["id"]] for name, frames in store.frames.items()}
    assert ids == {"s": ["A", "C"], "t": ["B"]}


def test_rows_corrected_step_by_step_count_once(rebuilt: list[int], tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("supplier_id,buyer_id,volume,unit\nA,X,10,t\nA,X,2o,t\nB,X,3o,t\n")
    store = Memory()
    file = go(store, path, tmp_path).rejects
    assert file is not None
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))

    def correct(*values: str) -> list[tuple[str, float]]:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, rows[0].keys())
            writer.writeheader()
            writer.writerows({**row, "value": value} for row, value in zip(rows, values, strict=True))
        corrected(store, file, tmp_path)
        (name,) = [name for name in store.sets if name.endswith(":corrected")]
        assert store.sets[name]["corrects"] in store.sets, "it is known what was corrected"
        (frames,) = store.frames[name]
        return sorted(zip(frames["links"]["supplier_id"], frames["links"]["volume"], strict=True))

    assert correct("20", "3o") == [("A", 20.0)]
    assert correct("20", "30") == [("A", 20.0), ("B", 30.0)]
    assert correct("21", "30") == [("A", 21.0), ("B", 30.0)]


def test_a_delivery_without_a_day_is_refused_where_days_are_known(rebuilt: list[int], tmp_path: Path) -> None:
    store = Memory()
    store.sets["u:2025-01-01"] = {"id": "u:2025-01-01", "title": "u", "series": "u"}
    none = pd.DataFrame(columns=REJECT_COLUMNS)
    frame = frame_of("organizations", [{"id": "A", "name": "A"}])

    class Loader:
        name, summary = "list", "a list"

        def read(self, path: Path, options: Options, report: object) -> Iterator[Reading]:
            del path, options, report
            tally = Tally("organizations", read=1, loaded=1)
            yield Reading(source_row("u", "The list", "list", ""), True, {"organizations": frame}, none, [tally])

        def transform(self, raw: object, options: Options) -> Iterator[Reading]:
            raise NotImplementedError

    with pytest.raises(InputError, match="The list is held by its days; say of which day this one is: --list-date"):
        load(cast("Store", store), Loader(), [tmp_path], home=tmp_path / "home")


def test_what_is_no_file_of_rejects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("id,name\nA,x\n")
    with pytest.raises(InputError, match=r"other\.csv is no file of rejected rows: the columns table, file"):
        corrected(Memory(), path, tmp_path)


def test_a_killed_load_is_mended_by_the_next(rebuilt: list[int], folder: Path, tmp_path: Path) -> None:
    store = Memory(fail_on="links.csv")
    with pytest.raises(StoreError):
        go(store, folder, tmp_path)
    assert not rebuilt
    assert not store.writing
    assert not store.sets, "all sources of a load count from one moment on, or none"
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


def test_formulas_in_the_file_of_rejects(tmp_path: Path) -> None:
    writer = quarantine.Writer(tmp_path, "tables", Options())
    rejects = pd.DataFrame([["links", "f", 2, "share", "=1+1", "is no number"]], columns=REJECT_COLUMNS)
    writer.add(rejects, None)
    file = writer.finish("x")
    assert file is not None
    assert list(csv.reader(file.read_text("utf-8").splitlines()))[1][4] == "'=1+1"
