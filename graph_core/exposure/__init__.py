"""Scores that propagate along a supply network, and what explains them."""

from graph_core.exposure.traced import TracedShare, traced_share

__all__ = ["TracedShare", "traced_share"]
