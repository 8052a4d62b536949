"""Every format from files to the graph, against a bare driver loop that writes the same to the same kind of server.

What `benchmarks.load` does for palm oil, for all formats that can be loaded: tiertrace loads into a fresh store, the
graph is read back, and the plain ``MERGE`` loop writes it into another fresh store and must come to as many
relationships. The goal is set by the bare driver; the same loop with the driver's compiled extension stands beside it.
The files are real ones where these are large enough to measure anything, else made (`benchmarks.made`).
What is imported on first use is imported before, by a dry run of a few rows.

A load does some things once however short its file is, and so does the loop. What that costs is measured with a load
of one row. Real files that come to little more than that are shown without a goal.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import made, plain
from benchmarks.common import DATA, Row, Server, at_least, own_home
from benchmarks.load import Input, graph_of, neo4j, timed_load
from graph_core.store.open import open_store
from loaders.base import Options
from loaders.pipeline import load
from loaders.registry import get, names
from tests import servers

GOAL = 0.8
#: Rows of a made file, and of one that only warms up.
SIZE, FEW = 10_000, 100
SERVERS: dict[str, Server] = {"embedded": own_home, "Neo4j": neo4j}
_PAGES = Path(__file__).resolve().parents[1] / "docs" / "formats"
_FILE = re.compile(r"^File `([^`\n]+)`:\n\n```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ tiertrace load \S+ (\S+)", re.MULTILINE)
#: Writes files of about so many rows into a folder and says how they are loaded.
Maker = Callable[[Path, int], Input]


@dataclass(frozen=True)
class Case:
    """One thing to measure.

    Attributes
    ----------
    format : str
        Name of the format.
    what : str
        What is loaded, where that is not clear.
    files : callable
        Gives what is loaded.
    few : callable
        Gives few rows of the same kind, for warming up.
    goal : bool
        Whether the files are large enough for one.
    """

    format: str
    what: str
    files: Maker
    few: Maker
    goal: bool = True

    @property
    def title(self) -> str:
        """Format and file."""
        return f"{self.format} ({self.what})" if self.what else self.format


@dataclass(frozen=True)
class Taken:
    """What one case came to: seconds of the load and of the plain loops, rows read, nodes and relationships."""

    load: float
    bare: float
    extended: float
    rows: int
    nodes: int
    relationships: int

    def __str__(self) -> str:
        size = f"{self.rows:,} rows, {self.nodes:,} nodes + {self.relationships:,} relationships"
        other = f"{self.extended / self.load:.2f}x a loop with the driver's extension ({self.extended:.2f} s)"
        return f"{self.load:.2f} s, {size}; {other}"


# --- what is loaded --------------------------------------------------------------------------------------------


def _made(format_name: str, write: Callable[[Path, int], Path]) -> Maker:
    return lambda folder, count: Input(format_name, [write(folder, count)])


def _real(format_name: str, path: str, options: Options) -> Maker:
    return lambda _folder, _count: Input(format_name, sorted(DATA.glob(path)), options)


def _example(format_name: str, options: Options) -> Maker:
    """The example on the page of a format."""

    def write(folder: Path, _count: int) -> Input:
        page = (_PAGES / f"{format_name}.md").read_text(encoding="utf-8")
        for name, text in _FILE.findall(page):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return Input(format_name, [folder / _COMMAND.findall(page)[0]], options)

    return write


def _of_real(format_name: str, path: str, list_date: str | None = None, *, goal: bool = True) -> Case:
    options = Options(list_date=list_date)
    files, few = _real(format_name, path, options), _example(format_name, options)
    return Case(format_name, f"real: {path}", files, few, goal)


def cases() -> list[Case]:
    """All cases; a format may have several.

    Raises
    ------
    RuntimeError
        A format has none.
    """
    found = [
        Case(name, f"made: {what}" if what else "made", _made(name, write), _made(name, write))
        for (name, what), write in made.WRITERS.items()
    ]
    found += [
        _of_real("palm-oil", "palm_oil"),
        _of_real("bis", "us_lists/bis_entity_list.json", "2026-07-09", goal=False),
        _of_real("dol-goods", "dol_goods/*.xml"),
        _of_real("uflpa", "us_lists/uflpa_entity_list_2026-07-09.html", goal=False),
        _of_real("cbp-orders", "us_lists/cbp_wro.json", "2026-07-09", goal=False),
        _of_real("countries", "countries", goal=False),
    ]
    if missing := set(names()) - {case.format for case in found}:
        raise RuntimeError(f"nothing to measure {', '.join(sorted(missing))} with")
    return sorted(found, key=lambda case: names().index(case.format))


def _one_row(folder: Path, _count: int) -> Input:
    path = folder / "facilities.csv"
    path.write_text("id,name,country\nA,Example Mill,Malaysia\n", encoding="utf-8")
    return Input("tables", [path])


# --- measuring -------------------------------------------------------------------------------------------------


def take(case: Case, server: Server, size: int) -> Taken:
    """Load the files of a case, then write its graph the plain way.

    Parameters
    ----------
    case : Case
        What to load.
    server : callable
        The kind of server; the load and the loop get a fresh one each.
    size : int
        Rows of made files.
    """
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as name:
        folder = Path(name)
        for part in ("few", "files"):
            (folder / part).mkdir()
        _warm_up(case.few(folder / "few", FEW), folder)
        what = case.files(folder / "files", size)
        with server() as settings:
            taken, done = timed_load(settings, what)
            with open_store(settings, write=False) as store:
                graph = graph_of(store, settings)
        bare, extended = (plain.loop(server, graph, "MERGE", extension=extension) for extension in (False, True))
    nodes = sum(len(table) for table in graph.tables.values() if "start" not in table)
    relationships = sum(len(table) for table in graph.tables.values() if "start" in table)
    return Taken(taken, bare, extended, sum(table.read for table in done.tables), nodes, relationships)


def _warm_up(few: Input, home: Path) -> None:
    load(None, get(few.format), few.paths, few.options, dry_run=True, home=home)


def _median(taken: list[Taken]) -> Taken:
    last = taken[-1]
    seconds = median(t.load for t in taken), median(t.bare for t in taken), median(t.extended for t in taken)
    return Taken(*seconds, last.rows, last.nodes, last.relationships)


# --- the table -------------------------------------------------------------------------------------------------


def measure(name: str, server: Server, size: int, formats: Collection[str], repeat: int) -> Iterator[Row]:
    """Rows of one kind of server."""
    once = Case("tables", "one row", _one_row, _one_row, goal=False)
    take(once, server, 1)  # what only a real load imports
    fixed = _median([take(once, server, 1) for _ in range(repeat)])
    yield Row(f"{name}: fixed cost: one row into an empty store, against MERGE loop ({fixed.bare:.2f} s)", str(fixed))
    for case in cases():
        if case.format not in formats:
            continue
        if case.what.startswith("real") and not DATA.is_dir():
            yield Row(f"{name}: {case.title}", "skipped: the data sets are not beside the checkout")
            continue
        taken = _median([take(case, server, size) for _ in range(repeat)])
        yield _row(name, case, taken)


def _row(name: str, case: Case, taken: Taken) -> Row:
    what = f"{name}: {case.title}, against MERGE loop ({taken.bare:.2f} s)"
    ratio = taken.bare / taken.load
    if case.goal:
        return at_least(what, str(taken), ratio, GOAL)
    return Row(f"{what}; little more than the fixed cost", str(taken), f"{ratio:.2f}x")


def rows(
    size: int = SIZE, formats: Collection[str] = (), on: Collection[str] = ("embedded",), repeat: int = 1
) -> Iterator[Row]:
    """Rows of this benchmark.

    Parameters
    ----------
    size : int
        Rows of made files.
    formats : collection of str
        Formats to measure; empty: all.
    on : collection of str
        Kinds of server, of `SERVERS`.
    repeat : int
        Rounds of which the median counts.
    """
    for name in on:
        try:
            yield from measure(name, SERVERS[name], size, formats or names(), repeat)
        except servers.Unavailable as error:
            yield Row(f"{name}: every loader", f"skipped: {error}")
