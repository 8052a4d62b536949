"""Deriving in a thread of its own."""

from __future__ import annotations

import threading

import pytest

from graph_core import belief
from graph_core.belief import deriving
from graph_core.derive import derive
from graph_core.derive.believed import Identified, derive_who
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
