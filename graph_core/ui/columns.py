"""Columns of tables as several pages show them."""

from __future__ import annotations

import streamlit as st

#: A share in percent, to three digits: a small one never reads as none.
PERCENT = st.column_config.NumberColumn(format="%.3g %%")
