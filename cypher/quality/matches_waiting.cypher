// title: Matches that wait for review
// summary: Findings that may be about a party, with the reason why nothing decided it. They count only where unreviewed
// summary: matches are asked for.
// returns: finding_id STRING; named_as STRING; named_country STRING; authority STRING; party_id STRING; party STRING;
// returns: country STRING; rule STRING; reason STRING
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (finding:Finding)-[match:MAY_BE_ABOUT]->(party)
RETURN
  finding.id AS finding_id,
  finding.subject_name AS named_as,
  finding.subject_country AS named_country,
  finding.authority AS authority,
  party.id AS party_id,
  party.name AS party,
  party.country AS country,
  match.rule AS rule,
  match.reason AS reason
ORDER BY finding_id, party_id;
