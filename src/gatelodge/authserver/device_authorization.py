"""The device authorization endpoint (RFC 8628 section 3.1)."""

import os

import msgspec

from gatelodge.authserver import allowed_resources, asking
from gatelodge.authserver.allowed_scopes import allowed
from gatelodge.authserver.context import Context
from gatelodge.oauth import device, digests, opaque, parameters, scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.device import DeviceCode
from gatelodge.oauth.errors import UnauthorizedClient
from gatelodge.storage import device_codes
from gatelodge.web.errors import NO_STORE
from gatelodge.web.http import Reply, Request, json_reply

_LONGEST_USER_AGENT = 256
_USER_CODE_BYTES = 32


class DeviceAuthorizationEndpoint:
    """Gives a device a code to poll with, and its person a code to type elsewhere."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, request: Request) -> Reply:
        """Answer one request. Raises ``OAuthError``."""
        form = await asking.read_form(request)
        credentials = parameters.read_credentials(form, request.header(b"authorization"))
        client = await asking.authenticate(self._context, request, credentials)
        if device.GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClient
        wanted = scopes.asked(form.get("scope"))
        scope = scopes.grant(wanted, await allowed(self._context.live, client, wanted))
        resources = parameters.resources(form)
        asked = await allowed_resources.asked(self._context, client, resources)
        secret = os.urandom(opaque.SECRET_BYTES)
        row = self._row(request, client, scope, secret)
        row, letters = await self._add(msgspec.structs.replace(row, resources=asked))
        return json_reply(self._answer(row, secret, letters), headers=NO_STORE)

    def _row(self, request: Request, client: Client, scope: str, secret: bytes) -> DeviceCode:
        now = self._context.clock()
        user_agent = (request.header(b"user-agent") or b"").decode("latin-1")
        return DeviceCode(
            id=self._context.store.ids.next(),
            digest=digests.digest(self._context.digest_keys.device_code, secret),
            user_code_digest=b"",
            client_row=client.id,
            scope=scope,
            resources="",
            address=request.address,
            user_agent=user_agent[:_LONGEST_USER_AGENT],
            issued_at=now,
            expires_at=now + device.LIFETIME,
        )

    async def _add(self, row: DeviceCode) -> tuple[DeviceCode, str]:
        """Store the request under a user code that no other one has; return both."""
        while True:
            letters = device.user_code(os.urandom(_USER_CODE_BYTES))
            digest = digests.digest(self._context.digest_keys.user_code, letters.encode())
            row = msgspec.structs.replace(row, user_code_digest=digest)
            if await self._context.store.write(device_codes.add, row):
                return row, letters

    def _answer(self, row: DeviceCode, secret: bytes, letters: str) -> dict[str, object]:
        page = f"{self._context.issuer}/device"
        user_code = device.shown(letters)
        return {
            "device_code": opaque.write(opaque.DEVICE_CODE, row.id, secret),
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={user_code}",
            "expires_in": device.LIFETIME,
            "interval": row.interval,
        }
