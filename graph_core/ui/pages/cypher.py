"""Cypher: the catalogue of queries with forms, and reading statements of one's own.

Nothing runs but by the button: an address can fill a form, never start it, and never holds a statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from graph_core import guard, queries
from graph_core.errors import InputError, RefusedError, StoreError, TiertraceError
from graph_core.queries import NamedQuery, Parameter
from graph_core.tokens import parameters_of, tokenise, without_semicolon
from graph_core.ui import answers, components, copying, frame, people, state
from graph_core.ui.asking import Asked, Question
from graph_core.viz.answer import answer_network, drawn
from graph_core.viz.network_html import options
from graph_core.viz.text import clean, count, shorten

_CATALOGUE, _OWN = "catalogue", "own statement"
_TABLE, _PICTURE = "Table", "Picture"
_SECONDS = (5, 10, 30, 60)
_ROWS = (100, 1_000, 10_000)
#: Most nodes of a picture.
_BUDGET = 120
#: Seconds that a run of the page waits for an answer; slower ones are looked for again and again.
_SOON = 0.6
_POLL = 0.5
_HEIGHT = 420
#: Parameters that have a better name than their own.
_LABELS = {
    "brand_id": "Brand",
    "buyer_id": "Buyer (id)",
    "party_id": "Site or company (id)",
    "organization_id": "Company (id)",
    "run_id": "Run (id)",
}
#: First and last day that can be asked for.
_DAYS = dt.date(1900, 1, 1), dt.date(2099, 12, 31)
#: What stands before a parameter in the address.
_PREFIX = "p."


# --- asking -----------------------------------------------------------------------------------------------------------


def catalogue(view: state.View) -> None:
    """Let the reader choose a query, fill its form, and run it."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        choose()
    name = st.query_params.get("query")
    with right:
        if not name:
            components.prose([{"tag": "h2", "text": ["Choose a query"]}], key="which")
            st.caption("Each answers one question; its form is filled with the day above. It runs when you press Run.")
            return
        try:
            named = queries.find(name)
        except InputError as error:
            told("There is no such query", str(error))
            return
        form(named, view)


def choose() -> None:
    """Show the queries by family, those that the search leaves."""
    known = queries.analyst_catalogue()
    text = st.text_input(
        "Search queries",
        placeholder="Search queries",
        icon=":material/search:",
        key="query_search",
        label_visibility="collapsed",
    )
    found = answers.matching(known, text)
    if not found:
        st.text("No query has these words; clear the search to see all.")
    with st.container(height=_HEIGHT, gap=None, key="query_list"):
        for family, listed in found.items():
            st.caption(answers.FAMILIES[family])
            for query in listed:
                chosen = query.name == st.query_params.get("query")
                st.button(
                    query.title,
                    key=f"query_{query.name}",
                    type="secondary" if chosen else "tertiary",
                    help=query.summary,
                    on_click=_choose,
                    args=(query.name,),
                )


def _choose(name: str) -> None:
    for key in [key for key in st.query_params if key.startswith(_PREFIX)]:
        del st.query_params[key]
    state.choose("query", name)


def form(named: NamedQuery, view: state.View) -> None:
    """Show what a query answers and its form."""
    heading = {"tag": "h2", "text": [named.title]}
    components.prose([heading, {"tag": "p", "text": [named.summary]}], key="query_heading")
    with st.form(f"form_{named.name}", border=False):
        raw = {p.name: field(named, p, view) for p in named.parameters}
        timeout, rows = limits(named.name)
        with st.container(horizontal=True):
            run = st.form_submit_button("Run", icon=":material/play_arrow:")
            plan = st.form_submit_button("Plan", help="How the server would go about it; nothing is run.")
    if run or plan:
        said = {name: text for name, text in raw.items() if text is not None}
        try:
            bound = complete(named, said)
        except InputError as error:
            refused("This form is not complete", error)
        else:
            st.query_params.update({_PREFIX + name: text for name, text in said.items()})
            ask(Question(named.name, named.text, bound, timeout, rows, plan=plan))
    with st.expander("Statement"):
        st.code(named.source, language="cypher", wrap_lines=True)


def complete(named: NamedQuery, said: Mapping[str, str]) -> Mapping[str, queries.Value]:
    """Values for all parameters of a query.

    Raises
    ------
    InputError
        One is missing, or not what it should be.
    """
    if missing := [label(p) for p in named.parameters if p.required and p.name not in said]:
        raise InputError(f"Fill in: {', '.join(missing)}.")
    return named.bind(said)


def field(named: NamedQuery, parameter: Parameter, view: state.View) -> str | None:
    """One field of a form; its value as text, ``None`` where nothing is said."""
    words = label(parameter) + ("" if parameter.required else " (may stay empty)")
    key, begin = f"p_{named.name}_{parameter.name}", beginning(parameter, view)
    if parameter.name == "brand_id":
        names = {item["id"]: item["name"] for item in view.day().brands}
        index = list(names).index(begin) if begin in names else None
        chosen = st.selectbox(words, list(names), index=index, format_func=names.__getitem__, key=key)
        return str(chosen) if chosen is not None else None
    if parameter.type == "DATE":
        first = _date(begin)
        if begin and first is None:
            st.text(f"{label(parameter)}: {clean(shorten(begin, 40))} is no day between {_DAYS[0]} and {_DAYS[1]}.")
        day = st.date_input(words, first, format="YYYY-MM-DD", key=key, min_value=_DAYS[0], max_value=_DAYS[1])
        return day.isoformat() if isinstance(day, dt.date) else None
    if parameter.type == "BOOLEAN":
        return str(st.toggle(words, begin.lower() in ("true", "yes", "1"), key=key)).lower()
    several = "Several, with | between them." if parameter.type == "LIST<STRING>" else None
    text = st.text_input(words, begin, key=key, placeholder=parameter.example, help=several)
    return text.strip() or None


def label(parameter: Parameter) -> str:
    """What a parameter is called in a form."""
    return _LABELS.get(parameter.name, parameter.name.replace("_", " ").capitalize())


def beginning(parameter: Parameter, view: state.View) -> str:
    """What a field holds at first: what the address says, else what is looked at, else the default."""
    if (said := st.query_params.get(_PREFIX + parameter.name)) is not None:
        return said
    if parameter.name in ("as_of", "until"):
        return view.as_of
    if parameter.name == "since":
        return (dt.date.fromisoformat(view.as_of) - dt.timedelta(days=365)).isoformat()
    if parameter.name in ("brand_id", "buyer_id"):
        return state.brand(view)[0] or ""
    if parameter.name in ("party_id", "organization_id"):
        return st.query_params.get("site") or ""
    default = parameter.default
    return "|".join(default) if isinstance(default, list) else "" if default is None else str(default)


def _date(text: str) -> dt.date | None:
    """The day that a text says; ``None`` where it is none that can be chosen."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if _DAYS[0] <= day <= _DAYS[1] else None


def limits(key: str) -> tuple[float, int]:
    """Let the reader choose time and rows, within what one may take."""
    with st.container(horizontal=True):
        seconds = st.selectbox("Seconds at most", _SECONDS, index=1, key=f"seconds_{key}", width=150)
        rows = st.selectbox("Rows at most", _ROWS, index=1, key=f"rows_{key}", width=150, format_func="{:,}".format)
    return float(seconds), int(rows)


def own(view: state.View) -> None:
    """Let an analyst write a statement."""
    if not people.may_write():
        st.text("Statements of your own need the role analyst. The queries of the catalogue are for everyone.")
        return
    with st.form("form_own", border=False):
        statement = st.text_area(
            "One reading statement",
            key="own_statement",
            height=180,
            max_chars=20_000,
            placeholder="What to look for, and what to give back of it.",
        )
        st.caption(
            "It may only read: both this page and the server refuse anything else. $as_of is the day above, $brand_id"
            " the brand last looked at. Labels and properties are described in docs/schema.md."
        )
        timeout, rows = limits("own")
        with st.container(horizontal=True):
            run = st.form_submit_button("Run", icon=":material/play_arrow:")
            plan = st.form_submit_button("Plan", help="How the server would go about it; nothing is run.")
    if run or plan:
        try:
            guard.check(statement)
            bound = bound_by_page(statement, view)
        except (RefusedError, InputError) as error:
            refused("This statement may not run", error)
        else:
            ask(Question("", without_semicolon(statement), bound, timeout, rows, plan=plan))


def bound_by_page(statement: str, view: state.View) -> Mapping[str, str | None]:
    """Values for the parameters that the page knows.

    Raises
    ------
    InputError
        The statement has another one.
    """
    known: dict[str, str | None] = {"as_of": view.as_of, "brand_id": state.brand(view)[0]}
    used = parameters_of(tokenise(statement))
    if unknown := [name for name in used if name not in known]:
        raise InputError(
            f"${unknown[0]} has no value here; write the value itself (only $as_of and $brand_id have one)"
        )
    return {name: known[name] for name in used}


def ask(question: Question) -> None:
    """Begin to answer a question, in place of the one before."""
    if not question.name and not people.may_write():
        raise RefusedError("statements of one's own need the role analyst")
    before: Asked | None = st.session_state.get("asked")
    if before is not None:
        before.cancel()
    st.session_state["asked"] = Asked(question, state.workspace().store)


# --- answers ----------------------------------------------------------------------------------------------------------


def outcome() -> None:
    """Show what came of the last question."""
    asked: Asked | None = st.session_state.get("asked")
    if asked is None:
        return
    if asked.running and not asked.wait(_SOON):
        waiting()
        return
    title = queries.find(asked.question.name).title if asked.question.name else "Your own statement"
    components.prose([{"tag": "h2", "text": [title]}], key="answer_heading")
    if asked.fault is not None:
        if isinstance(asked.fault, StoreError):
            del st.session_state["asked"]  # else it would be raised for ever, also when the store is back
            raise asked.fault
        told("There is no answer", str(asked.fault))
    elif asked.plan is not None:
        st.caption("How the server would go about it, in its own words. Nothing was run.")
        st.code(asked.plan, language=None, height=_HEIGHT)
    else:
        answer(asked)


@st.fragment(run_every=_POLL)
def waiting() -> None:
    """Say for how long a statement runs, until it is over."""
    asked: Asked = st.session_state["asked"]
    if not asked.running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"Running for {asked.waited:.0f} s, at most {asked.question.timeout:g} s.")
        st.button("Cancel", icon=":material/stop_circle:", on_click=asked.cancel)


def answer(asked: Asked) -> None:
    """Show the rows of an answer as a table or a picture."""
    assert asked.rows is not None
    question, rows = asked.question, asked.rows.rows
    named = queries.find(question.name) if question.name else None
    # The embedded engine names no columns where there is no row.
    columns = asked.rows.columns or ([column.name for column in named.returns] if named else [])
    components.prose([{"tag": "small", "text": [summary(asked)]}], key="answer_summary")
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = st.segmented_control(
            "Show as", [_TABLE, _PICTURE], default=_TABLE, required=True, key="answer", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        cypher = (question.name, question.parameters) if question.name else None
        frame_ = asked.once("table", lambda: answers.table(columns, rows))
        copying.offer("answer", question.name or "own-statement", rows=lambda: frame_, cypher=cypher, apart=None)
    if not rows:
        st.text("No row. That nothing was found says what is loaded, not what there is.")
    elif shown == _PICTURE:
        picture(asked, columns)
    else:
        listing(frame_, rows)
    if not question.name:
        with st.expander("Statement"):
            st.code(question.statement, language="cypher", wrap_lines=True)


def summary(asked: Asked) -> str:
    """Say how much came, and whether that is all."""
    rows = asked.rows
    assert rows is not None
    number = count(len(rows.rows), "row", "rows")
    cut = (
        f"; there are more: only the first {asked.question.max_rows:,} are shown"
        if rows.truncated
        else ", all there is"
    )
    said = ", ".join(f"{name} {value}" for name, value in asked.question.parameters.items() if value is not None)
    return f"{number}{cut}; {asked.seconds:.1f} s{'; ' + said if said else ''}."


def listing(table: pd.DataFrame, rows: list[list[object]]) -> None:
    """Show the table; a chosen row leads to the parties that it names."""
    event = st.dataframe(
        table,
        hide_index=True,
        height=min(_HEIGHT, 38 + 35 * len(table)),
        key="answer_table",
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event.selection.rows
    if not chosen or chosen[0] >= len(rows):
        st.caption("Choose a row to go to the sites, companies and brands that it names.")
        return
    parties = answers.parties_in(state.workspace().held(), rows[chosen[0]])
    lead_to(parties, "No site, company or brand has an id that stands in this row.")


def lead_to(parties: list[dict[str, str]], otherwise: str) -> None:
    """Show links to the pages of parties."""
    if not parties:
        st.text(otherwise)
        return
    runs = [[{"page": one["page"], "set": {one["page"]: one["id"]}, "text": one["name"]}] for one in parties]
    components.prose([{"tag": "ul", "items": runs}], key="answer_parties")


def picture(asked: Asked, columns: list[str]) -> None:
    """Show nodes and links of the answer; a click leads to the page of a party."""
    rows, theme = asked.rows, state.theme()
    assert rows is not None
    found = asked.once("found", lambda: drawn(columns, rows.rows, _BUDGET, asked.question.parameters))
    if found.nodes.empty:
        st.text("There is nothing to draw: return nodes, relationships or paths, or supplier_id and buyer_id.")
        return
    net, layout = asked.once(("picture", theme), lambda: answer_network(found, theme))
    data = {
        "nodes": net.nodes,
        "edges": net.edges,
        "options": options(net),
        "centre": str(found.nodes["id"].iloc[0]),
        "label": f"Nodes and links of the answer: {len(found.nodes):,} and {len(found.links):,}",
    }
    result = components.network(data, key="answer_network", height=max(300, min(640, round(layout.height) + 60)))
    hidden = f"; {count(found.hidden, 'more is', 'more are')} hidden" if found.hidden else ""
    loose = f"; {count(found.loose, 'link', 'links')} not drawn, whose ends are not both named" if found.loose else ""
    st.caption(
        f"{count(len(found.nodes), 'node', 'nodes')} and {count(len(found.links), 'link', 'links')} that the statement"
        f" returned{hidden}{loose}. Arrows run as the links do. Click a node to go to its page."
    )
    if result.picked:
        lead_to(answers.parties_in(state.workspace().held(), [result.picked]), "This is no site, company or brand.")


def refused(title: str, error: TiertraceError) -> None:
    """Say why nothing runs; the answer to an earlier question goes, since it is none to this one."""
    st.session_state.pop("asked", None)
    told(title, str(error))


def told(title: str, text: str) -> None:
    """Say what is wrong; the text may hold anything."""
    components.prose([{"tag": "h3", "text": [title]}, {"tag": "p", "text": [text]}], key=f"told_{title}")


view = state.view()
graph = state.workspace().held()
if graph["Organization"].empty and graph["Facility"].empty:
    frame.empty_store()
else:
    st.text("Ask the store itself: queries that answer common questions, or reading Cypher of your own.")
    chosen = st.segmented_control(
        "What to ask",
        [_CATALOGUE, _OWN],
        default=_CATALOGUE,
        required=True,
        key="ask",
        bind="query-params",
        label_visibility="collapsed",
    )
    if chosen == _OWN:
        own(view)
    else:
        catalogue(view)
    outcome()
