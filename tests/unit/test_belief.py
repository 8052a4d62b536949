"""Deriving in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest

from graph_core import belief
from graph_core.belief import bring, deriving
from graph_core.derive import derive
from graph_core.derive.believed import Identified, Unmatched, derive_who
from graph_core.errors import StoreError
from graph_core.graph import Graph
from graph_core.graph_files import read
from graph_core.store.base import Store, StoreVersion, SyncCounts
from tests.oracles import finding, said

SAID = [said("s", 1, facilities=[{"id": "F1", "name": "One Mill", "country": "MY"}], findings=[finding("F1")])]


def test_it_gives_what_deriving_gives() -> None:
    with deriving(SAID) as derived:
        assert derived.graph.result().hash == derive(SAID).hash
        assert derived.unmatched.result().graph["ABOUT"].empty
        assert derived.parties.result()["Facility"] is derived.graph.result()["Facility"]


def test_an_error_is_raised_where_the_graph_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> Identified:
        raise MemoryError("too much")

    monkeypatch.setattr(belief, "derive_who", fail)
    with deriving(SAID) as derived:
        for part in (derived.parties, derived.unmatched, derived.graph):
            with pytest.raises(MemoryError, match="too much"):
                part.result(timeout=10)


def test_who_leaves_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    left: list[Identified] = []

    def slow(_: object) -> Identified:
        begun.set()
        assert go_on.wait(60)
        left.append(derive_who(SAID))
        return left[0]

    monkeypatch.setattr(belief, "derive_who", slow)
    with deriving(SAID) as derived:
        assert begun.wait(10)
    assert not left
    assert derived.graph.cancelled()
    go_on.set()
    assert derived.parties.result(timeout=10) is left[0].parties


class Leaving:
    """A store of which a sync takes so many parts, and then ends by an error."""

    def __init__(self, parts: int) -> None:
        self.parts, self.derived = parts, 0

    def version(self) -> StoreVersion:
        return StoreVersion("one", 1, self.derived)

    def sync(self, parts: Iterable[object], *_: object) -> SyncCounts:
        for number, _part in enumerate(parts):
            if number == self.parts:
                raise StoreError("gone")
        self.derived = 1
        return SyncCounts()


def test_a_graph_that_is_written_is_kept_as_files(tmp_path: Path) -> None:
    store = Leaving(99)
    with deriving(SAID) as derived:
        bring(cast("Store", store), derived, home=tmp_path)
    kept = read(tmp_path, store.version())
    assert kept is not None
    assert kept.hash == Graph(kept.tables).hash == derive(SAID).hash


def test_files_of_a_graph_that_was_not_written_are_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = threading.Event()
    made: list[Graph] = []

    def make(graph: Graph) -> dict[str, bytes]:
        made.append(graph)
        return {}

    whole = Unmatched.matched

    def slow(self: Unmatched) -> Graph:
        assert compared.wait(60)
        return whole(self)

    monkeypatch.setattr(Unmatched, "matched", slow)
    monkeypatch.setattr(belief, "encode", make)
    with deriving(SAID) as derived, pytest.raises(StoreError, match="gone"):
        bring(cast("Store", Leaving(1)), derived, home=tmp_path)
    compared.set()
    for thread in threading.enumerate():
        if thread.name in ("files", "deriving"):
            thread.join(10)
    assert not made
