"""The network picture as one HTML file that loads nothing and runs nothing but its own two scripts.

pyvis's own page calls content networks even with ``cdn_resources="in_line"``; this one takes what pyvis built (nodes,
links, options) and the vis-network library that pyvis ships, and forbids everything else by a content security policy
that names the two scripts by their hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import pyvis
from pyvis.network import Network

from graph_core.viz.colours import PALETTE, Theme
from graph_core.viz.text import clean

_PAGE = Path(__file__).with_name("network_page.html")
_SCRIPT = """
const content = JSON.parse({data});
const box = document.getElementById("network");
const net = new vis.Network(box, {{nodes: content.nodes, edges: content.edges}}, content.options);
net.once("afterDrawing", () => net.fit({{animation: false, maxZoomLevel: 1.1}}));
"""


def vis_network() -> str:
    """Read the vis-network library that pyvis ships."""
    return (
        (Path(pyvis.__file__).parent / "lib" / "vis-9.1.2" / "vis-network.min.js")
        .read_text(encoding="utf-8")
        .replace("</script", "<\\/script")
    )


def options(net: Network) -> dict[str, Any]:
    """Give the options of a pyvis network as plain data."""
    return dict(net.options if isinstance(net.options, dict) else json.loads(net.options.to_json()))


def network_html(net: Network, title: str, theme: Theme = "light") -> str:
    """Write a network as a page of its own.

    Parameters
    ----------
    net : Network
        Built by `graph_core.viz.network.network`: its titles hold no markup.
    title : str
        Sentence above the picture that says what a reader looks at; escaped here.
    theme : {"light", "dark"}
        Colours.

    Returns
    -------
    str
        A complete HTML document, the same for the same network.
    """
    data = {"nodes": net.nodes, "edges": net.edges, "options": options(net)}
    library = vis_network()
    script = _SCRIPT.format(data=_literal(data))
    policy = (
        f"default-src 'none'; script-src {_hash(library)} {_hash(script)}; style-src 'unsafe-inline'; img-src data:"
    )
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        policy=policy,
        title=escape(clean(title)),
        background=PALETTE[theme]["background"],
        text=PALETTE[theme]["text"],
        library=library,
        script=script,
    )


def _literal(data: dict[str, Any]) -> str:
    """Write data as a JavaScript string that cannot end its script element."""
    text = json.dumps(json.dumps(data, ensure_ascii=True, sort_keys=True))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
