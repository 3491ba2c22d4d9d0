"""The tabs Production Keys and Sandbox Keys: generating, settings, secrets, deletion."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog import credentials as rules
from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.catalog.errors import Conflict, Invalid
from gatelodge.operations import credentials as acts
from gatelodge.operations.credentials import Target
from gatelodge.portal import key_form, places
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.flash import Flash
from gatelodge.portal.key_page import KeyPage, Shown
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

_PATH = "/applications/{application_id:int}/keys/{environment}"


class Keys:
    """Forms about one consumer key; the page itself is put together in ``key_page``."""

    def __init__(self, desk: Desk, page: KeyPage, digest_key: bytes) -> None:
        self._desk = desk
        self._page = page
        self._digest_key = digest_key

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page(_PATH, self.show),
            desk.form(_PATH, self.generate),
            desk.form(f"{_PATH}/settings", self.change),
            desk.form(f"{_PATH}/secrets", self.add_secret),
            desk.form(f"{_PATH}/secrets/revoke", self.revoke_secret),
            desk.form(f"{_PATH}/delete", self.delete),
        ]

    async def show(self, request: Request, visit: Visit) -> Response:
        """Show the keys, or the form that generates them."""
        return await self._page.show(request, visit)

    async def generate(self, request: Request, visit: Visit, form: Form) -> Response:
        """Generate the keys and show the secret once."""
        typed = key_form.read(form)
        edited = key_form.edited(typed, form.one("act"))
        if edited is not None:
            return await self._page.show(request, visit, Shown(form=edited))
        act = self._desk.act(visit)
        target = _target(request)
        try:
            issued = await self._desk.store.write(
                acts.generate, act, self._digest_key, target, key_form.settings(typed)
            )
        except Invalid as error:
            return await self._page.show(
                request, visit, Shown(form=typed, problems=error.problems, status=422)
            )
        except Conflict as error:
            return await self._page.show(request, visit, Shown(refusal=str(error), status=409))
        text = f"The {target.environment} keys were generated."
        await self._desk.keep(visit, Flash(notice=text, consumer_secret=issued.consumer_secret))
        return self._desk.go(_address(target))

    async def change(self, request: Request, visit: Visit, form: Form) -> Response:
        """Change the settings of the key."""
        typed = key_form.read(form)
        edited = key_form.edited(typed, form.one("act"))
        if edited is not None:
            return await self._page.show(request, visit, Shown(form=edited))
        act = self._desk.act(visit)
        target = _target(request)
        wanted: KeySettings = key_form.settings(typed)
        try:
            await self._desk.store.write(acts.change_settings, act, target, wanted)
        except Invalid as error:
            return await self._page.show(
                request, visit, Shown(form=typed, problems=error.problems, status=422)
            )
        await self._desk.say(visit, "The key configuration was saved.")
        return self._desk.go(_address(target))

    async def add_secret(self, request: Request, visit: Visit, form: Form) -> Response:
        """Generate a further secret and show it once."""
        act = self._desk.act(visit)
        target = _target(request)
        wanted = NewSecret(
            overlap=form.one("overlap", rules.DEFAULT_OVERLAP),
            life=form.one("life", rules.DEFAULT_LIFE),
            name=form.one("secret_name").strip(),
        )
        try:
            issued = await self._desk.store.write(
                acts.add_secret, act, self._digest_key, target, wanted
            )
        except Invalid as error:
            shown = Shown(problems=error.problems, secret=wanted, status=422)
            return await self._page.show(request, visit, shown)
        except Conflict as error:
            problems = {"overlap": str(error)}
            shown = Shown(problems=problems, secret=wanted, status=409)
            return await self._page.show(request, visit, shown)
        flash = Flash(
            notice="A new consumer secret was generated.", consumer_secret=issued.consumer_secret
        )
        await self._desk.keep(visit, flash)
        return self._desk.go(_address(target))

    async def revoke_secret(self, request: Request, visit: Visit, form: Form) -> Response:
        """Revoke one secret."""
        secret_id = row_id(form.one("secret")) or 0
        act = self._desk.act(visit)
        target = _target(request)
        try:
            await self._desk.store.write(acts.revoke_secret, act, target, secret_id)
        except Conflict as error:
            return await self._page.show(request, visit, Shown(refusal=str(error), status=409))
        await self._desk.say(visit, "The consumer secret was revoked.")
        return self._desk.go(_address(target))

    async def delete(self, request: Request, visit: Visit, _: Form) -> Response:
        """Delete the keys."""
        act = self._desk.act(visit)
        target = _target(request)
        await self._desk.store.write(acts.delete, act, target)
        await self._desk.say(visit, f"The {target.environment} keys were deleted.")
        return self._desk.go(_address(target))


def _target(request: Request) -> Target:
    values = request.path_params
    return Target(application_id=values["application_id"], environment=values["environment"])


def _address(target: Target) -> str:
    return places.keys(target.application_id, target.environment)
