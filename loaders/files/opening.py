"""Files as users have them: their bytes, what they are, whether they are gzip, and limits that keep a bad one harmless.

What a file is, is told by its content, not by its name. Everything that a file can unpack to is bounded before it is
unpacked: a zip bomb is refused with its figures.
"""

from __future__ import annotations

import difflib
import gzip
import hashlib
import io
import re
import stat
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast
from xml.parsers import expat

from graph_core.errors import InputError

#: Largest file that is read into memory as a whole, in bytes, unpacked.
MAX_BYTES = 1 << 30
#: Largest workbook, in bytes unpacked.
MAX_WORKBOOK = 512 << 20
#: Below this size no ratio is suspicious; above it a file that unpacks to more than `MAX_RATIO` times its size is.
SMALL = 64 << 20
MAX_RATIO = 200
_BLOCK = 1 << 20
#: Bytes of a part of a workbook within which its content begins, and errors of a parser that expects more of it.
_PROLOG = 64 << 10
_UNFINISHED = [
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
]
_BLANK = b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"


class FileKind(StrEnum):
    """What a file is."""

    TEXT = "delimited text"
    JSON = "JSON"
    JSON_LINES = "JSON lines"
    EXCEL = "an Excel workbook"
    OLD_EXCEL = "an old Excel workbook"
    PARQUET = "a Parquet file"
    MARKUP = "HTML or XML"


#: First bytes of what is no table at all.
_OTHER = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"SQLite format 3", "a database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
)
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"


def check_file(path: Path) -> int:
    """Size of a file, with a clear message where it cannot be read.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    InputError
        Missing, a folder, not a regular file or not readable.
    """
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise InputError(f"{path} is a folder, not a file; name the file itself")
        if not stat.S_ISREG(info.st_mode):
            raise InputError(f"{path} is not a regular file")
        with path.open("rb"):
            return info.st_size
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist{_near(path)}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} cannot be read: {reason}") from error


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"; there is no folder {path.parent}"
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def sha256(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of the bytes of a file, in hexadecimal.

    Raises
    ------
    InputError
        It cannot be read.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


class _Bounded(io.RawIOBase):
    """Unpacked bytes of a gzip file, with an end where there are suspiciously many."""

    def __init__(self, packed: gzip.GzipFile, size: int, name: str) -> None:
        self._packed, self._name = packed, name
        self._left = max(SMALL, size * MAX_RATIO)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._packed.read(len(view))
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{self._name} is a damaged gzip file: {error}") from error
        self._left -= len(data)
        if self._left < 0:
            raise InputError(
                f"{self._name} unpacks to more than {MAX_RATIO} times its size, as no real table does; it is not read"
            )
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._packed.close()
        super().close()


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does."""
    check_file(path)
    with path.open("rb") as file:
        return file.read(2) == GZIP


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading its bytes, unpacked where it is gzip.

    Raises
    ------
    InputError
        It cannot be read.
    """
    size = check_file(path)
    if not is_gzip(path):
        return path.open("rb")
    return cast("BinaryIO", io.BufferedReader(_Bounded(gzip.open(path, "rb"), size, path.name), _BLOCK))


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Read a file whole, unpacked where it is gzip.

    Parameters
    ----------
    path : Path
        The file.
    limit : int
        Largest number of bytes, unpacked.

    Raises
    ------
    InputError
        Missing, a folder, not a regular file, not readable, empty or too large.
    """
    with open_file(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise InputError(f"{path} has more than {limit:,} bytes; split it into parts")
    if not data.strip(_BLANK):
        raise InputError(f"{path} is empty")
    return data


def kind_of(path: Path) -> FileKind:
    """Tell what a file is from its first bytes.

    Raises
    ------
    InputError
        It cannot be read, is empty, or is plainly no table.
    """
    with open_file(path) as file:
        start = file.read(1 << 16)
    if not start.strip(_BLANK):
        raise InputError(f"{path} is empty")
    return kind_of_bytes(start, path.name)


def kind_of_bytes(start: bytes, name: str) -> FileKind:
    """Tell what a file is from its first bytes; see `kind_of`."""
    for magic, what in _OTHER:
        if start.startswith(magic):
            raise InputError(f"{name} is no table: it looks like {what}; save it as CSV (UTF-8)")
    if start.startswith(ZIP):
        return FileKind.EXCEL
    if start.startswith(_OLE):
        return FileKind.OLD_EXCEL
    if start.startswith(b"PAR1"):
        return FileKind.PARQUET
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if text[:1] == b"<":
        return FileKind.MARKUP
    if text[:1] in (b"{", b"["):
        return _json_kind(text, name)
    return FileKind.TEXT


def _json_kind(text: bytes, name: str) -> FileKind:
    """One JSON value, or one on every line."""
    if text[:1] == b"[":
        return FileKind.JSON
    first, _, rest = text.partition(b"\n")
    whole = re.fullmatch(rb"\{.*\}\s*", first, re.DOTALL) is not None
    if whole and rest.lstrip()[:1] == b"{":
        return FileKind.JSON_LINES
    return (
        FileKind.JSON_LINES if whole and re.search(r"\.(jsonl|ndjson)(\.gz)?$", name, re.IGNORECASE) else FileKind.JSON
    )


def check_workbook(data: bytes, name: str, limit: int = MAX_WORKBOOK) -> None:
    """Refuse a zip archive that is no workbook, unpacks to too much, or declares entities in its XML.

    Raises
    ------
    InputError
        It is damaged or too large, or one of its parts has a document type with declarations of its own, which no
        workbook has and in which alone entities can be declared.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total = sum(_unpacked(archive, entry, limit, name) for entry in archive.infolist())
            cells = [entry.filename for entry in archive.infolist() if entry.filename.startswith("xl/")]
    except InputError:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
        raise InputError(f"{name} is a damaged workbook: {error}") from error
    if total > limit:
        raise InputError(f"{name} unpacks to {total:,} bytes, more than {limit:,}; it is not read")
    if not cells:
        raise InputError(f"{name} is a zip archive and no Excel workbook; unpack it and name the file inside")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, name: str) -> int:
    """Bytes that an entry says to unpack to; read through, since what it says need not be true."""
    if entry.file_size > limit:
        return entry.file_size
    with archive.open(entry) as file:
        if fault := _fault(file.read(_PROLOG)):
            raise InputError(f"{name} {fault} in {entry.filename}, as no workbook does; it is not read")
        while file.read(_BLOCK):
            pass
    return entry.file_size


class _Declares(Exception):
    """A document type with declarations of its own begins; what follows is not to be unpacked."""


class _RootBegins(Exception):
    """The first element of a document begins: nothing can be declared any more."""


def _fault(head: bytes) -> str:
    """What is wrong with the beginning of a file, if that is XML by the parser with which sheets are read.

    Other parts are read by libxml2, which takes some encodings more and itself limits what entities unpack to.
    """

    def doctype(_name: str, _system: str | None, _public: str | None, declarations: bool) -> None:
        if declarations:
            raise _Declares

    def root(*_element: object) -> None:
        raise _RootBegins

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, root
    try:
        parser.Parse(head, True)
    except _Declares:
        return "declares entities"
    except expat.ExpatError as error:
        if len(head) == _PROLOG and error.code in _UNFINISHED:
            return f"has more than {_PROLOG:,} bytes before its content"
    except (_RootBegins, LookupError, ValueError):  # or an encoding that the parser does not know
        pass
    return ""
