"""Rows of a store as tables of a graph."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from graph_core.graph import table
from graph_core.schema import COLUMNS
from graph_core.store import columns


def links(number: int) -> list[list[Any]]:
    """Rows as a store gives them, some cells empty, not in the order of their ids."""
    values = [
        {
            "id": f"l{i * 7 % number:03}",
            "start": f"s{i}",
            "end": "X",
            "volume": None if i % 3 else 1.5,
            "sources": ["a"],
        }
        for i in range(number)
    ]
    return [[row.get(column) for column in COLUMNS["SUPPLIES"]] for row in values]


@pytest.mark.parametrize("at_once", [1, 4, 10, 11, 1_000])
def test_a_table_is_the_same_read_in_parts(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = links(11)
    whole = table("SUPPLIES", dict(zip(COLUMNS["SUPPLIES"], map(list, zip(*rows, strict=True)), strict=True)))
    monkeypatch.setattr(columns, "_AT_ONCE", at_once)
    foreign = [[None] * len(COLUMNS["SUPPLIES"])]
    pd.testing.assert_frame_equal(columns.frame("SUPPLIES", iter([*foreign, *rows])), whole)


def test_no_rows_are_an_empty_table() -> None:
    pd.testing.assert_frame_equal(columns.frame("SUPPLIES", ()), table("SUPPLIES"))
