"""Changes as text: what is written is read back for any id; what is typed is read by who is there."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_core.errors import InputError, NotFoundError, UsageError
from graph_core.graph import Graph
from graph_core.scenario import Change, Clean, Cover, Drop, Flag, Replace, Verify
from graph_core.scenario_text import FORMS, read_change, written
from graph_core.schema import COLUMNS


def graph_of(*ids: str, name: str = "") -> Graph:
    rows = pd.DataFrame({column: pd.Series([None] * len(ids), dtype=object) for column in COLUMNS["Facility"]})
    rows["id"], rows["name"] = list(ids), [name or f"name of {one}" for one in ids]
    rows["merged_ids"] = [[] for _ in ids]
    return Graph({"Facility": rows})


ids = st.text(alphabet=st.sampled_from("aB:=%,&#/ 3A\u00e9\u4e2d'\""), min_size=1, max_size=8).filter(str.strip)
share = st.floats(0, 1, allow_nan=False)


@given(one=ids, other=ids, number=share)
def test_what_is_written_is_read_back(one: str, other: str, number: float) -> None:
    graph = graph_of(*dict.fromkeys((one, other)))
    changes: list[Change] = [
        Clean(one),
        Flag(one, number),
        Drop(one, other),
        Verify(one, other, number),
        Cover(other, number),
    ]
    if one != other:
        changes.append(Replace(one, other))
    for change in changes:
        assert read_change(change.kind, written(change), graph, escaped=True) == change


def test_what_is_typed_is_read_by_the_parties_that_there_are() -> None:
    graph = graph_of("A", "brand:X")
    assert read_change("drop", "A:brand:X", graph) == Drop("A", "brand:X")
    assert read_change("verify", "A:brand:X=0.5", graph) == Verify("A", "brand:X", 0.5)
    assert read_change("clean", "NAME OF a", graph) == Clean("A")
    with pytest.raises(InputError, match="2 pairs"):
        read_change("drop", "a:b:c", graph_of("a", "b:c", "a:b", "c"))
    with pytest.raises(NotFoundError, match="no organization or facility"):
        read_change("drop", "A:C", graph)


@pytest.mark.parametrize(
    ("kind", "text"), [("flag", "A"), ("flag", "A=much"), ("drop", "A"), ("cover", "A="), ("drop", ":A")]
)
def test_what_has_another_form_is_refused_with_the_form(kind: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"--{kind} {FORMS[kind]}"):
        read_change(kind, text, graph_of("A"), before="--")


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match=r"0\.\.1"):
        read_change("flag", "A=7", graph_of("A"))
