"""HTTP headers of the app: what a browser may do with its pages.

Streamlit sets none of these itself. They take effect where the app is served by `tiertrace app` (``served.py``).
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import streamlit
from starlette.middleware import Middleware


def _inline_scripts() -> str:
    """Hashes of the scripts that stand in Streamlit's own page; no other inline script runs."""
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    found = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found]
    return " ".join(f"'sha256-{one}'" for one in hashes)


#: What pages may load and where they may send: no host but the app's own, so that neither data nor addresses leave.
#: Scripts are files of the app's own, the one that stands in Streamlit's page, by its hash, and `blob:`, as which
#: Streamlit loads custom components; neither `unsafe-inline` nor `unsafe-eval` is needed. Styles need `unsafe-inline`:
#: Streamlit's widgets set theirs one by one.
_POLICY = (
    "default-src 'self'",
    f"script-src 'self' {_inline_scripts()} blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' blob: data:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)
HEADERS = {
    "content-security-policy": "; ".join(_POLICY),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",  # addresses name brands and sites
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class _Headers:
    """ASGI middleware that adds `HEADERS` to every response."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = [(name, value) for name, value in message["headers"] if name.decode().lower() not in HEADERS]
                message["headers"] = said + [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            await send(message)

        await self._app(scope, receive, with_headers)


MIDDLEWARE = [Middleware(_Headers)]
