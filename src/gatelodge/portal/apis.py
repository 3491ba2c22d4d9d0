"""The API Directory and the pages of one API: Overview, Documentation, its OpenAPI document."""

import zlib
from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.apis import Api
from gatelodge.catalog.applications import Application
from gatelodge.catalog.errors import Conflict, Invalid, NoSuch
from gatelodge.catalog.names import folded
from gatelodge.operations import subscriptions as acts
from gatelodge.portal import places, reference
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.rows import row_id
from gatelodge.portal.subscribed import gateway_url
from gatelodge.portal.subscriptions import offered_under
from gatelodge.storage import apis, applications, plans, subscriptions
from gatelodge.web.forms import Form

_PATH = "/apis/{slug}/{version}"
_HUES = 5
_LONGEST_SEARCH = 100


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One API of the directory."""

    api: Api
    href: str
    hue: int
    subscribed: bool


class SubscribedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the developer's applications that is subscribed to the API shown."""

    application: Application
    plan: str
    state: str


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the Subscribe box holds, right or wrong."""

    application: str = ""
    plan: str = ""
    problems: Mapping[str, str] = {}


class Apis:
    """The directory and the pages of an API; what is not published yet is not there."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page("/apis", self.index),
            desk.page("/apis/{name}", self.find),
            desk.page(_PATH, self.overview),
            desk.page(f"{_PATH}/documentation", self.documentation),
            desk.page(f"{_PATH}/openapi.json", self.document),
            desk.form(f"{_PATH}/subscribe", self.subscribe),
        ]

    async def index(self, request: Request, visit: Visit) -> Response:
        """Show the directory, or what of it matches a search."""
        read = self._desk.store.read
        search = request.query_params.get("search", "").strip()[:_LONGEST_SEARCH]
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

    async def overview(self, request: Request, visit: Visit) -> Response:
        """Show an API's description, addresses and plans, with the box that subscribes."""
        api = await self._api(request)
        wanted = request.query_params.get("application", "")
        return await self._overview(visit, api, Chosen(application=wanted))

    async def documentation(self, request: Request, visit: Visit) -> Response:
        """Show every operation of an API."""
        api = await self._api(request)
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
        api = await self._api(request)
        text = await self._desk.store.read(apis.document, api.id)
        name = f"{api.context.strip('/').replace('/', '-')}-{api.version}.json"
        return Response(
            text,
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{_file_name(name)}"'},
        )

    async def subscribe(self, request: Request, visit: Visit, form: Form) -> Response:
        """Subscribe one of the developer's applications, or lead to making one."""
        api = await self._api(request)
        chosen, plan = form.one("application"), form.one("plan")
        if chosen == "new":
            return self._desk.go(f"/applications/new?api={api.id}")
        application_id = row_id(chosen) or 0
        act = self._desk.act(visit)
        try:
            await self._desk.store.write(acts.subscribe, act, application_id, api.id, plan)
        except Invalid as error:
            problems: Mapping[str, str] = error.problems
        except NoSuch:
            problems = {"application": "Select an application."}
        except Conflict as error:
            problems = {"application": str(error)}
        else:
            await self._desk.say(visit, f"Subscribed to {api.name} {api.version} under {plan}.")
            return self._desk.go(places.application(application_id, "subscriptions"))
        again = Chosen(application=chosen, plan=plan, problems=problems)
        return await self._overview(visit, api, again)

    async def _overview(self, visit: Visit, api: Api, chosen: Chosen) -> Response:
        read = self._desk.store.read
        own = await read(applications.of_owner, visit.developer.id)
        stored = await read(subscriptions.of_owner, visit.developer.id)
        here = {row.application_id: row for row in stored if row.api_id == api.id}
        return await self._desk.render(
            visit,
            "portal/api.html",
            status=422 if chosen.problems else 200,
            section="apis",
            tab="Overview",
            api=api,
            href=places.api(api),
            hue=hue(api),
            urls=self._urls(api),
            plans=offered_under(api, await read(plans.all)),
            open_applications=[one for one in own if one.id not in here],
            subscribed=[
                SubscribedRow(application=one, plan=here[one.id].plan, state=here[one.id].state)
                for one in own
                if one.id in here
            ],
            chosen=chosen.application,
            chosen_plan=chosen.plan,
            problems=chosen.problems,
            here=places.api(api),
        )

    async def _api(self, request: Request) -> Api:
        context = places.context(request.path_params["slug"])
        version = request.path_params["version"]
        api = await self._desk.store.read(apis.find_version, context, version)
        if api is None or api.state == "created":
            raise NoSuch("API")
        return api

    def _urls(self, api: Api) -> Sequence[tuple[str, str]]:
        settings = self._desk.settings
        plain = f"{settings.issuer}/t/{settings.tenant}{api.context}"
        titles = ["Production URL"] + (["Sandbox URL"] if api.sandbox_upstream else [])
        urls = [(title, f"{plain}/{api.version}") for title in titles]
        if api.default_version:
            urls += [(f"{title}, without version", plain) for title in titles]
        return urls


def hue(api: Api) -> int:
    """Return which of the tile colours an API has: always the same one."""
    return zlib.crc32(api.context.encode()) % _HUES


def _matches(api: Api, search: str) -> bool:
    words = folded(search)
    return words in folded(f"{api.name} {api.version} {api.context} {api.description}")


def _file_name(name: str) -> str:
    return "".join(
        letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-._")
    )
