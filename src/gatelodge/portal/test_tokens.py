"""The form Get test token: an access token for the application itself, shown once."""

import json
from base64 import urlsafe_b64decode
from binascii import Error as BadBase64
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.oauth.clients import Client
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.operations import credentials as acts
from gatelodge.operations import test_tokens
from gatelodge.operations.credentials import Target
from gatelodge.portal import places
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.flash import Flash, Minted
from gatelodge.web.forms import Form

MintTestToken = Callable[[Client, str], Awaitable[TokenAnswer]]
"""Issues an access token that stands for a client itself, with a scope (RFC 6749 section 4.4)."""

_JWT_PARTS = 3


class Minting:
    """Makes test tokens; only the grant type Client Credentials allows it."""

    def __init__(self, desk: Desk, mint: MintTestToken) -> None:
        self._desk = desk
        self._mint = mint

    def routes(self) -> list[Route]:
        """Return the form's route."""
        path = "/applications/{application_id:int}/keys/{environment}/test-token"
        return [self._desk.form(path, self.issue)]

    async def issue(self, request: Request, visit: Visit, form: Form) -> Response:
        """Issue a test token with those of the asked scopes that the subscriptions bring."""
        values = request.path_params
        target = Target(application_id=values["application_id"], environment=values["environment"])
        act, asked = self._desk.act(visit), form.all("scope")
        ready = await self._desk.store.read(test_tokens.ready, act, target, asked)
        answer = await self._mint(ready.client, ready.scope)
        await self._desk.store.write(acts.note_test_token, act, target, answer.scope)
        test_token = Minted(
            access_token=answer.access_token,
            scope=answer.scope,
            expires_at=self._desk.clock() + answer.expires_in,
        )
        await self._desk.keep(visit, Flash(test_token=test_token))
        return self._desk.go(places.keys(target.application_id, target.environment))


def claims_of(test_token: Minted | None) -> str:
    """Return a JWT's claims as readable JSON, nothing for an opaque token. Verifies nothing."""
    parts = test_token.access_token.split(".") if test_token else []
    if len(parts) != _JWT_PARTS:
        return ""
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (BadBase64, ValueError):
        return ""
    return json.dumps(claims, indent=2, ensure_ascii=False)
