"""Requests of ours to places that others have named: a client's ``jwks_uri``, a logout address.

Whoever names an address must not be able to make this server knock on doors inside its network
(server-side request forgery, OWASP; RFC 7591 section 5), hold its memory or its time. So: TLS, only
checked addresses (``reaching``), no redirect followed, no proxy, cookie, credential file or content
coding, a limit on size, on time, and on how many run at once.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpcore2
import msgspec

from gatelodge.web.reaching import CheckedNetwork, FetchFailed, Reach, Resolve, Resolver

Headers = Sequence[tuple[str, str]]

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_LONGEST_URL = 2_000
_DEFAULT_PORTS = {"https": 443, "http": 80}
_SAFE = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?[]@!$&'()*+,;=%"
)
_JSON_TYPE = re.compile(r"application/(?:[a-z0-9.\-]+\+)?json")
_OK = 200
_REDIRECTS = range(300, 400)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one fetch may cost; ``seconds`` is the whole of it, waiting for its turn included."""

    seconds: float = 5.0
    size: int = 65_536
    at_once: int = 16


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed address; ``target`` is the path with the query."""

    scheme: str
    host: str
    port: int
    target: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; never a redirect. ``media_type`` is in lower case, without parameters."""

    status: int
    media_type: str
    body: bytes

    def document(self) -> Any:
        """Return the JSON document that the body is. Raises ``FetchFailed``."""
        if not _JSON_TYPE.fullmatch(self.media_type):
            raise FetchFailed("The answer is not JSON.")
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            raise FetchFailed("The answer is not JSON.") from None


def place(url: str) -> Place:
    """Return where ``url`` leads. Raises ``FetchFailed`` for what is no plain http(s) address.

    This is the only reading of it: what is checked, connected to and asked for comes from here.
    """
    if len(url) > _LONGEST_URL or not _SAFE.issuperset(url):
        raise FetchFailed("The address is not a plain URL.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise FetchFailed("The address is not a plain URL.") from None
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc or port == 0:
        raise FetchFailed("The address is not a plain URL.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(
        scheme=parts.scheme, host=host, port=port or _DEFAULT_PORTS[parts.scheme], target=target
    )


class Fetcher:
    """One node's way out; ``resolve``, ``network`` and ``tls`` are there for tests."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        resolve: Resolve | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._own_resolver = Resolver() if resolve is None else None
        self._resolve: Resolve = resolve or self._own_resolver or Resolver()
        self._network = network
        self._tls = tls
        self._turns = asyncio.Semaphore(self._limits.at_once)

    def close(self) -> None:
        """Let the threads that resolve names go."""
        if self._own_resolver is not None:
            self._own_resolver.close()

    async def get_json(self, url: str, reach: Reach, headers: Headers = ()) -> Any:
        """Return the JSON document at ``url``. Raises ``FetchFailed``, also unless it says 200."""
        answer = await self.get(url, reach, headers)
        if answer.status != _OK:
            raise FetchFailed(f"The answer has status {answer.status}.")
        return answer.document()

    async def get(self, url: str, reach: Reach, headers: Headers = ()) -> Answer:
        """Return what is at ``url``, whatever its status. Raises ``FetchFailed``."""
        return await self._fetch("GET", url, reach, headers, None)

    async def post_form(
        self, url: str, fields: Mapping[str, str], reach: Reach, headers: Headers = ()
    ) -> Answer:
        """Send a form and return the answer, whatever its status. Raises ``FetchFailed``."""
        body = urlencode(fields).encode()
        return await self._fetch("POST", url, reach, (("content-type", _FORM), *headers), body)

    async def post_json(
        self, url: str, document: object, reach: Reach, headers: Headers = ()
    ) -> Answer:
        """Send a JSON document and return the answer, whatever its status."""
        body = msgspec.json.encode(document)
        return await self._fetch("POST", url, reach, (("content-type", _JSON), *headers), body)

    async def _fetch(
        self, method: str, url: str, reach: Reach, headers: Headers, body: bytes | None
    ) -> Answer:
        found = place(url)
        request = _request(method, found, headers, body)
        try:
            async with asyncio.timeout(self._limits.seconds), self._turns:
                return await self._exchange(found, request, reach)
        except TimeoutError:
            raise FetchFailed(f"It took more than {self._limits.seconds:g} seconds.") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, OSError) as error:
            # The library's texts may quote what was received.
            raise FetchFailed(f"The exchange failed ({type(error).__name__}).") from None

    async def _exchange(self, found: Place, request: httpcore2.Request, reach: Reach) -> Answer:
        encrypted = found.scheme == "https"
        if encrypted and self._tls is None:
            self._tls = ssl.create_default_context()
        connection = httpcore2.AsyncHTTPConnection(
            origin=request.url.origin,
            ssl_context=self._tls,
            network_backend=CheckedNetwork(
                reach, self._resolve, self._network, encrypted=encrypted
            ),
        )
        try:
            response = await connection.handle_async_request(request)
            return await _read(response, self._limits.size)
        finally:
            await connection.aclose()


def _request(method: str, found: Place, headers: Headers, body: bytes | None) -> httpcore2.Request:
    """Return the request; its headers are ours, so that none can be smuggled in by an address."""
    name = f"[{found.host}]" if ":" in found.host else found.host
    host = name if found.port == _DEFAULT_PORTS[found.scheme] else f"{name}:{found.port}"
    fixed = [
        ("host", host),
        ("user-agent", "gatelodge"),
        ("accept", _JSON),
        ("accept-encoding", "identity"),
        ("connection", "close"),
    ]
    if body is not None:
        fixed.append(("content-length", str(len(body))))
    return httpcore2.Request(
        method,
        httpcore2.URL(scheme=found.scheme, host=found.host, port=found.port, target=found.target),
        headers=[*fixed, *headers],
        content=body,
    )


async def _read(response: httpcore2.Response, size: int) -> Answer:
    """Return the answer, unless it leads elsewhere, is coded, or is larger than ``size`` bytes."""
    if response.status in _REDIRECTS:
        raise FetchFailed("The answer is a redirect, and none is followed.")
    named = {name.lower(): value for name, value in response.headers}
    if named.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise FetchFailed("The answer is compressed, which was not asked for.")
    if int(named.get(b"content-length", b"0")) > size:
        raise FetchFailed(f"The answer is larger than {size} bytes.")
    body = bytearray()
    async for part in response.aiter_stream():
        body += part
        if len(body) > size:
            raise FetchFailed(f"The answer is larger than {size} bytes.")
    media_type = named.get(b"content-type", b"").partition(b";")[0].strip().lower()
    return Answer(status=response.status, media_type=media_type.decode("latin-1"), body=bytes(body))
