"""What was loaded, who said what, taking a source back, loading corrected rows: as a user does it, on both servers."""

from __future__ import annotations

import csv
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph_core.belief import load_graph
from graph_core.settings import Settings
from graph_core.store.open import open_store
from tests.commands import Commands, run_apart

FIRST = {
    "organizations.csv": "id,name,country,roles\nX,Brand,GB,brand\nC,Company,MY,\n",
    "facilities.csv": "id,name,country,operator_id\nA,Site,Malaysia,C\nB,Other,ID,\n",
    "links.csv": "supplier_id,buyer_id,share,valid_from\nA,X,0.5,2020-01-01\n",
}
SECOND = {
    "facilities.csv": "id,name,country\nA,Site renamed,MY\nD,Third,Atlantis\n",
    "links.csv": "supplier_id,buyer_id,share,valid_from\nB,X,0.25,2020-01-01\n",
    "findings.csv": "id,subject_id,category\nf,A,forced_labour\n",
}


@pytest.fixture
def tiertrace(
    store_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commands:
    return Commands(store_settings, capsys, monkeypatch)


def written(folder: Path, files: dict[str, str]) -> str:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return str(folder)


def graph_hash(settings: Settings) -> str:
    with closing(open_store(settings, write=False)) as store:
        return load_graph(store, settings.home, lambda: closing(open_store(settings, write=True))).hash


def sources(tiertrace: Commands) -> dict[str, Any]:
    return {row["id"]: row for row in tiertrace("sources", "--format", "json").json()}


def test_forgetting_a_source_leaves_the_graph_of_a_store_that_never_had_it(
    tiertrace: Commands, store_settings: Settings, tmp_path: Path
) -> None:
    assert tiertrace("load", "tables", written(tmp_path / "1", FIRST)).code == 0
    without = graph_hash(store_settings)
    kept = set(sources(tiertrace))
    assert tiertrace("load", "tables", written(tmp_path / "2", SECOND)).code == 0
    assert graph_hash(store_settings) != without
    (row,) = tiertrace("exposure", "--as-of", "2021-01-01", "--format", "json").json()
    assert row["score"] == 0.5
    for source in sorted(set(sources(tiertrace)) - kept):
        before = graph_hash(store_settings)
        assert tiertrace("forget", source, "--dry-run").code == 0
        assert graph_hash(store_settings) == before
        done = tiertrace("forget", source, "--format", "json")
        assert done.code == 0
        assert done.json()[0]["records"] >= 1
    assert set(sources(tiertrace)) == kept
    assert graph_hash(store_settings) == without
    again = tiertrace("load", "tables", str(tmp_path / "2"), "--format", "json")
    assert again.json()["changed"] is True, "what was forgotten is read again"
    (row,) = tiertrace("exposure", "--as-of", "2021-01-01", "--format", "json").json()
    assert row["score"] == 0.5


def test_a_list_of_context_alone_changes_no_figure(
    tiertrace: Commands, store_settings: Settings, tmp_path: Path
) -> None:
    """A brand without findings of forced labour must not read as 0 % because an export control list came."""

    def figures() -> dict[str, Any]:
        (row,) = tiertrace("exposure", "--as-of", "2021-01-01", "--format", "json").json()
        return {key: value for key, value in row.items() if key != "run"}

    assert tiertrace("load", "tables", written(tmp_path / "1", FIRST)).code == 0
    without = figures()
    assert without["score"] is None
    entry = {"name": "Site", "aliases": [], "country": "Malaysia", "federal_register": "79 FR 44683, 8/1/14"}
    listed = tmp_path / "entities.json"
    listed.write_text(json.dumps({"entities": [entry]}))
    loaded = tiertrace("load", "bis", str(listed), "--list-date", "2021-01-01")
    assert loaded.code == 0
    assert "figures now" not in loaded.out + loaded.err
    with_list = figures()
    assert (with_list.pop("waiting_reviews"), without.pop("waiting_reviews")) == (0, 0)
    assert with_list == without
    told = tiertrace("exposure", "--as-of", "2021-01-01")
    assert re.search(r"\b0\.0 %", told.out) is None
    assert tiertrace("load", "tables", written(tmp_path / "2", SECOND)).code == 0
    assert figures()["score"] == 0.5


def test_an_unknown_source_is_named(tiertrace: Commands, tmp_path: Path) -> None:
    tiertrace("load", "tables", written(tmp_path / "1", FIRST))
    done = tiertrace("forget", "links.csv")
    assert done.code == 3
    assert "no source 'links.csv' is loaded; did you mean 'tables:links.csv:" in done.err


def test_sources_say_from_where_when_and_with_which_counts(tiertrace: Commands, tmp_path: Path) -> None:
    assert tiertrace("sources", "--format", "json").json() == []
    tiertrace("load", "tables", written(tmp_path / "1", SECOND))
    rows = sources(tiertrace)
    (facilities,) = (row for name, row in rows.items() if "facilities" in name)
    assert facilities["records"] == {"facilities": 1}
    assert facilities["load"]["paths"] == [str(tmp_path / "1")]
    assert {t["table"]: (t["read"], t["rejected"]) for t in facilities["load"]["tables"]}["facilities"] == (2, 1)
    assert facilities["load"]["loaded_at"].startswith("20")
    table = tiertrace("sources")
    assert table.code == 0
    assert "facilities.csv" in table.out


def test_a_reload_of_the_same_files_reports_the_same_and_changes_nothing(tiertrace: Commands, tmp_path: Path) -> None:
    folder = written(tmp_path / "1", SECOND)
    first, second = (tiertrace("load", "tables", folder, "--format", "json").json() for _ in range(2))
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["tables"] == second["tables"]
    assert first["rejects"] == second["rejects"]


def test_statements_show_every_value_with_its_source_and_what_is_shown(tiertrace: Commands, tmp_path: Path) -> None:
    tiertrace("load", "tables", written(tmp_path / "1", FIRST))
    tiertrace("load", "tables", written(tmp_path / "2", SECOND))
    rows = tiertrace("statements", "A", "--format", "json").json()
    names = {row["value"]: row["shown"] for row in rows if row["property"] == "name"}
    assert names == {"Site": False, "Site renamed": True}
    (country,) = (row for row in rows if row["property"] == "country")
    assert (country["value"], country["original"], len(country["sources"])) == ("MY", "Malaysia", 2)
    assert tiertrace("statements", "nobody").code == 3


def test_a_corrected_row_is_loaded_alone(tiertrace: Commands, store_settings: Settings, tmp_path: Path) -> None:
    rejects = tiertrace("load", "tables", written(tmp_path / "1", SECOND), "--format", "json").json()["rejects"]
    with Path(rejects).open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    row["value"] = "Viet Nam"
    mended = tmp_path / "mended.csv"
    with mended.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    done = tiertrace("load", "--rejects", str(mended), "--format", "json")
    assert done.code == 0, done.err
    assert done.json()["tables"] == [{"table": "facilities", "read": 1, "loaded": 1, "merged": 0, "rejected": 0}]
    (country,) = (r for r in tiertrace("statements", "D", "--format", "json").json() if r["property"] == "country")
    assert (country["value"], country["original"], country["lines"]) == ("VN", "Viet Nam", [3])
    once = graph_hash(store_settings)
    assert tiertrace("load", "--rejects", str(mended)).code == 0
    assert graph_hash(store_settings) == once


def test_no_traceback_for_a_mistake(store_settings: Settings, tmp_path: Path) -> None:
    for arguments in (["load", "--rejects", str(tmp_path / "none.csv")], ["load", "mapping", str(tmp_path)]):
        done = run_apart(store_settings, *arguments)
        assert done.returncode in (2, 3)
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("tiertrace: ")
