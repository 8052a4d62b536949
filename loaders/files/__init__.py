"""Reading of tables, of any kind and size, as text and in pieces."""
