"""Who calls: an access token is verified once, its standing is looked at on every call."""

from collections.abc import Iterable

from gatelodge.gateway.access import Caller
from gatelodge.gateway.errors import InvalidCredentials
from gatelodge.gateway.headers import Header, identity_headers
from gatelodge.gateway.verified import Verified, VerifiedTokens, bearer_text
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.storage.live import Live


class Callers:
    """Knows callers by their access tokens."""

    def __init__(self, reader: AccessTokenReader, live: Live, tenant: str) -> None:
        self._verified = VerifiedTokens(reader, tenant)
        self._live = live
        live.subscribe(self._verified.hear)

    async def identify(self, headers: Iterable[Header], now: int) -> Caller:
        """Return who calls.

        Raises ``MissingCredentials``, ``BadCredentials``, ``InvalidCredentials``, and
        ``StoreUnavailable`` where something has to be read that cannot be.
        """
        presented = bearer_text(headers)
        digest, known = self._verified.peek(presented, now)
        if known is None:
            known = await self._verified.verify(presented, digest, now)
        return await self._standing(known)

    async def _standing(self, known: Verified) -> Caller:
        """Return the caller behind a verified access token if it may still be used."""
        live = self._live
        client = live.peek_client(known.consumer_key) or await live.client(known.consumer_key)
        if client is None or not client.active:
            raise InvalidCredentials
        row = client.application_id
        view = live.peek_application(row) or await live.application(row)
        user = None
        if known.user_id is not None:
            user = live.peek_user(known.user_id) or await live.user(known.user_id)
            if user is None or user.state != "active":
                raise InvalidCredentials
        # Asked last: nothing is awaited between this and the decision.
        if view is None or live.revoked(
            access_token_id=known.access_token_id,
            family_id=known.family_id,
            client_row=client.id,
            user_id=known.user_id,
        ):
            raise InvalidCredentials
        caller = known.caller
        # A changed application comes with another mapping of subscriptions.
        if (
            caller is not None
            and caller.client is client
            and caller.subscriptions is view.subscriptions
            and caller.user is user
        ):
            return caller
        known.caller = caller = Caller(
            client=client,
            application=view.application,
            subscriptions=view.subscriptions,
            user=user,
            scopes=frozenset(known.scope.split()),
            identity=identity_headers(client, view.application, user, known.scope),
            audience=known.audience,
        )
        return caller
