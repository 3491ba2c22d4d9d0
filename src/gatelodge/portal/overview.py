"""An API's page Overview, with the box that subscribes an application."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.apis import Api
from gatelodge.catalog.applications import Application
from gatelodge.catalog.errors import Conflict, Invalid, NoSuch
from gatelodge.operations import subscriptions as acts
from gatelodge.portal import places
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.directory import PATH, hue, offered, plans_of
from gatelodge.storage import applications, subscriptions
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

_HUES = 5
_LONGEST_SEARCH = 100


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


class Overview:
    """The page and its form."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page(PATH, self.overview),
            desk.form(f"{PATH}/subscribe", self.subscribe),
        ]

    async def overview(self, request: Request, visit: Visit) -> Response:
        """Show an API's description, addresses and plans, with the box that subscribes."""
        api = await offered(self._desk, request)
        wanted = request.query_params.get("application", "")
        return await self._overview(visit, api, Chosen(application=wanted))

    async def subscribe(self, request: Request, visit: Visit, form: Form) -> Response:
        """Subscribe one of the developer's applications, or lead to making one."""
        api = await offered(self._desk, request)
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
            plans=(await plans_of(self._desk, [api]))[api.id],
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

    def _urls(self, api: Api) -> Sequence[tuple[str, str]]:
        settings = self._desk.settings
        plain = f"{settings.issuer}/t/{settings.tenant}{api.context}"
        titles = ["Production URL"] + (["Sandbox URL"] if api.sandbox_upstream else [])
        urls = [(title, f"{plain}/{api.version}") for title in titles]
        if api.default_version:
            urls += [(f"{title}, without version", plain) for title in titles]
        return urls
