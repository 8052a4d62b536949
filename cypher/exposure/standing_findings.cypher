// title: Findings that stand on a day
// summary: Dates alone decide; a retracted finding never stands. Indicators about a good in a country or region are not
// summary: allegations against a site and are not listed here: see goods_with_indicators.
// param: as_of DATE required, example "2024-06-30"
// param: category STRING default null
// returns: finding_id STRING; authority STRING; category STRING; kind STRING; status STRING; valid_from DATE; valid_to
// returns: DATE; severity FLOAT 0..1; confidence FLOAT 0..1; party_id STRING; party STRING; country STRING; rule
// returns: STRING; url STRING
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (finding:Finding)
WHERE ($category IS NULL OR finding.category = $category)
  AND NOT coalesce(finding.kind, '') IN ['good_country', 'good_region']
  AND coalesce(finding.status, '') <> 'retracted'
  AND (finding.valid_from IS NULL OR finding.valid_from <= $as_of)
  AND (finding.valid_to IS NULL OR $as_of < finding.valid_to)
OPTIONAL MATCH (finding)-[about:ABOUT]->(party)
RETURN
  finding.id AS finding_id,
  finding.authority AS authority,
  finding.category AS category,
  finding.kind AS kind,
  finding.status AS status,
  finding.valid_from AS valid_from,
  finding.valid_to AS valid_to,
  finding.severity AS severity,
  finding.confidence AS confidence,
  party.id AS party_id,
  coalesce(party.name, finding.subject_name) AS party,
  coalesce(party.country, finding.subject_country) AS country,
  about.rule AS rule,
  finding.source_url AS url
ORDER BY finding_id, party_id;
