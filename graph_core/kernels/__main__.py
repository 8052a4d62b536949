"""``python -m graph_core.kernels``: compile all kernels into their cache on disk; part of set-up."""

from __future__ import annotations

from graph_core import kernels

if kernels.installed():
    for name in kernels.MODULES:
        kernels.load(name)
