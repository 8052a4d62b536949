// title: Note who did what
// summary: Adds an entry to the audit trail, and remembers it as the last one.
// param: id STRING required
// param: seq INTEGER required
// param: at STRING required
// param: name STRING required
// param: role STRING required
// param: via STRING required
// param: what STRING required
// param: subject STRING required
// param: detail STRING required
// param: state STRING required
// param: records INTEGER required
// param: previous STRING required
// param: hash STRING required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH (s:StoreState {id: 'store'})
SET s.audited = $seq, s.audit_hash = $hash
CREATE (:AuditEntry {id: $id, seq: $seq, at: $at, name: $name, role: $role, via: $via, what: $what,
  subject: $subject, detail: $detail, state: $state, records: $records, previous: $previous, hash: $hash});
