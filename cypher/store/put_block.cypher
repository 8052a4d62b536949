// title: Keep a block of records
// summary: Writes compressed Parquet bytes of a part of one record table of one source.
// param: id STRING required
// param: tag STRING required
// param: source_id STRING required
// param: table STRING required
// param: part INTEGER required
// param: rows INTEGER required
// param: data BYTES required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MERGE (b:Block {id: $id})
SET b.tag = $tag, b.set = $source_id, b.table = $table, b.part = $part, b.n = $rows, b.data = $data;
