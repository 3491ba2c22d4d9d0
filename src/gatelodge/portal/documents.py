"""An API's page Documentation, and its OpenAPI document as a file."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.portal import places, reference
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.directory import PATH, hue, offered
from gatelodge.portal.subscribed import gateway_url
from gatelodge.storage import apis


class Documents:
    """What an API's publisher has written about it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        return [
            self._desk.page(f"{PATH}/documentation", self.documentation),
            self._desk.page(f"{PATH}/openapi.json", self.document),
        ]

    async def documentation(self, request: Request, visit: Visit) -> Response:
        """Show every operation of an API."""
        api = await offered(self._desk, request)
        text = await self._desk.store.read(apis.document, api.id)
        groups = reference.read(reference.parse(text or ""), gateway_url(self._desk.settings, api))
        return await self._desk.render(
            visit,
            "portal/documentation.html",
            section="apis",
            tab="Documentation",
            api=api,
            href=places.api(api),
            hue=hue(api),
            groups=groups,
        )

    async def document(self, request: Request, _: Visit) -> Response:
        """Return the OpenAPI document as it was published."""
        api = await offered(self._desk, request)
        text = await self._desk.store.read(apis.document, api.id)
        name = f"{api.context.strip('/').replace('/', '-')}-{api.version}.json"
        return Response(
            text,
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{_file_name(name)}"'},
        )


def _file_name(name: str) -> str:
    return "".join(
        letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-._")
    )
