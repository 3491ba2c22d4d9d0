"""Every path the program answers, found by starting the composed program on an empty directory."""

import asyncio
import inspect
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from starlette.routing import BaseRoute, Route, Router

from gatelodge.app import Program
from gatelodge.app.dispatch import Dispatch, alias_paths
from gatelodge.management.application import ROOT, Management
from gatelodge.oauth.discovery import RESOURCE_METADATA
from gatelodge.settings import Secrets, Settings
from gatelodge.web.http import ASGIApp, Message, Scope

TENANT = "tenant"
SECRET_BYTES = 32
# Pages of the authorization server, which has no routes to ask.
SIGN_IN_PAGES = {
    "/signin": "Sign a user in for a waiting authorization request, or to their own account",
    "/device": "Take the code that a device shows",
    "/device/allowed": "Say that the device goes on by itself",
    "/device/confirm": "Ask the user whether the application on a device may act for them",
    "/device/denied": "Say that the device got nothing",
    "/consent": "Ask the user whether the application may act for them",
    "/signout": "Sign the user out",
    "/signin/link": "Ask a user from a provider whose account here is theirs",
    "/me/linked": "Show, link and unlink a user's accounts at providers",
    "/signin/second": "Ask a user for a second factor and finish the sign-in",
    "/me/two-step": "Show a user's second factors",
    "/me/two-step/app": "Set up a user's authenticator app",
    "/me/two-step/app/remove": "Take a user's authenticator app away",
    "/me/two-step/codes": "Show fresh recovery codes once; give fresh ones",
    "/me/two-step/passkeys": "Take a user's new passkey",
    "/me/two-step/passkeys/rename": "Give a user's passkey another name",
    "/me/two-step/passkeys/remove": "Take a user's passkey away",
    "/me": "Show a user who they are here",
    "/me/applications": "Show which applications act for a user; withdraw",
    "/me/sessions": "Show where a user is signed in; sign out of one browser, or of all others",
}
# A method nothing answers: the refusal's Allow header names those it does (RFC 9110 15.5.6).
UNANSWERED = "TRACE"

# The specification's word for each machine-read endpoint; a new one has to be named here.
MEANINGS = {
    "/token": "token endpoint (RFC 6749 section 3.2)",
    "/device_authorization": "device authorization endpoint (RFC 8628 section 3.1)",
    "/revoke": "token revocation (RFC 7009)",
    "/introspect": "token introspection (RFC 7662)",
    "/userinfo": "claims about the user (OpenID Connect Core section 5.3)",
    "/jwks": "public signing keys (RFC 7517)",
    "/openapi.json": "description of the OAuth endpoints (OpenAPI 3.1)",
    "/.well-known/oauth-authorization-server": "authorization server metadata (RFC 8414)",
    "/.well-known/openid-configuration": "provider metadata (OpenID Connect Discovery)",
    "/authorize": "authorization endpoint (RFC 6749 section 3.1)",
    "/endsession": "end session endpoint (OpenID Connect RP-Initiated Logout 1.0)",
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


def management_operations() -> list[Answered]:
    """Return the operations of the management API, as its table has them."""

    async def found() -> list[Answered]:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(tenant=TENANT, data_dir=Path(folder))
            program = Program(settings, Secrets(bytes(SECRET_BYTES)))
            async with program._running():  # noqa: SLF001 - see below
                operations = part_of(program, Management).operations
        return sorted(
            Answered(f"{ROOT}{one.path}", one.method, _sentence(one.unit)) for one in operations
        )

    return asyncio.run(found())


async def _answered(program: Program) -> tuple[list[Answered], list[Answered]]:
    async with program._running():  # noqa: SLF001 - the lifespan protocol would hide the parts
        dispatch = part_of(program, Dispatch)
        exact: Mapping[str, ASGIApp] = dispatch._exact  # noqa: SLF001 - see above
        described = [await _endpoint(path, exact) for path in exact if _is_asked(path)]
        routes = part_of(dispatch._pages, Router).routes  # noqa: SLF001 - see above
    pages = [found for found in described if found.path not in MEANINGS]
    resources = await _allowed(RESOURCE_METADATA, dispatch._resources)  # noqa: SLF001 - see above
    about = Answered(
        f"{RESOURCE_METADATA}/t/{TENANT}/...",
        resources,
        "metadata of the API at the path that follows (RFC 9728)",
    )
    return (
        [*(found for found in described if found.path in MEANINGS), about, *_FOR_PROXIES],
        sorted({*pages, *_pages(routes)}),
    )


def _is_asked(path: str) -> bool:
    return not path.startswith(("/oauth2/", f"/t/{TENANT}/", "/gate/"))


# They answer proxies only, with any method: asked as the others are, they say 404.
_FOR_PROXIES = (
    Answered("/gate/check", "any", "whether a call may pass, asked by a trusted proxy"),
    Answered("/gate/fault", "GET", "the fault that a trusted proxy brings in a header"),
)


def part_of(whole: object, kind: type[Part]) -> Part:
    """Return the first object of this kind among the whole's parts, outermost first."""
    waiting, seen = [whole], {id(whole)}
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, kind):
            return found
        parts = [part for part in vars(found).values() if hasattr(part, "__dict__")]
        waiting += [part for part in parts if id(part) not in seen]
        seen |= {id(part) for part in parts}
    raise LookupError(f"the program has no {kind.__name__}")


async def _endpoint(path: str, exact: Mapping[str, ASGIApp]) -> Answered:
    """Describe one endpoint with the paths that lead to it as well."""
    aliases = sorted(set(alias_paths(path, TENANT)) & set(exact))
    meaning = (MEANINGS | SIGN_IN_PAGES)[path]
    return Answered(path, await _allowed(path, exact[path]), meaning, tuple(aliases))


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
            yield Answered(route.path, methods, _sentence(route.endpoint))


def _sentence(endpoint: Callable[..., object]) -> str:
    """Return the first sentence of what answers; the portal's desk wraps its pages' functions."""
    wrapped = inspect.getclosurevars(endpoint).nonlocals if inspect.isfunction(endpoint) else {}
    said = inspect.getdoc(wrapped.get("endpoint", endpoint)) or ""
    first, _, _ = " ".join(said.split()).partition(". ")
    return first.rstrip(".").replace("``", "`")
