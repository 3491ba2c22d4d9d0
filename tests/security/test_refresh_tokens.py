"""Refresh tokens: replayed, widened, stolen or outliving their reasons (docs/security.md)."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from gatelodge.oauth import opaque
from gatelodge.operations import applications, credentials
from gatelodge.storage import schema
from tests.security.attacking import API
from tests.security.victims import (
    CALLBACK,
    CODE_AND_REFRESH,
    Operator,
    error,
    introspected,
    refresh,
    tokens,
    userinfo,
)
from tests.serving import Server

DEAD = (400, "invalid_grant")


async def test_line_51_52_and_58_a_public_clients_token_rotates(
    demo: Server, http: httpx2.AsyncClient, operator: Operator
) -> None:
    """51, 52, 58. Each use gives a new one, same scope; an old one ends them all, loudly."""
    key = await operator.register(type="public")
    first = await tokens(http, key, scope="openid profile")
    second = (await refresh(http, key, first["refresh_token"])).json()
    third = (await refresh(http, key, second["refresh_token"])).json()
    issued = (first, second, third)
    assert len({each["refresh_token"] for each in issued}) == 3
    assert {each["scope"] for each in issued} == {"openid profile"}
    assert error(await refresh(http, key, first["refresh_token"])) == DEAD
    assert error(await refresh(http, key, third["refresh_token"])) == DEAD
    assert {await userinfo(http, each["access_token"]) for each in issued} == {401}
    assert "refresh_token_replayed" in demo.printed()


async def test_line_53_after_the_grace(http: httpx2.AsyncClient, operator: Operator) -> None:
    """53. Within the grace the same pair comes back; after it the family ends."""
    key = await operator.register()
    first = await tokens(http, key)
    second = (await refresh(http, key, first["refresh_token"])).json()
    again = (await refresh(http, key, first["refresh_token"])).json()
    assert again["refresh_token"] == second["refresh_token"]
    await operator.rotated(first["refresh_token"], seconds_ago=31)
    assert error(await refresh(http, key, first["refresh_token"])) == DEAD
    assert error(await refresh(http, key, second["refresh_token"])) == DEAD
    assert await userinfo(http, second["access_token"]) == 401


async def test_line_54_a_thief_and_the_owner_at_once(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """54. Refreshes of two generations side by side: one lineage or none, and no 5xx."""
    key = await operator.register()
    first = await tokens(http, key)
    second = (await refresh(http, key, first["refresh_token"])).json()
    both = [first["refresh_token"], second["refresh_token"]] * 8
    answers = await asyncio.gather(*(refresh(http, key, each) for each in both))
    assert {answer.status_code for answer in answers} <= {200, 400}
    given = {each.json()["refresh_token"] for each in answers if each.status_code == 200}
    assert len(given - set(both)) <= 1
    assert [error(await refresh(http, key, each)) for each in given] == [DEAD] * len(given)


@pytest.mark.parametrize("which", ["first", "second"])
async def test_line_55_revoked_within_the_grace(
    http: httpx2.AsyncClient, operator: Operator, which: str
) -> None:
    """55. A token revoked on purpose stays dead inside the grace, by whichever generation."""
    key = await operator.register()
    issued = {"first": await tokens(http, key)}
    issued["second"] = (await refresh(http, key, issued["first"]["refresh_token"])).json()
    form = key.form(token=issued[which]["refresh_token"])
    assert (await http.post("/revoke", data=form)).status_code == 200
    for each in issued.values():
        assert error(await refresh(http, key, each["refresh_token"])) == DEAD
        assert await userinfo(http, each["access_token"]) == 401


@pytest.mark.parametrize("kind", ["confidential", "public"])
async def test_line_56_another_client(
    http: httpx2.AsyncClient, operator: Operator, kind: str
) -> None:
    """56. Another client's refresh is refused, also of a spent token, and harms nobody."""
    key, thief = await operator.register(), await operator.register(type=kind)
    first = await tokens(http, key)
    second = (await refresh(http, key, first["refresh_token"])).json()
    for stolen in (first, second):
        assert error(await refresh(http, thief, stolen["refresh_token"])) == DEAD
    assert (await refresh(http, key, second["refresh_token"])).status_code == 200


@pytest.mark.parametrize("wider", ["openid profile email", "email", "openid default", "admin"])
async def test_line_57_a_wider_scope(
    http: httpx2.AsyncClient, operator: Operator, wider: str
) -> None:
    """57. A wider scope is ``invalid_scope`` and costs nothing; a narrower one shrinks nothing."""
    key = await operator.register()
    first = await tokens(http, key, scope="openid profile")
    refused = await refresh(http, key, first["refresh_token"], scope=wider)
    assert error(refused) == (400, "invalid_scope")
    narrow = (await refresh(http, key, first["refresh_token"], scope="openid")).json()
    assert narrow["scope"] == "openid"
    assert error(await refresh(http, key, first["refresh_token"], scope=wider)) == (
        400,
        "invalid_scope",
    )
    assert (await refresh(http, key, narrow["refresh_token"])).json()["scope"] == "openid profile"


async def test_line_57_a_new_resource(http: httpx2.AsyncClient, operator: Operator) -> None:
    """57. A resource that was not granted is ``invalid_target`` and costs nothing."""
    key = await operator.register()
    own = f"{str(http.base_url).rstrip('/')}/userinfo"
    first = await tokens(http, key, resource=own)
    api = f"{str(http.base_url).rstrip('/')}/t/vbc.prod/provisioning/v1"
    for resource in (api, f"{own}/", "https://evil.example/"):
        refused = await refresh(http, key, first["refresh_token"], resource=resource)
        assert error(refused) == (400, "invalid_target")
    second = (await refresh(http, key, first["refresh_token"], resource=own)).json()
    assert await userinfo(http, second["access_token"]) == 200
    # Neither the narrow nor the whole grant opens an API.
    for issued in (first, second):
        headers = {"Authorization": f"Bearer {issued['access_token']}"}
        answer = await http.get(API, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "900901")


async def test_line_60_expiry_counts_at_use(http: httpx2.AsyncClient, operator: Operator) -> None:
    """60. An expired token is refused while its row is still there, and introspects as dead."""
    key = await operator.register()
    first = await tokens(http, key)
    await operator.expire(first["refresh_token"], opaque.REFRESH_TOKEN)
    assert not await introspected(http, key, first["refresh_token"])
    assert error(await refresh(http, key, first["refresh_token"])) == DEAD


async def _blocked(operator: Operator, key: Any) -> None:
    await operator.store.write(applications.block, operator.act, key.target.application_id)


async def _deleted(operator: Operator, key: Any) -> None:
    await operator.store.write(credentials.delete, operator.act, key.target)


@pytest.mark.parametrize("happened", [_blocked, _deleted])
async def test_line_61_the_application_is_shut_out(
    http: httpx2.AsyncClient, operator: Operator, happened: Any
) -> None:
    """61. Blocked or deleted, nothing is refreshed and no access token is good."""
    key = await operator.register()
    first = await tokens(http, key)
    await happened(operator, key)
    while (await http.post("/introspect", data=key.form(token="x"))).status_code != 401:
        pass  # the other process reads of it within a tenth of a second
    assert error(await refresh(http, key, first["refresh_token"])) == (401, "invalid_client")
    assert await userinfo(http, first["access_token"]) == 401


async def test_line_62_ending_a_family_is_one_row(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """62. However many tokens a family has, one row of the change log ends it."""
    key = await operator.register()
    issued = [await tokens(http, key)]
    for _ in range(5):
        issued.append((await refresh(http, key, issued[-1]["refresh_token"])).json())
    count = (
        select(func.count()).select_from(schema.changes).where(schema.changes.c.kind == "family")
    )
    before = await operator.store.read(lambda conn: conn.execute(count).scalar_one())
    assert error(await refresh(http, key, issued[0]["refresh_token"])) == DEAD
    assert error(await refresh(http, key, issued[1]["refresh_token"])) == DEAD
    after = await operator.store.read(lambda conn: conn.execute(count).scalar_one())
    assert after - before == 1
    assert await userinfo(http, issued[-1]["access_token"]) == 401


async def test_line_63_not_where_it_is_forbidden(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """63. A key without the grant type gets none, and one that lost it cannot use its old ones."""
    without = await operator.register(grant_types=frozenset({"authorization_code"}))
    assert "refresh_token" not in await tokens(http, without)
    key = await operator.register(grant_types=CODE_AND_REFRESH)
    first = await tokens(http, key)
    await operator.move(key, CALLBACK, grant_types=frozenset({"authorization_code"}))
    while (await refresh(http, key, "x")).json()["error"] != "unauthorized_client":
        pass  # the other process reads of it within a tenth of a second
    answer = await refresh(http, key, first["refresh_token"])
    assert error(answer) == (400, "unauthorized_client")
