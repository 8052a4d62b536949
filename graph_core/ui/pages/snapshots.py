"""Snapshots: frozen figures of a day. Build one, open one as it was frozen, check its bytes, set two side by side."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import streamlit as st

from graph_core import plans
from graph_core.belief import require_content
from graph_core.day import Parameters
from graph_core.errors import TiertraceError, VerificationError
from graph_core.snapshot import compare
from graph_core.snapshot.build import PAGE, freeze, write
from graph_core.snapshot.verify import SnapshotManifest, verify
from graph_core.ui import compared, components, copying, jobs, kept, people, progress, state, tables
from graph_core.ui.frozen import (
    archive,
    brand_rows,
    changes_table,
    coverage_csv,
    coverage_rows,
    frame_rows,
    list_rows,
    stamp,
    told,
    what_differs,
)
from graph_core.ui.scenario import keeping
from graph_core.viz.text import clean, count, shorten
from graph_core.workspace import Report, Store, Workspace

_JOB = "snapshot"
#: Value of ``with`` that stands for the figures of now.
NOW = "now"
#: Digits of an id that name a snapshot at least.
_LEAST_DIGITS = 4
Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


@st.cache_data(show_spinner=False, max_entries=256)
def _checked(folder: str, stamped: Stamp, again: int) -> str:  # noqa: ARG001 - what it is kept by
    """Why a snapshot is not what was frozen; empty where it is."""
    try:
        verify(Path(folder))
    except VerificationError as error:
        return str(error)
    return ""


def fault_of(folder: Path) -> str:
    """The same, checked again where any file has another size or time, or a person asks for it."""
    return _checked(str(folder), stamp(folder), st.session_state.get("checked_again", 0))


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(_snapshot: SnapshotManifest, folder: str, stamped: Stamp) -> tuple[compare.Side, Any]:  # noqa: ARG001
    """Figures and coverage as they were frozen, read again only where a file is another one."""
    return compare.frozen(_snapshot), _snapshot.document("coverage")


def read(snapshot: SnapshotManifest) -> tuple[compare.Side, Any]:
    """Give figures and coverage of a snapshot.

    Raises
    ------
    VerificationError
        It is not what was frozen.
    """
    if fault := fault_of(snapshot.folder):
        raise VerificationError(fault)
    return _read(snapshot, str(snapshot.folder), stamp(snapshot.folder))


def called(found: list[SnapshotManifest], text: str) -> list[SnapshotManifest]:
    """Give the snapshots of the list whose id begins so; never a folder, which an address could name anywhere."""
    return [one for one in found if len(text) >= _LEAST_DIGITS and one.id.startswith(text.lower())]


# --- building --------------------------------------------------------------------------------------------------


def build_one(view: state.View) -> None:
    """Offer to freeze the day and the filters of the top bar, in the background."""
    job = progress.show(_JOB)
    if job is not None and job.running:
        return
    if job is not None and jobs.own(job):
        jobs.take(_JOB)
        if job.fault is not None:
            st.error("The snapshot was not built.", icon=":material/error:")
            st.text(str(job.fault))
        elif job.result is not None:
            state.choose("snapshot", job.result)
            st.rerun()
        else:
            st.info("Cancelled; no snapshot was built.", icon=":material/cancel:")
    caption = f"As of {view.as_of}, {view.evidence}, with the actions written down by now."
    if view.score != "traced_share":
        caption += " Snapshots hold the traced share, whatever score is chosen above."
    with components.section("Build one", caption, "build"):
        if keeping.read_only():
            return
        with st.form("build_snapshot", border=False):
            preparer = st.text_input("Prepared by", people.me().name, key="preparer", max_chars=80)
            asked = st.form_submit_button("Build", icon=":material/photo_camera:")
    if asked:
        # Who acts is settled here, where the session is known; the work runs in another thread.
        act = people.writing("snapshot built", view.as_of, view.evidence)
        work = partial(frozen, state.workspace(), act, view.parameters, preparer.strip() or None)
        jobs.start(_JOB, f"Snapshot of {view.as_of}", work)
        st.rerun()


def frozen(
    workspace: Workspace,
    act: AbstractContextManager[Store],
    parameters: Parameters,
    preparer: str | None,
    report: Report,
) -> str:
    """Freeze a day into the home; gives the id."""
    require_content(workspace.graph())
    actions = plans.actions(plans.recorded(workspace.store))
    made = freeze(workspace.day(parameters), workspace.sources(), preparer, actions, report)
    with act as store, store.noted():
        return write(made, workspace.settings.home / "snapshots" / made.name).id


# --- the list --------------------------------------------------------------------------------------------------


def listed(found: list[SnapshotManifest], broken: list[str]) -> None:
    """List the snapshots, each to be opened or set beside the one that is open."""
    caption = "Frozen figures: opening one computes nothing anew. Every byte was checked against the id."
    with components.section("Snapshots of this home", caption, "list"):
        if not found:
            st.info(
                "No snapshot yet. One freezes the figures of the day above, with what they rest on, so that they can be"
                " shown and checked later.",
                icon=":material/photo_camera:",
            )
        else:
            faults = {one.id: fault_of(one.folder) for one in found}
            table = list_rows(found, faults, st.query_params.get("snapshot"), st.query_params.get("with"))
            chosen = components.choices(table, key="snapshot_list")
            if chosen:
                _act(*chosen)
        for name in broken:
            st.text(f"The folder {clean(name)} is no snapshot, or was changed so that it cannot be read.")


def _act(identity: str, action: str) -> None:
    if action == "open":
        st.query_params.update({"snapshot": identity, "with": []})
    else:
        st.query_params.update({"with": [] if st.query_params.get("with") == identity else identity})
    st.rerun()


# --- one snapshot ----------------------------------------------------------------------------------------------


def opened(snapshot: SnapshotManifest, view: state.View, found: list[SnapshotManifest]) -> None:
    """Show a snapshot as it was frozen: frame, coverage, exposures."""
    fault = fault_of(snapshot.folder)
    body = snapshot.body
    components.prose([{"tag": "h1", "text": [clean(body["title"])]}], key="snapshot_title")
    if fault:
        st.error("This snapshot is not what was frozen; its figures are not shown.", icon=":material/error:")
        st.text(fault)
    with st.container(horizontal=True, vertical_alignment="center"):
        _check_again(snapshot)
        if fault:
            return
        _downloads(snapshot)
        if body["fictional"]:
            st.badge("Fictional: no company or site in it is real", icon=":material/science:", color="orange")
    if with_ := st.query_params.get("with"):
        _compared(snapshot, with_, view, found)
        return
    figures, coverage = read(snapshot)
    with components.section("Frame", "What a reader has to know before the first figure.", "frame"):
        components.prose([{"tag": "facts", "items": frame_rows(body)}], key="frame_facts")
    exposures = list(figures.exposures)
    with components.section("Coverage", "What is known, and where the map ends. Unknown is not clean.", "coverage"):
        components.choices(coverage_rows(coverage), key="coverage_table")
        name = f"coverage-{snapshot.id[:12]}"
        copying.offer("coverage", name, rows=lambda: coverage_csv(coverage))
    caption = f"{count(len(exposures), 'brand')}, gravest finding first, as frozen."
    with components.section("Exposure", caption, "exposure"):
        components.choices(brand_rows(exposures), key="frozen_brands")
        _one_brand(exposures)
        copying.offer(
            "frozen",
            f"snapshot-{snapshot.id[:12]}",
            rows=lambda: tables.overview_csv(exposures, None, None),
            picture="frozen_bar",
            caption=_caption(snapshot),
        )


def _caption(snapshot: SnapshotManifest) -> str:
    return f"Snapshot {snapshot.id[:12]}, as of {snapshot.as_of}"


def _one_brand(exposures: list[dict[str, Any]]) -> None:
    if not exposures:
        st.text("The store that it was made of held no brand.")
        return
    row = _asked(exposures)
    components.prose([{"tag": "h3", "text": [clean(row["brand"]["name"])]}], key="frozen_name")
    components.exposure_bar(tables.bar_figures(row), key="frozen_bar")


def _asked(exposures: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of the brand that the address names, else of the first."""
    brand = st.query_params.get("brand")
    return next((row for row in exposures if row["brand"]["id"] == brand), exposures[0])


def _check_again(snapshot: SnapshotManifest) -> None:
    with st.popover("Check it again", icon=":material/verified:", width="content"), st.form("check", border=False):
        st.caption(
            "An id that was noted elsewhere shows whether somebody wrote the whole folder anew. Without it, only that"
            " page, figures and manifest belong together."
        )
        expected = st.text_input("Id that was noted, or its beginning", key="expected").strip()
        asked = st.form_submit_button("Check every byte")
        if asked:
            _say_checked(snapshot, expected)


def _say_checked(snapshot: SnapshotManifest, expected: str) -> None:
    st.session_state["checked_again"] = st.session_state.get("checked_again", 0) + 1
    try:
        found = verify(snapshot.folder, expected or None)
    except TiertraceError as error:
        st.error("It is not what was frozen, or not the one of this id.", icon=":material/error:")
        st.text(str(error))
    else:
        how = "and its id is the one noted" if expected else "no id was given to compare with"
        st.success(f"Unchanged: {len(found.body['files']) + 1} files, {how}.", icon=":material/verified:")


def _downloads(snapshot: SnapshotManifest) -> None:
    folder, name = snapshot.folder, f"tiertrace-{snapshot.as_of}-{snapshot.id[:12]}"
    st.download_button(
        "Page", data=(folder / PAGE).read_bytes, file_name=f"{name}.html", mime="text/html",
        icon=":material/download:", on_click="ignore", help="One file that loads nothing: to read and to print.",
    )  # fmt: skip
    st.download_button(
        "All files", data=lambda: archive(snapshot), file_name=f"{name}.zip", mime="application/zip",
        icon=":material/folder_zip:", on_click="ignore", help="The folder as it is, to be verified anywhere.",
    )  # fmt: skip


# --- two of them -----------------------------------------------------------------------------------------------


def _compared(snapshot: SnapshotManifest, other: str, view: state.View, known: list[SnapshotManifest]) -> None:
    chosen = called(known, other)
    if other != NOW and len(chosen) != 1:
        _not_here(other, len(chosen))
        return
    try:
        beside = compare.now(view.day(), state.exposures(view)) if other == NOW else read(chosen[0])[0]
    except VerificationError as error:
        st.text(str(error))
        return
    sides = sorted([read(snapshot)[0], beside], key=lambda side: (side.as_of, side.title == NOW))
    found = compare.compare(*sides)
    titles = [f"{side.title}, {side.as_of}" for side in sides]
    with components.section(f"{titles[0]} and {titles[1]}", "The earlier day stands first.", "compared"):
        components.prose([{"tag": "ul", "items": [[line] for line in what_differs(found)]}], key="differs")
        if not found["brands"]:
            st.text("No brand is on both sides.")
            return
        components.choices(changes_table(found), key="changes_table")
        brand = st.query_params.get("brand")
        row = next((one for one in found["brands"] if one["brand"]["id"] == brand), found["brands"][0])
        rows = [next(one for one in side.exposures if one["brand"]["id"] == row["brand"]["id"]) for side in sides]
        components.prose([{"tag": "h3", "text": [clean(row["brand"]["name"])]}], key="compared_name")
        components.comparison(compared.snapshots(rows, row, [shorten(one, 40) for one in titles]), key="two_bars")
        copying.offer(
            "compared",
            "snapshots-compared",
            rows=lambda: compared.snapshot_table(found),
            picture="two_bars",
            caption=f"{clean(row['brand']['name'])}: {titles[0]} and {titles[1]}",
        )


def _not_here(asked: str, number: int) -> None:
    st.subheader("This snapshot is not here", anchor=False)
    known = count(number, "snapshot of this home has", "snapshots of this home have")
    st.text(f"{known} an id that begins with {shorten(clean(asked), 80)}.")
    st.markdown("Choose one from the list above.")


def show(view: state.View) -> None:
    """Show the list, what can be built, and the snapshot that the address names."""
    here, broken = kept.snapshots()
    found = [one for one in here if told(one)]
    broken = [*broken, *(one.folder.name for one in here if not told(one))]
    left, right = st.columns([4, 1], gap="large")
    with left:
        listed(found, broken)
    with right:
        build_one(view)
    asked = st.query_params.get("snapshot")
    if not asked:
        return
    chosen = called(found, asked)
    st.divider()
    if len(chosen) == 1:
        opened(chosen[0], view, found)
    else:
        _not_here(asked, len(chosen))


show(state.view())
