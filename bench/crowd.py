"""Callers: the one of an empty installation, or another of very many for every request."""

import random
from collections.abc import Callable

import msgspec

from bench import load, scenarios
from bench.filling import Crowd
from bench.load import NextRequest
from gatelodge.demo import credentials as demo

_KEPT_ALONE = 1_000
_KEPT_OF_CROWD = 200_000
_GRANT = "grant_type=refresh_token&refresh_token="


class Callers:
    """Makes requests, and keeps the access tokens that refreshing returned for the gateway."""

    def __init__(self, host: str, crowd: Crowd | None) -> None:
        self._host = host
        self._crowd = crowd
        self._random = random.Random(7)
        self._fresh = iter(range(0))
        self.access_tokens: list[str] = []
        if crowd is not None:
            order = list(range(crowd.sizes.refresh_tokens))
            self._fresh = iter(self._random.sample(order, min(len(order), 1_000_000)))

    def token(self) -> NextRequest:
        """Return what asks for an application's own access token."""
        form = b"grant_type=client_credentials"
        if self._crowd is None:
            request = load.form_post("/token", self._host, form, scenarios.CLIENT)
            return lambda _: request
        return lambda _: load.form_post("/token", self._host, form, self._client(self._any()))

    def refresh(self, refresh_token: str) -> NextRequest:
        """Return what refreshes: in a crowd a token nobody has used yet, otherwise the last one."""
        if self._crowd is not None:
            return self._refresh_any
        return self._chain(refresh_token)

    def gateway(self) -> NextRequest:
        """Return what calls the Provisioning API as one of those who refreshed."""

        def call(_: bytes) -> bytes:
            access_token = self._random.choice(self.access_tokens)
            bearer = {"Authorization": f"Bearer {access_token}"}
            return load.request_head("GET", scenarios.API, self._host, bearer)

        return call

    def _any(self) -> int:
        assert self._crowd is not None
        return self._random.randrange(self._crowd.sizes.applications)

    def _client(self, n: int) -> dict[str, str]:
        assert self._crowd is not None
        return scenarios.basic(self._crowd.consumer_key(n), demo.CONSUMER_SECRET)

    def _refresh_any(self, last: bytes) -> bytes:
        assert self._crowd is not None
        self._keep(last)
        n = next(self._fresh)
        body = _GRANT + self._crowd.refresh_token(n)
        return load.form_post("/token", self._host, body.encode(), self._client(n))

    def _chain(self, refresh_token: str) -> Callable[[bytes], bytes]:
        def following(last: bytes) -> bytes:
            nonlocal refresh_token
            refresh_token = self._keep(last) or refresh_token
            body = (_GRANT + refresh_token).encode()
            return load.form_post("/token", self._host, body, scenarios.CLIENT)

        return following

    def _keep(self, answer: bytes) -> str:
        """Keep an answer's access token; return its refresh token."""
        if not answer:
            return ""
        tokens: dict[str, str] = msgspec.json.decode(answer)
        if len(self.access_tokens) < (_KEPT_ALONE if self._crowd is None else _KEPT_OF_CROWD):
            self.access_tokens.append(tokens["access_token"])
        return tokens["refresh_token"]
