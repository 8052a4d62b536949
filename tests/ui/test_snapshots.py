"""The page of snapshots: what was altered is told, only those of this home are opened, a build answers who asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.snapshot import verify as reading
from graph_core.snapshot.build import freeze, write
from graph_core.snapshot.verify import SnapshotManifest
from graph_core.ui import jobs, people
from tests.ui.shown import component, everything
from tests.ui.test_pages import DAY, Open, open_app  # noqa: F401 - a fixture


def frozen(workspace: Any, home: Path, as_of: str) -> SnapshotManifest:
    made = freeze(Day(workspace.graph(), Parameters(as_of)), workspace.sources())
    return write(made, home / "snapshots" / made.name)


@pytest.fixture
def two(workspace: Any) -> list[SnapshotManifest]:
    return [frozen(workspace, workspace.settings.home, day) for day in ("2021-06-30", "2022-06-01")]


def checked(app: Any) -> dict[str, str]:
    return {row["key"]: row["cells"][-1]["text"] for row in component(app, "snapshot_list")["rows"] if row["cells"][1:]}


def test_a_snapshot_that_is_altered_while_the_page_is_open_is_told(open_app: Open, two: Any) -> None:  # noqa: F811
    first, second = two
    app = open_app("snapshots")
    assert checked(app) == {first.id: "unchanged", second.id: "unchanged"}
    path = first.folder / "exposure.json"
    path.write_bytes(path.read_bytes().replace(b"0.", b"0.1", 1))
    app.run()
    assert checked(app) == {first.id: "changed", second.id: "unchanged"}
    app.query_params["snapshot"] = first.id
    app.run()
    assert "its figures are not shown" in app.error[0].value
    app.query_params["snapshot"], app.query_params["with"] = second.id, first.id
    app.run()
    assert "exposure.json was changed" in everything(app)
    assert not [one for one in app.get("bidi_component") if "-changes_table" in one.proto.id]


def test_a_snapshot_is_compared_with_another_of_this_home_alone(
    open_app: Open,  # noqa: F811
    workspace: Any,
    two: Any,
    tmp_path_factory: Any,
) -> None:
    first, second = two
    other = frozen(workspace, tmp_path_factory.mktemp("other"), "2020-06-30")
    shown = open_app("snapshots", snapshot=second.id, **{"with": first.id[:12]})
    assert component(shown, "changes_table")["rows"]
    for asked in (str(other.folder), str(first.folder), first.folder.name, "/etc", "x" * 300):
        app = open_app("snapshots", snapshot=second.id, **{"with": asked})
        assert "This snapshot is not here" in [one.value for one in app.subheader], asked
        assert "0 snapshots of this home" in everything(app)
        assert other.id[:12] not in json.dumps(checked(app))


def test_frozen_files_are_read_again_only_where_they_changed(
    open_app: Open,  # noqa: F811
    two: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[Path] = []
    bytes_of = Path.read_bytes

    def counted(path: Path) -> bytes:
        if path.suffix in (".json", ".html"):
            read.append(path)
        return bytes_of(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    app = open_app("snapshots", snapshot=two[0].id, **{"with": two[1].id})
    assert {path.name for path in read} >= {reading.MANIFEST, "exposure.json"}
    read.clear()
    app.run()
    assert read == []


def test_what_somebody_else_builds_is_not_opened_here(open_app: Open, two: Any) -> None:  # noqa: F811
    jobs.start("snapshot", "Snapshot of a day", lambda report: two[0].id)  # in no session
    jobs.wait("snapshot", 30)
    app = open_app("snapshots")
    assert "snapshot" not in app.query_params
    assert jobs.of("snapshot") is not None, "it waits for whoever asked for it"


def test_what_one_builds_is_opened(open_app: Open, two: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """As the build of this page does, but for the writing itself."""
    begin = jobs.start
    monkeypatch.setattr(people, "writing", lambda *_: None)
    monkeypatch.setattr(jobs, "start", lambda key, title, work: begin(key, title, lambda report: two[1].id))
    app = open_app("snapshots")
    next(one for one in app.button if one.label == "Build").click().run()
    jobs.wait("snapshot", 30)
    app.run()
    assert two[1].id in app.query_params["snapshot"]
