"""The consent page in words: what each scope lets an application do, and where one returns."""

from collections.abc import Iterable, Sequence

import msgspec

from gatelodge.catalog.apis import Api
from gatelodge.oauth import redirects, scopes

_BASE = {
    scopes.OPENID: "Know your user name",
    scopes.PROFILE: "See your first and last name",
    scopes.EMAIL: "See your e-mail address",
    scopes.DEFAULT: "Call the APIs it has subscribed to, in your name",
}
_THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Line(msgspec.Struct, frozen=True):
    """One scope: in plain words and by its technical name."""

    words: str
    name: str


class Destination(msgspec.Struct, frozen=True):
    """Where one returns: a host or an app's name, and what kind of place that is."""

    name: str
    remark: str


def lines(scope: str, apis: Iterable[Api]) -> Sequence[Line]:
    """Return each scope of a scope string in the words of the API it belongs to."""
    described = dict(_BASE)
    for api in apis:
        for name, words in api.scopes.items():
            described.setdefault(name, f"{api.name}: {words or name}")
    return [Line(described.get(name, name), name) for name in scope.split(" ")]


def destination(redirect_uri: str) -> Destination:
    """Return where the browser goes after the answer, whichever it is."""
    origin = redirects.origin(redirect_uri)
    if origin is None:
        return Destination(redirect_uri.partition(":")[0], "an app on this device")
    host = origin.partition("://")[2]
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return Destination(host, "a program on this computer" if name in _THIS_COMPUTER else "")
