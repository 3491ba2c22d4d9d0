"""Requests that two servers could read in two ways, and acts that count from the next call on."""

import asyncio
import re

import httpx2
import pytest

from tests.portal.browsing import submit
from tests.raw_http import json_of, status_of, talk
from tests.security.attacking import API, Attacker, bearer, own_application
from tests.serving import Server

PLACE = "/t/vbc.prod/provisioning/v1/api/accounts"
PARALLEL = 64


async def application_token(http: httpx2.AsyncClient, attacker: Attacker, **more: str) -> str:
    """Return a user's access token for the attacker's application."""
    form = {"username": "jsmith@vbc.prod", "password": "demo-user-password", **more}
    answer = await http.post(
        "/token", data={"grant_type": "password", **form}, auth=attacker.credentials
    )
    assert answer.status_code == 200, answer.text
    access_token: str = answer.json()["access_token"]
    return access_token


async def subscribe(http: httpx2.AsyncClient, attacker: Attacker) -> str:
    """Subscribe the application to the Provisioning API; return the tab's address."""
    tab = f"{attacker.place}/subscriptions"
    page = await http.get(tab)
    choice = re.search(r'value="(\d+:Unlimited)"', page.text)
    assert choice is not None
    chosen = await submit(http, tab, tab, [("choice", choice[1])])
    assert chosen.status_code == 303, chosen.text
    return tab


LENGTH_AND_CHUNKS = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
SMUGGLED = [
    b"GET %s HTTP/1.1\r\nHost: a\r\nHost: b\r\n%s\r\n",
    b"GET %s HTTP/1.1\r\nHost: a\r\n%s" + LENGTH_AND_CHUNKS,
    b"GET %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"GET %s HTTP/1.1\nHost: a\n%s\n",
    b"GET %s HTTP/1.1\r\nHost: a\r\n%sX: a\nX-Gatelodge-User: b\r\n\r\n",
    b"GET %s HTTP/1.1\r\nHost: a\r\n%sTransfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
    b"GET %s HTTP/1.1\r\nHost: a\r\n%sTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET %s HTTP/1.1\r\nHost: a\r\n%sTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"GET %s HTTP/1.1\r\nHost: a\r\n%sX: a\r\n X-Folded: b\r\n\r\n",
    b"GET http://evil.example%s HTTP/1.1\r\nHost: a\r\n%s\r\n",
    b"GET %s HTTP/1.1\r\n%s\r\n",
]


@pytest.mark.parametrize("template", SMUGGLED, ids=range(len(SMUGGLED)))
async def test_two_readings_are_no_request(
    demo: Server, http: httpx2.AsyncClient, template: bytes
) -> None:
    """Line 81: refused with one answer and a close, though the access token is good."""
    good = await demo_token(http)
    sent = template % (API.encode(), b"Authorization: Bearer %s\r\n" % good.encode())
    behind = b"GET /jwks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answer = await talk(demo.base_url, sent + behind)
    assert status_of(answer) in {400, 501}
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b'"account"' not in answer


async def demo_token(http: httpx2.AsyncClient) -> str:
    """Return a user's access token for the demo application."""
    demo = Attacker(
        place="",
        consumer_key="DemoApplicationConsumerKey0a",
        consumer_secret="DemoApplicationConsumerSecret0a",
    )
    return await application_token(http, demo)


@pytest.mark.parametrize(
    "path",
    [
        f"{PLACE}/self/../571701",
        f"{PLACE}/self/%2e%2e/571701",
        f"{PLACE}/self/%2E./571701",
        f"{PLACE}/self/..;x/571701",
        f"{PLACE}/self%2f..%2f571701",
        f"{PLACE}/self\\..\\571701",
        f"{PLACE}/self%5c..%5c571701",
        f"{PLACE}/self/%c0%ae%c0%ae/571701",
        f"{PLACE}/./self",
        f"{PLACE}/self%00",
        f"{PLACE}/self%0d%0aX:1",
        f"{PLACE}/571701",
        f"{PLACE}/%35%37%31%37%30%31",
        f"{PLACE}/0571701",
        "/t/vbc.prod/oauth2/../provisioning/v1/api/accounts/571701",
        "//t/vbc.prod/provisioning/v1/api/accounts/571701",
        "/T/vbc.prod/provisioning/v1/api/accounts/571701",
        "/t/vbc.prod/PROVISIONING/v1/api/accounts/571701",
    ],
)
async def test_no_spelling_leads_to_another_account(
    demo: Server, http: httpx2.AsyncClient, path: str
) -> None:
    """A path is refused, or it is what it says: never another account's data."""
    good = await demo_token(http)
    sent = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {good}\r\n"
    answer = await talk(demo.base_url, f"{sent}Connection: close\r\n\r\n".encode())
    assert status_of(answer) in {400, 404}
    assert b"Example Ltd" not in answer


async def test_nobody_says_who_calls_but_the_gateway(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """Forged identity, override and forwarding headers change neither caller, verb nor links."""
    good = await demo_token(http)
    forged = {
        "X-Gatelodge-User": "ajones",
        "X-Gatelodge-User-Id": "1",
        "X-Gatelodge-Account-Id": "571701",
        "X_Gatelodge_Account_Id": "571701",
        "X-HTTP-Method-Override": "DELETE",
        "X-Original-URL": f"{PLACE}/571701",
        "X-Rewrite-URL": f"{PLACE}/571701",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example",
        "Connection": "authorization, x-gatelodge-account-id",
        "Cookie": "session=x",
    }
    answer = await http.get(API, headers=bearer(good) | forged)
    assert answer.status_code == 200
    assert answer.json()["_embedded"]["account"]["id"] == 571700
    assert answer.json()["_links"]["self"]["href"].startswith(demo.base_url)
    assert "evil" not in answer.text
    spoofed = await talk(
        demo.base_url,
        f"GET {API} HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer {good}\r\n"
        "Connection: close\r\n\r\n".encode(),
    )
    assert json_of(spoofed)["_links"]["self"]["href"].startswith(demo.base_url)


async def test_a_quota_is_exact_under_64_parallel_calls(http: httpx2.AsyncClient) -> None:
    """Of 64 calls at once under 10PerMin ten are let through, and two tokens make no second ten."""
    attacker = await own_application(http, "Quota")
    await subscribe(http, attacker)
    both = [await application_token(http, attacker) for _ in range(2)]
    answers = await asyncio.gather(
        *(http.get(API, headers=bearer(both[n % 2])) for n in range(PARALLEL))
    )
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (10, PARALLEL - 10)
    for answer in answers:
        assert "ratelimit" in answer.headers
        assert answer.status_code == 200 or answer.json()["code"] == "900803"


async def test_unsubscribing_and_deleting_count_from_the_next_call(
    http: httpx2.AsyncClient,
) -> None:
    """A subscription's end is a 403, a deleted key's access token a 401, with the next request."""
    attacker = await own_application(http, "Ends")
    tab = await subscribe(http, attacker)
    access_token = await application_token(http, attacker)
    assert (await http.get(API, headers=bearer(access_token))).status_code == 200
    row = re.search(r'name="subscription" value="(\d+)"', (await http.get(tab)).text)
    assert row is not None
    ended = await submit(http, tab, f"{tab}/remove", [("subscription", row[1])])
    assert ended.status_code == 303
    refused = await http.get(API, headers=bearer(access_token))
    assert (refused.status_code, refused.json()["code"]) == (403, "900908")
    await subscribe(http, attacker)
    assert (await http.get(API, headers=bearer(access_token))).status_code == 200
    keys = f"{attacker.place}/keys/production"
    assert (await submit(http, keys, f"{keys}/delete")).status_code == 303
    refused = await http.get(API, headers=bearer(access_token))
    assert (refused.status_code, refused.json()["code"]) == (401, "900901")


async def test_a_deleted_applications_tokens_open_nothing(http: httpx2.AsyncClient) -> None:
    """Neither access nor refresh token nor secret outlives the application."""
    attacker = await own_application(http, "Deleted")
    await subscribe(http, attacker)
    form = {"username": "jsmith@vbc.prod", "password": "demo-user-password", "scope": "openid"}
    issued = (
        await http.post(
            "/token", data={"grant_type": "password", **form}, auth=attacker.credentials
        )
    ).json()
    gone = await submit(
        http, f"{attacker.place}", f"{attacker.place}/delete", [("typed", "Deleted")]
    )
    assert gone.status_code == 303, gone.text
    assert (await http.get(API, headers=bearer(issued["access_token"]))).status_code == 401
    assert (await http.get("/userinfo", headers=bearer(issued["access_token"]))).status_code == 401
    again = await http.post(
        "/token",
        data={"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]},
        auth=attacker.credentials,
    )
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
