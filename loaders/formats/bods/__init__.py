"""Beneficial Ownership Data Standard: statements, and the holdings that follow from them."""
