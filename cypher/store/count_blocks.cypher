// title: Blocks that no source needs
// summary: Counts blocks of replaced sets and of loads that were killed.
// param: tags LIST<STRING> required
// returns: number INTEGER
// mode: read
// engine: neo4j>=5, embedded
MATCH (b:Block)
WHERE NOT b.tag IN $tags
RETURN count(b) AS number;
