"""`tiertrace what-if`, `leverage` and `action` on both stores: figures, kept scenarios, and what outlives what."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph_core.belief import load_graph
from graph_core.derive import derive
from graph_core.scenario import HARM
from graph_core.settings import Settings
from graph_core.store.open import open_store
from tests.commands import Commands

FILES = {
    "organizations.csv": "id,name,country,roles\nbrand:X,Brand,,brand\nY,Other brand,,brand\n",
    "facilities.csv": "id,name,country\nF,Mill F,CN\nG,Mill G,CN\nA,Mill A,VN\nB,Mill B,VN\nH,Mill H,VN\n",
    "links.csv": (
        "supplier_id,buyer_id,share,volume,unit\n"
        "F,A,0.5,30,t\nF,B,0.2,10,t\nG,B,0.3,,\nA,brand:X,0.4,5,t\nB,brand:X,0.6,8,t\nA,Y,1,15,t\n"
    ),
    "findings.csv": (
        "id,subject_id,kind,category,severity\nf1,F,order,forced_labour,1\nf2,G,order,forced_labour,0.5\n"
    ),
}
DAY = ("--as-of", "2021-06-30")


@pytest.fixture
def loaded(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Commands:
    commands = Commands(store_settings, capsys, monkeypatch)
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    assert commands("load", "tables", str(folder)).code == 0
    return commands


def found(commands: Commands, *arguments: str) -> Any:
    done = commands(*arguments, *DAY, "--format", "json")
    assert done.code == 0, done.err
    return done.json()


def hashes(settings: Settings) -> set[str]:
    """Of the graph beside the store, in it, and derived from its records."""
    with closing(open_store(settings, write=False)) as store:
        cached = load_graph(store, settings.home, lambda: closing(open_store(settings, write=True)))
        assert store.version().records == store.version().derived
        return {cached.hash, store.read_graph().hash, derive(store.read_records()).hash}


def test_figures_before_and_after(loaded: Commands) -> None:
    for arguments, score, unmapped in (
        (["--clean", "A"], 0.21, 0.5),
        (["--flag", "F=0"], 0.09, 1.0 - 0.4 * 0.5 - 0.6 * 0.5),
        (["--drop", "A:brand:X"], 0.21, 0.7),  # ids may hold colons
        (["--drop", "mill a:Brand"], 0.21, 0.7),
        (["--replace", "F:H"], 0.09, 0.5),
        (["--verify", "A:brand:X=0.3"], 0.36, 0.55),
        (["--clean", "A", "--drop", "B:brand:X"], 0.0, 0.4 * 0.5 + 0.6),
    ):
        row = found(loaded, "what-if", "Brand", *arguments)
        assert row["before"]["score"] == pytest.approx(0.41)
        assert row["after"]["score"] == pytest.approx(score), arguments
        assert row["after"]["unmapped"] == pytest.approx(unmapped), arguments
        assert row["difference"]["score"] == pytest.approx(score - 0.41)
    assert {row["brand"]["id"] for row in found(loaded, "what-if", "Brand", "--clean", "A")["changed"]} == {
        "brand:X",
        "Y",
    }


def test_leaving_a_supplier_carries_its_warning(loaded: Commands) -> None:
    for arguments in (["--drop", "A:brand:X"], ["--replace", "F:G"]):
        assert found(loaded, "what-if", "Brand", *arguments)["warning"] == HARM
        shown = loaded("what-if", "Brand", *arguments, *DAY)
        assert HARM in shown.err
    assert HARM not in loaded("what-if", "Brand", "--clean", "A", *DAY).err


def test_a_person_sees_what_changes(loaded: Commands) -> None:
    shown = loaded("what-if", "Brand", "--clean", "A", *DAY)
    assert shown.code == 0
    assert "Supposed: Mill A (A) becomes clean" in shown.out
    lines = [line.split() for line in shown.out.splitlines()]
    assert ["Flagged", "41.0", "%", "21.0", "%", "-20.0", "points"] in lines
    assert ["Other", "brand", "50.0", "%", "0.0", "%"] in lines
    rows = list(csv.DictReader(io.StringIO(loaded("what-if", "Brand", "--clean", "A", *DAY, "--format", "csv").out)))
    assert (rows[0]["figure"], float(rows[0]["difference"])) == ("score", pytest.approx(-0.2))


def test_scenarios_are_kept_composed_and_compared(loaded: Commands) -> None:
    before = hashes(loaded.settings)
    assert loaded("what-if", "Brand", "--clean", "F", "--save", "remedy", *DAY).code == 0
    assert loaded("what-if", "Brand", "--drop", "B:brand:X", "--save", "leave", *DAY).code == 0
    assert hashes(loaded.settings) == before
    both = found(loaded, "what-if", "Brand", "--scenario", "remedy", "--scenario", "leave")
    assert (both["scenario"]["name"], both["after"]["score"]) == ("remedy + leave", 0.0)
    one, other = found(loaded, "what-if", "Brand", "--compare", "remedy", "leave")
    assert (one["after"]["score"], other["after"]["score"]) == pytest.approx((0.09, 0.2))
    table = loaded("what-if", "Brand", "--compare", "remedy", "leave", *DAY)
    assert "remedy" in table.out
    assert "-32.0 points" in table.out
    assert HARM in table.err
    assert loaded("what-if", "Brand", "--clean", "G", "--save", "remedy", *DAY).code == 0
    kept = loaded("what-if", "--list", "--format", "json").json()
    assert [row["name"] for row in kept] == ["leave", "remedy"]
    assert kept[1]["changes"] == [{"kind": "clean", "party": "G"}]
    with closing(open_store(loaded.settings, write=False)) as store:
        (plans,) = store.read_records("plans")
    assert plans.frames["scenarios"]["name"].tolist() == ["remedy", "leave", "remedy"]  # nothing is overwritten


def test_plans_outlive_loads_and_other_sources(loaded: Commands, tmp_path: Path) -> None:
    assert loaded("what-if", "Brand", "--clean", "F", "--save", "remedy", *DAY).code == 0
    assert loaded("action", "add", "Talk", "--owner", "Ana", "--scenario", "remedy", *DAY).code == 0
    (tmp_path / "in" / "findings.csv").write_text(FILES["findings.csv"].replace("0.5", "0.25"))
    assert loaded("load", "tables", str(tmp_path / "in")).code == 0
    sources = loaded("sources", "--format", "json").json()
    findings = next(row["id"] for row in sources if "findings.csv" in row["id"])
    assert loaded("forget", findings).code == 0
    (action,) = found(loaded, "action", "list")
    assert action["scenario"] == "remedy"
    assert len(hashes(loaded.settings)) == 1
    refused = loaded("forget", "plans")
    assert refused.code == 3
    assert "tiertrace action update" in refused.err


#: Arguments, exit code, and what is said.
MISTAKES: list[tuple[list[str], int, str]] = [
    ([], 2, "name the BRAND"),
    (["Brand"], 2, "nothing changes"),
    (["Brand", "--clean", "Mill Z"], 3, "no organization or facility"),
    (["Brand", "--flag", "F"], 2, "--flag ID=S"),
    (["Brand", "--flag", "F=2"], 3, "has to lie in 0..1"),
    (["Brand", "--flag", "F=0", "--clean", "F"], 3, "contradict each other"),
    (["Brand", "--drop", "A"], 2, "two ids with a colon"),
    (["Brand", "--drop", "A:Z"], 3, "'Z'"),
    (["Brand", "--drop", "F:brand:X"], 3, "no source says that 'F' delivers to 'brand:X'"),
    (["Brand", "--verify", "A:brand:X=0.5"], 3, "more than 1"),
    (["Brand", "--replace", "F:F"], 3, "by itself"),
    (["Brand", "--scenario", "none"], 3, "no scenario is called 'none'"),
    (["Brand", "--compare", "a", "b", "--clean", "F"], 2, "--compare takes two"),
    (["Brand", "--clean", "F", "--save", " "], 3, "cannot be the name of a scenario"),
    (["Nobody", "--clean", "F"], 3, "no brand"),
]


def test_mistakes_are_named(loaded: Commands) -> None:
    for arguments, code, message in MISTAKES:
        done = loaded("what-if", *arguments, *DAY)
        assert done.code == code, arguments
        assert message in done.err, arguments
        assert "Traceback" not in done.err


def test_leverage_of_a_brand_and_over_a_site(loaded: Commands) -> None:
    rows = found(loaded, "leverage", "Brand", "--top", "3")
    assert [(row["id"], round(row["leverage"], 9)) for row in rows] == [("F", 0.32), ("B", 0.21), ("A", 0.2)]
    # F: 3/4 to A, of which a quarter goes to Brand; 1/4 to B, all of it to Brand.
    assert rows[0]["deliveries"] == pytest.approx(0.75 * 0.25 + 0.25)
    site = found(loaded, "leverage", "Brand", "--site", "Mill F", "--together", "60")
    assert [(row["name"], row["share"]) for row in site["brands"]] == [
        ("Other brand", pytest.approx(0.5625)),
        ("Brand", pytest.approx(0.4375)),
    ]
    assert site["together"]["brands"] == ["Y", "brand:X"]
    shown = loaded("leverage", "Brand", "--site", "F", *DAY)
    assert "asked for" in shown.out
    assert "56.3 %" in shown.out or "56.2 %" in shown.out
    assert "Mill F" in loaded("leverage", "Brand", *DAY).out
    unknown = found(loaded, "leverage", "Brand", "--site", "H")
    assert unknown["reason"] == "no delivery of it is known on this day"


#: Trader T delivers to two brands, nobody knows how much to which; Silent has no list.
HIDDEN = {
    "organizations.csv": "id,name,roles\nV,Veiled,brand\nW,Wrapped,brand\nS,Silent,brand\nT,Trader,trader\n",
    "links.csv": "supplier_id,buyer_id,share\nF,T,0.5\nT,V,0.5\nT,W,0.5\n",
}


def load_hidden(commands: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "hidden"
    folder.mkdir()
    for name, text in HIDDEN.items():
        (folder / name).write_text(text)
    (folder / "facilities.csv").write_text("id,name\nM,Mill M\n")
    (folder / "links.csv").write_text(HIDDEN["links.csv"] + "M,T,0.5\n")
    assert commands("load", "tables", str(folder)).code == 0


def test_deliveries_of_which_nobody_knows_where_they_go_are_no_less_than_a_part(
    loaded: Commands, tmp_path: Path
) -> None:
    load_hidden(loaded, tmp_path)
    shown = loaded("leverage", "Veiled", "--site", "M", *DAY)
    assert "buy less than" not in shown.out
    assert (
        "Whether all of them together buy 50.0 % is not known: 0.0 % is known to go to them, and 100.0 %" in shown.out
    )
    rows = [line.split() for line in shown.out.splitlines()]
    assert ["Veiled", "not", "known", "asked", "for"] in rows
    assert ["Wrapped", "not", "known"] in rows
    listed = loaded("leverage", "Veiled", "--site", "M", *DAY, "--format", "csv")
    assert list(csv.DictReader(io.StringIO(listed.out))) == [
        {"brand_id": brand, "brand": name, "share": "", "together": "False"}
        for brand, name in (("V", "Veiled"), ("W", "Wrapped"))
    ]
    silent = loaded("leverage", "Veiled", "--site", "T", *DAY, "--format", "csv")
    assert [row["brand_id"] for row in csv.DictReader(io.StringIO(silent.out))] == ["V", "W"]
    assert "none of its 2 known deliveries has a volume or a value" in silent.err


def test_a_part_is_one_of_known_deliveries(loaded: Commands) -> None:
    shown = loaded("leverage", "Other brand", *DAY)
    assert "Part of its known deliveries" in shown.out
    assert "Deliveries that nobody disclosed are not in it" in " ".join(shown.out.split())


def test_a_brand_without_a_figure_is_at_no_figure(loaded: Commands, tmp_path: Path) -> None:
    load_hidden(loaded, tmp_path)
    refused = loaded("leverage", "Silent", "--under", "5", *DAY)
    assert (refused.code, refused.out) == (3, "")
    assert "Silent has no list in force on 2021-06-30" in refused.err
    for command in (("leverage",), ("paths",), ("attribution",), ("chokepoints",)):
        shown = loaded(*command, "Silent", *DAY)
        assert (shown.code, shown.out) == (0, ""), command
        assert "Silent has no list in force on 2021-06-30: nothing is known of its suppliers" in shown.err, command
        assert "That is not a statement that it is clean." in shown.err, command
    supposed = loaded("what-if", "Silent", "--clean", "F", *DAY)
    assert "Silent has no list in force on 2021-06-30" in supposed.out
    assert "Coverage not stated" not in supposed.out
    sources = loaded("sources", "--format", "json").json()
    assert loaded("forget", next(row["id"] for row in sources if "findings.csv" in row["id"])).code == 0
    refused = loaded("leverage", "Brand", "--under", "5", *DAY)
    assert refused.code == 3
    assert "No finding that counts on a company or site is loaded" in refused.err
    assert "No finding that counts on a company or site is loaded" in loaded("leverage", "Brand", *DAY).err


def test_questions_that_do_not_go_together_are_refused(loaded: Commands) -> None:
    for arguments, message in (
        (["leverage", "Brand", "--together", "40", *DAY], "--together"),
        (["leverage", "Brand", "--site", "F", "--top", "3", *DAY], "--top"),
        (["leverage", "Brand", "--under", "5", "--top", "3", *DAY], "--top"),
        (["what-if", "Brand", "--list"], "--list"),
        (["what-if", "--list", "--clean", "F"], "--list"),
        (["what-if", "--list", "--save", "x"], "--list"),
    ):
        done = loaded(*arguments)
        assert (done.code, message in done.err) == (2, True), arguments


def test_percentages_out_of_range_are_named_as_they_were_written(loaded: Commands) -> None:
    for arguments in (["--under", "150"], ["--under", "-5"], ["--site", "F", "--together", "0"]):
        done = loaded("leverage", "Brand", *arguments, *DAY)
        assert (done.code, f"{arguments[-2]} is {arguments[-1]}" in done.err) == (3, True), done.err


def test_a_threshold_that_is_not_reached_is_said_in_every_format(loaded: Commands, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "findings.csv").write_text("id,subject_id,category,severity\nown,brand:X,forced_labour,0.5\n")
    assert loaded("load", "tables", str(own)).code == 0
    assert found(loaded, "leverage", "Brand", "--under", "5")["reached"] is False
    told = "No set of parties brings Brand to 5.0 %"
    assert told in loaded("leverage", "Brand", "--under", "5", *DAY).out
    assert told in loaded("leverage", "Brand", "--under", "5", *DAY, "--format", "csv").err


def test_every_stated_cost_is_checked(loaded: Commands, tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("id,cost\nH,-1\n")
    done = loaded("leverage", "Brand", "--under", "10", "--costs", str(costs), *DAY)
    assert (done.code, "greater than 0" in done.err) == (3, True)


def test_an_action_that_leaves_a_supplier_carries_its_warning_in_every_list(loaded: Commands) -> None:
    assert loaded("what-if", "Brand", "--drop", "A:brand:X", "--save", "leave", *DAY).code == 0
    assert loaded("action", "add", "Leave A", "--owner", "Ana", "--scenario", "leave", *DAY).code == 0
    assert loaded("action", "list", *DAY).err.count(HARM) == 1


def test_engagements_that_bring_a_brand_under_a_threshold(loaded: Commands, tmp_path: Path) -> None:
    plan = found(loaded, "leverage", "Brand", "--under", "10")
    assert [row["id"] for row in plan["chosen"]] == ["F"]
    assert (plan["after"], plan["cost"], plan["at_least"], plan["reached"]) == (pytest.approx(0.09), 1, 1, True)
    costs = tmp_path / "costs.csv"
    costs.write_text("id,cost\nF,5\n")
    plan = found(loaded, "leverage", "Brand", "--under", "10", "--costs", str(costs))
    assert {row["id"] for row in plan["chosen"]} == {"A", "B"}
    assert (
        "no set that comes to 10.0 % costs less than 2"
        in loaded("leverage", "Brand", "--under", "10", "--costs", str(costs), *DAY).out
    )
    for text, message in (
        ("id,cost\nF,0\n", "greater than 0"),
        ("id\nF\n", "id and cost"),
        ("id,cost\nF,x\n", "line 2"),
    ):
        costs.write_text(text)
        done = loaded("leverage", "Brand", "--under", "10", "--costs", str(costs), *DAY)
        assert (done.code, message in done.err) == (3, True), done.err
    assert loaded("leverage", "Brand", "--under", "150", *DAY).code == 3
    assert loaded("leverage", "Brand", "--under", "5", "--site", "F", *DAY).code == 2
    assert "already" in loaded("leverage", "Brand", "--under", "50", *DAY).out


def test_an_action_is_followed_from_plan_to_figure(loaded: Commands, tmp_path: Path) -> None:
    loaded("what-if", "Brand", "--clean", "F", "--save", "remedy", *DAY)
    (added,) = found(
        loaded, "action", "add", "Remedy at F", "--owner", "Ana", "--due", "2021-06-01", "--scenario", "remedy"
    )
    assert added["overdue"]
    figures = {row["brand"]["id"]: row for row in added["figures"]}
    assert set(figures) == {"brand:X", "Y"}  # those that the scenario changes
    assert figures["brand:X"]["expected_change"] == pytest.approx(-0.32)
    assert (figures["brand:X"]["recorded"], figures["brand:X"]["change"]) == (0.41, 0.0)
    findings = tmp_path / "in" / "findings.csv"
    findings.write_text(FILES["findings.csv"].replace("forced_labour,1", "forced_labour,0.5"))
    assert loaded("load", "tables", str(tmp_path / "in")).code == 0
    assert loaded("action", "update", added["id"][:6], "--status", "done", "--note", "audit of May", *DAY).code == 0
    (now,) = found(loaded, "action", "list", "--status", "done")
    assert (now["owner"], now["note"], now["overdue"]) == ("Ana", "audit of May", False)
    assert now["begun_at"] == added["kept_at"]
    change = {row["brand"]["id"]: row["change"] for row in now["figures"]}
    assert change["brand:X"] == pytest.approx(-0.16)
    out = tmp_path / "snapshot"
    assert loaded("snapshot", "build", *DAY, "--out", str(out)).code == 0
    assert json.loads((out / "actions.json").read_text()) == [now]
    page = (out / "index.html").read_text()
    assert "Remedy at F" in page
    assert "-16.0\u00a0points" in page
    assert "no proof that the action did" in page
    assert loaded("snapshot", "verify", str(out)).code == 0


def test_a_frozen_figure_is_the_baseline_of_an_action(loaded: Commands) -> None:
    assert loaded("snapshot", "build", *DAY).code == 0
    (snapshot,) = loaded("snapshot", "list", "--format", "json").json()
    done = loaded(
        "action", "add", "Talk", "--owner", "Ana", "--brand", "Brand", "--as-of", "2021-07-31", "--format", "json"
    )
    (action,) = done.json()
    assert action["recorded"] == {"of": "snapshot", "id": snapshot["id"], "as_of": "2021-06-30"}
    (earlier,) = loaded(
        "action", "add", "Talk", "--owner", "Ana", "--brand", "Brand", "--as-of", "2020-07-31", "--format", "json"
    ).json()
    assert (earlier["recorded"]["of"], earlier["recorded"]["as_of"]) == ("day", "2020-07-31")


def test_actions_that_cannot_be(loaded: Commands) -> None:
    for arguments, code, message in (
        (["add", " ", "--owner", "Ana"], 3, "needs a title and an owner"),
        (["add", "Talk", "--owner", "Ana", "--due", "soon"], 3, "due day 'soon' is not a date"),
        (["add", "Talk", "--owner", "Ana", "--scenario", "none"], 3, "no scenario"),
        (["update", "abcd", "--status", "done"], 3, "no action is called 'abcd'"),
        (["update", "abcd"], 2, "say what is new"),
    ):
        done = loaded("action", *arguments, *DAY)
        assert (done.code, message in done.err) == (code, True), done.err
    assert found(loaded, "action", "list") == []
    assert "No action is written down" in loaded("action", "list", *DAY).err
