"""A provider of the tests' own, good until a test makes one thing of what it says wrong."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

NOW = 1_800_000_000
CLIENT_ID = "gatelodge"


class HostileProvider:
    """Answers metadata, keys and token requests; ``asked`` lists the paths it was asked for."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self.nonce = ""
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.id_token: str | None = None
        self.raw: dict[str, bytes] = {}
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self.over = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            self.asked.append(path)
            if path in self.silent:
                await self.over.wait()
            writer.write(self.raw.get(path) or _ok(self._document(path)))
            await writer.drain()
        writer.close()

    def signed(self, key: ECKey | None = None, **header: Any) -> str:
        """Return the id_token as its claims are now."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "nonce": self.nonce,
            "iat": NOW,
            "exp": NOW + 300,
            "email": "ada@corp.example",
            **self.claims,
        }
        payload = json.dumps({k: v for k, v in claims.items() if v is not None})
        return jws.serialize_compact(
            {"alg": "ES256", "kid": self.key.kid, **header}, payload, key or self.key
        )

    def _document(self, path: str) -> dict[str, Any]:
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            text = self.id_token or self.signed()
            return {"id_token": text, "access_token": "at", "token_type": "Bearer"}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            **self.metadata,
        }


def _ok(document: dict[str, Any]) -> bytes:
    body = json.dumps(document).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextlib.asynccontextmanager
async def hostile_provider() -> AsyncIterator[HostileProvider]:
    """Run one on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    found = HostileProvider(listening.getsockname()[1])
    async with await asyncio.start_server(found, sock=listening):
        yield found
        found.over.set()
