"""A later load corrects what an earlier one said, and nothing else: from files to figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.store.base import RecordSet
from loaders import registry
from loaders.base import Options, silent

BASE = {
    "organizations.csv": "id,name,roles\nX,Brand,brand\nC,Company,\n",
    "facilities.csv": "id,name,country\nA,Site,MY\n",
    "links.csv": "supplier_id,buyer_id,share,source\nA,X,0.5,s1\n",
}


def exposure(tmp_path: Path, *loads: dict[str, str], **filters: Any) -> dict[str, Any]:
    """Figures of the brand after loads of some files each."""
    sets: list[RecordSet] = []
    for number, files in enumerate(loads):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        for reading in registry.get("tables").read(folder, Options(), silent):
            assert reading.rejects.empty, reading.rejects
            sets.append(RecordSet(reading.source, len(sets) + 1, reading.records))
    return Day(derive(sets), Parameters("2021-06-30", **filters)).exposures(["X"])[0]


def test_a_file_without_a_column_leaves_what_was_said(tmp_path: Path) -> None:
    first = {**BASE, "findings.csv": "id,subject_id,category\nf,A,forced_labour\n"}
    assert exposure(tmp_path, first, {"findings.csv": "id,note\nf,hello\n"})["score"] == 0.5


def test_a_retraction_outlives_a_note(tmp_path: Path) -> None:
    first = {**BASE, "findings.csv": "id,subject_id,category,status\nf,A,forced_labour,retracted\n"}
    assert exposure(tmp_path, first, {"findings.csv": "id,category,note\nf,forced_labour,hello\n"})["score"] == 0.0


@pytest.mark.parametrize(
    ("correction", "score"),
    [("owner_id,owned_id,percent\nC,A,40\n", 0.0), ("owner_id,owned_id,percent,valid_to\nC,A,60,2020-01-01\n", 0.0)],
)
def test_a_holding_is_corrected_by_a_later_file(tmp_path: Path, correction: str, score: float) -> None:
    order = "id,subject_id,category,includes_subsidiaries\nf,C,forced_labour,true\n"
    first = {**BASE, "findings.csv": order, "ownership.csv": "owner_id,owned_id,percent\nC,A,60\n"}
    (tmp_path / "one").mkdir()
    assert exposure(tmp_path / "one", first)["score"] == 0.5
    (tmp_path / "two").mkdir()
    assert exposure(tmp_path / "two", first, {"ownership.csv": correction})["score"] == score


def test_a_link_is_corrected_by_a_later_file(tmp_path: Path) -> None:
    finding = "id,subject_id,category\nf,A,forced_labour\n"
    first = {**BASE, "findings.csv": finding, "links.csv": "supplier_id,buyer_id,share\nA,X,0.5\n"}
    found = exposure(tmp_path, first, {"links.csv": "supplier_id,buyer_id,share,evidence\nA,X,0.5,inferred\n"})
    assert (found["score"], found["documented_only"]) == (0.5, 0.0)


def test_an_inferred_figure_is_not_documented_by_an_older_statement(tmp_path: Path) -> None:
    links = (
        "supplier_id,buyer_id,share,evidence,valid_from,source\n"
        "A,X,0.2,documented,2020-01-01,s1\nA,X,0.8,inferred,2021-01-01,s2\n"
    )
    files = {**BASE, "links.csv": links, "findings.csv": "id,subject_id,category\nf,A,forced_labour\n"}
    found = exposure(tmp_path, files)
    assert found["score"] == pytest.approx(0.8)
    assert found["documented_only"] == 0.0


def test_sites_behind_a_company_take_nothing_from_what_is_documented(tmp_path: Path) -> None:
    """The link names the company; its site stands behind it as inferred, and its absence is no gap of the map."""
    files = {
        "organizations.csv": BASE["organizations.csv"],
        "facilities.csv": "id,name,country,operator_id\nA,Site,MY,C\n",
        "links.csv": "supplier_id,buyer_id,share\nC,X,1\n",
        "findings.csv": "id,subject_id,category\nf,A,forced_labour\n",
    }
    found = exposure(tmp_path, files)
    assert (found["score"], found["documented_only"], found["unstated_share"]) == (1.0, 0.0, 0.0)
    assert (found["documented"]["upper"], found["documented"]["composition"]["unmapped"]) == (0.0, 0.0)


def test_a_company_with_sites_in_and_out_of_scope_waits(tmp_path: Path) -> None:
    files = {
        "organizations.csv": BASE["organizations.csv"],
        "facilities.csv": "id,name,country,operator_id\nA,Site,MY,C\nB,Other,ID,C\n",
        "links.csv": "supplier_id,buyer_id,share\nC,X,1\n",
        "findings.csv": "id,subject_id,category,scope_country\nf,C,forced_labour,MY\n",
    }
    found = exposure(tmp_path, files)
    assert found["classes"]["named"] == 0.0
    assert found["waiting_reviews"] == 1
    assert found["score"] == pytest.approx(0.5)  # the site in scope, one of two in equal split


def test_an_id_may_hold_any_character(tmp_path: Path) -> None:
    order = "id,subject_id,category,scope_commodity\nf,A\x1fB,forced_labour,palm oil\n"
    links = "supplier_id,buyer_id,product,share\nA\x1fB,X,palm oil,0.5\nA\x1fB,X,rubber,0.25\n"
    files = {"organizations.csv": BASE["organizations.csv"], "links.csv": links, "findings.csv": order}
    assert exposure(tmp_path, files)["score"] == 0.5
