"""Devices: codes guessed, polled, spent twice, and people led to allow somebody else's device."""

import asyncio
import re
from html import unescape
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from gatelodge.cli.installation import now
from gatelodge.storage import schema
from tests.flows.signing_in import hidden_fields
from tests.security.victims import Key, Operator, error, shown, sign_in
from tests.serving import Server

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_TAG = re.compile(r"<[^>]+>")


@pytest.fixture
async def key(operator: Operator) -> Key:
    """A television's consumer key."""
    return await operator.register(grant_types=frozenset({GRANT, "refresh_token"}))


def guesser(demo: Server, address: str) -> httpx2.AsyncClient:
    """Return a client that comes from an address no other test comes from."""
    here = demo.base_url.replace("localhost", "127.0.0.1")
    transport = httpx2.AsyncHTTPTransport(local_address=address)
    return httpx2.AsyncClient(base_url=here, transport=transport, timeout=30)


async def hold_pauses(operator: Operator) -> None:
    """Let the pauses of who failed too often last, however slow this machine is."""
    table = schema.sign_in_failures
    holding = update(table).where(table.c.locked_until > table.c.last_at)
    longer = holding.values(locked_until=now() + 600)
    await operator.store.write(lambda conn: conn.execute(longer))


async def asked(http: httpx2.AsyncClient, key: Key) -> dict[str, Any]:
    """Ask for codes as the device does."""
    form = key.form(scope="openid")
    answer = await http.post("/device_authorization", data=form, headers={"User-Agent": "tv/<1>"})
    assert answer.status_code == httpx2.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def poll(http: httpx2.AsyncClient, key: Key, codes: dict[str, Any]) -> httpx2.Response:
    """Ask for the tokens as the device does."""
    form = key.form(grant_type=GRANT, device_code=codes["device_code"])
    return await http.post("/token", data=form)


async def enter(
    http: httpx2.AsyncClient, user_code: str, username: str | None = None
) -> httpx2.Response:
    """Type the code, signing in first if a name is given; return the page that follows."""
    page = await shown(http, await http.get("/device"))
    if username is not None:
        page = await sign_in(http, page, username)
    form = hidden_fields(page.text) | {"user_code": user_code}
    return await shown(http, await http.post("/device", data=form))


async def decide(
    http: httpx2.AsyncClient, page: httpx2.Response, decision: str = "allow"
) -> httpx2.Response:
    """Press a button of the page that asks."""
    form = hidden_fields(page.text) | {"decision": decision}
    return await shown(http, await http.post("/device/confirm", data=form))


async def test_line_121_impatient_denied_and_spent(
    http: httpx2.AsyncClient, operator: Operator, key: Key
) -> None:
    """121. ``slow_down`` grows, a no is ``access_denied``, the second spender gets nothing."""
    codes, other = await asked(http, key), await asked(http, key)
    assert error(await poll(http, key, codes)) == (400, "authorization_pending")
    hints = await asyncio.gather(*(poll(http, key, codes) for _ in range(8)))
    assert (400, "slow_down") in {error(answer) for answer in hints}
    page = await enter(http, other["user_code"], await operator.person())
    await decide(http, page, "deny")
    assert error(await poll(http, key, other)) == (400, "access_denied")
    await decide(http, await enter(http, codes["user_code"]))
    answers = await asyncio.gather(*(poll(http, key, codes) for _ in range(64)))
    won = [answer for answer in answers if answer.status_code == httpx2.codes.OK]
    lost = {error(answer) for answer in answers if answer.status_code != httpx2.codes.OK}
    assert (len(won), lost) == (1, {(400, "invalid_grant")})


async def test_line_122_guessing_user_codes(demo: Server, operator: Operator, key: Key) -> None:
    """122. After a few wrong codes person and address wait, right codes and new sessions too."""
    person, another = await operator.person(), await operator.person()
    async with guesser(demo, "127.0.0.77") as http:
        code = (await asked(http, key))["user_code"]
        await enter(http, "BBBB-BBBB", person)
        for guess in range(4):
            page = await enter(http, f"BBBB-BBB{'CDFG'[guess]}")
            assert "not valid" in page.text
        await hold_pauses(operator)
        assert "Wait a while" in (await enter(http, code)).text
        http.cookies.clear()
        assert "Wait a while" in (await enter(http, code, another)).text
    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=30) as elsewhere:
        assert "Wait a while" in (await enter(elsewhere, code, person)).text
        elsewhere.cookies.clear()
        assert "on a device?" in (await enter(elsewhere, code, another)).text


async def test_line_122_a_right_code_buys_no_guesses(
    demo: Server, operator: Operator, key: Key
) -> None:
    """122. Own codes typed in between take nothing off the count."""
    async with guesser(demo, "127.0.0.78") as http:
        own = (await asked(http, key))["user_code"]
        await enter(http, own, await operator.person())
        for guess in range(5):
            assert "on a device?" in (await enter(http, own)).text
            await enter(http, f"CCCC-CCC{'CDFGH'[guess]}")
        await hold_pauses(operator)
        assert "Wait a while" in (await enter(http, own)).text


async def test_line_122_who_enters_confirms(
    demo: Server, http: httpx2.AsyncClient, operator: Operator, key: Key
) -> None:
    """122. The address of the question is worth nothing to anybody else, in any session."""
    attacker, victim = await operator.person(), await operator.person()
    codes = await asked(http, key)
    question = await enter(http, codes["user_code"], attacker)
    stolen = str(question.url)
    form = hidden_fields(question.text) | {"decision": "allow"}
    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=30) as other:
        signed_in = await sign_in(other, await shown(other, await other.get(stolen)), victim)
        assert "Connect a device" in signed_in.text
        assert codes["user_code"] not in signed_in.text
        assert "Start again" in (await other.get(stolen)).text
        own = {"csrf_token": hidden_fields(signed_in.text)["csrf_token"]}
        assert "Start again" in (await other.post("/device/confirm", data=form | own)).text
    # The same browser, but somebody else has signed in meanwhile.
    switching = re.search(r'href="(/signin[^"]+)">Use another account', question.text)
    assert switching is not None
    await sign_in(http, await http.get(unescape(switching[1])), victim)
    assert "Start again" in (await http.get(stolen)).text
    assert error(await poll(http, key, codes)) == (400, "authorization_pending")


async def test_line_122_nothing_typed_is_stored(
    http: httpx2.AsyncClient, demo: Server, key: Key
) -> None:
    """122. Neither code is in the database or the log, in any spelling."""
    codes = await asked(http, key)
    letters = codes["user_code"].replace("-", "")
    for path in [*demo.data_dir.glob("gatelodge.db*"), demo.output]:
        written = path.read_bytes()
        for secret in (codes["device_code"], codes["user_code"], letters):
            assert secret.encode() not in written


async def test_line_123_the_question_says_who_asks_from_where(
    http: httpx2.AsyncClient, operator: Operator, key: Key
) -> None:
    """123. Application, owner, address, program and a warning; nothing of it is markup."""
    codes = await asked(http, key)
    page = await enter(http, codes["user_code"], await operator.person())
    text = " ".join(unescape(_TAG.sub(" ", page.text)).split())
    for told in ("Victim", "An application by", "tv/<1>", codes["user_code"]):
        assert told in text
    assert re.search(r"From (127\.0\.0\.1|::1) ", text)
    assert "If somebody sent you the code or a link to this page, press Deny." in text
    assert "<1>" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_line_92_a_forged_answer(
    http: httpx2.AsyncClient, operator: Operator, key: Key
) -> None:
    """92. Without the page's own token no code is taken and no answer."""
    codes = await asked(http, key)
    page = await enter(http, codes["user_code"], await operator.person())
    form = hidden_fields(page.text) | {"decision": "allow"}
    for changed in ({"csrf_token": ""}, {"csrf_token": "1.x"}):
        assert (await http.post("/device/confirm", data=form | changed)).status_code == 403
        sent = {"user_code": codes["user_code"], **changed}
        assert (await http.post("/device", data=sent)).status_code == 403
    crossing = {"Sec-Fetch-Site": "cross-site"}
    answer = await http.post("/device/confirm", data=form, headers=crossing)
    assert answer.status_code == 403
    assert error(await poll(http, key, codes)) == (400, "authorization_pending")
