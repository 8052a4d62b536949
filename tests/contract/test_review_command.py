"""`tiertrace review` on both stores: what waits, deciding, taking back, and the file for a colleague."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph_core.belief import load_graph
from graph_core.derive import derive
from graph_core.settings import Settings
from graph_core.store.open import open_store
from tests.commands import Commands

FILES = {
    "organizations.csv": "id,name,country,roles\nX,Brand,,brand\n",
    "facilities.csv": "id,name,country,product\nA,Haolin Hair Works,CN,hair\nB,Haolin Hair Works LLC,CN,hair\n"
    "C,Zorvex Mills,CN,hair\n",
    "links.csv": "supplier_id,buyer_id\nA,X\nB,X\nC,X\n",
    "findings.csv": "id,subject_name,subject_country,kind,category\n"
    "o,Haolin Hair Works Co. Ltd.,CN,order,forced_labour\n",
}


@pytest.fixture
def loaded(
    store_settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Commands:
    commands = Commands(store_settings, capsys, monkeypatch)
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    assert commands("load", "tables", str(folder)).code == 0
    return commands


def hashed(settings: Settings) -> str:
    with closing(open_store(settings, write=False)) as store:
        return load_graph(store, settings.home, lambda: closing(open_store(settings, write=True))).hash


def everything_agrees(settings: Settings) -> bool:
    """Whether the files beside the store, the store, and deriving everything again give one graph."""
    with closing(open_store(settings, write=False)) as store:
        return hashed(settings) == store.read_graph().hash == derive(store.read_records()).hash


def waiting(commands: Commands) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = commands("review", "list", "--format", "json").json()
    return rows


def score(commands: Commands) -> tuple[float, int]:
    (row,) = commands("exposure", "X", "--format", "json").json()
    return row["score"], row["waiting_reviews"]


def test_what_waits_is_decided_and_taken_back(loaded: Commands) -> None:
    before = hashed(loaded.settings)
    rows = waiting(loaded)
    assert {row["party"] for row in rows} == {"A", "B"}
    assert score(loaded) == (0.0, len(rows))
    item = next(row["item"] for row in rows if row["party"] == "A")
    done = loaded("review", "accept", item, "--by", "Ana", "--why", "same address")
    assert done.code == 0
    assert done.out.splitlines()[0] == "POSITIVE  o  A"
    assert "Brand" in done.out
    assert score(loaded)[0] == pytest.approx(1 / 3)
    assert everything_agrees(loaded.settings)
    assert loaded("review", "reject", "o", "B", "--by", "Ana").code == 0
    assert waiting(loaded) == []
    (first, second) = loaded("review", "list", "--judged", "--format", "json").json()
    assert (first["judged_by"], first["why"], second["verdict"]) == ("Ana", "same address", "NEGATIVE")
    assert loaded("review", "undo", "--batch", first["batch"]).code == 0
    assert loaded("review", "undo", "B", "o").code == 0
    assert hashed(loaded.settings) == before
    assert everything_agrees(loaded.settings)
    assert waiting(loaded) == rows


def test_two_ids_become_one_party_and_two_again(loaded: Commands) -> None:
    before = hashed(loaded.settings)
    assert loaded("review", "accept", "B", "A").code == 0
    (row,) = loaded("exposure", "X", "--format", "json").json()
    assert row["suppliers"] == 2
    assert loaded("statements", "B", "--format", "json").json() == loaded("statements", "A", "--format", "json").json()
    assert loaded("review", "accept", "o", "B").code == 0
    assert everything_agrees(loaded.settings)
    assert loaded("review", "undo", "o", "B").code == 0
    loaded("review", "accept", "B", "C")
    conflict = loaded("review", "reject", "A", "C")
    assert "left apart: A and C: judged different, and one by other judgements: A = B = C" in conflict.err
    assert len(loaded("review", "list", "--conflicts", "--format", "json").json()) == 1
    for left, right in (("A", "B"), ("B", "C"), ("A", "C")):
        assert loaded("review", "undo", left, right).code == 0
    assert hashed(loaded.settings) == before


def test_a_decision_outlives_a_new_load(loaded: Commands, tmp_path: Path) -> None:
    loaded("review", "reject", "o", "A")
    again = tmp_path / "findings.csv"
    again.write_text(FILES["findings.csv"].replace("order", "listing"))
    assert loaded("load", "tables", str(again)).code == 0
    assert {row["party"] for row in waiting(loaded)} == {"B"}


def test_a_colleague_fills_in_a_file(loaded: Commands, tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    assert loaded("review", "export", str(path)).code == 0
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert {row["party"] for row in rows} == {"A", "B"}

    def fill(**verdicts: str) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows({**row, "verdict": verdicts.get(row["party"], "")} for row in rows)

    fill(A="accept", B="perhaps")
    wrong = loaded("review", "import", str(path))
    assert wrong.code == 3
    assert "queue.csv line 3: verdict 'perhaps' is none" in wrong.err
    assert len(waiting(loaded)) == 2, "all of a file or nothing"
    fill(A="accept")
    assert loaded("review", "import", str(path), "--by", "Bo").code == 0
    assert {row["party"] for row in waiting(loaded)} == {"B"}


def test_no_traceback_for_a_mistake(loaded: Commands, tmp_path: Path) -> None:
    for arguments, code, message in (
        (["review", "accept", "zzzz"], 3, "nothing that waits is called 'zzzz'"),
        (["review", "accept", "o", "Q"], 3, "no finding, organization or facility has the id 'Q'"),
        (["review", "accept", "A", "A"], 3, "named twice"),
        (["review", "undo", "A", "B"], 3, "nothing that stands was decided"),
        (["review", "undo"], 2, "name the two ids"),
        (["review", "import", str(tmp_path / "none.csv")], 3, "cannot be opened"),
    ):
        done = loaded(*arguments)
        assert done.code == code, arguments
        assert message in done.err


def test_decisions_cannot_be_forgotten_like_a_source(loaded: Commands) -> None:
    loaded("review", "reject", "o", "A")
    refused = loaded("forget", "judgements")
    assert refused.code == 3
    assert "`tiertrace review undo`" in refused.err
    assert len(loaded("review", "list", "--judged", "--format", "json").json()) == 1
