"""HTTP headers of the app: what a browser may do with its pages.

Streamlit sets none of these itself. They take effect where the app is served by `tiertrace app` (``served.py``).
"""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware

#: What pages may load and where they may send. Streamlit's own pages need `unsafe-inline` for styles, which its widgets
#: set one by one; `unsafe-eval`, by which Vega makes functions of chart expressions; and `blob:` scripts, as which
#: custom components are loaded. No host but the app's own is named: neither data nor addresses leave to another.
_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
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
