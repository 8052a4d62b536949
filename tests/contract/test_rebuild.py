"""Deriving into a store, on both servers: in which order the tables come, and what a death in between leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
import pytest

from graph_core.belief import rebuild
from graph_core.derive import derive
from graph_core.graph import PARTIES
from graph_core.store.base import DERIVING
from graph_core.store.open import BoltStore
from tests.oracles import Rows, finding, said

SITES: Rows = [{"id": f"F{n}", "name": f"Mill {n}", "country": "MY"} for n in range(40)]
FIRMS: Rows = [{"id": "B1", "name": "Brand", "roles": "brand"}, {"id": "O1", "name": "Owner"}]
LINKS: Rows = [{"supplier_id": f"F{n}", "buyer_id": "B1"} for n in range(40)]
OWNS: Rows = [{"owner_id": "O1", "owned_id": "F1", "percent": 100.0}]


def keep(store: BoltStore, sites: Rows) -> str:
    """Keep records of some sites and give the hash of the graph that follows."""
    what = said("s", 1, facilities=sites, organizations=FIRMS, links=LINKS, ownership=OWNS, findings=[finding("F1")])
    store.put_records(dict(what.source), what.frames, True)
    return derive(store.read_records()).hash


def test_parties_come_first_where_nothing_was_derived_before(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[set[str]] = []
    sync = store.sync

    def watched(parts: Iterable[Mapping[str, pd.DataFrame]], version: int, *more: object) -> object:
        def seen() -> Iterable[Mapping[str, pd.DataFrame]]:
            for part in parts:
                came.append(set(part))
                yield part

        return sync(seen(), version, *more)

    monkeypatch.setattr(store, "sync", watched)
    for sites, parts in ((SITES, 3), (SITES[:20], 2)):  # later, sites that go have relationships that go before them
        wanted = keep(store, sites)
        came.clear()
        with store.writer():
            rebuilt = rebuild(store)
        assert len(came) == parts
        assert (came[0] == set(PARTIES)) is (parts == 3)
        assert rebuilt.graph.hash == store.read_graph().hash == wanted


def test_a_death_between_parties_and_the_rest_is_mended(store: BoltStore, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = keep(store, SITES)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, store.writer():
        patch.setattr("graph_core.derive.believed.derive_holdings", die)
        with pytest.raises(KeyboardInterrupt):
            rebuild(store)
    assert store.version().derived == DERIVING
    held = store.read("MATCH (n:Party) RETURN count(n)", {}, timeout=30, max_rows=1).rows
    assert held == [[len(SITES) + len(FIRMS)]]
    with store.writer():
        assert rebuild(store).graph.hash == store.read_graph().hash == wanted
