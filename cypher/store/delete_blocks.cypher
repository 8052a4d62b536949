// title: Delete blocks that no source needs
// summary: Removes blocks of replaced sets and of loads that were killed.
// param: tags LIST<STRING> required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH (b:Block)
WHERE NOT b.tag IN $tags
DELETE b;
