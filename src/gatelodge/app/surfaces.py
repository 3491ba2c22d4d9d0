"""Which part of the product answers a path: a handful of names, whatever callers ask for."""

from gatelodge.app.dispatch import OAUTH_PATHS, TENANTS, alias_paths
from gatelodge.web.http import ASGIApp, Receive, Reply, Scope, Send, send_reply

_PREFIXES = (
    (TENANTS, "gateway"),
    ("/gate/", "forward_auth"),
    ("/api/v1/", "management"),
    ("/static/", "static"),
    ("/health/", "health"),
    ("/.well-known/", "metadata"),
)
_SIGN_IN = {"/login": "developer_sign_in", "/signin": "user_sign_in", "/device": "device_page"}
_NOTHING = Reply(404, b"", ())


class Surfaces:
    """Names surfaces by path."""

    def __init__(self, tenant: str) -> None:
        self._exact = dict(_SIGN_IN)
        for path in OAUTH_PATHS:
            name = path.removeprefix("/")
            self._exact |= dict.fromkeys((path, *alias_paths(path, tenant)), name)

    def __call__(self, path: str) -> str:
        """Return the surface behind a path."""
        found = self._exact.get(path)
        if found is None:
            found = next((name for prefix, name in _PREFIXES if path.startswith(prefix)), "pages")
        return found


def only(path: str, app: ASGIApp) -> ASGIApp:
    """Return what answers one path and nothing else."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == path:
            await app(scope, receive, send)
        else:
            await send_reply(_NOTHING, (), send)

    return answer
