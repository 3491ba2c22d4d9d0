"""Telling applications that a user has signed out (OpenID Connect Back-Channel Logout 1.0).

What is to be told waits in the database and is taken by whichever node is first; an application
that does not answer is asked again later and keeps nobody waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from gatelodge.authserver.context import Context
from gatelodge.oauth import id_token, logout
from gatelodge.oauth.clients import Client
from gatelodge.storage import clients, logouts
from gatelodge.storage.logouts import Delivery
from gatelodge.web.fetching import Answer
from gatelodge.web.reaching import FetchFailed

Post = Callable[[str, Mapping[str, str]], Awaitable[Answer]]
"""Sends a form to an address a client has named. Raises ``FetchFailed``."""

MOST_AT_ONCE = 16
_TAKEN = frozenset({200, 204})
_log = structlog.get_logger(__name__)


class BackChannel:
    """Delivers what is due; ``post`` is a hardened way out, with limits of its own."""

    def __init__(self, context: Context, post: Post) -> None:
        self._context = context
        self._post = post

    async def deliver(self) -> None:
        """Make one attempt at everything that is due, a few at a time."""
        store, now = self._context.store, self._context.clock()
        while await store.read(logouts.due, now):
            taken = await store.write(logouts.claim, now, logout.PAUSES, MOST_AT_ONCE)
            await asyncio.gather(*(self._attempt(one) for one in taken))

    async def _attempt(self, delivery: Delivery) -> None:
        client = await self._context.store.read(clients.find, delivery.client_row)
        if client is None or not client.backchannel_logout_uri:
            await self._context.store.write(logouts.done, delivery.id)
            return
        cause = await self._send(delivery, client)
        last = delivery.attempts >= len(logout.PAUSES)
        if cause:
            _log.warning(
                "logout_not_delivered", client_id=client.client_id, cause=cause, given_up=last
            )
        if not cause or last:
            await self._context.store.write(logouts.done, delivery.id)

    async def _send(self, delivery: Delivery, client: Client) -> str:
        """Send one logout token; return what went wrong, "" for nothing (section 2.8)."""
        context = self._context
        user = await context.live.user(delivery.user_id)
        sid = id_token.sid(context.digest_keys.session, delivery.session_id, client)
        if user is None or sid is None:
            return ""
        word = logout.Word(
            issuer=context.issuer,
            client_id=client.client_id,
            sub=user.login_name,
            sid=sid,
            jti=str(context.store.ids.next()),
            at=context.clock(),
        )
        text = logout.sign(word, context.signing_keys().signer(client.id_token_algorithm))
        try:
            answer = await self._post(client.backchannel_logout_uri, {"logout_token": text})
        except FetchFailed as error:
            return str(error)
        return "" if answer.status in _TAKEN else f"The answer has status {answer.status}."
