"""Logout: forged requests, open redirects, and applications that do not answer."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.flows.signing_in import hidden_fields
from tests.security.attacking import part
from tests.security.listening import Listener
from tests.security.victims import Key, Operator, agreed, is_page, redeem, shown

BYE = "https://app.example/bye"


async def signed_in(
    http: httpx2.AsyncClient, operator: Operator, **settings: Any
) -> tuple[Key, str]:
    """Sign a person of the test's own in to a new application; return it and its id_token."""
    key = await operator.register(post_logout_redirect_uris=(BYE,), **settings)
    answer = await agreed(http, key, await operator.person())
    return key, (await redeem(http, key, answer["code"])).json()["id_token"]


async def here(http: httpx2.AsyncClient) -> bool:
    """Say whether somebody is signed in."""
    return (await http.get("/me")).status_code == httpx2.codes.OK


async def test_line_129_what_leads_nowhere(http: httpx2.AsyncClient, operator: Operator) -> None:
    """129. Forged and foreign hints, other addresses: a page, no redirect, nobody signed out."""
    key, id_token = await signed_in(http, operator)
    other = await operator.register(post_logout_redirect_uris=("https://other.example/bye",))
    forged = id_token[:-8] + ("A" * 8 if not id_token.endswith("A" * 8) else "B" * 8)
    good = {"id_token_hint": id_token, "post_logout_redirect_uri": BYE, "state": "s"}
    bad: list[dict[str, str]] = [
        good | {"id_token_hint": forged},
        good | {"id_token_hint": id_token.rpartition(".")[0] + "."},
        good | {"client_id": other.consumer_key},
        good | {"post_logout_redirect_uri": "https://other.example/bye"},
        {"post_logout_redirect_uri": BYE},
        {"client_id": "unknown", "post_logout_redirect_uri": BYE},
    ]
    looks = (f"{BYE}?a=b", f"{BYE}/", f"{BYE}#x", "https://app.example@evil.example/bye", "//evil")
    bad += [good | {"post_logout_redirect_uri": uri} for uri in looks]
    for parameters in bad:
        assert is_page(await http.get("/endsession", params=parameters)), parameters
        assert is_page(await http.post("/endsession", data=parameters)), parameters
    doubled = httpx2.QueryParams(
        [*good.items(), ("post_logout_redirect_uri", "https://evil.example")]
    )
    assert is_page(await http.get("/endsession", params=doubled))
    assert await here(http)
    assert key.consumer_key


async def test_line_129_nobody_else_signs_a_person_out(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """129. Without this session's id_token a person is asked, and only our page may answer."""
    key, _ = await signed_in(http, operator)
    async with httpx2.AsyncClient(base_url=http.base_url, timeout=30) as attacker:
        _, own = await signed_in(attacker, operator)
    asked = {"client_id": key.consumer_key, "post_logout_redirect_uri": BYE}
    for parameters in (asked, {"id_token_hint": own, "post_logout_redirect_uri": BYE}, {}):
        page = await shown(http, await http.get("/endsession", params=parameters))
        assert "Sign out?" in page.text
    assert (await http.post("/signout", data={"decision": "signout"})).status_code == 403
    fields = hidden_fields(page.text)
    crossed = await http.post("/signout", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert await here(http)


async def test_line_129_signing_out_twice(http: httpx2.AsyncClient, operator: Operator) -> None:
    """129. The application's own hint signs out at once, again and when the key has no tokens."""
    _, id_token = await signed_in(http, operator)
    good = {"id_token_hint": id_token, "post_logout_redirect_uri": BYE, "state": "a&b"}
    for _ in range(3):
        answer = await http.get("/endsession", params=good)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{BYE}?state=a%26b"
        assert not await here(http)


async def test_line_130_applications_are_told(http: httpx2.AsyncClient, operator: Operator) -> None:
    """130. A signed, typed token without nonce for each; one that hangs holds up no other."""
    person = await operator.person()
    async with (
        Listener(answers=False).listening() as hanging,
        Listener(answers=True).listening() as good,
    ):
        keys = {}
        for listener in (hanging, good):
            key = await operator.register(backchannel_logout_uri=listener.address)
            keys[listener] = key
            code = (await agreed(http, key, person, nonce="n"))["code"]
            id_token = part((await redeem(http, key, code)).json()["id_token"], 1)
        page = await http.get("/signout")
        done = await http.post("/signout", data=hidden_fields(page.text))
        assert "You are signed out" in done.text
        for listener in (hanging, good):
            async with asyncio.timeout(60):
                form = parse_qs(await listener.heard.get())
            (text,) = form[b"logout_token"]
            published = KeySet.import_key_set((await http.get("/jwks")).json())
            decoded = jwt.decode(text.decode(), published, algorithms=["RS256"])
            assert decoded.header["typ"] == "logout+jwt"
            claims = decoded.claims
            assert claims["aud"] == [keys[listener].consumer_key]
            assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
            assert claims["exp"] - claims["iat"] <= 120
            assert claims["jti"]
            assert "nonce" not in claims
            assert claims["sub"] == id_token["sub"]
        assert claims["sid"] == id_token["sid"]
