"""Taking a view elsewhere: as a link, as CSV, as Cypher, as a picture."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from graph_core import queries
from graph_core.flags import CLASSES
from graph_core.text import csv_cell
from graph_core.ui import components, state
from graph_core.viz.text import clean

#: Characters of a comment line.
_LINE = 110


def offer(
    key: str,
    name: str,
    *,
    rows: Callable[[], pd.DataFrame] | None = None,
    cypher: tuple[str, Mapping[str, Any]] | None = None,
    apart: Sequence[str] | None = (),
    picture: str | None = None,
    drawing: Callable[[], str] | None = None,
    caption: str = "",
) -> None:
    """Offer what can be taken of a view, in one menu.

    Parameters
    ----------
    key : str
        Unlike that of any other menu of the page.
    name : str
        Name of the files, without an ending.
    rows : callable, optional
        Gives the table of the view; called when somebody asks for it.
    cypher : tuple of str and mapping, optional
        Name of a query of the catalogue that asks the same, and its parameters.
    apart : sequence of str, optional
        What the view has and the query leaves out, beside day, evidence and classes; ``None`` where it is the view.
    picture : str, optional
        Key of the container or component that holds the picture.
    drawing : callable, optional
        Gives the view as SVG, where no single picture of the page is it; called when somebody asks for it.
    caption : str
        What the picture shows: entity, day and evidence; written below it, so that it never stands without its frame.
    """
    with st.popover("Copy", icon=":material/content_copy:", key=f"copy_{key}", width="content"):
        # The address leaves out what is as usual, and the usual day is today: a link says the day that is meant.
        held = {"asof": state.view().as_of}
        taken = {"name": name, "picture": picture, "caption": caption, "held": held, "drawn": drawing is not None}
        if drawing is not None and components.asked(f"taking_{key}", "wanted"):
            taken["drawing"] = drawing()
        components.taking(taken, key=f"taking_{key}")
        if rows is not None:
            st.download_button(
                "Table as CSV",
                data=lambda: as_csv(rows()),
                file_name=f"{name}.csv",
                mime="text/csv",
                icon=":material/csv:",
                on_click="ignore",
                key=f"csv_{key}",
            )
        if drawing is not None:
            st.download_button(
                "Picture as SVG",
                data=drawing,
                file_name=f"{name}.svg",
                mime="image/svg+xml",
                icon=":material/image:",
                on_click="ignore",
                key=f"svg_{key}",
            )
        if cypher is not None:
            said = [] if apart is None else [*left_out(cypher[0], state.view()), *apart]
            st.code(as_cypher(*cypher, said), language="cypher", wrap_lines=True)


def file_name(*parts: str) -> str:
    """Name of a file, without an ending: letters and digits of any script, all else as one dash."""
    return re.sub(r"[^\w]+|_+", "-", " ".join(parts)).strip("-")[:120] or "tiertrace"


def as_csv(rows: pd.DataFrame) -> str:
    """Write a table as CSV in which no cell is taken for a formula."""
    text = rows.astype(object).where(rows.notna(), "").map(csv_cell)
    return str(text.to_csv(index=False, lineterminator="\r\n"))


def left_out(name: str, view: state.View) -> list[str]:
    """What a view has that a query of the catalogue does not ask for."""
    takes = {one.name for one in queries.analyst_catalogue()[name].parameters}
    day = [] if "as_of" in takes else [f"the day {view.as_of}"]
    return day + ([] if view.inferred and view.classes == CLASSES else [view.evidence])


def as_cypher(name: str, parameters: Mapping[str, Any], apart: Sequence[str] = ()) -> str:
    """Write a query of the catalogue with its parameters, as Neo4j Browser and cypher-shell take it.

    Comments say what the query does, and what of the view it leaves out (``apart``).
    """
    query = queries.analyst_catalogue()[name]
    # The servers know no defaults: every parameter is said.
    said = {one.name: parameters.get(one.name, one.default) for one in query.parameters}
    # Behind the parameters: a comment before one would make it a part of a statement.
    lines = [f":param {key} => {_literal(value)};" for key, value in said.items()]
    for words in (query.summary, f"It leaves out of the view: {'; '.join(apart)}." if apart else ""):
        lines += [f"// {line}" for line in textwrap.wrap(clean(words), _LINE)]
    return "\n".join([*lines, f"{query.text};"])


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    return "[" + ", ".join(_literal(item) for item in value) + "]"
