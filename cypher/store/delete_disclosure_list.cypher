// title: Delete nodes of kind DisclosureList
// summary: Removes the nodes with the given ids, with their relationships.
// param: ids LIST<STRING> required, example "F1|F2"
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $ids AS id
MATCH (n:DisclosureList {id: id})
DETACH DELETE n;
