"""Scopes that need a publisher's approval, through sockets (line 100)."""

import asyncio

import httpx2
import msgspec
import pytest

from gatelodge.operations import apis, openapi_document, subscriptions
from gatelodge.operations.apis import Offer
from gatelodge.storage import subscriptions as stored
from tests.security.attacking import bearer
from tests.security.victims import Key, Operator, ask, back, error

VAULT = {
    "openapi": "3.1.0",
    "info": {"title": "Vault", "version": "v1"},
    "components": {
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "x-sensitive-scopes": ["vault.erase"],
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://example.com/token",
                        "scopes": {"vault.read": "See things", "vault.erase": "Erase things"},
                    }
                },
            }
        }
    },
    "paths": {
        "/things": {
            "get": {"security": [{"oauth": ["vault.read"]}]},
            "delete": {"security": [{"oauth": ["vault.erase"]}]},
        }
    },
}
BOTH = "vault.read vault.erase"
THINGS = "/t/vbc.prod/vault/v1/things"


@pytest.fixture
async def key(operator: Operator) -> Key:
    """A victim's key, subscribed to an API with one scope that needs approval."""
    document = openapi_document.read(msgspec.json.encode(VAULT))
    offer = Offer(context="/vault", upstream="http://127.0.0.1:9", plans=("Unlimited",))
    done = await operator.store.write(apis.publish, operator.act, document, offer)
    key = await operator.register(
        grant_types=frozenset({"client_credentials", "authorization_code", "refresh_token"})
    )
    application_id = key.target.application_id
    await operator.store.write(
        subscriptions.subscribe, operator.act, application_id, done.api.id, "Unlimited"
    )
    return key


async def _say(operator: Operator, key: Key, act: str) -> None:
    (row,) = await operator.store.read(stored.of_application, key.target.application_id)
    await operator.store.write(getattr(subscriptions, act), operator.act, row.id, ["vault.erase"])


async def _issued(http: httpx2.AsyncClient, key: Key, scope: str = BOTH) -> httpx2.Response:
    form = key.form(grant_type="client_credentials", scope=scope)
    return await http.post("/token", data=form)


async def _heard(http: httpx2.AsyncClient, key: Key, status: int) -> httpx2.Response:
    """Wait until the server has heard of what another process changed."""
    async with asyncio.timeout(30):
        while (answer := await _issued(http, key)).status_code != status:  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.02)
    return answer


async def _codes(http: httpx2.AsyncClient, access_token: str) -> tuple[int, int]:
    read = await http.get(THINGS, headers=bearer(access_token))
    erase = await http.delete(THINGS, headers=bearer(access_token))
    return read.status_code, erase.status_code


async def test_line_100_a_sensitive_scope_needs_approval(
    http: httpx2.AsyncClient, operator: Operator, key: Key
) -> None:
    """100. Not for the asking, neither alone nor with a user; with approval; not after it ended."""
    assert error(await _issued(http, key)) == (400, "invalid_scope")
    early = (await _issued(http, key, "vault.read")).json()["access_token"]
    assert (await _codes(http, early))[1] == 403
    asked = await ask(http, key, scope=f"openid {BOTH}")
    assert back(asked)["error"] == "invalid_scope"
    await _say(operator, key, "approve")
    with_both = (await _heard(http, key, 200)).json()["access_token"]
    assert 403 not in await _codes(http, with_both)
    assert (await _codes(http, early))[1] == 403
    await _say(operator, key, "withdraw")
    assert error(await _heard(http, key, 400)) == (400, "invalid_scope")
    read, erase = await _codes(http, with_both)
    assert (read != 403, erase) == (True, 403)
