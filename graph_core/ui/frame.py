"""What stands around every page: title and icon, the top bar, the marker of fictional data, faults, empty stores."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import streamlit as st

from graph_core.bundle import bundled
from graph_core.errors import StoreAuthError, StoreBusyError, StoreError, TiertraceError
from graph_core.ui import components, people, progress, state
from graph_core.ui.search_box import search_box

P = ParamSpec("P")
_LOG = logging.getLogger(__name__)
#: Names in the session: why an act was not done; the page that was opened last, and how many were.
_NOT_DONE, _OPENED = "not_done", "opened"
_PAGES = Path(__file__).parent / "pages"
_FIRST_DAY = dt.date(1990, 1, 1)
#: Seconds between two looks for a store that does not answer.
_AGAIN = 3.0
#: File pages, so that tests can open them; ``name: (title, icon)``.
PAGES = {
    "overview": ("Overview", ":material/table_rows:"),
    "brand": ("Brand", ":material/apparel:"),
    "site": ("Site", ":material/factory:"),
    "explore": ("Explore", ":material/hub:"),
    "map": ("Map", ":material/map:"),
    "what-if": ("What-if", ":material/alt_route:"),
    "review": ("Review", ":material/rule:"),
    "data": ("Data", ":material/database:"),
    "snapshots": ("Snapshots", ":material/photo_camera:"),
    "cypher": ("Cypher", ":material/terminal:"),
}
_HELP = {
    "evidence": "Documented links alone, or with links that were inferred. The bars always show the documented ones.",
    "classes": "Flags of classes left out are as if nobody had looked: nothing gets cleaner. None chosen means all.",
    "score": "The bars always show the traced share. Another score stands beside them, in its own unit.",
}


def configure() -> None:
    """Set title and icon. The icon is a file of ours: a Material icon here would call a font server."""
    st.set_page_config(page_title="tiertrace", page_icon=str(bundled("static", "favicon.svg")), layout="wide")
    st.logo(str(bundled("static", "logo.svg")))


def pages() -> list[Any]:
    """The pages in their order; the first one is shown at the root."""
    return [
        st.Page(
            _PAGES / f"{name.replace('-', '_')}.py", title=title, icon=icon, url_path=name, default=name == "overview"
        )
        for name, (title, icon) in PAGES.items()
    ]


def show(page: Any) -> None:
    """Show the top bar and a page; a fault of the store becomes a page that says what to do."""
    try:
        if not people.admitted():
            return
        state.look_for_newer()
        _top_bar()
        _not_done()
        page.run()
        progress.strip()  # last: what the page asked for may have begun one
    except TiertraceError as error:
        fault(error)
    except Exception:  # noqa: BLE001 - Streamlit's own page for it offers to send the message to others
        _LOG.exception("page %s failed", page.url_path or "overview")
        our_fault()
    components.undo()
    components.theme_probe(state.theme())
    _complete_address(page.url_path)


def _complete_address(page: str) -> None:
    """Let the address name the brand that is shown, and on another page than before what the top bar holds."""
    last, opening = st.session_state.get(_OPENED, ("", 0))
    if page != last or not opening:
        st.session_state[_OPENED] = page, opening + 1
    _, number = st.session_state[_OPENED]
    of_no_brand = not page or (page == "explore" and state.around())
    brand = None if of_no_brand else st.session_state.get("brand_seen")
    always = {"brand": [brand]} if brand else {}
    once = state.in_the_bar() if number != opening else {}
    if always or once:
        components.address(always, once, page, str(number))


def part(draw: Callable[P, None]) -> Callable[P, None]:
    """Make a part of a page one that runs again by itself, where its own controls change; its faults stay in it."""

    @st.fragment
    @wraps(draw)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            people.stay()
            draw(*args, **kwargs)
        except TiertraceError as error:
            fault(error, draw.__name__)
        except Exception:  # noqa: BLE001 - as in `show`
            _LOG.exception("part %s failed", draw.__name__)
            our_fault(draw.__name__)

    return run


def acting(do: Callable[P, None]) -> Callable[P, None]:
    """Make a callback whose faults the page tells of; Streamlit runs callbacks before `show`."""

    @wraps(do)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            do(*args, **kwargs)
        except TiertraceError as error:
            st.session_state[_NOT_DONE] = str(error)
        except Exception:  # noqa: BLE001 - as in `show`
            _LOG.exception("act %s failed", do.__name__)
            st.session_state[_NOT_DONE] = "It failed by a fault of the program; its log tells more."

    return run


def _not_done() -> None:
    """Tell of an act that failed since the last run."""
    if fault := st.session_state.pop(_NOT_DONE, ""):
        st.error("This was not done.", icon=":material/error:")
        st.text(fault)


def _top_bar() -> None:
    """As-of day and evidence: bound to the URL, and held from page to page."""
    today = state.default_day()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="topbar"):
        slot = st.container(width=220, key="search_box")
        st.date_input(
            "As-of day",
            today,
            min_value=_FIRST_DAY,
            max_value=dt.date(today.year + 1, 12, 31),
            format="YYYY-MM-DD",
            key="asof",
            bind="query-params",
            label_visibility="collapsed",
            width=140,
            help="All figures are as of this day: lists, links and findings in force on it.",
        )
        st.segmented_control(
            "Evidence",
            [state.DOCUMENTED, state.WITH_INFERRED],
            default=state.WITH_INFERRED,
            required=True,
            key="evidence",
            bind="query-params",
            label_visibility="collapsed",
            help=_HELP["evidence"],
        )
        _classes()
        st.selectbox(
            "Score",
            list(state.SCORE_WORDS),
            key="score",
            bind="query-params",
            label_visibility="collapsed",
            width=145,
            help=_HELP["score"],
        )
        with slot:  # behind what says the day
            search_box()
        people.corner()
        if state.workspace().held().fictional:
            st.badge("Fictional sample network", icon=":material/science:", color="orange")


def _classes() -> None:
    """Which evidence classes count; all where none is chosen."""
    words = list(state.CLASS_WORDS)
    chosen = len([word for word in words if word in state.chosen("classes")] or words)
    label = "All classes" if chosen == len(words) else f"{chosen} of {len(words)} classes"
    with st.popover(label, icon=":material/filter_alt:", key="classes_menu", width="content"):
        st.pills(
            "Evidence classes that count",
            words,
            default=words,
            selection_mode="multi",
            key="classes",
            bind="query-params",
            help=_HELP["classes"],
        )


def fault(error: TiertraceError, where: str = "page") -> None:
    """Show what went wrong and what to do next; never a traceback. ``where`` tells several of a page apart."""
    if isinstance(error, StoreAuthError):
        title = "The store refused the sign-in"
        step = "Set TIERTRACE_NEO4J_USER and TIERTRACE_NEO4J_PASSWORD, then start the app again."
    elif isinstance(error, StoreBusyError):
        title = "The store is being written to"
        step = "A load is under way. This page shows what it brings as soon as that is whole."
    elif isinstance(error, StoreError):
        title = "The store does not answer"
        step = "Run `tiertrace status` to see its state and `tiertrace doctor` for what may be wrong, then try again."
    else:
        title = "This could not be shown"
        step = "Go back to the overview, or change the day above."
    st.subheader(title, anchor=False)
    st.text(str(error))
    st.markdown(step)
    if st.button("Try again", icon=":material/refresh:", key=f"again_{where}"):
        if isinstance(error, StoreError):
            state.answers()  # connects anew where it has to
        st.rerun()
    if isinstance(error, StoreError) and not isinstance(error, StoreAuthError):
        _until_it_answers()


@st.fragment(run_every=_AGAIN)
def _until_it_answers() -> None:
    """Look for the store every few seconds, and show the page once it is there."""
    if state.answers():
        st.rerun()
    st.caption(f"Looked for it at {dt.datetime.now(tz=dt.UTC):%H:%M:%S} UTC; the page comes back by itself.")


def our_fault(where: str = "page") -> None:
    """Say that the program failed, and where the reason was written."""
    st.subheader("This page failed", anchor=False)
    st.markdown(
        "The fault is the program's, not yours. The reason was written to where the app was started from; please"
        " report it. The other pages still work."
    )
    if st.button("Try again", icon=":material/refresh:", key=f"again_{where}"):
        st.rerun()


def empty_store() -> None:
    """Say what to do where nothing was loaded yet."""
    st.subheader("Nothing is loaded yet", anchor=False)
    st.markdown(
        "This store holds no brand. Load your own tables, or a public list, on the page Data, or on the command"
        " line:\n\n"
        "```\ntiertrace load tables FOLDER\ntiertrace load --list\n```\n\n"
        "To look around first, `make demo` in a checkout opens a fictional sample network."
    )
    components.prose([{"tag": "p", "text": [{"page": "data", "text": "Load files on the page Data"}]}], key="to_data")
