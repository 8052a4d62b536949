"""Brand: one brand's exposure, how it reaches the brand, and what the figure does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from graph_core.day import Day
from graph_core.ui import chooser, components, state, tables, words
from graph_core.viz.exposure_bar import missing
from graph_core.viz.sankey import Sankey, sankey
from graph_core.viz.sentences import figure_sentences
from graph_core.viz.text import count, percent

_TOP = 10
_LINKS = 400


def picture(day: Day, exposure: Mapping[str, Any]) -> None:
    """Show the sankey with the reasoning, or the picked site, beside it."""
    brand = exposure["brand"]["id"]
    flows = day.flows(brand, _LINKS)
    if flows.empty:
        with components.section("How it reaches the brand", "Nothing does, as far as is known on this day.", "flows"):
            left, right = st.columns([3, 1], gap="medium")
            left.info("No flagged site is upstream of this brand on this day.", icon=":material/conversion_path_off:")
            with right:
                reasons(day, exposure["brand"]["id"])
        return
    names = day.table.names
    classes = {item["id"]: item["class"] for item in exposure["attribution"]}
    drawn = sankey(flows, brand, names, classes, state.theme())
    caption = flow_words(flows.attrs, len(flows), exposure["score"])
    with components.section("How it reaches the brand", caption, "flows"):
        left, right = st.columns([3, 1], gap="medium")
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
            reasons(day, exposure["brand"]["id"])
            st.caption("Click a site in the picture to read its findings; click it again to come back.")


def flow_words(notes: Mapping[Any, Any], links: int, score: float | None) -> str:
    """Say what the picture leaves out."""
    parts = [f"Flagged sites left, brand right. {count(links, 'flow')}, each with the colour of its evidence class"]
    if hidden := notes.get("hidden_links", 0):
        part = f" ({percent(notes['shown'])} of {percent(score)} shown)" if score else ""
        parts.append(f"{count(hidden, 'smaller link is', 'smaller links are')} left out{part}")
    if cycles := notes.get("cycle_links", 0):
        parts.append(f"{count(cycles, 'link that closes a cycle is', 'links that close a cycle are')} left out")
    return "; ".join(parts) + ". Lighter flows are inferred."


def picked_node(event: Mapping[str, Any], drawn: Sankey) -> str | None:
    """Id of the node that was clicked."""
    groups = event["selection"]["selected"]
    indices = [index for group in groups if group["data_type"] == "node" for index in group["data_indices"]]
    return next((drawn.ids[index] for index in indices if index < len(drawn.ids)), None)


def site(day: Day, picked: str) -> None:
    """Show a picked site."""
    blocks = tables.party_blocks(day.party(picked), None)
    blocks.append({"tag": "p", "text": [{"page": "explore", "set": {"site": picked}, "text": "Open in Explore"}]})
    components.prose(blocks, key="picked")


def reasons(day: Day, brand: str) -> None:
    """Tell the figure in plain words."""
    blocks = [{"tag": "h3", "text": ["In plain words"]}]
    blocks += [{"tag": "p", "text": [sentence]} for sentence in figure_sentences(day.reasons(brand))]
    components.prose(blocks, key="reasons")


def strips(day: Day, exposure: Mapping[str, Any]) -> None:
    """Show the best paths with the evidence of every hop."""
    found = day.paths(exposure["brand"]["id"], _TOP)
    if not found:
        return
    rest = exposure["score"] - sum(path["contribution"] for path in found)
    more = f" Together they carry all but {percent(max(rest, 0.0))} of inputs." if found[-1]["truncated"] else ""
    caption = (
        f"{count(len(found), 'path')} to the brand, largest first: each figure is the share of inputs that comes this"
        f" way.{more} Open a line for the evidence at every hop."
    )
    titles = {str(source["id"]): str(source["title"] or source["id"]) for source in state.workspace().sources()}
    with components.section("Paths", caption, "paths"):
        components.path_strips({"paths": tables.paths(found, titles), "label": "Exposure paths"}, key="paths")


def details(exposure: Mapping[str, Any]) -> None:
    """Show attribution, the classes apart, products, and what the figure does not say."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        attribution(exposure)
        products = [item for item in exposure["by_product"] if item["product"]]
        if len(products) > 1:
            with components.section("By product", "The brand's links of one product, scaled to 100 %.", "by_product"):
                components.share_bars(tables.products(products), "Score by product", key="products")
    with right:
        caption = "Separate calculations: they may overlap, are never added, and inferred ones never enter the score."
        with components.section("Evidence classes, each on its own", caption, "by_class"):
            components.share_bars(words.class_rows(exposure), "Evidence classes", key="class_bars")
        lines = [[line] for line in words.limits(exposure)]
        title = {"tag": "h2", "text": ["What the figure does not say"]}
        components.prose([title, {"tag": "ul", "items": lines}], key="limits")


def attribution(exposure: Mapping[str, Any]) -> None:
    """Show which flagged sites the score comes from."""
    rows = tables.attribution(exposure)
    if not rows:
        return
    rest = len(exposure["attribution"]) - len(rows)
    caption = "Flagged sites and the share of inputs traced to each; together they are the score."
    caption += f" {count(rest, 'more', 'more')} not shown." if rest else ""
    with components.section("Attribution", caption, "by_site"):
        components.share_bars(rows, "Attribution to flagged sites", key="attribution")


view = state.view()
day = view.day()
chosen = chooser.brand(view)
if chosen:
    exposure = state.exposures(view, chosen)[0]
    st.text(words.brand_sentence(exposure, view))
    components.exposure_bar(tables.bar_figures(exposure), key="bar")
    if missing(exposure):
        if not exposure["suppliers"]:
            st.info("Choose another day above: this brand's first list starts later.", icon=":material/event_busy:")
        else:
            st.info(
                "Load findings on companies or sites, such as `tiertrace load uflpa`, to compute exposure.",
                icon=":material/flag:",
            )
            details(exposure)
    else:
        picture(day, exposure)
        strips(day, exposure)
        details(exposure)
