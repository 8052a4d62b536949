"""The page Data on a real store: files in, rejects corrected, sources forgotten, findings written and withdrawn."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_core.errors import InputError
from graph_core.settings import Settings
from graph_core.ui import jobs, people
from graph_core.ui.data import findings, sources, work
from graph_core.ui.data import load as load_page
from graph_core.workspace import Workspace
from loaders.base import Options, Tally
from loaders.formats.tables import LOADER
from loaders.pipeline import LoadReport, load
from tests.conftest import emptied
from tests.ui.conftest import NETWORK
from tests.ui.real_store import app_on, choosing, counting, opened, press, ran
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


def loaded() -> None:
    work.load([work.Order("tables", sorted(NETWORK.glob("*.csv")), Options())])(silent)


def a_load() -> work.Done:
    """What came of a load of three rows."""
    report = LoadReport("tables", ["s"], [Tally("facilities", 3, 3, 0, 0)], None, {}, False, False, [])
    return work.Done([report])


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
    assert "onerror" not in everything(app), "what the rows say stands in the table alone, as plain cells"
    assert [HOSTILE.strip('"') in row for row in app.dataframe[0].value["row"]] == [False, True]
    shown = work.rejected(path)
    assert shown["value"].tolist() == ["XX", "ZZ"]
    corrected = shown[shown["value"] == "XX"].assign(value="BD")
    again = work.correct(path, corrected)(silent)
    assert [(t.read, t.loaded, t.rejected) for t in again.reports[0].tables] == [(1, 1, 0)]
    known = space.graph()["Facility"].set_index("id")["country"]
    assert known.to_dict() == {"A": "BD", "C": "MY"}


def test_a_source_is_forgotten_after_its_id_was_written(space: Workspace) -> None:
    loaded()
    source = next(e.source["id"] for e in space.store.held() if "findings" in e.source["id"])
    would, _ = work.forget(source, dry_run=True)(silent)
    assert source in {entry.source["id"] for entry in space.store.held()}
    gone, changed = work.forget(source, dry_run=False)(silent)
    assert gone == would
    assert changed is not None
    assert source not in {entry.source["id"] for entry in space.store.held()}
    assert space.graph()["Finding"].empty


def test_a_finding_of_the_team_is_written_by_form_and_withdrawn(space: Workspace) -> None:
    loaded()
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
    empty = {
        "sources": "Nothing is loaded yet. Load files above, or a public list.",
        "rejects": "No load has rejected rows.",
        "log": "Nothing was ever loaded.",
        "findings": "The team has written down no finding.",
    }
    for part, words in empty.items():
        app = opened("data", DAY, part=part)
        assert [one.value for one in (*app.info, *app.text)] == [words]
        assert not app.error
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
    none = sources.source_table([])
    assert (len(none), list(none.columns)) == (0, list(shown))


# --- in the page ------------------------------------------------------------------------------------------------


def test_what_somebody_else_loads_is_not_told_as_ones_own(space: Workspace) -> None:
    app = opened("data", DAY, part="lists")
    for flag in ("loading", "forgotten", "correcting", "fetching"):
        app.session_state[flag] = "of a job that was cancelled"
    assert jobs.start(jobs.LOAD, "Loading 1 file", lambda report: a_load())  # in no session of the app
    for part in ("lists", "load", "sources", "rejects"):
        app.query_params["part"] = part
        ran(app)
        assert "This page failed" not in [one.value for one in app.subheader]
        assert not [one.value for one in app.text if "3 rows read" in one.value]
        assert "Loaded" not in [one.value for one in app.subheader]
    assert jobs.of(jobs.LOAD), "whoever began it will be told"


def test_what_one_fetches_is_told(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "fetch", lambda one: lambda report: a_load())
    app = opened("data", DAY, part="lists")
    next(one for one in app.checkbox if one.label.startswith("Send a request")).check().run()
    press(app, "fetch")
    assert [one.value for one in app.text if "3 rows read = 3 loaded" in one.value]


def test_forgetting_from_the_page(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded()
    chosen = choosing(monkeypatch, "sources_")
    app = opened("data", DAY, part="sources")
    table = app.dataframe[0].value
    chosen[:] = [next(number for number, one in enumerate(table["id"]) if "findings" in one)]
    source = table["id"].iloc[chosen[0]]
    app.run()
    press(app, "forget_dry")
    assert [one.value for one in app.text if "3 records would go" in one.value]
    app.text_input(key=f"typed_{source}").input(source).run()
    assert not app.button(key="forget_now").disabled
    more = work.look(space.settings.home, [("facilities.csv", io.BytesIO(b"id,name,country\nZ,Zed,BD\n"))])(silent)
    work.load([work.Order("tables", more.groups[0].files, Options())])(silent)
    chosen[:] = [next(number for number, one in enumerate(app.dataframe[0].value["id"]) if one == source)]
    ran(app)
    assert not [one for one in app.button if one.key == "forget_now"], "what would go has to be seen anew"
    press(app, "forget_dry")
    app.text_input(key=f"typed_{source}").input(source).run()
    app.button(key="forget_now").click().run()
    chosen.clear()
    ran(app)
    assert source not in {entry.source["id"] for entry in space.store.held()}
    assert [one.value for one in app.text if "3 records went" in one.value]
    app.run()
    assert not [one.value for one in app.text if "records went" in one.value], "told once"


def test_rows_that_moved_are_another_table_so_that_no_choice_stays(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded()
    said = {"subject_id": "F2", "category": "forced_labour", "source_title": "x", "authority": "ana"}
    findings._work(said | {"valid_from": "2021-01-01"}, "2021-07-01")(silent)
    chosen = choosing(monkeypatch, "own_findings")
    app = opened("data", DAY, part="findings")
    before = app.dataframe[0].proto.id
    chosen[:] = [0]
    app.run()
    assert app.dataframe[0].proto.id == before
    assert "To be withdrawn: forced labour, F2, from 2021-01-01." in [one.value for one in app.text]
    findings._work(said | {"valid_from": "2020-02-02"}, "2021-07-01")(silent)
    ran(app)
    assert app.dataframe[0].proto.id != before


def test_a_dry_run_is_shown_for_what_it_was_made_of(space: Workspace) -> None:
    app = opened("data", DAY, part="load")
    table = b"Factory,Town,Land\nZorvex Mulvari,Dhaka,Bangladesh\nQuellan Mills,Dhaka,Bangladesh\n"
    app.file_uploader[0].set_value([("who.csv", table, "text/csv")])
    ran(ran(app))
    brand = next(one for one in app.text_input if one.label == "Brand")
    brand.input("Northfold").run()
    press(app, "dry_run")

    def told() -> list[str]:
        return [one.value for one in app.text if one.value.startswith("Dry run, nothing is written")]

    assert told()
    brand.input("Another brand").run()
    assert not told()
    brand.input("Northfold").run()
    assert told()
    mapping = app.text_area[0]
    mapping.input(f"{mapping.value}\n# another text").run()
    assert not told()


def test_a_mapping_is_kept_when_it_changes_and_not_in_every_run(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("data", DAY, part="load")
    table = b"Factory,Town,Land\nZorvex Mulvari,Dhaka,Bangladesh\nQuellan Mills,Dhaka,Bangladesh\n"
    app.file_uploader[0].set_value([("who.csv", table, "text/csv")])
    ran(ran(app))
    done = counting(monkeypatch, (load_page, "parse_mapping"), (Path, "write_text"))
    app.run()
    assert done == []
    app.text_area[0].input(f"{app.text_area[0].value}\n# another text").run()
    assert done == ["parse_mapping", "write_text"]
    (path,) = (space.settings.home / "uploads").rglob("*.mapping.yaml")
    assert path.read_text(encoding="utf-8").endswith("# another text")


def test_rejected_rows_are_read_once(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = work.look(space.settings.home, [("facilities.csv", io.BytesIO(b"id,name,country\nA,Mill,XX\nB,Gin,BD\n"))])(
        silent
    )
    work.load([work.Order("tables", seen.groups[0].files, Options())])(silent)
    done = counting(monkeypatch, (work, "rejected"))
    app = opened("data", DAY, part="rejects")
    app.run()
    assert done == ["rejected"]
