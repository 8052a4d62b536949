"""Map: where the sites are, as exactly as anybody said, and what is known against them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from graph_core import places_shown
from graph_core.countries import country_names
from graph_core.day import Day
from graph_core.graph import among
from graph_core.places_shown import Routes
from graph_core.ui import components, copying, frame, map_parts, remembered, state, tables
from graph_core.viz.map import BORDERS, PICK, PICK_COUNTRY, Drawn, Window, legend_words, world_map
from graph_core.viz.text import clean

#: Best paths of the brand that are drawn.
_PATHS = 10
_HEIGHT = 440
#: Value of ``sites`` in the address: those behind the brand.
_BEHIND = "behind"


def asked(name: str) -> str:
    """What the address says."""
    return str(st.query_params.get(name, ""))


def chosen_flags() -> list[str]:
    """Classes of flags that the reader asks for; empty: all sites."""
    return [kind for kind in asked("flag").split(",") if kind in map_parts.FLAGS]


@dataclass(frozen=True, eq=False)
class Seen:
    """The sites that are left by the facets, and what the facets can say.

    Attributes
    ----------
    sites : DataFrame
        Rows of `graph_core.places_shown.places`.
    flags, countries : dict of str to int
        Sites by flag in the chosen country, and by country with the chosen flags.
    unplaced : DataFrame
        Those without a point, from `graph_core.places_shown.by_country`.
    window : Window
        Around all that are drawn.
    """

    sites: pd.DataFrame
    flags: dict[str, int]
    countries: dict[str, int]
    unplaced: pd.DataFrame
    window: Window


def seen(day: Day, brand: str | None, flags: list[str], country: str) -> Seen:
    """Give the sites behind a brand, or all, that have some flags and are in a country."""

    def look() -> Seen:
        sites = day.places
        if brand is not None:
            sites = sites[among(sites["id"], places_shown.behind(day.table, brand))]
        of_flags = map_parts.with_flags(sites, flags)
        of_country = sites if not country else sites[sites["country"] == country]
        both = map_parts.with_flags(of_country, flags)
        points = both[both["known"].isin(list(places_shown.DRAWN))]
        return Seen(
            both,
            map_parts.flag_counts(of_country),
            map_parts.country_counts(of_flags),
            places_shown.by_country(both),
            Window.around(points["lon"], points["lat"]),
        )

    return remembered.of_day(day, ("seen", brand, tuple(flags), country), look)


def routes_of(day: Day, brand: str | None, window: Window) -> Routes:
    """Best paths of a brand as lines on the map; none without a brand."""
    return remembered.of_day(
        day,
        ("routes", brand, window),
        lambda: places_shown.routes(day.paths(brand, _PATHS) if brand else [], day.places, window.edge),
    )


def clusters(day: Day, found: Seen, window: Window) -> pd.DataFrame:
    """Marks of the sites at the closeness of a window."""
    return remembered.of_day(
        day, ("clusters", found, window.cells), lambda: places_shown.clusters(found.sites, window.cells)
    )


def facets(day: Day, brand: str | None) -> Seen:
    """Let the reader narrow; gives the sites that are left."""
    behind = brand if asked("sites") == _BEHIND else None
    flags, country = chosen_flags(), asked("country")
    found = seen(day, behind, flags, country)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _choose_sites(day, brand, behind=behind is not None)
        _choose_flags(found.flags, flags)
        _choose_country(found.countries, country)
    return found


def _choose_sites(day: Day, brand: str | None, *, behind: bool) -> None:
    names = {one["id"]: clean(one["name"]) for one in day.brands}
    st.session_state["map_brand"] = brand if behind else None
    st.selectbox(
        "Behind which brand",
        list(names),
        format_func=names.__getitem__,
        key="map_brand",
        index=None,
        placeholder="All sites",
        width=240,
        help="Only sites from which inputs of the brand come, at any tier, with its best paths as lines.",
        on_change=_brand_changed,
    )


def _brand_changed() -> None:
    brand = st.session_state["map_brand"]
    forget("pick", "at")
    if brand:
        st.session_state["brand_seen"] = brand
        state.choose("brand", brand)
    state.choose("sites", _BEHIND if brand else None)


def _choose_flags(counts: dict[str, int], flags: list[str]) -> None:
    st.session_state["map_flags"] = flags
    st.pills(
        "Flag",
        [kind for kind in map_parts.FLAGS if counts[kind] or kind in flags],
        format_func=lambda kind: f"{map_parts.FLAGS[kind]} ({counts[kind]:,})",
        selection_mode="multi",
        key="map_flags",
        width="content",
        on_change=_flags_changed,
    )


def _flags_changed() -> None:
    forget("pick")
    state.choose("flag", ",".join(st.session_state["map_flags"]))


def _choose_country(counts: dict[str, int], country: str) -> None:
    st.session_state["map_country"] = country if country in counts else None
    st.selectbox(
        "Country",
        list(counts),
        format_func=lambda code: f"{country_names().get(code, code)} ({counts[code]:,})",
        key="map_country",
        index=None,
        placeholder="All countries",
        width=220,
        on_change=_country_changed,
    )


def _country_changed() -> None:
    forget("pick", "at")
    state.choose("country", st.session_state["map_country"])


def forget(*names: str) -> None:
    """Take out of the address what no longer means anything."""
    for name in names:
        st.query_params.pop(name, None)


def picked_up(key: str) -> None:
    """Put what was clicked on the map into the address."""
    selection = st.session_state[key]["selection"]
    rows = [*selection.get(PICK, []), *selection.get(PICK_COUNTRY, [])]
    state.choose("pick", str(rows[-1]["key"]) if rows else None)
    forget("site")


def picture(drawn: Drawn, window: Window, picked: str | None, sentence: str) -> None:
    """Draw the map with what steers it."""
    key = f"map_{window.text}"
    with st.container(key="map_picture"):
        st.vega_lite_chart(
            world_map(drawn, window, state.theme(), picked=picked, height=_HEIGHT),
            theme=None,
            key=key,
            height=_HEIGHT,
            on_select=lambda: picked_up(key),
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        steer(window)
        copying.offer(
            "map",
            "map",
            rows=lambda: shown[places_shown.COLUMNS],
            cypher=("sites_and_places", {}),
            picture="map_picture",
            caption=f"{sentence} {legend_words()}",
        )


def steer(window: Window) -> None:
    """Buttons that move the window; every one is an entry of the history."""
    moves = {
        "Closer": (":material/zoom_in:", window.zoomed(1), window.zoom == Window.MOST),
        "Farther": (":material/zoom_out:", window.zoomed(-1), window.zoom == Window.LEAST),
        "West": (":material/arrow_back:", window.moved(-0.35, 0), False),
        "North": (":material/arrow_upward:", window.moved(0, 0.35), False),
        "South": (":material/arrow_downward:", window.moved(0, -0.35), False),
        "East": (":material/arrow_forward:", window.moved(0.35, 0), False),
    }
    for name, (icon, to, disabled) in moves.items():
        st.button(
            name,
            icon=icon,
            key=f"map_{name}",
            disabled=disabled,
            on_click=state.choose,
            args=("at", to.text),
            width="content",
        )
    st.button(
        "All sites shown", icon=":material/zoom_out_map:", key="map_fit", on_click=state.choose, args=("at", None)
    )


def beside(day: Day, sites: pd.DataFrame, countries: pd.DataFrame, window: Window, picked: str | None) -> None:
    """Show what was picked, or how to pick."""
    rows = map_parts.picked_sites(sites, window, picked, asked("site"))
    if len(rows) == 1:
        one = str(rows["id"].iloc[0])
        blocks = tables.party_blocks(remembered.of_day(day, ("party", one), lambda: day.party(one)))
        blocks.append(
            {
                "tag": "p",
                "text": [{"page": "site", "set": {"site": one}, "drop": map_parts.KEYS, "text": "Open its page"}],
            }
        )
        components.prose(blocks, key="picked")
    elif len(rows):
        components.prose(map_parts.several(rows), key="picked")
        around = rows[rows["known"].isin(list(places_shown.DRAWN))]
        if len(around):
            closer = Window.around(around["lon"], around["lat"], most=Window.MOST)
            if closer.zoom > window.zoom:
                st.button("Closer to these", icon=":material/zoom_in:", on_click=state.choose, args=("at", closer.text))
    else:
        components.prose(map_parts.nothing(countries), key="nothing")


view = state.view()
day = view.day()
if not len(day.places) and not day.brands:
    frame.empty_store()
elif not len(day.places):
    st.info("No site is known: only companies are.", icon=":material/map:")
else:
    brand = state.brand(view)[0]
    found = facets(day, brand)
    shown = found.sites
    lines = brand if asked("sites") == _BEHIND else None
    window = Window.read(asked("at")) or found.window
    routes = routes_of(day, lines, window)
    drawn = Drawn(clusters(day, found, window), found.unplaced, routes.hops, routes.stops)
    sentence = map_parts.sentence(shown, view.as_of, view.evidence, day.table.names.get(lines or "", ""))
    st.text(sentence)
    picked = map_parts.picked_key(shown, window, asked("pick"), asked("site"))
    left, right = st.columns([3, 1], gap="medium")
    with left:
        picture(drawn, window, picked, sentence)
        components.prose(map_parts.legend(routes, bool(lines), view.parameters.as_dict()), key="map_legend")
        st.caption(BORDERS)
    with right:
        beside(day, shown, drawn.countries, window, picked)
