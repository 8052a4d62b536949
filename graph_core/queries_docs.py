"""Writes ``docs/cypher.md`` from the headers of the Cypher files.

``python -m graph_core.queries_docs`` writes the page, ``--check`` only says whether it is up to date.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path

from graph_core import guard
from graph_core.bundle import bundled
from graph_core.queries import ANALYST_FAMILIES, NamedQuery, Parameter, analyst_catalogue

_FAMILY_TITLES = {
    "explore": ("Explore", "Who is who, who delivers to whom."),
    "exposure": ("Exposure", "Findings, flagged sites, and the figures of the runs."),
    "quality": ("Quality of the data", "What is missing, old, unsure or assumed."),
}
_INTRODUCTION = f"""\
# Cypher catalogue

<!-- Made by `python -m graph_core.queries_docs` from the headers of `cypher/`; do not edit. -->

Every query is a file of its own and runs on the embedded store and on Neo4j 5.23 or newer. `tiertrace query` lists
them, `tiertrace query NAME -p parameter=value` runs one. The files also run as they are in Neo4j Browser and in
cypher-shell, once their parameters are set (`:param as_of => '2024-06-30'`).

Days are ISO strings, `YYYY-MM-DD`. All intervals are `[valid_from, valid_to)`: valid_to is the first day on which
something no longer holds, and an absent end is open. Figures of a day (shares, exposure, attribution) are in the
exposure runs, not in the links, which hold only what was stated. The graph is described in [schema.md](schema.md).

## Your own Cypher

`tiertrace cypher 'MATCH ...'` runs one statement that reads. After EXPLAIN or PROFILE it may use
{textwrap.fill(guard.ALLOWED, 120)}.
Every other clause is refused, wherever it stands. Words like `create` are free as properties, labels, aliases and map
keys; as the name of a variable they may need backticks.
"""


def page() -> str:
    """The page as Markdown."""
    queries = analyst_catalogue().values()
    parts = [_INTRODUCTION]
    for family in ANALYST_FAMILIES:
        title, summary = _FAMILY_TITLES[family]
        parts.append(f"## {title}\n\n{summary}\n")
        parts.extend(_section(query) for query in queries if query.family == family)
    return "\n".join(parts)


def _section(query: NamedQuery) -> str:
    lines = [f"### {query.name}", "", f"**{query.title}.** {query.summary}", ""]
    if query.parameters:
        lines += ["| parameter | type | value |", "|---|---|---|"]
        lines += [f"| `{p.name}` | {_cell(p.type)} | {_value(p)} |" for p in query.parameters]
        lines.append("")
    lines += ["| column | type | unit or range |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {_cell(column.type)} | {column.note} |" for column in query.returns]
    lines += ["", "```cypher", query.text + ";", "```", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _value(parameter: Parameter) -> str:
    if parameter.required:
        return f"required, such as `{parameter.example}`" if parameter.example else "required"
    return f"`{json.dumps(parameter.default)}` if not given"


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or check it; the exit code is 1 where it is not up to date."""
    parser = argparse.ArgumentParser(description="Write docs/cypher.md from the headers of cypher/.")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the page is up to date")
    path: Path = bundled("docs", "cypher.md")
    wanted = page()
    if not parser.parse_args(arguments).check:
        path.write_text(wanted, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write("docs/cypher.md is not up to date; run: python -m graph_core.queries_docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
