"""`tiertrace explain`, `policy` and `finding add` as a user runs them, on both servers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from graph_core.policy import default_policy
from graph_core.settings import Settings
from tests.commands import Commands

DAY = "2021-06-30"
FILES = {
    "organizations.csv": "id,name,country,roles\nX,Brand X,GB,brand\nY,Brand Y,GB,brand\nC,Company,MY,\n",
    "facilities.csv": "id,name,country,operator_id\nA,Site A,MY,C\nB,Meixin Textile Ltd,MY,\n",
    "links.csv": "supplier_id,buyer_id,share,valid_from\nA,X,0.5,2020-01-01\nB,Y,0.25,2020-01-01\n",
    "findings.csv": "id,subject_id,category,kind\nf,C,forced_labour,order\n",
}
OWN = (
    "finding", "add", "--author", "A. Nalyst", "--name", "Meixin Textile Ltd", "--country", "Malaysia", "--category",
    "forced_labour", "--severity", "0.8", "--confidence", "0.5", "--from", "2021-01-01", "--source", "Site visit 7",
    "--note", "Seen by us", "--as-of", DAY, "--format", "json",
)  # fmt: skip


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Commands:
    commands = Commands(store_settings, capsys, monkeypatch)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert commands("load", "tables", str(tmp_path)).code == 0
    return commands


def scores(tiertrace: Commands, *more: str) -> dict[str, Any]:
    rows = tiertrace("exposure", "--as-of", DAY, "--format", "json", *more).json()
    return {row["brand"]["id"]: row["score"] for row in rows}


def test_explain_in_every_format(tiertrace: Commands, tmp_path: Path) -> None:
    found = tiertrace("explain", "A", "--as-of", DAY, "--format", "json").json()
    assert (found["flagged"], found["classes"]) == (True, {"ownership": 1.0})
    assert found["policy"] == {"version": "default-1", "hash": default_policy().hash}
    assert [brand["id"] for brand in found["brands"]] == ["X"]
    table = tiertrace("explain", "A", "--as-of", DAY)
    assert table.code == 0
    assert "Flagged on 2021-06-30: ownership 1." in table.out
    assert "Company -- operates --> Site A" in table.out
    rows = list(csv.DictReader(io.StringIO(tiertrace("explain", "f", "--as-of", DAY, "--format", "csv").out)))
    assert {row["node"] for row in rows} == {"A", "C"}
    assert tiertrace("explain", "f", "--as-of", DAY).code == 0
    assert tiertrace("explain", "nobody").code == 3
    (tmp_path / "p.yaml").write_text("form: 1\nversion: mine\nlists: [{kinds: [order], counts: no}]\n")
    other = tiertrace("explain", "A", "--as-of", DAY, "--policy", str(tmp_path / "p.yaml"), "--format", "json").json()
    assert (other["flagged"], other["policy"]["version"]) == (False, "mine")


def test_a_brand_is_explained_with_its_figure(tiertrace: Commands) -> None:
    found = tiertrace("explain", "brand x", "--as-of", DAY, "--format", "json").json()
    assert (found["id"], found["flagged"]) == ("X", False)
    figure = found["figure"]
    assert figure["sentences"][0].replace("\u00a0", " ") == (
        f"On {DAY}, 50.0 % of the inputs of Brand X trace to flagged sites, all over documented links."
    )
    assert [row["id"] for row in figure["suppliers"]] == ["A"]
    assert set(figure["findings"]) == {"A"}
    assert figure["cycles"] == []
    # CSV is for the decisions; what the figure rests on is said beside it.
    assert figure["sentences"][0] in tiertrace("explain", "X", "--as-of", DAY, "--format", "csv").err
    table = tiertrace("explain", "X", "--as-of", DAY)
    assert "It comes by Site A" in table.out
    assert "figure" not in tiertrace("explain", "A", "--as-of", DAY, "--format", "json").json()


def test_an_id_goes_before_the_name_of_a_brand(tiertrace: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "facilities.csv").write_text("id,name,country\nbrand x,Site of that id,MY\n")
    assert tiertrace("load", "tables", str(folder)).code == 0
    found = tiertrace("explain", "brand x", "--as-of", DAY, "--format", "json").json()
    assert (found["id"], found["label"]) == ("brand x", "Facility")


def test_attribution_in_every_format(tiertrace: Commands) -> None:
    for by, first in (("site", "A"), ("country", "MY"), ("good", None), ("supplier", "A")):
        rows = tiertrace("attribution", "X", "--by", by, "--as-of", DAY, "--format", "json").json()
        assert [(row["id"], row["share"]) for row in rows] == [(first, 0.5)]
        assert tiertrace("attribution", "X", "--by", by, "--as-of", DAY).code == 0
    links = tiertrace("attribution", "X", "--by", "link", "--as-of", DAY, "--format", "csv").out.splitlines()
    assert links == ["supplier,buyer,share,evidence", "A,X,0.5,documented"]
    assert "not a statement that it is clean" in tiertrace("attribution", "Y", "--as-of", DAY).err
    refused = tiertrace("attribution", "X", "--by", "colour")
    assert (refused.code, "there is: site, link" in refused.err) == (3, True)


def test_paths_with_conditions(tiertrace: Commands) -> None:
    ask = ("paths", "X", "--as-of", DAY, "--format", "json")
    assert [row["not_shown"] for row in tiertrace(*ask, "--through", "A", "--max-hops", "1").json()] == [0.0]
    assert tiertrace(*ask, "--avoiding", "A", "--avoiding", "B").json() == []
    assert "No such path" in tiertrace("paths", "X", "--as-of", DAY, "--avoiding", "A").err
    both = tiertrace(*ask, "--through", "A", "--avoiding", "A")
    assert (both.code, "to be avoided" in both.err) == (3, True)
    assert tiertrace(*ask, "--through", "nobody").code == 3


def test_policies_are_shown_checked_and_used(tiertrace: Commands, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(tiertrace("policy", "show").out)
    assert tiertrace("policy", "check", str(mine), "--format", "json").json()["differs"] == []
    assert scores(tiertrace, "--policy", str(mine)) == scores(tiertrace) == {"X": 0.5, "Y": 0.0}
    mine.write_text("form: 1\nversion: mine\nlists: [{kinds: [order], severity: 0.5}]\n")
    assert tiertrace("policy", "check", str(mine)).code == 0
    assert scores(tiertrace, "--policy", str(mine)) == {"X": 0.25, "Y": 0.0}
    assert tiertrace("paths", "X", "--as-of", DAY, "--policy", str(mine), "--format", "json").json()[0]["score"] == 0.25
    mine.write_text("form: 1\nversion: mine\nlist: []\n")
    done = tiertrace("exposure", "--policy", str(mine))
    assert done.code == 3
    assert "mine.yaml line 3: list: there is no such key; did you mean 'lists'?" in done.err


def test_an_own_finding_is_added_listed_corrected_retracted_and_forgotten(tiertrace: Commands) -> None:
    done = tiertrace(*OWN).json()
    assert (done["changed"], done["notes"], done["as_of"]) == (True, [], DAY)
    assert done["summary"] == "It flags 1 party on 2021-06-30."
    assert [row["brand"]["id"] for row in done["brands"]] == ["Y"]
    assert done["brands"][0]["after"]["score"] == pytest.approx(0.1)
    assert scores(tiertrace) == {"X": 0.5, "Y": pytest.approx(0.1)}
    again = tiertrace(*OWN).json()
    assert (again["changed"], again["finding"]) == (True, done["finding"]), (
        "another spelling of the country is kept too"
    )
    (first, *_) = [row for row in tiertrace("sources", "--format", "json").json() if row["id"] == done["source"]]
    assert (first["publisher"], first["format"], first["records"]) == ("A. Nalyst", "team", {"findings": 1})
    said = tiertrace("statements", done["finding"], "--format", "json").json()
    assert {row["property"]: row["value"] for row in said}["authority"] == "A. Nalyst"

    back = tiertrace(
        "finding", "add", "--author", "B. Oss", "--id", done["finding"], "--status", "retracted", "--note",
        "wrong site", "--as-of", DAY, "--format", "json",
    ).json()  # fmt: skip
    assert [(row["brand"]["id"], row["after"]["score"]) for row in back["brands"]] == [("Y", 0.0)]
    assert scores(tiertrace) == {"X": 0.5, "Y": 0.0}
    said = {
        row["property"]: row
        for row in tiertrace("statements", done["finding"], "--format", "json").json()
        if row["shown"]
    }
    assert (said["authority"]["value"], said["note"]["value"]) == ("A. Nalyst", "wrong site")

    assert tiertrace("forget", back["source"]).code == 0
    assert scores(tiertrace)["Y"] == pytest.approx(0.1)
    for source in (done["source"], again["source"]):
        assert tiertrace("forget", source).code == 0
    assert scores(tiertrace) == {"X": 0.5, "Y": 0.0}


def test_what_is_retracted_can_be_said_again(tiertrace: Commands) -> None:
    rows = [word if word != "Malaysia" else "MY" for word in OWN]
    first = tiertrace(*rows).json()
    assert tiertrace(*rows).json()["changed"] is False
    assert tiertrace("finding", "add", "--author", "B", "--id", first["finding"], "--status", "retracted").code == 0
    assert scores(tiertrace)["Y"] == 0.0
    assert tiertrace(*rows).json()["changed"] is True
    assert scores(tiertrace)["Y"] == pytest.approx(0.1)


def test_mistakes_are_named_and_write_nothing(tiertrace: Commands, store_settings: Settings) -> None:
    before = {row["id"] for row in tiertrace("sources", "--format", "json").json()}
    kept = set((store_settings.home / "team_findings").glob("*"))
    missing = tiertrace("finding", "add", "--author", "A", "--category", "forced_labour")
    assert missing.code == 2
    assert "needs --from, --subject or --name, --source" in missing.err
    assert tiertrace("finding", "add", "--author", "A", "--id", "none", "--status", "retracted").code == 2
    official = tiertrace("finding", "add", "--author", "A", "--id", "f", "--status", "retracted")
    assert official.code == 3
    assert "is a finding of a list, not of the team" in official.err
    wrong = tiertrace(*[word if word != "forced_labour" else "forced" for word in OWN])
    assert wrong.code == 3
    assert "category 'forced' is none of" in wrong.err
    assert {row["id"] for row in tiertrace("sources", "--format", "json").json()} == before
    assert set((store_settings.home / "team_findings").glob("*")) == kept


def test_a_finding_about_nobody_says_so(tiertrace: Commands) -> None:
    done = tiertrace(*[word if word != "Meixin Textile Ltd" else "Qarvandi Weaving Ltd" for word in OWN]).json()
    assert done["brands"] == []
    assert "about no party that is loaded" in done["notes"][0]


def test_a_load_and_a_withdrawal_name_the_brands_that_they_change(tiertrace: Commands, tmp_path: Path) -> None:
    row = "id,subject_id,category,kind,status\ng,B,forced_labour,order,"
    (tmp_path / "more.findings.csv").write_text(row + "standing\n")
    done = tiertrace("load", "tables", str(tmp_path / "more.findings.csv"))
    assert "  Brand Y: score 0.0 % -> 25.0 %" in done.err
    assert "Brand X" not in done.err
    known = {source["id"] for source in tiertrace("sources", "--format", "json").json()}
    (tmp_path / "retracted.findings.csv").write_text(row + "retracted\n")
    done = tiertrace("load", "tables", str(tmp_path / "retracted.findings.csv"), "--format", "json")
    (brand,) = done.json()["brands"]
    assert (brand["brand"]["id"], brand["before"]["score"], brand["after"]["score"]) == ("Y", 0.25, 0.0)
    again = tiertrace("load", "tables", str(tmp_path / "retracted.findings.csv"))
    assert "no brand's figures" in again.err
    (retraction,) = {source["id"] for source in tiertrace("sources", "--format", "json").json()} - known
    assert "  Brand Y: score 0.0 % -> 25.0 %" in tiertrace("forget", retraction).err


def test_a_snapshot_holds_the_policy_that_it_was_built_with(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("form: 1\nversion: mine\nlists: [{kinds: [order], counts: no}]\n")
    options = ("snapshot", "build", "--as-of", DAY, "--format", "json", "--policy", str(tmp_path / "p.yaml"), "--out")
    assert tiertrace(*options, str(tmp_path / "s")).code == 0
    frozen = {row["brand"]["id"]: row for row in json.loads((tmp_path / "s" / "exposure.json").read_text())}
    assert frozen["X"]["score"] is None  # the one finding is of a list that does not count
    assert frozen["X"]["run"]["parameters"]["policy"]["version"] == "mine"
    assert "flag policy mine" in (tmp_path / "s" / "index.html").read_text()
