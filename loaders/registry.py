"""Which formats can be loaded."""

from __future__ import annotations

import difflib
from importlib import import_module

from graph_core.errors import UsageError
from loaders.base import Loader

#: Format -> module that has a ``LOADER``, in the order in which they are listed.
_MODULES = {
    "tables": "loaders.tables",
    "mapping": "loaders.mapping",
    "palm-oil": "loaders.palm_oil",
    "nike": "loaders.nike",
    "os-hub": "loaders.os_hub",
    "bills-of-lading": "loaders.bills_of_lading",
    "wikirate": "loaders.wikirate",
    "uflpa": "loaders.uflpa",
    "cbp-orders": "loaders.cbp_orders",
    "bis": "loaders.bis",
    "opensanctions": "loaders.opensanctions",
    "dol-goods": "loaders.dol_goods",
    "bods": "loaders.bods",
    "gleif": "loaders.gleif",
    "countries": "loaders.country_table",
}


def names() -> list[str]:
    """Names of the formats that can be loaded."""
    return list(_MODULES)


def get(name: str) -> Loader:
    """Find the loader of a format.

    Raises
    ------
    UsageError
        There is no such format.
    """
    if name not in _MODULES:
        close = difflib.get_close_matches(name, _MODULES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UsageError(f"there is no format {name!r}{hint} (formats: {', '.join(_MODULES)})")
    loader: Loader = import_module(_MODULES[name]).LOADER
    return loader


def all() -> list[Loader]:  # noqa: A001 - reads as registry.all()
    """All loaders, in the order in which they are listed."""
    return [get(name) for name in _MODULES]
