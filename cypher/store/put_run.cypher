// title: Keep an exposure run
// summary: Writes parameters, input hash and code version of a computation; the same run again changes nothing.
// param: id STRING required
// param: as_of STRING required
// param: score_name STRING required
// param: parameters STRING required
// param: input_hash STRING required
// param: code_version STRING required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MERGE (x:ExposureRun {id: $id})
SET x.as_of = $as_of, x.score_name = $score_name, x.parameters = $parameters, x.input_hash = $input_hash,
  x.code_version = $code_version;
