"""The page of an application's keys for one environment, whatever led to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.catalog import credentials as rules
from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.catalog.errors import NoSuch
from gatelodge.oauth.clients import Client, ClientSecret
from gatelodge.portal import key_form, key_samples, places, visible
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.flash import Flash
from gatelodge.portal.key_form import KeyForm
from gatelodge.portal.samples import Facts
from gatelodge.portal.subscribed import Subscribed
from gatelodge.portal.test_tokens import claims_of
from gatelodge.storage import clients

_TABS = {"production": "Production Keys", "sandbox": "Sandbox Keys"}
_OVERLAP_WORDS = {
    "now": "not at all",
    "1h": "for 1 hour",
    "24h": "for 24 hours",
    "3d": "for 3 days",
    "7d": "for 7 days",
    "keep": "as long as before",
}
_LIFE_WORDS = {
    "never": "until it is revoked",
    "30d": "for 30 days",
    "90d": "for 90 days",
    "180d": "for 180 days",
    "1y": "for 1 year",
}


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One address of the authorization server."""

    title: str
    url: str


class SecretRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table of secrets."""

    id: int
    tail: str
    created_at: int
    expires_at: int | None
    alive: bool
    revocable: bool
    name: str
    last_used_at: int | None
    ending: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a form that was sent adds to the page."""

    form: KeyForm | None = None
    problems: Mapping[str, str] = {}
    secret: NewSecret = NewSecret()
    refusal: str = ""
    status: int = 200


class KeyPage:
    """Puts the page together."""

    def __init__(self, desk: Desk, subscribed: Subscribed) -> None:
        self._desk = desk
        self._subscribed = subscribed

    async def show(self, request: Request, visit: Visit, shown: Shown | None = None) -> Response:
        """Show the keys if there are any, and the form that generates them otherwise."""
        shown = shown or Shown()
        application = await visible.application(self._desk, request, visit)
        environment = request.path_params["environment"]
        if environment not in _TABS:
            raise NoSuch("page")
        client = await self._desk.store.read(
            clients.find_of_application, application.id, environment
        )
        # What is shown once is taken only where it will be shown.
        flash = await self._desk.take(visit)
        form = shown.form or key_form.of_settings(client or KeySettings())
        values = {} if client is None else await self._of_client(client, flash)
        return await self._desk.render(
            visit,
            "portal/keys.html",
            status=shown.status,
            flash=flash,
            section="applications",
            tab=_TABS[environment],
            application=application,
            environment=environment,
            client=client,
            form=key_form.opened(form, shown.problems),
            problems=shown.problems,
            new_secret=shown.secret,
            refusal=shown.refusal,
            lifetimes=rules.LIFETIMES,
            most_callbacks=rules.MOST_CALLBACK_URLS,
            here=places.keys(application.id, environment),
            **values,
        )

    async def _of_client(self, client: Client, flash: Flash) -> dict[str, Any]:
        issuer = self._desk.settings.issuer
        facts = Facts(
            issuer=issuer,
            client=client,
            consumer_secret=flash.consumer_secret,
            api_url=await self._subscribed.sample_url(client.application_id),
        )
        return {
            "consumer_secret": facts.consumer_secret,
            "secrets": _secret_rows(client.secrets, self._desk.clock()),
            "overlaps": tuple(_OVERLAP_WORDS.items()),
            "lives": tuple(_LIFE_WORDS.items()),
            "longest_secret_name": rules.LONGEST_SECRET_NAME,
            "endpoints": _endpoints(issuer),
            "endpoint_examples": key_samples.endpoint_examples(facts),
            "token_examples": key_samples.token_examples(facts),
            "scopes": await self._subscribed.scopes(client.application_id),
            "test_token": flash.test_token,
            "test_token_life": min(
                client.access_token_lifetime, self._desk.settings.longest_access_token
            ),
            "test_token_claims": claims_of(flash.test_token),
        }


def _secret_rows(secrets: Sequence[ClientSecret], now: int) -> Sequence[SecretRow]:
    living = sum(secret.alive(now) for secret in secrets)
    return [
        SecretRow(
            id=secret.id,
            tail=secret.tail,
            created_at=secret.created_at,
            expires_at=secret.expires_at,
            alive=secret.alive(now),
            revocable=living > 1 or not secret.alive(now),
            name=secret.name,
            last_used_at=secret.last_used_at,
            ending=secret.alive(now)
            and secret.expires_at is not None
            and secret.expires_at - now <= rules.EXPIRY_WARNING,
        )
        for secret in secrets
    ]


def _endpoints(issuer: str) -> Sequence[Endpoint]:
    paths = (
        ("Authorize", "/authorize"),
        ("Token", "/token"),
        ("Device authorization", "/device_authorization"),
        ("Revoke", "/revoke"),
        ("Introspect", "/introspect"),
        ("User info", "/userinfo"),
        ("Sign out", "/endsession"),
        ("Signing keys (JWKS)", "/jwks"),
        ("Discovery", "/.well-known/openid-configuration"),
    )
    return [Endpoint(title=title, url=issuer + path) for title, path in paths]
