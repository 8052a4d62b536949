"""Constraints and indexes: those of the schema, once, from files that do not change."""

from __future__ import annotations

import pytest

from graph_core import schema
from graph_core.bundle import bundled
from graph_core.errors import StoreError
from graph_core.settings import Settings
from graph_core.store import migrations, schema_docs
from graph_core.store import open as opening
from graph_core.store.migrations import Migration
from graph_core.store.open import BoltStore


def test_migrations_bring_what_the_schema_asks_for() -> None:
    assert migrations.missing_statements() == []
    brought = [" ".join(s.split()) for m in migrations.files() for s in m.statements]
    assert sorted(brought) == sorted(migrations.wanted_statements())


def test_generated_files_are_up_to_date() -> None:
    assert schema_docs.outdated(bundled()) == []


def test_one_property_has_one_type_everywhere() -> None:
    """An index types the property in the embedded engine: a second type would be refused."""
    types: dict[str, set[schema.Type]] = {}
    nodes = [n.properties for n in (*schema.NODES, *schema.RESULT_NODES)]
    links = [r.properties for r in (*schema.RELATIONSHIPS, *schema.RESULT_RELATIONSHIPS)]
    for properties in (*nodes, *links):
        for p in properties:
            types.setdefault(p.name, set()).add(p.type)
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}


def test_labels_and_types_have_names_of_their_own() -> None:
    """The embedded engine knows one name space for both."""
    nodes = (*schema.NODES, *schema.RESULT_NODES)
    labels = {*migrations.HOUSEKEEPING, *(n.label for n in nodes), *(e for n in nodes for e in n.extra)}
    types = {r.type for r in (*schema.RELATIONSHIPS, *schema.RESULT_RELATIONSHIPS)}
    assert labels & types == set()


def test_a_store_has_the_constraints(store: BoltStore) -> None:
    found = store._bolt.transaction(lambda tx: {r["name"] for r in tx.run("SHOW CONSTRAINTS")})
    assert {s.split()[2] for s in migrations.wanted_statements() if "CONSTRAINT" in s} <= found


def test_they_run_once(store: BoltStore) -> None:
    assert migrations.migrate(store._bolt) == []
    extra = [*migrations.files(), Migration("V9000__more", "CREATE INDEX more IF NOT EXISTS FOR (n:More) ON (n.a);")]
    try:
        assert migrations.migrate(store._bolt, extra) == ["V9000__more"]
        assert migrations.migrate(store._bolt, extra) == []
    finally:
        store._bolt.transaction(lambda tx: tx.run("MATCH (m:Migration {id: 'V9000__more'}) DELETE m").consume())


def test_a_changed_file_is_refused(store: BoltStore) -> None:
    first, *rest = migrations.files()
    with pytest.raises(StoreError, match=rf"{first.version}\.cypher was changed"):
        migrations.migrate(store._bolt, [Migration(first.version, first.text + "\n"), *rest])


def test_a_store_of_a_newer_version_is_refused(
    store: BoltStore, monkeypatch: pytest.MonkeyPatch, store_settings: Settings
) -> None:
    monkeypatch.setattr(opening, "files", list)
    with pytest.raises(StoreError, match="newer tiertrace"):
        opening.open_store(store_settings, write=False)


def test_line_ends_do_not_count() -> None:
    assert Migration("V1", "a;\r\nb;\r\n").checksum == Migration("V1", "a;\nb;\n").checksum


def test_statements_are_split_where_they_end() -> None:
    text = "CREATE (:A {b: 'x;y', c: \"; \"});\n// no; end\nCREATE (:`B;C`) /* ; */;\n"
    assert len(Migration("V1", text).statements) == 2
