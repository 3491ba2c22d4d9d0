"""Sign-in with npm's oidc-provider, a certified provider we did not write, for both sides."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlencode

import pytest
import pytest_asyncio

from tests.interop.upstream_provider import Person, demo_with_providers
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEVELOPER, DEVELOPER_PASSWORD = "dev@example.com", "demo-developer-password"
PASSWORD = "demo-user-password"
Meet = Callable[[str], Person]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def linked_demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The demo tenant whose people may sign in with npm's provider."""
    async with demo_with_providers(tmp_path_factory.mktemp("upstream")) as server:
        yield server


@pytest.fixture
async def meet(linked_demo: Server) -> AsyncIterator[Meet]:
    """Give people browsers; they are closed at the end."""
    people: list[Person] = []

    def new(login: str) -> Person:
        people.append(Person(linked_demo, login))
        return people[-1]

    yield new
    await asyncio.gather(*(person.end() for person in people))


def request_of(server: Server, **more: str) -> str:
    """Return the demo application's authorization request."""
    query = {
        "response_type": "code",
        "client_id": DEMO_KEY,
        "redirect_uri": f"{server.base_url}/callback-demo",
        "scope": "openid",
        "state": "the state",
        **more,
    }
    return f"/authorize?{urlencode(query)}"


async def test_a_developer_proves_an_account_and_uses_the_provider_from_then_on(meet: Meet) -> None:
    """The first time the password is asked for, then a confirmation; the second time nothing."""
    person = meet("dev-upstream")
    await person.open("/login")
    text = await person.send("/login/with/npm")
    assert person.at == "/login/link"
    assert "dev-upstream@corp.example from Corp" in text
    link = person.page.text.partition('href="/login?')[2].partition('"')[0]
    await person.open("/login?" + link.replace("&amp;", "&"))
    text = await person.sign_in_with_password(DEVELOPER, DEVELOPER_PASSWORD)
    assert f"signed in here as {DEVELOPER}" in text
    text = await person.send("/login/link", decision="link")
    assert "You can sign in with Corp (dev-upstream@corp.example) from now on." in text

    again = meet("dev-upstream")
    await again.open("/login?return_to=/account/linked")
    text = await again.send("/login/with/npm")
    assert again.at == "/account/linked"
    assert "Corp dev-upstream@corp.example" in text
    text = await again.send("/account/linked")
    assert "no longer linked" in text

    third = meet("dev-upstream")
    await third.open("/login")
    await third.send("/login/with/npm")
    assert third.at == "/login/link"


async def test_a_developer_of_a_named_domain_joins(meet: Meet) -> None:
    """A verified address makes an account without a password, whose only way in stays."""
    person = meet("newcomer")
    await person.open("/login")
    text = await person.send("/login/with/npm")
    assert "Create my account" in text
    text = await person.send("/login/link", decision="join")
    assert person.at == "/applications"
    await person.open("/account/linked")
    text = await person.send("/account/linked")
    assert "This is your only way to sign in." in text


async def test_an_address_nobody_has_verified_does_not_join(meet: Meet) -> None:
    """What the provider itself does not vouch for makes no account."""
    person = meet("unverified")
    await person.open("/login")
    text = await person.send("/login/with/npm")
    assert "Create my account" not in text
    fields = {"decision": "join"}
    form = person.page.text
    proposal = str(person.page.url).partition("proposal=")[2]
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = await person.http.post(
        "/login/link", data={**fields, "proposal": proposal, "csrf_token": token}
    )
    assert answer.status_code == 403


async def test_a_user_comes_back_to_the_application(linked_demo: Server, meet: Meet) -> None:
    """The user proves their account once; the next time the provider alone leads to the code."""
    person = meet("user-upstream")
    await person.open(request_of(linked_demo))
    text = await person.send("/signin/with/npm")
    assert person.at == "/signin/link"
    link = person.page.text.partition('href="/signin?')[2].partition('"')[0]
    await person.open("/signin?" + link.replace("&amp;", "&"))
    text = await person.send("/signin", username="ajones", password=PASSWORD)
    assert "signed in here as ajones@vbc.prod" in text
    await person.send("/signin/link", decision="link")
    await person.send("/consent", decision="allow")
    assert person.at == "/callback-demo"

    again = meet("user-upstream")
    await again.open(request_of(linked_demo, nonce="n"))
    await again.send("/signin/with/npm")
    if again.at == "/consent":
        await again.send("/consent", decision="allow")
    assert again.at == "/callback-demo"
    back = parse_qs(again.page.url.query.decode())
    assert back["state"] == ["the state"]
    form = {
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "redirect_uri": f"{linked_demo.base_url}/callback-demo",
    }
    answer = await again.http.post("/token", data=form, auth=(DEMO_KEY, DEMO_SECRET))
    payload = answer.json()["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert (claims["sub"], claims["amr"]) == ("ajones", ["fed"])

    await again.open("/me/linked")
    text = await again.send("/me/linked")
    assert "no longer linked" in text


async def test_a_provider_that_is_away(linked_demo: Server, meet: Meet) -> None:
    """The sign-in page says so with 503, and a password signs in all the same."""
    person = meet("nobody")
    await person.open("/login")
    text = await person.send("/login/with/away")
    assert person.page.status_code == 503
    assert "Nobody does not answer at the moment." in text
    await person.sign_in_with_password(DEVELOPER, DEVELOPER_PASSWORD)
    assert person.at == "/applications"
    await person.open(request_of(linked_demo, prompt="login"))
    text = await person.send("/signin/with/away")
    assert person.page.status_code == 503
    assert "Nobody does not answer at the moment." in text
    text = await person.send("/signin", username="jsmith", password=PASSWORD)
    assert person.at in {"/consent", "/callback-demo"}


async def test_a_providers_no_and_what_cannot_be_trusted(meet: Meet, linked_demo: Server) -> None:
    """A person's own no leads back to the form; an invented or repeated answer is one page."""
    person = meet("no")
    text = await person.open("/login/with/npm/callback?code=x&state=invented")
    assert person.page.status_code == 400
    assert "Signing in with Corp did not work" in text
    assert "the answer has no state of ours" in linked_demo.printed()
    await person.open("/login")
    form = person.page.text
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    left = await person.http.post(
        "/login/with/npm", data={"csrf_token": token, "return_to": "/apis"}
    )
    state = parse_qs(left.headers["location"].partition("?")[2])["state"][0]
    issuer = left.headers["location"].partition("/auth?")[0]
    answer = {"error": "access_denied", "state": state, "iss": issuer}
    text = await person.open(f"/login/with/npm/callback?{urlencode(answer)}")
    assert "You did not sign in with Corp." in text
    await person.open(f"/login/with/npm/callback?{urlencode(answer)}")
    assert person.page.status_code == 400
