"""Files that somebody gave the app: kept in the home under harmless names, zip archives unpacked within limits.

Nothing of them is believed: a name is only a name, what is no table is refused by its content, and what an archive
says about its sizes is counted while it is unpacked. What an archive holds beside tables is left out and named.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from graph_core.errors import InputError
from loaders.files.opening import kind_of
from loaders.files.tablefile import SUFFIXES

#: Folder of the home; one folder below it for each upload.
FOLDER: Final = "uploads"
#: Ends of names that an upload may have, without the dot.
ENDINGS: Final = (*(suffix.removeprefix(".") for suffix in SUFFIXES), "xml", "html", "htm", "gz", "zip")
#: Most files of one upload, and most bytes of all of them, unpacked from archives.
MAX_FILES: Final = 200
MAX_BYTES: Final = 2 << 30
_LONGEST = 120
_BLOCK = 1 << 20
_WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@dataclass(frozen=True)
class Upload:
    """Files of one upload.

    Attributes
    ----------
    folder : Path
        Where they are; only the user of the home can read it.
    files : list of Path
        Tables, in the order of the upload.
    notes : list of str
        What was left out, and why.
    """

    folder: Path
    files: list[Path]
    notes: list[str] = field(default_factory=list)

    def drop(self) -> None:
        """Remove the files: they were not loaded."""
        shutil.rmtree(self.folder, ignore_errors=True)


def keep(home: Path, given: Iterable[tuple[str, BinaryIO]]) -> Upload:
    """Keep files that somebody gave.

    Parameters
    ----------
    home : Path
        The home.
    given : iterable of (str, binary file)
        Name and content of each.

    Returns
    -------
    Upload
        The same files give the same folder.

    Raises
    ------
    InputError
        There is none, one is no table, or they are too many or too large.
    """
    below = home / FOLDER
    draft = below / f".{os.getpid()}-{os.urandom(6).hex()}"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        below.mkdir(mode=0o700, exist_ok=True)
        draft.mkdir(mode=0o700)
        draft_upload = _Draft(draft)
        for name, content in given:
            draft_upload.take(name, content)
        if not draft_upload.files:
            raise InputError("the upload holds no table; " + ("; ".join(draft_upload.notes) or "choose a file"))
        folder = below / draft_upload.checksum
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    except OSError as error:
        raise InputError(f"the upload cannot be kept in {below}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Upload(folder, [folder / name for name in draft_upload.files], draft_upload.notes)


def harmless(name: str) -> str:
    """Make a name of a file of a name that somebody gave: no path, no hidden file, nothing that a system reads.

    Returns
    -------
    str
        Letters of any script, digits and ``. _ -`` with its ending kept, of at most 120 characters.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = re.sub(r"[^\w.-]+", "_", last).lstrip(".-").rstrip(".")
    ending = "".join(PurePosixPath(kept).suffixes[-2:])[-20:]
    stem = kept.removesuffix(ending)[: _LONGEST - len(ending)]
    kept = (stem + ending).lstrip(".") or "file"
    return f"_{kept}" if _WINDOWS.fullmatch(kept) else kept


class _Draft:
    """An upload on its way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: list[str] = []
        self.notes: list[str] = []
        self._left = MAX_BYTES
        self._total = hashlib.sha256()

    @property
    def checksum(self) -> str:
        """Name of the folder: the same content under the same names is the same upload."""
        return self._total.hexdigest()[:16]

    def take(self, name: str, content: BinaryIO) -> None:
        """Take a file, or all tables of an archive."""
        if name.casefold().endswith(".zip"):
            self._unpack(name, content)
        else:
            self._keep(name, content)

    def _unpack(self, name: str, content: BinaryIO) -> None:
        try:
            with zipfile.ZipFile(content) as archive:
                for entry in archive.infolist():
                    if _is_table(entry):
                        with archive.open(entry) as file:
                            self._keep(entry.filename, cast("BinaryIO", file))
                    elif not entry.is_dir():
                        self.notes.append(f"{harmless(entry.filename)} in {harmless(name)} is no table; it is left out")
        except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{harmless(name)} is a damaged archive, or one with a password: {error}") from error

    def _keep(self, name: str, content: BinaryIO) -> None:
        if len(self.files) >= MAX_FILES:
            raise InputError(f"the upload holds more than {MAX_FILES} files; upload them in parts")
        target = self._folder / self._free(harmless(name))
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._total.update(f"{target.name}\n".encode())
        with os.fdopen(handle, "wb") as file:
            while block := content.read(_BLOCK):
                self._left -= len(block)
                if self._left < 0:
                    raise InputError(
                        f"the upload has more than {MAX_BYTES >> 20:,} MB, unpacked; load such files with "
                        "`tiertrace load`, or in parts"
                    )
                self._total.update(hashlib.sha256(block).digest())
                file.write(block)
        try:
            kind_of(target)  # by its content, whatever it is called
        except InputError as error:
            raise InputError(str(error).replace(str(target), target.name)) from error
        self.files.append(target.name)

    def _free(self, name: str) -> str:
        known = {one.casefold() for one in self.files}
        stem, dot, ending = name.partition(".")
        number = 2
        while name.casefold() in known:
            name = f"{stem}_{number}{dot}{ending}"
            number += 1
        return name


def _is_table(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry of an archive is a file that may be a table; links and archives in archives are not."""
    name = entry.filename.rsplit("/", 1)[-1]
    linked = (entry.external_attr >> 16) & 0o170000 == 0o120000
    hidden = name.startswith(".") or "__MACOSX/" in entry.filename
    known = name.casefold().endswith(tuple(f".{ending}" for ending in ENDINGS if ending != "zip"))
    return known and not (entry.is_dir() or linked or hidden)
