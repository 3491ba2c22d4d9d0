"""Puts the access token on each request of an httpx2 client, and answers a 401 once."""

from collections.abc import AsyncGenerator, Generator

import httpx2

from gatelodge_client import faults
from gatelodge_client.connecting import Connecting
from gatelodge_client.session import Session
from gatelodge_client.tokens import TokenSet

# 401s that another access token does not cure: its kind, the subscription, the certificate.
_NOT_THE_ACCESS_TOKEN = frozenset(("900905", "900907", "900909", "900911"))


class BearerAuth(httpx2.Auth):
    """``httpx2.Client(auth=BearerAuth(session))``: every request carries a fresh access token.

    On 401 it is renewed once and the request is sent once more; a second 401 is the answer. A
    body that can be read only once is not sent again.
    """

    def __init__(self, session: Session, connecting: Connecting | None = None) -> None:
        self._session = session
        self._connecting = connecting or Connecting()

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Authorize a request of a ``Client``."""
        is_repeatable = isinstance(request.stream, httpx2.ByteStream)
        held = self._connecting.run(self._session.fresh())
        answer = yield _authorized(request, held)
        if answer.status_code != httpx2.codes.UNAUTHORIZED or not is_repeatable:
            return
        answer.read()
        if _is_at_fault(answer):
            other = self._connecting.run(self._session.replaced(held.access_token))
            if other is not None:
                self._note(other, (yield _authorized(request, other)))

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Authorize a request of an ``AsyncClient``."""
        is_repeatable = isinstance(request.stream, httpx2.ByteStream)
        held = await self._connecting.run_async(self._session.fresh())
        answer = yield _authorized(request, held)
        if answer.status_code != httpx2.codes.UNAUTHORIZED or not is_repeatable:
            return
        await answer.aread()
        if _is_at_fault(answer):
            other = await self._connecting.run_async(self._session.replaced(held.access_token))
            if other is not None:
                self._note(other, (yield _authorized(request, other)))

    def _note(self, held: TokenSet, answer: httpx2.Response) -> None:
        if answer.status_code == httpx2.codes.UNAUTHORIZED:
            self._session.note_refused(held.access_token)


def _authorized(request: httpx2.Request, held: TokenSet) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {held.access_token}"
    return request


def _is_at_fault(answer: httpx2.Response) -> bool:
    return faults.read(answer.content).code not in _NOT_THE_ACCESS_TOKEN
