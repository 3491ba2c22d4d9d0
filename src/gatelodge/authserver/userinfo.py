"""The userinfo endpoint (OpenID Connect Core section 5.3)."""

from gatelodge.authserver import cors, presented
from gatelodge.authserver.context import Context
from gatelodge.identity.users import User
from gatelodge.oauth import parameters, resources, scopes
from gatelodge.oauth.errors import InsufficientScope, InvalidToken, MissingAccessToken
from gatelodge.web.errors import NO_STORE
from gatelodge.web.http import Reply, Request, json_reply


class UserinfoEndpoint:
    """Says who the user behind an access token is, as far as its scope reaches."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._audiences = {context.issuer, resources.userinfo(context.issuer)}

    async def __call__(self, request: Request) -> Reply:
        """Answer one request; the access token is taken from the Authorization header only."""
        if request.query:
            parameters.check_query(request.query)
        authorization = request.header(b"authorization")
        scheme, _, text = (authorization or b"").partition(b" ")
        if scheme.lower() != b"bearer" or not text:
            raise MissingAccessToken
        found = await presented.access_token(self._context, text.strip().decode("latin-1"))
        cors.allow(request, found.client)
        if self._audiences.isdisjoint(found.claims.audience):
            raise InvalidToken("The access token is for other resources.")
        if found.user is None or not scopes.has(found.claims.scope, scopes.OPENID):
            raise InsufficientScope(scope=scopes.OPENID)
        return json_reply(claims(found.user, found.claims.scope), headers=NO_STORE)


def claims(user: User, scope: str) -> dict[str, object]:
    """Return the user's claims: who they are, their name with ``profile``, address with ``email``.

    ``account`` is the account they belong to, the number VBC's APIs ask for.
    """
    told: dict[str, object] = {"sub": user.login_name}
    if scopes.has(scope, scopes.PROFILE):
        told |= {
            "name": f"{user.first_name} {user.last_name}".strip(),
            "given_name": user.first_name,
            "family_name": user.last_name,
            "preferred_username": user.login_name,
        }
    if scopes.has(scope, scopes.EMAIL):
        told["email"] = user.email
    return told | {"account": str(user.account_id)}
