"""Resource indicators (RFC 8707) at the token endpoint, for every grant type and both formats."""

from typing import Any

import pytest

from gatelodge.catalog.subscriptions import Subscription
from gatelodge.oauth.clients import Client
from tests.authserver.asgi import Answer, post
from tests.authserver.conftest import PASSWORD, SECRET, Server, subscribe
from tests.oauth.records import CALLBACK, ISSUER, NOW, VERIFIER

CALLS = f"{ISSUER}/t/vbc.prod/calls"
CALLS_V1 = f"{CALLS}/v1"
USERINFO = f"{ISSUER}/userinfo"
INVALID = (400, "invalid_target")


async def subscribed(server: Server, **changed: Any) -> Client:
    """Register a client whose application is subscribed to the API."""
    owner = await server.client(**changed)
    subscription = Subscription(
        id=server.store.ids.next(),
        application_id=owner.application_id,
        api_id=9,
        plan="Standard",
        state="active",
        created_at=NOW,
    )
    await server.store.write(subscribe, subscription)
    return owner


async def audience(server: Server, owner: Client, access_token: str) -> Any:
    """Return the ``aud`` that introspection shows."""
    return (await server.post("/introspect", owner, token=access_token)).json()["aud"]


async def asked(server: Server, owner: Client, *resources: str, **form: str) -> Answer:
    """Send a token request with these resources."""
    pairs = [("resource", each) for each in resources]
    fields = {"grant_type": "client_credentials"} | form
    body = "&".join(f"{name}={value}" for name, value in [*fields.items(), *pairs])
    return await post(server.endpoints["/token"], body.encode(), auth=(owner.client_id, SECRET))


def refused(answer: Answer) -> tuple[int, str]:
    """Return status and error code."""
    return answer.status, answer.json()["error"]


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("more", [{}, {"username": "jsmith", "password": PASSWORD}])
async def test_the_audience_is_what_was_asked_for(
    server: Server, token_format: str, more: dict[str, str]
) -> None:
    """One resource as a text, several as an array, none as before."""
    owner = await subscribed(server, access_token_format=token_format)
    form = {"grant_type": "password", **more} if more else {}
    one = (await asked(server, owner, CALLS, **form)).json()
    two = (await asked(server, owner, CALLS_V1, CALLS, **form)).json()
    none = (await asked(server, owner, **form)).json()

    assert await audience(server, owner, one["access_token"]) == CALLS
    assert await audience(server, owner, two["access_token"]) == [CALLS_V1, CALLS]
    assert await audience(server, owner, none["access_token"]) == ISSUER


async def test_only_apis_within_reach_are_resources(server: Server) -> None:
    """Neither an unknown one, nor one the application is not subscribed to, nor the issuer."""
    owner, stranger = await subscribed(server), await server.client()
    for resource in (CALLS + "/v2", CALLS + "/", ISSUER, "calls", "https://evil.example/"):
        assert refused(await asked(server, owner, CALLS, resource)) == INVALID
    assert refused(await asked(server, stranger, CALLS)) == INVALID
    assert (await asked(server, stranger, USERINFO)).status == 200


async def test_a_code_bounds_its_tokens(server: Server) -> None:
    """The token request may narrow what the code was granted for and not widen it."""
    owner = await subscribed(server)
    both = f"{CALLS_V1} {CALLS}"
    whole = await server.redeem(owner, await server.code(owner, resources=both))
    part = await server.redeem(owner, await server.code(owner, resources=both), resource=CALLS)
    wider = await server.redeem(owner, await server.code(owner, resources=CALLS), resource=CALLS_V1)

    assert await audience(server, owner, whole.json()["access_token"]) == both.split()
    assert await audience(server, owner, part.json()["access_token"]) == CALLS
    assert refused(wider) == INVALID


async def test_a_password_bounds_its_tokens(server: Server) -> None:
    """Its refresh token reaches no resource that was not asked for with the password."""
    owner = await subscribed(server)
    form = {"grant_type": "password", "username": "jsmith", "password": PASSWORD}
    issued = (await asked(server, owner, CALLS, **form)).json()
    wider = await server.refresh(owner, issued["refresh_token"], resource=CALLS_V1)
    again = (await server.refresh(owner, issued["refresh_token"])).json()
    assert refused(wider) == INVALID
    assert await audience(server, owner, again["access_token"]) == CALLS


async def test_an_unknown_resource_costs_no_code(server: Server) -> None:
    """It is refused before the code is spent."""
    owner = await subscribed(server)
    code = await server.code(owner)
    assert refused(await server.redeem(owner, code, resource="x")) == INVALID
    assert (await server.redeem(owner, code)).status == 200


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
async def test_a_refresh_narrows_and_never_widens(server: Server, token_format: str) -> None:
    """A narrower one does not shrink the grant, a wider one costs no rotation."""
    owner = await subscribed(server, access_token_format=token_format)
    both = f"{CALLS_V1} {CALLS}"
    first = await server.issued(owner, resources=both)
    narrow = (await server.refresh(owner, first["refresh_token"], resource=CALLS)).json()
    wider = await server.refresh(owner, narrow["refresh_token"], resource=USERINFO)
    whole = (await server.refresh(owner, narrow["refresh_token"])).json()

    assert await audience(server, owner, narrow["access_token"]) == CALLS
    assert refused(wider) == INVALID
    assert await audience(server, owner, whole["access_token"]) == both.split()


async def test_the_grant_is_remembered_when_the_first_token_was_narrow(server: Server) -> None:
    """A code's narrow first access token leaves its refresh token what the code granted."""
    owner = await subscribed(server)
    code = await server.code(owner, resources=f"{CALLS_V1} {CALLS}")
    first = (await server.redeem(owner, code, resource=CALLS)).json()
    later = (await server.refresh(owner, first["refresh_token"], resource=CALLS_V1)).json()

    assert await audience(server, owner, later["access_token"]) == CALLS_V1


async def test_userinfo_is_a_resource_of_its_own(server: Server) -> None:
    """An access token for an API is refused there (RFC 9700 section 2.3)."""
    owner = await subscribed(server)
    for resources, status in ((CALLS, 401), (USERINFO, 200), (f"{CALLS} {USERINFO}", 200)):
        found = await server.issued(owner, resources=resources)
        assert (await server.userinfo(found["access_token"])).status == status


async def test_a_public_client_s_form_may_repeat_the_resource(server: Server) -> None:
    """And only that parameter."""
    owner = await subscribed(server, type="public")
    code = await server.code(owner)
    form = (
        f"grant_type=authorization_code&client_id={owner.client_id}&code={code}"
        f"&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"
        f"&resource={CALLS}&resource={CALLS_V1}"
    )
    answer = await post(server.endpoints["/token"], f"{form}&scope=a&scope=b".encode())
    assert refused(answer) == (400, "invalid_request")
    assert (await post(server.endpoints["/token"], form.encode())).status == 200
