"""Records of all sources, table by table, and the ways to read them: latest values, lists, keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd

from graph_core.derive.order import Said
from graph_core.model import TABLES

#: What every record is told with: its record set, when that was loaded, the dataset that it tells a part of, the file
#: (for corrected rows the one that they correct), and whether a person corrected it.
_OF_SET = ("set", "seq", "adds", "file", "corrected")


def gather(name: str, record_sets: Sequence[Said]) -> pd.DataFrame:
    """All records of one table, oldest load first, with the record set's own id as ``set``."""
    parts = [
        frame.assign(
            set=record_set.source["id"],
            seq=record_set.seq,
            adds=record_set.source.get("adds"),
            file=record_set.source.get("corrects") or record_set.source["id"],
            corrected=bool(record_set.source.get("corrects")),
        )
        for record_set in record_sets
        if (frame := record_set.frames.get(name)) is not None and len(frame)
    ]
    if not parts:
        return _nothing_said(name).copy()
    frame = pd.concat(parts, ignore_index=True).reindex(columns=_told(name))
    frame = frame.astype({"first_seen": "str", "last_seen": "str", "records": "float64"})
    # A correction is decided by load order; rows of one load by their place in the file.
    frame = frame.sort_values(["seq", "corrected", "set", "line"], kind="stable", ignore_index=True)
    if "source" in frame:
        # A row that names no source is said by its file; another file that says otherwise corrects it.
        # Files that each tell a part, such as bills of lading month by month, correct nothing of each other.
        frame["said_by"] = frame["source"].fillna("").where(frame["adds"].isna(), frame["file"])
        frame["source"] = frame["source"].fillna(frame["file"])
        frame["told_by"] = frame["source"].where(frame["adds"].isna(), frame["file"])
    return frame


@cache
def _nothing_said(name: str) -> pd.DataFrame:
    """Records of a table that no source speaks about."""
    columns = _told(name)
    named = ["said_by", "told_by"] if "source" in columns else []
    return pd.DataFrame(columns=[*columns, *named], dtype="str")


def _told(name: str) -> list[str]:
    """Columns of records with what every record is told with."""
    return [*TABLES[name].names, "line", "first_seen", "last_seen", "records", *_OF_SET]


def filled(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Put in what an empty cell means; last of all, so that a load that lacks a column corrects nothing by it."""
    known = {column.name: column.default for column in TABLES[name].columns if column.default is not None}
    return frame.fillna({column: value for column, value in known.items() if frame[column].isna().any()})


def key_of(name: str) -> list[str]:
    """Columns that say which thing a row is about, its source by who says it."""
    return ["said_by" if column == "source" else column for column in TABLES[name].key]


def latest_of(frame: pd.DataFrame, key: str = "id") -> pd.DataFrame:
    """One row a key: of each column the latest value that is not empty."""
    if frame.empty:
        return frame
    return frame.groupby(key, sort=True, as_index=False).last()


def lists_of(frame: pd.DataFrame, column: str, key: str = "id") -> pd.Series:
    """Sorted distinct values of a column, as a list a key."""
    known = frame[[key, column]].dropna()
    if known.empty:
        return pd.Series(index=known[key], dtype=object)
    known = known.drop_duplicates().sort_values([key, column])
    # Cut at the first row of every key: ten times as fast as making a list of each group.
    first = np.flatnonzero(~known[key].duplicated().to_numpy())
    values = known[column].tolist()
    lists = [values[begin:end] for begin, end in pairwise([*first.tolist(), len(values)])]
    return pd.Series(lists, index=known[key].iloc[first], dtype=object)


def split_values(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row a value for a column that holds several values split by ``|``."""
    part = frame[["id", column]].dropna()
    if part.empty:
        return part
    part = part.assign(**{column: part[column].str.split("|")}).explode(column)
    part[column] = part[column].str.strip()
    return part[part[column] != ""]
