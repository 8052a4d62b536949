// title: Brands that a run already has results of
// summary: Lets a run that was written be left alone.
// param: id STRING required, example "3f2a9c0d1e4b5a67"
// returns: brand STRING
// mode: read
// engine: neo4j>=5, embedded
MATCH (run:ExposureRun {id: $id})-[:FOUND]->(brand:Organization)
RETURN brand.id AS brand;
