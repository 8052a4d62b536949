"""Overview: every brand as a row with its exposure bar, what changed, what waits, and facets that narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from graph_core.countries import country_names
from graph_core.exposure.scores import SCORES
from graph_core.snapshot.since import Since
from graph_core.ui import components, copying, facets, frame, kept, state, tables, words
from graph_core.viz.exposure_bar import bars_svg
from graph_core.viz.sentences import waiting_words
from graph_core.viz.text import count

Exposures = Sequence[Mapping[str, Any]]

#: Brands of a picture; the table holds all.
_DRAWN = 40
_NOTE = (
    "Every figure is a share of disclosed inputs that is traced to sites with a standing forced-labour finding. A part"
    " without a flag is where the map ends, not clean; inferred indicators stay in the thin lanes below a bar and are"
    " never added to it. A figure opens what it was computed from."
)


def show(rows: Exposures, view: state.View) -> None:
    """Show the brands that the facets and the filter leave."""
    narrowed = narrow(rows, view)
    kept_rows = [row for row, keep in zip(rows, narrowed.kept, strict=True) if keep]
    sentence = words.overview_sentence(kept_rows, view, of=len(rows))
    st.text(sentence)
    since = kept.since(view)
    scored = scores(view, narrowed)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            "Filter by name",
            placeholder="Filter these brands by name",
            icon=":material/filter_list:",
            key="q",
            bind="query-params",
            label_visibility="collapsed",
            width=260,
        )
        with st.container(width="stretch"):
            worklist(view)
        if kept_rows:
            copy_menu(kept_rows, since, scored, sentence, filtered=len(kept_rows) < len(rows))
    components.facets({"facets": narrowed.groups}, key="facets")
    if not kept_rows:
        st.info(
            f"None of the {count(len(rows), 'brand')} passes these filters. Clear all, or take one filter away; a brand"
            " by another name is found with the search at the top.",
            icon=":material/search_off:",
        )
        return
    components.exposure_table(tables.overview(kept_rows, sentence, since, scored), key="brands")
    notes(view, since)


def narrow(rows: Exposures, view: state.View) -> facets.Narrowed:
    """Apply the text filter and the facets of the address."""
    names, stated = country_names(), view.day().table.countries
    codes = {brand: stated[brand] for row in rows if (brand := row["brand"]["id"]) in stated}
    found = facets.brand_facets(rows, {brand: names.get(code, code) for brand, code in codes.items()})
    wanted = "".join(state.chosen("q")[-1:]).casefold().strip()
    among = np.array([wanted in f"{row['brand']['name']}\n{row['brand']['id']}".casefold() for row in rows], dtype=bool)
    return facets.narrow(found, {facet.key: st.query_params.get_all(facet.key) for facet in found}, among)


def worklist(view: state.View) -> None:
    """Say what waits for people, and lead there."""
    text: list[Any] = []
    own = ["q", *facets.KEYS]
    reviews, data = view.day().waiting
    # Only what a person can judge leads to the review: nothing there would show the rest.
    text += [{"page": "review", "text": said, "drop": own} for said in waiting_words(reviews, 0)]
    text += waiting_words(0, data)
    if actions := words.actions_words(kept.actions(), state.default_day().isoformat()):
        text.append({"page": "what-if", "text": actions, "drop": own})
    text = [part for one in text for part in (" · ", one)][1:]
    if text:
        components.prose([{"tag": "p", "text": text}], key="worklist")


def scores(view: state.View, narrowed: facets.Narrowed) -> Exposures | None:
    """The brands that are left by the chosen score; none where it is that of the bars."""
    if view.score == "traced_share":
        return None
    return [row for row, keep in zip(state.scored(view), narrowed.kept, strict=True) if keep]


def copy_menu(rows: Exposures, since: Since | None, scored: Exposures | None, sentence: str, *, filtered: bool) -> None:
    """Offer the table, the query, the picture and the address."""
    ranked = sorted(rows, key=lambda row: -(row["documented_only"] or 0.0))[:_DRAWN]
    left_out = f" The {_DRAWN} most exposed of them." if len(rows) > _DRAWN else ""
    copying.offer(
        "overview",
        f"exposure-{rows[0]['as_of']}",
        rows=lambda: tables.overview_csv(rows, since, scored),
        cypher=("last_runs", {"score_name": scored[0]["score_name"] if scored else "traced_share"}),
        apart=["the filters of the page"] if filtered else [],
        drawing=lambda: bars_svg(ranked, sentence + left_out),
    )


def notes(view: state.View, since: Since | None) -> None:
    """Say what the figures are, what they are compared with, and what another score must not be read as."""
    lines = [_NOTE, words.since_sentence(since, view.as_of)]
    if view.score != "traced_share":
        score = SCORES[view.score]
        lines.append(f"{score.name.replace('_', ' ').capitalize()} ({score.unit}): {score.sentence} {score.pitfall}")
    components.prose([{"tag": "small", "text": [line]} for line in lines], key="notes")


shown = state.view()
brands = state.exposures(shown)
if brands:
    show(brands, shown)
else:
    frame.empty_store()
