"""Which formats can be loaded."""

from __future__ import annotations

import difflib
from importlib import import_module

from graph_core.errors import UsageError
from loaders.base import Loader

#: Format -> module that has a ``LOADER``, in the order in which they are listed.
_MODULES = {
    "tables": "loaders.formats.tables",
    "mapping": "loaders.formats.mapping.loader",
    "palm-oil": "loaders.formats.palm_oil",
    "nike": "loaders.formats.nike",
    "os-hub": "loaders.formats.os_hub.loader",
    "bills-of-lading": "loaders.formats.bills_of_lading.loader",
    "wikirate": "loaders.formats.wikirate",
    "uflpa": "loaders.formats.uflpa",
    "cbp-orders": "loaders.formats.cbp_orders.loader",
    "bis": "loaders.formats.bis",
    "opensanctions": "loaders.formats.opensanctions.loader",
    "dol-goods": "loaders.formats.dol_goods",
    "bods": "loaders.formats.bods.loader",
    "gleif": "loaders.formats.gleif",
    "countries": "loaders.formats.countries",
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
