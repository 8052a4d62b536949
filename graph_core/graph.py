"""The believed graph as columns: one table a node label, one table a relationship type."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graph_core.schema import COLUMNS, TYPES, Type

_DTYPES: dict[Type, Any] = {
    Type.STRING: "str",
    Type.INTEGER: "Int64",
    Type.FLOAT: "float64",
    Type.BOOLEAN: "boolean",
    Type.STRINGS: "object",
}


def table(name: str, data: pd.DataFrame | Mapping[str, object] | None = None) -> pd.DataFrame:
    """Bring a table to the columns and types of the schema, ordered by id.

    Parameters
    ----------
    name : str
        Label or relationship type.
    data : DataFrame or mapping of columns, optional
        What is known; columns that are missing become absent values. ``None``: an empty table.

    Returns
    -------
    DataFrame
        Columns as in ``COLUMNS[name]``; strings ``str``, floats ``float64``, integers ``Int64``, booleans
        ``boolean``, lists of strings as Python lists (never null).
    """
    frame = pd.DataFrame(data) if data is not None else pd.DataFrame()
    if not len(frame):
        return _empty(name).copy()
    columns = {column: _typed(frame, column, kind) for column, kind in _kinds(name)}
    return pd.DataFrame(columns, index=frame.index).sort_values("id", kind="stable", ignore_index=True)


@cache
def _empty(name: str) -> pd.DataFrame:
    """Table without rows; most loads leave most tables so, and making one takes as long as filling it."""
    nothing = pd.DataFrame()
    return pd.DataFrame({column: _typed(nothing, column, kind) for column, kind in _kinds(name)})


def _kinds(name: str) -> list[tuple[str, Type]]:
    """Columns of a table in their order, with their types."""
    return [(column, TYPES[name][column]) for column in COLUMNS[name]]


def _typed(frame: pd.DataFrame, column: str, kind: Type) -> pd.Series:
    """A column as the schema wants it, of absent values where the frame lacks it."""
    if kind is Type.STRINGS:
        values = frame[column] if column in frame else [None] * len(frame)
        lists = [list(v) if isinstance(v, (list, tuple, np.ndarray)) else [] for v in values]
        return pd.Series(lists, index=frame.index, dtype=object)
    values = frame[column] if column in frame else pd.Series(None, index=frame.index, dtype=object)
    typed: pd.Series = values.astype(_DTYPES[kind])
    return typed


def digest(frame: pd.DataFrame) -> np.ndarray:
    """Fingerprint of every row, equal for equal rows in any home and on any store.

    Returns
    -------
    array of int64
        One fingerprint a row, in the order of the rows.
    """
    if frame.empty:
        return np.empty(0, dtype=np.int64)
    flat = frame.copy()
    for column in flat.columns:
        if flat[column].dtype == object:
            flat[column] = ["\x1f".join(v) for v in flat[column]]
        elif str(flat[column].dtype) in ("Int64", "boolean"):
            flat[column] = flat[column].astype("float64")
        if flat[column].dtype == "float64":
            flat[column] = flat[column] + 0.0  # -0.0 and 0.0 are one value
    return pd.util.hash_pandas_object(flat, index=False).to_numpy().view(np.int64)


def among(values: pd.Series, others: pd.Series | pd.Index) -> np.ndarray:
    """Which of some strings occur among others (`isin` of pandas takes a Python step for each)."""
    wanted = pa.array(others, type=pa.large_string())
    found: np.ndarray = pc.is_in(pa.array(values, type=pa.large_string()), value_set=wanted).to_numpy(
        zero_copy_only=False
    )
    return found


def in_force(frame: pd.DataFrame, day: str) -> pd.DataFrame:
    """Rows whose interval [valid_from, valid_to) holds a day (ISO string); absent ends are open."""
    begun = frame["valid_from"].isna() | (frame["valid_from"] <= day)
    ended = frame["valid_to"].notna() & (frame["valid_to"] <= day)
    return frame[begun & ~ended]


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain dicts, absent values as ``None``."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]


#: Tables of parties.
PARTIES = ("Organization", "Facility")
#: What is known of them alone.
_KNOWN_OF_PARTIES = frozenset({"merged", "party_ids", "names", "countries"})


@dataclass(frozen=True, eq=False)
class Graph:
    """What is believed, table by table.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Key: node label or relationship type. Columns as in `graph_core.schema.COLUMNS`.
    version : int
        Version of the store that it was read from; 0 for a graph that was never stored.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    version: int = 0

    def __post_init__(self) -> None:
        for name in COLUMNS:
            if name not in self.tables:
                self.tables[name] = table(name)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def as_of_version(self, version: int) -> Graph:
        """The same content as of a later version of the store."""
        same = replace(self, version=version)
        same.__dict__.update(self.__dict__ | {"version": version})
        return same

    def having(self, tables: Mapping[str, pd.DataFrame]) -> Graph:
        """The same with some tables in place of others; what is known of the ones that stay is not worked out again."""
        other = replace(self, tables={**self.tables, **tables})
        other.__dict__["_sorted"] = {name: known for name, known in self._sorted.items() if name not in tables}
        if tables.keys().isdisjoint(PARTIES):
            other.__dict__.update({name: self.__dict__[name] for name in _KNOWN_OF_PARTIES & self.__dict__.keys()})
        return other

    @cached_property
    def _sorted(self) -> dict[str, bytes]:
        """Fingerprints of the rows of each table in their order, as far as they were asked for."""
        return {}

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """All sources that it rests on, by id."""
        return rows(self["Source"])

    @cached_property
    def fictional(self) -> bool:
        """Whether a source says that what it holds is invented, as the sample does."""
        sources = self["Source"]
        words = sources["title"].fillna("") + " " + sources["publisher"].fillna("")
        return bool(words.str.contains("fictional", case=False).any())

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every organization and facility by id."""
        return self.of_parties("name")

    @cached_property
    def countries(self) -> dict[str, str]:
        """Country of every organization and facility by id, where one is stated."""
        return self.of_parties("country")

    def of_parties(self, column: str) -> dict[str, str]:
        """One column of all organizations and facilities by id; absent values are left out."""
        parties = pd.concat([self[label][["id", column]] for label in PARTIES]).dropna()
        return dict(zip(parties["id"].tolist(), parties[column].tolist(), strict=True))

    @cached_property
    def merged(self) -> dict[str, str]:
        """Ids of parties under which they are not shown -> the id under which they are."""
        return {
            other: str(one)
            for label in PARTIES
            for one, others in zip(self[label]["id"], self[label]["merged_ids"], strict=True)
            for other in others
        }

    @cached_property
    def party_ids(self) -> frozenset[str]:
        """Ids of all organizations and facilities."""
        return frozenset(str(one) for label in PARTIES for one in self[label]["id"])

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content, independent of load order, paths, load times and the kind of store."""
        total = hashlib.sha256()
        for name in sorted(COLUMNS):
            total.update(name.encode())
            if name not in self._sorted:
                self._sorted[name] = np.sort(digest(self.tables[name])).tobytes()
            total.update(self._sorted[name])
        return total.hexdigest()
