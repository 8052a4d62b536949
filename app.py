"""Entry point of the app: ``streamlit run app.py``, or ``tiertrace app``. A router and nothing else."""

from __future__ import annotations

import streamlit as st

from graph_core.ui import frame

frame.configure()
page = st.navigation(frame.pages(), position="top")
frame.show(page)
