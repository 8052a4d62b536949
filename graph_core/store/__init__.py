"""Graph stores: one driver path to the embedded engine and to Neo4j. Import from the modules inside."""
