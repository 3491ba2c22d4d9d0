"""A developer's personal access tokens: listed, made and shown once, revoked."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.identity import linked
from gatelodge.identity import personal_tokens as rules
from gatelodge.identity.errors import Invalid
from gatelodge.identity.personal_tokens import Wanted
from gatelodge.operations import personal_tokens as acts
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.flash import Flash
from gatelodge.storage import personal_tokens
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

PLACE = "/account/access-tokens"
_LIVES = {"30": "30 days", "90": "90 days", "365": "A year", "custom": "Other"}


class PersonalTokens:
    """The page under ``/account``; ``digest_key`` is as in ``operations.personal_tokens``."""

    def __init__(self, desk: Desk, digest_key: bytes) -> None:
        self._desk = desk
        self._digest_key = digest_key

    def routes(self) -> list[Route]:
        """Return the page's routes."""
        desk = self._desk
        return [
            desk.page(PLACE, self.show),
            desk.form(PLACE, self.make),
            desk.form(f"{PLACE}/revoke", self.revoke),
        ]

    async def show(self, _: Request, visit: Visit) -> Response:
        """Show the developer's personal access tokens, and a new one once."""
        return await self._show(visit, Wanted(), {})

    async def make(self, _: Request, visit: Visit, form: Form) -> Response:
        """Make a personal access token; needs a fresh sign-in."""
        if not self._is_fresh(visit):
            return self._desk.go(_again())
        wanted = _read(form)
        act = self._desk.act(visit)
        try:
            made = await self._desk.store.write(
                acts.make, act, self._digest_key, visit.developer.id, wanted
            )
        except Invalid as error:
            return await self._show(visit, wanted, error.problems)
        notice = f"The personal access token {made.stored.name} was made."
        await self._desk.keep(visit, Flash(notice=notice, personal_token=made.text))
        return self._desk.go(PLACE)

    async def revoke(self, _: Request, visit: Visit, form: Form) -> Response:
        """Revoke a personal access token."""
        row = row_id(form.one("row")) or 0
        act = self._desk.act(visit)
        ended = await self._desk.store.write(acts.revoke, act, visit.developer.id, row)
        await self._desk.say(visit, f"The personal access token {ended.name} was revoked.")
        return self._desk.go(PLACE)

    async def _show(self, visit: Visit, wanted: Wanted, problems: Mapping[str, str]) -> Response:
        flash = await self._desk.take(visit)
        stored = await self._desk.store.read(personal_tokens.of_developer, visit.developer.id)
        now = self._desk.clock()
        return await self._desk.render(
            visit,
            "portal/account_access_tokens.html",
            flash=flash,
            status=422 if problems else 200,
            section="account",
            tab="Access tokens",
            rows=[(one, one.alive(now)) for one in stored],
            made=flash.personal_token,
            is_fresh=self._is_fresh(visit),
            again=_again(),
            wanted=wanted,
            scopes=rules.SCOPES,
            lives=_LIVES,
            longest_life=rules.LONGEST_LIFE,
            longest_name=rules.LONGEST_NAME,
            problems=problems,
        )

    def _is_fresh(self, visit: Visit) -> bool:
        return linked.is_fresh(visit.request.state.session.auth_time, self._desk.clock())


def _read(form: Form) -> Wanted:
    return Wanted(
        name=form.one("name"),
        scopes=frozenset(form.all("scopes")),
        life=form.one("life", rules.DEFAULT_LIFE),
        days=form.one("days"),
    )


def _again() -> str:
    return f"/login?{urlencode({'return_to': PLACE, 'again': '1'})}"
