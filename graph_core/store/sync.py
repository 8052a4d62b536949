"""Brings nodes and relationships of a store to given tables, writing only what differs.

Every node and relationship carries the fingerprint of its table row. The fingerprints are read, compared, and only
differences are written: stale relationships first, then stale nodes, new and changed nodes, and new relationships.
Each step can be repeated, so a sync that was killed is ended by the next one.

Tables may come in parts, so that one is written while the next is still worked out. The graph counts as whole after
the last one only. In a store that holds nothing yet, rows are made ready while others are written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import groupby
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from neo4j import ManagedTransaction

from graph_core.errors import StoreBusyError, StoreError
from graph_core.graph import PARTIES, Graph, digest
from graph_core.queries import statement
from graph_core.schema import NODES, RELATIONSHIPS
from graph_core.side_by_side import ahead, each
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
#: Transactions that are under way at once on a server, and rows of such a one at most.
_LANES = 2
_LANE_ROWS = 2_000
#: Rows of several tables that are written in one transaction.
_FEW = 500
#: Transactions whose rows are ready beside those that wait for their turn.
_AHEAD = 4
_READ_ATTEMPTS = 3
_LABELS = [node.label for node in NODES]
_TYPES = [relationship.type for relationship in RELATIONSHIPS]
#: Tables of a graph by label or type.
Tables = Mapping[str, pd.DataFrame]
#: Fingerprints of the rows of tables by label or type.
_Digests = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Difference:
    """What has to be done to one table: ids to delete, rows to create, rows to change."""

    gone: list[str]
    new: np.ndarray
    changed: np.ndarray

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.gone or len(self.new) or len(self.changed))


@dataclass(frozen=True)
class _Step:
    """A statement and the rows that it writes, in one message; none where it changes labels.

    Attributes
    ----------
    statement : str
        Its name in the catalogue.
    name : str
        Label or relationship type.
    rows : list of list
        What it writes.
    done, total : int
        Rows of the table that are written with it and before it, and all that are to be written.
    """

    statement: str
    name: str = ""
    rows: list[list[Any]] = field(default_factory=list)
    done: int = 0
    total: int = 0


#: Tells by what a store differs from a part of a graph.
_Compare = Callable[[Tables, _Digests], dict[str, _Difference]]


class _Way(Enum):
    """How transactions go to a server: side by side, one begun while the one before it is committed, or alone."""

    NODES = 1
    RELATIONSHIPS = 2
    ALONE = 3


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
        self._derived = version.derived
        #: Whether the last sync came to its end, and whether this one has written nothing yet after such a one.
        self._ended = self._clean = version.derived != DERIVING
        self._total = SyncCounts()
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
        if self._derived:
            for part in parts:
                self._put(self._transactions(part, self._take_away))
        else:
            with ahead((some for part in parts for some in self._transactions(part, self._all_new)), _AHEAD) as ready:
                self._put(ready)
        if not self._clean or self._derived != version:
            self._lease.write("store/set_derived", derived=version)
        return self._total

    def _transactions(self, part: Tables, compare: _Compare) -> Iterator[list[_Step]]:
        """What is to be written of a part; none of it waits for the next."""
        _check(part)
        digests = {name: digest(frame) for name, frame in part.items()}
        yield from _together(self._steps(part, digests, compare(part, digests)))

    def _all_new(self, part: Tables, _digests: _Digests) -> dict[str, _Difference]:
        """Differences from a store that holds nothing; asks it for nothing, so that another thread may find them."""
        differences = {name: _Difference([], np.arange(len(part[name])), np.arange(0)) for name in part}
        self._tally(differences.values())
        return differences

    def _take_away(self, part: Tables, digests: _Digests) -> dict[str, _Difference]:
        """Differences from what the store holds; what is stale goes from it."""

        def compare(names: list[str]) -> dict[str, _Difference]:
            return {name: _difference(part[name], digests[name], self._read(name)) for name in names if name in part}

        nodes, links = compare(_LABELS), compare(_TYPES)
        before = {
            name: _difference(part[name], digests[name], held) for name, held in self._before.items() if name in part
        }
        self._tally({**nodes, **links, **before}.values())
        self._delete_relationships(part, links)
        if any(difference.gone for difference in nodes.values()):
            self._before |= {kind: self._read(kind) for kind in _TYPES if kind not in part}
        if self._delete_nodes(nodes):  # took along relationships of nodes that come back under another label
            links = compare(_TYPES)
        return {**nodes, **links}

    def _tally(self, differences: Iterable[_Difference]) -> None:
        for difference in differences:
            self._total += SyncCounts(
                created=len(difference.new), updated=len(difference.changed), deleted=len(difference.gone)
            )

    def _steps(self, part: Tables, digests: _Digests, differences: Mapping[str, _Difference]) -> Iterator[_Step]:
        """Nodes, the labels of brands after theirs, then relationships."""
        for label in filter(part.__contains__, _LABELS):
            difference = differences[label]
            yield from self._rows("create", label, part[label], digests[label], difference.new)
            yield from self._rows("update", label, part[label], digests[label], difference.changed)
            if label == "Organization" and (difference.any or not self._ended):
                yield from self._marks_of_brands(part[label])
        for kind in filter(part.__contains__, _TYPES):
            yield from self._rows("create", kind, part[kind], digests[kind], _by_ends(part[kind], differences[kind]))

    def _marks_of_brands(self, organizations: pd.DataFrame) -> Iterator[_Step]:
        """Label the brands; organizations that were there before may have been brands."""
        if self._held["Organization"]:
            yield _Step("store/unmark_brands")
        if organizations["brand"].any():
            yield _Step("store/mark_brands")

    def _read(self, name: str) -> dict[str, int]:
        """Fingerprints that the store holds, by id."""
        return _digests(self._bolt, name, self._held[name])

    def _write(self, name: str, **parameters: Any) -> None:
        """Run one statement on a graph that is marked as being written."""
        self._mark()
        self._lease.write(name, **parameters)

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

    def _rows(
        self, verb: str, name: str, table: pd.DataFrame, digests: np.ndarray, positions: np.ndarray
    ) -> Iterator[_Step]:
        """Rows of a table at some positions, ready to be written."""
        total, done = len(positions), 0
        most = self._most(total)
        for begin in range(0, total, most):
            some = positions[begin : begin + most]
            for batch in columns.batches(columns.rows(name, table.iloc[some], digests[some])):
                done += len(batch)
                yield _Step(f"store/{verb}_{file_name(name)}", name, batch, done, total)

    def _most(self, total: int) -> int:
        """Rows of a transaction; on a server a table is cut evenly, so that its lanes end together."""
        if self._bolt.embedded or total <= _LANE_ROWS:
            return columns.MAX_ROWS
        rounds = math.ceil(total / (_LANES * _LANE_ROWS))
        return math.ceil(total / (_LANES * rounds))

    def _put(self, transactions: Iterable[list[_Step]]) -> None:
        for way, some in groupby(transactions, _way):
            self._mark()
            for steps in self._each(way, some):
                for step in steps:
                    if step.rows:
                        self._report(f"write {step.name}", step.done, step.total)

    def _each(self, way: _Way, transactions: Iterable[list[_Step]]) -> Iterator[list[_Step]]:
        """Run transactions; on a server two at a time, but for their commits, which all need the lease.

        Those of nodes have no other locks in common. Those of relationships have, so that the statements of one begin
        when those of the one before it are through, which then needs nothing that the other may hold. Its commit is
        half of the time that it takes.
        """
        turn = Lock() if way is _Way.RELATIONSHIPS else nullcontext()

        def put(steps: list[_Step]) -> list[_Step]:
            def work(tx: ManagedTransaction) -> None:
                with turn:
                    for step in steps:
                        _execute(tx, step)

            self._lease.transaction(work)
            return steps

        if self._bolt.embedded or way is _Way.ALONE:
            return map(put, transactions)
        return each(put, transactions, _LANES)


def _way(steps: list[_Step]) -> _Way:
    names = {step.name for step in steps}
    if names <= set(_LABELS):
        return _Way.NODES
    return _Way.RELATIONSHIPS if names <= set(_TYPES) else _Way.ALONE


def _together(steps: Iterable[_Step]) -> Generator[list[_Step]]:
    """Steps by transactions: such as are all that is to be written of a table, and few, together; others alone.

    Labels change alone too: the embedded engine cannot do it in the transaction that made the nodes.
    """
    some: list[_Step] = []
    rows = 0
    for step in steps:
        alone = not 0 < step.total == len(step.rows)
        if some and (alone or rows + step.total > _FEW):
            yield some
            some, rows = [], 0
        some.append(step)
        rows += step.total
        if alone or rows >= _FEW:  # nothing more goes with it
            yield some
            some, rows = [], 0
    if some:
        yield some


def _execute(tx: ManagedTransaction, step: _Step) -> None:
    counters = tx.run(statement(step.statement), rows=step.rows).consume().counters
    missing = len(step.rows) - counters.nodes_created - counters.relationships_created
    if "/create_" in step.statement and missing:
        raise StoreError(
            f"{missing} of {len(step.rows)} {step.name} could not be written because an end of theirs is missing "
            "from the graph."
        )


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
