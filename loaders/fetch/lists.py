"""Public lists from the addresses at which they are published, kept beside what is known about them.

``loaders/fetch/public_lists.csv`` names each list with its one address, what an answer may be, and whether that address
was seen documented. A list that is fetched goes to ``<home>/fetched/<name>/<day>-<checksum>.<ending>``; beside it lies
the same name with ``.source.json``: where it came from, when, its checksum, and what the server said of its version.

A file counts from the moment its ``.source.json`` is there, which is written last; what broke off before leaves nothing
that counts. Nothing is deleted: each delivery is the evidence of a day. One that turns out not to be the list (a page
that asks to wait, say) is noted as unusable and counts no longer, so that it never passes for a list of today. A file
that did not change, by the server's word or by its checksum, is not kept twice: only the moment at which that was seen
is noted.

The day of a delivery is the day on which it was retrieved. A mirror holds an older copy, perhaps: there it is what the
user says, else the day on which the mirror's copy was written, so that an old copy never passes for today's list and
ends what was listed since.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import gzip
import hashlib
import html
import io
import json
import os
import re
import secrets
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urljoin, urlsplit

from graph_core.errors import InputError, UsageError
from loaders.base import Options, Report, silent
from loaders.fetch.download import Expected, Host, Known, Patience, download, shown
from loaders.files.opening import check_file, sha256_of

#: Word for all lists that are small and free to use.
ALL = "all"
_BESIDE = ".source.json"
_PART = ".part-"
_BLOCK = 1 << 20
_DAY = 24 * 3600
#: Most bytes of a page that leads to a list.
_MAX_PAGE = 8_000_000
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
#: What a mirror says of any file.
_UNTYPED = ("application/octet-stream", "binary/octet-stream", "")


@dataclass(frozen=True)
class PublicList:
    """One list that can be fetched.

    Attributes
    ----------
    name, title : str
        What it is called on the command line, and what it is.
    format : str
        Format that reads it.
    series : str or None
        Series that the loader is told, where the file itself does not say which list it is.
    url : str
        Where it is published; with ``link``, the page that leads to it.
    link : str or None
        Pattern of the path of the file, on the same host, to which that page leads.
    file : str
        Its name on a mirror.
    day : str or None
        Day from which it stands, where the address holds one fixed edition.
    in_all : bool
        Whether it is small and free to use, so that `ALL` fetches it.
    content_types : tuple of str
        Types that an answer may have.
    max_bytes : int
        Most bytes that are sent.
    unpacked_bytes : int or None
        Most bytes of the one table in it, where it is a zip archive.
    sha256 : str or None
        Checksum of what is sent, where it never changes.
    publisher, licence : str
        Whose it is and what it may be used for.
    address_seen : str
        ``yes`` where the address was seen documented, ``pattern`` where only its form was.
    comment : str
        What a reader of the table should know.
    """

    name: str
    title: str
    format: str
    series: str | None
    url: str
    link: str | None
    file: str
    day: str | None
    in_all: bool
    content_types: tuple[str, ...]
    max_bytes: int
    unpacked_bytes: int | None
    sha256: str | None
    publisher: str
    licence: str
    address_seen: str
    comment: str

    @property
    def ending(self) -> str:
        """End of the name of the file that is kept."""
        stem, _, last = self.file.rpartition(".")
        return f"{stem.rpartition('.')[2]}.gz" if self.unpacked_bytes else last


@dataclass(frozen=True)
class Kept:
    """A file that was fetched.

    Attributes
    ----------
    path : Path
        Where it lies.
    url : str
        Where it came from, without what may be a key.
    retrieved_at, checked_at : str
        When it came, and when it was last seen to be unchanged; UTC.
    list_date : str
        Day of the delivery, YYYY-MM-DD.
    sha256 : str
        Checksum of the file.
    sent_sha256 : str
        Checksum of what was sent; another one where an archive was unpacked.
    bytes : int
        Size of the file.
    content_type, etag, last_modified : str or None
        What the server said.
    """

    path: Path
    url: str
    retrieved_at: str
    checked_at: str
    list_date: str
    sha256: str
    sent_sha256: str
    bytes: int
    content_type: str | None
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Fetched:
    """What a fetch did.

    Attributes
    ----------
    kept : Kept
        The file as it is now.
    changed : bool
        Whether it is a new one.
    notes : tuple of str
        What a user should know.
    """

    kept: Kept
    changed: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mirror:
    """Where else the lists are, in files with the names that the table of lists gives them.

    Attributes
    ----------
    folder : Path or None
        A folder of this machine.
    url : str or None
        Address of a folder on a host that the user named himself; it may be private.
    """

    folder: Path | None = None
    url: str | None = None

    @classmethod
    def parse(cls, text: str) -> Mirror:
        """Read ``--from``.

        Raises
        ------
        InputError
            It is neither a folder nor the address of one.
        """
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
            if not re.match(r"https?://", text, re.IGNORECASE):
                raise InputError(f"--from {shown(text)}: only https addresses are fetched; name a folder by its path")
            if re.search(r"[?#]", text):
                raise InputError(
                    f"--from {shown(text)}: name the address of a folder, without '?' or '#'; a key in an address "
                    "would be seen by others"
                )
            return cls(url=text if text.endswith("/") else text + "/")
        folder = Path(text).expanduser()
        if not folder.is_dir():
            raise InputError(f"--from {folder} is no folder")
        return cls(folder=folder)


@dataclass(frozen=True)
class _Sent:
    """What was sent, before it is a file that counts."""

    url: str
    sha256: str
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None


# --- which lists there are -------------------------------------------------------------------------------------


@cache
def public_lists() -> dict[str, PublicList]:
    """All lists by name, in the order in which they are listed."""
    text = resources.files("loaders.fetch").joinpath("public_lists.csv").read_text("utf-8")
    lists = (_public_list(row) for row in csv.DictReader(io.StringIO(text)))
    return {one.name: one for one in lists}


def _public_list(row: dict[str, str]) -> PublicList:
    return PublicList(
        name=row["name"],
        title=row["title"],
        format=row["format"],
        series=row["series"] or None,
        url=row["url"],
        link=row["link"] or None,
        file=row["file"],
        day=row["day"] or None,
        in_all=row["all"] == "yes",
        content_types=tuple(row["content_types"].split()),
        max_bytes=int(row["max_bytes"]),
        unpacked_bytes=int(row["unpacked_bytes"]) if row["unpacked_bytes"] else None,
        sha256=row["sha256"] or None,
        publisher=row["publisher"],
        licence=row["licence"],
        address_seen=row["address_seen"],
        comment=row["comment"],
    )


def chosen(names: Sequence[str]) -> list[PublicList]:
    """Lists that a user asks for, each once.

    Parameters
    ----------
    names : sequence of str
        Names of lists, or `ALL`.

    Raises
    ------
    UsageError
        There is no list of that name.
    """
    known = public_lists()
    found: dict[str, PublicList] = {}
    for name in names:
        if name == ALL:
            found |= {one.name: one for one in known.values() if one.in_all}
        elif name in known:
            found[name] = known[name]
        else:
            close = difflib.get_close_matches(name, [*known, ALL], n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise UsageError(f"there is no public list {name!r}{hint} (tiertrace fetch --list shows them)")
    return list(found.values())


# --- what is there ---------------------------------------------------------------------------------------------


def folder_of(home: Path, name: str) -> Path:
    """Folder in which the deliveries of a list are kept."""
    return home / "fetched" / name


def latest(home: Path, name: str, *, whole: bool = True) -> Kept | None:
    """The last delivery of a list that was fetched.

    Parameters
    ----------
    home : Path
        The user's home.
    name : str
        Name of the list.
    whole : bool
        Whether to read the file and pass over one that is damaged; else only its size is compared.

    Returns
    -------
    Kept or None
        ``None`` where none was fetched, or none is as it was.
    """
    notes = folder_of(home, name).glob(f"*{_BESIDE}")
    kept = [one for one in map(_read_note, notes) if one is not None]
    for one in sorted(kept, key=lambda k: (k.list_date, k.retrieved_at), reverse=True):
        with suppress(OSError, InputError):
            if one.path.stat().st_size == one.bytes and (not whole or sha256_of(one.path) == one.sha256):
                return one
    return None


def _read_note(note: Path) -> Kept | None:
    try:
        said: dict[str, Any] = json.loads(note.read_text("utf-8"))
        if said.get("unusable"):
            return None
        path = note.with_name(note.name.removesuffix(_BESIDE))
        one = Kept(path=path, **{name: said[name] for name in Kept.__dataclass_fields__ if name != "path"})
        dt.date.fromisoformat(one.list_date)
        dt.datetime.fromisoformat(one.retrieved_at)
        dt.datetime.fromisoformat(one.checked_at)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return one


def set_aside(kept: Kept, why: str) -> None:
    """Note that a file cannot be used: it stays where it is and counts no longer.

    Parameters
    ----------
    kept : Kept
        The file.
    why : str
        What is wrong with it.
    """
    note = kept.path.with_name(kept.path.name + _BESIDE)
    with suppress(OSError, ValueError):
        _write(note, {**json.loads(note.read_text("utf-8")), "unusable": why})


# --- fetching --------------------------------------------------------------------------------------------------


def fetch(
    one: PublicList,
    home: Path,
    mirror: Mirror | None = None,
    *,
    list_date: str | None = None,
    scratch: Path | None = None,
    report: Report = silent,
    patience: Patience | None = None,
) -> Fetched:
    """Fetch one list, if it changed since it was fetched last.

    Parameters
    ----------
    one : PublicList
        The list.
    home : Path
        The user's home.
    mirror : Mirror, optional
        Where to take it from instead of its own address.
    list_date : str, optional
        Day of the mirror's copy, YYYY-MM-DD.
    scratch : Path, optional
        Folder for a new file; then the home is only read and nothing is noted.
    report : callable
        Told of the progress.
    patience : Patience, optional
        How long to wait.

    Raises
    ------
    InputError
        It could not be had or kept, or is not what was expected; what was kept before is as it was.
    """
    folder = scratch or folder_of(home, one.name)
    known = latest(home, one.name)
    now = dt.datetime.now(dt.UTC)
    with _new_file(folder) as (stream, part):
        if mirror is not None and mirror.folder is not None:
            sent: _Sent | None = _copied(one, mirror.folder, stream)
        else:
            # A copy of which the user says the day is kept for that day: "not changed" would leave the earlier one.
            standing = known if list_date is None else None
            sent = _downloaded(one, mirror, standing, stream, _progress(one, report), patience or Patience())
        stream.close()
        if sent is not None and one.sha256 not in (None, sent.sha256):
            raise InputError(
                f"{sent.url}: the checksum is {sent.sha256} and should be {one.sha256}: this is not the file that was "
                "published; it is not kept"
            )
        day, notes = _day(one, sent, mirror, list_date, now)
        if known is not None and (sent is None or (sent.sha256 == known.sent_sha256 and list_date is None)):
            return Fetched(_checked(known, sent, now, write=scratch is None), changed=False)
        assert sent is not None, "an answer that says nothing changed needs something that is known"
        content = _unpacked(one, part) if one.unpacked_bytes else part
        checksum = sha256_of(content)
        path = folder / f"{day}-{checksum[:12]}.{one.ending}"
        same = _same(known, path, checksum, day)
        if same is not None:
            return Fetched(_checked(same, sent, now, write=scratch is None), changed=False)
        kept = Kept(
            path, sent.url, _moment(now), _moment(now), day, checksum, sent.sha256, content.stat().st_size,
            sent.content_type, sent.etag, sent.last_modified,
        )  # fmt: skip
        _settle(content, path)
    if scratch is None:
        _write_note(one, kept)
    return Fetched(kept, changed=True, notes=notes)


def _same(known: Kept | None, path: Path, checksum: str, day: str) -> Kept | None:
    """The delivery that is there already: the last one, or an older one that a mirror still has."""
    if known is None or (checksum, day) == (known.sha256, known.list_date):
        return known
    if day >= known.list_date:  # what came back on the same day is the latest again
        return None
    older = _read_note(path.with_name(path.name + _BESIDE))
    return older if older is not None and path.exists() and sha256_of(path) == older.sha256 == checksum else None


def _moment(now: dt.datetime) -> str:
    return now.isoformat(timespec="milliseconds")


def options_for(one: PublicList, kept: Kept) -> Options:
    """What a loader is told about a file: the day from which it stands, and the list that it is."""
    return Options(list_date=one.day or kept.list_date, series=one.series)


def _progress(one: PublicList, report: Report) -> Callable[[int, int], None]:
    return lambda done, total: report(f"fetch {one.name}", done, total)


def _downloaded(
    one: PublicList,
    mirror: Mirror | None,
    known: Kept | None,
    into: BinaryIO,
    report: Callable[[int, int], None],
    patience: Patience,
) -> _Sent | None:
    types = one.content_types
    if mirror is not None and mirror.url is not None:
        url, types = urljoin(mirror.url, one.file), (*types, *_UNTYPED)
        host = Host(url, own=True, patience=patience)
    else:
        host = Host(one.url, patience=patience)
        url = _linked(one, host) if one.link else one.url
    same = known is not None and known.url == shown(url)
    standing = Known(known.etag, known.last_modified) if known is not None and same else Known()
    answer = download(url, host, Expected(types, one.max_bytes), standing, into, report)
    if answer is None:
        return None
    return _Sent(shown(url), answer.sha256, answer.content_type, answer.etag, answer.last_modified)


def _linked(one: PublicList, host: Host) -> str:
    """Address of the file to which the page of a list leads."""
    page = io.BytesIO()
    download(one.url, host, Expected(_PAGE_TYPES, _MAX_PAGE), Known(), page)
    text = page.getvalue().decode("utf-8", errors="replace")
    links = {html.unescape(link) for link in re.findall(r"""href\s*=\s*["']([^"'<>]+)["']""", text)}
    found = sorted({url for link in links if (url := _led_to(one, link))})
    if len(found) != 1:
        what = ", ".join(map(shown, found)) if found else "to none"
        raise InputError(
            f"{one.url} should lead to one file of the list and leads {what}; take it there with a browser, save it as "
            f"{one.file} in a folder, and name that folder with --from"
        )
    if not host.has(found[0]):
        raise InputError(f"{one.url} leads to {shown(found[0])}, which is another place and is not followed")
    return found[0]


def _led_to(one: PublicList, link: str) -> str | None:
    """Address to which a link leads, if it is one of the list."""
    try:
        url = urljoin(one.url, link)
        return url if re.fullmatch(one.link or "", urlsplit(url).path) else None
    except ValueError:
        return None


def _copied(one: PublicList, folder: Path, into: BinaryIO) -> _Sent:
    """Copy a file of a folder."""
    path = folder / one.file
    if check_file(path) > one.max_bytes:
        raise _too_large(path, one)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += into.write(block)
                if size > one.max_bytes:
                    raise _too_large(path, one)
            written = dt.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, dt.UTC)
    except OSError as error:
        raise InputError(f"{path} could not be copied: {error.strerror}") from error
    if not size:
        raise InputError(f"{path} is empty")
    return _Sent(str(path.absolute()), digest.hexdigest(), last_modified=written.strftime("%a, %d %b %Y %H:%M:%S GMT"))


def _too_large(path: Path, one: PublicList) -> InputError:
    return InputError(f"{path} has more than {one.max_bytes:,} bytes, which this list never has")


def _day(
    one: PublicList, sent: _Sent | None, mirror: Mirror | None, list_date: str | None, now: dt.datetime
) -> tuple[str, tuple[str, ...]]:
    """Day of a delivery, and what to say about it."""
    today = now.date().isoformat()
    if list_date is not None:
        if list_date > today:
            raise InputError(f"--list-date {list_date} is still to come; a copy that is there was retrieved before")
        return list_date, ()
    if mirror is None or sent is None:
        return today, ()
    written = None
    with suppress(ValueError, TypeError, OverflowError):
        written = parsedate_to_datetime(sent.last_modified or "").astimezone(dt.UTC).date().isoformat()
    if written is None:
        note = (
            f"{one.name}: the mirror does not say of which day its copy is, so it stands for today; "
            "if it is older, fetch it again with --list-date"
        )
        return today, (note,)
    return min(written, today), ()


# --- keeping ---------------------------------------------------------------------------------------------------


@contextmanager
def _new_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file that is gone afterwards unless it was renamed, and the folder for it, both for the user alone."""
    part = folder / f"{_PART}{secrets.token_hex(8)}"
    try:
        for level in (folder.parent.parent, folder.parent, folder):
            level.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream:
            yield cast("BinaryIO", stream), part
    except OSError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror or error}") from error
    finally:
        for rest in (part, _beside(part)):
            with suppress(OSError):
                rest.unlink(missing_ok=True)


def _beside(part: Path) -> Path:
    """Where the content of an archive is unpacked to."""
    return part.with_name(f"{part.name}-unpacked")


def _sweep(folder: Path) -> None:
    """Remove what a fetch left that was killed more than a day ago."""
    for rest in folder.glob(f"{_PART}*"):
        with suppress(OSError):
            if time.time() - rest.stat().st_mtime > _DAY:
                rest.unlink()


def _settle(content: Path, path: Path) -> None:
    """Give a file its name, once its bytes are safe."""
    with content.open("rb+") as file:
        os.fsync(file.fileno())
    content.replace(path)


def _unpacked(one: PublicList, archive: Path) -> Path:
    """Unpack the one table of a zip archive into a gzip file, counting its bytes."""
    limit = one.unpacked_bytes or 0
    target = _beside(archive)
    try:
        with zipfile.ZipFile(archive) as packed:
            tables = [entry for entry in packed.infolist() if entry.filename.lower().endswith(".csv")]
            if len(tables) != 1:
                raise InputError(
                    f"{one.name}: the archive holds {len(tables)} CSV files instead of one; it is not kept"
                )
            if tables[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(f"{one.name}: the archive is packed in an unusual way; it is not kept")
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with (
                os.fdopen(handle, "wb") as raw,
                gzip.GzipFile("", "wb", 3, raw, mtime=0) as into,
                packed.open(tables[0]) as table,
            ):
                size = 0
                while block := table.read(_BLOCK):
                    size += len(block)
                    if size > limit:
                        raise InputError(
                            f"{one.name}: the archive unpacks to more than {limit:,} bytes; it is not kept"
                        )
                    into.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{one.name}: what was sent is no zip archive that can be read: {error}") from error
    return target


def _checked(known: Kept, sent: _Sent | None, now: dt.datetime, *, write: bool) -> Kept:
    """Note that a file was seen to be unchanged."""
    said = {"checked_at": _moment(now)}
    if sent is not None and sent.url == known.url:
        said |= {"etag": sent.etag, "last_modified": sent.last_modified}  # type: ignore[dict-item]
    note = known.path.with_name(known.path.name + _BESIDE)
    if write:
        with suppress(OSError, ValueError):  # what counts is there already
            _write(note, {**json.loads(note.read_text("utf-8")), **said})
    return Kept(**{**{name: getattr(known, name) for name in Kept.__dataclass_fields__}, **said})


def _write_note(one: PublicList, kept: Kept) -> None:
    said = {"name": one.name, "title": one.title, "publisher": one.publisher, "licence": one.licence, "page": one.url}
    content = {key: value for key, value in asdict(kept).items() if key != "path"}
    _write(kept.path.with_name(kept.path.name + _BESIDE), {**said, **content})


def _write(path: Path, content: dict[str, Any]) -> None:
    part = path.with_name(f"{_PART}{secrets.token_hex(8)}")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise InputError(f"{path.parent} cannot be written to: {error.strerror or error}") from error
