// title: Delete relationships of type PRODUCES
// summary: Removes the relationships with the given ids.
// param: ids LIST<STRING> required, example "L1|L2"
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH ()-[r:PRODUCES]->()
WHERE r.id IN $ids
DELETE r;
