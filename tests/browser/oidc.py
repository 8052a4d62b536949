"""A provider of sign-ins (OpenID Connect) on this machine, that lets in whoever the test says."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "tiertrace", "s3cret-of-the-client"


class Provider:
    """Who signs in next, and the key that says so.

    Attributes
    ----------
    claims : dict
        Of the person who signs in next.
    """

    def __init__(self, port: int) -> None:
        from joserfc.jwk import RSAKey

        self.issuer = f"http://127.0.0.1:{port}"
        self.claims: dict[str, Any] = {}
        self._key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"}, auto_kid=False)
        self._codes: dict[str, dict[str, Any]] = {}

    def metadata(self) -> dict[str, Any]:
        paths = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks", "end")}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": paths["authorize"],
            "token_endpoint": paths["token"],
            "jwks_uri": paths["jwks"],
            "end_session_endpoint": paths["end"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}

    def authorized(self, asked: dict[str, str]) -> str:
        """Address to which the browser goes back."""
        code = f"code{len(self._codes)}"
        self._codes[code] = {"nonce": asked.get("nonce"), **self.claims}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str], authorization: str) -> dict[str, Any]:
        """Token for a code, once, and for the client alone."""
        from joserfc import jwt

        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {expected}" and asked.get("client_secret") != SECRET:
            raise PermissionError(authorization)
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 600}
        claims = said | self._codes.pop(asked["code"])
        token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 600, "id_token": token}


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve one for the time of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._json(served.metadata())
            elif parts.path == "/jwks":
                self._json(served.keys())
            elif parts.path == "/authorize":
                self._to(served.authorized(asked))
            else:
                self._to(asked.get("post_logout_redirect_uri", served.issuer))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            self._json(served.token(asked, self.headers.get("Authorization", "")))

        def _json(self, value: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def _to(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Provider(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
