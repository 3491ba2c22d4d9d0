"""Every path the program answers, found by starting the composed program on an empty directory."""

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from gatelodge.app import Dispatch, Program
from gatelodge.settings import Secrets, Settings
from gatelodge.web.http import ASGIApp, Message, Scope

TENANT = "tenant"
SECRET_BYTES = 32
# A method nothing answers: the refusal's Allow header names those it does (RFC 9110 15.5.6).
UNANSWERED = "TRACE"

# The specification's word for each machine-read endpoint; a new one has to be named here.
MEANINGS = {
    "/token": "token endpoint (RFC 6749 section 3.2)",
    "/revoke": "token revocation (RFC 7009)",
    "/introspect": "token introspection (RFC 7662)",
    "/userinfo": "claims about the user (OpenID Connect Core section 5.3)",
    "/jwks": "public signing keys (RFC 7517)",
    "/.well-known/oauth-authorization-server": "authorization server metadata (RFC 8414)",
    "/.well-known/openid-configuration": "provider metadata (OpenID Connect Discovery)",
    "/authorize": "authorization endpoint (RFC 6749 section 3.1)",
    "/health/live": "the process answers",
    "/health/ready": "the database answers",
}

Part = TypeVar("Part")


class Answered(NamedTuple):
    """One path: its methods, what it is for, and the further paths that lead to it."""

    path: str
    methods: str
    meaning: str
    aliases: tuple[str, ...] = ()


def endpoints_and_pages() -> tuple[list[Answered], list[Answered]]:
    """Return the machine-read endpoints and the pages of the composed program."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(tenant=TENANT, data_dir=Path(folder))
        return asyncio.run(_answered(Program(settings, Secrets(bytes(SECRET_BYTES)))))


async def _answered(program: Program) -> tuple[list[Answered], list[Answered]]:
    async with program._running():  # noqa: SLF001 - the lifespan protocol would hide the parts
        dispatch = _part(program, Dispatch)
        exact: Mapping[str, ASGIApp] = dispatch._exact  # noqa: SLF001 - see above
        pages = sorted({*_pages(_part(dispatch, Starlette).routes)})
        endpoints = [await _endpoint(path, app, exact) for path, app in exact.items()]
        return [found for found in endpoints if found], pages


def _part(whole: object, kind: type[Part]) -> Part:
    """Return the first object of this kind among the whole's parts, outermost first."""
    waiting = [whole]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, kind):
            return found
        waiting += [part for part in vars(found).values() if hasattr(part, "__dict__")]
    raise LookupError(f"the program has no {kind.__name__}")


async def _endpoint(path: str, app: ASGIApp, exact: Mapping[str, ASGIApp]) -> Answered | None:
    """Describe one endpoint; None for a path that is another's alias."""
    if path.startswith(("/oauth2/", f"/t/{TENANT}/")):
        return None
    aliases = tuple(sorted(other for other in exact if other.endswith(f"/oauth2{path}")))
    return Answered(path, await _allowed(path, app), MEANINGS[path], aliases)


async def _allowed(path: str, app: ASGIApp) -> str:
    """Ask an endpoint which methods it has, by sending it one it has not."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "method": UNANSWERED,
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "state": {"request_id": "0"},
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return str(dict(sent[0]["headers"])[b"allow"].decode())


def _pages(routes: Iterable[BaseRoute]) -> Iterator[Answered]:
    """Yield the routes of pages; static files are no pages."""
    for route in routes:
        if isinstance(route, Route):
            methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
            yield Answered(route.path, methods, route.name.replace("_", " "))
