"""The tab Subscriptions of an application: its APIs, their plans, and adding one."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import Conflict, Invalid, NoSuch
from gatelodge.catalog.plans import Plan
from gatelodge.catalog.subscriptions import Subscription, awaiting
from gatelodge.operations import subscriptions as acts
from gatelodge.portal import places, visible
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.directory import plans_of
from gatelodge.storage import apis, subscriptions
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

_PATH = "/applications/{application_id:int}/subscriptions"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription with its API and the plans it may change to."""

    subscription: Subscription
    api: Api
    href: str
    plans: Sequence[Plan]
    waiting: Sequence[str]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An API that can be subscribed to."""

    api: Api
    plans: Sequence[Plan]


class Subscriptions:
    """The tab and its forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page(_PATH, self.show),
            desk.form(_PATH, self.subscribe),
            desk.form(f"{_PATH}/plan", self.change_plan),
            desk.form(f"{_PATH}/remove", self.unsubscribe),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        """Show the subscriptions and what else there is."""
        return await self._show(request, visit, {})

    async def subscribe(self, request: Request, visit: Visit, form: Form) -> Response:
        """Subscribe to an API under a plan, both chosen in one list."""
        application_id = request.path_params["application_id"]
        api_text, _, plan = form.one("choice").partition(":")
        api_id = row_id(api_text)
        if api_id is None or not plan:
            return await self._show(request, visit, {"choice": "Select an API and a plan."})
        act = self._desk.act(visit)
        try:
            await self._desk.store.write(acts.subscribe, act, application_id, api_id, plan)
        except (Invalid, Conflict) as error:
            return await self._show(request, visit, {"choice": str(error)})
        api = await self._desk.store.read(apis.find, api_id)
        name = f"{api.name} {api.version}" if api else "the API"
        await self._desk.say(visit, f"Subscribed to {name} under the plan {plan}.")
        return self._desk.go(places.application(application_id, "subscriptions"))

    async def change_plan(self, request: Request, visit: Visit, form: Form) -> Response:
        """Put a subscription under another plan."""
        await visible.application(self._desk, request, visit)
        act = self._desk.act(visit)
        plan = form.one("plan")
        changed = await self._desk.store.write(acts.change_plan, act, _chosen(form), plan)
        await self._desk.say(visit, f"The plan is {changed.plan} now.")
        return self._desk.go(places.application(changed.application_id, "subscriptions"))

    async def unsubscribe(self, request: Request, visit: Visit, form: Form) -> Response:
        """End a subscription."""
        await visible.application(self._desk, request, visit)
        act = self._desk.act(visit)
        ended = await self._desk.store.write(acts.unsubscribe, act, _chosen(form))
        await self._desk.say(visit, "The subscription was ended.")
        return self._desk.go(places.application(ended.application_id, "subscriptions"))

    async def _show(self, request: Request, visit: Visit, problems: Mapping[str, str]) -> Response:
        read = self._desk.store.read
        application = await visible.application(self._desk, request, visit)
        stored = await read(subscriptions.of_application, application.id)
        catalogue = {api.id: api for api in await read(apis.all)}
        offered = await plans_of(self._desk, catalogue.values())
        taken = {subscription.api_id for subscription in stored}
        wanted = request.query_params.get("api", "")
        return await self._desk.render(
            visit,
            "portal/subscriptions.html",
            status=422 if problems else 200,
            section="applications",
            tab="Subscriptions",
            application=application,
            rows=[
                Row(
                    subscription=subscription,
                    api=catalogue[subscription.api_id],
                    href=places.api(catalogue[subscription.api_id]),
                    plans=offered[subscription.api_id],
                    waiting=sorted(awaiting(catalogue[subscription.api_id], subscription)),
                )
                for subscription in stored
                if subscription.api_id in catalogue
            ],
            choices=[
                Choice(api=api, plans=offered[api.id])
                for api in catalogue.values()
                if api.state == "published" and api.id not in taken
            ],
            chosen=row_id(wanted),
            problems=problems,
            here=places.application(application.id, "subscriptions"),
        )


def _chosen(form: Form) -> int:
    chosen = row_id(form.one("subscription"))
    if chosen is None:
        raise NoSuch("subscription")
    return chosen
