// title: Sites and companies flagged on a day
// summary: Class "named": a forced-labour finding on the party itself; "ownership": one on a company that operates or
// summary: controls it. Where scope_commodity is given, the finding counts for that good alone.
// param: as_of DATE required, example "2024-06-30"
// param: categories LIST<STRING> default "forced_labour|forced_child_labour"
// returns: party_id STRING; party STRING; country STRING; class STRING; finding_id STRING; authority STRING; valid_from
// returns: DATE; subject_id STRING; subject STRING; scope_commodity STRING; strength FLOAT 0..1
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (finding:Finding)-[:ABOUT]->(subject)
WHERE finding.category IN $categories
  AND coalesce(finding.status, '') <> 'retracted'
  AND finding.severity * finding.confidence > 0
  AND (finding.valid_from IS NULL OR finding.valid_from <= $as_of)
  AND (finding.valid_to IS NULL OR $as_of < finding.valid_to)
MATCH way = (subject)-[:OWNS|OPERATES*0..7]->(site)
WHERE (length(way) <= 1 OR finding.includes_subsidiaries)
  AND all(holding IN relationships(way)
    WHERE (type(holding) = 'OPERATES' OR finding.includes_subsidiaries)
      AND (holding.percent IS NULL OR holding.percent >= 50)
      AND (holding.valid_from IS NULL OR holding.valid_from <= $as_of)
      AND (holding.valid_to IS NULL OR $as_of < holding.valid_to))
  AND (finding.scope_country IS NULL
    OR finding.scope_country = site.country
    OR (site.country IS NULL AND EXISTS {
      MATCH (site)-[:OWNS|OPERATES]->(held:Facility)
      WHERE held.country = finding.scope_country
    }))
WITH finding, subject, site, min(length(way)) AS steps
RETURN
  site.id AS party_id,
  site.name AS party,
  site.country AS country,
  CASE steps WHEN 0 THEN 'named' ELSE 'ownership' END AS class,
  finding.id AS finding_id,
  finding.authority AS authority,
  finding.valid_from AS valid_from,
  subject.id AS subject_id,
  subject.name AS subject,
  finding.scope_commodity AS scope_commodity,
  finding.severity * finding.confidence AS strength
ORDER BY party, party_id, class, finding_id;
