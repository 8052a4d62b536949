"""What the reader looks at: the store, the day, the evidence, the brand and site, all from the URL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from graph_core import kernels
from graph_core.day import Day, Parameters
from graph_core.errors import NotFoundError, StoreError, TiertraceError
from graph_core.flags import CLASSES
from graph_core.score_parameters import DAY_SCORES
from graph_core.search import index_of
from graph_core.settings import Settings
from graph_core.ui import jobs
from graph_core.viz.colours import LABEL, Theme
from graph_core.viz.text import listing
from graph_core.workspace import Workspace

#: Values of the evidence switch; they stand in the URL as they are.
DOCUMENTED, WITH_INFERRED = "documented only", "with inferred"
#: Scores that can be chosen, as they are written in the URL, the one of the bars first.
SCORE_WORDS = {name.replace("_", " "): name for name in DAY_SCORES}
#: Evidence classes that can be left out, as they are written in the URL.
CLASS_WORDS = {"named": "named", "ownership": "ownership", "good x country": "good_country", "region": "region"}
#: Key of the job that reads what was loaded meanwhile, and for how many seconds a page waits for it.
NEWER, _PATIENCE = "newer data", 0.6
_LOCK = threading.Lock()


@dataclass(frozen=True)
class View:
    """What the top bar says: a day, a choice of evidence, and a score.

    Attributes
    ----------
    as_of : str
        Day, ``YYYY-MM-DD``.
    inferred : bool
        Whether inferred links are looked at too; the bar shows the documented ones in either case.
    classes : tuple of str
        Evidence classes whose flags count.
    score : str
        Name of the score that stands beside the bars, which are always of the traced share.
    """

    as_of: str
    inferred: bool
    classes: tuple[str, ...] = CLASSES
    score: str = "traced_share"

    @property
    def parameters(self) -> Parameters:
        """What the figures of the bars depend on."""
        return Parameters(as_of=self.as_of, documented_only=not self.inferred, classes=self.classes)

    def day(self) -> Day:
        """The network of that day with the chosen evidence."""
        return _day(self.parameters)

    @property
    def evidence(self) -> str:
        """Say which links and flags are looked at."""
        links = "documented and inferred links" if self.inferred else "documented links only"
        left_out = [LABEL[kind].lower() for kind in CLASSES if kind not in self.classes]
        return f"{links}, without {listing(left_out)} flags" if left_out else links


def open_workspace() -> Workspace:
    """Open the store that the settings name; a place of its own, so that tests can put another one there."""
    return Workspace(Settings())


@st.cache_resource(show_spinner=False, on_release=lambda workspace: workspace.close())
def workspace() -> Workspace:
    """One connection for all readers, closed when the app ends."""
    kernels.load_in_background()  # nobody waits for it: scipy answers until then
    return open_workspace()


def warm(patience: float) -> None:
    """Read the network and compute today's figures before anybody asks for them.

    Parameters
    ----------
    patience : float
        Seconds to wait for it; what takes longer goes on meanwhile.
    """

    def work() -> None:
        with suppress(TiertraceError):  # whoever asks is told
            exposures(View(default_day().isoformat(), inferred=True))
            index_of(workspace().held())  # built in the background

    thread = threading.Thread(target=work, name="warm", daemon=True)
    thread.start()
    thread.join(patience)


def answers() -> bool:
    """Whether the store answers, by the connection that is there or by a new one."""
    for fresh in (False, True):
        if fresh:
            workspace.clear()
        try:
            workspace().store.version()
        except StoreError:
            continue
        return True
    return False


def look_for_newer() -> None:
    """See whether the store holds newer data than what is held here; it is read meanwhile, a small one waited for."""
    space = workspace()
    if space.behind() and jobs.start(NEWER, "Newer data is being read; what is shown is of before", space.renew):
        jobs.wait(NEWER, _PATIENCE)


def _day(parameters: Parameters) -> Day:
    """A day of the graph that is held."""
    return workspace().day(parameters, held=True)


def view() -> View:
    """Read the top bar."""
    chosen = st.session_state.get("asof") or default_day()
    wanted = {CLASS_WORDS[word] for word in st.session_state.get("classes") or CLASS_WORDS}
    return View(
        as_of=chosen.isoformat(),
        inferred=st.session_state.get("evidence") != DOCUMENTED,
        classes=tuple(kind for kind in CLASSES if kind in wanted),
        score=SCORE_WORDS.get(st.session_state.get("score", ""), "traced_share"),
    )


def chosen(key: str) -> list[str]:
    """Give what a control that stands in the address holds, before it is drawn in this run.

    On the first run of a session and after Back or Forward the address says it, not yet the control.
    """
    run = get_script_run_ctx()
    held = None if run is not None and run.is_history_navigation else st.session_state.get(key)
    return [held] if isinstance(held, str) else held or st.query_params.get_all(key)


def in_the_bar() -> dict[str, list[str]]:
    """Give what the controls of the top bar hold and the address has to say: what is not as usual."""
    day, classes = st.session_state.get("asof"), st.session_state.get("classes") or list(CLASS_WORDS)
    found = {
        "asof": [day.isoformat()] if day and day != default_day() else [],
        "evidence": [DOCUMENTED] if st.session_state.get("evidence") == DOCUMENTED else [],
        "classes": classes if len(classes) < len(CLASS_WORDS) else [],
        "score": [score] if (score := st.session_state.get("score")) not in (None, next(iter(SCORE_WORDS))) else [],
    }
    return {name: values for name, values in found.items() if values}


def default_day() -> dt.date:
    """Day shown where the URL names none: today."""
    return dt.datetime.now(tz=dt.UTC).date()


def exposures(shown: View, brand: str | None = None) -> list[dict[str, Any]]:
    """Give the traced shares of a view, of one brand or of all; each is computed once as long as the day is kept."""
    return _exposures(shown.day(), brand)


def scored(shown: View, brand: str | None = None) -> list[dict[str, Any]]:
    """Give the same by the chosen score, whose bounds, composition and attribution are not defined."""
    return _exposures(_day(replace(shown.parameters, score_name=shown.score)), brand)


class _Figures:
    """Figures of brands on a day, each computed once, however many ask at the same time."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def of(self, day: Day, ids: Sequence[str]) -> list[dict[str, Any]]:
        with self._lock:
            if absent := [one for one in ids if one not in self._known]:
                self._known |= {row["brand"]["id"]: row for row in day.exposures(absent)}
            return [self._known[one] for one in ids]


_EXPOSURES: WeakKeyDictionary[Day, _Figures] = WeakKeyDictionary()


def _exposures(day: Day, brand: str | None) -> list[dict[str, Any]]:
    with _LOCK:
        figures = _EXPOSURES.setdefault(day, _Figures())
    return figures.of(day, [brand] if brand else [item["id"] for item in day.brands])


def theme() -> Theme:
    """Theme for pictures whose colours are set here; the probe in the frame corrects a wrong guess by one more run."""
    probed = (st.session_state.get("theme_probe") or {}).get("theme")
    known = probed or st.context.theme.type
    return "dark" if known == "dark" else "light"


def brand(shown: View) -> tuple[str | None, str]:
    """Find the brand that the URL names.

    Returns
    -------
    str or None
        Its id; where the URL names none, the last one seen, else the most exposed; ``None`` where it is unknown.
    str
        Why there is none; empty where there is one.
    """
    day = shown.day()
    known = {item["id"] for item in day.brands}
    asked = st.query_params.get("brand")
    if not asked:
        seen = st.session_state.get("brand_seen")
        return (seen if seen in known else _most_exposed(shown)), ""
    try:
        return day.find_brand(asked), ""
    except NotFoundError as error:
        return None, str(error)


def around() -> str:
    """Id of the party that the URL of Explore puts in the middle instead of a brand; empty for none."""
    named = st.query_params.get("around", "")
    return named or ("" if st.query_params.get("brand") else st.query_params.get("site", ""))


def _most_exposed(shown: View) -> str | None:
    rows = exposures(shown)
    best = max(rows, key=lambda row: row["score"] or 0.0, default=None)
    return str(best["brand"]["id"]) if best else None


def choose(name: str, value: str | None) -> None:
    """Put a choice into the URL as an entry of its own, so that Back undoes it."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def choose_together(choices: Mapping[str, str | Sequence[str]]) -> None:
    """Put several choices into the URL as one entry; an empty one is taken out of it."""
    st.query_params.update({name: value or [] for name, value in choices.items()})
