"""What produces every figure in the docs; nothing here is a test."""
