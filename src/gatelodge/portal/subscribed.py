"""What an application's subscriptions bring: scopes for its tokens, an address to try them on."""

from collections.abc import Mapping, Sequence

from gatelodge.catalog.apis import Api
from gatelodge.operations import test_tokens
from gatelodge.portal import reference
from gatelodge.settings import Settings
from gatelodge.storage import apis, subscriptions
from gatelodge.storage.engine import Store


def gateway_url(settings: Settings, api: Api) -> str:
    """Return the shortest address of an API at the gateway, without a trailing slash."""
    plain = f"{settings.issuer}/t/{settings.tenant}{api.context}"
    return plain if api.default_version else f"{plain}/{api.version}"


class Subscribed:
    """Reads the APIs an application has an active subscription to."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def apis(self, application_id: int) -> Sequence[Api]:
        """Return the APIs, the one subscribed first in front."""
        rows = await self._store.read(subscriptions.of_application, application_id)
        wanted = [row.api_id for row in rows if row.state == "active"]
        found = {api.id: api for api in await self._store.read(apis.all)}
        return [found[api_id] for api_id in wanted if api_id in found]

    async def scopes(self, application_id: int) -> Mapping[str, str]:
        """Return every scope of those APIs with its description."""
        return await self._store.read(test_tokens.scopes, application_id)

    async def sample_url(self, application_id: int) -> str | None:
        """Return an address an access token can be tried on, ``None`` without a subscription."""
        for api in await self.apis(application_id):
            text = await self._store.read(apis.document, api.id)
            base = gateway_url(self._settings, api)
            url = reference.sample_url(reference.parse(text or ""), base)
            if url is not None:
                return url
        return None
