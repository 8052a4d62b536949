"""`tiertrace match --evaluate`: a user's labelled pairs, and the measures."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from graph_core.cli import app
from graph_core.errors import InputError, UsageError
from graph_core.resolve.evaluate import evaluate, measures, read, wilson
from loaders.countries import alpha2

HEAD = "left_name,left_address,left_country,right_name,right_address,right_country,label\n"
SAME = '"Zorvex Mulvari Ltd","14 Luoqing Road, Keqiao",China,ZORVEX MULVARI LIMITED,,CN,match\n'
APART = "Zorvex Garments,,BD,Mulvari Garments,,Bangladesh,distinct\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "pairs.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_json_has_the_stated_keys_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + APART + SAME + ",,,,,,distinct\n")
    ran = CliRunner().invoke(app, ["match", "--evaluate", str(path), "--format", "json"])
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)
    assert list(found) == ["pairs", "accepted", "review", "none", "precision", "precision_low", "recall", "rows"]
    assert [row["outcome"] for row in found["rows"]] == ["none", "accepted", "none"]
    assert all(set(row) == {"probability", "outcome", "reasons"} for row in found["rows"])
    assert (found["pairs"], found["accepted"], found["review"], found["none"]) == (3, 1, 0, 2)
    assert (found["precision"], found["recall"]) == (1.0, 1.0)
    assert found["precision_low"] == pytest.approx(0.2065, abs=1e-4)
    assert all(isinstance(reason, str) and reason for row in found["rows"] for reason in row["reasons"])


def test_precision_is_null_where_nothing_is_accepted_and_recall_without_a_match(tmp_path: Path) -> None:
    found = evaluate(read(written(tmp_path, HEAD + APART), alpha2))
    assert (found["precision"], found["precision_low"], found["recall"]) == (None, None, None)
    empty = evaluate(read(written(tmp_path, HEAD), alpha2))
    assert (empty["pairs"], empty["precision"], empty["rows"]) == (0, None, [])


def test_columns_in_any_order_with_bom_and_further_ones(tmp_path: Path) -> None:
    text = "\ufeffLABEL,note,right_country,left_country,right_name,left_name,left_address,right_address\n"
    pairs = read(written(tmp_path, text + " Match ,x,cn,CHN,Zorvex,Zorvex Ltd,,\n\n"), alpha2)
    assert pairs.left[["name", "country"]].to_numpy().tolist() == [["Zorvex Ltd", "CN"]]
    assert pairs.match.tolist() == [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("left_name,label\na,match\n", "line 1: no column left_address, left_country, right_name"),
        (HEAD.replace("label", "label,label"), "line 1: the column label stands there twice"),
        (HEAD + SAME + "a,,CN,b,,CN,maybe\n", "line 3, column label: 'maybe' is neither 'match' nor 'distinct'"),
        (HEAD + "a,,CN,b,,CN,\n", "line 2, column label: '' is neither"),
        (HEAD + "a,,Atlantis,b,,CN,match\n", "line 2, column left_country: 'Atlantis' is no country"),
        (HEAD + "a,,CN,b,,CN\n", "line 2: 6 cells under 7 headers"),
        (HEAD.strip() + ",left_lat\na,,CN,b,,CN,match,north\n", "line 2, column left_lat: 'north' is no number"),
        (HEAD + 'a,"x\n', "not readable as CSV"),
        ("", "line 1: no column left_name"),
    ],
)
def test_what_cannot_be_used_is_named_by_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        read(written(tmp_path, text), alpha2)


def test_no_file_and_another_encoding_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.csv", alpha2)
    with pytest.raises(InputError, match="UTF-8"):
        read(written(tmp_path, HEAD + SAME.replace("Zorvex", "Zörvex"), "utf-16"), alpha2)


def test_the_table_says_the_measures_and_a_file_stands_alone(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + APART + SAME)
    ran = CliRunner().invoke(app, ["match", "--evaluate", str(path)])
    assert "2 pairs, 1 accepted, 0 review, 1 none; precision 100.0 %" in ran.stdout
    ran = CliRunner().invoke(app, ["match", "--evaluate", str(path), "--format", "csv"])
    assert ran.stdout.splitlines()[0] == "pair,probability,outcome,reasons"
    assert isinstance(CliRunner().invoke(app, ["match", "--evaluate", str(path), "--parties"]).exception, UsageError)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilson_ends_solve_the_equation_that_defines_them(sample: tuple[int, int]) -> None:
    hits, total = sample
    share = hits / total
    for end in wilson(hits, total):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / total), abs=1e-6)
    assert 0 <= wilson(hits, total)[0] <= share <= wilson(hits, total)[1] <= 1


def test_measures_count() -> None:
    outcome = pd.Series(["accepted", "accepted", "review", "none"])
    found = measures(outcome, np.array([True, False, True, True]))
    assert (found["precision"], found["recall"]) == (0.5, pytest.approx(1 / 3))
