// title: Try to write
// summary: Sent through the read-only login by `tiertrace doctor`; the server has to refuse it.
// mode: write
// engine: neo4j>=5, embedded
CREATE (n:WriteProbe)
DELETE n;
