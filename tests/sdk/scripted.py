"""An authorization server and an API that answer as told, without sockets, and a clock to move."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from gatelodge_client import Connecting, Retrying, Secret, Settings

BASE = "https://api.example.com"
TOKEN_URL = "https://login.example.org/token"
KEY, CONSUMER_SECRET = "ConsumerKey0a", "ConsumerSecret0a"
Answer = httpx2.Response | Exception


class Clock:
    """The time; waiting moves it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.waits: list[float] = []

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.waits.append(seconds)
        self.time += seconds

    async def async_sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.sleep(seconds)


class Server:
    """Gives the next scripted answer of a path; the last one stays. Keeps what was asked."""

    def __init__(self) -> None:
        self._answers: dict[str, deque[Answer]] = {}
        self._lock = threading.Lock()
        self.asked: list[httpx2.Request] = []
        self.before: Callable[[httpx2.Request], None] = lambda _: None

    def answer(self, path: str, *answers: Answer) -> None:
        """Script the answers of a path."""
        self._answers[path] = deque(answers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as scripted."""
        self.before(request)
        with self._lock:
            # A copy: the same request is sent again with another access token.
            headers, content = request.headers.copy(), request.content
            self.asked.append(
                httpx2.Request(request.method, request.url, headers=headers, content=content)
            )
            script = self._answers[request.url.path]
            answer = script.popleft() if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=answer.content, request=request
        )

    def count(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(1 for request in self.asked if request.url.path == path)

    def forms(self, path: str = "/token") -> list[dict[str, str]]:
        """Return the forms sent to a path, in order."""
        found = (request for request in self.asked if request.url.path == path)
        return [dict(parse_qsl(request.content.decode())) for request in found]

    def connecting(self, clock: Clock | None = None) -> Connecting:
        """Return connections that lead here."""
        transport = httpx2.MockTransport(self)
        if clock is None:
            return Connecting(transport=transport, async_transport=transport)
        return Connecting(
            transport=transport,
            async_transport=transport,
            sleep=clock.sleep,
            async_sleep=clock.async_sleep,
        )


def settings(**more: Any) -> Settings:
    """Return settings whose token host is not the API's."""
    given = {
        "client_secret": Secret(CONSUMER_SECRET),
        "token_url": TOKEN_URL,
        "revoke_url": "https://login.example.org/revoke",
        **more,
    }
    return Settings(base_url=BASE, client_id=KEY, **given)


def tokens(number: int = 1, **more: object) -> httpx2.Response:
    """Return a token answer whose values end in ``number``; None leaves a field out."""
    fields: dict[str, object] = {
        "access_token": f"access-secret-{number}",
        "refresh_token": f"refresh-secret-{number}",
        "scope": "openid",
        "token_type": "Bearer",
        "expires_in": 86400,
        **more,
    }
    return httpx2.Response(200, json={k: v for k, v in fields.items() if v is not None})


def oauth_error(code: str, description: str = "", status: int = 400) -> httpx2.Response:
    """Return a token endpoint's refusal."""
    return httpx2.Response(status, json={"error": code, "error_description": description})


def fault(status: int, code: str, message: str = "", **headers: str) -> httpx2.Response:
    """Return a gateway's fault."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={"code": code, "message": message}, headers=named)


def steady(attempts: int = 3) -> Retrying:
    """Return retries without chance: each wait is the whole of what it may be."""
    return Retrying(attempts=attempts, chance=lambda: 1.0)
