"""The floors: bare ASGI applications on the same server that do only what cannot be left out.

``python -m bench.floors NAME PORT [UPSTREAM]`` serves one of them.
"""

import secrets
import sys
import time
from urllib.parse import parse_qsl

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.gateway.forward import Forwarder, UpstreamRequest
from gatelodge.oauth.jose import ACCESS_TOKEN_TYPE, SigningKey
from gatelodge.web import server
from gatelodge.web.http import ASGIApp, Receive, Scope, Send

_JSON = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode
_HOP_BY_HOP = frozenset({b"host", b"connection"})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _answer(send: Send, body: bytes) -> None:
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _form(receive: Receive) -> dict[str, str]:
    message = await receive()
    return dict(parse_qsl(message["body"].decode()))


def signing() -> ASGIApp:
    """Parse a form, sign the claims of an access token with ES256, answer JSON."""
    signing_key = SigningKey("floor", "ES256", ec.generate_private_key(ec.SECP256R1()))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        form = await _form(receive)
        now = int(time.time())
        claims = {
            "iss": "http://localhost:8080",
            "sub": form.get("grant_type", ""),
            "aud": "http://localhost:8080",
            "azp": "DemoApplicationConsumerKey0a",
            "client_id": "DemoApplicationConsumerKey0a",
            "aut": "APPLICATION",
            "scope": "default",
            "iat": now,
            "nbf": now,
            "exp": now + 86_400,
            "jti": "123456789012345678",
        }
        access_token = signing_key.sign(ACCESS_TOKEN_TYPE, _encode(claims))
        answer = {
            "access_token": access_token,
            "scope": "default",
            "token_type": "Bearer",
            "expires_in": 86_400,
        }
        return await _answer(send, _encode(answer))

    return app


def form() -> ASGIApp:
    """Parse a form and answer JSON with a random value."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        fields = await _form(receive)
        answer = {"access_token": secrets.token_urlsafe(32), "scope": str(len(fields))}
        return await _answer(send, _encode(answer))

    return app


def constant() -> ASGIApp:
    """Answer 300 bytes."""
    body = b'{"_embedded":"' + b"x" * 284 + b'"}'

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        return await _answer(send, body)

    return app


def proxy(upstream: str) -> ASGIApp:
    """Forward every request with the gateway's own client, and do nothing else."""
    forwarder = Forwarder({})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        request = UpstreamRequest(
            method=scope["method"].encode(),
            target=scope["raw_path"],
            headers=[pair for pair in scope["headers"] if pair[0] not in _HOP_BY_HOP],
            body="none",
            scope=scope,
        )
        return await forwarder.send(upstream, request, receive, send)

    return app


def main() -> None:
    """Serve the floor named on the command line."""
    name, port, *rest = sys.argv[1:]
    makers = {"signing": signing, "form": form, "constant": constant}
    app = proxy(*rest) if name == "proxy" else makers[name]()
    server.serve(app, host="127.0.0.1", port=int(port))


if __name__ == "__main__":
    main()
