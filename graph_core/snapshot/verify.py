"""Read snapshots back, and find out whether a single byte of one was changed."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_core.errors import InputError, NotFoundError, VerificationError
from graph_core.snapshot.canon import canonical, checksum

MANIFEST = "manifest.json"
_NAMED_BY_ID = re.compile(r"\d{4}-\d{2}-\d{2}-([0-9a-f]{12})")
_LEAST_DIGITS = 4


@dataclass(frozen=True)
class SnapshotManifest:
    """A snapshot in its folder.

    Attributes
    ----------
    folder : Path
        Where it is.
    body : dict
        Content of ``manifest.json``.
    """

    folder: Path
    body: dict[str, Any]

    @property
    def id(self) -> str:
        """SHA-256 that stands for every byte of the snapshot, 64 hexadecimal digits."""
        return str(self.body["id"])

    @property
    def as_of(self) -> str:
        """Day that it describes, YYYY-MM-DD."""
        return str(self.body["as_of"])

    def document(self, name: str) -> Any:
        """Content of one of its JSON files, such as ``exposure``; not checked, see `verify`.

        Raises
        ------
        VerificationError
            The file is missing or is no JSON.
        """
        path = self.folder / f"{name}.json"
        try:
            return json.loads(path.read_bytes())
        except OSError as error:
            raise VerificationError(f"{path} cannot be read: {error.strerror or error}") from None
        except ValueError as error:
            raise VerificationError(f"{path} is not the JSON that was frozen: {error}") from None


def snapshot_id(manifest: dict[str, Any]) -> str:
    """Compute the id that belongs to a manifest, whatever id stands in it."""
    return checksum(canonical({key: value for key, value in manifest.items() if key != "id"}))


def verify(folder: Path, expected: str | None = None) -> SnapshotManifest:
    """Check every byte of a snapshot.

    Parameters
    ----------
    folder : Path
        Folder of the snapshot.
    expected : str, optional
        The id, or its beginning, that was noted elsewhere. Without it a folder that somebody wrote anew as a whole,
        page, figures and manifest, is a valid snapshot with another id.

    Returns
    -------
    SnapshotManifest

    Raises
    ------
    NotFoundError
        There is no such folder.
    VerificationError
        A file was changed, is missing, or came in later; all of them are named.
    """
    if not folder.is_dir():
        raise NotFoundError(f"there is no snapshot folder {folder}; `tiertrace snapshot list` shows those of this home")
    try:
        found, faults = _manifest(folder)
        faults += _file_faults(folder, found.body) + _id_faults(found, expected)
    except OSError as error:
        raise VerificationError(f"snapshot {folder} cannot be read: {error}") from None
    if faults:
        raise VerificationError(f"snapshot {folder} is not what was frozen: {'; '.join(faults)}")
    return found


def _manifest(folder: Path) -> tuple[SnapshotManifest, list[str]]:
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise VerificationError(f"snapshot {folder} is not what was frozen: {MANIFEST} is missing")
    raw = path.read_bytes()
    try:
        body = json.loads(raw)
        names = [(file["name"], file["sha256"], file["bytes"]) for file in body["files"]]
        if not all(isinstance(name, str) and Path(name).name == name for name, _, _ in names):
            raise ValueError("a file name in it is none")  # noqa: TRY301
        faults = [] if canonical(body) == raw else [f"{MANIFEST} was changed (it is not in its canonical form)"]
        if body["id"] != (right := snapshot_id(body)):
            faults.append(f"{MANIFEST} was changed (its id is {body['id']}, its content has {right})")
        return SnapshotManifest(folder, {**body, "as_of": str(body["as_of"])}), faults
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise VerificationError(
            f"snapshot {folder} is not what was frozen: {MANIFEST} was changed (it cannot be read: {error})"
        ) from None


def _file_faults(folder: Path, body: dict[str, Any]) -> list[str]:
    faults = []
    for file in body["files"]:
        path = folder / file["name"]
        if path.is_symlink() or not path.is_file():
            faults.append(f"{file['name']} is missing")
            continue
        data = path.read_bytes()
        if checksum(data) != file["sha256"]:
            size = "" if len(data) == file["bytes"] else f", {len(data):,} bytes instead of {file['bytes']:,}"
            faults.append(f"{file['name']} was changed (its sha256 is {checksum(data)}{size})")
    known = {MANIFEST, *(file["name"] for file in body["files"])}
    more = sorted(entry.name for entry in folder.iterdir() if entry.name not in known)
    return faults + [f"{name} was added" for name in more]


def _id_faults(found: SnapshotManifest, expected: str | None) -> list[str]:
    faults = []
    if expected is not None and not (len(expected) >= _LEAST_DIGITS and found.id.startswith(expected.lower())):
        faults.append(f"its id is {found.id}, not {expected}")
    named = _NAMED_BY_ID.fullmatch(found.folder.resolve().name)
    if named and not found.id.startswith(named[1]):
        faults.append(f"its id is {found.id[:12]}, the folder is named after {named[1]}")
    return faults


def snapshots(home: Path) -> tuple[list[SnapshotManifest], list[str]]:
    """Snapshots of a home by day and id, and the names of folders there that are none; nothing is checked."""
    found, broken = [], []
    for folder in sorted((home / "snapshots").glob("[!.]*")):
        try:
            found.append(_manifest(folder)[0])
        except (InputError, OSError):
            broken.append(folder.name)
    return sorted(found, key=lambda s: (s.as_of, s.id)), broken


def find_snapshot(home: Path, text: str) -> Path:
    """Folder of the snapshot that a user means.

    Parameters
    ----------
    home : Path
        Whose snapshots are searched.
    text : str
        A folder, the name of a folder in the home, or an id or at least its first 4 digits.

    Raises
    ------
    NotFoundError
        Nothing has this name or id.
    InputError
        Several snapshots have an id that begins like this.
    """
    for folder in (Path(text), home / "snapshots" / text):
        with suppress(OSError):  # longer than a name can be
            if folder.is_dir():
                return folder
    all_, _ = snapshots(home)
    wanted = text.lower()
    found = [s for s in all_ if len(wanted) >= _LEAST_DIGITS and s.id.startswith(wanted)]
    if len(found) > 1:
        raise InputError(f"{len(found)} snapshots have an id that begins with {text!r}; write more of it")
    if not found:
        raise NotFoundError(f"no snapshot is called {text!r}; `tiertrace snapshot list` shows those of this home")
    return found[0].folder
