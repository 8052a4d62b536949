"""Bills of lading: many shipments of two parties are one link."""
