"""What-if and snapshots on a real store: what the address says, what is written, who may write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graph_core import plans
from graph_core.day import Day, Parameters
from graph_core.graph import Graph
from graph_core.model import ActionStatus
from graph_core.plans import Action
from graph_core.roles import Role
from graph_core.scenario import HARM, Clean, Drop, Scenario
from graph_core.settings import Settings
from graph_core.snapshot.build import build
from graph_core.snapshot.verify import snapshots
from graph_core.ui import people, state, tables
from graph_core.ui.frozen import coverage_csv
from graph_core.workspace import Workspace
from tests.commands import Commands
from tests.conftest import emptied
from tests.ui.shown import component, has

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "graph_core" / "ui" / "pages"
DAY = dt.date(2021, 6, 30)
HOSTILE = '<img src=x onerror="window.hacked=1">'
#: Ids hold what steers an address, names hold markup.
FILES = {
    "organizations.csv": "id,name,country,roles\nbrand:X,Brand,,brand\nY,Other brand,,brand\n",
    "facilities.csv": (
        'id,name,country\nF,Mill F,CN\nG,Mill G,CN\n"A:1=2,%3A&","' + HOSTILE.replace('"', '""') + '",VN\nB,Mill B,VN\n'
    ),
    "links.csv": (
        "supplier_id,buyer_id,share,volume,unit\n"
        'F,"A:1=2,%3A&",0.5,30,t\nF,B,0.2,10,t\nG,B,0.3,,\n'
        '"A:1=2,%3A&",brand:X,0.4,5,t\nB,brand:X,0.6,8,t\n"A:1=2,%3A&",Y,1,15,t\n'
    ),
    "findings.csv": "id,subject_id,kind,category,severity\nf1,F,order,forced_labour,1\nf2,G,order,forced_labour,0.5\n",
}
ODD = "A:1=2,%3A&"
Open = Callable[..., AppTest]


@pytest.fixture
def shown(
    embedded_settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Workspace]:
    """A real store with a small network, which the app reads and writes."""
    commands = Commands(emptied(embedded_settings), capsys, monkeypatch)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert commands("load", "tables", str(tmp_path)).code == 0
    opened: list[Workspace] = []

    def new() -> Workspace:
        opened.append(Workspace(embedded_settings))
        return opened[-1]

    monkeypatch.setattr(state, "open_workspace", new)
    st.cache_resource.clear()
    yield state.workspace()
    st.cache_resource.clear()
    for snapshot in snapshots(embedded_settings.home)[0]:
        for file in snapshot.folder.iterdir():
            file.unlink()
        snapshot.folder.rmdir()


@pytest.fixture
def open_page(shown: Workspace) -> Open:
    """Run the app on a page."""

    def run(page: str = "what_if", **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.session_state["asof"] = DAY
        app.run()  # only then are pages known whose address is not their file's name
        for name, value in query.items():
            app.query_params[name] = value
        app.switch_page(str(PAGES / f"{page}.py"))
        app.run()
        assert not app.exception
        return app

    return run


def figures(app: AppTest) -> dict[str, list[str]]:
    rows = component(app, "before_after")["rows"]
    return {row["name"]: [cell["text"].replace("\u00a0", " ") for cell in row["cells"]] for row in rows}


def kept(workspace: Workspace) -> dict[str, Scenario]:
    return plans.scenarios(plans.recorded(workspace.store))


def actions(workspace: Workspace) -> list[Action]:
    return plans.actions(plans.recorded(workspace.store))


def test_without_a_figure_the_reason_is_said_and_what_helps(open_page: Open) -> None:
    app = open_page(brand="brand:X")
    app.session_state["classes"] = ["region"]
    app.run()
    assert app.info[0].value == (
        "Named and ownership flags are left out: choose one of them above. Without a figure nothing can be supposed."
    )


def test_nothing_is_supposed_at_first(open_page: Open) -> None:
    app = open_page(brand="brand:X")
    assert not has(app, "before_after")
    assert any("Nothing is changed yet" in one.value for one in app.caption)
    table = component(app, "leverage_table")
    # By hand: A passes 0.5 of 0.4, B 0.2 and half of 0.3 of 0.6, F is at 0.5 x 0.4 + 0.2 x 0.6.
    falls = {row["key"]: row["cells"][1]["text"].replace("\u00a0", " ") for row in table["rows"]}
    assert falls == {"F": "32.0 %", "B": "21.0 %", ODD: "20.0 %", "G": "9.0 %"}
    assert component(app, "leverage_table")["rows"][2]["cells"][0]["text"].startswith("<img")


def test_the_address_holds_any_id_and_every_kind(open_page: Open) -> None:
    odd = "A%3A1%3D2,%253A&"
    app = open_page(brand="brand:X", clean="B", drop=f"{odd}:brand%3AX")
    # By hand: all of the figure passes A (left) and B (clean).
    assert figures(app)["Flagged"] == ["41.0 %", "0.0 %", "-41.0 points"]
    assert figures(app)["Unmapped"] == ["50.0 %", "70.0 %", "+20.0 points"]
    assert [one.value for one in app.warning] == [HARM]
    assert len(component(app, "change_list")["rows"]) == 2


def test_other_brands_that_change_are_named(open_page: Open) -> None:
    others = component(open_page(brand="brand:X", flag="F=0"), "other_brands")
    cells = [cell["text"].replace("\u00a0", " ") for cell in others["rows"][0]["cells"]]
    assert cells == ["Other brand", "50.0 %", "0.0 %", "-50.0 points"]
    assert others["rows"][0]["cells"][0]["set"] == {"brand": "Y"}


def test_what_cannot_be_read_is_named_and_nothing_is_worked_out(open_page: Open) -> None:
    app = open_page(brand="brand:X", clean=["nobody", "B"], flag="F=much")
    notes = " ".join(row["cells"][0]["note"] for row in component(app, "change_list")["rows"])
    assert "no organization or facility has the id or name 'nobody'" in notes
    assert "F=much" in notes
    assert not has(app, "before_after")
    app = open_page(brand="brand:X", clean="F", flag="F=0")
    assert any("contradict" in one.value for one in app.text)
    app = open_page(brand="brand:X", verify="B:brand%3AX=0.9")
    assert any("more than 1" in one.value for one in app.text)


def test_keep_open_and_compare(open_page: Open, shown: Workspace) -> None:
    day = state.View(DAY.isoformat(), inferred=True).day()
    app = open_page(brand="brand:X", clean="B")
    app.text_input(key="scenario_name").input("Remedy at B")
    next(one for one in app.button if one.label == "Keep").click().run()
    assert not app.exception
    assert kept(shown) == {"Remedy at B": Scenario((Clean("B"),), "Remedy at B")}
    assert state.View(DAY.isoformat(), inferred=True).day() is day  # figures stay: the graph is the same
    with shown.writing() as store:
        versions = plans.keep_scenario(store, Scenario((Drop("B", "brand:X"),), HOSTILE), "somebody", "2021-06-30")
    shown.stays(*versions)
    app = open_page(brand="brand:X", part="kept scenarios")
    rows = component(app, "kept_list")["rows"]
    assert {row["key"] for row in rows} == {"Remedy at B", HOSTILE}
    app = open_page(brand="brand:X", compare=["Remedy at B", HOSTILE])
    assert figures(app)["Flagged"] == ["41.0 %", "20.0 %", "-21.0 points", "20.0 %", "-21.0 points"]
    assert figures(app)["Unmapped"][1:] == ["50.0 %", "same", "80.0 %", "+30.0 points"]
    assert HARM in [one.value for one in app.warning]


def test_a_name_that_cannot_be_kept_is_refused(open_page: Open, shown: Workspace) -> None:
    app = open_page(brand="brand:X", clean="B")
    next(one for one in app.button if one.label == "Keep").click().run()
    assert any("cannot be the name of a scenario" in one.value for one in app.text)
    assert kept(shown) == {}


def test_a_viewer_reads_and_keeps_nothing(open_page: Open, shown: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "me", lambda: people.Person("A viewer", Role.VIEWER))
    app = open_page(brand="brand:X", clean="B")
    assert not [one for one in app.button if one.label == "Keep"]
    assert any("keep nothing" in one.value for one in app.caption)
    app = open_page(brand="brand:X", part="actions")
    assert not [one for one in app.button if one.label == "Write it down"]
    app = open_page("snapshots")
    assert not [one for one in app.button if one.label == "Build"]
    assert figures(open_page(brand="brand:X", clean="B"))["Flagged"][1] == "20.0 %"


def test_an_action_is_written_changed_and_overdue(open_page: Open, shown: Workspace) -> None:
    with shown.writing() as store:
        shown.stays(*plans.keep_scenario(store, Scenario((Clean("B"),), "Remedy at B"), "me", "2021-01-01"))
    app = open_page(brand="brand:X", part="actions")
    app.text_input(key="action_title").input("Ask B for its payroll")
    app.date_input(key="action_due").set_value(dt.date(2021, 6, 1))
    app.selectbox(key="action_scenario").select("Remedy at B")
    next(one for one in app.button if one.label == "Write it down").click().run()
    assert not app.exception
    (action,) = actions(shown)
    assert (action.title, action.due, action.scenario) == ("Ask B for its payroll", "2021-06-01", "Remedy at B")
    assert action.baseline
    assert action.baseline["brands"][0]["score"] == pytest.approx(0.41)
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["overdue"], row["expected"].replace("\u00a0", " ")) == ("overdue", "-21.0 points (as of 2021-06-30)")
    assert row["since"].replace("\u00a0", " ") == "same, now 41.0 % (since 2021-06-30)"
    assert any("1 overdue" in one.value for one in app.text)
    # Overdue is by today, and before the day of the recorded figure there is no change since.
    app.session_state["asof"] = dt.date(2021, 5, 1)
    app.run()
    (row,) = app.dataframe[0].value.to_dict("records")
    assert row["overdue"] == "overdue"
    assert row["since"].replace("\u00a0", " ") == "–, now 41.0 % (since 2021-06-30)"


def test_costs_stay_with_the_parties_they_were_typed_for(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(brand="brand:X", part="whom to engage")
    table = app.dataframe[0]
    app.session_state["asof"] = dt.date(2021, 7, 1)
    app.run()
    assert app.dataframe[0].value["party"].tolist() == table.value["party"].tolist()
    assert app.dataframe[0].proto.id == table.proto.id
    found = Day.leverage
    monkeypatch.setattr(Day, "leverage", lambda *asked: found(*asked)[::-1])
    app.session_state["asof"] = dt.date(2021, 7, 2)
    app.run()
    assert app.dataframe[0].value["party"].tolist() == table.value["party"].tolist()[::-1]
    assert app.dataframe[0].proto.id != table.proto.id


def test_edits_of_actions() -> None:
    from graph_core.ui.scenario import actions as page

    row = {
        "id": "a", "title": "T", "owner": "O", "due": "2021-06-01", "status": "open", "overdue": True, "figures": [],
        "scenario": None, "note": None, "expected_as_of": None, "recorded": {"as_of": None},
    }  # fmt: skip
    before = page.table([row])
    after = before.assign(
        status="done", due=[dt.date(2021, 7, 1)], note=pd.Series([None], dtype=object), expected="forged"
    )
    assert page.changes(before, before.copy()) == {}
    assert page.changes(before, after) == {0: {"due": "2021-07-01", "status": "done", "note": None}}
    assert page._values({"status": "done", "note": "", "owner": None}) == {
        "status": ActionStatus.DONE, "note": None, "owner": "",
    }  # fmt: skip


def test_build_open_and_compare_a_snapshot(open_page: Open, shown: Workspace) -> None:
    app = open_page("snapshots")
    assert any("No snapshot yet" in one.value for one in app.info)
    app.text_input(key="preparer").input(HOSTILE)
    next(one for one in app.button if one.label == "Build").click().run()
    for _ in range(100):
        if snapshots(shown.settings.home)[0]:
            break
        app.run()
    app.run()
    (snapshot,) = snapshots(shown.settings.home)[0]
    app = open_page("snapshots", snapshot=snapshot.id[:8])
    facts = {name: runs[0] for name, runs in component(app, "frame_facts")["blocks"][0]["items"]}
    assert facts["Prepared by"] == HOSTILE
    assert facts["Id"] == snapshot.id
    cells = {row["key"]: row["cells"] for row in component(app, "frozen_brands")["rows"]}
    assert cells["brand:X"][3]["text"].replace("\u00a0", " ") == "41.0 %"
    exposures, coverage = snapshot.document("exposure"), snapshot.document("coverage")
    frozen = tables.overview_csv(exposures, None, None)
    assert dict(zip(frozen["brand_id"], frozen["score"], strict=True))["brand:X"] == pytest.approx(0.41)
    rows = {row["brand_id"]: row for row in coverage_csv(coverage).to_dict("records")}
    assert (rows["brand:X"]["suppliers"], rows["brand:X"]["deepest_tier"]) == (2, 2)
    assert {one.label for one in app.download_button} >= {"Table as CSV"}
    app = open_page("snapshots", **{"snapshot": snapshot.id, "with": "now", "brand": "brand:X"})
    lines = [item[0] for item in component(app, "differs")["blocks"][0]["items"]]
    assert lines[0] == "Both rest on the same data."
    rows = component(app, "two_bars")["rows"]
    assert [cell["text"].replace("\u00a0", " ") for cell in rows[0]["cells"]] == ["41.0 %", "41.0 %", "same"]


def test_a_snapshot_of_no_brand_opens(open_page: Open, shown: Workspace) -> None:
    day = Day(Graph(), Parameters(DAY.isoformat()))
    snapshot = build(day, [], shown.settings.home / "snapshots" / "bare")
    app = open_page("snapshots", snapshot=snapshot.id)
    assert not [one for one in app.subheader if one.value == "This page failed"]
    assert any("held no brand" in one.value for one in app.text)


def test_the_threshold_stands_in_the_address(open_page: Open) -> None:
    app = open_page(brand="brand:X", part="whom to engage")
    assert app.number_input(key="under").value == 20.5
    app.number_input(key="under").set_value(12.0).run()
    assert app.query_params["under"] == ["12"] or app.query_params["under"] == "12"
    assert open_page(brand="brand:X", part="whom to engage", under="12").number_input(key="under").value == 12.0
    assert open_page(brand="brand:X", part="whom to engage", under="-3").number_input(key="under").value == 20.5
    app.selectbox(key="brand_choice").select("Y").run()
    assert not app.query_params.get("under")


def test_a_changed_snapshot_is_named_and_shows_no_figures(open_page: Open, shown: Workspace) -> None:
    day = state.View(DAY.isoformat(), inferred=True).day()
    folder = shown.settings.home / "snapshots" / "mine"
    snapshot = build(day, shown.sources(), folder)
    (folder / "exposure.json").write_text("[]")
    app = open_page("snapshots", snapshot=snapshot.id)
    assert any("not what was frozen" in one.value for one in app.error)
    assert any("exposure.json was changed" in one.value for one in app.text)
    assert not has(app, "frozen_brands")
    assert component(app, "snapshot_list")["rows"][0]["cells"][-1]["text"] == "changed"
    app = open_page("snapshots", snapshot="ffff")
    assert any("not here" in one.value for one in app.subheader)
