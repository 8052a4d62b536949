"""A load that a person cancels leaves the store as it was, or is finished: never a graph that is older than records."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_core.belief import forget
from graph_core.errors import Cancelled
from graph_core.store.open import BoltStore
from loaders.formats.tables import LOADER
from loaders.pipeline import load

NETWORK = Path(__file__).parents[1] / "ui" / "network"


class Cancelling:
    """Asks for the end from the given word of progress on."""

    def __init__(self, at: int) -> None:
        self.told: list[str] = []
        self._at = at

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.told.append(stage)
        if len(self.told) > self._at:
            raise Cancelled("cancelled")


def test_wherever_a_load_is_cancelled_the_store_is_whole(store: BoltStore, tmp_path: Path) -> None:
    before, at, cancelling, done = store.version(), 0, Cancelling(0), None
    while done is None:
        try:
            done = load(store, LOADER, [NETWORK], home=tmp_path, report=cancelling)
        except Cancelled:
            assert store.version() == before
            assert store.held() == []
            at += 1
            cancelling = Cancelling(at)
    assert at > 2
    assert done.changed
    assert store.version().derived == store.version().records > before.records
    assert "deriving" in cancelling.told  # told to the end, though nobody listened to the wish any more


@pytest.mark.parametrize("at", [0, 2])
def test_a_source_is_forgotten_as_a_whole(store: BoltStore, tmp_path: Path, at: int) -> None:
    load(store, LOADER, [NETWORK], home=tmp_path)
    source = store.held()[0].source["id"]
    forget(store, source, report=Cancelling(at))
    assert source not in [entry.source["id"] for entry in store.held()]
    assert store.version().derived == store.version().records
