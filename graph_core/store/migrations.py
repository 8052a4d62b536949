"""Constraints and indexes of a store, brought up to date file by file.

A migration is ``cypher/schema/V0001__name.cypher``, run in one transaction and remembered in the store with its
checksum. A file that a store has run never changes; what the schema gains later comes as a new file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from graph_core import schema
from graph_core.errors import StoreError
from graph_core.queries import cypher_root
from graph_core.store.names import file_name
from graph_core.tokens import tokenise

if TYPE_CHECKING:
    from graph_core.store.bolt import Bolt

#: Labels that the program keeps for itself.
HOUSEKEEPING: tuple[str, ...] = ("StoreState", "Migration", "Lease", "RecordSet", "Block", "Load", "AuditEntry")


@dataclass(frozen=True)
class Migration:
    """One file: its version (name without ``.cypher``), text and checksum."""

    version: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, line ends set aside."""
        return hashlib.sha256(self.text.replace("\r\n", "\n").encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The statements in it, split at semicolons that are neither in a string, a name nor a comment."""
        found, begin = [], 0
        for token in tokenise(self.text):
            if token.kind.value == "symbol" and token.text == ";":
                found.append(self.text[begin : token.offset].strip())
                begin = token.offset + 1
        return [*found, *filter(None, [self.text[begin:].strip()])]


def files(folder: Path | None = None) -> list[Migration]:
    """All migrations in their order."""
    paths = sorted((folder or cypher_root() / "schema").glob("V[0-9]*__*.cypher"))
    return [Migration(path.stem, path.read_text(encoding="utf-8")) for path in paths]


def wanted_statements() -> list[str]:
    """Every constraint and index that the schema asks for."""
    nodes = (*schema.NODES, *schema.RESULT_NODES)
    links = (*schema.RELATIONSHIPS, *schema.RESULT_RELATIONSHIPS)
    labels = dict.fromkeys([*HOUSEKEEPING, *(n.label for n in nodes), *(e for n in nodes for e in n.extra)])
    found = [
        f"CREATE CONSTRAINT {file_name(label)}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        for label in labels
    ]
    found += [
        f"CREATE CONSTRAINT {file_name(r.type)}_id IF NOT EXISTS FOR ()-[r:{r.type}]-() REQUIRE r.id IS UNIQUE"
        for r in links
    ]
    found += [
        f"CREATE INDEX {file_name(n.label)}_{p.name} IF NOT EXISTS FOR (n:{n.label}) ON (n.{p.name})"
        for n in nodes
        for p in n.properties
        if p.indexed
    ]
    return found


def missing_statements(folder: Path | None = None) -> list[str]:
    """What the schema asks for and no migration brings."""
    have = {" ".join(s.split()) for migration in files(folder) for s in migration.statements}
    return [s for s in wanted_statements() if s not in have]


def pending(bolt: Bolt, migrations: list[Migration]) -> list[Migration]:
    """Migrations that a store has not run yet.

    Raises
    ------
    StoreError
        A file differs from what the store ran, or the store ran one that this version of the program does not have.
    """
    applied = {r["version"]: r["checksum"] for r in bolt.read("store/read_migrations")}
    known = {m.version: m for m in migrations}
    for version, checksum in applied.items():
        if version not in known:
            raise StoreError(
                f"The store was written by a newer tiertrace: it ran migration {version}, which this version does not "
                "have. Update tiertrace."
            )
        if known[version].checksum != checksum:
            raise StoreError(
                f"The migration cypher/schema/{version}.cypher was changed after this store ran it. Bring it back "
                "and put what is new into a migration of its own."
            )
    return [m for m in migrations if m.version not in applied]


def migrate(bolt: Bolt, migrations: list[Migration] | None = None) -> list[str]:
    """Bring constraints and indexes of a store up to date.

    Returns
    -------
    list of str
        Versions that ran now.
    """
    todo = pending(bolt, files() if migrations is None else migrations)
    for migration in todo:
        bolt.run_schema(migration.statements)  # each is IF NOT EXISTS: a killed migration runs again
        now = datetime.now(UTC).isoformat(timespec="seconds")
        bolt.write("store/record_migration", version=migration.version, checksum=migration.checksum, applied_at=now)
    return [m.version for m in todo]
