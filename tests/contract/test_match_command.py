"""`tiertrace match` on both servers: what was compared, what came of it, and the nearest where nothing matched."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from graph_core.settings import Settings
from tests.commands import Commands

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "organizations.csv": "id,name,country,roles\nX,Brand,,brand\n",
    "facilities.csv": "id,name,country,address\nA,Zorvex Mulvari Mills,CN,\nB,Zorvex Mulvary Mills,CN,\n"
    'C,Bexandro Weaving,CN,"14 Luoqing Road, Keqiao"\nD,Bexandro Weaving Mill,CN,"14 Luoqing Rd, Keqiao"\n'
    "E,Zorvex Footwear,CN,\n",
    "links.csv": "supplier_id,buyer_id\nA,X\nB,X\nC,X\nD,X\nE,X\n",
    "findings.csv": "id,subject_name,subject_country,kind,category,authority\n"
    "o,Zorvex Mulvari Mills,CN,order,forced_labour,Customs\n",
}


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commands:
    return Commands(store_settings, capsys, monkeypatch)


@pytest.fixture
def loaded(tiertrace: Commands, tmp_path: Path) -> Commands:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert tiertrace("load", "tables", str(tmp_path)).code == 0
    return tiertrace


def pairs(tiertrace: Commands, *options: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = tiertrace("match", "--format", "json", "--limit", "0", *options).json()
    return {(row.get("finding", row.get("left")), row.get("party", row.get("right"))): row for row in rows}


def test_every_pair_says_what_came_of_it_and_why(loaded: Commands) -> None:
    found = pairs(loaded)
    outcomes = {party: (row["outcome"], row["rule"]) for (_, party), row in found.items()}
    assert outcomes == {"A": ("accepted", "equal_name"), "B": ("review", "alike"), "E": ("none", None)}
    assert "Never accepted by itself: nothing but one word of a longer name speaks for it" in found["o", "E"]["reasons"]
    table = loaded("match", "--limit", "1").out
    assert table.startswith("accepted, probability 0.")
    assert "3 pairs of a finding and a party that share a rare key: 1 accepted, 1 review, 1 none; 1 shown" in table


def test_a_decision_shows_in_the_outcome(loaded: Commands) -> None:
    assert loaded("review", "reject", "o", "B").code == 0
    assert loaded("review", "accept", "o", "E").code == 0
    outcomes = {party: (row["outcome"], row["rule"]) for (_, party), row in pairs(loaded).items()}
    assert outcomes == {"A": ("accepted", "equal_name"), "B": ("rejected", "judged"), "E": ("accepted", "judged")}


def test_parties_that_may_be_one_wait_for_a_person(loaded: Commands) -> None:
    found = pairs(loaded, "--parties")
    assert found["C", "D"]["outcome"] == "review"
    assert loaded("review", "reject", "D", "C").code == 0
    assert pairs(loaded, "--parties")["C", "D"]["outcome"] == "rejected"
    assert loaded("review", "accept", "C", "D").code == 0
    assert ("C", "D") not in pairs(loaded, "--parties")


def test_decisions_hold_under_the_id_that_is_shown_now(loaded: Commands) -> None:
    assert loaded("review", "accept", "B", "E").code == 0
    assert loaded("review", "reject", "o", "E").code == 0
    outcomes = {party: row["outcome"] for (_, party), row in pairs(loaded).items()}
    assert outcomes == {"A": "accepted", "B": "rejected"}


def test_a_party_of_which_only_the_id_is_known_is_shown_too(loaded: Commands, tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("supplier_id,buyer_id\nPH,X\n")
    (tmp_path / "findings.csv").write_text("id,subject_id,kind,category\np,PH,order,forced_labour\n")
    for name in ("links.csv", "findings.csv"):
        assert loaded("load", "tables", str(tmp_path / name)).code == 0
    row = pairs(loaded)["p", "PH"]
    assert (row["outcome"], row["rule"], row["probability"], row["reasons"]) == ("accepted", "id", None, [])
    assert "accepted, rule id" in loaded("match").out


def test_a_company_and_its_site_are_never_proposed_as_one(loaded: Commands, tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("id,name,country\nO,Bexandro Weaving,CN\n")
    assert loaded("load", "tables", str(tmp_path / "organizations.csv")).code == 0
    assert not [pair for pair in pairs(loaded, "--parties") if "O" in pair]


def test_authority_chooses_and_csv_is_whole(loaded: Commands) -> None:
    assert pairs(loaded, "--authority", "nobody") == {}
    done = loaded("match", "--authority", "custom", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["party"] for row in rows] == ["A", "B", "E"]
    assert "; " in rows[0]["reasons"]


@pytest.mark.parametrize(
    "options", [("--parties", "--authority", "x"), ("--evaluate", "pairs.csv", "--parties"), ("--limit", "-1")]
)
def test_options_that_do_not_go_together_are_refused(tiertrace: Commands, options: tuple[str, ...]) -> None:
    assert tiertrace("match", *options).code == 2


def test_an_empty_store_is_no_error(tiertrace: Commands) -> None:
    assert tiertrace("match", "--format", "json").json() == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not beside the checkout")
def test_no_supplier_of_nike_is_on_a_list_and_the_nearest_say_why_not(tiertrace: Commands) -> None:
    lists = DATA / "us_lists"
    for arguments in (
        ("nike", str(DATA / "nike")),
        ("uflpa", str(lists / "uflpa_entity_list_2026-07-09.html")),
        ("cbp-orders", str(lists / "cbp_wro.json"), "--list-date", "2026-07-09"),
        ("bis", str(lists / "bis_entity_list.json"), "--list-date", "2026-07-09"),
    ):
        assert tiertrace("load", *arguments).code == 0
    found = pairs(tiertrace)
    assert len(found) > 100
    assert {row["outcome"] for row in found.values()} == {"none", "review"}
    assert {row["subject"] for row in found.values() if row["outcome"] == "review"} == {"Leon Technology Co., Ltd."}
    assert all(row["reasons"] for row in found.values())
    for unreviewed in ("exclude", "include"):  # what waits is an export control, which is no forced labour
        shown = ("exposure", "--as-of", "2026-07-10", "--unreviewed", unreviewed, "--format", "json")
        (nike,) = tiertrace(*shown).json()
        assert (nike["score"], nike["waiting_reviews"]) == (0.0, 0)
