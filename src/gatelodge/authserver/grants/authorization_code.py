"""The authorization code grant (RFC 6749 section 4.1.3): the code is spent before anything else."""

import structlog

from gatelodge.authserver import allowed_resources, ending
from gatelodge.authserver.context import Context
from gatelodge.authserver.grants import subjects
from gatelodge.authserver.issuing import Issuing
from gatelodge.oauth import codes, digests, opaque
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import CodeReplayed, InvalidRequest
from gatelodge.oauth.parameters import TokenRequest
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.storage import codes as stored_codes

_log = structlog.get_logger(__name__)


class AuthorizationCode:
    """Spends a code, then checks it, then issues: a crash in between leaves it spent."""

    def __init__(self, context: Context, issuing: Issuing) -> None:
        self._context = context
        self._issuing = issuing

    async def __call__(self, request: TokenRequest, client: Client) -> TokenAnswer:
        """Answer one request. Raises ``InvalidRequest``, ``InvalidGrant``, ``InvalidTarget``."""
        if request.code is None:
            raise InvalidRequest("Missing code parameter value")
        redemption = codes.Redemption(
            redirect_uri=request.redirect_uri, code_verifier=request.code_verifier
        )
        asked = await allowed_resources.asked(self._context, client, request.resources)
        now = self._context.clock()
        spend = await self._spend(request.code, client, now)
        try:
            code = codes.redeem(spend.code, redemption, first=spend.first, now=now)
        except CodeReplayed:
            await self._end(spend, client, request.address)
            raise
        subject = await subjects.of_code(self._context.store, self._context.live, code)
        reach = codes.reach(code, asked)
        return await self._issuing.to_user(client, subject, code.scope, reach)

    async def _spend(self, text: str, client: Client, now: int) -> stored_codes.CodeSpend:
        presented = opaque.read(opaque.CODE, text)
        if presented is None:
            return stored_codes.CodeSpend(code=None, first=False)
        spending = stored_codes.SpendCode(
            id=presented.row_id,
            digest=digests.digest(self._context.digest_keys.code, presented.secret),
            client_row=client.id,
            now=now,
        )
        return await self._context.store.act(stored_codes.spend, spending)

    async def _end(self, spend: stored_codes.CodeSpend, client: Client, address: str) -> None:
        code = spend.code
        if code is not None:
            await ending.code_used_twice(self._context, client, code, address)
            _log.warning("code_replayed", client_id=client.client_id, user_id=code.user_id)
