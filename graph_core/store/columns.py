"""Between the tables of a graph and the rows that travel over Bolt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from graph_core.graph import table
from graph_core.schema import COLUMNS, TYPES, Type

#: Largest number of rows in one message; more brings nothing.
MAX_ROWS = 5_000
#: Rows that are held as Python values while a table is read.
_AT_ONCE = 50_000
#: Largest estimated size of a message in bytes. Servers hang or refuse above 16 MiB; the estimate is generous.
MAX_BYTES = 4 << 20


def _values(column: pd.Series, kind: Type) -> list[Any]:
    """Plain Python values, None where there is none."""
    values = column.tolist()
    if kind is Type.STRINGS:
        return values
    return [None if absent else value for value, absent in zip(values, column.isna().tolist(), strict=True)]


def rows(name: str, frame: pd.DataFrame, digests: np.ndarray) -> list[list[Any]]:
    """Rows as the generated statements expect them: the columns of the schema, then the digest.

    Parameters
    ----------
    name : str
        Label or relationship type.
    frame : DataFrame
        Table of a graph.
    digests : array of int64
        Fingerprint of each row.
    """
    kinds = TYPES[name]
    columns = [_values(frame[column], kinds[column]) for column in COLUMNS[name]]
    return [list(row) for row in zip(*columns, digests.tolist(), strict=True)]


def frame(name: str, rows: Iterable[list[Any]]) -> pd.DataFrame:
    """Table of a graph from rows that are read; rows without an id are not ours and are left out.

    Rows become columns some thousand at a time, so that never all of them are Python values at once.
    """
    ours = (row for row in rows if row[0] is not None)
    parts = []
    while chunk := list(islice(ours, _AT_ONCE)):
        parts.append(table(name, dict(zip(COLUMNS[name], map(list, zip(*chunk, strict=True)), strict=True))))
    if len(parts) < 2:
        return parts[0] if parts else table(name)
    return pd.concat(parts, ignore_index=True).sort_values("id", kind="stable", ignore_index=True)


def _size(row: list[Any]) -> int:
    """Upper estimate of the bytes that a row takes in a message."""
    total = 0
    for value in row:
        if isinstance(value, str):
            total += 4 * len(value) + 5
        elif isinstance(value, list):
            total += 5 + sum(4 * len(item) + 5 if isinstance(item, str) else 9 for item in value)
        else:
            total += 9
    return total


def batches(rows: list[list[Any]]) -> Iterator[list[list[Any]]]:
    """Cut rows into messages that every server takes."""
    batch: list[list[Any]] = []
    total = 0
    for row in rows:
        size = _size(row)
        if batch and (len(batch) == MAX_ROWS or total + size > MAX_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(row)
        total += size
    if batch:
        yield batch
