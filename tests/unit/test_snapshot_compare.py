"""Two snapshots side by side: changes where figures answer the same question, and none where they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graph_core.day import Day, Parameters
from graph_core.scenario import Clean, Scenario
from graph_core.snapshot import compare
from graph_core.snapshot.build import build
from graph_core.ui.frozen import archive, changes_table, list_rows, told, what_differs
from tests.unit.test_snapshot import DAY, sample_day, sample_graph, sources_of


def side(day: Day, title: str = "now") -> compare.Side:
    return replace(compare.now(day, day.exposures()), title=title)


def test_figures_change_by_what_a_day_changed() -> None:
    earlier = Day(sample_graph(), Parameters("2024-06-30"))
    found = compare.compare(side(earlier), side(sample_day()))
    assert found["differ"] == []
    assert found["same_input"]
    assert found["same_code"]
    rows = {row["brand"]["id"]: row["figures"]["score"] for row in found["brands"]}
    for brand in earlier.brands:
        old, new = (day.table.exposure(brand["id"])["score"] for day in (earlier, sample_day()))
        assert (rows[brand["id"]]["before"], rows[brand["id"]]["after"]) == (old, new)
        assert rows[brand["id"]]["difference"] == (None if None in (old, new) else pytest.approx(new - old))
    changes = [abs(row["figures"]["score"]["difference"] or 0.0) for row in found["brands"]]
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > 0


def test_a_supposed_day_shows_what_it_changes() -> None:
    day = sample_day()
    supposed = day.supposing(Scenario((Clean("site-saltwick"),)))
    found = compare.compare(side(day), replace(side(supposed), parameters=side(day).parameters))
    moved = {row["brand"]["id"]: row["figures"]["score"]["difference"] for row in found["brands"]}
    assert moved["brand-harrowmint"] == pytest.approx(-0.12)


def test_other_links_compare_over_documents_alone() -> None:
    found = compare.compare(side(sample_day()), side(sample_day(documented_only=True)))
    assert [row["what"] for row in found["differ"]] == ["documented_only"]
    assert found["comparable"] == ["documented_only"]
    for row in found["brands"]:
        assert row["figures"]["score"]["difference"] is None
        assert row["figures"]["documented_only"]["difference"] in (None, pytest.approx(0.0))
    assert "documented links only is no and yes" in what_differs(found)[0]


def test_other_parameters_show_no_change_at_all() -> None:
    other = Day(sample_graph(), Parameters(DAY, unreviewed="include"))
    found = compare.compare(side(sample_day()), side(other))
    assert found["comparable"] == []
    assert all(value["difference"] is None for row in found["brands"] for value in row["figures"].values())
    assert what_differs(found)[:2] == [
        "Made in another way: unreviewed matches is exclude and include.",
        "No change is shown: figures made in other ways answer other questions.",
    ]
    assert all(cell["text"] != "same" for row in changes_table(found)["rows"] for cell in row["cells"])


def test_brands_of_one_side_are_named_and_not_compared() -> None:
    whole = side(sample_day())
    found = compare.compare(replace(whole, exposures=whole.exposures[1:]), whole)
    gone = whole.exposures[0]["brand"]
    assert found["only_after"] == [gone]
    assert gone["id"] not in {row["brand"]["id"] for row in found["brands"]}
    assert f"On the second side alone: {gone['name']}." in what_differs(found)


def test_a_snapshot_is_a_side_as_it_was_frozen(tmp_path: Path) -> None:
    snapshot = build(sample_day(), sources_of(sample_graph()), tmp_path / "one", "A. Preparer")
    found = compare.compare(compare.frozen(snapshot), side(sample_day()))
    assert found["differ"] == []
    assert found["same_input"]
    assert all(abs(row["figures"]["score"]["difference"] or 0.0) < 1e-11 for row in found["brands"])


def test_the_list_and_the_archive(tmp_path: Path) -> None:
    snapshot = build(sample_day(), sources_of(sample_graph()), tmp_path / "one", '<img src=x onerror="a()">')
    assert told(snapshot)
    assert not told(replace(snapshot, body={"id": snapshot.id, "as_of": snapshot.as_of}))
    (row,) = list_rows([snapshot], {snapshot.id: "page.html was changed"}, None, None)["rows"]
    assert row["cells"][-1] == {"text": "changed", "title": "page.html was changed", "muted": False}
    open_, now = list_rows([snapshot], {snapshot.id: ""}, snapshot.id, "now")["rows"]
    assert open_["picked"]
    assert now["actions"] == [{"name": "compare", "label": "Do not compare", "pressed": True}]
    packed = archive(snapshot)
    (snapshot.folder / "secret.txt").write_text("not of the snapshot")
    (snapshot.folder / "exposure.csv").unlink()
    (snapshot.folder / "exposure.csv").symlink_to("/etc/hostname")
    names = _names(packed)
    assert len(names) == len(snapshot.body["files"]) + 1
    assert _names(archive(snapshot)) == [name for name in names if not name.endswith("exposure.csv")]


def _names(packed: bytes) -> list[str]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        return opened.namelist()
