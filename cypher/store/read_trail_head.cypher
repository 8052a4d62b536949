// title: End of the audit trail
// summary: Number and hash of the last entry as the store remembers them, and the version of the records; no row where
// summary: nothing was ever written.
// returns: store STRING; last INTEGER; head STRING; records INTEGER
// mode: read
// engine: neo4j>=5, embedded
MATCH (s:StoreState {id: 'store'})
RETURN s.uuid AS store, coalesce(s.audited, 0) AS last, coalesce(s.audit_hash, s.uuid) AS head, s.records AS records;
