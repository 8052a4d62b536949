"""The record tables as pandera schemas: the last check before records reach a store.

`loaders.validate` checks what a file says, row by row and in words for its author. This checks what a *loader* says: a
frame that breaks the contract is our fault, and none is kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from graph_core.model import RECORD, TABLES, Column, Kind

if TYPE_CHECKING:
    import pandera.pandas as pa

_DTYPES = {Kind.NUMBER: "float64", Kind.FLAG: "boolean"}


@cache
def schema(table: str) -> pa.DataFrameSchema:
    """Schema of a record table: columns, types, ranges, choices and what must not be empty.

    Parameters
    ----------
    table : str
        Name of the table in `graph_core.model.TABLES`.
    """
    import pandera.pandas as pa  # noqa: PLC0415 - takes a second to import

    own = {column.name: _column(column) for column in TABLES[table].columns}
    extra = {c.name: _column(c, optional=True) for c in RECORD if c.name not in own and c.name != "line"}
    return pa.DataFrameSchema({**own, **extra, "line": pa.Column("int64")}, strict=True, name=table)


def _column(column: Column, *, optional: bool = False) -> pa.Column:
    import pandera.pandas as pa  # noqa: PLC0415

    checks = []
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    if column.choices:
        checks.append(pa.Check.isin([str(choice) for choice in column.choices]))
    if column.kind is Kind.DATE:
        checks.append(pa.Check.str_matches(r"^\d{4}-\d{2}-\d{2}$"))
    if column.kind is Kind.COUNTRY:
        checks.append(pa.Check.str_matches(r"^[A-Z]{2}$"))
    dtype = _DTYPES.get(column.kind, "str")
    return pa.Column(dtype, checks, nullable=not column.required, required=not optional)


def check(records: dict[str, pd.DataFrame]) -> None:
    """Check the frames of a reading.

    Parameters
    ----------
    records : dict of str to DataFrame
        Record table -> its rows.

    Raises
    ------
    AssertionError
        A loader made a frame that is none of the model: our fault, never the file's.
    """
    if not any(len(frame) for frame in records.values()):
        return
    import pandera.errors  # noqa: PLC0415

    for table, frame in records.items():
        if len(frame):
            try:
                schema(table).validate(frame, lazy=True)
            except (pandera.errors.SchemaErrors, pandera.errors.SchemaError) as error:
                raise AssertionError(f"a loader made {table} that are none: {error}") from error
