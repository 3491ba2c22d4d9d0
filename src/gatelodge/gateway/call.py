"""One call on its way through the gateway."""

from collections.abc import Sequence

from gatelodge.catalog import addresses
from gatelodge.catalog.apis import Api
from gatelodge.gateway import headers
from gatelodge.gateway.access import Caller
from gatelodge.oauth.discovery import RESOURCE_METADATA
from gatelodge.web.http import Message, Reply, Scope, Send, send_reply


class Call:
    """What is known of a call so far, and its answer's way out.

    It stands in for ``send``: headers in ``more`` go onto the answer, whoever makes it. ``status``
    is 0 until the answer has begun, ``base`` the path by which the API was called.
    """

    __slots__ = ("_send", "api", "base", "caller", "more", "now", "scope", "status")

    def __init__(self, scope: Scope, send: Send, now: int) -> None:
        self.scope = scope
        self.now = now
        self.api: Api | None = None
        self.base = b""
        self.caller: Caller | None = None
        self.more: Sequence[headers.Header] = headers.CORS
        self.status = 0
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Pass a message of an upstream's answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            passing = headers.for_caller(message.get("headers", ()), self.more)
            message = {**message, "headers": passing}
        await self._send(message)

    async def reply(self, reply: Reply) -> None:
        """Answer without an upstream."""
        self.status = reply.status
        await send_reply(reply, tuple(self.more), self._send)

    def metadata(self, issuer: str, tenant: str) -> str:
        """Return the URL of the called API's metadata, for the path it was called by."""
        if self.api is None:
            return ""
        paths = addresses.paths(self.api, tenant)
        path = self.base.decode("latin-1")
        return issuer + RESOURCE_METADATA + (path if path in paths else paths[0])

    def told(self) -> list[headers.Header]:
        """Return the headers that tell the upstream which call this is, and who calls."""
        request_id = self.request_id.encode()
        told = [(b"x-request-id", request_id), (b"x-gatelodge-request-id", request_id)]
        if self.caller is not None and self.api is not None:
            plan = self.caller.subscriptions[self.api.id].plan
            told += self.caller.identity
            told.append((b"x-gatelodge-plan", plan.encode()))
        return told

    @property
    def request_id(self) -> str:
        """The identifier that the upstream is told and the log carries."""
        return str(self.scope.get("state", {}).get("request_id", ""))
