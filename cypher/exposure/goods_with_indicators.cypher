// title: Goods made in a country for which an indicator stands
// summary: An official list says that this good from this country is made with forced labour. That is an inferred
// summary: indicator, never an allegation against the sites that are counted here, and it never enters the score.
// param: as_of DATE required, example "2024-06-30"
// returns: commodity STRING; country STRING; finding_id STRING; authority STRING; category STRING; valid_from DATE;
// returns: sites INTEGER; site_ids LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (finding:Finding {kind: 'good_country'})-[:ABOUT_COMMODITY]->(commodity:Commodity)
MATCH (finding)-[:ABOUT_COUNTRY]->(country:Country)
WHERE coalesce(finding.status, '') <> 'retracted'
  AND (finding.valid_from IS NULL OR finding.valid_from <= $as_of)
  AND (finding.valid_to IS NULL OR $as_of < finding.valid_to)
OPTIONAL MATCH (site:Facility)-[:PRODUCES]->(commodity)
WHERE site.country = country.id
WITH commodity, country, finding, site.id AS site_id
ORDER BY site_id
WITH commodity, country, finding, collect(site_id) AS site_ids
RETURN
  commodity.name AS commodity,
  country.id AS country,
  finding.id AS finding_id,
  finding.authority AS authority,
  finding.category AS category,
  finding.valid_from AS valid_from,
  size(site_ids) AS sites,
  site_ids
ORDER BY sites DESC, commodity, country, finding_id;
