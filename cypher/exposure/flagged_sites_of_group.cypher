// title: Flagged sites of a company group
// summary: Sites that a company operates or controls and on which a forced-labour finding stands that day: on the site
// summary: itself ("named") or on a company above it ("ownership", only within the finding's own reach and country).
// param: organization_id STRING required, example "group-1"
// param: as_of DATE required, example "2024-06-30"
// param: categories LIST<STRING> default "forced_labour|forced_child_labour"
// returns: site_id STRING; site STRING; country STRING; class STRING; finding_id STRING; subject_id STRING; subject
// returns: STRING; scope_commodity STRING
// mode: read
// engine: neo4j>=5.23, embedded
MATCH reach = (owner:Organization {id: $organization_id})-[:OWNS|OPERATES*1..7]->(site:Facility)
WHERE all(holding IN relationships(reach)
    WHERE (holding.percent IS NULL OR holding.percent >= 50)
      AND NOT coalesce(holding.kind, '') IN ['fund_management', 'other']
      AND (holding.valid_from IS NULL OR holding.valid_from <= $as_of)
      AND (holding.valid_to IS NULL OR $as_of < holding.valid_to))
WITH DISTINCT site
MATCH way = (site)<-[:OWNS|OPERATES*0..7]-(subject)
MATCH (subject)<-[:ABOUT]-(finding:Finding)
WHERE finding.category IN $categories
  AND coalesce(finding.status, '') <> 'retracted'
  AND finding.severity * finding.confidence > 0
  AND (finding.valid_from IS NULL OR finding.valid_from <= $as_of)
  AND (finding.valid_to IS NULL OR $as_of < finding.valid_to)
  AND (length(way) <= 1 OR finding.includes_subsidiaries)
  AND all(holding IN relationships(way)
    WHERE (type(holding) = 'OPERATES' OR finding.includes_subsidiaries)
      AND (holding.percent IS NULL OR holding.percent >= 50)
      AND NOT coalesce(holding.kind, '') IN ['fund_management', 'other']
      AND (holding.valid_from IS NULL OR holding.valid_from <= $as_of)
      AND (holding.valid_to IS NULL OR $as_of < holding.valid_to))
  AND (finding.scope_country IS NULL OR site.country = finding.scope_country)
WITH finding, subject, site, min(length(way)) AS steps
RETURN
  site.id AS site_id,
  site.name AS site,
  site.country AS country,
  CASE steps WHEN 0 THEN 'named' ELSE 'ownership' END AS class,
  finding.id AS finding_id,
  subject.id AS subject_id,
  subject.name AS subject,
  finding.scope_commodity AS scope_commodity
ORDER BY site, site_id, class, finding_id;
