"""`tiertrace app`, `status`, `stop` and `doctor`: the program itself."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graph_core.cli import common
from graph_core.cli.common import Format, FormatOption, HomeOption

if TYPE_CHECKING:
    from graph_core.settings import Settings

#: What the extra `fast` brings: distribution -> module.
_FAST = {"numba": "numba", "neo4j-rust-ext": "neo4j._rust"}


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("app")(serve)
    app.command("status")(status)
    app.command("stop")(stop)
    app.command("doctor")(doctor)


def serve(
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", min=1, max=65535, help="Port; default 8501.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser window.")] = False,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; another than this machine's own needs a sign-in.")
    ] = "127.0.0.1",
    without_sign_in: Annotated[
        bool, typer.Option("--without-sign-in", help="Ask for none: everyone may look and nobody may change.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Serve the app until Ctrl-C; only this machine reaches it unless --host says otherwise."""
    from graph_core.serve import serve_app

    done = serve_app(
        common.settings(home), host=host, port=port, browser=not no_browser, without_sign_in=without_sign_in
    )
    sys.exit(done)


def status(output: FormatOption = Format.TABLE, home: HomeOption = None) -> None:
    """Show which store is used, whether it runs, and what it holds; starts nothing."""
    settings = common.settings(home)
    found = _embedded_status(settings) if settings.embedded else _server_status(settings)
    if output is Format.JSON:
        common.print_json(found)
    else:
        common.print_rows(["what", "value"], [[key.replace("_", " "), value] for key, value in found.items()], output)


def _embedded_status(settings: Settings) -> dict[str, Any]:
    from graph_core.store import embedded

    engine = embedded.status(settings)
    found = {
        "store": "embedded engine",
        "home": str(settings.home),
        "running": engine.running,
        "process": engine.pid,
        "address": engine.uri or None,
        "bytes_on_disk": engine.bytes_on_disk,
    }
    return found | (_content(settings) if engine.running else {})


def _server_status(settings: Settings) -> dict[str, Any]:
    found = {"store": "Neo4j server", "home": str(settings.home), "address": settings.neo4j_uri}
    return found | {"database": settings.neo4j_database} | _content(settings)


def _content(settings: Settings) -> dict[str, Any]:
    from graph_core.store.open import open_store

    with closing(open_store(settings, write=False)) as store:
        version = store.version()
    return {"version": version.records, "graph_is_current": version.records == version.derived}


def stop(home: HomeOption = None) -> None:
    """Stop the embedded engine; returns when it is gone. Data stays."""
    from graph_core.store import embedded

    settings = common.settings(home)
    if not settings.embedded:
        common.say("The store is a server of its own; tiertrace started nothing that it could stop.")
        return
    common.say("stopped" if embedded.stop(settings) else "nothing was running")


def doctor(output: FormatOption = Format.TABLE, home: HomeOption = None) -> None:
    """Check the installation and the store, and say what to do about each fault."""
    settings = common.settings(home)
    rows: list[list[Any]] = [list(check(settings)) for check in _CHECKS]
    common.print_rows(["check", "result", "detail"], rows, output)
    if any(row[1] == "fault" for row in rows):
        sys.exit(4 if rows[-1][1] == "fault" or rows[-2][1] == "fault" else 1)


def _check_python(_: Settings) -> tuple[str, str, str]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return "Python", "ok" if sys.version_info >= (3, 11) else "fault", f"{version} (3.11 or later is needed)"


def _check_home(settings: Settings) -> tuple[str, str, str]:
    import os
    import shutil

    home = settings.home
    if not home.exists():
        return "home", "ok", f"{home} (made on first use)"
    if os.name == "posix" and home.stat().st_mode & 0o077:
        return "home", "fault", f"{home} can be read by others; run: chmod 700 {home}"
    free = shutil.disk_usage(home).free / 1e9
    return "home", "ok" if free > 1 else "fault", f"{home}, {free:.1f} GB free"


def _check_fast(_: Settings) -> tuple[str, str, str]:
    from importlib.util import find_spec

    absent = [name for name, module in _FAST.items() if find_spec(module) is None]
    if not absent:
        return "extra fast", "ok", "installed"
    return "extra fast", "ok", f"without {' and '.join(absent)} (optional: pip install tiertrace[fast])"


def _check_start(settings: Settings) -> tuple[str, str, str]:
    from graph_core.store.java_options import options, recorded

    what = "faster start"
    if not settings.embedded:
        return what, "ok", "not needed: the store is a server of its own"
    if options():
        return what, "ok", f"recorded: {recorded()}"
    if recorded() is not None:
        return what, "ok", "recorded, and not used: the environment gives the Java machine options of its own"
    advice = "" if sys.platform == "win32" else " (optional: python -m graph_core.start_up)"
    return what, "ok", f"not recorded{advice}"


def _check_queries(_: Settings) -> tuple[str, str, str]:
    from graph_core import queries

    return "Cypher files", "ok", f"{len(queries.catalogue())} files read and checked"


def _check_store(settings: Settings) -> tuple[str, str, str]:
    from graph_core.errors import StoreError
    from graph_core.store.open import open_store

    try:
        with closing(open_store(settings, write=False)) as store:
            version = store.version()
    except StoreError as error:
        return "store", "fault", str(error)
    if not version.uuid:
        return "store", "ok", "answers, and is empty"
    if version.records != version.derived:
        return "store", "ok", "a load was cut short; the next command that reads figures mends it"
    return "store", "ok", f"answers, version {version.records}"


def _check_reader(settings: Settings) -> tuple[str, str, str]:
    from graph_core import queries
    from graph_core.errors import RefusedError, StoreError
    from graph_core.store.open import open_store

    try:
        with closing(open_store(settings, write=False)) as store:
            store.read(queries.statement("probe/write_probe"), {}, timeout=10, max_rows=1)
    except RefusedError:
        return "read-only login", "ok", "the server refuses writes"
    except StoreError as error:
        return "read-only login", "fault", str(error)
    return "read-only login", "fault", "a write went through the read-only login; do not open this store to others"


_CHECKS = (_check_python, _check_home, _check_fast, _check_start, _check_queries, _check_store, _check_reader)
