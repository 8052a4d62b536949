"""Brand: one brand's exposure, how it reaches the brand, where it comes from, since when, and what no figure says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import streamlit as st

from graph_core.attribution import KINDS
from graph_core.day import Day
from graph_core.errors import InputError
from graph_core.heat import OF
from graph_core.ui import chooser, components, copying, courses, frame, remembered, state, tables, words
from graph_core.viz.course_chart import course_figures, course_scene
from graph_core.viz.exposure_bar import bar_words, missing, no_list
from graph_core.viz.heat_chart import heat_figures, heat_scene
from graph_core.viz.sankey import Sankey, sankey
from graph_core.viz.sentences import figure_sentences
from graph_core.viz.text import clean, count
from graph_core.viz.tier_chart import tier_figures, tier_scene

_LINKS = 400
#: How many paths are shown: at first, and after each click.
_PATHS = (10, 50, 200)
_BARS = 12
#: Seconds that a part of the page computes before it shows how far it is.
_PIECE = 0.3
_NEXT = {"what-if": "What-if", "explore": "Explore", "map": "Map", "snapshots": "Snapshots"}
_BY = {"site": "flagged site", "country": "country of the flagged site", "good": "good that the flagged site delivers",
       "supplier": "direct supplier"}  # fmt: skip
_OF = {
    "supplier": "Inputs of the brand by the good of the link and the country of the supplier that the list names. In"
    " bold what of a cell traces to flagged sites.",
    "site": "What traces to flagged sites, by the good that the site delivers and the country of the site.",
}
Exposure = Mapping[str, Any]


@contextmanager
def titled(
    title: str, caption: str, key: str, view: state.View, exposure: Exposure, *, said: str = "", **taken: Any
) -> Iterator[None]:
    """Show a heading with its menu of copies, what is shown, and below them what the block puts there.

    ``said`` is what stands below a picture that leaves the page, if the title does not say it.
    """
    name = clean(exposure["brand"]["name"])
    with st.container(gap="xxsmall", key=f"section_{key}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            components.prose([{"tag": "h2", "text": [title]}], f"{key}_heading")
            copying.offer(
                key,
                copying.file_name(name, title, view.as_of),
                picture=f"section_{key}" if taken.pop("drawn", True) else None,
                caption=words.picture_caption(f"{name}: {said or title.lower()}", view, exposure["run"]["id"]),
                **taken,
            )
        components.prose([{"tag": "small", "text": [caption]}], f"{key}_caption")
        yield


def head(view: state.View, exposure: Exposure) -> None:
    """Show the bar with its figures, and what stands beside it."""
    brand = exposure["brand"]["id"]
    st.text(words.brand_sentence(exposure, view))
    with st.container(key="exposure_bar"):
        components.exposure_bar(tables.bar_figures(exposure), key="bar")
    if left_out := words.left_out(view):
        st.text(left_out)
    if view.score != "traced_share":
        components.prose(words.other_score(state.scored(view, brand)[0]), key="other_score")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        links = [{"pill": [{"page": page, "text": name, "set": {"brand": brand}}]} for page, name in _NEXT.items()]
        components.prose([{"tag": "p", "text": links}], key="next")
        with st.popover("Formula", icon=":material/function:", width="content"):
            st.text(words.formula(exposure))
        copying.offer(
            "bar",
            copying.file_name(clean(exposure["brand"]["name"]), "exposure", view.as_of),
            rows=lambda: tables.figures(exposure),
            cypher=("direct_suppliers", {"buyer_id": brand, "as_of": view.as_of}),
            picture="exposure_bar",
            caption=words.picture_caption(bar_words(exposure).rstrip("."), view, exposure["run"]["id"]),
        )


@frame.part
def reach(view: state.View, day: Day, exposure: Exposure) -> None:
    """Show the sankey with the reasoning, or the picked site, beside it."""
    brand = exposure["brand"]["id"]
    flows = remembered.of_day(day, ("flows", brand), lambda: day.flows(brand, _LINKS))
    if flows.empty and not flows.attrs["own"]:
        parameters = exposure["run"]["parameters"]
        with components.section("How it reaches the brand", words.no_route(parameters), "flows"):
            left, right = st.columns([3, 2], gap="large")
            left.info(words.no_flow(parameters), icon=":material/conversion_path_off:")
            with right:
                reasons(day, brand)
        return
    classes = {item["id"]: item["class"] for item in exposure["attribution"]}
    drawn = sankey(flows, brand, day.table.names, classes, state.theme())
    caption = words.flow_caption(flows.attrs, len(flows), exposure["score"])
    cypher = ("exposure_paths", {"brand_id": brand, "as_of": view.as_of})
    said = "how inputs from flagged sites reach it, ■ named entity, ◆ ownership"
    with titled(
        "How it reaches the brand", caption, "flows", view, exposure, said=said, rows=lambda: flows, cypher=cypher
    ):
        left, right = st.columns([2, 1], gap="medium")
    with left:
        event = st.echarts_chart(
            drawn.spec,
            height=drawn.height,
            key=f"sankey_{brand}",
            on_select="rerun",
            renderer="svg",
            alt="Flow of inputs from flagged sites to the brand, tier by tier",
        )
    with right:
        picked = picked_node(event, drawn)
        if picked and picked != brand and not picked.startswith("more:"):
            site(day, picked)
        else:
            reasons(day, brand)
            st.caption("Click a site in the picture to read its findings; click it again to come back.")


def picked_node(event: Mapping[str, Any], drawn: Sankey) -> str | None:
    """Id of the node that was clicked."""
    groups = event["selection"]["selected"]
    indices = [index for group in groups if group["data_type"] == "node" for index in group["data_indices"]]
    return next((drawn.ids[index] for index in indices if index < len(drawn.ids)), None)


def site(day: Day, picked: str) -> None:
    """Show a picked site, with ways on from it."""
    onward = [
        {"page": "site", "set": {"site": picked}, "text": "All about it"},
        "; ",
        {"page": "brand", "set": {"through": picked}, "text": "paths through it"},
        "; ",
        {"page": "explore", "set": {"site": picked}, "text": "open in Explore"},
    ]
    components.prose([*tables.party_blocks(day.party(picked)), {"tag": "p", "text": onward}], key="picked")


def reasons(day: Day, brand: str) -> None:
    """Tell the figure in plain words."""
    blocks = [{"tag": "h3", "text": ["In plain words"]}]
    said = remembered.of_day(day, ("reasons", brand), lambda: figure_sentences(day.reasons(brand)))
    components.prose([*blocks, *({"tag": "p", "text": [sentence]} for sentence in said)], key="reasons")


@frame.part
def strips(view: state.View, day: Day, exposure: Exposure) -> None:
    """Show the best paths with the evidence of every hop; the address says how many, through and around whom."""
    brand = exposure["brand"]["id"]
    asked = st.query_params.get("paths", "")
    top = int(asked) if asked in map(str, _PATHS) else _PATHS[0]
    through, avoiding = st.query_params.get("through"), st.query_params.get_all("avoiding")
    conditions = (through, *avoiding)
    try:
        found = remembered.of_day(
            day, ("paths", brand, top, conditions), lambda: day.paths(brand, top, through=through, avoiding=avoiding)
        )
        unknown = ""
    except InputError as error:
        found, unknown = [], str(error)
    if not found and not any(conditions):
        return
    caption = words.paths_caption(found, exposure["score"])
    cypher = ("exposure_paths", {"brand_id": brand, "as_of": view.as_of})
    with titled(
        "Paths", caption, "paths", view, exposure, rows=lambda: tables.path_rows(found), cypher=cypher, drawn=False,
        apart=words.filter_words(day.table.names, through, avoiding),
    ):  # fmt: skip
        path_filter(day, brand, through, avoiding)
        if found:
            sources = {str(source["id"]): source for source in state.workspace().sources()}
            components.path_strips({"paths": tables.paths(found, sources), "label": "Exposure paths"}, key="paths")
        elif unknown:
            st.text(unknown)  # it repeats what the address says
        else:
            st.info("No path from a flagged site fits. Change the filter.", icon=":material/filter_alt:")
    more = next((size for size in _PATHS if size > top), None)
    if found and found[0]["truncated"] and more:
        st.button(f"Show up to {more} paths", on_click=state.choose, args=("paths", str(more)), key="more_paths")


def path_filter(day: Day, brand: str, through: str | None, avoiding: Sequence[str]) -> None:
    """Choose through and around whom the paths go."""
    best = remembered.of_day(day, ("paths", brand, _PATHS[1], (None,)), lambda: day.paths(brand, _PATHS[1]))
    names = {node["id"]: clean(node["name"]) for path in best for node in path["nodes"][:-1]}
    names |= {one: clean(day.table.names.get(one, one)) for one in (through, *avoiding) if one}
    options = sorted(names, key=lambda one: (names[one].casefold(), one))
    st.session_state["path_through"], st.session_state["path_avoiding"] = through, list(avoiding)
    with st.container(horizontal=True, gap="small"):
        st.selectbox(
            "Through",
            options,
            format_func=names.__getitem__,
            key="path_through",
            placeholder="Through anyone",
            on_change=_filtered,
            label_visibility="collapsed",
            width=280,
        )
        st.multiselect(
            "Around",
            options,
            format_func=names.__getitem__,
            key="path_avoiding",
            placeholder="Around nobody",
            on_change=_filtered,
            label_visibility="collapsed",
            width=360,
        )


def _filtered() -> None:
    state.choose("through", st.session_state["path_through"])
    st.query_params["avoiding"] = st.session_state["path_avoiding"]


@frame.part
def attribution(view: state.View, day: Day, exposure: Exposure) -> None:
    """Show what the score comes from or passes through."""
    brand = exposure["brand"]["id"]
    by = next((one for one in state.chosen("by") if one in _BY), "site")
    items = remembered.of_day(day, ("attribution", brand, by), lambda: day.attribution(brand, by))
    caption = words.attribution_caption(_BY[by], items[_BARS:], exposure)
    with titled(
        "Attribution", caption, "attribution", view, exposure, rows=lambda: pd.DataFrame(items), drawn=False,
        cypher=("exposure_paths", {"brand_id": brand, "as_of": view.as_of}),
    ):  # fmt: skip
        options = [kind for kind in KINDS if kind in _BY]
        st.segmented_control(
            "By", options, default="site", required=True, key="by", bind="query-params", label_visibility="collapsed"
        )
        components.share_bars(tables.attribution(items, by, _BARS), "Attribution", key="attribution_bars")


def classes(view: state.View, exposure: Exposure) -> None:
    """Show the classes apart, and products."""
    caption = "Separate calculations: they may overlap, are never added, and inferred ones never enter the score."
    with titled(
        "Evidence classes, each on its own", caption, "by_class", view, exposure, drawn=False,
        rows=lambda: pd.DataFrame([{"class": kind, "share": share} for kind, share in exposure["classes"].items()]),
    ):  # fmt: skip
        components.share_bars(words.class_rows(exposure), "Evidence classes", key="class_bars")
    products = [item for item in exposure["by_product"] if item["product"]]
    if len(products) > 1:
        caption = "The brand's links of one product, scaled to 100 %."
        with titled(
            "By product", caption, "by_product", view, exposure, rows=lambda: pd.DataFrame(products), drawn=False
        ):
            components.share_bars(tables.products(products), "Score by product", key="products")


@frame.part
def tiers(view: state.View, day: Day, exposure: Exposure) -> None:
    """Show the tiers behind the brand: what arrives, ends and is not mapped at each."""
    brand = exposure["brand"]["id"]
    found = remembered.of_day(day, ("tiers", brand), lambda: day.tiers(brand, each=False))
    if not found["profile"]:
        return
    with titled(
        "Tiers", words.tier_caption(found), "tiers", view, exposure, rows=lambda: pd.DataFrame(found["profile"]),
        cypher=("suppliers_by_tier", {"brand_id": brand, "as_of": view.as_of}),
    ):  # fmt: skip
        components.picture(tables.picture(tier_scene(found), tier_figures(found)), key="tier_profile")


@frame.part
def heat(view: state.View, day: Day, exposure: Exposure) -> None:
    """Show inputs by good and country."""
    brand = exposure["brand"]["id"]
    of = next((one for one in state.chosen("of") if one in OF), "supplier")
    found = remembered.of_day(day, ("heat", brand, of), lambda: day.heat(brand, of))
    with titled(
        "Goods and countries", _OF[of], "goods_and_countries", view, exposure, rows=lambda: pd.DataFrame(found),
        cypher=("direct_suppliers", {"buyer_id": brand, "as_of": view.as_of}),
    ):  # fmt: skip
        st.segmented_control(
            "Of", list(OF), default="supplier", required=True, key="of", bind="query-params",
            label_visibility="collapsed",
        )  # fmt: skip
        if found:
            components.picture(tables.picture(heat_scene(found), heat_figures(found)), key="heat")
        else:
            st.info(words.no_heat(of, exposure["run"]["parameters"]), icon=":material/grid_off:")


@frame.part
def over_time(view: state.View, exposure: Exposure) -> None:
    """Show the figure of every day on which something behind it changed, a few days more each time."""
    brand = exposure["brand"]["id"]
    known = courses.progress(view, brand, begin=components.asked("course_waiting"))
    if known is not None and components.asked("course_waiting"):
        known.go_on(_PIECE)
    shown = known.known if known else []
    figures = [known.figures[one.day] for one in shown] if known else []
    until = state.default_day().isoformat()
    with titled(
        "Change over time", words.course_caption(known), "change_over_time", view, exposure,
        rows=lambda: tables.course_rows(shown, figures), drawn=bool(shown),
    ):  # fmt: skip
        if known is None or not known.complete:
            done, of = len(shown), len(known.days) if known else 0
            say = f"Computing: {done} of {count(of, 'day')}" if known else "Looking for the days on which it changed"
            components.waiting(say, done, of, key="course_waiting")
        if shown:
            scene = course_scene(shown, figures, view.as_of, until)
            components.picture(tables.picture(scene, course_figures(shown, figures), "asof"), key="course")
        elif known is not None and known.complete:
            st.info("No list, link or finding behind this brand has a date.", icon=":material/event_busy:")


def limits(exposure: Exposure) -> None:
    """Say what no figure here says."""
    lines = [[line] for line in words.limits(exposure)]
    title = {"tag": "h2", "text": ["What the figure does not say"]}
    components.prose([title, {"tag": "ul", "items": lines}], key="limits")


def show(view: state.View, exposure: Exposure) -> None:
    """Show all of a brand, what is asked for first at the top."""
    day = view.day()
    head(view, exposure)
    if missing(exposure):
        st.info(words.no_figure(exposure), icon=":material/event_busy:")
    else:
        reach(view, day, exposure)
        strips(view, day, exposure)
    if not no_list(exposure):
        left, right = st.columns([3, 2], gap="large")
        with left:
            if exposure["attribution"]:
                attribution(view, day, exposure)
            else:
                limits(exposure)
        with right:
            classes(view, exposure)
        tiers(view, day, exposure)
        heat(view, day, exposure)
    over_time(view, exposure)
    if exposure["attribution"]:
        limits(exposure)


shown_view = state.view()
if chosen := chooser.brand(shown_view):
    show(shown_view, state.exposures(shown_view, chosen)[0])
