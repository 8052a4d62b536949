"""Loads under kill -9, many times over: how many finished graphs differ from an undisturbed one.

The tests do 20 of each; this is the longer run. On Neo4j the server itself is killed too, and started again.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess as Process
from pathlib import Path

from pydantic import SecretStr

from benchmarks.common import Row, own_home
from graph_core.settings import Settings
from tests import servers
from tests.kills import disturbed, engine_killer, kill_loader, write_lists

RUNS = 100
Kill = Callable[[Process], None]


@contextmanager
def _neo4j() -> Iterator[tuple[Settings, Kill]]:
    """A Neo4j of our own, and what kills it under a load and starts it again."""
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as folder:
        server = servers.Neo4jServer(Path(folder) / "server").start()

        def kill(process: Process) -> None:
            server.kill()
            process.join(60)
            process.kill()
            server.start()

        try:
            password = SecretStr(servers.PASSWORD)
            yield Settings(home=Path(folder) / "home", neo4j_uri=server.uri, neo4j_password=password), kill
        finally:
            server.stop()


def _row(what: str, settings: Settings, runs: int, kill: Kill, seed: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as folder:
        folders = [write_lists(Path(folder) / f"version {version}", version) for version in (1, 2)]
        begun = time.monotonic()
        faults = disturbed(settings, folders, runs, seed, kill)
    shown = f": {faults[0]}" if faults else ""
    figure = f"{len(faults)} graphs differ after {runs} kills in {time.monotonic() - begun:.0f} s{shown}"
    return Row(what, figure, "", "0 differ", not faults)


def rows(runs: int = RUNS) -> Iterator[Row]:
    """All rows of this benchmark."""
    with own_home() as settings:
        yield _row("embedded: the loader is killed", settings, runs, kill_loader, 141)
        yield _row("embedded: the engine is killed", settings, runs, engine_killer(settings), 143)
    try:
        with _neo4j() as (settings, kill):
            yield _row("Neo4j: the loader is killed", settings, runs, kill_loader, 145)
            yield _row("Neo4j: the server is killed", settings, max(runs // 5, 1), kill, 147)
    except servers.Unavailable as error:
        yield Row("Neo4j: kills", f"skipped: {error}")
