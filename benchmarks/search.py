"""What somebody types against 100,000 parties with aliases, some of them in other scripts, each with an OS ID.

The texts are those of a person at work: beginnings of a name of one letter up to all of it, with one typo or none,
words from the middle of a name, parts of names in Cyrillic and Chinese, identifiers, and names that are not there.
The plain way compares every text with every name by the distance of Levenshtein; it finds whole names only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import WRatio

from benchmarks.common import Row, at_least
from benchmarks.matching import made
from graph_core.graph import Graph, table
from graph_core.search import SearchIndex, folded

_BRANDS = 1_000
_GOAL_SECONDS = 0.1
_OTHER_SCRIPTS = ("Орская прядильная фабрика", "奥尔斯克第纺纱厂", "مصنع النسيج")
_TEXTS = 600
#: Texts that the plain ways are asked, which take long.
_PLAIN = 20


def parties(size: int, seed: int = 1) -> tuple[Graph, list[str]]:
    """A graph of parties alone, and all their names and aliases."""
    names, others, _ = made(size, size, seed)
    random = Random(seed)
    aliases = [[name] for name in others["name"]]
    for own in random.sample(aliases, size // 4):
        own.append(f"{random.choice(_OTHER_SCRIPTS)} {random.randrange(size)}")
    ids = [f"mill:PO{number:010}" for number in range(size)]
    frame = pd.DataFrame({"id": ids, "name": names["name"], "aliases": aliases, "country": names["country"]})
    brands = frame[:_BRANDS].assign(brand=True)
    sites = frame[_BRANDS:].assign(os_id=[f"CN2020{number:09}" for number in range(_BRANDS, size)])
    everyone = [*names["name"], *(alias for own in aliases for alias in own)]
    return Graph({"Organization": table("Organization", brands), "Facility": table("Facility", sites)}), everyone


def typed(names: list[str], count: int, seed: int = 2) -> list[str]:
    """Texts as people type them."""
    random = Random(seed)
    return [_typed(random.choice(names), random) for _ in range(count)]


def _typed(name: str, random: Random) -> str:
    how = random.randrange(8)
    if how == 0:
        return f"PO{random.randrange(100_000):010}"
    if how == 1:
        return random.choice(name.split())
    if how == 2:
        return "".join(random.sample(name, len(name)))  # is not there
    text = name[: random.choice((1, 2, 3, 5, 8, 12, len(name)))]
    if how < 6 and len(text) > 4:
        place = random.randrange(len(text))
        text = text[:place] + random.choice(("", "x", text[place] * 2)) + text[place + 1 :]
    return text


def rows(size: int = 100_000) -> Iterator[Row]:
    """All rows of this benchmark."""
    graph, names = parties(size)
    begun, used = time.perf_counter(), time.process_time()
    index = SearchIndex(graph)
    wall, processor = time.perf_counter() - begun, time.process_time() - used
    yield Row(f"index of {size:,} parties, {len(names):,} names", f"{wall:.1f} s ({processor:.1f} s of processor time)")
    texts = typed(names, _TEXTS)
    for what, clock in (("wall", time.perf_counter), ("processor", time.process_time)):
        times = []
        for text in texts:
            begun = clock()
            index.find(text)
            times.append(clock() - begun)
        worst = max(times)
        figure = f"median {1e3 * median(times):.1f} ms, 95 % {1e3 * float(np.quantile(times, 0.95)):.1f} ms,"
        figure += f" worst {1e3 * worst:.1f} ms ({texts[times.index(worst)]!r})"
        yield Row(f"search, {_TEXTS} texts, {what} time", figure, "", "worst < 100 ms", worst < _GOAL_SECONDS)
    yield from _plain(index, [folded(name) for name in names], texts[:_PLAIN])


def _plain(index: SearchIndex, names: list[str], texts: list[str]) -> Iterator[Row]:
    """The same texts compared with every name."""

    def ask(find: Callable[[str], object]) -> float:
        begun = time.perf_counter()
        for text in texts:
            find(text)
        return (time.perf_counter() - begun) / len(texts)

    ways: dict[str, Callable[[str], object]] = {
        "Levenshtein": lambda text: process.extract(
            folded(text), names, scorer=Levenshtein.distance, score_cutoff=2, limit=12
        ),
        "WRatio": lambda text: process.extract(folded(text), names, scorer=WRatio, limit=12),
    }
    for what, way in ways.items():
        ours, theirs = ask(index.find), ask(way)
        figure = f"{1e3 * ours:.1f} ms and {1e3 * theirs:.1f} ms a text"
        yield at_least(f"against rapidfuzz.process.extract over all names, {what}", figure, theirs / ours, 1)
