"""What is believed, kept in step with what was said: deriving into the store, and reading back."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from graph_core.derive import (
    REMATCHED,
    Identified,
    Said,
    Unmatched,
    derive,
    derive_shares,
    derive_who,
    ended_by_lists,
    rematch,
)
from graph_core.errors import InputError, NotFoundError
from graph_core.garbage import collected_seldom
from graph_core.graph import PARTIES, Graph, digest
from graph_core.graph_files import encode, read, write
from graph_core.model import PLANS
from graph_core.resolve.judgements import SOURCE_ID as JUDGEMENTS
from graph_core.schema import COLUMNS
from graph_core.shares import check_stated
from graph_core.side_by_side import settle
from graph_core.store.base import Report, Store, SyncCounts, finishing, silent

Writing = Callable[[], AbstractContextManager[Store]]


@dataclass(frozen=True)
class Rebuilt:
    """What deriving again came to.

    Attributes
    ----------
    counts : SyncCounts
        Nodes and relationships that were written.
    placeholders : int
        Parties that a record names and none defines.
    graph : Graph
        What is believed now.
    ended : dict of str to int
        Day of a delivery -> findings that earlier deliveries of its list hold and it lacks.
    """

    counts: SyncCounts
    placeholders: int
    graph: Graph
    ended: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Deriving:
    """A graph that is being derived; each part can be waited for by itself.

    Attributes
    ----------
    parties : Future of dict of str to DataFrame
        Its tables of parties alone.
    unmatched : Future of Unmatched
        All but which parties the findings are about.
    graph : Future of Graph
        All of it.
    """

    parties: Future[Mapping[str, pd.DataFrame]]
    unmatched: Future[Unmatched]
    graph: Future[Graph]

    def cancel(self) -> None:
        """Want no more of it; what is being worked out is finished, and nothing after it begun."""
        for part in (self.parties, self.unmatched, self.graph):
            part.cancel()


@contextmanager
def deriving(record_sets: Sequence[Said]) -> Iterator[Deriving]:
    """Derive a graph in a thread of its own, while the caller waits for a server.

    Who leaves before it is done waits for nothing: Ctrl-C ends a program at once.

    Parameters
    ----------
    record_sets : sequence
        What is said.
    """
    derived = Deriving(Future(), Future(), Future())
    who: list[Identified] = []  # holds all records; taken out by the step that needs them, and gone with it

    def parties() -> Mapping[str, pd.DataFrame]:
        who.append(derive_who(record_sets))
        return who[0].parties

    def unmatched() -> Unmatched:
        derived.parties.result()  # raises what it came to
        return who.pop().unmatched()

    def work() -> None:
        settle(derived.parties, parties)
        settle(derived.unmatched, unmatched)
        settle(derived.graph, lambda: derived.unmatched.result().matched())

    with collected_seldom():
        threading.Thread(target=work, name="deriving", daemon=True).start()
        try:
            yield derived
        finally:
            derived.cancel()


def rebuild(store: Store, report: Report = silent) -> Rebuilt:
    """Derive the graph from all records and bring the store to it; the caller holds the right to write.

    Parameters
    ----------
    store : Store
        Written by differences only, so that an unchanged graph costs a read.
    report : callable
        Told about progress; what is begun is finished, whatever it raises to cancel.

    Returns
    -------
    Rebuilt
        What was written, and what is named but not defined.
    """
    with deriving(store.read_records()) as derived:
        return bring(store, derived, report)


def bring(store: Store, derived: Deriving, report: Report = silent, home: Path | None = None) -> Rebuilt:
    """Bring the store to a graph that is being derived from all its records; see `rebuild`.

    The rest is derived, names are compared and files are made while the server writes what is known already. So an
    error in deriving may come when parties are written; the next reader derives again, as after any death.

    Parameters
    ----------
    store : Store
        Holds the records from which the graph is derived.
    derived : Deriving
        The graph.
    report : callable
        Told about progress.
    home : Path, optional
        Folder that keeps the graph as files, where they are made, for the next reader (see `load_graph`).
    """
    version, told = store.version(), finishing(report)
    told("deriving", 0, 0)
    files = _files(derived.graph) if home is not None else Future()
    try:
        counts = store.sync(_in_parts(derived, bare=version.derived == 0), version.records, told)
        if home is not None:
            write(files.result(), home, store.version())
    finally:
        files.cancel()
    unmatched = derived.unmatched.result().graph
    return Rebuilt(
        counts,
        sum(int(unmatched[label]["placeholder"].sum()) for label in PARTIES),
        derived.graph.result().as_of_version(version.records),
        ended_by_lists(unmatched["Finding"]),
    )


def _files(graph: Future[Graph]) -> Future[dict[str, bytes]]:
    """Make the files of a graph (`graph_core.graph_files`) in a thread of its own, as soon as there is one."""
    made: Future[dict[str, bytes]] = Future()

    def work() -> None:
        wait([graph])  # until then nothing is under way, and can be cancelled
        settle(made, lambda: encode(graph.result()))

    threading.Thread(target=work, name="files", daemon=True).start()
    return made


def _in_parts(derived: Deriving, *, bare: bool) -> Iterator[Mapping[str, pd.DataFrame]]:
    """Tables in the order in which they are known: all that rests on no match, then the matches.

    To a store that is bare the parties come first. Elsewhere some may have to go, and their relationships before them.
    """
    apart = {*REMATCHED}
    if bare:
        yield derived.parties.result()
        apart.update(PARTIES)
    known = derived.unmatched.result().graph.tables
    yield {name: frame for name, frame in known.items() if name not in apart}
    yield {name: derived.graph.result()[name] for name in REMATCHED}


def rejudge(store: Store, graph: Graph, judgements: pd.DataFrame, report: Report = silent) -> tuple[Graph, SyncCounts]:
    """Bring the store to what follows from decisions about findings and parties, without deriving all else again.

    Parameters
    ----------
    store : Store
        Open for writing; the caller holds the right to write and has kept the judgements, and nothing else, since the
        graph was derived.
    graph : Graph
        What was believed before.
    judgements : DataFrame
        All judgements; see `graph_core.derive.rematch`.
    report : callable
        Told about progress.

    Returns
    -------
    Graph
        What is believed now, with its version.
    SyncCounts
        What was written.
    """
    version = store.version()
    found = rematch(graph, [entry.source for entry in store.held()], judgements)
    counts = store.sync([{name: found[name] for name in REMATCHED}], version.records, finishing(report))
    return found.as_of_version(version.records), counts


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a source came to.

    Attributes
    ----------
    records : int
        Records that went.
    counts : SyncCounts
        Nodes and relationships that went, and those that changed because of it.
    """

    records: int
    counts: SyncCounts


def forget(store: Store, source: str, *, dry_run: bool = False, report: Report = silent) -> Forgotten:
    """Remove all that a source said, and derive the graph again without it.

    Parameters
    ----------
    store : Store
        Open for writing.
    source : str
        Id of the source.
    dry_run : bool
        Count only.
    report : callable
        Told about progress.

    Returns
    -------
    Forgotten
        What went. The graph is then the one that a store would hold to which the source was never loaded.

    Raises
    ------
    InputError
        It is the decisions or the plans of people.
    NotFoundError
        No such source was loaded; the message names those that are near, or that hold rows which name it.
    """
    if source == JUDGEMENTS:
        raise InputError(
            "the decisions of people are no source to be forgotten; take them back with `tiertrace review undo`, so "
            "that it stays known who decided what"
        )
    if source == PLANS:
        raise InputError(
            "scenarios and actions are no source to be forgotten; `tiertrace action update ID --status dropped` ends "
            "an action, so that it stays known what was planned"
        )
    held = store.held()
    of_it = [entry for entry in held if entry.source["id"] == source]
    # Corrections of its rows, and changes of it, say nothing without it.
    on_it = [e for e in held if source in (e.source.get("corrects"), e.source.get("amends"))] if of_it else []
    if not of_it:
        raise NotFoundError(_no_source(source, [str(entry.source["id"]) for entry in held]))
    number = sum(sum(entry.rows.values()) for entry in (*of_it, *on_it))
    gone = dict.fromkeys(str(entry.source["id"]) for entry in (*of_it, *on_it))
    if dry_run:
        record_sets = store.read_records()
        left = [record_set for record_set in record_sets if record_set.source["id"] not in gone]
        return Forgotten(number, _difference(derive(record_sets), derive(left)))
    with store.writer():
        for one in gone:
            store.forget(one)
        return Forgotten(number, rebuild(store, report).counts)


def _difference(before: Graph, after: Graph) -> SyncCounts:
    """Nodes and relationships by which two graphs differ."""
    total = SyncCounts()
    for name in COLUMNS:
        old, new = (pd.Series(digest(graph[name]), index=graph[name]["id"]) for graph in (before, after))
        both = old.index.intersection(new.index)
        total = SyncCounts(
            created=total.created + len(new) - len(both),
            updated=total.updated + int((old[both].to_numpy() != new[both].to_numpy()).sum()),
            deleted=total.deleted + len(old) - len(both),
        )
    return total


def _no_source(source: str, known: list[str]) -> str:
    close = difflib.get_close_matches(source, known, n=1) or [name for name in known if source.casefold() in name]
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"no source {source!r} is loaded{hint} (`tiertrace sources` lists them)"


def refuse_contradictions(record_sets: Sequence[Said]) -> None:
    """Check that stated shares and coverages agree with each other, before they count.

    Parameters
    ----------
    record_sets : sequence
        All that would be said.

    Raises
    ------
    InputError
        On some day the shares of a buyer would sum to more than 1, or than its stated coverage.
    """
    check_stated(*derive_shares(record_sets))


def load_graph(store: Store, home: Path, writing: Writing, report: Report = silent) -> Graph:
    """Give the believed graph: from files beside the store where they are of its version, else from the store.

    A load that was killed between its records and the graph leaves the graph older than the records; that is found
    here and mended by deriving again.

    Parameters
    ----------
    store : Store
        Where the graph is.
    home : Path
        Folder that keeps the files.
    writing : callable
        Opens the same store for writing, where a graph has to be mended.
    report : callable
        Told about progress.

    Returns
    -------
    Graph
        Empty for a store to which nothing was ever loaded.
    """
    version = store.version()
    if version.records != version.derived:
        with writing() as writable, writable.writer():
            if writable.version().records != writable.version().derived:  # another process may have been quicker
                rebuild(writable, report)
        version = store.version()
    if not version.uuid:
        return Graph()
    held = read(home, version)
    if held is not None:
        return held
    graph = store.read_graph(report)
    write(encode(graph), home, version)
    return graph


def require_content(graph: Graph) -> None:
    """Refuse to go on with an empty store.

    Raises
    ------
    InputError
        Nothing was loaded yet.
    """
    if graph["Organization"].empty and graph["Facility"].empty:
        raise InputError("the store is empty; load something first, such as `tiertrace load tables DIR`")
