"""Requests to the providers that the operator has named, which may be inside their own network."""

from collections.abc import Mapping

from gatelodge.oauth.errors import UpstreamAway
from gatelodge.web.fetching import Fetcher
from gatelodge.web.reaching import FetchFailed


class Asking:
    """Asks a provider; see ``operations.upstream_providers.Ask``."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def __call__(
        self, address: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Get a document, or send a form, and return status and body. Raises ``UpstreamAway``."""
        more = tuple(headers.items())
        try:
            if form is None:
                answer = await self._fetcher.get(address, "operator", more)
            else:
                answer = await self._fetcher.post_form(address, form, "operator", more)
        except FetchFailed as error:
            raise UpstreamAway(str(error)) from error
        return answer.status, answer.body
