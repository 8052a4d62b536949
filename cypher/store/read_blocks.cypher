// title: Blocks of records
// summary: The bytes of the given blocks.
// param: ids LIST<STRING> required, example "a|b"
// returns: id STRING; table STRING; part INTEGER; data BYTES
// mode: read
// engine: neo4j>=5, embedded
UNWIND $ids AS id
MATCH (b:Block {id: id})
RETURN b.id AS id, b.table AS table, b.part AS part, b.data AS data;
