// title: Forget what sources said
// summary: Deletes the heads of record sets; their blocks go with the next clean-up.
// param: ids LIST<STRING> required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH (h:RecordSet)
WHERE h.id IN $ids
DELETE h;
