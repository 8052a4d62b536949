"""The app with its HTTP headers, as `tiertrace app` serves it."""

from __future__ import annotations

from pathlib import Path

from streamlit.starlette import App

from graph_core.ui.headers import MIDDLEWARE

app = App(Path(__file__).with_name("app.py"), middleware=MIDDLEWARE)
