"""Device authorization (RFC 8628) from the request to the tokens, over the endpoints and pages."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from gatelodge.oauth.clients import Client
from gatelodge.storage import audit, schema
from tests.authserver.asgi import Answer
from tests.authserver.browsing import Tab, pages_of
from tests.authserver.conftest import Server
from tests.oauth.records import ISSUER

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANTS = frozenset({GRANT, "refresh_token"})
PENDING, SLOW = (400, "authorization_pending"), (400, "slow_down")


async def television(server: Server, **changed: Any) -> Client:
    """Register a client that may use the grant."""
    return await server.client(grant_types=GRANTS, redirect_uris=(), **changed)


async def asked(server: Server, owner: Client, **form: str) -> dict[str, Any]:
    """Ask for codes."""
    answer = await server.post("/device_authorization", owner, **{"scope": "openid"} | form)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


async def poll(server: Server, owner: Client, device_code: str, **form: str) -> Answer:
    """Ask for the tokens."""
    return await server.post("/token", owner, grant_type=GRANT, device_code=device_code, **form)


def refused(answer: Answer) -> tuple[int, str]:
    """Return status and error code."""
    return answer.status, answer.json()["error"]


async def entered(server: Server, codes: dict[str, Any]) -> Tab:
    """Sign in, type the code, and return the tab with the question."""
    tab = await Tab(pages_of(server)).open("/device")
    assert tab.title == "Sign in"
    await tab.sign_in()
    assert tab.title == "Connect a device"
    return await tab.submit("/device", user_code=codes["user_code"].lower())


@pytest.mark.parametrize("kind", ["confidential", "public"])
async def test_from_the_request_to_the_tokens(server: Server, kind: str) -> None:
    """Pending until the person says yes, then tokens once, with a refresh token."""
    owner = await television(server, type=kind)
    codes = await asked(server, owner)
    assert refused(await poll(server, owner, codes["device_code"])) == PENDING
    tab = await entered(server, codes)
    assert tab.title == f"Allow {owner.application_name} on a device?"
    await tab.submit("/device/confirm", decision="allow")
    assert tab.title == "Go back to your device"

    tokens = await poll(server, owner, codes["device_code"])
    again = await poll(server, owner, codes["device_code"])

    assert tokens.status == 200, tokens.body
    assert tokens.header("cache-control") == "no-store"
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens.json())
    assert refused(again) == (400, "invalid_grant")
    assert (await server.userinfo(tokens.json()["access_token"])).json()["sub"] == "jsmith"
    assert (await server.refresh(owner, tokens.json()["refresh_token"])).status == 200


async def test_the_answer_says_where_to_go(server: Server) -> None:
    """Page, code, the page with the code filled in, how long and how often (section 3.2)."""
    codes = await asked(server, await television(server))
    page = f"{ISSUER}/device"
    assert codes["verification_uri"] == page
    assert codes["verification_uri_complete"] == f"{page}?user_code={codes['user_code']}"
    assert (codes["expires_in"], codes["interval"]) == (600, 5)
    assert codes["device_code"].startswith("gldc_")


async def test_a_code_in_the_address_is_filled_in_and_asked_about(server: Server) -> None:
    """Before and after signing in; a person still has to send it (section 3.3.1)."""
    codes = await asked(server, await television(server))
    tab = await Tab(pages_of(server)).open(
        f"/device?{urlencode({'user_code': codes['user_code']})}"
    )
    await tab.sign_in()
    assert tab.title == "Connect a device"
    assert f'value="{codes["user_code"]}"' in tab.page.text


async def test_no_is_told_to_the_device(server: Server) -> None:
    """As ``access_denied``, from the next poll on; nobody can change it."""
    owner = await television(server)
    codes = await asked(server, owner)
    tab = await entered(server, codes)
    form = tab.fields()
    await tab.submit("/device/confirm", decision="deny")
    assert tab.title == "The device got nothing"
    late = await tab.send("/device/confirm", form | {"decision": "allow"})
    assert (late.page.status_code, late.title) == (422, "Connect a device")
    for _ in range(2):
        assert refused(await poll(server, owner, codes["device_code"])) == (400, "access_denied")


async def test_too_fast_is_slower(server: Server) -> None:
    """Line 121: the interval grows with each hint, and who keeps it is not told again."""
    owner = await television(server)
    code = (await asked(server, owner))["device_code"]
    told = []
    for seconds in (0, 1, 5, 10, 15, 5, 20):
        server.now += seconds
        told.append(refused(await poll(server, owner, code)))
    assert told == [PENDING, SLOW, SLOW, PENDING, PENDING, SLOW, PENDING]


async def test_the_end_is_told(server: Server) -> None:
    """Line 121: an expired code is ``expired_token``, also when it was allowed too late to poll."""
    owner = await television(server)
    codes, forgotten = await asked(server, owner), await asked(server, owner)
    tab = await entered(server, codes)
    await tab.submit("/device/confirm", decision="allow")
    server.now += 600
    for each in (codes, forgotten):
        answer = await poll(server, owner, each["device_code"])
        assert refused(answer) == (400, "expired_token")


async def test_an_expired_code_cannot_be_entered_or_answered(server: Server) -> None:
    """The page says so."""
    codes = await asked(server, await television(server))
    tab = await entered(server, codes)
    question = tab.fields()
    server.now += 600
    await tab.open("/device")
    late = await tab.submit("/device", user_code=codes["user_code"])
    assert late.page.status_code == 422
    assert "not valid" in late.page.text
    assert (await tab.send("/device/confirm", question)).page.status_code == 400


async def test_64_polls_after_the_yes_have_one_winner(server: Server) -> None:
    """The others are told ``invalid_grant``."""
    owner = await television(server)
    codes = await asked(server, owner)
    tab = await entered(server, codes)
    await tab.submit("/device/confirm", decision="allow")
    answers = await asyncio.gather(*(poll(server, owner, codes["device_code"]) for _ in range(64)))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {refused(answer) for answer in answers if answer.status != 200} == {
        (400, "invalid_grant")
    }
    assert await server.active(owner, won[0].json()["access_token"])


async def test_a_code_is_its_client_s(server: Server) -> None:
    """Another client's poll finds nothing and spends nothing; nor does a changed secret."""
    owner, other = await television(server), await television(server)
    codes = await asked(server, owner)
    tab = await entered(server, codes)
    await tab.submit("/device/confirm", decision="allow")
    code = codes["device_code"]
    changed = code[:30] + ("A" if code[30] != "A" else "B") + code[31:]
    for client, text in ((other, code), (owner, changed), (owner, "x")):
        assert refused(await poll(server, client, text)) == (400, "invalid_grant")
    assert refused(await server.post("/token", owner, grant_type=GRANT)) == (400, "invalid_request")
    assert (await poll(server, owner, code)).status == 200


async def test_only_clients_with_the_grant_type_may_ask(server: Server) -> None:
    """Others are ``unauthorized_client``, unknown scopes ``invalid_scope``."""
    plain, owner = await server.client(), await television(server)
    refusals = [
        await server.post("/device_authorization", plain),
        await server.post("/device_authorization", owner, scope="admin"),
        await server.post("/device_authorization", owner, resource="https://x"),
        await server.post("/device_authorization", None),
    ]
    assert [refused(answer) for answer in refusals] == [
        (400, "unauthorized_client"),
        (400, "invalid_scope"),
        (400, "invalid_target"),
        (401, "invalid_client"),
    ]


async def test_resources_are_remembered(server: Server) -> None:
    """What the device asked for bounds its tokens (RFC 8707)."""
    owner = await television(server)
    userinfo = f"{ISSUER}/userinfo"
    codes = await asked(server, owner, resource=userinfo)
    await (await entered(server, codes)).submit("/device/confirm", decision="allow")
    tokens = (await poll(server, owner, codes["device_code"], resource=userinfo)).json()
    described = await server.post("/introspect", owner, token=tokens["access_token"])
    assert described.json()["aud"] == userinfo


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_user_who_was_disabled_gets_nothing(server: Server, when: str) -> None:
    """Neither a question nor, after a yes, tokens."""
    owner = await television(server)
    codes = await asked(server, owner)
    tab = await entered(server, codes)
    if when == "before":
        await server.disable_user()
    await tab.submit("/device/confirm", decision="allow")
    if when == "before":
        assert tab.title == "Sign in"
        return
    await server.disable_user()
    assert refused(await poll(server, owner, codes["device_code"])) == (400, "invalid_grant")


async def test_an_answer_is_remembered_and_written_down(server: Server) -> None:
    """As a consent the user can take back, and as an act with where the device asked from."""
    owner = await television(server)
    for decision in ("allow", "deny"):
        tab = await entered(server, await asked(server, owner))
        await tab.submit("/device/confirm", decision=decision)
    written = await server.store.read(audit.newest, 50)
    acts = [(line.act, line.detail) for line in written[::-1] if line.act.startswith("device.")]
    consents = await server.store.read(
        lambda conn: (
            conn.execute(
                select(schema.consents.c.scopes).where(schema.consents.c.client_row == owner.id)
            )
            .scalars()
            .all()
        )
    )
    assert [act for act, _ in acts] == ["device.allow", "device.deny"]
    assert acts[0][1]["asked_from"]["address"] == "127.0.0.1"
    assert consents == [["openid"]]


async def test_a_form_must_say_yes_or_no(server: Server) -> None:
    """Anything else is a bad request and decides nothing."""
    owner = await television(server)
    codes = await asked(server, owner)
    tab = await entered(server, codes)
    assert (await tab.submit("/device/confirm", decision="perhaps")).page.status_code == 400
    assert refused(await poll(server, owner, codes["device_code"])) == PENDING


async def test_empty_and_malformed_codes_are_told_apart(server: Server) -> None:
    """Neither is counted as a guess."""
    tab = await Tab(pages_of(server)).open("/device")
    await tab.sign_in()
    for typed, words in (("", "eight letters"), ("12345678", "not valid")) * 4:
        await tab.submit("/device", user_code=typed)
        assert tab.page.status_code == 422
        assert words in tab.page.text
