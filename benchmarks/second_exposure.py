"""The second ``tiertrace exposure`` with the engine running: wall time of the command, and what it asks of the store.

Palm oil and its three orders are loaded, ``exposure`` is run once, and then again. Every statement that goes over the
driver while the second one runs is written down under its name in ``cypher/``: none of them may read the graph.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from neo4j import ManagedTransaction

from benchmarks.common import DATA, Row, own_home, palm_oil
from graph_core.queries import catalogue

REPEAT = 5
GOAL_SECONDS = 2.0
_EXPOSURE = ["exposure", "--as-of", "2021-06-30"]
_IMPORTS = "import graph_core.workspace, graph_core.runs, graph_core.cli"


@dataclass(frozen=True)
class Taken:
    """Wall and processor time of a process in seconds; the second hardly depends on what else the machine does."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.processor:.2f} s of processor time)"


def _time(command: list[str], environment: dict[str, str]) -> Taken:
    """Time that one command takes, from start to end of its process."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = os.times()
    code = child.wait()
    after = os.times()
    if code:
        raise RuntimeError(f"{' '.join(command)} ended with {code}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(time.perf_counter() - begun, processor)


def _run(arguments: list[str], environment: dict[str, str]) -> Taken:
    return _time([str(Path(sys.executable).with_name("tiertrace")), *arguments], environment)


def _median(taken: list[Taken]) -> Taken:
    return Taken(median(t.wall for t in taken), median(t.processor for t in taken))


def statements_of(arguments: list[str], environment: dict[str, str]) -> list[str]:
    """Names of the statements that a command sends to the store, in their order."""
    from graph_core.cli import app  # noqa: PLC0415 - the command line of this process is run for this alone

    names = {query.text: f"{query.family}/{query.name}" for query in catalogue().values()}
    sent: list[str] = []
    really = ManagedTransaction.run

    def run(self: ManagedTransaction, query: Any, *args: Any, **kwargs: Any) -> Any:
        text = re.sub(r"\n// tiertrace [0-9a-f]{32}$", "", str(query))  # the mark by which a statement can be ended
        sent.append(names.get(text, text))
        return really(self, query, *args, **kwargs)

    with (
        patch.object(ManagedTransaction, "run", run),
        patch.dict(os.environ, environment),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        app(arguments, standalone_mode=False)
    return sent


def reads_graph(statement: str) -> bool:
    """Whether a statement reads nodes or relationships of the graph, or the records behind it."""
    small = ("read_state", "read_lease", "read_migrations", "read_record_sets")
    family, _, name = statement.partition("/")
    return family == "store" and name.startswith(("read_", "digest_")) and name not in small


def rows(repeat: int = REPEAT) -> Iterator[Row]:
    """All rows of this benchmark."""
    data = palm_oil()
    if data is None:
        yield Row("second exposure", "skipped: the data sets are not beside the checkout")
        return
    with own_home() as settings:
        environment = {**os.environ, "TIERTRACE_HOME": str(settings.home), "TIERTRACE_NEO4J_URI": ""}
        first_load = _run(["load", "palm-oil", str(data)], environment)
        orders = _run(["load", "tables", str(DATA / "findings" / "palm_oil_orders.csv")], environment)
        first = _run(_EXPOSURE, environment)
        second = _median([_run(_EXPOSURE, environment) for _ in range(repeat)])
        imports = _median([_time([sys.executable, "-c", _IMPORTS], environment) for _ in range(repeat)])
        other_day = ["exposure", "--as-of", "2021-07-01"]
        asked = statements_of(_EXPOSURE, environment)
        asked_new_day = statements_of(other_day, environment)
    yield Row("command: engine started, palm oil loaded", str(first_load))
    yield Row("command: three orders loaded, graph derived again", str(orders))
    yield Row("command: first exposure (graph read from the store, kept as files)", str(first))
    goal = f"< {GOAL_SECONDS:g} s"
    what = "command: second exposure, engine running"
    yield Row(what, str(second), "", goal, second.wall < GOAL_SECONDS)
    yield Row("of it, Python's start and imports alone", str(imports))
    for day, sent in (("same day", asked), ("another day", asked_new_day)):
        read = [name for name in sent if reads_graph(name)]
        figure = f"{len(read)} of {len(sent)}: {', '.join(dict.fromkeys(sent))}"
        yield Row(f"second exposure, {day}: statements that read the graph", figure, "", "0", not read)
