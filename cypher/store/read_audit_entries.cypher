// title: The audit trail
// summary: One row an entry, oldest first.
// returns: seq INTEGER; at STRING; name STRING; role STRING; via STRING; what STRING; subject STRING; detail STRING; state STRING; records INTEGER; previous STRING; hash STRING
// mode: read
// engine: neo4j>=5, embedded
MATCH (a:AuditEntry)
RETURN a.seq AS seq, a.at AS at, a.name AS name, a.role AS role, a.via AS via, a.what AS what, a.subject AS subject,
  a.detail AS detail, a.state AS state, a.records AS records, a.previous AS previous, a.hash AS hash
ORDER BY seq;
