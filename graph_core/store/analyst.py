"""Statements of users: read only, timed, capped, answered in values that JSON can hold."""

from __future__ import annotations

import base64
import math
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neo4j import READ_ACCESS, ManagedTransaction, unit_of_work
from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from graph_core.errors import RefusedError, StoreError
from graph_core.store.base import Rows
from graph_core.store.bolt import Bolt

_FETCH = 500
#: Seconds between two looks at whether a statement was cancelled.
_GLANCE = 0.2
#: Steps of a plan on Neo4j that READ mode lets through and that are no reading of the graph.
_FORBIDDEN_OPERATORS = (
    "LoadCSV",
    "ShowUser",
    "ShowCurrentUser",
    "ShowDatabase",
    "ShowSetting",
    "ShowTrans",
    "Terminate",
)


def plain(value: Any) -> Any:
    """Turn a value of the driver into one that JSON can hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": plain(dict(value))}
    if isinstance(value, Relationship):
        ends = [node.get("id") if node is not None else None for node in value.nodes]
        return {"type": value.type, "start": ends[0], "end": ends[1], "properties": plain(dict(value))}
    if isinstance(value, Path):
        return {"nodes": [plain(n) for n in value.nodes], "relationships": [plain(r) for r in value.relationships]}
    if isinstance(value, (Date, Time, DateTime)):
        return value.iso_format()
    if isinstance(value, Duration):
        return value.iso_format()
    if isinstance(value, Point):
        return {"srid": value.srid, "coordinates": list(value)}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return str(value)


def read(
    bolt: Bolt,
    statement: str,
    parameters: dict[str, Any],
    *,
    timeout: float,
    max_rows: int,
    cancelled: threading.Event | None = None,
) -> Rows:
    """Run a statement of a user; see `graph_core.store.base.Store.read`.

    Raises
    ------
    RefusedError
        The statement writes, is none, ran longer than ``timeout`` seconds, or was cancelled.
    """
    mark = f"tiertrace {uuid.uuid4().hex}"
    marked = f"{statement}\n// {mark}"  # by which a running statement is found

    @unit_of_work(timeout=timeout)
    def work(tx: ManagedTransaction) -> Rows:
        result = tx.run(marked, parameters)
        found: list[list[Any]] = []
        for record in result:
            if len(found) == max_rows:
                return Rows(list(result.keys()), found, truncated=True)
            found.append([plain(value) for value in record.values()])
        return Rows(list(result.keys()), found)

    if not bolt.embedded:
        _only_reads(bolt, statement, parameters, timeout)
    with (
        bolt.translated(),
        bolt.reader.session(
            database=bolt.database, default_access_mode=READ_ACCESS, fetch_size=min(_FETCH, max_rows + 1)
        ) as session,
        _deadline(bolt, mark, timeout, cancelled) as expired,
    ):
        try:
            return session.execute_read(work)
        except Exception as error:
            if cancelled is not None and cancelled.is_set():
                raise RefusedError("The statement was cancelled.") from error
            if expired.is_set():
                raise RefusedError(_too_long(timeout)) from error
            raise _worded(error, timeout) from error


def _too_long(timeout: float) -> str:
    return f"The statement ran longer than {timeout:g} s and was ended. Narrow it, or give it more time with --timeout."


def _worded(error: Exception, timeout: float) -> Exception:
    """Name the time limit where the server says that it was reached."""
    code = str(getattr(error, "code", "") or "")
    return RefusedError(_too_long(timeout)) if "TimedOut" in code or code.endswith("Terminated") else error


def _only_reads(bolt: Bolt, statement: str, parameters: dict[str, Any], timeout: float) -> None:
    """Let Neo4j say what kind of statement it is, without running it; Community has no reading login."""

    @unit_of_work(timeout=timeout)
    def explain(tx: ManagedTransaction) -> tuple[str | None, set[str]]:
        head = statement.lstrip().split(None, 1)[0].upper() if statement.strip() else ""
        text = statement if head in ("EXPLAIN", "PROFILE") else f"EXPLAIN {statement}"
        if head == "PROFILE":
            text = "EXPLAIN" + statement.lstrip()[len("PROFILE") :]
        summary = tx.run(text, parameters).consume()
        return summary.query_type, set(_operators(summary.plan or {}))

    kind, operators = bolt.reading(explain)
    if kind != "r":
        raise RefusedError("The statement does more than read; only reading statements may run here.")
    if any(operator.startswith(_FORBIDDEN_OPERATORS) for operator in operators):
        raise RefusedError("The statement reads files or administers the server; only the graph may be read here.")


def plan(bolt: Bolt, statement: str, parameters: dict[str, Any], *, timeout: float) -> str:
    """Give the plan of a statement without running it; see `graph_core.store.base.Store.plan`."""
    if not bolt.embedded:
        _only_reads(bolt, statement, parameters, timeout)

    @unit_of_work(timeout=timeout)
    def explain(tx: ManagedTransaction) -> dict[str, Any]:
        return dict(tx.run(f"EXPLAIN {statement}", parameters).consume().plan or {})

    found = bolt.reading(explain)
    written = found.get("args", {}).get("string-representation")
    return str(written or "\n".join(_operators(found))).strip()


def _operators(plan: dict[str, Any]) -> Iterator[str]:
    """Names of all steps of a plan; Neo4j adds the name of the database after an @."""
    if plan:
        yield str(plan["operatorType"]).partition("@")[0]
    for child in plan.get("children", []):
        yield from _operators(child)


@contextmanager
def _deadline(bolt: Bolt, mark: str, timeout: float, cancelled: threading.Event | None) -> Iterator[threading.Event]:
    """End the marked statement from outside.

    That is when its time is up, since the embedded engine ignores the driver's limit, or when somebody cancels it.
    """
    expired, done = threading.Event(), threading.Event()

    def watch() -> None:
        end = time.monotonic() + timeout
        while not (cancelled is not None and cancelled.is_set()):
            left = end - time.monotonic()
            if left <= 0:
                expired.set()
                break
            if done.wait(left if cancelled is None else min(left, _GLANCE)):
                return
        while not done.wait(0.1):
            try:
                running = bolt.write("store/list_running")
                ids = [r["id"] for r in running if mark in str(r["statement"])]
                if ids:
                    bolt.write("store/end_running", ids=ids)
            except (StoreError, RefusedError):
                pass  # it may just have ended by itself
            done.wait(0.5)

    if not bolt.embedded and cancelled is None:
        yield expired
        return
    watcher = threading.Thread(target=watch, name="statement deadline", daemon=True)
    watcher.start()
    try:
        yield expired
    finally:
        done.set()
        watcher.join()
