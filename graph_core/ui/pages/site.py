"""Site or company: who it is, what is said against it and by whom, who buys from it, and who owns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from graph_core import party as parties
from graph_core import places_shown
from graph_core.day import Day
from graph_core.errors import NotFoundError
from graph_core.explain import explain
from graph_core.graph import rows
from graph_core.reach import Reach
from graph_core.resolve.boundaries import middle
from graph_core.ui import components, copying, dossier, frame, kept, remembered, state, tables
from graph_core.ui.columns import PERCENT
from graph_core.viz.map import BORDERS, Drawn, Window, world_map
from graph_core.viz.text import clean, count

Row = dict[str, Any]
_ROW, _HIGHEST = 35, 400
_MAP_HEIGHT = 230


# --- what is computed elsewhere ------------------------------------------------------------------------------------


def party_of(day: Day, asked: str) -> Row:
    """All that is known of it."""
    return remembered.of_day(day, ("party", asked), lambda: day.party(asked))


def explained(day: Day, identity: str) -> Row:
    """Every decision about its flags, as of the judgements that stand."""

    def explaining() -> Row:
        return explain(day.graph, day.parameters, identity, kept.judgements(), day.table.day)

    return remembered.of_day(day, ("explained", identity, state.workspace().held().version), explaining)


def links(day: Day, identity: str, *, to_buyers: bool) -> pd.DataFrame:
    """What it delivers, or what is delivered to it."""
    return remembered.of_day(
        day,
        ("deliveries", identity, to_buyers),
        lambda: parties.deliveries(day.table, identity, to_buyers=to_buyers),
    )


def holdings(day: Day, identity: str) -> pd.DataFrame:
    """Who owns or operates it, and what it owns and operates."""
    return remembered.of_day(day, ("holdings", identity), lambda: parties.holdings(day.table, identity))


def drawn(day: Day, identity: str) -> Drawn:
    """What a map shows of it."""

    def drawing() -> Drawn:
        site = day.places[day.places["id"] == identity]
        return Drawn(places_shown.clusters(site, 1.0), places_shown.by_country(site))

    return remembered.of_day(day, ("drawn", identity), drawing)


def reach(day: Day, identity: str) -> Reach:
    """Who buys from it, across tiers."""
    return remembered.of_day(day, ("reach", identity), lambda: day.reach(identity))


def said_of(day: Day, identity: str) -> pd.DataFrame:
    """Everything that any source said about it."""
    return kept.statements(day.graph, identity)[0]


# --- no party ------------------------------------------------------------------------------------------------------


def begin(day: Day) -> None:
    """Say how to find a site or company, and where one may begin."""
    blocks = [
        {"tag": "h1", "text": ["Which site or company?"]},
        {"tag": "p", "text": ["Find it in the search above, by any name, alias or identifier, in any script."]},
    ]
    components.prose([*blocks, *dossier.flagged(day.places, day.parameters.as_dict())], key="name")


def unknown(error: NotFoundError) -> None:
    """Say that nothing has the id of the address, and what to do."""
    st.subheader("This site or company is not known", anchor=False)
    st.text(str(error))
    st.markdown(
        "It may have gone with a source that was withdrawn, or the link may be of another store. An id that was found"
        " to be one with another still works. Find it in the search above by its name, or load the source again."
    )


# --- one party -----------------------------------------------------------------------------------------------------


def listing(frame_shown: pd.DataFrame, ids: Sequence[str], key: str, label: str) -> str | None:
    """Show a table that is drawn as far as it is seen, and lead to the picked row; gives its id."""
    shares = [str(name) for name in frame_shown if frame_shown[name].dtype.kind == "f"]
    event = st.dataframe(
        frame_shown.assign(**{name: 100 * frame_shown[name] for name in shares}),
        column_config=dict.fromkeys(shares, PERCENT),
        hide_index=True,
        height=min(_HIGHEST, _ROW * (len(frame_shown) + 1) + 3),
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        alt=label,
    )
    copying.offer(f"table_{key}", key, rows=lambda: frame_shown)
    chosen = event["selection"]["rows"]
    return ids[chosen[0]] if chosen and chosen[0] < len(ids) else None


def open_link(day: Day, identity: str | None, key: str) -> None:
    """Lead to a picked party."""
    if identity is not None:
        name = clean(day.table.names.get(identity, identity))
        link = {"page": "site", "set": {"site": identity}, "text": f"Open {name}"}
        components.prose([{"tag": "p", "text": [link]}], key=f"open_{key}")


def findings(told: Row, details: Mapping[str, Row], titles: Mapping[str, str]) -> None:
    """Show findings, then what waits, then indicators, each apart."""
    components.prose(dossier.findings(told, details, titles), key="findings")
    for key, blocks in (
        ("waiting", dossier.waiting(told, details, titles)),
        ("indicators", dossier.indicators(told, details)),
    ):
        if blocks:
            components.prose(blocks, key=key)


def place(day: Day, party: Row) -> None:
    """Show where it is, as exactly as anybody said."""
    components.prose(dossier.place(party), key="place")
    here = drawn(day, party["id"])
    window = window_of(here)
    if window is None:
        return
    with st.container(key="site_map"):
        st.vega_lite_chart(
            world_map(here, window, state.theme(), height=_MAP_HEIGHT),
            theme=None,
            height=_MAP_HEIGHT,
            key=f"site_map_{party['id']}",
            alt="Where it is, as exactly as is known",
        )
    st.caption(BORDERS)


def window_of(drawn: Drawn) -> Window | None:
    """What part of the world to show: around the point, or around the country's label; ``None`` without either."""
    if len(drawn.clusters):
        return Window(float(drawn.clusters["lon"].iloc[0]), float(drawn.clusters["lat"].iloc[0]), 3)
    label = middle(str(drawn.countries["country"].iloc[0])) if len(drawn.countries) else None
    return Window(*label, 3) if label else None


def buyers(day: Day, party: Row, titles: Mapping[str, str]) -> None:
    """Show all brands that it reaches, and its direct buyers."""
    found = reach(day, party["id"])
    direct = links(day, party["id"], to_buyers=True)
    parameters = day.parameters.as_dict()
    caption = dossier.reached_words(found.rows, len(day.brands), direct["id"].nunique(), parameters)
    with components.section("Who buys from it", caption, "buyers"):
        if len(found.rows):
            ids = found.rows["id"].tolist()
            table = remembered.of_day(
                day, ("reached", party["id"]), lambda: dossier.reached(found.rows, day.table.names)
            )
            way(day, found, listing(table, ids, "reached", "Brands that it reaches") or ids[0])
        if len(direct):
            components.prose([{"tag": "h3", "text": ["Direct buyers"]}], key="direct_heading")
            table = remembered.of_day(
                day,
                ("buyers", party["id"]),
                lambda: dossier.links_table(direct, titles, "Buyer", "Share of the buyer's inputs"),
            )
            open_link(day, listing(table, direct["id"].tolist(), "direct", "Direct buyers"), "direct")


def way(day: Day, found: Reach, brand: str) -> None:
    """Show the best route to a brand with the evidence of every hop."""
    name = clean(day.table.names.get(brand, brand))
    site = st.query_params.get("site", "")
    runs: list[Any] = [
        {"strong": f"Best route to {name}"}, "\u2003",
        {"page": "brand", "set": {"brand": brand}, "drop": ["site"], "text": "Brand page"}, "\u2003",
        {"page": "explore", "set": {"brand": brand, "site": site}, "text": "In the network"},
    ]  # fmt: skip
    components.prose([{"tag": "p", "text": runs}], key="way_heading")
    sources = {str(source["id"]): source for source in state.workspace().sources()}
    strips = tables.paths([found.route(brand)], sources)
    components.path_strips({"paths": strips, "label": f"Best route to {name}"}, key="way")


def owners(day: Day, found: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """Show owners and operators, and what it owns and operates."""
    caption = (
        "As sources state them, also those not in force on this day. Control is by the policy: findings on an owner"
        " pass through it."
    )
    with components.section(
        "Owners, operators and what it holds", caption if len(found) else "None is recorded.", "owners"
    ):
        if len(found):
            table = dossier.holdings_table(found, titles)
            open_link(day, listing(table, found["id"].tolist(), "holdings", "Holdings"), "holdings")


def upstream(day: Day, view: state.View, party: Row, titles: Mapping[str, str]) -> None:
    """Show its suppliers, and what of its own inputs is traced to flagged sites."""
    if party["id"] not in day.table.number:
        with components.section("What it buys", "No link of it is known on this day: here the map ends.", "upstream"):
            return
    exposure = state.exposures(view, party["id"])[0]
    share, own = parties.upstream(day.table, party["id"])
    with components.section("What it buys", dossier.own_words(exposure, share, own), "upstream"):
        if not exposure["suppliers"]:
            return
        if not own:  # its bar would be of its own flag
            components.exposure_bar(tables.bar_figures(exposure), key="own_bar")
        found = links(day, party["id"], to_buyers=False)
        table = remembered.of_day(
            day,
            ("suppliers", party["id"]),
            lambda: dossier.links_table(found, titles, "Supplier", "Share of its inputs"),
        )
        open_link(day, listing(table, found["id"].tolist(), "suppliers", "Suppliers"), "suppliers")


def everything_said(day: Day, party: Row, titles: Mapping[str, str]) -> None:
    """Show every statement of every source, once somebody asks for it."""
    holder = st.expander(
        "Every statement of every source", key="statements", on_change="rerun", icon=":material/history_edu:"
    )
    if not holder.open:
        return
    with holder:
        found = said_of(day, party["id"])
        if found.empty:
            st.text("No source says anything about it under this id.")
            return
        st.caption(
            f"{count(len(found), 'statement')}, with the day on which a source first and last said so. What is not"
            " shown elsewhere was said too and is kept: a later statement counts in its place."
        )
        st.dataframe(dossier.statements_table(found, titles), hide_index=True, height=_HIGHEST, key="said")


def shown(day: Day, view: state.View, asked: str, party: Row) -> None:
    """Show one party."""
    titles = dossier.titles(state.workspace().sources())
    told = explained(day, party["id"])
    ids = {entry["finding"] for entry in told["findings"]}
    graph_findings = day.graph["Finding"]
    details = {row["id"]: row for row in rows(graph_findings[graph_findings["id"].isin(ids)])}
    opened = bool(st.session_state.get("statements"))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container():
            components.prose([*dossier.heading(party, asked), *dossier.links_from(party)], key="name")
        copying.offer(
            "site",
            "statements",
            rows=lambda: dossier.statements_table(said_of(day, party["id"]), titles),
            cypher=("buyers_of_party", {"party_id": party["id"], "as_of": view.as_of}),
            picture="site_map",
            caption=f"{clean(party['name'])}, as of {view.as_of}. Borders: Natural Earth; dashed: no point is known.",
        )
    st.text(f"{dossier.kind_words(party)}, as of {view.as_of}, {view.evidence}. {told['summary']}")
    held = holdings(day, party["id"])
    left, right = st.columns([3, 2], gap="large")
    with left:
        findings(told, details, titles)
    with right:
        said = said_of(day, party["id"]) if opened else None
        components.prose(dossier.names(party, said, titles), key="names")
        components.prose(dossier.facts(party, held), key="facts")
        place(day, party)
    buyers(day, party, titles)
    owners(day, held, titles)
    upstream(day, view, party, titles)
    everything_said(day, party, titles)


view = state.view()
day = view.day()
asked = st.query_params.get("site", "")
if not len(day.graph["Organization"]) and not len(day.graph["Facility"]):
    frame.empty_store()
elif not asked:
    begin(day)
else:
    try:
        party = party_of(day, asked)
    except NotFoundError as error:
        unknown(error)
    else:
        shown(day, view, asked, party)
