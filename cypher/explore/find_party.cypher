// title: Find an organisation or a site by name or id
// summary: Parties whose id, name or one of whose other names contains a text, in any script, whatever its case.
// param: text STRING required, example "spinning"
// returns: id STRING; name STRING; kind STRING; country STRING; aliases LIST<STRING>; brand BOOLEAN
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (party:Party)
WHERE toLower(party.id) CONTAINS toLower($text)
  OR toLower(party.name) CONTAINS toLower($text)
  OR any(alias IN coalesce(party.aliases, []) WHERE toLower(alias) CONTAINS toLower($text))
RETURN
  party.id AS id,
  party.name AS name,
  CASE WHEN party:Facility THEN 'facility' ELSE 'organisation' END AS kind,
  party.country AS country,
  coalesce(party.aliases, []) AS aliases,
  coalesce(party.brand, false) AS brand
ORDER BY name, id;
