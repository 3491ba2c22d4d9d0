"""An application's tab Details: facts, next steps, its form, its activity, and its deletion."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.applications import Application, Draft
from gatelodge.catalog.errors import Conflict, Invalid, NameTaken
from gatelodge.operations import applications as acts
from gatelodge.portal import activity, application_form, places, visible
from gatelodge.portal.desk import Desk, Visit
from gatelodge.storage import audit, clients, subscriptions
from gatelodge.web.forms import Form

_PATH = "/applications/{application_id:int}"
_NEWEST = 10


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is still to be done before the first call, or was."""

    text: str
    href: str
    done: bool


class Details:
    """The tab and its two forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page(_PATH, self.details),
            desk.form(_PATH, self.update),
            desk.form(f"{_PATH}/delete", self.delete),
        ]

    async def details(self, request: Request, visit: Visit) -> Response:
        """Show an application's details, its form and its activity."""
        found = await visible.application(self._desk, request, visit)
        draft = Draft(name=found.name, description=found.description, quota=found.quota)
        return await self._show_details(visit, found, draft, {})

    async def update(self, request: Request, visit: Visit, form: Form) -> Response:
        """Change name, quota and description."""
        found = await visible.application(self._desk, request, visit)
        draft = application_form.draft(form)
        act = self._desk.act(visit)
        try:
            changed = await self._desk.store.write(acts.update, act, found.id, draft)
        except Invalid as error:
            return await self._show_details(visit, found, draft, error.problems)
        except NameTaken as error:
            return await self._show_details(visit, found, draft, {"name": str(error)})
        await self._desk.say(visit, f"{changed.name} was saved.")
        return self._desk.go(places.application(found.id))

    async def delete(self, request: Request, visit: Visit, form: Form) -> Response:
        """Delete an application whose name was typed."""
        found = await visible.application(self._desk, request, visit)
        act = self._desk.act(visit)
        try:
            await self._desk.store.write(acts.delete, act, found.id, form.one("typed"))
        except Conflict as error:
            draft = Draft(name=found.name, description=found.description, quota=found.quota)
            return await self._show_details(visit, found, draft, {"typed": str(error)})
        await self._desk.say(visit, f"{found.name} was deleted.")
        return self._desk.go(places.HOME)

    async def _show_details(
        self, visit: Visit, found: Application, draft: Draft, problems: Mapping[str, str]
    ) -> Response:
        read = self._desk.store.read
        keys = await read(clients.of_application, found.id)
        subscribed = await read(subscriptions.of_application, found.id)
        events = await read(audit.of_object, "application", found.id, _NEWEST)
        steps = _steps(found.id, keys=bool(keys), subscribed=bool(subscribed))
        return await self._desk.render(
            visit,
            "portal/application.html",
            status=422 if problems else 200,
            section="applications",
            tab="Details",
            application=found,
            clients=keys,
            subscription_count=len(subscribed),
            quota_text=application_form.quota_words(found.quota),
            events=activity.lines(events),
            steps=() if all(step.done for step in steps) else steps,
            here=places.application(found.id),
            **application_form.fields(draft, problems),
        )


def _steps(application_id: int, *, keys: bool, subscribed: bool) -> Sequence[Step]:
    return (
        Step(
            text="Generate keys for production",
            href=places.keys(application_id, "production"),
            done=keys,
        ),
        Step(
            text="Subscribe to an API",
            href=places.application(application_id, "subscriptions"),
            done=subscribed,
        ),
    )
