"""The pages My Applications and Add Application."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.applications import Draft
from gatelodge.catalog.errors import Invalid, NameTaken
from gatelodge.catalog.quotas import DEFAULT_QUOTA
from gatelodge.operations import applications as acts
from gatelodge.portal import application_form, places, searching
from gatelodge.portal.desk import Desk, Visit
from gatelodge.storage import apis, applications
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

PAGE_SIZE = 50


class Applications:
    """The list and the form for a new one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page("/applications", self.index),
            desk.page("/applications/new", self.new),
            desk.form("/applications/new", self.create),
        ]

    async def index(self, request: Request, visit: Visit) -> Response:
        """Show one page of the developer's applications."""
        read = self._desk.store.read
        owner = visit.developer.id
        search = searching.words(request)
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
        draft = application_form.draft(form)
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
            **application_form.fields(draft, problems),
        )


def _page_number(request: Request) -> int:
    return max(1, row_id(request.query_params.get("page", "1")) or 1)
