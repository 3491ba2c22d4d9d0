"""The pages My Applications, Add Application and an application's Details."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog import applications as rules
from gatelodge.catalog.applications import Application, Draft
from gatelodge.catalog.errors import Conflict, Invalid, NameTaken
from gatelodge.catalog.quotas import DEFAULT_QUOTA, QUOTAS
from gatelodge.operations import applications as acts
from gatelodge.portal import activity, places
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.rows import row_id
from gatelodge.storage import apis, applications, audit, clients, subscriptions
from gatelodge.web.forms import Form

PAGE_SIZE = 50
_LONGEST_SEARCH = 100


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is still to be done before the first call, or was."""

    text: str
    href: str
    done: bool


class Applications:
    """The list, the form for a new one, and an application's first tab."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page("/applications", self.index),
            desk.page("/applications/new", self.new),
            desk.form("/applications/new", self.create),
            desk.page("/applications/{application_id:int}", self.details),
            desk.form("/applications/{application_id:int}", self.update),
            desk.form("/applications/{application_id:int}/delete", self.delete),
        ]

    async def index(self, request: Request, visit: Visit) -> Response:
        """Show one page of the developer's applications."""
        read = self._desk.store.read
        owner = visit.developer.id
        search = request.query_params.get("search", "").strip()[:_LONGEST_SEARCH]
        total = await read(applications.count, owner, search)
        page_count = max(1, -(-total // PAGE_SIZE))
        page = min(_page_number(request), page_count)
        offset = (page - 1) * PAGE_SIZE
        rows = await read(applications.summaries, owner, search, limit=PAGE_SIZE, offset=offset)
        return await self._desk.render(
            visit,
            "portal/applications.html",
            section="applications",
            rows=rows,
            total=total,
            search=search,
            page=page,
            page_count=page_count,
        )

    async def new(self, request: Request, visit: Visit) -> Response:
        """Show the form for a new application."""
        draft = Draft(name="", description="", quota=DEFAULT_QUOTA)
        return await self._show_new(visit, draft, {}, request.query_params.get("api", ""))

    async def create(self, _: Request, visit: Visit, form: Form) -> Response:
        """Add an application, then show it (or where it was to be subscribed)."""
        draft = _draft(form)
        act = self._desk.act(visit)
        try:
            made = await self._desk.store.write(acts.create, act, visit.developer.id, draft)
        except Invalid as error:
            return await self._show_new(visit, draft, error.problems, form.one("api"))
        except NameTaken as error:
            return await self._show_new(visit, draft, {"name": str(error)}, form.one("api"))
        await self._desk.say(visit, f"{made.name} was added. Generate its keys next.")
        wanted = row_id(form.one("api"))
        if wanted is not None:
            address = places.application(made.id, "subscriptions")
            return self._desk.go(f"{address}?api={wanted}")
        return self._desk.go(places.keys(made.id, "production"))

    async def details(self, request: Request, visit: Visit) -> Response:
        """Show an application's details, its form and its activity."""
        found = await self._desk.application(request, visit)
        draft = Draft(name=found.name, description=found.description, quota=found.quota)
        return await self._show_details(visit, found, draft, {})

    async def update(self, request: Request, visit: Visit, form: Form) -> Response:
        """Change name, quota and description."""
        found = await self._desk.application(request, visit)
        draft = _draft(form)
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
        found = await self._desk.application(request, visit)
        act = self._desk.act(visit)
        try:
            await self._desk.store.write(acts.delete, act, found.id, form.one("typed"))
        except Conflict as error:
            draft = Draft(name=found.name, description=found.description, quota=found.quota)
            return await self._show_details(visit, found, draft, {"typed": str(error)})
        await self._desk.say(visit, f"{found.name} was deleted.")
        return self._desk.go(places.HOME)

    async def _show_new(
        self, visit: Visit, draft: Draft, problems: Mapping[str, str], wanted: str
    ) -> Response:
        read = self._desk.store.read
        wanted_id = row_id(wanted)
        next_api = await read(apis.find, wanted_id) if wanted_id is not None else None
        return await self._desk.render(
            visit,
            "portal/application_new.html",
            status=422 if problems else 200,
            section="applications",
            next_api=next_api,
            **_fields(draft, problems),
        )

    async def _show_details(
        self, visit: Visit, found: Application, draft: Draft, problems: Mapping[str, str]
    ) -> Response:
        read = self._desk.store.read
        keys = await read(clients.of_application, found.id)
        subscribed = await read(subscriptions.of_application, found.id)
        events = await read(audit.of_object, "application", found.id, 10)
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
            quota_text=QUOTAS[found.quota].description if found.quota in QUOTAS else "",
            events=activity.lines(events),
            steps=() if all(step.done for step in steps) else steps,
            here=places.application(found.id),
            **_fields(draft, problems),
        )


def _draft(form: Form) -> Draft:
    return Draft(
        name=form.one("name"),
        description=form.one("description").replace("\r\n", "\n"),
        quota=form.one("quota", DEFAULT_QUOTA),
    )


def _fields(draft: Draft, problems: Mapping[str, str]) -> dict[str, Any]:
    return {
        "draft": draft,
        "problems": problems,
        "quotas": tuple(QUOTAS.values()),
        "name_length": rules.NAME_LENGTH,
        "description_length": rules.DESCRIPTION_LENGTH,
    }


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


def _page_number(request: Request) -> int:
    return max(1, row_id(request.query_params.get("page", "1")) or 1)
