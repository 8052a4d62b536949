"""Freeze a day as a folder of files that are the same wherever they are made.

::

    manifest.json    frame: day, data cut-off, parameters, hashes, exclusions; size and sha256 of every other file
    exposure.json    figures of every brand, the gravest first      exposure.csv    the same as a table
    paths.json       best path of every brand, dated evidence per hop
    coverage.json    what is known a tier, ages of lists, documented and inferred links
    findings.json    findings that stand on the day and the sites they flag
    sources.json     what everything rests on, each with its sha256
    actions.json     what people are to do, what it is expected to change, and what changed; where there are any
    index.html       all of it as one page that loads nothing

The id of a snapshot is the SHA-256 of its manifest without that id; the manifest holds the checksum of every other
file, so the id stands for every byte. No file holds a time of building, a path or the name of a machine.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_core.day import Day
from graph_core.errors import InputError, VerificationError
from graph_core.plans import Action
from graph_core.snapshot.canon import canonical, checksum, plain
from graph_core.snapshot.content import contents, exposure_csv, frame
from graph_core.snapshot.page import page
from graph_core.snapshot.verify import MANIFEST, SnapshotManifest, snapshot_id, verify
from graph_core.store.base import Report, silent

FORMAT = "tiertrace-snapshot/1"
PAGE = "index.html"


@dataclass(frozen=True)
class Frozen:
    """A snapshot that is not written yet.

    Attributes
    ----------
    manifest : dict
        Content of ``manifest.json``.
    files : dict of str to bytes
        All files by name, the manifest included.
    """

    manifest: dict[str, Any]
    files: dict[str, bytes]

    @property
    def name(self) -> str:
        """Name of its folder where the user gives none: the day and the first 12 digits of the id."""
        return f"{self.manifest['as_of']}-{self.manifest['id'][:12]}"


def build(
    day: Day,
    sources: Sequence[Mapping[str, Any]],
    out: Path,
    preparer: str | None = None,
    actions: Sequence[Action] = (),
) -> SnapshotManifest:
    """Freeze a day into a folder.

    Parameters
    ----------
    day : Day
        What is frozen.
    sources : sequence of mappings
        Sources that the graph rests on, as `graph_core.workspace.Workspace.sources` gives them.
    out : Path
        Folder of the snapshot; it must not exist, be empty, or hold this very snapshot already.
    preparer : str, optional
        Who prepared it; part of the frame, and so of the id.
    actions : sequence of Action
        What people are to do (`graph_core.plans.actions`).

    Returns
    -------
    SnapshotManifest

    Raises
    ------
    InputError
        The folder holds something else, or cannot be written.
    """
    return write(freeze(day, sources, preparer, actions), out)


def freeze(
    day: Day,
    sources: Sequence[Mapping[str, Any]],
    preparer: str | None = None,
    actions: Sequence[Action] = (),
    report: Report = silent,
) -> Frozen:
    """Make all files of a snapshot in memory; parameters as in `build`, ``report`` is told about progress."""
    documents = contents(day, sources, actions, report)
    report("writing the page", 0, 0)
    files = {f"{name}.json": canonical(document) for name, document in documents.items()}
    files["exposure.csv"] = exposure_csv(documents["exposure"])
    head = plain(frame(day, documents, preparer))
    head |= {"format": FORMAT, "data_hash": checksum(canonical({name: checksum(data) for name, data in files.items()}))}
    files[PAGE] = page(head, documents).encode("utf-8")
    manifest = {
        **head,
        "files": [{"name": name, "bytes": len(data), "sha256": checksum(data)} for name, data in sorted(files.items())],
    }
    manifest["id"] = snapshot_id(manifest)
    files[MANIFEST] = canonical(manifest)
    return Frozen(manifest, files)


def write(frozen: Frozen, out: Path) -> SnapshotManifest:
    """Write a snapshot as a whole or not at all: into a folder beside, which then takes the name.

    Raises
    ------
    InputError
        The folder holds something else, or cannot be written.
    """
    if _is_there(frozen, out):
        return SnapshotManifest(out, frozen.manifest)
    draft = out.parent / f".draft-{secrets.token_hex(6)}"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
        for name, data in sorted(frozen.files.items()):
            (draft / name).write_bytes(data)
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if _is_there(frozen, out):  # another process was faster
            return SnapshotManifest(out, frozen.manifest)
        raise InputError(
            f"the snapshot cannot be written to {out}: {error.strerror or error}; nothing was left behind. "
            "Free some space or name another folder with --out"
        ) from None
    return SnapshotManifest(out, frozen.manifest)


def _is_there(frozen: Frozen, out: Path) -> bool:
    """Whether the folder already holds this snapshot; anything else in it is never touched."""
    if not out.exists() and not out.is_symlink():
        return False
    if not out.is_dir():
        raise InputError(f"{out} is not a folder; name another one with --out")
    try:
        if not any(out.iterdir()):
            return False
        if not (out / MANIFEST).is_file():
            raise InputError(f"{out} is not empty and not a snapshot; name a new folder with --out")
        there = verify(out)
    except VerificationError as error:
        raise InputError(f"{out} holds a snapshot that was changed; it is kept as it is. {error}") from None
    except OSError as error:
        raise InputError(f"{out} cannot be read: {error.strerror or error}") from None
    if there.id != frozen.manifest["id"]:
        raise InputError(
            f"{out} holds another snapshot ({there.id[:12]}, as of {there.as_of}); frozen files are never replaced. "
            "Name a new folder with --out"
        )
    return True
