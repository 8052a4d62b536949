"""``make bench``: all benchmarks as one table; ``make bench ARGS="exposure --quick"`` for some of them."""

from __future__ import annotations

import argparse
import platform
import sys
import textwrap
from collections.abc import Callable, Iterator

import psutil
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks import (
    app,
    chokepoints,
    every_loader,
    explaining,
    exposure,
    judging,
    kills,
    load,
    matching,
    pictures,
    scores,
    search,
    second_exposure,
    streaming,
    whatif,
)
from benchmarks.common import Row
from loaders.registry import names as formats

_BENCHMARKS: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "app": lambda said: app.rows(5_000, 20_000, 2) if said.quick else app.rows(),
    "exposure": lambda said: exposure.rows(100_000) if said.quick else exposure.rows(),
    "chokepoints": lambda said: chokepoints.rows(100_000) if said.quick else chokepoints.rows(),
    "explaining": lambda said: explaining.rows(100_000, 1) if said.quick else explaining.rows(),
    "load": lambda said: load.rows(1) if said.quick else load.rows(),
    "every_loader": lambda said: every_loader.rows(
        said.rows or (1_000 if said.quick else every_loader.SIZE), said.format, said.server or ("embedded",)
    ),
    "judging": lambda said: judging.rows(1) if said.quick else judging.rows(),
    "kills": lambda said: kills.rows(10) if said.quick else kills.rows(),
    "matching": lambda said: matching.rows(5_000, 1_000, 50) if said.quick else matching.rows(),
    "pictures": lambda said: pictures.rows(20_000, 5_000, 1) if said.quick else pictures.rows(),
    "scores": lambda said: scores.rows(100_000) if said.quick else scores.rows(),
    "search": lambda said: search.rows(10_000) if said.quick else search.rows(),
    "streaming": lambda said: streaming.rows((10_000, 100_000)) if said.quick else streaming.rows(),
    "second_exposure": lambda said: second_exposure.rows(1) if said.quick else second_exposure.rows(),
    "whatif": lambda said: whatif.rows(100_000) if said.quick else whatif.rows(),
}


def main() -> int:
    """Run the benchmarks that were asked for and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(_BENCHMARKS)}; default all")
    parser.add_argument("--quick", action="store_true", help="small sizes and one repetition")
    loaders = parser.add_argument_group("every_loader")
    loaders.add_argument("--format", action="append", default=[], choices=formats(), help="this one; again for more")
    loaders.add_argument(
        "--server", action="append", choices=every_loader.SERVERS, help="default embedded; again for both"
    )
    loaders.add_argument("--rows", type=int, help="rows of made files")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in _BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(_BENCHMARKS)}")
    found = []
    for name in options.names or _BENCHMARKS:
        for row in _BENCHMARKS[name](options):
            print(f"{row.what}: {row.figure} {row.ratio}".rstrip(), file=sys.stderr, flush=True)
            found.append(row)
    _print(found)
    return 0


def _print(found: list[Row]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for header in ("what", "goal", "figure", "ratio", ""):
        table.add_column(header, overflow="fold")
    for row in found:
        mark = "" if row.reached is None else "reached" if row.reached else "NOT reached"
        table.add_row(row.what, row.goal, row.figure, row.ratio, mark)
    Console(width=180, highlight=False).print(table)
    print(
        textwrap.dedent(
            f"""\
            Ratios compare two ways in one run and are above 1 where ours is faster; times alone depend on the machine.
            Python {platform.python_version()}, {psutil.cpu_count()} processors, load before the end {_load()}."""
        )
    )


def _load() -> str:
    return f"{psutil.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
