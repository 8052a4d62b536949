// title: One name in several countries
// summary: Parties whose normalised names are equal but whose countries differ: a finding on one must not reach the
// summary: other by its name alone.
// returns: key STRING; countries LIST<STRING>; party_ids LIST<STRING>; names LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (party:Party)
WHERE party.country IS NOT NULL
UNWIND party.keys AS key
WITH DISTINCT key, party
ORDER BY party.country, party.id
WITH
  key,
  collect(DISTINCT party.country) AS countries,
  collect(party.id) AS party_ids,
  collect(DISTINCT party.name) AS names
WHERE size(countries) > 1
RETURN key, countries, party_ids, names
ORDER BY key;
