"""The ASGI application: finds the resource, asks for it, sends the answer.

No framework and no routing table to walk: the seven paths differ in one segment.
"""

from collections.abc import Awaitable, Callable

from gatelodge.directory.errors import InvalidParameters, NotInDirectory
from gatelodge.directory.parameters import read_id
from gatelodge.provisioning import document
from gatelodge.provisioning.answers import Embedded, EmbeddedPage, invalid, refusal
from gatelodge.provisioning.cache import DirectoryCache
from gatelodge.provisioning.resources import Asked, Resources
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StorageError
from gatelodge.storage.live import Live
from gatelodge.web.http import ASGIApp, Receive, Reply, Scope, Send, json_reply

Read = Callable[[Asked], Awaitable[Embedded | EmbeddedPage]]

CALLER_ACCOUNT = b"x-gatelodge-user-account"
"""The gateway's word for the account of the user who calls; it lets no forged one through."""

_READING = frozenset({"GET", "HEAD"})
_NO_SUCH_PATH = "No matching resource found for given API Request"


def build(store: Store, live: Live, base_url: str) -> ASGIApp:
    """Return the application; links begin with ``base_url`` (no trailing slash) and ``root_path``.

    ``live`` must be the store's: it says when a cached account or location has changed.
    """
    site = _Site(Resources(store, DirectoryCache(store, live)), base_url)

    async def provisioning(scope: Scope, _receive: Receive, send: Send) -> None:
        reply = await site.answer(scope)
        length = (b"content-length", str(len(reply.body)).encode())
        headers = [*reply.headers, length]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    return provisioning


class _Site:
    """Answers one request after another."""

    def __init__(self, resources: Resources, base_url: str) -> None:
        self._base_url = base_url
        self._documents: dict[str, bytes] = {}
        self._reads: dict[tuple[str, bool], Read] = {
            ("", False): resources.account,
            ("locations", False): resources.locations,
            ("locations", True): resources.location,
            ("extensions", False): resources.extensions,
            ("extensions", True): resources.extension,
            ("users", False): resources.users,
            ("users", True): resources.user,
        }

    async def answer(self, scope: Scope) -> Reply:
        root: str = scope.get("root_path", "")
        # The gateway takes a path with a slash at its end for the same resource.
        path: str = scope["path"].removeprefix(root).removesuffix("/")
        if scope["method"] not in _READING:
            return refusal(405, "Method not allowed", ((b"allow", b"GET, HEAD"),))
        if path == "/openapi.json":
            return self._document(root)
        try:
            return await self._read(scope, root, path.split("/"))
        except NotInDirectory as error:
            return refusal(404, str(error))
        except InvalidParameters as error:
            return invalid(scope["path"], error)
        except StorageError:
            return refusal(503, "The directory is away", ((b"retry-after", b"1"),))

    async def _read(self, scope: Scope, root: str, segments: list[str]) -> Reply:
        account, collection, item = _parts(segments)
        read = self._reads.get((collection, bool(item)))
        if read is None:
            raise NotInDirectory(_NO_SUCH_PATH)
        own = _caller_account(scope)
        if own is None:
            return refusal(401, "missing user data")
        # Another account looks the same as one that does not exist.
        if account != "self" and read_id(account) != own:
            raise NotInDirectory("Account not found")
        href = f"{self._base_url}{root}/api/accounts/{own}"
        return json_reply(await read(Asked(own, href, item, scope["query_string"])))

    def _document(self, root: str) -> Reply:
        made = self._documents.get(root)
        if made is None:
            made = self._documents[root] = document.at(f"{self._base_url}{root}")
        return Reply(200, made, ((b"content-type", b"application/json"),))


def _parts(segments: list[str]) -> tuple[str, str, str]:
    """Return account, collection and item of a path; the last two are empty where not given."""
    match segments:
        case ["", "api", "accounts", account] if account:
            return account, "", ""
        case ["", "api", "accounts", account, collection] if account and collection:
            return account, collection, ""
        case ["", "api", "accounts", account, collection, item] if account and item:
            return account, collection, item
    raise NotInDirectory(_NO_SUCH_PATH)


def _caller_account(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == CALLER_ACCOUNT:
            return read_id(value.decode("latin-1"))
    return None
