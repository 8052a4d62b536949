"""Open Supply Hub: downloads, upload templates and answers of its API."""
