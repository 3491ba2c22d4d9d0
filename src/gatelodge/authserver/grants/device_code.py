"""The device authorization grant (RFC 8628 section 3.4): each poll asks, and one gets an answer."""

from gatelodge.authserver import allowed_resources
from gatelodge.authserver.context import Context
from gatelodge.authserver.grants import subjects
from gatelodge.authserver.issuing import Issuing
from gatelodge.oauth import device, digests, opaque, resources
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidGrant, InvalidRequest
from gatelodge.oauth.parameters import TokenRequest
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.operations import devices


class DeviceCodeGrant:
    """Spends an allowed request, then looks at it, then issues."""

    def __init__(self, context: Context, issuing: Issuing) -> None:
        self._context = context
        self._issuing = issuing

    async def __call__(self, request: TokenRequest, client: Client) -> TokenAnswer:
        """Answer one poll. Raises ``InvalidRequest`` and what ``device.judge`` raises."""
        if request.device_code is None:
            raise InvalidRequest("Missing device_code parameter value")
        text = opaque.read(opaque.DEVICE_CODE, request.device_code)
        if text is None:
            raise InvalidGrant("Invalid or spent device code received from token request")
        asked = await allowed_resources.asked(self._context, client, request.resources)
        now = self._context.clock()
        polling = devices.Poll(
            id=text.row_id,
            digest=digests.digest(self._context.digest_keys.device_code, text.secret),
            client_row=client.id,
            now=now,
        )
        polled = await self._context.store.write(devices.poll, polling)
        row, allowance = device.judge(polled, now)
        subject = await subjects.of_device(self._context.live, client, allowance)
        reach = resources.narrow(row.resources, asked)
        return await self._issuing.to_user(client, subject, row.scope, reach)
