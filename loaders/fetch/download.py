"""One file from one web address, with nothing taken on trust.

What is asked for is named in a data file or by the user; what answers may be anything. So:

- https only, and only to the host that was named: a redirect may lead to another path of it, three times, and nowhere
  else. The name is looked up once, every address that it has must be a public one, and the connection goes to one of
  the addresses that were checked, under the name that was asked for. A name that changes its address between the check
  and the connection therefore changes nothing.
- A mirror that the user names himself may be on this machine or on a private network, and there it may use plain http.
- The type must be one of those expected, the bytes are counted as they come and cut off at the limit whatever the
  server said of their number, fewer than it promised are an error, and a packed body is refused: none was asked for.
- No cookies, no netrc, no proxies: what the environment says about the web is not used, except for the certificates
  that ``REQUESTS_CA_BUNDLE`` names.
- Messages show addresses without what follows ``?``, which may hold a key.

The library is requests, and urllib3 below it: they check certificates against a named host while connecting to a
given address, give back what has arrived without waiting for more, and notice an answer that ends too early. With
``urllib.request`` all of this would be ours to write.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import logging
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from graph_core.errors import InputError
from graph_core.text import printable

# Its lines for debugging, and its warnings of odd headers, hold whole addresses.
logging.getLogger("urllib3").setLevel(logging.ERROR)

MAX_REDIRECTS = 3
#: Bytes asked for at a time.
_BLOCK = 1 << 18
#: Longest header that is kept.
_MAX_HEADER = 300
_REDIRECTS = (301, 302, 303, 307, 308)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HINT = "download it with a browser into a folder and name that folder with --from"
#: What fails in the network, not in the program.
_FAULTS = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, UnicodeError)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds.

    Attributes
    ----------
    connect, read : float
        For a connection, and for the next bytes.
    whole : float
        For an answer of any size.
    slowest : float
        Bytes a second that a large answer must bring; its size allowed for adds to ``whole``.
    """

    connect: float = 15.0
    read: float = 45.0
    whole: float = 120.0
    slowest: float = 100_000.0

    def deadline(self, max_bytes: int) -> float:
        """Moment, on the monotonic clock, at which an answer must be there."""
        return time.monotonic() + self.whole + max_bytes / self.slowest


@dataclass(frozen=True)
class Expected:
    """What an answer may be.

    Attributes
    ----------
    content_types : tuple of str
        Types, in lower case; empty for any.
    max_bytes : int
        Most bytes.
    """

    content_types: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True)
class Known:
    """What the server said about the bytes that are there already; nothing is sent again where they still stand.

    Attributes
    ----------
    etag, last_modified : str or None
        Its headers.
    """

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Headers that ask for what is newer only."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Answer:
    """What came.

    Attributes
    ----------
    size : int
        Bytes.
    sha256 : str
        Their checksum.
    content_type, etag, last_modified : str or None
        Headers.
    """

    size: int
    sha256: str
    content_type: str | None
    etag: str | None
    last_modified: str | None


def shown(url: str) -> str:
    """An address for a message or a log: without user, password, and what follows ``?`` or ``#``."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return printable(re.split(r"[?#]", url, maxsplit=1)[0])[:_MAX_HEADER]
    bare = f"{parts.scheme}://{host}{parts.path}" if parts.scheme else f"{host}{parts.path}"
    return printable(bare)[:_MAX_HEADER]


# --- where to --------------------------------------------------------------------------------------------------


@dataclass
class Host:
    """The one host that is spoken to, and the addresses of it that were checked.

    Attributes
    ----------
    url : str
        An address on it.
    own : bool
        Whether the user named it himself: then it may be private, and there plain http.
    patience : Patience
        How long to wait.

    Raises
    ------
    InputError
        The address is none that is fetched from, the name has no address, or one that is not public.
    """

    url: str
    own: bool = False
    patience: Patience = field(default_factory=Patience)
    _scheme: str = field(init=False)
    _name: str = field(init=False)
    _port: int = field(init=False)
    _addresses: list[str] = field(init=False)

    def __post_init__(self) -> None:
        parts = _parsed(self.url)
        self._scheme, self._name, self._port = _place(parts)
        if self._scheme != "https" and not self.own:
            raise InputError(f"{shown(self.url)}: lists are fetched over https only")
        if not self.own and self._port != http.client.HTTPS_PORT:
            raise InputError(f"{shown(self.url)}: lists are fetched from the usual port only")
        self._addresses = self._look_up()

    def has(self, url: str) -> bool:
        """Whether an address is on this host, at the same port, and not less safe."""
        scheme, name, port = _place(_parsed(url))
        return (scheme, name, port) == (self._scheme, self._name, self._port)

    def _look_up(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no name of a host"
            raise InputError(
                f"{shown(self.url)}: {self._name} has no address ({reason}); is this machine online? Or {_HINT}"
            ) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        kinds = [kind_of_address(address) for address in addresses]
        for address, kind in zip(addresses, kinds, strict=True):
            if kind != "public" and not (self.own and kind in ("private", "loopback")):
                raise InputError(
                    f"{shown(self.url)}: {self._name} has the {kind} address {printable(address)}, and lists are "
                    "fetched from public ones only; a mirror of your own is named with --from"
                )
        if self._scheme == "http" and "public" in kinds:
            raise InputError(f"{shown(self.url)}: plain http is for a mirror on a private network; use https")
        if not addresses:
            raise InputError(f"{shown(self.url)}: {self._name} has no address")
        return addresses

    def open(self, url: str, headers: dict[str, str]) -> requests.Response:
        """Ask for an address on this host, at one of the checked addresses.

        Raises
        ------
        InputError
            No answer.
        """
        last: BaseException | None = None
        for address in self._addresses:
            try:
                return self._ask(url, address, headers)
            except (requests.ConnectionError, requests.Timeout) as error:
                last = error
                if isinstance(error, requests.exceptions.SSLError) or not _unconnected(error):
                    break
            except _FAULTS as error:
                last = error
                break
        raise InputError(f"{shown(url)}: {_reason(last)}; try again later, or {_HINT}") from None

    def _ask(self, url: str, address: str, headers: dict[str, str]) -> requests.Response:
        parts = urlsplit(url)
        literal = f"[{address}]" if ":" in address else address
        usual = self._port == (http.client.HTTPS_PORT if self._scheme == "https" else http.client.HTTP_PORT)
        target = f"{self._scheme}://{literal}:{self._port}{parts.path or '/'}" + (f"?{parts.query}" * bool(parts.query))
        request = requests.Request("GET", target).prepare()
        request.headers.update(
            {
                "Host": self._host_header(usual=usual),
                "User-Agent": _user_agent(),
                "Accept": "*/*",
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            }
        )
        # Sent without a session: it would read the body of a redirect to its end, however long it is.
        with closing(_ToAddress(self._name)) as adapter:
            timeout = (self.patience.connect, self.patience.read)
            return adapter.send(request, stream=True, timeout=timeout, verify=_certificates())

    def _host_header(self, *, usual: bool) -> str:
        name = f"[{self._name}]" if ":" in self._name else self._name
        return name if usual else f"{name}:{self._port}"


class _ToAddress(HTTPAdapter):
    """Connects to an address, and takes only a certificate of the name that the address belongs to."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        """Make connections under the name."""
        super().init_poolmanager(connections, maxsize, block, server_hostname=self._name, **more)


def _certificates() -> str | bool:
    """Whose certificates are trusted: those that requests brings, or the user's own."""
    named = os.environ.get("REQUESTS_CA_BUNDLE")
    if not named:
        return True
    if not Path(named).exists():
        raise InputError(f"REQUESTS_CA_BUNDLE names {named}, which does not exist; correct or unset it")
    return named


def kind_of_address(text: str) -> str:
    """Tell what an address leads to.

    Parameters
    ----------
    text : str
        An IPv4 or IPv6 address.

    Returns
    -------
    str
        ``public``, ``loopback``, ``private``, ``link-local`` or ``reserved``; of an address that holds another one
        (IPv4 in IPv6), what that one leads to.
    """
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return "reserved"
    inner = _inner(address)
    if inner is not None:
        return kind_of_address(str(inner))
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return "reserved"
    if address.is_global:
        return "public"
    return "private" if address.is_private else "reserved"


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _parsed(url: str) -> SplitResult:
    if re.search(r"[\x00-\x20\x7f\\]", url) or len(url) > 2000:
        raise InputError(f"{shown(url)} is no address: it holds characters that no address has, or is too long")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise InputError(f"{shown(url)} is no address: {error}") from None


def _place(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, name of the host, port."""
    url = parts.geturl()
    if parts.scheme not in ("https", "http"):
        raise InputError(f"{shown(url)}: only https addresses are fetched; a folder is named by its path")
    if "@" in parts.netloc:
        raise InputError(f"{shown(url)}: an address with a user name or password is not used; {_HINT}")
    try:
        port = parts.port
    except ValueError as error:
        raise InputError(f"{shown(url)} is no address: {error}") from None
    name = (parts.hostname or "").rstrip(".")
    if not name:
        raise InputError(f"{shown(url)} is no address: it names no host")
    usual = http.client.HTTPS_PORT if parts.scheme == "https" else http.client.HTTP_PORT
    return parts.scheme, name, port or usual


# --- what comes ------------------------------------------------------------------------------------------------


def download(
    url: str,
    host: Host,
    expected: Expected,
    known: Known,
    into: BinaryIO,
    report: Callable[[int, int], None] | None = None,
) -> Answer | None:
    """Fetch what is at an address.

    Parameters
    ----------
    url : str
        The address, on that host.
    host : Host
        The host.
    expected : Expected
        What it may be.
    known : Known
        What is there already.
    into : BinaryIO
        Where the bytes go; after an error they are worth nothing.
    report : callable, optional
        Told the bytes that came and those that the server promised (0 where it did not).

    Returns
    -------
    Answer or None
        ``None`` where what is known still stands.

    Raises
    ------
    InputError
        It could not be had, or is not what was expected.
    """
    deadline = host.patience.deadline(expected.max_bytes)
    with _followed(url, host, known) as response:
        if response.status_code == http.HTTPStatus.NOT_MODIFIED and known.headers():
            return None
        _check_head(url, response, expected)
        promised = _promised(response)
        digest, size = hashlib.sha256(), 0
        for block in _body(url, response, deadline):
            size += len(block)
            if size > expected.max_bytes:
                raise _too_large(url, expected)
            digest.update(block)
            into.write(block)
            if report is not None:
                report(size, promised or 0)
        if promised is not None and size != promised:
            raise InputError(f"{shown(url)} broke off after {size:,} of {promised:,} bytes; try again later")
        if not size:
            raise InputError(f"{shown(url)} is empty; try again later, or {_HINT}")
        headers = response.headers
        return Answer(
            size,
            digest.hexdigest(),
            _content_type(response) or None,
            _header(headers.get("ETag")),
            _header(headers.get("Last-Modified")),
        )


@contextmanager
def _followed(url: str, host: Host, known: Known) -> Iterator[requests.Response]:
    """The answer after redirects on the same host."""
    at = url
    for _ in range(MAX_REDIRECTS + 1):
        response = host.open(at, known.headers())
        try:
            if response.status_code not in _REDIRECTS:
                yield response
                return
            at = _next(at, response, host)
        finally:
            response.close()
    raise InputError(f"{shown(url)} leads on more than {MAX_REDIRECTS} times, last to {shown(at)}; {_HINT}")


def _next(at: str, response: requests.Response, host: Host) -> str:
    target = response.headers.get("Location")
    if not target:
        raise InputError(f"{shown(at)} leads on without saying where; try again later, or {_HINT}")
    try:
        following = urljoin(at, target)
        same = host.has(following)
    except (InputError, ValueError):
        raise InputError(f"{shown(at)} leads to {shown(target)}, which is not fetched from; {_HINT}") from None
    if not same:
        raise InputError(
            f"{shown(at)} leads to {shown(following)}, which is another place and is not followed; if that is the new "
            f"address of the list, a newer version of tiertrace may know it, or {_HINT}"
        )
    return following


def _check_head(url: str, response: requests.Response, expected: Expected) -> None:
    """Refuse an answer by what stands above its body."""
    status = response.status_code
    if status in (401, 403, 429):
        raise InputError(f"{shown(url)} refuses programs (status {status}); {_HINT}")
    if status in (404, 410):
        raise InputError(
            f"{shown(url)} is not there any more (status {status}); a newer version of tiertrace may know where it "
            f"went, or {_HINT}"
        )
    if status != http.HTTPStatus.OK:
        raise InputError(f"{shown(url)} answers with status {status}; try again later, or {_HINT}")
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        raise InputError(f"{shown(url)} sends it packed ({printable(packed)[:40]}), which was not asked for; {_HINT}")
    found = _content_type(response)
    if expected.content_types and found not in expected.content_types:
        raise InputError(
            f"{shown(url)} answers with {printable(found)[:80] or 'no type'} instead of "
            f"{' or '.join(expected.content_types)}; what is there now is not the list. Look at it in a browser, or "
            f"{_HINT}"
        )
    if (_promised(response) or 0) > expected.max_bytes:
        raise _too_large(url, expected)


def _too_large(url: str, expected: Expected) -> InputError:
    return InputError(
        f"{shown(url)} has more than {expected.max_bytes:,} bytes, which this list never has; look at it in a browser"
    )


def _content_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _promised(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "").strip()
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) and not chunked else None


def _header(value: str | None) -> str | None:
    """A header that may be kept and sent back."""
    if value is None or len(value) > _MAX_HEADER or not value.isprintable() or not value.isascii():
        return None
    return value.strip() or None


def _body(url: str, response: requests.Response, deadline: float) -> Iterator[bytes]:
    """Bytes as they come; a server that drips is cut off, too."""
    while True:
        try:
            block: bytes = response.raw.read1(_BLOCK, decode_content=False)
        except _FAULTS as error:
            raise InputError(f"{shown(url)} broke off: {_reason(error)}; try again later, or {_HINT}") from None
        if not block:
            return
        yield block
        if time.monotonic() > deadline:
            raise InputError(f"{shown(url)} sends too slowly; try again later, or {_HINT}")


# --- why not ---------------------------------------------------------------------------------------------------


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what is inside it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inside = [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
        waiting += [part for part in reversed(inside) if isinstance(part, BaseException)]


def _unconnected(error: BaseException) -> bool:
    """Whether nothing was sent yet, so that another address of the host may be tried."""
    names = {type(cause).__name__ for cause in _causes(error)}
    return bool(names & {"ConnectTimeout", "ConnectTimeoutError", "NewConnectionError"})


def _reason(error: BaseException | None) -> str:
    """Why there is no answer, in words that hold no address."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted ({printable(cause.verify_message)[:120]})"
    names = {type(cause).__name__ for cause in causes}
    if names & {"ConnectTimeout", "ConnectTimeoutError", "ReadTimeout", "ReadTimeoutError", "TimeoutError"}:
        return "no answer in time"
    if names & {"IncompleteRead"}:
        return "fewer bytes came than were promised"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no safe connection could be made"
    for cause in causes:
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException) and cause.strerror:
            return printable(cause.strerror)[:120]
    return "no answer that could be read"


def _user_agent() -> str:
    try:
        return f"tiertrace/{version('tiertrace')}"
    except PackageNotFoundError:
        return "tiertrace"
