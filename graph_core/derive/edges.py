"""Relationships as tables, and the ids of relationships."""

from __future__ import annotations

import pandas as pd

from graph_core.graph import table


def row_ids(*columns: pd.Series) -> pd.Series:
    """Id of a relationship: a fingerprint of what makes it one, the same in every home."""
    frame = pd.concat([column.reset_index(drop=True).astype("str") for column in columns], axis=1)
    values = pd.util.hash_pandas_object(frame, index=False) if len(frame) else pd.Series(dtype="uint64")
    return pd.Series([f"{value:016x}" for value in values], index=columns[0].index, dtype="str")


def edges_of(kind: str, start: pd.Series, end: pd.Series, **properties: pd.Series | str) -> pd.DataFrame:
    """Table of the relationships of a type from their ends, one a pair of ends, without those that lack an end."""
    data = pd.DataFrame({"start": start, "end": end, **properties}).dropna(subset=["start", "end"])
    if data.empty:
        return table(kind)
    data = data.drop_duplicates(["start", "end"])
    return table(kind, data.assign(id=row_ids(data["start"] + "\x1f" + kind, data["end"])))
