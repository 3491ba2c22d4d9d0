"""Redirect URIs: which may be registered, which match, and how parameters are appended.

RFC 9700 section 4.1.3 (exact comparison, loopback ports), RFC 8252 sections 7 and 8.4, OAuth 2.1
section 2.3 (no fragment, query preserved).
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

LONGEST = 2_000

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()+,;=%]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.+)", re.DOTALL)
_AUTHORITY = re.compile(r"//([^/?#]*)(.*)", re.DOTALL)
_HOST_AND_PORT = re.compile(
    r"(\[[0-9A-Fa-f:.]{2,45}\]|(?!-)[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})*\.?)(?::(\d{1,5}))?"
)
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)
_LOOPBACK_IP = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?((?:[/?].*)?)", re.DOTALL)
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LARGEST_PORT = 65_535


def objection(uri: str) -> str | None:
    """Say in one sentence why ``uri`` may not be registered, or ``None`` when it may."""
    if not uri:
        return "Enter a URL."
    if len(uri) > LONGEST:
        return f"A callback URL has at most {LONGEST} characters."
    if "*" in uri:
        return "Wildcards are not allowed: callback URLs are compared character by character."
    if not _CHARACTERS.fullmatch(uri):
        return "It contains a character that is not allowed in a URL; percent-encode it."
    if "#" in uri:
        return "A callback URL may not have a fragment (#)."
    found = _SCHEME.fullmatch(uri)
    if found is None:
        return "It needs a scheme, for example https://example.com/callback."
    return _scheme_objection(found[1].lower(), found[2])


def _scheme_objection(scheme: str, rest: str) -> str | None:
    if scheme in {"https", "http"}:
        return _web_objection(scheme, rest)
    if "." not in scheme:
        return (
            "Use https, http on this computer (http://localhost), "
            "or an app's own scheme with a dot in it, like com.example.app:/callback."
        )
    authority = _AUTHORITY.fullmatch(rest)
    if authority and "@" in authority[1]:
        return "A callback URL may not contain a user name (@)."
    return None


def _web_objection(scheme: str, rest: str) -> str | None:
    authority = _AUTHORITY.fullmatch(rest)
    if authority is None or not authority[1]:
        return f"A host is missing after {scheme}://."
    if "@" in authority[1]:
        return "A callback URL may not contain a user name (@)."
    host = _HOST_AND_PORT.fullmatch(authority[1])
    if host is None or int(host[2] or 0) > _LARGEST_PORT:
        return "The host name or port is not valid."
    if scheme == "http" and host[1].lower() not in _LOOPBACK_HOSTS:
        return "Plain http is only allowed for localhost; use https."
    if _DOT_SEGMENT.search(authority[2]):
        return "The path may not contain . or .. segments."
    return None


def registrable(uri: str) -> bool:
    """Say whether ``uri`` may be registered as a callback URL."""
    return objection(uri) is None


def matches(registered: Iterable[str], presented: str) -> bool:
    """Say whether ``presented`` is one of the registered URIs, character by character.

    The only exception is the port of ``http://127.0.0.1`` and ``http://[::1]``: a native
    application takes whatever port is free (RFC 8252 section 7.3).
    """
    found = _LOOPBACK_IP.fullmatch(presented)
    for uri in registered:
        if uri == presented:
            return True
        if found is None or int(found[2] or 0) > _LARGEST_PORT:
            continue
        candidate = _LOOPBACK_IP.fullmatch(uri)
        if candidate and candidate[1] == found[1] and candidate[3] == found[3]:
            return True
    return False


def append(uri: str, parameters: Iterable[tuple[str, str | bytes]]) -> str:
    """Add query parameters to ``uri`` and keep the query it already has (OAuth 2.1 section 2.3)."""
    query = "&".join(f"{quote(name)}={quote_plus(value)}" for name, value in parameters)
    if "?" not in uri:
        return f"{uri}?{query}"
    return f"{uri}{query}" if uri[-1] in "?&" else f"{uri}&{query}"


def origin(uri: str) -> str | None:
    """Return a registered URI's web origin (``https://host[:port]``), ``None`` for app schemes."""
    scheme, _, rest = uri.partition("://")
    scheme = scheme.lower()
    if scheme not in {"https", "http"}:
        return None
    authority = rest.partition("/")[0].partition("?")[0].lower()
    default = {"https": ":443", "http": ":80"}[scheme]
    return f"{scheme}://{authority.removesuffix(default)}"
