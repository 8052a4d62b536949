"""`tiertrace audit`: who changed what."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from graph_core.cli import common
from graph_core.cli.common import Format, FormatOption, HomeOption

#: Left out for a person: what only a check of the chain needs.
_CHAIN = ("previous", "hash")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("audit")(audit)


def audit(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that no entry was changed or removed; exit code 3 names which.")
    ] = False,
    expected: Annotated[
        str | None,
        typer.Option("--hash", metavar="HASH", help="With --verify: a hash noted earlier; its entry has to be there."),
    ] = None,
    output: FormatOption = Format.TABLE,
    home: HomeOption = None,
) -> None:
    """Show who changed what, oldest first: every load, decision, plan and snapshot, by command or in the app."""
    from graph_core import audit as trails
    from graph_core.errors import UsageError
    from graph_core.store.open import open_store

    if expected and not verify:
        raise UsageError("--hash goes with --verify")
    with closing(open_store(common.settings(home), write=False)) as store:
        trail = store.trail()
    if verify:
        trails.verify(trail, expected or "")
        found = {"entries": trail.last, "hash": trail.head if trail.last else None}
        if output is Format.JSON:
            common.print_json(found)
        else:
            common.print_rows(list(found), [list(found.values())], output)
        common.say(
            "unchanged. Note the hash elsewhere: whoever owns the server could write the whole trail anew, and only "
            "`--verify --hash` with a hash that was noted before shows that."
        )
        return
    columns = [c for c in trails.COLUMNS if output is not Format.TABLE or c not in _CHAIN]
    common.print_rows(columns, [[asdict(one)[c] for c in columns] for one in trail.entries], output)
    if not trail.entries and output is Format.TABLE:
        common.say("Nothing was changed yet; a load is the first entry.")
