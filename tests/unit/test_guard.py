"""The read guard: what passes, what is refused, and what the refusal says."""

from __future__ import annotations

import re

import pytest

from graph_core import guard
from graph_core.errors import RefusedError

READS = [
    "MATCH (n) RETURN n",
    "MATCH (n) RETURN n;",
    "  // a comment: CREATE (n)\n/* DELETE n */ MATCH (n) RETURN n // SET",
    "match (n:Facility {id: $id})-[s:SUPPLIES*1..5]->(b:Brand) where s.x is not null return n.create, b.`set` as merge",
    "MATCH (n) WITH n.x AS create, n.y AS delete RETURN * ORDER BY create DESC, delete",
    "MATCH (n:Create|Set) WHERE n:Merge AND NOT n.x IN [1, 2] RETURN DISTINCT n",
    "RETURN {create: 1, merge: 'CREATE (n)', set: {delete: 2}} AS m",
    "MATCH (n) RETURN n {.*, .delete, create: 1}, n.set.merge",
    "MATCH (`create`) WITH `create` RETURN `create`",
    "MATCH p = shortestPath((a)-[*..5]->(b)) RETURN p, [x IN nodes(p) | x.name] AS names",
    "MATCH ((a)-[:R]->(b))+ (c) WHERE EXISTS { (c)-->(d) WHERE d.x = 1 } RETURN count { MATCH (c) RETURN c } AS c",
    "MATCH (a)-->{1,3}(b) RETURN reduce(s = 0, x IN [1] | s + x), any(create IN [1] WHERE create = 1)",
    "MATCH ANY SHORTEST (a)-[:R]->+(b) RETURN a",
    "MATCH p = SHORTEST 2 (a)-[:R]->+(b) RETURN a",
    "OPTIONAL MATCH (n) USING INDEX n:Facility(id) WHERE n.id = 'a' RETURN n",
    "CALL db.labels() YIELD label WHERE label STARTS WITH 'F' RETURN label",
    "CALL db.labels",
    "CALL `db`.relationshipTypes()",
    "CALL { MATCH (n) RETURN n } RETURN n",
    "MATCH (n) CALL (n) { WITH n MATCH (n)--(m) RETURN count(*) AS c } RETURN n, c",
    "MATCH (n) OPTIONAL CALL (n) { MATCH (n)--(m) RETURN m } RETURN n, m",
    "RETURN COLLECT { MATCH (n) WHERE NOT EXISTS { MATCH (n)-[:X]->() } RETURN n.id ORDER BY n.id }[0..3] AS x",
    "RETURN EXISTS { MATCH (a) RETURN a UNION MATCH (b) RETURN b } AS x",
    "SHOW INDEXES",
    "SHOW CONSTRAINTS YIELD name WHERE name CONTAINS 'x' RETURN name",
    "EXPLAIN MATCH (n) RETURN CASE WHEN n.x > 1 THEN 'SET' ELSE n.set END AS set",
    "PROFILE MATCH (n) RETURN CASE n.x WHEN 1 THEN 2 ELSE 3 END",
    "UNWIND $rows AS row RETURN row.delete, $create, $`set`",
    "MATCH (n) RETURN n UNION ALL MATCH (m) RETURN m AS n",
    "WITH *, 1 AS x RETURN *",
    "MATCH (n) WITH n ORDER BY n.x ASC LIMIT 5 WHERE n.x IS :: LIST<INTEGER> NOT NULL RETURN n",
    "MATCH (n) WHERE n.name =~ 'x' XOR n.y ENDS WITH 'b' RETURN n.x + 1 * 2, -n.y, n[0], n['create']",
    "RETURN 1.5e3, 0xFF, .5, [1, 2, 3][0..2]",
    r"""RETURN 'it\'s', 'it' + 's', "a\"b", 'x\u0041'""",
    "MATCH (f) WHERE f.x IS NULL OR f.x IS NOT NULL RETURN f.id AS end ORDER BY end",
    "MATCH (n) RETURN `a``b CREATE (n)` AS x",
]
#: The kinds of write that were tried on real servers, and what administers them.
WRITES = [
    "CREATE (n)",
    "MATCH (n) SET n.x = 1",
    "MATCH (n) SET n:Label",
    "MATCH (n) REMOVE n.x",
    "MERGE (n:X {id: 1})",
    "MERGE (n:X) ON CREATE SET n.x = 1",
    "MATCH (n) DELETE n",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) FOREACH (x IN [1] | SET n.x = x)",
    "CALL { CREATE (n) }",
    "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 10 ROWS",
    "CREATE INDEX x FOR (n:A) ON (n.b)",
    "CREATE CONSTRAINT x FOR (n:A) REQUIRE n.b IS UNIQUE",
    "DROP INDEX x",
    "DROP CONSTRAINT x",
    "LOAD CSV FROM 'file:///x' AS row RETURN row",
    "CREATE USER x SET PASSWORD 'long enough'",
    "CREATE DATABASE x",
]
OTHERS = [
    "",
    "// only a comment",
    ";",
    "RETURN 1; CREATE (n)",
    "RETURN 1;;",
    "EXPLAIN",
    "EXPLAIN CREATE (n)",
    "PROFILE EXPLAIN MATCH (n) RETURN n",
    "CALL { MATCH (n) RETURN n } IN TRANSACTIONS RETURN 1",
    "CALL dbms.listConfig()",
    "CALL apoc.create.node(['X'], {})",
    "SHOW USERS",
    "SHOW TRANSACTIONS",
    "SHOW INDEXES MATCH (n) RETURN n",
    "SHOW INDEXES YIELD * CREATE (n)",
    "SHOW TRANSACTIONS YIELD * TERMINATE TRANSACTIONS 'x'",
    "TERMINATE TRANSACTIONS 'x'",
    "USE neo4j MATCH (n) RETURN n",
    "CYPHER 5 MATCH (n) RETURN n",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "GRANT ROLE x TO y",
    "LET x = 1 RETURN x",
    "MATCH (n) FILTER n.x RETURN n",
    "MATCH (n) INSERT (m)",
    "MATCH (n) RETURN n FROBNICATE (n)",
    "{ CREATE (n) }",
    "WITH 1 AS x { CREATE (n) } RETURN x",
    "RETURN ARRAY { CREATE (n) }",
]
#: Where a clause could be taken for something else.
HIDDEN = [
    "WITH * CREATE (n)",
    "RETURN 1 AS x UNION CREATE (n) RETURN n AS x",
    "RETURN 1 AS x UNION ALL CREATE (n) RETURN n AS x",
    "MATCH ((a)-->(b))+ CREATE (x)",
    "MATCH (a)-->(b)* SET a.x = 1",
    "MATCH (n) WHERE n:A SET n.x = 1",
    "MATCH (n) WHERE n:% SET n.x = 1",
    "MATCH (n) WHERE n.x IS NULL CREATE (m)",
    "MATCH (n) WHERE n.x IS :: STRING NOT NULL CREATE (m)",
    "MATCH (n) WITH n ORDER BY n.x DESC SET n.x = 1",
    "MATCH (n) WITH n LIMIT 1 SET n.x = 1",
    "MATCH (n) WITH n SKIP $ CREATE SET n.x = 1",
    "MATCH (n) WITH n.x AS CREATE CREATE (m)",
    "MATCH (n) WITH CASE WHEN true THEN n END AS m SET m.x = 1",
    "CALL db.labels() YIELD * CREATE (n)",
    "CALL db.labels() YIELD label SET n.x = 1",
    "CALL db.labels SET n.x = 1",
    "CALL `db`.`labels`() DELETE n",
    "UNWIND [1] AS x CREATE (n)",
    "OPTIONAL CREATE (n)",
    "RETURN EXISTS { CREATE (n) }",
    "RETURN COUNT { MATCH (n) SET n.x = 1 }",
    "RETURN [x IN COLLECT { MATCH (n) SET n.x = 1 RETURN n } | x]",
    "MATCH (n {x: COUNT { MATCH (m) DELETE m }}) RETURN n",
    "RETURN {a: EXISTS { MATCH (m) DELETE m }}",
    # A name that reads as an operator would make the clause look like its value.
    "MATCH (not) WITH not CREATE (x:L {a: 1})",
    "MATCH (n) WITH n AS distinct WITH distinct CREATE (x:L {a: 1})",
    "MATCH (n) WITH n AS case WITH case CREATE (x:L {a: 1})",
    "MATCH (n) WITH n AS `not` WITH not CREATE (x:L {a: 1})",
    "RETURN 1CREATE (n)",
    "RETURN 1.CREATE (n)",
    "RETURN 0x1CREATE (n)",
    # Escapes that Neo4j 5 replaces before it reads the statement.
    r"\u0043REATE (n)",
    r"MATCH (n) \u0053ET n.x = 1",
    r"RETURN '\u0027 CREATE (n) //'",
    r"RETURN '\\u0027 CREATE (n) //'",
    r"RETURN `\u0060 CREATE (n) //`",
    r"// \u000a CREATE (n)",
    r"// \uuu000D CREATE (n)",
    r"RETURN 1 /* \u002a/ CREATE (n) /* */",
    "RETURN 1 // \u2028 CREATE (n)",
]
BROKEN = ["RETURN 'x", 'RETURN "x', "RETURN `x", "RETURN 1 /* x", "RETURN (1", "RETURN 1)", "RETURN [1)", "RETURN #"]


@pytest.mark.parametrize("statement", READS)
def test_reading_statements_pass(statement: str) -> None:
    guard.check(statement)


@pytest.mark.parametrize("statement", [*WRITES, *OTHERS, *HIDDEN, *BROKEN])
def test_all_else_is_refused(statement: str) -> None:
    with pytest.raises(RefusedError):
        guard.check(statement)


@pytest.mark.parametrize("statement", WRITES)
@pytest.mark.parametrize(
    "frame", ["EXPLAIN {}", "PROFILE {}", "MATCH (a) CALL (a) {{ {} }} RETURN a", "RETURN 1 AS x UNION {}"]
)
def test_writes_are_refused_wherever_they_stand(frame: str, statement: str) -> None:
    with pytest.raises(RefusedError):
        guard.check(frame.format(statement))


def test_refusal_says_what_where_and_what_is_allowed() -> None:
    with pytest.raises(RefusedError, match=re.escape("'SET' at line 2, column 3")) as caught:
        guard.check("MATCH (n) // a comment\n  SET n.x = 1")
    assert "OPTIONAL MATCH" in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("RETURN 1;\nRETURN 2", "line 1, column 9"),
        ("RETURN 'x", "line 1, column 8"),
        ("MATCH (n)\nRETURN (n", "line 2, column 8"),
        ("CALL dbms.listConfig()", "line 1, column 6"),
    ],
)
def test_places_are_named(statement: str, place: str) -> None:
    with pytest.raises(RefusedError, match=place):
        guard.check(statement)


def test_deep_nesting_is_refused_not_crashed() -> None:
    with pytest.raises(RefusedError, match="nested"):
        guard.check("RETURN " + "(" * 5000 + "1" + ")" * 5000)
