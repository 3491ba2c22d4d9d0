"""The password grant (RFC 6749 section 4.3): only for keys whose legacy switch is on."""

from gatelodge.authserver import allowed_resources
from gatelodge.authserver.allowed_scopes import allowed
from gatelodge.authserver.context import Context, SignInUser
from gatelodge.authserver.issuing import Issuing
from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.oauth import password, resources, scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidGrant, InvalidRequest, TemporarilyUnavailable
from gatelodge.oauth.parameters import TokenRequest
from gatelodge.oauth.tokens import Subject, TokenAnswer


class PasswordGrant:
    """Signs the user in with what the application was trusted with (RFC 9700 section 2.4)."""

    def __init__(self, context: Context, issuing: Issuing, sign_in: SignInUser) -> None:
        self._context = context
        self._issuing = issuing
        self._sign_in = sign_in

    async def __call__(self, request: TokenRequest, client: Client) -> TokenAnswer:
        """Answer one request.

        Raises ``InvalidRequest``, ``InvalidScope``, ``InvalidTarget``, ``InvalidGrant`` with one
        text whatever the reason, and ``TemporarilyUnavailable`` when too many passwords wait to be
        checked.
        """
        login = password.login_of(request.username, self._context.tenant)
        if request.password is None:
            raise InvalidRequest("Missing password parameter value")
        wanted = scopes.asked(request.scope)
        scope = scopes.grant(wanted, await allowed(self._context.live, client, wanted))
        asked = await allowed_resources.asked(self._context, client, request.resources)
        now = self._context.clock()
        try:
            user = await self._sign_in(login, request.password, now)
        except SignInRefused:
            raise InvalidGrant(password.refusal(login, self._context.tenant)) from None
        except PoolFull as full:
            raise TemporarilyUnavailable(retry_after=full.retry_after) from None
        subject = Subject(
            user_id=user.id,
            login_name=user.login_name,
            account_id=user.account_id,
            family_id=self._context.store.ids.next(),
            auth_time=now,
            amr="pwd",
        )
        return await self._issuing.to_user(client, subject, scope, resources.narrow(asked, asked))
