"""Codes: replayed, stolen, late, or outliving their reasons; the lines of docs/security.md."""

from typing import Any

import httpx2
import pytest

from gatelodge.catalog.errors import Invalid
from gatelodge.oauth import opaque
from gatelodge.operations import applications, credentials
from gatelodge.storage import token_schema
from tests import divided
from tests.flows.signing_in import authorize, hidden_fields
from tests.security.victims import (
    CALLBACK,
    EVERY_GRANT,
    Key,
    Operator,
    agreed,
    error,
    introspected,
    redeem,
    refresh,
    userinfo,
)
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"


@pytest.mark.parametrize("form", ["jwt", "opaque"])
async def test_line_28_and_31_a_replay_ends_what_was_issued(
    http: httpx2.AsyncClient, operator: Operator, form: str
) -> None:
    """28, 31. A valid replay is ``invalid_grant`` and kills both tokens everywhere."""
    key = await operator.register(access_token_format=form)
    code = (await agreed(http, key, scope="openid"))["code"]
    first = (await redeem(http, key, code)).json()
    assert await introspected(http, key, first["access_token"])
    assert error(await redeem(http, key, code)) == (400, "invalid_grant")
    assert await userinfo(http, first["access_token"]) == 401
    assert not await introspected(http, key, first["access_token"])
    assert not await introspected(http, key, first["refresh_token"])
    assert error(await refresh(http, key, first["refresh_token"])) == (400, "invalid_grant")
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert (await http.get(API, headers=bearer)).status_code == 401


async def test_line_28_a_replay_reaches_what_was_refreshed_since(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """28. What descends from the first redemption by refreshing ends as well."""
    key = await operator.register()
    code = (await agreed(http, key))["code"]
    first = (await redeem(http, key, code)).json()
    second = (await refresh(http, key, first["refresh_token"])).json()
    await redeem(http, key, code)
    assert await userinfo(http, second["access_token"]) == 401
    assert error(await refresh(http, key, second["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": None},
        {"redirect_uri": "https://evil.example/cb"},
        {"client_secret": "wrong"},
        {"client_id": DEMO_KEY, "client_secret": DEMO_SECRET},
    ],
)
async def test_line_29_a_replay_that_proves_nothing_ends_nothing(
    http: httpx2.AsyncClient, operator: Operator, wrong: dict[str, str | None]
) -> None:
    """29. Wrong verifier, address or credentials: refused, and the owner's tokens live."""
    key = await operator.register()
    code = (await agreed(http, key))["code"]
    first = (await redeem(http, key, code)).json()
    assert (await redeem(http, key, code, **wrong)).status_code in {400, 401}
    assert await userinfo(http, first["access_token"]) == 200
    assert (await refresh(http, key, first["refresh_token"])).status_code == 200


async def test_line_32_another_client(http: httpx2.AsyncClient, operator: Operator) -> None:
    """32. Another client cannot redeem a code, nor spend it."""
    key, thief = await operator.register(), await operator.register()
    code = (await agreed(http, key))["code"]
    assert error(await redeem(http, thief, code)) == (400, "invalid_grant")
    assert (await redeem(http, key, code)).status_code == 200


@pytest.mark.parametrize("redirect_uri", ["https://app.example/other", CALLBACK + "/", "http://x"])
async def test_line_33_another_redirect_uri(
    http: httpx2.AsyncClient, operator: Operator, redirect_uri: str
) -> None:
    """33. Another address than the request's is refused, a registered one too."""
    key = await operator.register(CALLBACK, "https://app.example/other")
    code = (await agreed(http, key))["code"]
    answer = await redeem(http, key, code, redirect_uri=redirect_uri)
    assert error(answer) == (400, "invalid_grant")


async def test_line_33_no_redirect_uri(
    demo: Server, http: httpx2.AsyncClient, operator: Operator
) -> None:
    """33. Left out it is good where PKCE binds the code, and refused where nothing does."""
    key = await operator.register()
    code = (await agreed(http, key))["code"]
    assert (await redeem(http, key, code, redirect_uri=None)).status_code == 200
    unbound = (await authorize(http, f"{demo.base_url}/callback-demo"))["code"]
    form = {"grant_type": "authorization_code", "code": unbound}
    answer = await http.post("/token", data=form, auth=(DEMO_KEY, DEMO_SECRET))
    assert error(answer) == (400, "invalid_grant")


async def test_line_34_too_late(http: httpx2.AsyncClient, operator: Operator) -> None:
    """34. An expired code is refused; no key may have codes that live over ten minutes."""
    key = await operator.register()
    code = (await agreed(http, key))["code"]
    await operator.expire(code, opaque.CODE)
    assert error(await redeem(http, key, code)) == (400, "invalid_grant")
    with pytest.raises(Invalid, match="30 to 600"):
        await operator.register(code_lifetime=601)


async def _signed_out(http: httpx2.AsyncClient, operator: Operator, key: Key) -> None:
    page = await http.get("/signout")
    await http.post("/signout", data=hidden_fields(page.text))


async def _blocked(http: httpx2.AsyncClient, operator: Operator, key: Key) -> None:
    await operator.store.write(applications.block, operator.act, key.target.application_id)
    await _noticed(http, key)


async def _deleted(http: httpx2.AsyncClient, operator: Operator, key: Key) -> None:
    await operator.store.write(credentials.delete, operator.act, key.target)
    await _noticed(http, key)


async def _noticed(http: httpx2.AsyncClient, key: Key) -> None:
    """Wait until the server has read in the change log that the key is good no longer."""
    while (await http.post("/introspect", data=key.form(token="x"))).status_code != 401:
        pass


@pytest.mark.parametrize(
    ("happened", "status"), [(_signed_out, 400), (_blocked, 401), (_deleted, 401)]
)
async def test_line_35_a_code_whose_reason_is_gone(
    http: httpx2.AsyncClient, operator: Operator, happened: Any, status: int
) -> None:
    """35. After signing out, or when the application is blocked or its keys deleted: refused."""
    key = await operator.register()
    code = (await agreed(http, key))["code"]
    await happened(http, operator, key)
    assert (await redeem(http, key, code)).status_code == status


async def test_line_36_nothing_stored_can_be_redeemed(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """36. 256 random bits, never the same ones; the database has a digest and not the code."""
    key = await operator.register()
    texts = [(await agreed(http, key))["code"] for _ in range(3)]
    read = [opaque.read(opaque.CODE, text) for text in texts]
    secrets = {found.secret for found in read if found is not None}
    assert len(secrets) == 3
    assert {len(secret) for secret in secrets} == {32}
    rows = await operator.store.read(divided.rows, token_schema.codes)
    assert not any(secret in repr(row).encode() for row in rows for secret in secrets)
    assert not secrets & {row.digest for row in rows}


async def test_line_37_a_code_leaves_no_trace(
    demo: Server, http: httpx2.AsyncClient, operator: Operator
) -> None:
    """37. Neither code nor tokens are in the log, and no page or redirect gives a Referer away."""
    key = await operator.register(grant_types=EVERY_GRANT)
    answers: list[httpx2.Response] = []
    http.event_hooks["response"].append(lambda answer: _keep(answer, answers))
    code = (await agreed(http, key))["code"]
    await http.get("/callback-demo", params={"code": code})
    issued = (await redeem(http, key, code)).json()
    await redeem(http, key, code)
    shown = [each for each in answers if each.url.path != "/token"]
    assert {each.headers["referrer-policy"] for each in shown} == {"no-referrer"}
    printed = demo.printed()
    assert "code_replayed" in printed
    found = [code, *(issued[name] for name in ("access_token", "refresh_token", "id_token"))]
    assert not [text for text in found if text in printed]


async def _keep(answer: httpx2.Response, answers: list[httpx2.Response]) -> None:
    answers.append(answer)
