"""The page Data on a real store: files in, rejects corrected, sources forgotten, findings written and withdrawn."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from graph_core.errors import InputError
from graph_core.settings import Settings
from graph_core.ui import people
from graph_core.ui.data import findings, sources, work
from graph_core.workspace import Workspace
from loaders.base import Options
from loaders.formats.tables import LOADER
from loaders.pipeline import load
from tests.conftest import emptied
from tests.ui.conftest import NETWORK
from tests.ui.real_store import app_on, opened, ran
from tests.ui.shown import everything

DAY = dt.date(2021, 6, 30)
HOSTILE = '"=cmd|x <img src=x onerror=alert(1)>"'


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@pytest.fixture
def space(embedded_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    with app_on(emptied(embedded_settings), monkeypatch) as shown:
        yield shown


def given(*files: Path) -> list[tuple[str, io.BytesIO]]:
    return [(f"../{file.name}", io.BytesIO(file.read_bytes())) for file in files]


def test_files_are_looked_at_read_dry_and_loaded_as_the_command_line_loads_them(
    space: Workspace, tmp_path: Path
) -> None:
    home = space.settings.home
    seen = work.look(home, given(*sorted(NETWORK.glob("*.csv"))))(silent)
    (group,) = seen.groups
    assert group.format == "tables"
    orders = [work.Order(group.format, group.files, Options())]
    dry = work.dry(home, orders)(silent)
    assert not space.store.held()
    done = work.load(orders)(silent)
    assert done.faults == []
    expected = load(None, LOADER, [NETWORK], dry_run=True, home=tmp_path)
    tables = [vars(tally) for tally in expected.tables]
    for report in (dry.reports[0], done.reports[0]):
        assert sorted(map(str, (vars(t) for t in report.tables))) == sorted(map(str, tables))
    assert {entry.source["id"] for entry in space.store.held()} == set(expected.sources)
    app = opened("data", DAY, part="sources")
    assert app.text[0].value.startswith(f"{len(expected.sources)} sources")


def test_a_table_of_no_format_gets_a_draft_of_a_mapping(space: Workspace) -> None:
    table = io.BytesIO(b"Factory,Town,Land\nZorvex Mulvari,Dhaka,Bangladesh\nQuellan Mills,Dhaka,Bangladesh\n")
    seen = work.look(space.settings.home, [("who.csv", table), ("x.csv", io.BytesIO(b"a,b\n1,2\n"))])(silent)
    drafts = {group.files[0].name: group for group in seen.groups}
    assert drafts["who.csv"].format == drafts["x.csv"].format == "mapping"
    assert "Factory" in drafts["who.csv"].draft
    assert drafts["x.csv"].fault


def test_what_is_no_table_is_refused_and_not_kept(space: Workspace) -> None:
    folder = space.settings.home / "uploads"
    before = set(folder.iterdir()) if folder.exists() else set()
    with pytest.raises(InputError, match="looks like a PDF"):
        work.look(space.settings.home, [("x.csv", io.BytesIO(b"%PDF-1.7"))])(silent)
    assert set(folder.iterdir()) == before


def test_a_rejected_row_is_corrected_and_loaded_alone(space: Workspace) -> None:
    rows = f"id,name,country\nA,Zorvex Mill,XX\nB,{HOSTILE},ZZ\nC,Quellan,MY\n"
    seen = work.look(space.settings.home, [("facilities.csv", io.BytesIO(rows.encode()))])(silent)
    done = work.load([work.Order("tables", seen.groups[0].files, Options())])(silent)
    path = done.reports[0].rejects
    assert path
    app = opened("data", DAY, part="rejects")
    assert "onerror" not in everything(app)
    shown = work.rejected(path)
    assert shown["value"].tolist() == ["XX", "ZZ"]
    corrected = shown[shown["value"] == "XX"].assign(value="BD")
    again = work.correct(path, corrected)(silent)
    assert [(t.read, t.loaded, t.rejected) for t in again.reports[0].tables] == [(1, 1, 0)]
    known = space.graph()["Facility"].set_index("id")["country"]
    assert known.to_dict() == {"A": "BD", "C": "MY"}


def test_a_source_is_forgotten_after_its_id_was_written(space: Workspace) -> None:
    work.load([work.Order("tables", sorted(NETWORK.glob("*.csv")), Options())])(silent)
    source = next(e.source["id"] for e in space.store.held() if "findings" in e.source["id"])
    would, _ = work.forget(source, dry_run=True)(silent)
    assert source in {entry.source["id"] for entry in space.store.held()}
    gone, changed = work.forget(source, dry_run=False)(silent)
    assert gone == would
    assert changed is not None
    assert source not in {entry.source["id"] for entry in space.store.held()}
    assert space.graph()["Finding"].empty


def test_a_finding_of_the_team_is_written_by_form_and_withdrawn(space: Workspace) -> None:
    work.load([work.Order("tables", sorted(NETWORK.glob("*.csv")), Options())])(silent)
    app = opened("data", DAY, part="findings")
    fields = {field.label: field for field in app.text_input}
    fields["Id of the site or company"].input("F2")
    fields["Where it stands (title or address)"].input("javascript:alert(1)")
    next(one for one in app.date_input if one.label == "First day").set_value(dt.date(2021, 1, 1))
    next(one for one in app.button if one.label == "Write it down").click()
    app.run()
    ran(app)
    (row,) = findings.own_findings(space.graph()).to_dict("records")
    assert (row["subject_id"], row["valid_from"], row["authority"]) == ("F2", "2021-01-01", people.me().name)
    assert row["source_title"] == "javascript:alert(1)"
    assert any("is kept" in text.value for text in app.text)
    work_again = findings._work({"id": row["id"], "status": "retracted", "authority": "ada"}, "2021-07-01")
    assert work_again(silent)["changed"]
    assert findings.own_findings(space.graph())["status"].tolist() == ["retracted"]


def test_a_finding_that_says_too_little() -> None:
    said = dict.fromkeys(("subject_id", "subject_name", "valid_from", "source_title", "source_url"))
    assert len(findings.missing_of(said)) == 3
    said |= {"subject_id": "F1", "subject_name": "x", "valid_from": "2021-01-01", "source_url": "https://x.example"}
    assert findings.missing_of(said) == ["either the id or the name of whom it is about"]


def test_the_page_without_rights_and_on_an_empty_store(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("sources", "rejects", "lists", "log", "findings"):
        app = opened("data", DAY, part=part)
        assert app.info or app.text
    monkeypatch.setattr(people, "may_write", lambda: False)
    app = opened("data", DAY, part="load")
    assert "needs the role of an analyst" in app.info[0].value
    lists = opened("data", DAY, part="lists")
    assert not [one for one in lists.button if one.label == "Fetch and load"]


def test_nothing_is_fetched_before_somebody_agrees(space: Workspace) -> None:
    app = opened("data", DAY, part="lists")
    button = next(one for one in app.button if one.label == "Fetch and load")
    assert button.disabled
    assert "Nothing else in this app leaves the machine" in app.text[0].value


def test_tables_of_sources_and_rejects() -> None:
    load_ = {
        "tables": [{"read": 5, "loaded": 3, "merged": 1, "rejected": 1}],
        "rejects": "/h/r.csv",
        "loaded_at": "2026",
    }
    row = {
        **dict.fromkeys(("publisher", "licence", "retrieved_at", "age_days", "format", "sha256")),
        "id": "x", "title": None, "records": {"links": 3, "lists": 1}, "load": load_,
    }  # fmt: skip
    (shown,) = sources.source_table([row]).to_dict("records")
    assert (shown["title"], shown["records"], shown["read"], shown["rejected"]) == ("x", 4, 5, 1)
    assert sources.reject_files([row]) == {Path("/h/r.csv"): "x: 1 row, 2026"}
    assert sources.source_table([]).empty
    assert isinstance(sources.source_table([]), pd.DataFrame)
