"""The app with its HTTP headers, as `tiertrace app` serves it."""

from __future__ import annotations

from pathlib import Path

from streamlit.starlette import App

from graph_core.ui import state
from graph_core.ui.headers import MIDDLEWARE

#: Seconds that the server waits for its network before it listens: the first page then comes at once.
_PATIENCE = 20.0

state.warm(_PATIENCE)
app = App(Path(__file__).with_name("app.py"), middleware=MIDDLEWARE)
