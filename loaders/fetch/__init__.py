"""Public lists: where they are published, and how they are downloaded."""
