"""A person's own two-step sign-in: pages that developers' accounts and users' accounts share."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from starlette.responses import Response

from gatelodge.identity.errors import AlreadyHas, Invalid, PasskeyRefused
from gatelodge.operations import factors as acts
from gatelodge.storage import factors, passkeys
from gatelodge.two_step.new_app import NewApps
from gatelodge.two_step.parts import FactorParts, Owner
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id


class Account(Protocol):
    """What the pages need of the account they are part of; ``base`` is their address."""

    base: str

    async def show(self, owner: Owner, page: str, *, status: int = 200, **values: Any) -> Response:
        """Render one of the pages."""

    async def say(self, owner: Owner, text: str) -> None:
        """Keep a sentence for the next page."""

    async def keep_codes(self, owner: Owner, codes: Sequence[str]) -> None:
        """Keep recovery codes for the next page, which shows them once."""

    async def take_codes(self, owner: Owner) -> Sequence[str]:
        """Take what was kept."""

    def again(self) -> str:
        """Return where the person signs in again and comes back here."""

    def go(self, path: str) -> Response:
        """Return a redirect to a page of this site."""


class TwoStep:
    """The pages. Whatever changes something asks for a recent sign-in."""

    def __init__(self, account: Account, parts: FactorParts) -> None:
        self._account = account
        self._parts = parts
        self._store = parts.store
        self._new_apps = NewApps(parts.seals, parts.product_name)

    async def overview(self, owner: Owner) -> Response:
        """Show what the person has."""
        return await self._overview(owner)

    async def codes(self, owner: Owner) -> Response:
        """Show fresh recovery codes once."""
        kept = await self._account.take_codes(owner)
        if not kept:
            return self._account.go(self._account.base)
        return await self._account.show(owner, "codes", codes=kept)

    async def app(self, owner: Owner) -> Response:
        """Show a fresh secret for an authenticator app."""
        if not owner.fresh:
            return self._account.go(self._account.again())
        if (await self._store.read(factors.of, owner.person)).totp:
            return self._account.go(self._account.base)
        return await self._show_app(owner, self._new_apps.fresh(owner))

    async def add_app(self, owner: Owner, form: Form) -> Response:
        """Take the app once it has shown a right code."""
        if not owner.fresh:
            return self._account.go(self._account.again())
        sealed = form.one("secret")
        secret = self._new_apps.opened(owner, sealed)
        secrets, typed = self._parts.secrets, form.one("code")
        try:
            codes = await self._add(owner, acts.add_totp, secrets, owner.person, secret, typed)
        except Invalid as error:
            return await self._show_app(owner, sealed, status=422, problems=error.problems)
        return await self._added(owner, codes, "Your authenticator app is set up.")

    async def remove_app(self, owner: Owner, _: Form) -> Response:
        """Take the app away."""
        return await self._change(owner, "The app is removed.", acts.remove_totp)

    async def add_passkey(self, owner: Owner, form: Form) -> Response:
        """Take the passkey that the browser has made."""
        if not owner.fresh:
            return self._account.go(self._account.again())
        passkey_id = owner.act.ids.next()
        making = self._parts.second_steps.passkeys
        try:
            made = await making.made(owner.request, form, owner.person, passkey_id)
            codes = await self._add(owner, acts.add_passkey, self._parts.secrets, made)
        except (PasskeyRefused, AlreadyHas) as error:
            return await self._overview(owner, status=error.status, refusal=str(error))
        except Invalid as error:
            return await self._overview(
                owner, status=error.status, problems=error.problems, typed_name=form.one("name")
            )
        return await self._added(owner, codes, f"The passkey “{made.name}” is added.")

    async def rename_passkey(self, owner: Owner, form: Form) -> Response:
        """Give a passkey another name."""
        name = " ".join(form.one("name").split())
        number = row_id(form.one("passkey")) or 0
        return await self._change(
            owner, "The passkey is renamed.", acts.rename_passkey, number, name
        )

    async def remove_passkey(self, owner: Owner, form: Form) -> Response:
        """Take a passkey away."""
        number = row_id(form.one("passkey")) or 0
        return await self._change(owner, "The passkey is removed.", acts.remove_passkey, number)

    async def renew_codes(self, owner: Owner, _: Form) -> Response:
        """Give fresh recovery codes."""
        if not owner.fresh:
            return self._account.go(self._account.again())
        codes = await self._store.write(
            acts.renew_recovery_codes, owner.act, self._parts.secrets, owner.person
        )
        return await self._added(owner, codes, "")

    async def _add(
        self, owner: Owner, adding: Callable[..., Sequence[str]], *values: object
    ) -> Sequence[str]:
        return await self._store.write(acts.add, owner.act, owner.session, adding, *values)

    async def _change(
        self, owner: Owner, said: str, change: Callable[..., None], *values: object
    ) -> Response:
        if not owner.fresh:
            return self._account.go(self._account.again())
        try:
            await self._store.write(change, owner.act, owner.person, *values)
        except Invalid as error:
            return await self._overview(owner, status=error.status, refusal=str(error))
        await self._account.say(owner, said)
        return self._account.go(self._account.base)

    async def _added(self, owner: Owner, codes: Sequence[str], said: str) -> Response:
        if codes:
            await self._account.keep_codes(owner, codes)
            return self._account.go(f"{self._account.base}/codes")
        await self._account.say(owner, said)
        return self._account.go(self._account.base)

    async def _overview(self, owner: Owner, *, status: int = 200, **values: Any) -> Response:
        found = await self._store.read(factors.of, owner.person)
        making = self._parts.second_steps.passkeys
        prompt = None
        if owner.fresh:
            prompt = await making.to_make(owner.request, owner.person, owner.name)
        return await self._account.show(
            owner,
            "overview",
            status=status,
            factors=found,
            passkeys=await self._store.read(passkeys.of, owner.person),
            prompt=prompt,
            is_fresh=owner.fresh,
            again=self._account.again(),
            **({"problems": {}, "typed_name": "", "refusal": ""} | values),
        )

    async def _show_app(
        self, owner: Owner, sealed: str, *, status: int = 200, **values: Any
    ) -> Response:
        shown = self._new_apps.shown(owner, sealed)
        values = {"problems": {}} | values
        return await self._account.show(owner, "app", status=status, **shown, **values)


PageOf = Callable[[Owner], Awaitable[Response]]
FormOf = Callable[[Owner, Form], Awaitable[Response]]


def paths(pages: TwoStep) -> dict[str, tuple[PageOf | None, FormOf | None]]:
    """Return what answers GET and POST of each path below an account's ``base``."""
    return {
        "": (pages.overview, None),
        "/codes": (pages.codes, pages.renew_codes),
        "/app": (pages.app, pages.add_app),
        "/app/remove": (None, pages.remove_app),
        "/passkeys": (None, pages.add_passkey),
        "/passkeys/rename": (None, pages.rename_passkey),
        "/passkeys/remove": (None, pages.remove_passkey),
    }
