// title: Which flagged parties make up the score of a run
// summary: The attribution of every brand in one run, largest first; the shares of a brand sum to its score.
// param: run_id STRING required, example "run-2"
// param: brand_id STRING default null
// returns: brand_id STRING; brand STRING; score FLOAT 0..1; party_id STRING; party STRING; country STRING; share FLOAT
// returns: 0..1
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (run:ExposureRun {id: $run_id})-[found:FOUND]->(brand:Organization)
WHERE $brand_id IS NULL OR brand.id = $brand_id
WITH brand, found.score AS score, found.attribution_ids AS ids, found.attribution_shares AS shares
UNWIND range(0, size(ids) - 1) AS i
WITH brand, score, ids[i] AS party_id, shares[i] AS share
OPTIONAL MATCH (party:Party {id: party_id})
RETURN
  brand.id AS brand_id,
  brand.name AS brand,
  score,
  party_id,
  party.name AS party,
  party.country AS country,
  share
ORDER BY brand, brand_id, share DESC, party_id;
