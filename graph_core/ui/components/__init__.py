"""Parts of a page that Streamlit lacks, as its custom components (version 2).

Each is a JavaScript module and a style sheet of its own in this folder. Streamlit takes a component's script as one
text, so `_script` joins a module with ``lib.js``, which it imports. Data enters the page as text nodes only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from graph_core.neighbourhood import GROUP
from graph_core.viz.network_html import vis_network

_HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./lib\.js";\n', flags=re.MULTILINE)


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _script(name: str) -> str:
    module = _text(f"{name}.js")
    if not _IMPORT.search(module):
        return module
    library = re.sub(r"^export ", "", _text("lib.js"), flags=re.MULTILINE)
    return library + _IMPORT.sub("", module)


def _register(name: str, html: str = '<div class="tt"></div>', *, shared: bool = True, css: bool = True) -> Any:
    style = (_text("tokens.css") if shared else "") + (_text(f"{name}.css") if css else "")
    return st.components.v2.component(f"tiertrace_{name}", html=html, css=style or None, js=_script(name))


_TABLE = _register("exposure_table")
_BAR = _register("exposure_bar")
_STRIPS = _register("path_strips")
_SHARES = _register("share_bars")
_PICTURE = _register("picture")
_WAITING = _register("waiting")
_PROSE = _register("prose")
_NETWORK = _register(
    "network",
    html=(
        '<div class="tt explorer"><div class="tools"></div><p class="said" role="status"></p>'
        '<div class="box" role="img"></div><div class="listed" tabindex="0" role="region" aria-label="Table"></div>'
        "</div>"
    ),
)
_PROBE = _register("theme_probe", html='<span class="probe"></span>', shared=False)
_TAKING = _register("taking")
_SIDES = _register("sides")
_SHORTCUTS = _register("shortcuts", html="<span></span>", shared=False, css=False)
_FACETS = _register("facets")
_SEARCH = _register("search_box")
_COMPARISON = _register("comparison")
_CHOICES = _register("choices")
_ADDRESS = _register("address", html="<span></span>", shared=False, css=False)
_UNDO = _register("undo", html="<span></span>", shared=False, css=False)
_VIS = st.components.v2.component(
    "tiertrace_vis_network", html="<span></span>", js=vis_network() + "\n;export default function () {}\n"
)


#: What a picture has that nothing else is known of.
_BARE: dict[str, Any] = {
    "fixed": [], "facets": {}, "edge_facets": [], "rows": None, "legend": [], "around": "", "pinned": [],
    "group_mark": GROUP, "centre": "", "selected": "", "label": "Network",
}  # fmt: skip


def _ignore() -> None:
    """A component reports a value only where a callback is named for it."""


def exposure_table(data: dict[str, Any], key: str) -> None:
    """Show brands as rows with their exposure bars; see `graph_core.ui.tables` for the data."""
    _TABLE(key=key, data=data)


def exposure_bar(data: dict[str, Any], key: str) -> None:
    """Show one large exposure bar with its figures."""
    _BAR(key=key, data=data)


def path_strips(data: dict[str, Any], key: str) -> None:
    """Show exposure paths, one line each, to be opened in place."""
    _STRIPS(key=key, data=data)


def picture(data: dict[str, Any], key: str) -> None:
    """Show a scene with its legend and its figures as a table; see `graph_core.ui.tables.picture` for the data."""
    _PICTURE(key=key, data=data)


def waiting(words: str, done: int, of: int, key: str) -> None:
    """Say how far long work is, and run this part of the page again as soon as a reader can see that.

    `asked` tells a run that was asked for from others.
    """
    _WAITING(key=key, data={"words": words, "done": done, "of": of}, on_seen_change=_ignore)


def asked(key: str, what: str = "seen") -> bool:
    """Whether the reader's browser asked for more in this run."""
    return bool((st.session_state.get(key) or {}).get(what))


def share_bars(rows: list[dict[str, Any]], label: str, key: str) -> None:
    """Show labelled horizontal bars."""
    _SHARES(key=key, data={"rows": rows, "label": label})


def prose(blocks: list[dict[str, Any]], key: str) -> None:
    """Show headings, sentences and facts that hold names from data; never Markdown."""
    _PROSE(key=key, data={"blocks": blocks})


@contextmanager
def section(title: str, caption: str, key: str) -> Iterator[None]:
    """Show a heading, a line that says what is shown, and close below them what the block puts there."""
    with st.container(gap="xxsmall", key=f"section_{key}"):
        prose([{"tag": "h2", "text": [title]}, {"tag": "small", "text": [caption]}], key=f"{key}_heading")
        yield


def network(data: dict[str, Any], key: str, height: int) -> Any:
    """Show the network.

    With the data of `graph_core.ui.exploring.picture` what is chosen in it goes to the URL. With nodes, edges and
    options alone it is a picture without legend and table, and the result has ``picked``: a node id, an empty text for
    none, ``None`` without a click.
    """
    result = _NETWORK(key=key, data={**_BARE, **data, "height": height}, height=height + 2, on_picked_change=_ignore)
    _VIS(key="vis_network", height=1)
    return result


def facets(data: dict[str, Any], key: str) -> None:
    """Show what narrows a table, with counts; every choice is a link. See `graph_core.ui.facets` for the data."""
    _FACETS(key=key, data=data)


def search_box(data: dict[str, Any], key: str) -> None:
    """Show the search box; what was typed stands in ``st.session_state[key].typed`` in the next run."""
    _SEARCH(key=key, data=data, height=38, on_typed_change=_ignore, on_again_change=_ignore)


def comparison(data: dict[str, Any], key: str) -> None:
    """Show exposure bars on one scale with every figure and its change; see `graph_core.ui.compared` for the data."""
    _COMPARISON(key=key, data=data)


def choices(data: dict[str, Any], key: str) -> tuple[str, str] | None:
    """Show a table whose rows lead somewhere or can be acted on.

    Parameters
    ----------
    data : dict
        ``label``; ``columns``, each with ``label`` and perhaps ``numeric``, ``minor`` (left out on a phone) and
        ``help``; ``rows``, each with ``key``, ``cells`` and perhaps ``picked`` and ``actions`` (``name``, ``label``).
        A cell has ``text`` and perhaps ``note``, ``title``, ``muted``, a mark ``kind``, or where it leads
        (``page``, ``set``, ``drop``).

    Returns
    -------
    tuple of str or None
        Key of the row and name of the action that were just chosen.
    """
    chosen = _CHOICES(key=key, data=data, on_chosen_change=_ignore).chosen
    return (str(chosen["key"]), str(chosen["action"])) if chosen else None


def taking(data: dict[str, Any], key: str) -> None:
    """Offer the address of what is shown, and the picture in a container, to be taken elsewhere."""
    _TAKING(key=key, data=data, on_wanted_change=_ignore)


def sides(data: dict[str, Any], key: str) -> None:
    """Show the two sides of a pair beside each other; see `graph_core.ui.sides` for the data."""
    _SIDES(key=key, data=data)


def shortcuts(keys: list[str], shown: str, on_press: Callable[[str, str], None], key: str) -> None:
    """Hear keys while nobody writes into a field; the page runs again after a key was told to ``on_press``.

    Parameters
    ----------
    keys : list of str
        Keys that are heard, as browsers name them.
    shown : str
        Name of what is shown now.
    on_press : callable
        Told the key, and what was shown at that moment.
    key : str
        Of the component.
    """

    def heard() -> None:
        pressed = (st.session_state.get(key) or {}).get("pressed")
        if pressed:
            on_press(str(pressed["key"]), str(pressed["shown"]))

    _SHORTCUTS(key=key, data={"keys": keys, "shown": shown}, height=1, on_pressed_change=heard)


def address(always: Mapping[str, Sequence[str]], once: Mapping[str, Sequence[str]], page: str, opened: str) -> None:
    """Complete the address by what is shown, in place: no entry is added to the history.

    Parameters
    ----------
    always : mapping
        Parameters that the address has to name as long as the page is shown, with their values.
    once : mapping
        Those that it has to name as the page is opened.
    page : str
        The page.
    opened : str
        Tells one opening of a page from the next.
    """
    data = {"always": dict(always), "once": dict(once), "opened": opened}
    _ADDRESS(key=f"address_{page}", data=data, height=1)


def undo() -> None:
    """Give each change of a control that stands in the address an entry in the history."""
    _UNDO(key="history", data={}, height=1)


def theme_probe(shown: str) -> None:
    """Report the theme of the browser into ``st.session_state.theme_probe``; one more run where it differs."""
    _PROBE(key="theme_probe", data={"theme": shown}, height=1, on_theme_change=_ignore)
