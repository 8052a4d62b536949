// title: Delete nodes of kind CoverageStatement
// summary: Removes the nodes with the given ids, with their relationships.
// param: ids LIST<STRING> required, example "F1|F2"
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $ids AS id
MATCH (n:CoverageStatement {id: id})
DETACH DELETE n;
