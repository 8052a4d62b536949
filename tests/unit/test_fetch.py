"""Fetching public lists: what is taken, what is refused, and what is kept; all from servers of this machine."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import io
import json
import logging
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from graph_core.errors import InputError, UsageError
from graph_core.settings import Settings
from loaders import registry
from loaders.fetch import lists as fetching
from loaders.fetch.download import Expected, Host, Known, Patience, download, kind_of_address, shown
from loaders.fetch.lists import Fetched, Mirror, PublicList, chosen, latest, options_for, public_lists
from loaders.files.opening import sha256
from tests.commands import Commands

DATA = Path(__file__).parents[2].parent / "shared" / "data"
PAGE = (
    b"<html><body><h2>Section 2(d)(2)(B)(i)</h2><table><tr><th>Name of Entity</th><th>Effective Date</th></tr>"
    b"<tr><td>Velmora Cotton Co., Ltd.</td><td>June 21, 2022</td></tr></table></body></html>"
)
OTHER = PAGE.replace(b"Velmora", b"Ostrevan")
UFLPA = public_lists()["uflpa"]
TODAY = dt.datetime.now(dt.UTC).date().isoformat()
QUICK = Patience(connect=5, read=5, whole=20, slowest=1e12)
SECRET = "k3y-that-nobody-may-see"


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"the real data set {'/'.join(parts)} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


# --- a server that does as it is told


Answer = Callable[[BaseHTTPRequestHandler], None]


def says(
    body: bytes, content_type: str | None = "text/html", status: int = 200, length: int | None = -1, **headers: str
) -> Answer:
    """An answer; a length of None sends none, -1 the true one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if content_type is not None:
            request.send_header("Content-Type", content_type)
        if length is not None:
            request.send_header("Content-Length", str(len(body) if length == -1 else length))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        with contextlib.suppress(OSError):
            request.wfile.write(body)

    return answer


def leads_to(where: str, status: int = 302) -> Answer:
    return says(b"moved", status=status, Location=where)


def versioned(body: bytes, etag: str, modified: str) -> Answer:
    """An answer that is sent once a version."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        same = request.headers["If-None-Match"] == etag or request.headers["If-Modified-Since"] == modified
        says(b"" if same else body, status=304 if same else 200, ETag=etag, Last_Modified=modified)(request)

    return answer


@dataclass
class Site:
    """A web server of this machine."""

    server: ThreadingHTTPServer
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    scheme: str = "http"

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    @property
    def mirror(self) -> Mirror:
        return Mirror.parse(self.url)


def serving(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            own.asked.append((self.path, dict(self.headers)))
            own.answers.get(self.path, says(b"not here", status=404))(self)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            pass  # a client that hangs up is what is tested

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    own = Site(server, scheme="http" if context is None else "https")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield own
    finally:
        own.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serving()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def take(
    site: Site, home: Path, one: PublicList = UFLPA, patience: Patience = QUICK, list_date: str | None = None
) -> Fetched:
    return fetching.fetch(one, home, site.mirror, patience=patience, list_date=list_date)


def refused(site: Site, home: Path, one: PublicList = UFLPA, patience: Patience = QUICK) -> str:
    """The message of a fetch that must fail, after which nothing counts and no part is left."""
    with pytest.raises(InputError) as caught:
        take(site, home, one, patience)
    assert latest(home, one.name) is None
    assert list(home.rglob("*.*")) == []
    return str(caught.value)


def addresses(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """Give names ending in .test these addresses, in turn where they are asked for again; tells who was asked for."""
    asked: list[str] = []
    true = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if not str(host).endswith(".test"):
            return true(host, port, *args, **kwargs)
        asked.append(str(host))
        families = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in found]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(families, found, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


# --- what is taken


def test_a_list_is_kept_with_what_is_known_of_it(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = versioned(PAGE, '"v1"', "Thu, 09 Jul 2026 10:00:00 GMT")
    done = take(site, home)
    assert done.changed
    kept = done.kept
    assert kept.path == home / "fetched" / "uflpa" / f"2026-07-09-{sha256(PAGE)[:12]}.html"
    assert kept.path.read_bytes() == PAGE
    note = json.loads(kept.path.with_name(kept.path.name + ".source.json").read_text())
    assert note == {
        "name": "uflpa",
        "title": "UFLPA Entity List",
        "publisher": UFLPA.publisher,
        "licence": UFLPA.licence,
        "page": "https://www.dhs.gov/uflpa-entity-list",
        "url": site.url + "uflpa.html",
        "retrieved_at": kept.retrieved_at,
        "checked_at": kept.retrieved_at,
        "list_date": "2026-07-09",
        "sha256": sha256(PAGE),
        "sent_sha256": sha256(PAGE),
        "bytes": len(PAGE),
        "content_type": "text/html",
        "etag": '"v1"',
        "last_modified": "Thu, 09 Jul 2026 10:00:00 GMT",
    }
    retrieved = dt.datetime.fromisoformat(kept.retrieved_at)
    assert retrieved.utcoffset() == dt.timedelta(0)
    assert abs(retrieved - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert latest(home, "uflpa") == kept


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
def test_what_is_kept_is_for_its_user_alone(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE)
    before = os.umask(0)
    try:
        path = take(site, home).kept.path
    finally:
        os.umask(before)
    modes = {entry: stat.S_IMODE(entry.stat().st_mode) for entry in [home, *home.rglob("*")]}
    assert {mode for entry, mode in modes.items() if entry.is_dir()} == {0o700}
    assert {mode for entry, mode in modes.items() if entry.is_file()} == {0o600}
    assert path in modes


def test_what_is_asked_for_is_plain_and_says_who_asks(
    site: Site, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.answers["/uflpa.html"] = says(PAGE, Set_Cookie="a=b")
    take(site, home)
    take(site, home)
    for path, headers in site.asked:
        assert path == "/uflpa.html"
        assert headers["Accept-Encoding"] == "identity"
        assert headers["User-Agent"].startswith("tiertrace")
        assert headers["Host"] == f"127.0.0.1:{site.port}"
        assert not {"Authorization", "Cookie", "Referer"} & set(headers)


def test_nothing_is_sent_again_while_the_server_says_it_stands(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = versioned(PAGE, '"v1"', "Thu, 09 Jul 2026 10:00:00 GMT")
    first = take(site, home).kept
    mtime = first.path.stat().st_mtime_ns
    again = take(site, home)
    assert not again.changed
    assert again.kept == replace(first, checked_at=again.kept.checked_at)
    assert first.path.stat().st_mtime_ns == mtime
    assert "If-None-Match" not in site.asked[0][1]
    assert site.asked[1][1]["If-None-Match"] == '"v1"'
    assert site.asked[1][1]["If-Modified-Since"] == "Thu, 09 Jul 2026 10:00:00 GMT"
    assert latest(home, "uflpa") == again.kept


def test_the_same_bytes_again_are_no_change(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE, ETag='"a"')
    first = take(site, home).kept
    site.answers["/uflpa.html"] = says(PAGE, ETag='"b"')
    again = take(site, home)
    assert not again.changed
    assert (again.kept.path, again.kept.retrieved_at) == (first.path, first.retrieved_at)
    assert again.kept.etag == '"b"'
    assert len(list(first.path.parent.iterdir())) == 2


def test_a_change_and_a_change_back_are_deliveries(site: Site, home: Path) -> None:
    bodies = [PAGE, OTHER, PAGE]
    kept = []
    for body in bodies:
        site.answers["/uflpa.html"] = says(body)
        done = take(site, home)
        assert done.changed
        kept.append(done.kept)
        assert latest(home, "uflpa").sha256 == sha256(body)  # type: ignore[union-attr]
    assert [one.path.name for one in kept] == [f"{TODAY}-{sha256(body)[:12]}.html" for body in bodies]


def test_a_version_of_another_place_is_not_asked_for_here(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = versioned(PAGE, '"v1"', "Thu, 09 Jul 2026 10:00:00 GMT")
    site.answers["/b/uflpa.html"] = versioned(OTHER, '"v1"', "Fri, 10 Jul 2026 10:00:00 GMT")
    take(site, home)
    done = fetching.fetch(UFLPA, home, Mirror.parse(site.url + "b"), patience=QUICK)
    assert done.changed
    assert "If-None-Match" not in site.asked[-1][1]


def test_a_file_that_was_damaged_is_fetched_again(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = versioned(PAGE, '"v1"', "Thu, 09 Jul 2026 10:00:00 GMT")
    path = take(site, home).kept.path
    path.write_bytes(PAGE[:-1] + b" ")
    assert latest(home, "uflpa") is None
    assert take(site, home).changed
    assert path.read_bytes() == PAGE


def test_a_dry_fetch_leaves_the_home_alone(site: Site, home: Path, tmp_path: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE)
    done = fetching.fetch(UFLPA, home, site.mirror, scratch=tmp_path / "scratch" / "uflpa", patience=QUICK)
    assert done.changed
    assert done.kept.path.read_bytes() == PAGE
    assert not home.exists()
    kept = take(site, home).kept
    note = kept.path.with_name(kept.path.name + ".source.json").read_bytes()
    assert not fetching.fetch(UFLPA, home, site.mirror, scratch=tmp_path / "scratch" / "2", patience=QUICK).changed
    assert kept.path.with_name(kept.path.name + ".source.json").read_bytes() == note


def test_redirects_on_the_same_host_are_followed_three_times(site: Site, home: Path) -> None:
    site.answers |= {
        "/uflpa.html": leads_to("/one", 301),
        "/one": leads_to(f"{site.url}two?version=1", 302),
        "/two?version=1": leads_to("three", 307),
        "/three": says(PAGE),
    }
    done = take(site, home)
    assert done.changed
    assert [path for path, _ in site.asked] == ["/uflpa.html", "/one", "/two?version=1", "/three"]
    assert done.kept.url == site.url + "uflpa.html"


# --- what is refused


def test_a_fourth_redirect_is_not_followed(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = leads_to(f"/uflpa.html?key={SECRET}")
    site.answers[f"/uflpa.html?key={SECRET}"] = leads_to("/uflpa.html")
    message = refused(site, home)
    assert "more than 3 times" in message
    assert SECRET not in message
    assert len(site.asked) == 4


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("https://elsewhere.test/uflpa.html", "https://elsewhere.test/uflpa.html"),
        ("http://10.0.0.7/uflpa.html", "http://10.0.0.7/uflpa.html"),
        ("//169.254.169.254/latest/meta-data", "169.254.169.254/latest/meta-data"),
        ("http://localhost:{port}/uflpa.html", "http://localhost"),
        ("http://127.0.0.1:1/uflpa.html", "http://127.0.0.1:1/uflpa.html"),
        ("https://127.0.0.1:{port}/uflpa.html", "https://127.0.0.1"),
        ("http://127.0.0.1:{port}@elsewhere.test/x", "elsewhere.test/x"),
        ("http://elsewhere.test\\@127.0.0.1:{port}/x", "leads to"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("ftp://127.0.0.1/x", "ftp://127.0.0.1/x"),
        ("javascript:alert(1)", "alert(1)"),
        ("http://[::1", "leads to"),
    ],
)
def test_a_redirect_to_another_place_is_not_followed(site: Site, home: Path, target: str, named: str) -> None:
    site.answers["/uflpa.html"] = leads_to(target.format(port=site.port) + f"?key={SECRET}")
    message = refused(site, home)
    assert named in message
    assert f"{site.url}uflpa.html leads to" in message
    assert SECRET not in message
    assert len(site.asked) == 1


def test_the_body_of_a_redirect_is_not_read(site: Site, home: Path) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", "/there")
        request.send_header("Content-Length", str(1 << 60))
        request.end_headers()
        with contextlib.suppress(OSError):
            while not site.ended.is_set():
                request.wfile.write(b"x" * 65536)

    site.answers |= {"/uflpa.html": endless, "/there": says(PAGE)}
    assert take(site, home).changed


def test_a_redirect_to_nowhere(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(b"", status=302)
    assert "without saying where" in refused(site, home)


@pytest.mark.parametrize("content_type", ["application/json", "text/htmlx", "image/png; text/html"])
def test_another_type_is_refused(site: Site, home: Path, content_type: str) -> None:
    site.answers["/uflpa.html"] = says(PAGE, content_type)
    message = refused(site, home)
    assert content_type.partition(";")[0] in message
    assert "text/html" in message


def test_a_mirror_need_not_know_types_but_a_publisher_must(site: Site, home: Path) -> None:
    csv = replace(UFLPA, content_types=("text/csv",))
    site.answers["/uflpa.html"] = says(PAGE, None)
    assert take(site, home, csv).changed
    host = Host(site.url, own=True, patience=QUICK)
    with pytest.raises(InputError, match="answers with no type instead of text/csv"):
        download(site.url + "uflpa.html", host, Expected(("text/csv",), 10_000), Known(), io.BytesIO())


def test_too_much_is_refused_before_it_comes(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(b"", length=UFLPA.max_bytes + 1)
    assert f"more than {UFLPA.max_bytes:,} bytes" in refused(site, home)


@pytest.mark.parametrize("chunked", [True, False])
def test_too_much_is_cut_off_where_no_length_is_told(site: Site, home: Path, chunked: bool) -> None:
    sent = [0]

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        if chunked:
            request.send_header("Transfer-Encoding", "chunked")
            request.send_header("Content-Length", "10")  # a lie that does not count
        request.end_headers()
        block = b"x" * 65536
        with contextlib.suppress(OSError):
            while not site.ended.is_set():
                request.wfile.write(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
                sent[0] += len(block)

    site.answers["/uflpa.html"] = endless
    assert "more than 300,000 bytes" in refused(site, home, replace(UFLPA, max_bytes=300_000))
    assert sent[0] < 50_000_000


def test_a_length_that_is_none_and_a_body_beyond_its_length(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE, length=None, Content_Length="many")
    assert take(site, home).changed
    site.answers["/uflpa.html"] = says(OTHER + b"more", length=len(OTHER))
    assert take(site, home).kept.path.read_bytes() == OTHER


@pytest.mark.parametrize("chunked", [True, False])
def test_fewer_bytes_than_promised_are_no_list(site: Site, home: Path, chunked: bool) -> None:
    if chunked:
        site.answers["/uflpa.html"] = says(b"400\r\n" + PAGE, length=None, Transfer_Encoding="chunked")
    else:
        site.answers["/uflpa.html"] = says(PAGE, length=len(PAGE) + 10)
    assert "broke off" in refused(site, home)


def test_an_empty_answer_is_no_list(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(b"")
    assert "is empty" in refused(site, home)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP, identity"])
def test_a_packed_body_is_refused(site: Site, home: Path, encoding: str) -> None:
    site.answers["/uflpa.html"] = says(gzip.compress(bytes(10_000_000)), Content_Encoding=encoding)
    assert "packed" in refused(site, home)


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "not there any more"), (410, "not there any more"), (403, "refuses programs"), (429, "refuses programs"),
     (500, "status 500"), (503, "status 503"), (204, "status 204"), (206, "status 206"), (304, "status 304"),
     (300, "status 300"), (401, "refuses programs")],
)  # fmt: skip
def test_any_other_answer_says_what_to_do(site: Site, home: Path, status: int, said: str) -> None:
    site.answers["/uflpa.html"] = says(b"" if status in (204, 304) else PAGE, status=status)
    message = refused(site, home)
    assert said in message
    assert f"{site.url}uflpa.html" in message
    assert "--from" in message


def test_a_server_that_says_nothing(site: Site, home: Path) -> None:
    def wait(_: BaseHTTPRequestHandler) -> None:
        site.ended.wait(20)

    site.answers["/uflpa.html"] = wait
    began = time.monotonic()
    assert "no answer in time" in refused(site, home, patience=replace(QUICK, read=0.3))
    assert time.monotonic() - began < 10


def test_a_server_that_drips(site: Site, home: Path) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        says(b"", length=10_000)(request)
        with contextlib.suppress(OSError):
            while not site.ended.wait(0.05):
                request.wfile.write(b"x")

    site.answers["/uflpa.html"] = drip
    began = time.monotonic()
    assert "too slowly" in refused(site, home, patience=replace(QUICK, whole=0.5))
    assert time.monotonic() - began < 10


def test_a_server_that_stops_in_the_middle(site: Site, home: Path) -> None:
    def stop(request: BaseHTTPRequestHandler) -> None:
        says(b"begin", length=10_000)(request)
        site.ended.wait(20)

    site.answers["/uflpa.html"] = stop
    assert "no answer in time" in refused(site, home, patience=replace(QUICK, read=0.3))


def test_what_is_no_web_server(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def chatter() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"\x00\xff hello\r\n\r\n")

        thread = threading.Thread(target=chatter, daemon=True)
        thread.start()
        with pytest.raises(InputError, match=r"no answer that could be read|broke off|answers"):
            fetching.fetch(UFLPA, home, Mirror.parse(f"http://127.0.0.1:{port}"), patience=QUICK)
        thread.join(10)
    with pytest.raises(InputError, match=r"[Rr]efused"):
        fetching.fetch(UFLPA, home, Mirror.parse(f"http://127.0.0.1:{port}"), patience=QUICK)


def test_headers_that_no_one_should_keep(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE, ETag='"' + "x" * 5_000 + '"', Last_Modified="gestern früh")
    done = take(site, home)
    assert (done.kept.etag, done.kept.last_modified) == (None, None)
    assert done.kept.list_date == TODAY
    assert "does not say of which day" in done.notes[0]


# --- where to


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.216.34", "public"), ("2606:2800:220:1:248:1893:25c8:1946", "public"), ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"), ("::1", "loopback"), ("10.1.2.3", "private"), ("192.168.0.1", "private"),
        ("172.16.5.4", "private"), ("fd00::1", "private"), ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"), ("fe80::1%eth0", "link-local"), ("0.0.0.0", "reserved"), ("::", "reserved"),
        ("224.0.0.1", "reserved"), ("ff02::1", "reserved"), ("240.0.0.1", "reserved"), ("100.64.0.1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"), ("::ffff:169.254.169.254", "link-local"), ("::ffff:8.8.8.8", "public"),
        ("64:ff9b::7f00:1", "loopback"), ("64:ff9b::a00:1", "private"), ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::", "link-local"), ("2001:db8::1", "private"), ("nonsense", "reserved"),
    ],
)  # fmt: skip
def test_where_an_address_leads(address: str, kind: str) -> None:
    assert kind_of_address(address) == kind


@pytest.mark.parametrize("bad", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "0.0.0.0"])
def test_every_address_of_a_name_must_be_public(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    addresses(monkeypatch, "93.184.216.34", bad)
    with pytest.raises(InputError, match="public ones only") as caught:
        Host("https://lists.test/a?key=" + SECRET)
    assert bad in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("bad", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:169.254.1.1"])
def test_a_mirror_may_be_private_but_not_anything(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    addresses(monkeypatch, "10.0.0.1", "127.0.0.1")
    Host("http://mirror.test/", own=True)
    addresses(monkeypatch, "10.0.0.1", bad)
    with pytest.raises(InputError, match="public ones only"):
        Host("http://mirror.test/", own=True)


def test_plain_http_is_for_private_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses(monkeypatch, "93.184.216.34")
    Host("https://mirror.test:8443/", own=True)
    with pytest.raises(InputError, match="use https"):
        Host("http://mirror.test/", own=True)
    with pytest.raises(InputError, match="https only"):
        Host("http://lists.test/")
    with pytest.raises(InputError, match="usual port"):
        Host("https://lists.test:8443/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://lists.test/x", "https:///x", "https://", "lists.test/x", "/etc/passwd",
        "https://me:" + SECRET + "@lists.test/x", "https://lists.test:99999/x", "https://lists.test:x/", "https://[::1/",
        "https://lists.test/a b", "https://lists.test/\r\nHost: x", "https://lists.test\\@10.0.0.1/", "gopher://x.test/",
        "https://lists.test/" + "a" * 3_000, "data:text/html,x", "",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_list(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    addresses(monkeypatch, "93.184.216.34")
    with pytest.raises(InputError) as caught:
        Host(url)
    assert SECRET not in str(caught.value)
    assert "\r" not in str(caught.value)


def test_a_name_without_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(InputError, match=r"lists\.test has no address .*online.*--from"):
        Host("https://lists.test/")


def test_the_connection_goes_to_the_address_that_was_checked(
    site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = addresses(monkeypatch, "127.0.0.1")
    site.answers |= {"/uflpa.html": leads_to("/there"), "/there": says(PAGE)}
    mirror = Mirror.parse(f"http://mirror.test:{site.port}")
    assert fetching.fetch(UFLPA, home, mirror, patience=QUICK).changed
    assert asked == ["mirror.test"], "a second look-up could give another address"
    assert {headers["Host"] for _, headers in site.asked} == {f"mirror.test:{site.port}"}


def test_a_further_address_is_tried_where_the_first_does_not_answer(
    site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses(monkeypatch, "::1", "127.0.0.1")  # the server listens on the second one only
    site.answers["/uflpa.html"] = says(PAGE)
    assert fetching.fetch(UFLPA, home, Mirror.parse(f"http://mirror.test:{site.port}"), patience=QUICK).changed


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def test_a_certificate_must_be_trusted_and_of_the_name_that_was_asked_for(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certificate(tmp_path, "lists.test")
    addresses(monkeypatch, "127.0.0.1")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    for site in serving(context):
        site.answers["/uflpa.html"] = says(PAGE)
        right, wrong = (Mirror.parse(f"https://{name}.test:{site.port}") for name in ("lists", "other"))
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        with pytest.raises(InputError, match="certificate is not accepted"):
            fetching.fetch(UFLPA, home, right, patience=QUICK)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
        with pytest.raises(InputError, match="certificate is not accepted"):
            fetching.fetch(UFLPA, home, wrong, patience=QUICK)
        assert site.asked == []
        assert fetching.fetch(UFLPA, home, right, patience=QUICK).changed
        assert names == ["lists.test", "other.test", "lists.test"]
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
        with pytest.raises(InputError, match="REQUESTS_CA_BUNDLE"):
            fetching.fetch(UFLPA, home, right, patience=QUICK)


def test_no_message_and_no_log_holds_a_key(site: Site, home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    host = Host(site.url, own=True, patience=QUICK)
    url = f"{site.url}list?key={SECRET}#{SECRET}"
    for answer in (
        says(b"", status=500),
        says(b"x", "text/x"),
        says(b"x", length=99),
        leads_to(f"https://b.test/?{SECRET}"),
    ):
        site.answers[f"/list?key={SECRET}"] = answer
        with pytest.raises(InputError) as caught:
            download(url, host, Expected(("text/html",), 1_000), Known(), io.BytesIO())
        assert SECRET not in str(caught.value)
    assert len(site.asked) == 4

    def odd(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nno header at all\r\nX: y\r\n\r\nbody")

    site.answers[f"/list?key={SECRET}"] = odd
    with contextlib.suppress(InputError):
        download(url, host, Expected((), 1_000), Known(), io.BytesIO())
    assert len(site.asked) == 5
    assert SECRET not in caplog.text
    assert shown(f"https://me:{SECRET}@h.test/a?{SECRET}#{SECRET}") == "https://h.test/a"
    assert shown(f"https://[bad/a?{SECRET}") == "https://[bad/a"
    assert "\x1b" not in shown("https://h.test/\x1b[2J")


# --- mirrors


def in_folder(folder: Path, body: bytes = PAGE, day: str | None = None) -> Mirror:
    folder.mkdir(exist_ok=True)
    (folder / "uflpa.html").write_bytes(body)
    if day is not None:
        moment = dt.datetime.fromisoformat(day).replace(hour=12, tzinfo=dt.UTC).timestamp()
        os.utime(folder / "uflpa.html", (moment, moment))
    return Mirror.parse(str(folder))


def test_a_copy_in_a_folder_is_of_the_day_on_which_it_was_written(tmp_path: Path, home: Path) -> None:
    done = fetching.fetch(UFLPA, home, in_folder(tmp_path / "mirror", day="2026-07-09"))
    assert done.changed
    assert done.kept.list_date == "2026-07-09"
    assert done.kept.url == str(tmp_path / "mirror" / "uflpa.html")
    assert done.kept.retrieved_at.startswith(TODAY)
    assert not fetching.fetch(UFLPA, home, Mirror.parse(str(tmp_path / "mirror"))).changed
    assert options_for(UFLPA, done.kept).list_date == "2026-07-09"


def test_an_older_copy_never_passes_for_the_latest(tmp_path: Path, home: Path) -> None:
    new = fetching.fetch(UFLPA, home, in_folder(tmp_path / "new", OTHER, "2026-07-09")).kept
    old = fetching.fetch(UFLPA, home, in_folder(tmp_path / "old", PAGE, "2025-01-14"))
    assert old.changed
    assert old.kept.list_date == "2025-01-14"
    assert latest(home, "uflpa") == new
    assert not fetching.fetch(UFLPA, home, in_folder(tmp_path / "old", PAGE, "2025-01-14")).changed


def test_the_user_says_of_which_day_a_copy_is(tmp_path: Path, home: Path) -> None:
    mirror = in_folder(tmp_path / "mirror")
    assert fetching.fetch(UFLPA, home, mirror).kept.list_date == TODAY
    done = fetching.fetch(UFLPA, home, mirror, list_date="2024-02-29")
    assert done.changed
    assert done.kept.path.name.startswith("2024-02-29-")
    assert not fetching.fetch(UFLPA, home, mirror, list_date="2024-02-29").changed
    with pytest.raises(InputError, match="still to come"):
        fetching.fetch(UFLPA, home, mirror, list_date="2999-01-01")


def test_the_day_that_the_user_says_counts_though_the_mirror_says_that_nothing_changed(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = versioned(PAGE, '"1"', "Thu, 09 Jul 2026 12:00:00 GMT")
    first = take(site, home).kept
    assert first.list_date == "2026-07-09"
    assert not take(site, home).changed, "the mirror answers with 304"
    done = take(site, home, list_date="2026-07-10")
    assert done.changed
    assert done.kept.list_date == "2026-07-10"
    assert done.kept.sha256 == first.sha256
    assert latest(home, "uflpa") == done.kept
    assert not take(site, home, list_date="2026-07-10").changed


def test_a_copy_from_the_future_is_of_today(tmp_path: Path, home: Path) -> None:
    assert fetching.fetch(UFLPA, home, in_folder(tmp_path / "mirror", day="2999-01-01")).kept.list_date == TODAY


def test_folders_that_do_not_do(tmp_path: Path, home: Path) -> None:
    mirror = in_folder(tmp_path / "mirror", b"")
    with pytest.raises(InputError, match="is empty"):
        fetching.fetch(UFLPA, home, mirror)
    with pytest.raises(InputError, match="does not exist"):
        fetching.fetch(public_lists()["cbp-orders"], home, mirror)
    (tmp_path / "mirror" / "uflpa.html").write_bytes(bytes(101))
    with pytest.raises(InputError, match="more than 100 bytes"):
        fetching.fetch(replace(UFLPA, max_bytes=100), home, mirror)
    (tmp_path / "mirror" / "uflpa.html").unlink()
    (tmp_path / "mirror" / "uflpa.html").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        fetching.fetch(UFLPA, home, mirror)
    assert latest(home, "uflpa") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file:///etc", "only https"), ("ftp://h.test/", "only https"), ("s3://bucket", "only https"),
        ("https://h.test/?key=" + SECRET, "without '?'"), ("https://h.test/#" + SECRET, "without '?'"),
        ("/nowhere/at/all", "no folder"), ("", "no folder"),
    ],
)  # fmt: skip
def test_what_is_no_mirror(text: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    if text == "":
        assert Mirror.parse(text).folder == Path()
        return
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        Mirror.parse(text)
    assert SECRET not in str(caught.value)


def test_a_mirror_with_a_password_in_its_address(home: Path) -> None:
    with pytest.raises(InputError, match="user name or password") as caught:
        fetching.fetch(UFLPA, home, Mirror.parse(f"http://me:{SECRET}@127.0.0.1/"), patience=QUICK)
    assert SECRET not in str(caught.value)


# --- pages that lead to a list, archives, fixed editions

CBP = public_lists()["cbp-orders"]
ORDERS = b"Effective Date,Country,Entity\n"


def at_the_publisher(monkeypatch: pytest.MonkeyPatch, site: Site, one: PublicList) -> PublicList:
    """A list whose own address is on a server of this machine."""

    def host(url: str, patience: Patience) -> Host:
        return Host(url, own=True, patience=patience)

    monkeypatch.setattr(fetching, "Host", host)
    return replace(one, url=site.url + one.url.split("/", 3)[3])


def test_a_page_leads_to_the_list(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at_the_publisher(monkeypatch, site, CBP)
    first, second = (
        f"/sites/default/files/2026-06/withhold-release-orders-findings-fy26-2026-{day}.csv"
        for day in ("06-23", "09-29")
    )
    page = (
        '<a href="/about.html">x</a> <a class=y href="{0}">CSV</a> <a href=\'{0}\'>again</a> <a href="http://[">bad</a>'
    )
    site.answers |= {
        "/document/stats/withhold-release-orders-findings": says(page.format(first).encode()),
        first: versioned(ORDERS, '"v1"', "Tue, 23 Jun 2026 10:00:00 GMT"),
        second: versioned(ORDERS + b"x", '"v1"', "Tue, 29 Sep 2026 10:00:00 GMT"),
    }
    one = replace(one, content_types=("text/html",))
    done = fetching.fetch(one, home, patience=QUICK)
    assert done.changed
    assert done.kept.url == site.url.rstrip("/") + first
    assert done.kept.list_date == TODAY, "the day of a publisher's own file is that of its retrieval"
    assert not fetching.fetch(one, home, patience=QUICK).changed
    assert site.asked[-1][1]["If-None-Match"] == '"v1"'
    site.answers["/document/stats/withhold-release-orders-findings"] = says(page.format(second).encode())
    assert fetching.fetch(one, home, patience=QUICK).changed


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>nothing</p>", "leads to none"),
        ("<a href='/sites/default/files/a-withhold-release-orders-findings.csv'>1</a>"
         "<a href='/sites/default/files/b-withhold-release-orders-findings.csv?key=" + SECRET + "'>2</a>",
         "b-withhold-release-orders-findings.csv;"),
        ("<a href='https://evil.test/sites/default/files/withhold-release-orders-findings.csv'>1</a>", "another place"),
        ("<a href='/sites/default/files/../../../withhold-release-orders-findings.csv.exe'>1</a>", "leads to none"),
    ],
)  # fmt: skip
def test_a_page_that_does_not_lead_to_one_file(
    site: Site, home: Path, monkeypatch: pytest.MonkeyPatch, page: str, said: str
) -> None:
    one = at_the_publisher(monkeypatch, site, CBP)
    site.answers["/document/stats/withhold-release-orders-findings"] = says(page.encode())
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        fetching.fetch(one, home, patience=QUICK)
    assert SECRET not in str(caught.value)
    assert len(site.asked) == 1
    assert latest(home, one.name) is None


GLEIF = public_lists()["gleif-level-2"]
TABLE = b"Relationship.StartNode.NodeID,Relationship.EndNode.NodeID\n" * 50


def archive(*tables: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as packed:
        for name, content in tables:
            packed.writestr(name, content)
    return stream.getvalue()


def test_an_archive_is_unpacked_to_a_table(site: Site, home: Path) -> None:
    sent = archive(("20260930-rr.csv", TABLE), ("readme.txt", b"x"))
    site.answers["/gleif-level-2.csv.zip"] = says(sent, "application/zip")
    kept = take(site, home, GLEIF).kept
    assert kept.path.name == f"{TODAY}-{kept.sha256[:12]}.csv.gz"
    assert gzip.decompress(kept.path.read_bytes()) == TABLE
    assert (kept.sha256, kept.sent_sha256) == (sha256(kept.path.read_bytes()), sha256(sent))
    assert not take(site, home, GLEIF).changed
    site.answers["/gleif-level-2.csv.zip"] = says(archive(("20261001-rr.csv", TABLE)), "application/zip")
    assert not take(site, home, GLEIF).changed, "the same table in another archive"
    assert len(list(kept.path.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (archive(("a.csv", bytes(3_000_000))), "unpacks to more than 2,000,000 bytes"),
        (archive(("a.csv", TABLE), ("b.csv", TABLE)), "holds 2 CSV files"),
        (archive(("a.txt", TABLE)), "holds 0 CSV files"),
        (archive(("a.csv", TABLE), how=zipfile.ZIP_BZIP2), "packed in an unusual way"),
        (archive(("a.csv", TABLE), how=zipfile.ZIP_LZMA), "packed in an unusual way"),
        (archive(("a.csv", TABLE))[:-30], "no zip archive"),
        (archive(("a.csv", TABLE), how=zipfile.ZIP_STORED).replace(b"Relation", b"relation", 1), "no zip archive"),
        (b"<html>please wait</html>", "no zip archive"),
    ],
)  # fmt: skip
def test_archives_that_are_refused(site: Site, home: Path, sent: bytes, said: str) -> None:
    site.answers["/gleif-level-2.csv.zip"] = says(sent, "application/zip")
    assert said in refused(site, home, replace(GLEIF, unpacked_bytes=2_000_000))


def test_a_fixed_edition_must_be_the_one_that_was_published(site: Site, home: Path) -> None:
    one = replace(public_lists()["dol-goods"], sha256=sha256(b"<Goods/>"))
    site.answers["/dol-goods.xml"] = says(b"<Goods/>", "text/xml")
    kept = take(site, home, one).kept
    assert options_for(one, kept).list_date == "2022-09-28", "it stands from its publication, not from today"
    site.answers["/dol-goods.xml"] = says(b"<Goods> </Goods>", "text/xml")
    with pytest.raises(InputError, match=r"the checksum is .* and should be"):
        take(site, home, one)
    assert latest(home, one.name) == kept


# --- what is kept


def test_what_broke_off_never_counts_and_is_swept_away(site: Site, home: Path) -> None:
    folder = home / "fetched" / "uflpa"
    folder.mkdir(parents=True)
    (folder / ".part-old").write_bytes(b"x")
    (folder / ".part-new").write_bytes(b"x")
    (folder / f"{TODAY}-0123456789ab.html").write_bytes(PAGE)  # renamed, but killed before its note was written
    two_days_ago = time.time() - 2 * 86400
    os.utime(folder / ".part-old", (two_days_ago, two_days_ago))
    assert latest(home, "uflpa") is None
    site.answers["/uflpa.html"] = says(PAGE)
    assert take(site, home).changed
    assert not (folder / ".part-old").exists()
    assert (folder / ".part-new").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"bytes": "many"}, {"sha256": None}, {"list_date": "soon"}, {"retrieved_at": 7}, {"checked_at": None},
        {"bytes": 1}, {"sha256": "0" * 64},
    ],
)  # fmt: skip
def test_a_note_that_was_tampered_with_does_not_count(site: Site, home: Path, change: dict[str, Any]) -> None:
    site.answers["/uflpa.html"] = says(PAGE)
    kept = take(site, home).kept
    note = kept.path.with_name(kept.path.name + ".source.json")
    note.write_text(json.dumps({**json.loads(note.read_text()), **change}))
    assert latest(home, "uflpa") is None
    note.write_text("[1]")
    assert latest(home, "uflpa") is None
    note.write_text("{")
    assert latest(home, "uflpa", whole=False) is None
    assert take(site, home).changed


def test_what_is_not_the_list_is_set_aside(site: Site, home: Path) -> None:
    site.answers["/uflpa.html"] = versioned(PAGE, '"v1"', "Thu, 09 Jul 2026 10:00:00 GMT")
    good = take(site, home).kept
    site.answers["/uflpa.html"] = versioned(OTHER, '"v2"', "Fri, 10 Jul 2026 10:00:00 GMT")
    bad = take(site, home).kept
    fetching.set_aside(bad, "no table")
    assert latest(home, "uflpa") == good
    assert bad.path.exists()
    assert json.loads(bad.path.with_name(bad.path.name + ".source.json").read_text())["unusable"] == "no table"
    assert take(site, home).changed, "it is asked for anew, and taken anew where it is still there"
    assert latest(home, "uflpa").sha256 == sha256(OTHER)  # type: ignore[union-attr]


def test_a_note_cannot_name_another_file(site: Site, home: Path, tmp_path: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE)
    kept = take(site, home).kept
    (tmp_path / "else.html").write_bytes(PAGE)
    note = kept.path.with_name(kept.path.name + ".source.json")
    note.write_text(json.dumps({**json.loads(note.read_text()), "path": str(tmp_path / "else.html")}))
    assert latest(home, "uflpa") == kept


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="only a user without rights can be refused")
def test_a_home_that_cannot_be_written_to(site: Site, home: Path) -> None:
    home.mkdir(mode=0o500)
    site.answers["/uflpa.html"] = says(PAGE)
    with pytest.raises(InputError, match="cannot be written to"):
        take(site, home)


def test_a_full_disk(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching, "_settle", full)
    site.answers["/uflpa.html"] = says(PAGE)
    assert "No space left on device" in refused(site, home)


def test_a_file_where_the_folder_should_be(site: Site, home: Path) -> None:
    home.write_text("a file")
    site.answers["/uflpa.html"] = says(PAGE)
    with pytest.raises(InputError, match="cannot be written to"):
        take(site, home)


# --- which lists there are


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "uflpa/../../x", "", ".", "UFLPA", "uflpa\x00", "\x1b[2Juflpa", "/"]
)
def test_hostile_names_are_no_lists(name: str) -> None:
    with pytest.raises(UsageError, match="no public list"):
        chosen([name])


def test_each_list_is_chosen_once() -> None:
    assert [one.name for one in chosen(["dol-goods", "all", "uflpa", "gleif-level-2"])] == [
        "dol-goods",
        "uflpa",
        "cbp-orders",
        "bis",
        "gleif-level-2",
    ]


def test_the_table_of_lists_is_sound() -> None:
    lists = public_lists().values()
    assert len({one.file for one in lists}) == len(lists)
    for one in lists:
        assert re.fullmatch(r"[a-z][a-z0-9-]+", one.name), one.name
        assert re.fullmatch(r"[a-z][a-z0-9-]+(\.[a-z0-9]+)+", one.file), one.file
        assert re.fullmatch(r"https://[a-z0-9.-]+/[\w./-]+", one.url), one.url
        assert one.format in registry.names()
        assert one.content_types
        assert all(re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind) for kind in one.content_types)
        assert 0 < one.max_bytes <= 2_000_000_000
        assert (one.unpacked_bytes is None) == (not one.file.endswith(".zip"))
        assert one.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", one.sha256)
        assert (one.day is None) == (one.sha256 is None), "what is fixed has a day and a checksum"
        assert one.publisher
        assert one.licence
        assert one.address_seen in ("yes", "pattern")
        assert not (one.in_all and ("NC" in one.licence or one.max_bytes > 100_000_000))
        if one.link:
            re.compile(one.link)
    endings = {"uflpa": "html", "opensanctions-uflpa-ftm": "json", "gleif-level-1": "csv.gz", "dol-goods": "xml"}
    assert {name: public_lists()[name].ending for name in endings} == endings


def test_the_page_of_the_documents_shows_the_table_of_lists() -> None:
    text = (Path(__file__).parents[2] / "docs" / "formats" / "fetch.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if re.match(r"\| `[a-z0-9-]+` \| (yes )?\| `", line)]
    shown_names = [row[0].strip("|` ") for row in rows]
    assert shown_names == list(public_lists())
    for cells, one in zip(rows, public_lists().values(), strict=True):
        line = " | ".join(cells)
        assert f"`{one.file}`" in line
        assert ("| yes |" in line) == one.in_all
        assert one.url in line or one.day is not None
        assert line.endswith("(1) |") == (one.address_seen == "pattern")


@pytest.mark.data
def test_the_fixed_editions_are_the_files_that_are_known() -> None:
    for name, file in (
        ("dol-goods", "goods_2021.xml"),
        ("dol-goods-2020", "goods_2019.xml"),
        ("dol-goods-2016", "goods_2016.xml"),
    ):
        assert public_lists()[name].sha256 == sha256(real("dol_goods", file).read_bytes())


# --- the command, without a store


@pytest.fixture
def tiertrace(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setattr(fetching, "Patience", lambda: QUICK)
    return Commands(Settings(home=home), capsys, monkeypatch)


def test_what_the_command_prints(site: Site, tiertrace: Commands) -> None:
    site.answers["/uflpa.html"] = says(PAGE)
    (row,) = tiertrace("fetch", "uflpa", "--from", site.url, "--no-load", "--format", "json").json()
    assert list(row) == ["name", "path", "url", "retrieved_at", "sha256", "bytes", "changed", "loaded"]
    assert (row["name"], row["url"], row["sha256"], row["bytes"]) == (
        "uflpa", site.url + "uflpa.html", sha256(PAGE), len(PAGE)
    )  # fmt: skip
    assert (row["changed"], row["loaded"]) == (True, False)
    assert Path(row["path"]).read_bytes() == PAGE
    done = tiertrace("fetch", "uflpa", "--from", site.url, "--no-load", "--format", "json")
    assert [(r["changed"], r["retrieved_at"]) for r in done.json()] == [(False, row["retrieved_at"])]
    assert "nothing new" in done.err
    assert "uflpa" in tiertrace("fetch", "uflpa", "--from", site.url, "--no-load").out
    lines = tiertrace("fetch", "uflpa", "--from", site.url, "--no-load", "--format", "csv").out.splitlines()
    assert lines[0] == "name,path,url,retrieved_at,sha256,bytes,changed,loaded"


def test_a_dry_run_reads_and_keeps_nothing(site: Site, tiertrace: Commands, home: Path) -> None:
    site.answers["/uflpa.html"] = says(PAGE)
    done = tiertrace("fetch", "uflpa", "--from", site.url, "--dry-run", "--format", "json")
    assert done.code == 0
    assert [(r["path"], r["changed"], r["loaded"]) for r in done.json()] == [(None, True, False)]
    assert "uflpa: findings: 1 read, 1 loaded, 0 merged, 0 rejected" in done.err
    assert "dry run" in done.err
    assert not home.exists()


def test_the_list_of_lists(site: Site, tiertrace: Commands, home: Path) -> None:
    rows = tiertrace("fetch", "--list", "--format", "json").json()
    assert [row["name"] for row in rows] == list(public_lists())
    assert {row["retrieved_at"] for row in rows} == {None}
    assert not home.exists()
    site.answers["/uflpa.html"] = says(PAGE)
    kept = take(site, home).kept
    note = kept.path.with_name(kept.path.name + ".source.json")
    ago = (dt.datetime.now(dt.UTC) - dt.timedelta(days=3, hours=1)).isoformat(timespec="seconds")
    note.write_text(json.dumps({**json.loads(note.read_text()), "checked_at": ago}))
    row = tiertrace("fetch", "--list", "--format", "json").json()[0]
    assert row == {
        "name": "uflpa", "title": "UFLPA Entity List", "format": "uflpa",
        "url": "https://www.dhs.gov/uflpa-entity-list", "retrieved_at": kept.retrieved_at, "checked_at": ago,
        "age_days": 3, "licence": UFLPA.licence, "in_all": "yes",
    }  # fmt: skip
    assert "opensanctions-uflpa" in tiertrace("fetch", "--list").out


def test_one_that_fails_does_not_keep_the_others(tiertrace: Commands, tmp_path: Path) -> None:
    in_folder(tmp_path / "mirror")
    done = tiertrace("fetch", "all", "--from", str(tmp_path / "mirror"), "--no-load", "--format", "json")
    assert done.code == 3
    assert [row["name"] for row in done.json()] == ["uflpa"]
    assert "3 of 4 lists failed" in done.err
    assert "cbp-orders.csv does not exist" in done.err
    assert "Traceback" not in done.err


def test_wrong_uses(tiertrace: Commands, tmp_path: Path) -> None:
    assert tiertrace("fetch").code == 2
    done = tiertrace("fetch", "ufpla")
    assert (done.code, "did you mean uflpa" in done.err) == (2, True)
    assert tiertrace("fetch", "uflpa", "--list-date", "2026-01-01").code == 2
    assert tiertrace("fetch", "uflpa", "--from", str(tmp_path), "--list-date", "soon").code == 3
    assert tiertrace("fetch", "uflpa", "--from", "file:///etc").code == 3
    assert tiertrace("fetch", "uflpa", "--from", str(tmp_path)).code == 3


def test_a_page_that_is_not_the_list_is_told_with_its_file(site: Site, tiertrace: Commands) -> None:
    site.answers["/uflpa.html"] = says(b"<html><body>Access denied</body></html>")
    done = tiertrace("fetch", "uflpa", "--from", site.url, "--dry-run")
    assert done.code == 3
    assert "tiertrace: uflpa: " in done.err
    assert "is not the UFLPA Entity List" in done.err
    assert "Traceback" not in done.err


@pytest.mark.data
def test_the_real_page(tiertrace: Commands, tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    shutil.copyfile(real("us_lists", "uflpa_entity_list_2026-07-09.html"), tmp_path / "mirror" / "uflpa.html")
    done = tiertrace("fetch", "uflpa", "--from", str(tmp_path / "mirror"), "--dry-run")
    assert "uflpa: findings: 160 read, 160 loaded, 0 merged, 0 rejected" in done.err


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file", "rows"), [("dol-goods", "goods_2021.xml", 467), ("dol-goods-2016", "goods_2016.xml", 379)]
)
def test_the_real_editions(tiertrace: Commands, tmp_path: Path, name: str, file: str, rows: int) -> None:
    (tmp_path / "mirror").mkdir()
    shutil.copyfile(real("dol_goods", file), tmp_path / "mirror" / f"{name}.xml")
    done = tiertrace("fetch", name, "--from", str(tmp_path / "mirror"), "--dry-run")
    assert f"{name}: findings: {rows} read, {rows} loaded, 0 merged, 0 rejected" in done.err
    assert f"edition: it stands from {public_lists()[name].day}" in done.err
