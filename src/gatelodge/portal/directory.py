"""The API Directory, and how an address names one of its APIs."""

import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import NoSuch
from gatelodge.catalog.names import folded
from gatelodge.catalog.plans import Plan
from gatelodge.portal import places, searching
from gatelodge.portal.desk import Desk, Visit
from gatelodge.storage import apis, plans, subscriptions

PATH = "/apis/{slug}/{version}"
_HUES = 5


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One API of the directory."""

    api: Api
    href: str
    hue: int
    subscribed: bool


class Directory:
    """The directory; what is not published yet is not there."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        return [self._desk.page("/apis", self.index), self._desk.page("/apis/{name}", self.find)]

    async def index(self, request: Request, visit: Visit) -> Response:
        """Show the directory, or what of it matches a search."""
        read = self._desk.store.read
        search = searching.words(request)
        stored = await read(subscriptions.of_owner, visit.developer.id)
        subscribed = {row.api_id for row in stored if row.state == "active"}
        cards = [
            Card(api=api, href=places.api(api), hue=hue(api), subscribed=api.id in subscribed)
            for api in await read(apis.all)
            if api.state in {"published", "deprecated"} and _matches(api, search)
        ]
        return await self._desk.render(
            visit, "portal/apis.html", section="apis", cards=cards, search=search
        )

    async def find(self, request: Request, _: Visit) -> Response:
        """Lead from an API's id or context alone to the page of its (default) version."""
        name = request.path_params["name"]
        context = places.context(name)
        found = [
            api
            for api in await self._desk.store.read(apis.all)
            if api.state != "created" and (str(api.id) == name or api.context == context)
        ]
        if not found:
            raise NoSuch("API")
        best = max(found, key=lambda api: (api.default_version, api.state == "published", api.id))
        return self._desk.go(places.api(best))


async def offered(desk: Desk, request: Request) -> Api:
    """Return the API that an address below ``PATH`` names. Raises ``NoSuch``."""
    context = places.context(request.path_params["slug"])
    version = request.path_params["version"]
    api = await desk.store.read(apis.find_version, context, version)
    if api is None or api.state == "created":
        raise NoSuch("API")
    return api


def hue(api: Api) -> int:
    """Return which of the tile colours an API has: always the same one."""
    return zlib.crc32(api.context.encode()) % _HUES


async def plans_of(desk: Desk, wanted: Iterable[Api]) -> Mapping[int, Sequence[Plan]]:
    """Return by API id the plans each is offered under, in the installation's order."""
    known = await desk.store.read(plans.all)
    return {api.id: [plan for plan in known if plan.name in api.plans] for api in wanted}


def _matches(api: Api, search: str) -> bool:
    words = folded(search)
    return words in folded(f"{api.name} {api.version} {api.context} {api.description}")
