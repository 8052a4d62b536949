"""Bills of lading of 10,000 to 1,000,000 rows over the same companies: memory that does not grow, and rows a second.

Every load runs in a process of its own: a dry run for each size, and the largest file for real into a fresh embedded
store, twice. Peak memory is that of this process; the engine of the store is another one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bills
from benchmarks.common import Row, at_least, own_home

SIZES = (10_000, 100_000, 1_000_000)
GOAL_RATE = 60_000
GOAL_GROWTH = 1.5
GOAL_AGAIN = 10.0
_FORMAT = "bills-of-lading"


@dataclass(frozen=True)
class Taken:
    """What one load took.

    Attributes
    ----------
    rows : int
        Rows in the file.
    seconds : float
        Wall time of `loaders.pipeline.load`, without imports.
    processor : float
        Processor time of the same, in seconds; it depends less on what else the machine does.
    peak : float
        Most memory that the process ever had, in MiB.
    """

    rows: int
    seconds: float
    processor: float
    peak: float

    def __str__(self) -> str:
        busy = f"{self.rows / self.processor:,.0f} a second of processor time" if self.processor else ""
        return f"{self.rows / self.seconds:,.0f} rows a second ({busy}), peak {self.peak:.0f} MiB"


def take(path: Path, rows: int, home: Path | None = None) -> Taken:
    """Load a file in a process of its own.

    Parameters
    ----------
    path : Path
        Bills of lading.
    rows : int
        How many.
    home : Path, optional
        Home of the embedded store to load into; without one it is a dry run.
    """
    command = [sys.executable, "-m", "benchmarks.streaming", str(path), *([str(home)] if home else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Taken(rows, **json.loads(done.stdout))


def rows(sizes: Sequence[int] = SIZES) -> Iterator[Row]:
    """All rows of this benchmark."""
    with tempfile.TemporaryDirectory(prefix="tiertrace-bench-") as folder:
        files = {size: bills.write(Path(folder) / f"bills-{size}.csv", size) for size in sizes}
        taken = {size: take(path, size) for size, path in files.items()}
        least, most = min(sizes), max(sizes)
        for size, found in taken.items():
            large = size == SIZES[-1]  # a small file takes most of its time for what is done once
            goal, reached = (f">= {GOAL_RATE:,} rows/s", size / found.seconds >= GOAL_RATE) if large else ("", None)
            yield Row(f"bills of lading, {size:,} rows, dry run", str(found), "", goal, reached)
        growth = taken[most].peak / taken[least].peak
        figure = f"{taken[most].peak:.0f} against {taken[least].peak:.0f} MiB"
        what = f"peak memory, {most:,} rows against {least:,}"
        yield Row(what, figure, f"{growth:.2f}x", f"<= {GOAL_GROWTH:g}x", growth <= GOAL_GROWTH)
        with own_home() as settings:
            first = take(files[most], most, settings.home)
            again = take(files[most], most, settings.home)
    yield Row(f"bills of lading, {most:,} rows into the embedded store", f"{first.seconds:.1f} s, {first}")
    what = f"the same {most:,} rows loaded again, unchanged"
    yield at_least(what, f"{again.seconds:.2f} s", first.seconds / again.seconds, GOAL_AGAIN)


# --- the other process -----------------------------------------------------------------------------------------


def _peak() -> float:
    """Most memory that this process ever had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # `getrusage` of a process that was just started still tells of the one that started it
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    import resource  # noqa: PLC0415 - not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _load(path: Path, home: Path | None) -> Taken:
    from graph_core.settings import Settings  # noqa: PLC0415 - the process that measures needs none of it
    from graph_core.store.open import open_store  # noqa: PLC0415
    from loaders.pipeline import load  # noqa: PLC0415
    from loaders.registry import get  # noqa: PLC0415

    loader = get(_FORMAT)
    few = bills.write(path.with_name("few.csv"), 100)
    load(None, loader, [few], dry_run=True, home=path.parent)  # what is imported on first use
    if home is None:
        begun = time.perf_counter(), time.process_time()
        load(None, loader, [path], dry_run=True, home=path.parent)
    else:
        with open_store(Settings(home=home, neo4j_uri=""), write=True) as store:
            begun = time.perf_counter(), time.process_time()
            load(store, loader, [path], home=home)
    return Taken(0, time.perf_counter() - begun[0], time.process_time() - begun[1], _peak())


def _main() -> None:
    path, *home = map(Path, sys.argv[1:])
    taken = _load(path, home[0] if home else None)
    print(json.dumps({"seconds": taken.seconds, "processor": taken.processor, "peak": taken.peak}))


if __name__ == "__main__":
    _main()
