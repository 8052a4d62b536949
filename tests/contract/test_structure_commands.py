"""`tiertrace chokepoints` and `tiers` as a user runs them, on both servers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from graph_core.settings import Settings
from tests.commands import Commands

DAY = "2021-06-30"
FILES = {
    "organizations.csv": "id,name,roles\nX,Brand X,brand\nY,Brand Y,brand\nT,Trader [T],trader\n",
    "facilities.csv": "id,name,country\nF,Farm F,UZ\nG,Farm G,TM\nM,Mill M,TR\n",
    "links.csv": (
        "supplier_id,buyer_id,share,disclosure,evidence,product\nF,M,0.5,direct,documented,cotton\n"
        "G,M,0.25,direct,inferred,cotton\nM,T,0.5,direct,documented,yarn\nT,X,0.4,indirect,documented,yarn\n"
        "M,Y,0.2,direct,documented,yarn\n"
    ),
    "findings.csv": "id,subject_id,category,kind\nf,F,forced_labour,order\ng,G,forced_labour,order\n",
}


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Commands:
    commands = Commands(store_settings, capsys, monkeypatch)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert commands("load", "tables", str(tmp_path)).code == 0
    return commands


def test_chokepoints_in_every_format(tiertrace: Commands) -> None:
    found = tiertrace("chokepoints", "--as-of", DAY, "--format", "json").json()
    chains = {(r["brand"]["id"], r["group"]["id"]): [p["id"] for p in r["chokepoints"]] for r in found}
    assert chains == {
        ("X", "f"): ["F", "M", "T"], ("X", "g"): ["G", "M", "T"], ("Y", "f"): ["F", "M"], ("Y", "g"): ["G", "M"],
    }  # fmt: skip
    assert {r["brand"]["id"]: r["hidden_traders"] for r in found} == {"X": True, "Y": False}
    assert [r["exposure"] for r in found] == pytest.approx([0.1, 0.05, 0.1, 0.05])
    alone = tiertrace("chokepoints", "--as-of", DAY, "--format", "json", "--documented-only").json()
    assert {r["group"]["id"] for r in alone} == {"f"}
    good = tiertrace("chokepoints", "brand x", "--by", "good", "--as-of", DAY)
    assert good.code == 0
    assert "Mill M [2 brands] --> Trader [T] (traders not named)" in good.out
    assert "can go round a chokepoint" in " ".join(good.out.split())
    rows = list(csv.DictReader(io.StringIO(tiertrace("chokepoints", "Y", "--as-of", DAY, "--format", "csv").out)))
    assert [(r["group_id"], r["role"], r["id"], r["brands"]) for r in rows] == [
        ("f", "chokepoint", "F", "2"), ("f", "chokepoint", "M", "2"),
        ("g", "chokepoint", "G", "2"), ("g", "chokepoint", "M", "2"),
    ]  # fmt: skip


def test_a_cut_with_costs_of_a_file(tiertrace: Commands, tmp_path: Path) -> None:
    ask = ("chokepoints", "Y", "--by", "all", "--as-of", DAY, "--cut")
    (row,) = tiertrace(*ask, "--format", "json").json()
    assert [(p["id"], p["cost"], p["cost_basis"]) for p in row["cut"]["parties"]] == [("M", 2.0, "known_buyers")]
    (tmp_path / "costs.csv").write_text("\ufeffid,cost,note\nM,9,far\nF,1.5,near\n", encoding="utf-8")
    (row,) = tiertrace(*ask, "--costs", str(tmp_path / "costs.csv"), "--format", "json").json()
    assert {p["id"]: (p["cost"], p["cost_basis"]) for p in row["cut"]["parties"]} == {
        "F": (1.5, "stated"), "G": (2.0, "known_buyers"),
    }  # fmt: skip
    shown = tiertrace(*ask, "--costs", str(tmp_path / "costs.csv"))
    assert "every known route passes at least one of these 2 parties; cost 3.5 in all." in shown.out
    rows = list(
        csv.DictReader(io.StringIO(tiertrace(*ask, "--costs", str(tmp_path / "costs.csv"), "--format", "csv").out))
    )
    assert [(r["role"], r["id"], r["cost"]) for r in rows] == [
        ("chokepoint", "M", ""), ("cut", "G", "2.0"), ("cut", "F", "1.5"),
    ]  # fmt: skip
    other = tiertrace(*ask, "--no-engage-sites", "--format", "json").json()
    assert [p["id"] for p in other[0]["cut"]["parties"]] == ["M"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,price\nM,1\n", "it needs id and cost"),
        ("id,cost\nM,much\n", "line 2: the cost 'much' is not a number"),
        ("id,cost\nM,1\nM,2\n", "line 3: 'M' has a cost already"),
        ("id,cost\nM,0\n", "the cost of 'M' is 0"),
        ("id,cost\nQ,1\n", "no organization or facility has the id or name 'Q'"),
        (None, "cannot be read"),
    ],
)
def test_wrong_costs_are_named(tiertrace: Commands, tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "costs.csv"
    if text is not None:
        file.write_text(text)
    done = tiertrace("chokepoints", "Y", "--cut", "--costs", str(file), "--as-of", DAY)
    assert (done.code, said in done.err) == (3, True), done.err


def test_wrong_usage_and_nothing_found(tiertrace: Commands) -> None:
    assert tiertrace("chokepoints", "--cut").code == 2
    assert tiertrace("chokepoints", "X", "--costs", "costs.csv").code == 2
    assert tiertrace("chokepoints", "X", "--by", "colour").code == 2
    assert tiertrace("chokepoints", "nobody").code == 3
    assert tiertrace("tiers", "nobody").code == 3
    assert tiertrace("tiers", "X", "--horizon", "0").code == 3
    (Path(tiertrace.settings.home).parent / "none.yaml").write_text(
        "form: 1\nversion: none\nlists: [{kinds: [order], counts: no}]\n"
    )
    policy = str(Path(tiertrace.settings.home).parent / "none.yaml")
    done = tiertrace("chokepoints", "X", "--as-of", DAY, "--policy", policy)
    assert (done.code, done.out) == (0, "")
    assert "That is not a statement that it is clean." in done.err
    assert tiertrace("chokepoints", "X", "--as-of", DAY, "--policy", policy, "--format", "json").json() == []


def test_routes_with_nothing_in_common_are_said_and_not_left_out(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "more.links.csv").write_text("supplier_id,buyer_id,share\nG,Y,0.1\n")
    assert tiertrace("load", "tables", str(tmp_path / "more.links.csv")).code == 0
    done = tiertrace("chokepoints", "Y", "--by", "all", "--as-of", DAY)
    assert "no party: routes have none in common" in done.out
    (row,) = csv.DictReader(
        io.StringIO(tiertrace("chokepoints", "Y", "--by", "all", "--as-of", DAY, "--format", "csv").out)
    )
    assert (row["role"], row["id"], row["flagged_sites"]) == ("no chokepoint", "", "2")
    done = tiertrace("chokepoints", "Y", "--by", "all", "--as-of", DAY, "--cut", "--no-engage-sites")
    assert "these, which deliver to it directly: Farm G" in " ".join(done.out.split())


def test_tiers_in_every_format(tiertrace: Commands) -> None:
    found = tiertrace("tiers", "X", "--as-of", DAY, "--format", "json").json()
    assert {p["id"]: (p["tier"], p["tier_is_minimum"], p["tiers_at_least"]) for p in found["parties"]} == {
        "T": (1, True, [1]), "M": (2, True, [2]), "F": (3, True, [3]), "G": (3, True, [3]),
    }  # fmt: skip
    assert [(row["tier"], row["parties"], row["at_least"]) for row in found["profile"]] == [
        (0, 1, 0), (1, 0, 1), (2, 0, 1), (3, 0, 2),
    ]  # fmt: skip
    assert found["hidden"] == {"links": 1, "share": pytest.approx(0.4)}
    table = tiertrace("tiers", "X", "--as-of", DAY)
    assert table.code == 0
    assert "The map ends at sites (2): 15.0 % of the inputs." in table.out
    assert "40.0 % of the inputs come over links that hide traders (1)." in table.out
    assert "that is not clean" in table.out
    assert "at least 1" in tiertrace("tiers", "X", "--as-of", DAY, "--parties").out
    rows = list(csv.DictReader(io.StringIO(tiertrace("tiers", "Y", "--as-of", DAY, "--format", "csv").out)))
    assert [(row["tier"], row["parties"], float(row["share"])) for row in rows] == [
        ("0", "1", 1.0), ("1", "1", 0.2), ("2", "2", pytest.approx(0.15)),
    ]  # fmt: skip
    parties = tiertrace("tiers", "Y", "--as-of", DAY, "--format", "csv", "--parties").out
    assert {row["id"]: row["tiers"] for row in csv.DictReader(io.StringIO(parties))} == {
        "M": "1", "F": "2", "G": "2",
    }  # fmt: skip
    short = tiertrace("tiers", "X", "--as-of", DAY, "--horizon", "2")
    assert "2 parties are further away than 2 links" in short.err


def test_a_brand_without_a_list_on_the_day_says_so(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "more.organizations.csv").write_text("id,name,roles\nZ,Brand Z,brand\n")
    assert tiertrace("load", "tables", str(tmp_path / "more.organizations.csv")).code == 0
    done = tiertrace("tiers", "Z", "--as-of", DAY)
    assert (done.code, done.out) == (0, "")
    assert "nothing is known of its tiers. That is not a statement that it is clean." in done.err
