"""Files in: what they are, what is to be said about them, a dry run, and the load."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import streamlit as st

from graph_core.errors import InputError, TiertraceError
from graph_core.ui import jobs, people, progress, state
from graph_core.ui.data import outcome, work
from graph_core.viz.text import clean, count
from loaders import registry, uploads
from loaders.base import Options
from loaders.formats.mapping.file import parse_mapping
from loaders.recognise import ASKS

_LABELS = {
    "brand": ("Brand", "Whose list it is. Without it sites are loaded and no links to a brand."),
    "list_date": ("Day of the list", "YYYY-MM-DD: the first day on which it stands, or on which it was retrieved."),
    "series": ("Series", "Lists of one series replace each other. OpenSanctions: the dataset. BODS: who published."),
}
_NOT_SAID = "as the file says"


def show() -> None:
    """Show the way of files into the store, step by step."""
    if not people.may_write():
        st.info("You may look at everything here; loading needs the role of an analyst.", icon=":material/lock:")
        return
    key = st.session_state.setdefault("upload_key", uuid.uuid4().hex)
    _take(key)
    job = progress.show(f"look {key}")
    if job is None or job.running:
        return
    if job.state is not jobs.State.DONE:
        st.error("These files cannot be used.", icon=":material/error:")
        st.text(str(job.fault or "Cancelled."))
        return
    _groups(key, job.result)


def _take(key: str) -> None:
    given = st.file_uploader(
        "Files",
        type=list(uploads.ENDINGS),
        accept_multiple_files=True,
        max_upload_size=state.workspace().settings.upload_mb,
        key=f"files_{key}",
        help="Tables of any format that can be loaded, as they are, as gzip, or several in one zip archive.",
    )
    st.caption(
        f"Tables as CSV, Excel, JSON, XML, HTML or Parquet, also as gzip or in a zip archive; up to"
        f" {state.workspace().settings.upload_mb:,} MB each. They stay in the home of this program."
    )
    names = sorted(f"{file.name} {file.file_id}" for file in given)
    if given and st.session_state.get("upload_names") != names:
        st.session_state["upload_names"] = names
        home = state.workspace().settings.home
        jobs.take(f"look {key}")
        jobs.start(f"look {key}", "Looking at files", work.look(home, [(file.name, file) for file in given]))
    if not given:
        st.session_state.pop("upload_names", None)
        jobs.take(f"look {key}")


def _groups(key: str, seen: work.Seen) -> None:
    """Show what the files are, ask what they do not say, and offer the dry run and the load."""
    known = {file for group in seen.groups for file in group.files}
    beside = [f"{file.name} is read beside the others" for file in seen.upload.files if file not in known]
    for note in (*seen.upload.notes, *beside):
        st.text(clean(note))
    orders, ready = [], True
    for number, group in enumerate(seen.groups):
        with st.container(border=True, key=f"group_{number}"):
            order = _group(f"{key}_{number}", group)
            ready &= order is not None
            if order is not None:
                orders.append(order)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button("Dry run", key="dry_run", disabled=not ready, help="Reads and counts every row, writes nothing."):
            home = state.workspace().settings.home
            st.session_state["dry"] = orders, jobs.start(f"dry {key}", "Dry run", work.dry(home, orders))
            st.rerun()
        if st.button("Load", key="load", disabled=not ready):
            names = count(sum(len(order.files) for order in orders), "file")
            if token := jobs.start(jobs.LOAD, f"Loading {names}", work.load(orders)):
                st.session_state["loading"] = token
                st.rerun()
            st.warning("Another load runs; wait until it is done.")
        st.button("Discard", key="discard", on_click=_discard, args=(key, seen), type="tertiary")
    _came(key, orders)


def _came(key: str, orders: list[work.Order]) -> None:
    """Tell what came of a dry run, as long as it is of what stands above, and of the load."""
    of, token = st.session_state.get("dry", ([], None))
    if of == orders and (done := outcome.ended(f"dry {key}", token, "Nothing was written.")) is not None:
        outcome.show(done, "dry")
    again = "Files that were complete by then are loaded, see the log of loads; nothing is loaded by half."
    if (done := outcome.ended(jobs.LOAD, st.session_state.get("loading"), again)) is not None:
        st.subheader("Loaded", anchor=False)
        outcome.show(done, "load")


def _discard(key: str, seen: work.Seen) -> None:
    """Begin again; files that were loaded stay as the evidence of what was loaded."""
    if "loading" not in st.session_state:
        seen.upload.drop()
    for kind in ("look", "dry"):
        jobs.take(f"{kind} {key}")
    for name in ("upload_key", "upload_names", "loading", "dry"):
        st.session_state.pop(name, None)


def _group(key: str, group: work.Group) -> work.Order | None:
    """Show files of one format with what is asked about them; ``None`` while something is missing or wrong."""
    st.text(", ".join(clean(file.name) for file in group.files))
    chosen = _format(key, group)
    said = _said(key, chosen)
    try:
        if chosen != "mapping":
            return work.Order(chosen, group.files, Options(**said))
        return _mapped(key, group, said)
    except TiertraceError as error:
        st.error("This cannot be used as it is.", icon=":material/error:")
        st.text(str(error))
        return None


def _format(key: str, group: work.Group) -> str:
    names = registry.names()
    titles = {loader.name: loader.title for loader in registry.all()}
    help_text = "What the files were recognised as, by letting every format read a sample of them."
    chosen = st.selectbox(
        "Format",
        names,
        index=names.index(group.format),
        format_func=lambda name: f"{titles[name]} ({name})",
        key=f"format_{key}",
        help=help_text,
        width=420,
    )
    if group.format == "mapping" and chosen == "mapping":
        st.caption("No format reads this table, so a mapping has to say what its columns mean; a draft stands below.")
    return str(chosen)


def _said(key: str, chosen: str) -> dict[str, Any]:
    """Ask what the files do not say of themselves."""
    said: dict[str, Any] = {}
    if not ASKS[chosen]:
        return said
    with st.container(horizontal=True, gap="small"):
        for name in ASKS[chosen]:
            label, help_text = _LABELS[name]
            text = st.text_input(
                label, key=f"{name}_{chosen}_{key}", placeholder=_NOT_SAID, help=help_text, max_chars=200, width=220
            )
            said[name] = text.strip() or None
    return said


def _mapped(key: str, group: work.Group, said: dict[str, Any]) -> work.Order:
    """Let the draft of a mapping be edited; it is checked whenever it changes, and kept beside the table."""
    if group.fault:
        st.text(group.fault)
    text = st.text_area("Mapping (YAML)", group.draft, height=360, key=f"mapping_{key}", max_chars=200_000)
    if not text.strip():
        raise InputError("write a mapping: docs/formats/mapping.md shows how, or choose another format above")
    file = group.files[0]
    options = Options(**said)
    _fits(text, options)
    path = file.with_name(f"{file.name}.mapping.yaml")
    if st.session_state.get(f"kept_{key}") != text:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        st.session_state[f"kept_{key}"] = text
    return work.Order("mapping", group.files, replace(options, mapping=path), text)


@st.cache_data(show_spinner=False, max_entries=32)
def _fits(text: str, options: Options) -> None:
    """Check a mapping; one that is right is not looked at again.

    Raises
    ------
    InputError
        It is wrong.
    """
    parse_mapping(text, "the mapping", options)
