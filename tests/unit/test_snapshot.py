"""A snapshot is the same bytes wherever it is made, shows a changed byte, and its page is text and nothing else.

The golden files hold the page of the sample network as text, and its figures. Where a change of them is meant:
``UPDATE_GOLDEN=1 pytest tests/unit/test_snapshot.py -k golden``, and read the difference before it is kept.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from typer.testing import CliRunner

from graph_core.bundle import sample
from graph_core.cli import app
from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError, NotFoundError, VerificationError
from graph_core.graph import Graph, in_force
from graph_core.snapshot import build as building
from graph_core.snapshot.build import build, freeze, write
from graph_core.snapshot.canon import canonical, checksum, plain
from graph_core.snapshot.verify import find_snapshot, snapshot_id, snapshots, verify
from loaders import registry
from loaders.base import Options
from tests import oracles
from tests.cypher.small_network import AS_OF, SOURCE, Said, frames

GOLDEN = Path(__file__).parents[1] / "golden"
DAY = "2025-06-30"
HOSTILE = ('<img src=x onerror="alert(1)">', "</svg><script>alert(2)</script>", "javascript:alert(3)", "{{ 7*7 }}")
FILES = {
    "manifest.json", "exposure.json", "exposure.csv", "paths.json", "coverage.json", "findings.json", "sources.json",
    "index.html",
}  # fmt: skip


def read_sample(*, backwards: bool = False) -> Graph:
    readings = list(registry.get("tables").read(sample(), Options(), lambda *_: None))
    ordered = readings[::-1] if backwards else readings
    return derive([Said(reading.source, seq, reading.records) for seq, reading in enumerate(ordered, start=1)])


def sources_of(graph: Graph) -> list[dict[str, Any]]:
    rows = graph["Source"]
    return [
        {str(k): v for k, v in row.items()} for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
    ]


@cache
def sample_graph() -> Graph:
    return read_sample()


@cache
def sample_day(*, documented_only: bool = False) -> Day:
    return Day(sample_graph(), Parameters(DAY, documented_only=documented_only))


@cache
def frozen_sample() -> building.Frozen:
    return freeze(sample_day(), sources_of(sample_graph()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(frozen_sample(), tmp_path / "snapshot").folder


@cache
def hostile() -> building.Frozen:
    """The small network with names that would do harm if anything read them as markup."""
    records = frames()
    for name, column in (("organizations", "name"), ("facilities", "name"), ("findings", "source_title")):
        cells = records[name][column]
        records[name][column] = [" ".join((text, *HOSTILE)) for text in cells]
    records["findings"]["source_url"] = "javascript:alert(4)"
    records["lists"]["title"] = HOSTILE[0]
    graph = derive([Said({**SOURCE, "title": HOSTILE[1], "url": "https://evil.example/x.png"}, 1, records)])
    return freeze(Day(graph, Parameters(AS_OF)), sources_of(graph), HOSTILE[0])


def document(frozen: building.Frozen, name: str) -> Any:
    return json.loads(frozen.files[f"{name}.json"])


# --- the same bytes --------------------------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.unit.test_snapshot import DAY, Day, Parameters, build, read_sample, sources_of
graph = read_sample(backwards=True)
build(Day(graph, Parameters(DAY)), sources_of(graph)[::-1], Path(sys.argv[1]))
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("seed", "zone", "language"), [("1", "Pacific/Kiritimati", "C"), ("77", "America/Adak", "C.UTF-8")]
)
def test_another_process_clock_language_and_load_order_give_the_same_bytes(
    folder: Path, tmp_path: Path, seed: str, zone: str, language: str
) -> None:
    other = tmp_path / "another home" / "x"
    subprocess.run(
        [sys.executable, "-c", SCRIPT, other, Path(__file__).parents[2]],
        env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language, "LANG": language},
        cwd=tmp_path,
        check=True,
    )
    assert contents(other) == contents(folder)


def test_building_twice_is_one_snapshot(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    build(sample_day(), sources_of(sample_graph()), folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("change", ["day", "preparer", "filter"])
def test_other_input_has_another_id(change: str) -> None:
    sources = sources_of(sample_graph())
    other = {
        "day": lambda: freeze(Day(sample_graph(), Parameters("2024-06-30")), sources),
        "preparer": lambda: freeze(sample_day(), sources, "R. Reader"),
        "filter": lambda: freeze(sample_day(documented_only=True), sources),
    }[change]()
    assert other.manifest["id"] != frozen_sample().manifest["id"]
    assert (other.manifest["run_id"] == frozen_sample().manifest["run_id"]) == (change == "preparer")


def test_nothing_tells_where_or_when_it_was_built(folder: Path) -> None:
    everything = b"".join(contents(folder).values()).decode()
    assert str(folder) not in everything
    assert str(Path.home()) + "/" not in everything
    assert os.uname().nodename not in everything
    assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", everything)
    assert "\r" not in everything


def test_json_is_canonical_and_holds_no_numpy() -> None:
    value = {
        "b": np.float64(0.1) + np.float64(0.2),
        "a": [np.int64(3), np.bool_(True), float("nan"), pd.NA, -0.0],
        "ü": {"y", "x"},
    }
    assert canonical(value).decode() == (
        '{\n  "a": [\n    3,\n    true,\n    null,\n    null,\n    0.0\n  ],\n  "b": 0.3,\n'
        '  "ü": [\n    "x",\n    "y"\n  ]\n}\n'
    )
    with pytest.raises(TypeError, match="no form"):
        plain({"x": object()})


# --- what it says ----------------------------------------------------------------------------------------------


def test_figures_are_those_of_the_day() -> None:
    found = {row["brand"]["id"]: row for row in document(frozen_sample(), "exposure")}
    expected = sample_day().exposures()
    assert len(found) == len(expected)
    for row in expected:
        own = found[row["brand"]["id"]]
        assert set(row) <= set(own)
        for key in ("score", "lower", "upper", "coverage", "unmapped", "documented_only", "suppliers", "stale_days"):
            assert own[key] == pytest.approx(row[key], abs=1e-12) or own[key] is row[key] is None
        assert own["run"] == row["run"]
    rows = list(csv.DictReader(io.StringIO(frozen_sample().files["exposure.csv"].decode())))
    assert {row["brand_id"]: row["score"] for row in rows} == {k: str(row["score"]) for k, row in found.items()}


def test_severity_comes_before_share() -> None:
    """A brand with a small exposure to a grave finding stands before one with a large exposure to a lesser one."""
    records = frames()
    records["findings"].loc[records["findings"]["id"] == "N1", "severity"] = 0.2
    records["findings"].loc[records["findings"]["id"] == "N4", ["subject_id", "category"]] = ["F3", "forced_labour"]
    records["findings"].loc[records["findings"]["id"] == "N5", "severity"] = 0.1
    links = records["links"]
    links.loc[(links["supplier_id"] == "F3") & (links["buyer_id"] == "BR1"), "share"] = 0.01
    graph = derive([Said(SOURCE, 1, records)])
    rows = document(freeze(Day(graph, Parameters(AS_OF)), sources_of(graph)), "exposure")
    assert [row["brand"]["id"] for row in rows] == ["BR1", "BR2"]
    assert [row["salience"]["severity"] for row in rows] == [1.0, 0.2]
    assert rows[0]["score"] < rows[1]["score"]


def test_tiers_are_hops_by_an_independent_count() -> None:
    links = in_force(sample_graph()["SUPPLIES"], DAY)
    graph = nx.DiGraph(zip(links["end"], links["start"], strict=True))
    for row in document(frozen_sample(), "coverage"):
        hops = nx.single_source_shortest_path_length(graph, row["brand"]["id"])
        counted = pd.Series({node: n for node, n in hops.items() if n}).value_counts()
        assert {tier["tier"]: tier["suppliers"] for tier in row["tiers"]} == counted.to_dict()
        ends = sum(graph.out_degree(node) == 0 for node in hops)
        assert sum(tier["map_ends"] for tier in row["tiers"]) == ends
        own = links[links["end"].isin(hops)]
        assert row["links"]["all"] == len(own)
        assert row["links"]["inferred"] == (own["evidence"] == "inferred").sum()
        assert row["links"]["documented"] + row["links"]["inferred"] == row["links"]["all"]


def test_placeholders_hidden_traders_and_list_ages_of_the_small_network() -> None:
    by_brand = {row["brand"]["id"]: row for row in document(hostile(), "coverage")}
    small = by_brand["BR2"]
    assert sum(tier["placeholders"] for tier in small["tiers"]) == 1  # P9
    assert small["tiers"][0]["at_least"] == 1  # F1 over traders that nobody names
    assert small["links"]["indirect"] == 1
    assert [(entry["valid_from"], entry["age_days"]) for entry in small["lists"]] == [("2024-02-01", 150)]
    assert by_brand["BR1"]["coverage"] == 0.6  # all of its links have explicit shares


def test_the_best_path_has_evidence_and_dates_at_every_hop() -> None:
    rows = {row["brand"]["id"]: row for row in document(frozen_sample(), "paths")}
    for row in rows.values():
        assert (row["path"] is None) == (not row["score"])
        for link in (row["path"] or {"links": []})["links"]:
            assert link["sources"]
            assert link["evidence"] in ("documented", "inferred")
            assert link["valid_from"]
            assert link["last_seen"]
        if row["documented_path"]:
            assert {link["evidence"] for link in row["documented_path"]["links"]} == {"documented"}
            assert "inferred" in {link["evidence"] for link in row["path"]["links"]}
    assert any(row["documented_path"] for row in rows.values()), "the sample has an inferred best path"
    brand = next(iter(rows))
    assert rows[brand]["alternatives"] == len(sample_day().paths(brand, 1000)) - 1


def test_findings_stand_on_the_day_and_an_indicator_names_no_site() -> None:
    findings = {row["id"]: row for row in document(hostile(), "findings")}
    assert set(findings) == {"N1", "N3", "N4", "N5", "GC"}  # N2 was lifted, N6 retracted
    assert [site["id"] for site in findings["N1"]["sites"]] == ["F1"]
    assert {site["class"] for site in findings["N5"]["sites"] if site["id"] != "G2"} == {"ownership"}
    assert findings["N3"]["scored"] is False
    assert findings["GC"]["sites"] == []
    assert findings["GC"]["sites_concerned"] > 0


def test_the_frame_says_what_was_left_out_and_how_new_the_data_is() -> None:
    manifest = hostile().manifest
    assert manifest["data_cut_off"] == {
        "day": "2024-05-01", "newest_retrieval": "2024-05-01", "newest_list": "2024-02-01",
        "newest_standing_finding": "2024-03-01",
    }  # fmt: skip
    assert manifest["preparer"] == HOSTILE[0]
    assert "preparer" not in frozen_sample().manifest
    assert "1 retracted finding" in [row["what"] for row in manifest["exclusions"]]
    assert {file["name"] for file in manifest["files"]} == FILES - {"manifest.json"}


def test_a_day_without_lists_has_no_figures_and_says_so() -> None:
    frozen = freeze(Day(sample_graph(), Parameters("1999-01-01")), sources_of(sample_graph()))
    assert {row["score"] for row in document(frozen, "exposure")} == {None}
    text = BeautifulSoup(frozen.files["index.html"], "html.parser").get_text(" ")
    assert "no list in force" in text
    assert "That is not a zero" in text


# --- the page --------------------------------------------------------------------------------------------------


def parsed(frozen: building.Frozen) -> BeautifulSoup:
    return BeautifulSoup(frozen.files["index.html"], "html.parser")


def test_hostile_names_are_text() -> None:
    soup = parsed(hostile())
    assert not soup.find_all(["img", "script", "iframe", "object", "a", "link", "form"])
    assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    text = soup.get_text(" ")
    for name in HOSTILE:
        assert name in text


@pytest.mark.parametrize("frozen", [frozen_sample, hostile])
def test_the_page_refers_to_nothing_outside_itself(frozen: Callable[[], building.Frozen]) -> None:
    soup = parsed(frozen())
    assert not soup.select("[src]")
    assert not soup.select("[href]")
    assert not soup.select("[style]")
    style = soup.find("style")
    assert style is not None
    assert not re.search(r"@import|(?<!repeating-linear-gradient)url\(", style.get_text())
    used = re.findall(r"url\(([^)]*)\)", str(soup.find("main")))
    assert all(target.startswith("#hatch-") for target in used)
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'sha256-")


def test_the_page_has_its_parts_in_order() -> None:
    headings = [tag.get_text() for tag in parsed(frozen_sample()).find_all("h2")]
    assert [heading.split(":")[0] for heading in headings] == [
        "Frame", "Coverage", "Exposures", "The best path to each brand, with its evidence", "Sources",
        "What this does not say",
    ]  # fmt: skip


def test_a_fictional_source_marks_the_page() -> None:
    assert frozen_sample().manifest["fictional"] is True
    marker = parsed(frozen_sample()).find(class_="fictional")
    assert marker is not None
    assert marker.get_text().startswith("Fictional: this snapshot rests on invented data")
    assert hostile().manifest["fictional"] is False
    assert parsed(hostile()).find(class_="fictional") is None


def page_text(frozen: building.Frozen) -> str:
    """The page as lines of text; what depends on the version of the code is masked."""
    soup = parsed(frozen)
    for tag in soup.find_all(["svg", "style"]):
        tag.decompose()
    lines = [" ".join(line.split()) for line in soup.get_text(" ").splitlines()]
    text = "\n".join(line for line in lines if line) + "\n"
    text = text.replace(frozen.manifest["code_version"], "VERSION")
    return re.sub(r"\b[0-9a-f]{12,64}\b", "HASH", text)


@pytest.mark.parametrize("name", ["sample.txt", "sample.csv"])
def test_the_sample_is_as_in_the_golden_files(name: str) -> None:
    frozen = frozen_sample()
    found = page_text(frozen) if name == "sample.txt" else frozen.files["exposure.csv"].decode()
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(found, encoding="utf-8", newline="\n")
    assert found == (GOLDEN / name).read_text(encoding="utf-8")


# --- tampering -------------------------------------------------------------------------------------------------


def test_an_untouched_snapshot_verifies(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    assert verify(folder).id == frozen_sample().manifest["id"]
    assert verify(folder, verify(folder).id[:8]).as_of == DAY


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_flipped_byte_is_found_in_every_file(folder: Path, name: str, place: str) -> None:
    path = folder / name
    data = bytearray(path.read_bytes())
    data[{"first": 0, "middle": len(data) // 2, "last": -1}[place]] ^= 1
    path.write_bytes(data)
    with pytest.raises(VerificationError, match=f"{re.escape(name)} was changed"):
        verify(folder)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(VerificationError, match=f"{re.escape(name)} is missing"):
        verify(folder)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_came_in_later_is_named(folder: Path, kind: str) -> None:
    extra = folder / ".extra"
    if kind == "file":
        extra.touch()
    elif kind == "folder":
        extra.mkdir()
    else:
        extra.symlink_to(folder / "index.html")
    with pytest.raises(VerificationError, match=r"\.extra was added"):
        verify(folder)


def test_a_link_to_the_same_bytes_is_no_file(folder: Path, tmp_path: Path) -> None:
    (folder / "paths.json").rename(tmp_path / "paths.json")
    (folder / "paths.json").symlink_to(tmp_path / "paths.json")
    with pytest.raises(VerificationError, match=r"paths\.json is missing"):
        verify(folder)


def test_all_faults_are_named_at_once(folder: Path) -> None:
    (folder / "paths.json").unlink()
    (folder / "note.txt").touch()
    (folder / "exposure.csv").write_bytes(b"")
    with pytest.raises(VerificationError) as error:
        verify(folder)
    assert all(name in str(error.value) for name in ("paths.json", "note.txt", "exposure.csv"))
    assert error.value.exit_code == 3


def test_a_forged_snapshot_is_found_by_its_noted_id_and_its_folder(tmp_path: Path) -> None:
    """Whoever writes page and manifest anew gets another id."""
    folder = write(frozen_sample(), tmp_path / frozen_sample().name).folder
    noted = verify(folder).id
    manifest = json.loads((folder / "manifest.json").read_bytes())
    forged = (folder / "index.html").read_bytes().replace(b"%", b"&permil;")
    (folder / "index.html").write_bytes(forged)
    entry = next(file for file in manifest["files"] if file["name"] == "index.html")
    entry |= {"sha256": checksum(forged), "bytes": len(forged)}
    manifest["id"] = snapshot_id(manifest)
    (folder / "manifest.json").write_bytes(canonical(manifest))
    with pytest.raises(VerificationError, match="named after"):
        verify(folder)
    moved = folder.rename(tmp_path / "moved")
    assert verify(moved).id != noted
    with pytest.raises(VerificationError, match="its id is"):
        verify(moved, noted)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"files": [{"name": "../x", "sha256": "", "bytes": 1}]}', "[" * 100_000, "\xff"]
)
def test_a_manifest_that_is_none_is_a_changed_one(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(VerificationError, match=r"manifest\.json was changed"):
        verify(folder)


# --- folders ---------------------------------------------------------------------------------------------------


def test_a_folder_with_something_else_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty and not a snapshot"):
        write(frozen_sample(), tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        write(frozen_sample(), tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    verify(write(frozen_sample(), tmp_path / "new").folder)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_another_or_a_changed_snapshot_is_never_replaced(folder: Path) -> None:
    with pytest.raises(InputError, match="another snapshot"):
        write(hostile(), folder)
    (folder / "index.html").write_text("x")
    with pytest.raises(InputError, match=r"was changed.*index\.html"):
        write(frozen_sample(), folder)
    assert (folder / "index.html").read_text() == "x"


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "index.html":
            raise OSError(28, "No space left on device")
        return written(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="No space left on device"):
        write(frozen_sample(), tmp_path / "a" / "b")
    assert list((tmp_path / "a").iterdir()) == []


def test_snapshots_of_a_home_are_listed_and_found(tmp_path: Path) -> None:
    assert snapshots(tmp_path) == ([], [])
    for frozen in (hostile(), frozen_sample()):
        write(frozen, tmp_path / "snapshots" / frozen.name)
    (tmp_path / "snapshots" / "other").mkdir()
    (tmp_path / "snapshots" / ".draft-1").mkdir()
    found, broken = snapshots(tmp_path)
    assert [snapshot.as_of for snapshot in found] == [AS_OF, DAY]
    assert broken == ["other"]
    assert find_snapshot(tmp_path, found[0].id[:6]) == found[0].folder
    assert find_snapshot(tmp_path, found[1].folder.name) == found[1].folder
    assert find_snapshot(tmp_path, str(found[1].folder)) == found[1].folder
    for text in ("ffffffffffff0", "", found[0].id[:3], "a" * 300):
        with pytest.raises(NotFoundError):
            find_snapshot(tmp_path / "nowhere", text or "-")


# --- commands --------------------------------------------------------------------------------------------------


def test_list_show_and_verify_on_the_command_line(tmp_path: Path) -> None:
    frozen = frozen_sample()
    folder = write(frozen, tmp_path / "snapshots" / frozen.name).folder
    home = ["--home", str(tmp_path)]
    run = CliRunner()
    listed = run.invoke(app, ["snapshot", "list", "--format", "json", *home])
    assert json.loads(listed.stdout)[0]["id"] == frozen.manifest["id"]
    shown = run.invoke(app, ["snapshot", "show", frozen.manifest["id"][:8], *home])
    assert shown.exit_code == 0
    assert frozen.manifest["id"] in shown.stdout
    as_json = run.invoke(app, ["snapshot", "show", str(folder), "--format", "json", *home])
    assert json.loads(as_json.stdout) == document(frozen, "exposure")
    assert run.invoke(app, ["snapshot", "verify", str(folder), *home]).exit_code == 0
    (folder / "paths.json").write_bytes(b"[]")
    failed = run.invoke(app, ["snapshot", "verify", str(folder), *home])
    assert isinstance(failed.exception, VerificationError)
    assert "paths.json was changed" in str(failed.exception)


def test_a_minimum_confidence_is_part_of_the_frame() -> None:
    day = Day(sample_graph(), replace(sample_day().parameters, min_confidence=0.95))
    manifest = freeze(day, sources_of(sample_graph())).manifest
    assert manifest["parameters"]["min_confidence"] == 0.95
    assert any("below the least confidence" in row["what"] for row in manifest["exclusions"])


def test_a_list_that_a_filter_emptied_is_not_said_to_be_none() -> None:
    graph = oracles.graph_of(
        organizations=[oracles.brand("X")], links=[oracles.link("F", "X", 0.5, evidence="inferred")],
        findings=[oracles.finding("F")],
    )  # fmt: skip
    frozen = freeze(Day(graph, Parameters("2021-06-30", documented_only=True)), sources_of(graph))
    text = BeautifulSoup(frozen.files["index.html"], "html.parser").get_text(" ")
    assert "X: 0.0" in str(parsed(frozen).find("svg"))
    assert "list in force on this day" not in text
    assert "No path over documented links from a flagged site reaches this brand" in text
