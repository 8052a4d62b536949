"""Brings nodes and relationships of a store to given tables, writing only what differs.

Every node and relationship carries the fingerprint of its table row. The fingerprints are read, compared, and only
differences are written: stale relationships first, then stale nodes, new and changed nodes, and new relationships.
Each step can be repeated, so a sync that was killed is ended by the next one.

Tables may come in parts, so that one is written while the next is still worked out. The graph counts as whole after
the last one only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from neo4j import ManagedTransaction

from graph_core.errors import StoreBusyError, StoreError
from graph_core.graph import PARTIES, Graph, digest
from graph_core.queries import statement
from graph_core.schema import NODES, RELATIONSHIPS
from graph_core.side_by_side import each
from graph_core.store import columns
from graph_core.store.base import DERIVING, Report, StoreVersion, SyncCounts
from graph_core.store.bolt import FAT, Bolt
from graph_core.store.lease import Lease
from graph_core.store.names import file_name

#: Rows that one record of a paged read holds on average.
PAGE = 1_000
#: Rows that the server gathers for one statement of a paged read.
SLICE = 200_000
_DELETE_NODES = 1_000
#: Batches of nodes that are under way at once on a server, and rows of such a one at most.
_LANES = 2
_LANE_ROWS = 2_000
#: Rows of a table that are Python values at once.
_AT_ONCE = 20 * _LANES * _LANE_ROWS
_READ_ATTEMPTS = 3
_LABELS = [node.label for node in NODES]
_TYPES = [relationship.type for relationship in RELATIONSHIPS]
#: Tables of a graph by label or type.
Tables = Mapping[str, pd.DataFrame]
#: Writes a batch of rows and says how many they were.
Put = Callable[[list[list[Any]]], int]


@dataclass(frozen=True)
class _Difference:
    """What has to be done to one table: ids to delete, rows to create, rows to change."""

    gone: list[str]
    new: np.ndarray
    changed: np.ndarray


def _counts(bolt: Bolt) -> dict[str, int]:
    return {r["name"]: r["number"] for r in bolt.read("store/counts")}


def _paged(bolt: Bolt, kind: str, name: str, number: int, report: Report | None = None) -> Iterator[list[Any]]:
    """Items of one label or type; many travel in one record, which is several times faster than one each."""
    slices = max(1, math.ceil(number / SLICE))
    pages = max(1, math.ceil(number / slices / PAGE))
    for index in range(slices):
        parameters = {"slices": slices, "slice": index, "pages": pages}
        for record in bolt.read(f"store/{kind}_{file_name(name)}", fetch_size=FAT * 4, **parameters):
            yield from record["items"]
        if report is not None:
            report(f"read {name}", min(number, (index + 1) * SLICE), number)


def _digests(bolt: Bolt, name: str, number: int) -> dict[str, int]:
    """Fingerprints by id."""
    if not number:
        return {}
    return {item[0]: item[1] for item in _paged(bolt, "digest", name, number) if item[0] is not None}


def _difference(frame: pd.DataFrame, digests: np.ndarray, held: dict[str, int]) -> _Difference:
    ids = frame["id"].tolist()
    if not held:
        return _Difference([], np.arange(len(ids)), np.arange(0))
    have = [held.get(key) for key in ids]
    new = np.array([h is None for h in have], dtype=bool)
    changed = np.array([h is not None and h != d for h, d in zip(have, digests.tolist(), strict=True)], dtype=bool)
    gone = sorted(held.keys() - set(ids))
    return _Difference(gone, np.flatnonzero(new), np.flatnonzero(changed))


def _by_ends(table: pd.DataFrame, difference: _Difference) -> np.ndarray:
    """Positions of the relationships to create, by their ends: sorted is faster."""
    wanted = np.union1d(difference.new, difference.changed)
    ends = table[["start", "end"]].iloc[wanted]
    by_ends: np.ndarray = wanted[np.lexsort((ends["end"].to_numpy(object), ends["start"].to_numpy(object)))]
    return by_ends


def _check(part: Tables) -> None:
    """One id, one thing: the stores do not all refuse an organization and a facility of one id."""
    ids_of = {name: frame["id"] for name, frame in part.items()}
    if parties := [ids_of[name] for name in PARTIES if name in part]:
        ids_of["Party"] = pd.concat(parties)
    for name, ids in ids_of.items():
        twice = ids[ids.duplicated()]
        if len(twice):
            raise StoreError(f"The graph has two {name} with the id {twice.iloc[0]!r}; nothing of it was written.")


class Sync:
    """One bringing of a store to a graph.

    Parameters
    ----------
    bolt, lease
        Connection, and the right to write.
    version : StoreVersion
        What the store holds.
    report : callable
        Told about progress.
    """

    def __init__(self, bolt: Bolt, lease: Lease, version: StoreVersion, report: Report) -> None:
        self._bolt, self._lease, self._report = bolt, lease, report
        self._clean = version.derived != DERIVING
        self._derived = version.derived
        #: Relationships of later parts as they were before nodes at their ends went.
        self._before: dict[str, dict[str, int]] = {}

    @cached_property
    def _held(self) -> dict[str, int]:
        """Nodes and relationships that were held before; a store to which nothing was ever derived holds none."""
        return dict.fromkeys((*_LABELS, *_TYPES), 0) if self._derived == 0 else _counts(self._bolt)

    def run(self, parts: Iterable[Tables], version: int) -> SyncCounts:
        """Write the differences, part by part, then tell what the graph was derived from.

        Parameters
        ----------
        parts : iterable of mapping
            Tables by label or type; what no part names stays as it is. Relationships come with the nodes at their
            ends, or after them.
        version : int
            Value of `StoreVersion.records` that the tables were derived from.
        """
        total = SyncCounts()
        for part in parts:
            total += self._bring(part)
        if not self._clean or self._derived != version:
            self._lease.write("store/set_derived", derived=version)
        return total

    def _bring(self, part: Tables) -> SyncCounts:
        _check(part)
        digests = {name: digest(frame) for name, frame in part.items()}

        def compare(names: list[str]) -> dict[str, _Difference]:
            return {name: _difference(part[name], digests[name], self._read(name)) for name in names if name in part}

        nodes, links = compare(_LABELS), compare(_TYPES)
        before = {
            name: _difference(part[name], digests[name], held) for name, held in self._before.items() if name in part
        }
        everything = {**nodes, **links, **before}.values()
        counts = SyncCounts(
            created=sum(len(d.new) for d in everything),
            updated=sum(len(d.changed) for d in everything),
            deleted=sum(len(d.gone) for d in everything),
        )
        self._delete_relationships(part, links)
        if any(difference.gone for difference in nodes.values()):
            self._before |= {kind: self._read(kind) for kind in _TYPES if kind not in part}
        if self._delete_nodes(nodes):  # took along relationships of nodes that come back under another label
            links = compare(_TYPES)
        for label, difference in nodes.items():
            self._put("create", label, part[label], digests[label], difference.new)
            self._put("update", label, part[label], digests[label], difference.changed)
        if "Organization" in part:
            self._mark_brands(part["Organization"])
        for kind, difference in links.items():
            self._put("create", kind, part[kind], digests[kind], _by_ends(part[kind], difference))
        return counts

    def _read(self, name: str) -> dict[str, int]:
        """Fingerprints that the store holds, by id."""
        return _digests(self._bolt, name, self._held[name])

    def _write(self, name: str, **parameters: Any) -> int:
        """Write one batch to a graph that is marked as being written. Gives what was created."""
        self._mark()

        def work(tx: ManagedTransaction) -> int:
            counters = tx.run(statement(name), parameters).consume().counters
            return counters.nodes_created + counters.relationships_created

        return self._lease.transaction(work)

    def _mark(self) -> None:
        """Mark the graph as being written, once."""
        if self._clean:
            self._lease.write("store/set_derived", derived=DERIVING)
            self._clean = False

    def _delete_relationships(self, part: Tables, links: dict[str, _Difference]) -> None:
        for kind, difference in links.items():
            changed = part[kind]["id"].iloc[difference.changed].tolist()
            ids = difference.gone + changed
            for begin in range(0, len(ids), columns.MAX_ROWS):
                self._write(f"store/delete_{file_name(kind)}", ids=ids[begin : begin + columns.MAX_ROWS])
                self._report(f"delete {kind}", min(begin + columns.MAX_ROWS, len(ids)), len(ids))

    def _delete_nodes(self, nodes: dict[str, _Difference]) -> bool:
        any_gone = False
        for label, difference in nodes.items():
            for begin in range(0, len(difference.gone), _DELETE_NODES):
                self._write(f"store/delete_{file_name(label)}", ids=difference.gone[begin : begin + _DELETE_NODES])
                self._report(f"delete {label}", min(begin + _DELETE_NODES, len(difference.gone)), len(difference.gone))
                any_gone = True
        return any_gone

    def _put(self, verb: str, name: str, table: pd.DataFrame, digests: np.ndarray, positions: np.ndarray) -> None:
        if not len(positions):
            return

        def put(batch: list[list[Any]]) -> int:
            made = self._write(f"store/{verb}_{file_name(name)}", rows=batch)
            if verb == "create" and made != len(batch):
                raise StoreError(
                    f"{len(batch) - made} of {len(batch)} {name} could not be written because an end of theirs is "
                    "missing from the graph."
                )
            return len(batch)

        self._mark()
        done = 0
        for begin in range(0, len(positions), _AT_ONCE):
            some = positions[begin : begin + _AT_ONCE]
            rows = columns.rows(name, table.iloc[some], digests[some])
            for number in self._each(put, rows, side_by_side=name in _LABELS):
                done += number
                self._report(f"write {name}", done, len(positions))

    def _each(self, put: Put, rows: list[list[Any]], *, side_by_side: bool) -> Iterator[int]:
        """Put rows in batches; on a server, those of nodes two at a time, since they have no locks in common."""
        if self._bolt.embedded or not side_by_side or len(rows) <= _LANE_ROWS:
            yield from map(put, columns.batches(rows))
            return
        rounds = math.ceil(len(rows) / (_LANES * _LANE_ROWS))  # so that no lane waits for the other at the end
        yield from each(put, columns.batches(rows, math.ceil(len(rows) / (_LANES * rounds))), _LANES)

    def _mark_brands(self, organizations: pd.DataFrame) -> None:
        """Label the brands; organizations that were there before may have been brands."""
        if self._clean:
            return  # nothing was written to the nodes, and the last sync came to its end
        if self._held["Organization"]:
            self._write("store/unmark_brands")
        if organizations["brand"].any():
            self._write("store/mark_brands")


def read_version(bolt: Bolt) -> StoreVersion:
    """Tell which content the store holds."""
    found = bolt.read("store/read_state")
    if not found:
        return StoreVersion("", 0, 0)
    return StoreVersion(found[0]["uuid"], found[0]["records"], found[0]["derived"])


def read_graph(bolt: Bolt, report: Report) -> Graph:
    """Read all nodes and relationships, of one version.

    Raises
    ------
    StoreBusyError
        The graph is being written, or its writing was cut short; deriving again ends it.
    """
    for _ in range(_READ_ATTEMPTS):
        before = read_version(bolt)
        if before.derived == DERIVING:
            break
        numbers = _counts(bolt)
        tables = {
            name: columns.frame(name, _paged(bolt, "read", name, numbers[name], report) if numbers[name] else ())
            for name in (*_LABELS, *_TYPES)
        }
        if read_version(bolt) == before:
            return Graph(tables, before.derived)
    raise StoreBusyError("The graph is being written just now, or a load was cut short. Run the load again, or wait.")
