"""What is generated from the schema: the statements that read and write the graph, and ``docs/schema.md``.

``python -m graph_core.store.schema_docs`` writes the files, ``--check`` only says whether they are up to date.
Migrations are never rewritten, since stores have run them: what they lack is written as a new one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from graph_core import schema
from graph_core.bundle import bundled
from graph_core.schema import NodeType, Property, RelationshipType
from graph_core.store.migrations import missing_statements
from graph_core.store.names import file_name

_NODE_KINDS = ("create", "update", "delete", "digest", "read")
_RELATIONSHIP_KINDS = ("create", "delete", "digest", "read")


def statements() -> dict[str, str]:
    """Text of every generated statement, by path below ``cypher/store``."""
    jinja = Environment(
        loader=FileSystemLoader(bundled("cypher", "templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Cypher from our own schema, no markup
    )
    files = {}
    for node in schema.NODES:
        names = ["id", *(p.name for p in node.properties), "digest"]
        for kind in _NODE_KINDS:
            template = jinja.get_template(f"{kind}_node.cypher.j2")
            wanted = names[:-1] if kind == "read" else names
            text = template.render(label=node.label, labels=":".join((node.label, *node.extra)), names=wanted)
            files[f"{kind}_{file_name(node.label)}.cypher"] = text
    for link in schema.RELATIONSHIPS:
        names = [*(p.name for p in link.properties), "digest"]
        for kind in _RELATIONSHIP_KINDS:
            template = jinja.get_template(f"{kind}_relationship.cypher.j2")
            wanted = names[:-1] if kind == "read" else names
            text = template.render(type=link.type, start=link.start, end=link.end, names=wanted)
            files[f"{kind}_{file_name(link.type)}.cypher"] = text
    found = schema.RESULT_RELATIONSHIPS[0]
    files["put_found.cypher"] = jinja.get_template("put_found.cypher.j2").render(
        names=[p.name for p in found.properties]
    )
    files["counts.cypher"] = jinja.get_template("counts.cypher.j2").render(
        nodes=schema.NODES, relationships=schema.RELATIONSHIPS
    )
    return files


def _rows(properties: tuple[Property, ...]) -> Iterator[str]:
    yield "| property | type | meaning | unit |"
    yield "|---|---|---|---|"
    yield "| `id` | STRING | Key. | |"
    for p in properties:
        yield f"| `{p.name}` | {p.type} | {p.description}{' Indexed.' if p.indexed else ''} | {p.unit} |"


def _node(node: NodeType) -> Iterator[str]:
    yield f"### {node.label}\n"
    also = f" Every such node also has the label {', '.join(f'`{e}`' for e in node.extra)}." if node.extra else ""
    yield f"{node.description}{also}\n"
    yield from _rows(node.properties)
    yield ""


def _relationship(link: RelationshipType) -> Iterator[str]:
    yield f"### {link.type}\n"
    yield f"`(:{link.start})-[:{link.type}]->(:{link.end})`: {link.description}\n"
    yield from _rows(link.properties)
    yield ""


def document() -> str:
    """Text of ``docs/schema.md``."""
    lines = [
        "# Graph schema",
        "",
        "Generated from `graph_core/schema.py` by `python -m graph_core.store.schema_docs`; do not edit.",
        "",
        "Nodes and relationships are what is believed; they are derived from the records that sources gave and can be",
        "derived again at any time. Every one has an `id`, unique for its label or type, and a `digest` (INTEGER), a",
        "fingerprint of its properties by which a sync writes only what differs. `Party` is the common label of",
        "organizations and facilities, `Brand` that of organizations in the role of end buyer. Dates are strings",
        "`YYYY-MM-DD`; intervals are [valid_from, valid_to).",
        "",
        "## Nodes",
        "",
    ]
    for node in schema.NODES:
        lines += _node(node)
    lines += ["## Relationships", ""]
    for link in schema.RELATIONSHIPS:
        lines += _relationship(link)
    lines += ["## Results", "", "Figures that a computation found, kept for Cypher; they never change the graph.", ""]
    for node in schema.RESULT_NODES:
        lines += _node(node)
    for link in schema.RESULT_RELATIONSHIPS:
        lines += _relationship(link)
    lines += [
        "## Housekeeping",
        "",
        "`StoreState` (versions), `Migration` (which ran), `Lease` (who may write), `RecordSet` and `Block` (what",
        "sources said, as compressed Parquet), `Load` (what was loaded when) and `AuditEntry` (who changed what, each",
        "with the hash of the one before) belong to the program. Do not change them by hand.",
        "",
    ]
    return "\n".join(lines)


def outdated(root: Path) -> list[str]:
    """Files below a checkout that are not what the schema says."""
    wanted = {f"cypher/store/{name}": text for name, text in statements().items()}
    wanted["docs/schema.md"] = document()
    stale = [name for name, text in wanted.items() if _text(root / name) != text]
    return stale + [f"cypher/schema: lacks `{s}`" for s in missing_statements()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(root: Path) -> None:
    """Write all generated files below a checkout."""
    for name, text in statements().items():
        (root / "cypher" / "store" / name).write_text(text, encoding="utf-8")
    (root / "docs" / "schema.md").write_text(document(), encoding="utf-8")
    lacking = missing_statements()
    if lacking:
        folder = root / "cypher" / "schema"
        number = 1 + max((int(p.name[1:5]) for p in folder.glob("V*.cypher")), default=0)
        text = "".join(f"{s};\n" for s in lacking)
        (folder / f"V{number:04d}__constraints_and_indexes.cypher").write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write the generated files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not up to date")
    root = bundled()
    if not parser.parse_args(arguments).check:
        write(root)
        return 0
    stale = outdated(root)
    for name in stale:
        sys.stderr.write(f"{name} is not up to date: run python -m graph_core.store.schema_docs\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
