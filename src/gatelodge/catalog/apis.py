"""The API: one described interface version, its operations, and the rules for offering it."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from gatelodge.catalog.errors import Conflict, Invalid
from gatelodge.catalog.names import folded

ApiState = Literal["created", "published", "deprecated", "retired"]
Audience = Literal["any", "user", "application", "none"]
"""Who may call an operation: any subscribed token, only one that stands for a user, only one of the
application itself, or everybody without a token."""

MOUNTED = frozenset({"app:provisioning"})
"""Upstreams that are applications of Gatelodge's own."""
DEFAULT_PLAN = "Standard"
NAME_LENGTH = 100
CONTEXT_LENGTH = 100
VERSION_LENGTH = 40

_SEGMENT = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.))*"
_CONTEXT = re.compile(rf"(?:/{_SEGMENT})+")
_VERSION = re.compile(_SEGMENT)
_RESERVED = frozenset({"oauth2"})
_URL = re.compile(r"[!-~]+")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one path template (``/api/accounts/{account_id}``) of an API."""

    method: str
    path: str
    scopes: frozenset[str] = frozenset()
    audience: Audience = "any"
    summary: str = ""


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """One described interface version.

    ``context`` is its path below the tenant (``/provisioning``); the default version also answers
    without the version segment. Upstreams are URLs or ``app:NAME`` for a mounted application.
    Sensitive scopes are those an application gets only when a publisher approves.
    """

    id: int
    name: str
    version: str
    context: str
    description: str
    state: ApiState
    default_version: bool
    production_upstream: str | None
    sandbox_upstream: str | None
    plans: tuple[str, ...]
    operations: tuple[Operation, ...]
    scopes: dict[str, str]
    sensitive_scopes: frozenset[str] = frozenset()
    created_at: int


def check(api: Api, plans: Collection[str]) -> Api:
    """Return ``api`` as it may be stored, given the names of the installation's plans.

    Raises ``Invalid`` with a sentence for each field that is wrong.
    """
    tidy = msgspec.structs.replace(
        api,
        name=" ".join(api.name.split()),
        production_upstream=_tidy_upstream(api.production_upstream),
        sandbox_upstream=_tidy_upstream(api.sandbox_upstream),
        plans=tuple(dict.fromkeys(api.plans)),
    )
    problems = dict(_problems(tidy, plans))
    if problems:
        raise Invalid(problems)
    return tidy


def check_among(api: Api, others: Sequence[Api]) -> None:
    """Raise ``Conflict`` unless ``api`` may stand beside the ``others``.

    A context belongs to one name and a name to one context; its versions share both.
    """
    for other in others:
        if other.context == api.context and folded(other.name) != folded(api.name):
            raise Conflict(f"The context {api.context} belongs to {other.name}.")
        if folded(other.name) == folded(api.name) and other.context != api.context:
            raise Conflict(f"{other.name} is offered at {other.context} already.")


def published(state: ApiState) -> ApiState:
    """Return the state after the API's description was published anew."""
    if state == "retired":
        raise Conflict("A retired version stays retired. Publish another version.")
    return "deprecated" if state == "deprecated" else "published"


def deprecated(state: ApiState) -> ApiState:
    """Return the state of a version that keeps its subscribers and takes no new ones."""
    if state != "published":
        raise Conflict(f"Only a published version can be deprecated; this one is {state}.")
    return "deprecated"


def retired(state: ApiState) -> ApiState:
    """Return the state of a version that answers nobody any more."""
    if state != "deprecated":
        raise Conflict(f"Only a deprecated version can be retired; this one is {state}.")
    return "retired"


def _tidy_upstream(upstream: str | None) -> str | None:
    return (upstream or "").strip().rstrip("/") or None


def _problems(api: Api, plans: Collection[str]) -> Iterable[tuple[str, str]]:
    found: tuple[tuple[str, str | None], ...] = (
        ("name", _name_problem(api.name)),
        ("version", _version_problem(api.version)),
        ("context", _context_problem(api.context)),
        ("upstream", _upstream_problem(api.production_upstream)),
        ("sandbox_upstream", _upstream_problem(api.sandbox_upstream)),
        ("plans", _plans_problem(api.plans, plans)),
    )
    yield from ((field, problem) for field, problem in found if problem)
    if api.production_upstream is None and api.sandbox_upstream is None:
        yield "upstream", "Say where the API runs: an upstream, a sandbox upstream, or both."


def _name_problem(name: str) -> str | None:
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        return f"The name (info.title) needs 1 to {NAME_LENGTH} characters that can be shown."
    return None


def _version_problem(version: str) -> str | None:
    if len(version) <= VERSION_LENGTH and _VERSION.fullmatch(version):
        return None
    return (
        f"The version must be one path segment of at most {VERSION_LENGTH} letters, digits, "
        "dots and hyphens, like v1 or 2.0.1."
    )


def _context_problem(context: str) -> str | None:
    if len(context) > CONTEXT_LENGTH or not _CONTEXT.fullmatch(context):
        return (
            f"The context must be a path of at most {CONTEXT_LENGTH} letters, digits, dots and "
            "hyphens, like /weather."
        )
    if context.split("/")[1].lower() in _RESERVED:
        return f"The context {context} is the authorization server's."
    return None


def _upstream_problem(upstream: str | None) -> str | None:
    if upstream is None or upstream in MOUNTED:
        return None
    if not _URL.fullmatch(upstream) or "\\" in upstream:
        return "An upstream is a URL without spaces, like http://127.0.0.1:9000."
    parts = _split(upstream)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return "An upstream must start with http:// or https:// and name a host."
    if "@" in parts.netloc or "?" in upstream or "#" in upstream:
        return "An upstream has no user name, query or fragment."
    return None


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL, ``None`` when its brackets or its port make no sense."""
    try:
        parts = urlsplit(url)
        usable = parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _plans_problem(chosen: Sequence[str], plans: Collection[str]) -> str | None:
    unknown = [name for name in chosen if name not in plans]
    if unknown:
        listed = ", ".join(plans)
        return f"There is no plan {', '.join(unknown)}. The plans are {listed}."
    return None if chosen else "Offer the API under at least one plan."


Transition = Callable[[ApiState], ApiState]
"""One of ``published``, ``deprecated`` and ``retired``."""
