"""The app on a real embedded store, with jobs that are waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graph_core.settings import Settings
from graph_core.store.open import open_store
from graph_core.ui import deciding, jobs, state
from graph_core.workspace import Workspace
from loaders.formats.tables import LOADER
from loaders.pipeline import load

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "graph_core" / "ui" / "pages"
_SECONDS = 120.0


@contextmanager
def app_on(settings: Settings, patch: pytest.MonkeyPatch, *folders: Path) -> Iterator[Workspace]:
    """Load folders of tables, and let the app read and write that store."""
    with open_store(settings, write=True) as store:
        for folder in folders:
            load(store, LOADER, [folder], home=settings.home)
    space = Workspace(settings)
    patch.setattr(state, "open_workspace", lambda: space)
    st.cache_resource.clear()
    try:
        yield space
    finally:
        settled()
        jobs._jobs().close()
        st.cache_resource.clear()
        space.close()


def opened(page: str, day: Any, **query: str) -> AppTest:
    """Run the app on a page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["asof"] = day
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(str(PAGES / f"{page}.py"))
    return ran(app)


def ran(app: AppTest) -> AppTest:
    """Run, wait for what that began in the background, and run once more."""
    app.run()
    assert not app.exception
    settled()
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    """Press a button, and wait for what that began."""
    app.button(key=key).click()
    return ran(app)


def settled() -> None:
    """Wait until no job runs and nothing waits to be written."""
    end = time.monotonic() + _SECONDS
    while jobs._jobs().running() or deciding.deciding().waiting():
        assert time.monotonic() < end, jobs._jobs().running()
        time.sleep(0.05)


def choosing(monkeypatch: pytest.MonkeyPatch, name: str) -> list[int]:
    """Numbers of the rows that are chosen in a table, to be set: a browser is needed to click one."""
    chosen: list[int] = []
    draw = st.dataframe

    def drawn(*said: Any, **more: Any) -> Any:
        event = draw(*said, **more)
        return {"selection": {"rows": list(chosen)}} if str(more.get("key")).startswith(name) else event

    monkeypatch.setattr(st, "dataframe", drawn)
    return chosen


def counting(monkeypatch: pytest.MonkeyPatch, *called: tuple[Any, str]) -> list[str]:
    """Names of some functions (an object and a name each), one for every call."""
    done: list[str] = []

    def count(real: Any, name: str) -> Any:
        def noted(*said: Any, **more: Any) -> Any:
            done.append(name)
            return real(*said, **more)

        return noted

    for where, name in called:
        monkeypatch.setattr(where, name, count(getattr(where, name), name))
    return done
