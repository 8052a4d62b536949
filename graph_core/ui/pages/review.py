"""Review: matches that wait for a person, one beside the other, decided by one key each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from graph_core import candidates, review
from graph_core.graph import Graph
from graph_core.model import Verdict
from graph_core.resolve.score import NEVER
from graph_core.ui import (
    components,
    copying,
    deciding,
    frame,
    jobs,
    kept,
    people,
    progress,
    state,
    waiting,
    words,
)
from graph_core.ui.sides import sides
from graph_core.viz.text import clean, count, percent, points, shorten

Row = Mapping[str, Any]

#: What can be looked at, as it is written in the URL.
FINDINGS, PARTIES, JUDGED = "findings", "parties", "judged"
_KINDS = {FINDINGS: "Findings and parties", PARTIES: "Parties that may be one", JUDGED: "Decided"}
#: Keys, what they decide, and the words on the buttons.
_KEYS = {"a": (Verdict.POSITIVE, "Accept"), "r": (Verdict.NEGATIVE, "Reject"), "u": (Verdict.UNSURE, "Unsure")}
_HELP = {
    "a": "The finding is about this party, or the two are one party.",
    "r": "It is not, or they are two.",
    "u": "It cannot be told: the pair goes on waiting, behind the others.",
}
_FORWARD, _BACK, _UNDO = "ArrowRight", "ArrowLeft", "z"
_ALL = "all"
_PER_BATCH = 200
#: Decisions that are named before they are taken back.
_NAMED = 5
_VERDICTS = {"POSITIVE": "accepted", "NEGATIVE": "rejected", "UNSURE": "unsure"}


def show(view: state.View) -> None:
    """Show the queue of one kind, or what was decided."""
    kind: str = (
        st.segmented_control(
            "What to review",
            list(_KINDS),
            format_func=_KINDS.__getitem__,
            required=True,
            key="review_kind",
            on_change=_chosen,
            label_visibility="collapsed",
        )
        or FINDINGS
    )
    if kind == JUDGED:
        _judged(view)
        return
    rows = waiting.findings(view) if kind == FINDINGS else waiting.parties(view)
    ended = waiting.ended(view) if kind == PARTIES else None
    if ended is not None:
        _not_found(ended, view)
    if rows is None:
        if ended is None:
            st.text("Looking for parties that may be one. This page shows them as soon as they are found.")
            progress.show(waiting.KEY)
        return
    st.text(_sentence(rows, kind, view))
    left = _narrowed(rows)
    _told()
    if kind == PARTIES:
        _identical(left)
    _pair(left, view, kind)


def _not_found(ended: jobs.Job, view: state.View) -> None:
    """Say why parties that may be one were not looked for to the end, and offer to do it again."""
    if ended.fault is None:
        st.info("Looking for parties that may be one was cancelled.", icon=":material/cancel:")
    else:
        st.error("Parties that may be one could not be looked for.", icon=":material/error:")
        st.text(str(ended.fault))
    st.button("Look again", icon=":material/refresh:", key="look_again", on_click=waiting.again, args=(view,))


def _chosen() -> None:
    state.choose("kind", st.session_state["review_kind"])
    state.choose("item", None)


def _sentence(rows: pd.DataFrame, kind: str, view: state.View) -> str:
    if rows.empty:
        return f"No {'match of a finding' if kind == FINDINGS else 'pair of parties'} waits."
    what = ("match waits", "matches wait") if kind == FINDINGS else ("pair of parties waits", "pairs of parties wait")
    weighty = int((rows["stake"] > 0).sum())
    order = "those first that could change most" if weighty else "the most likely first"
    return (
        f"{count(len(rows), *what)} for a person; {weighty:,} could change a brand's figures as of {view.as_of}; "
        f"{order}. Nothing that waits is in any figure."
    )


# --- narrowing -------------------------------------------------------------------------------------------------


def _narrowed(rows: pd.DataFrame) -> pd.DataFrame:
    """Let the reader narrow the queue; every choice says how many it leaves."""
    facets: dict[str, pd.Series] = {
        "state": rows["unsure"].map({True: "unsure", False: "new"}),
        "authority": rows["authority"].astype("str").fillna("not stated"),
        "country": rows["right_country"].astype("str").fillna("not stated"),
        "category": rows["category"].astype("str").fillna("not stated"),
    }
    shown = {name: values for name, values in facets.items() if len(values.unique()) > 1}
    kept = pd.Series(data=True, index=rows.index)
    if not shown:
        return rows
    with st.container(horizontal=True, gap="small"):
        for name, values in shown.items():
            chosen = _facet(name, values)
            kept &= (values == chosen) | (chosen == _ALL)
    return rows[kept].reset_index(drop=True)


def _facet(name: str, values: pd.Series) -> str:
    counts = values.value_counts()
    options = [_ALL, *counts.index]
    asked = st.query_params.get(name, _ALL)
    key = f"facet_{name}"
    st.session_state[key] = asked if asked in options else _ALL

    def told(option: str) -> str:
        return f"{name}: {option} ({len(values) if option == _ALL else int(counts[option]):,})"

    def chosen() -> None:
        value = st.session_state[key]
        state.choose(name, None if value == _ALL else value)
        state.choose("item", None)

    label = name.capitalize()
    return str(
        st.selectbox(
            label, options, format_func=told, key=key, on_change=chosen, label_visibility="collapsed", width=230
        )
    )


# --- one pair --------------------------------------------------------------------------------------------------


def _pair(rows: pd.DataFrame, view: state.View, kind: str) -> None:
    """Show the pair that the address names, else the first one."""
    asked = st.query_params.get("item")
    place = {item: number for number, item in enumerate(rows["item"])}
    if rows.empty:
        st.info(
            "Nothing is left here. Load another list on the page Data, or look at what was decided.",
            icon=":material/task_alt:",
        )
        components.shortcuts([_UNDO], "", lambda _key, _shown: _undo(), key="keys")
        return
    if asked and asked not in place:
        st.caption("The pair of this address is decided, or no longer there; the next one is shown.")
    number = place.get(asked or "", 0)
    row = {str(name): value for name, value in rows.iloc[number].items()}
    following = rows["item"].iloc[number + 1] if number + 1 < len(rows) else rows["item"].iloc[max(0, number - 1)]
    before = rows["item"].iloc[max(0, number - 1)]

    @frame.acting
    def decide(key: str) -> None:
        why = st.session_state.get(f"why_{row['item']}", "").strip()
        deciding.decide([(row["left"], row["right"])], _KEYS[key][0], _title(row), why)
        _go_to(following if following != row["item"] else None)

    def act(key: str, shown: str) -> None:
        if key == _UNDO:
            _undo()
        elif shown != row["item"]:
            return
        elif key in _KEYS:
            decide(key)
        else:
            _go_to(following if key == _FORWARD else before)

    graph = waiting.day_of(view).graph
    with st.container(key="pair", gap="small"):
        _heading(row, number, len(rows))
        _buttons(row, decide, before, following)
        components.sides(sides(graph, row["left"], row["right"], row["kind"]), key="sides")
    if people.may_write():
        components.shortcuts([*_KEYS, _UNDO, _FORWARD, _BACK], row["item"], act, key="keys")
    else:
        components.shortcuts([_FORWARD, _BACK], row["item"], act, key="keys")
    _would_change(row, view)
    _statements(row, graph)
    copying.offer(
        "queue",
        f"review-{kind}",
        rows=lambda: rows.drop(columns=["reasons", "identical"]),
        caption=f"{len(rows):,} pairs that wait",
    )


def _heading(row: Row, number: int, total: int) -> None:
    """Say which pair it is, how likely, how weighty, and why it is asked; the parts stand in the table below."""
    stake = (
        f"could add up to {points(row['stake']).removeprefix('+')} over all brands"
        if row["stake"] > 0
        else "no brand's score of this day depends on it"
    )
    chance = f"probability {percent(row['probability'], 'not known')}"
    looked = f"{row['judged_by']} could not tell" if row["unsure"] else ""
    told = ", ".join(part for part in (f"{number + 1:,} of {total:,}", chance, stake, looked) if part)
    forbids = [text for text in row["reasons"] if text.startswith(NEVER)]
    why = [[clean(str(text))] for text in (row["reason"], *forbids) if text]
    components.prose([{"tag": "small", "text": [told]}, {"tag": "ul", "items": why}], key="pair_heading")


def _buttons(row: Row, decide: Callable[[str], None], before: str, following: str) -> None:
    may = people.may_write()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for key, (_, label) in _KEYS.items():
            st.button(
                f"{label} ({key})",
                key=f"decide_{key}",
                on_click=decide,
                args=(key,),
                disabled=not may,
                help=_HELP[key],
            )
        st.button("Undo the last (z)", key="undo", on_click=_undo, disabled=not may)
        st.button("Previous (←)", key="previous", on_click=_go_to, args=(before,))
        st.button("Next (→)", key="next", on_click=_go_to, args=(following,))
        if may:
            st.text_input(
                "Why",
                key=f"why_{row['item']}",
                placeholder="Why? Kept with the decision",
                max_chars=500,
                label_visibility="collapsed",
                width=320,
            )
    if not may:
        st.caption("You may look at everything here; deciding needs the role of an analyst.")


def _go_to(item: str | None) -> None:
    state.choose("item", item)


@frame.acting
def _undo() -> None:
    title = deciding.undo_last()
    st.toast("Nothing of yours is left to take back." if title is None else "Taken back: see below.")
    state.choose("item", None)


def _title(row: Row) -> str:
    return f"{shorten(clean(row['left_name'] or row['left']), 40)} and {shorten(clean(row['right_name']), 40)}"


# --- what became of it -----------------------------------------------------------------------------------------


def _told() -> None:
    """Tell what became of the latest decisions; looks again while one is being written."""
    decisions = deciding.deciding()
    if decisions.waiting():
        _following()
    elif decisions.told():
        _latest()


@st.fragment(run_every=1.0)
def _following() -> None:
    people.stay()
    if not deciding.deciding().waiting():
        st.rerun()
    _latest()


def _latest() -> None:
    told = deciding.deciding().told()
    failed = any(one.fate is deciding.Fate.FAILED for one in told)
    blocks = [{"tag": "p", "text": [_line(one)], "muted": one.fate is not deciding.Fate.FAILED} for one in told]
    with st.expander("Latest decisions", expanded=failed, icon=":material/error:" if failed else ":material/history:"):
        components.prose(blocks, key="latest")


def _line(one: deciding.Decision) -> str:
    what = f"{deciding.DONE_WORDS[one.verdict].capitalize()}: {one.title}"
    if one.fate is deciding.Fate.WAITS:
        return f"{what}: is being written"
    if one.fate is deciding.Fate.FAILED:
        return f"{what}: NOT WRITTEN. {clean(one.fault)}"
    return f"{what}: {words.changed_words(one.changed)}"


def _would_change(row: Row, view: state.View) -> None:
    """Say, when asked, which figures accepting the pair would change."""
    day = view.day()
    key = f"supposed {row['item']} {view} {day.graph.version}"
    with st.expander("Which figures would change if it were accepted", icon=":material/calculate:"):
        job = progress.show(key)
        if job is not None and job.state is jobs.State.DONE:
            components.prose([{"tag": "p", "text": [words.changed_words(job.result)]}], key="supposed")
        elif job is not None and job.state is jobs.State.FAILED:
            st.text(f"It cannot be accepted as it is: {job.fault}")
        elif (job is None or not job.running) and st.button("Compute", key="suppose"):
            space = state.workspace()
            left, right = row["left"], row["right"]

            def work(report: jobs.Report) -> list[dict[str, Any]]:
                report("computing the day with it", 0, 0)
                said = space.store.read_records()
                return candidates.supposed(day, said, review.history(said), left, right, Verdict.POSITIVE)

            jobs.start(key, "What a decision would change", work)
            st.rerun()


def _statements(row: Row, graph: Graph) -> None:
    """All that any source said about both sides, when asked."""
    with st.expander("All statements about both sides, with sources and dates", icon=":material/source:"):
        if not st.toggle("Read them", key=f"read_{row['item']}"):
            return
        both = kept.statements(graph, row["left"], row["right"])
        for side, found in zip(("left", "right"), both, strict=True):
            st.text(clean(str(row[f"{side}_name"] or row[side])))
            shown = found[["property", "value", "original", "sources", "first_seen", "last_seen", "shown"]]
            st.dataframe(shown.astype({"value": "str"}), hide_index=True, height=260, key=f"said_{side}")


# --- several at once -------------------------------------------------------------------------------------------


def _identical(rows: pd.DataFrame) -> None:
    """Offer to accept all pairs that have the same identifier: nothing else is decided in bulk."""
    same = rows[rows["identical"].map(len) > 0].head(_PER_BATCH)
    if same.empty or not people.may_write():
        return
    words = count(len(same), "pair has", "pairs have")
    with st.expander(f"{words} the same identifier on both sides", icon=":material/fingerprint:"):
        listed = same.assign(identifier=same["identical"].map(", ".join))
        st.dataframe(
            listed[["left_name", "right_name", "left_country", "right_country", "identifier", "probability"]],
            hide_index=True,
            height=260,
            key="identical",
        )
        sure = st.checkbox(f"I have looked at all {len(same):,} of them", key="identical_seen")
        if st.button(f"Accept all {len(same):,}", key="identical_accept", disabled=not sure):
            pairs = list(zip(same["left"], same["right"], strict=True))
            deciding.decide(
                pairs, Verdict.POSITIVE, f"{len(pairs):,} pairs with the same identifier", "same identifier"
            )
            st.rerun()


# --- what was decided ------------------------------------------------------------------------------------------


def _judged(view: state.View) -> None:
    """List what was decided, by whom, when and why, and let it be taken back."""
    _told()
    rows = kept.judgements().iloc[::-1].reset_index(drop=True)
    number = count(len(rows), "decision stands", "decisions stand")
    st.text(f"{number}, the newest first. Decisions outlive new deliveries of a list.")
    components.shortcuts([_UNDO] if people.may_write() else [], "", lambda _key, _shown: _undo(), key="keys")
    if rows.empty:
        st.info("Nothing is decided yet.", icon=":material/inbox:")
        return
    names = _names(view.day().graph, {*rows["left"], *rows["right"]})
    shown = pd.DataFrame(
        {
            "verdict": rows["verdict"].map(_VERDICTS),
            "one side": rows["left"].map(names).fillna(rows["left"]),
            "other side": rows["right"].map(names).fillna(rows["right"]),
            "by": rows["judged_by"],
            "at": rows["judged_at"],
            "why": rows["why"].fillna(""),
        }
    )
    # What was chosen belongs to these rows alone: other rows, another table.
    key = f"judged_rows_{hash(tuple(zip(rows['left'], rows['right'], rows['judged_at'], strict=True)))}"
    event = st.dataframe(shown, hide_index=True, height=380, on_select="rerun", selection_mode="multi-row", key=key)
    numbers = event["selection"]["rows"]
    chosen = rows.iloc[numbers]
    if numbers:
        _named(shown.iloc[numbers])
    if st.button(
        f"Take back the {len(chosen):,} chosen" if len(chosen) else "Choose rows to take them back",
        key="take_back",
        disabled=chosen.empty or not people.may_write(),
    ):
        pairs = list(zip(chosen["left"], chosen["right"], strict=True))
        deciding.decide(pairs, Verdict.UNDONE, count(len(pairs), "decision"))
        st.rerun()
    copying.offer("judged", "decisions", rows=lambda: rows, caption=f"decisions as of {view.as_of}")


def _named(chosen: pd.DataFrame) -> None:
    """Say which decisions would be taken back."""
    first = chosen.head(_NAMED)
    lines = [
        f"{one}: {left} and {right}, by {clean(by)}"
        for one, left, right, by in zip(*(first[c] for c in ("verdict", "one side", "other side", "by")), strict=True)
    ]
    more = [f"and {len(chosen) - _NAMED:,} more"] if len(chosen) > _NAMED else []
    components.prose([{"tag": "ul", "items": [[line] for line in lines + more]}], key="to_take_back")


def _names(graph: Graph, ids: Collection[str]) -> dict[str, str]:
    """Names of some parties, and of whom some findings are about."""
    found: dict[str, str] = {}
    for label, column in (("Organization", "name"), ("Facility", "name"), ("Finding", "subject_name")):
        some = graph[label][graph[label]["id"].isin(ids)]
        found |= dict(zip(some["id"], some[column].fillna(""), strict=True))
    return {identity: clean(name) for identity, name in found.items() if name}


asked_kind = st.query_params.get("kind", FINDINGS)
st.session_state["review_kind"] = asked_kind if asked_kind in _KINDS else FINDINGS
show(state.view())
