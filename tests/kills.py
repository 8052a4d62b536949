"""Loads that are killed half-way: used by a test with a fixed seed, and by a longer run in the benchmarks."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from multiprocessing.context import ForkServerProcess as Process
from pathlib import Path

import psutil

from graph_core.belief import load_graph
from graph_core.settings import Settings
from graph_core.store import embedded
from graph_core.store.open import open_store
from tests.commands import environment


def write_lists(folder: Path, version: int, *, brands: int = 6, mills: int = 400, seed: int = 7) -> Path:
    """Mill lists of two years in the form of ``load palm-oil``; versions differ in a third of their rows."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    lines = ["UML ID,Group Name,Parent Company,Mill Name,Latitude,Longitude,ISO"]
    for n in range(mills):
        group = draw.choice(["ALVA GROUP", "BORUN HOLDINGS", "UNKNOWN"])
        name = f"MILL {n}" + (f" V{version}" if n % 3 == 0 else "")
        lines.append(f"PO{n:06d},{group},P{n % 40} SDN BHD,{name},1.{n},103.{n},{draw.choice(['MYS', 'IDN'])}")
    (folder / "mills.csv").write_text("\n".join(lines) + "\n")
    lines = ["consumer_brand,report_year,UML ID"]
    for brand in range(brands):
        for year in (2020, 2021):
            wanted = [n for n in range(mills) if draw.random() < 0.5 and (n + version) % 3]
            lines += [f"Brand {brand},{year},PO{n:06d}" for n in wanted]
    (folder / "brand_mill_disclosures.csv").write_text("\n".join(lines) + "\n")
    return folder


def _load(environment: dict[str, str], folder: str) -> None:
    """What the loading process does."""
    from graph_core.cli import main

    os.environ.update(environment)
    sys.argv = ["tiertrace", "load", "palm-oil", folder]
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        main()


def begin(settings: Settings, folder: Path) -> Process:
    """Start to load a folder, in a process of its own; its libraries are imported beforehand, once for all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["loaders.pipeline", "loaders.formats.palm_oil", "graph_core.store.open", "pandera.pandas"]
    )
    process = context.Process(target=_load, args=(environment(settings), str(folder)))
    process.start()
    return process


def load(settings: Settings, folder: Path) -> float:
    """Load a folder to its end; seconds that it took."""
    begun = time.monotonic()
    process = begin(settings, folder)
    process.join(240)
    if process.exitcode:
        raise RuntimeError(f"a load that nobody disturbed ended with {process.exitcode}")
    return time.monotonic() - begun


def graph_hash(settings: Settings) -> str:
    """What the store holds now; a graph that is older than its records is mended, as any command does."""
    with closing(open_store(settings, write=False)) as store:
        return load_graph(store, settings.home, lambda: closing(open_store(settings, write=True))).hash


def disturbed(
    settings: Settings, folders: list[Path], runs: int, seed: int, kill: Callable[[Process], None]
) -> list[str]:
    """Load versions in turn, kill each load at a random moment, end it by loading again, and compare.

    Returns
    -------
    list of str
        What went wrong; empty where every finished graph is that of an undisturbed load.
    """
    draw = random.Random(seed)
    wanted = {}
    for folder in folders:
        load(settings, folder)
        wanted[folder] = graph_hash(settings)
    if len(set(wanted.values())) != len(folders):
        raise RuntimeError("the versions do not differ")
    longest = max(load(settings, folder) for folder in folders)  # not the first ones, which also start everything
    faults, hit = [], 0
    for run in range(runs):
        folder = folders[run % len(folders)]
        process = begin(settings, folder)
        begun, moment = time.monotonic(), draw.uniform(0.05, 1.0) * longest
        process.join(moment)
        if process.is_alive():
            hit += 1
        else:  # the machine is quicker than it was: later moments have to fall into a load that takes this long
            longest = time.monotonic() - begun
        kill(process)
        process.join(240)
        if run % 2:  # half of the time the next command is no load: it too has to find a whole graph
            held = graph_hash(settings)
            if held not in wanted.values():
                faults.append(f"run {run}, killed after {moment:.2f} s: a reader saw a graph of neither version")
        load(settings, folder)
        if graph_hash(settings) != wanted[folder]:
            faults.append(f"run {run}, killed after {moment:.2f} s: the finished graph differs")
    if hit < runs / 3:
        raise RuntimeError(f"only {hit} of {runs} loads were still running when they were killed")
    return faults


def kill_loader(process: Process) -> None:
    """End the loading process as a power cut would."""
    process.kill()


def engine_killer(settings: Settings) -> Callable[[Process], None]:
    """What ends the embedded engine under a load; the load may end as it can."""

    def kill(process: Process) -> None:
        pid = embedded.status(settings).pid
        if pid is not None:
            with suppress(psutil.NoSuchProcess):
                engine = psutil.Process(pid)
                engine.kill()
                engine.wait(30)
        process.join(60)
        process.kill()

    return kill
