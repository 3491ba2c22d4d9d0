"""The refresh token grant (RFC 6749 section 6): rotation, its grace, and what a replay costs."""

import structlog

from gatelodge.authserver import allowed_resources, ending, rotation
from gatelodge.authserver.context import Context
from gatelodge.authserver.grants import subjects
from gatelodge.authserver.issuing import Issuing
from gatelodge.oauth import opaque, refresh
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidGrant, InvalidRequest, RefreshTokenReplayed
from gatelodge.oauth.parameters import TokenRequest
from gatelodge.oauth.tokens import TokenAnswer

_log = structlog.get_logger(__name__)


class RefreshTokenGrant:
    """Rotates first; whoever loses the race is answered with the winner's successor."""

    def __init__(self, context: Context, issuing: Issuing) -> None:
        self._context = context
        self._issuing = issuing

    async def __call__(self, request: TokenRequest, client: Client) -> TokenAnswer:
        """Answer one request.

        Raises ``InvalidRequest``, ``InvalidGrant``, ``InvalidScope``, ``InvalidTarget``.
        """
        if request.refresh_token is None:
            raise InvalidRequest("Missing refresh_token parameter value")
        text = opaque.read(opaque.REFRESH_TOKEN, request.refresh_token)
        if text is None:
            raise InvalidGrant("Persisted access token data not found")
        asked = await allowed_resources.asked(self._context, client, request.resources)
        await rotation.check(self._context, text, client, request.scope, asked)
        now = self._context.clock()
        presented = await rotation.rotate(self._context, text, client, now)
        try:
            succession = refresh.judge(presented, now)
        except RefreshTokenReplayed:
            await self._end(presented, client, request.address)
            raise
        subject = await subjects.of_refresh_token(self._context.live, succession.parent)
        part = rotation.part(succession.parent, request.scope, asked)
        return await self._issuing.successor(client, subject, succession, text.secret, part)

    async def _end(self, presented: refresh.Presented, client: Client, address: str) -> None:
        row = presented.row
        if row is not None:
            await ending.refresh_token_used_twice(self._context, client, row, address)
            _log.warning("refresh_token_replayed", client_id=client.client_id, user_id=row.user_id)
