// title: The last exposure run of every brand
// summary: Figures that the program wrote back: the run of the latest day, of one score. Null is "not known", never
// summary: zero.
// param: score_name STRING default traced_share
// returns: brand_id STRING; brand STRING; run_id STRING; as_of DATE; score FLOAT 0..1; lower FLOAT 0..1; upper FLOAT
// returns: 0..1; unmapped FLOAT 0..1; coverage FLOAT 0..1; documented_only FLOAT 0..1; parameters STRING JSON
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (run:ExposureRun {score_name: $score_name})-[found:FOUND]->(brand:Organization)
WITH brand, run, found
ORDER BY run.as_of DESC, run.id DESC
WITH brand, collect({run: run.id, as_of: run.as_of, score: found.score, lower: found.lower, upper: found.upper,
  unmapped: found.unmapped, coverage: found.coverage, documented_only: found.documented_only,
  parameters: run.parameters})[0] AS last
RETURN
  brand.id AS brand_id,
  brand.name AS brand,
  last.run AS run_id,
  last.as_of AS as_of,
  last.score AS score,
  last.lower AS lower,
  last.upper AS upper,
  last.unmapped AS unmapped,
  last.coverage AS coverage,
  last.documented_only AS documented_only,
  last.parameters AS parameters
ORDER BY coalesce(last.score, -1.0) DESC, brand, brand_id;
