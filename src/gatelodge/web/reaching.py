"""Connecting to a name of which every address was looked at first, and to no other address.

The name is resolved once, here, and the connection is made to one of the very addresses that were
checked: another answer of the name server later on changes nothing (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError

from gatelodge.web.addresses import Kind, kind

Reach = Literal["public", "loopback", "operator"]
"""Who named the place: a registered client; a registered client of an installation that somebody
tries out on this very machine; or the operator, whose own network it may be in."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns every address of a host name. Raises ``OSError``."""

_KINDS: dict[Reach, frozenset[Kind]] = {
    "public": frozenset({"public"}),
    "loopback": frozenset({"public", "loopback"}),
    "operator": frozenset({"public", "loopback", "private"}),
}
_MOST_ADDRESSES = 16
_LOOKUPS_AT_ONCE = 4


class FetchFailed(Exception):
    """Nothing usable came from there; the text says why and repeats nothing that was received."""


class Resolver:
    """Asks the system's resolver in threads of its own.

    Slow name servers of strangers then hold up each other, and not the gateway's look-ups.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="gatelodge-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return every address of ``host``. Raises ``OSError`` and ``UnicodeError``."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return [str(entry[4][0]) for entry in found]

    def close(self) -> None:
        """Let the threads go; a look-up that still runs ends unheard."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class CheckedNetwork(AsyncNetworkBackend):
    """The network as one fetch may see it: only addresses that ``reach`` allows."""

    def __init__(
        self, reach: Reach, resolve: Resolve, below: AsyncNetworkBackend | None, *, encrypted: bool
    ) -> None:
        # Without TLS nothing may leave this machine.
        self._kinds = _KINDS[reach] if encrypted else _KINDS[reach] & {"loopback"}
        self._resolve = resolve
        self._below = below or AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the first checked address that answers. Raises ``FetchFailed``."""
        for address in await self._addresses(host, port):
            try:
                return await self._below.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (ConnectError, OSError):
                continue
        raise FetchFailed("No connection could be made.")

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the host's addresses if each may be reached: one bad one spoils the name."""
        try:
            found = list(dict.fromkeys(await self._resolve(host, port)))[:_MOST_ADDRESSES]
        except (OSError, UnicodeError):
            raise FetchFailed("The host name could not be resolved.") from None
        if not found:
            raise FetchFailed("The host name could not be resolved.")
        if any(kind(address) not in self._kinds for address in found):
            raise FetchFailed("The host name leads to an address that may not be reached.")
        return found
