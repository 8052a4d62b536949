"""The command line. Verbs import what they need when they run, so that `--help` answers at once."""

from __future__ import annotations

import os
import sys

import typer

from graph_core.cli import (
    actions,
    attributing,
    auditing,
    explaining,
    fetching,
    figures,
    ingest,
    leverage,
    matching,
    provenance,
    questions,
    reviewing,
    scoring,
    service,
    snapshots,
    structure,
    what_if,
)
from graph_core.cli.common import HomeOption, acting, say
from graph_core.errors import InputError, TiertraceError

app = typer.Typer(
    name="tiertrace",
    help="Trace risk from flagged factories through every tier of a supply chain to the brands that buy from them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def everywhere(context: typer.Context, home: HomeOption = None) -> None:
    """Trace risk from flagged factories through every tier of a supply chain to the brands that buy from them."""
    context.with_resource(acting(context.invoked_subcommand or ""))
    if home is not None:
        os.environ["TIERTRACE_HOME"] = str(home)


for part in (
    ingest,
    fetching,
    provenance,
    matching,
    reviewing,
    figures,
    scoring,
    structure,
    attributing,
    what_if,
    leverage,
    actions,
    explaining,
    questions,
    snapshots,
    auditing,
    service,
):
    part.register(app)


def main() -> None:
    """Run the command line; every fault of a user becomes one message and its exit code."""
    try:
        app()
    except TiertraceError as error:
        say(f"tiertrace: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("tiertrace: stopped; what was finished is kept")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("TIERTRACE_DEBUG"):
            raise
        if isinstance(error, OSError) and error.filename is not None:  # nobody had more to say of the file
            say(f"tiertrace: {error.filename}: {error.strerror}; check the path, and what the disk allows")
            sys.exit(InputError.exit_code)
        say(
            f"tiertrace: a fault of the program: {type(error).__name__}: {error}\n"
            "Set TIERTRACE_DEBUG=1 to see where, and please report it."
        )
        sys.exit(1)
