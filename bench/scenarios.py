"""What is measured: each scenario's requests, and those of its floor."""

import asyncio
import base64
from collections.abc import Sequence
from urllib.parse import urlencode

import httpx2
import msgspec

from bench import load, prepare
from bench.load import NextRequest
from bench.prepare import Prepared
from gatelodge.demo import credentials as demo

CALLERS = 64
PASSWORD_CALLERS = 4
API = f"/t/{prepare.TENANT}/provisioning/v1/api/accounts/self"


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table; without ``floor`` there is nothing barer to compare with."""

    name: str
    requests: Sequence[NextRequest]
    floor: str | None = None
    floor_requests: Sequence[NextRequest] = ()


def basic(key: str, secret: str) -> dict[str, str]:
    """Return the Authorization header of a client."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}


CLIENT = basic(demo.CONSUMER_KEY, demo.CONSUMER_SECRET)


async def every(url: str, prepared: Prepared) -> Sequence[Scenario]:
    """Return the scenarios for a running server, tokens fetched."""
    host = url.removeprefix("http://")
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        answers = await asyncio.gather(*(sign_in(http) for _ in range(CALLERS)))
    access_token = answers[0]["access_token"]
    refresh_tokens = [answer["refresh_token"] for answer in answers]
    return (
        *_client_credentials(host, prepared),
        _refresh(host, refresh_tokens),
        _introspection(host, access_token),
        _password(host),
        *_gateway(host, access_token),
    )


def _client_credentials(host: str, prepared: Prepared) -> Sequence[Scenario]:
    form = "grant_type=client_credentials"
    opaque = basic(prepared.opaque_key, prepared.opaque_secret)
    bare = [load.post("/", host, form, CLIENT)] * CALLERS
    return (
        Scenario(
            name="client credentials, ES256",
            requests=[load.post("/token", host, form, CLIENT)] * CALLERS,
            floor="signing",
            floor_requests=bare,
        ),
        Scenario(
            name="client credentials, opaque (stored)",
            requests=[load.post("/token", host, form, opaque)] * CALLERS,
            floor="form",
            floor_requests=bare,
        ),
    )


def _refresh(host: str, refresh_tokens: Sequence[str]) -> Scenario:
    form = urlencode({"grant_type": "refresh_token", "refresh_token": refresh_tokens[0]})
    return Scenario(
        name="refresh rotation (durable)",
        requests=[_Chain(host, CLIENT, each) for each in refresh_tokens],
        floor="signing",
        floor_requests=[load.post("/", host, form, CLIENT)] * CALLERS,
    )


def _introspection(host: str, access_token: str) -> Scenario:
    form = urlencode({"token": access_token})
    return Scenario(
        name="introspection, JWT",
        requests=[load.post("/introspect", host, form, CLIENT)] * CALLERS,
        floor="form",
        floor_requests=[load.post("/", host, form, CLIENT)] * CALLERS,
    )


def _password(host: str) -> Scenario:
    request = load.post("/token", host, urlencode(password_form()), CLIENT)
    return Scenario(name="password (Argon2 bound)", requests=[request] * PASSWORD_CALLERS)


def _gateway(host: str, access_token: str) -> Sequence[Scenario]:
    bearer = {"Authorization": f"Bearer {access_token}"}
    return (
        Scenario(
            name="gateway, in process",
            requests=[load.get(API, host, bearer)] * CALLERS,
            floor="constant",
            floor_requests=[load.get("/", host, bearer)] * CALLERS,
        ),
        Scenario(
            name="gateway, URL upstream",
            requests=[load.get(prepare.PATH, host, bearer)] * CALLERS,
            floor="proxy",
            floor_requests=[load.get("/ping", host, bearer)] * CALLERS,
        ),
    )


def password_form() -> dict[str, str]:
    """Return the demo user's password grant."""
    return {
        "grant_type": "password",
        "username": f"{demo.USER_LOGIN}@{prepare.TENANT}",
        "password": demo.USER_PASSWORD,
    }


async def sign_in(http: httpx2.AsyncClient) -> dict[str, str]:
    """Return the answer to the demo user's password."""
    auth = (demo.CONSUMER_KEY, demo.CONSUMER_SECRET)
    answer = await http.post("/token", data=password_form(), auth=auth)
    found: dict[str, str] = answer.raise_for_status().json()
    return found


class _Chain:
    """One signed-in user: refreshes with the refresh token of the last answer."""

    def __init__(self, host: str, client: dict[str, str], refresh_token: str) -> None:
        self._host = host
        self._client = client
        self._refresh_token = refresh_token

    def __call__(self, last: bytes) -> bytes:
        """Return the next refresh."""
        if last:
            self._refresh_token = msgspec.json.decode(last)["refresh_token"]
        form = f"grant_type=refresh_token&refresh_token={self._refresh_token}"
        return load.form_post("/token", self._host, form.encode(), self._client)
