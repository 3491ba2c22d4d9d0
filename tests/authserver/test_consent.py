"""The consent page: what it says, what it remembers, and that nobody else can answer it."""

import pytest
from sqlalchemy import insert, select, update

from gatelodge.authserver.consent_words import Destination, destination
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.storage import schema
from gatelodge.storage.connections import Connection
from tests.authserver.browsing import OTHER_USER, Tab, pages_of
from tests.authserver.conftest import USER, Server, subscribe
from tests.oauth.records import ISSUER


@pytest.fixture
async def tab(server: Server) -> Tab:
    """A browser nobody has signed in with; there are two users."""
    await server.store.write(add_other_user)
    return Tab(pages_of(server))


def add_other_user(conn: Connection) -> None:
    """Store a second user."""
    first = conn.execute(select(schema.users).where(schema.users.c.id == USER)).mappings().one()
    other = {"id": OTHER_USER, "login_name": "ajones", "email": "ajones@example.com"}
    conn.execute(insert(schema.users), {**first, **other})


async def test_it_says_who_asks_for_what_and_where_one_returns(server: Server, tab: Tab) -> None:
    """Application, owner, account, every scope in words and by name, and the host."""
    owner = await server.client()
    await tab.authorize(owner.client_id, scope="openid email")
    await tab.sign_in()
    for expected in (
        f"Allow {owner.application_name}?",
        "An application by Dev",
        "jsmith@vbc.prod",
        "Use another account",
        "See your e-mail address",
        ">email<",
        "app.example",
        'value="deny">Cancel',
        'value="allow">Allow',
    ):
        assert expected in tab.page.text
    policy = tab.page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action" not in policy
    assert tab.page.headers["cache-control"] == "no-store"


async def test_names_are_escaped(server: Server, tab: Tab) -> None:
    """An application's name is text, whatever it contains."""
    owner = await server.client()

    def rename(conn: Connection) -> None:
        conn.execute(update(schema.applications).values(name="<b>bold</b>"))

    await server.store.write(rename)
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    assert "<b>bold" not in tab.page.text


async def test_no_goes_back_as_access_denied(server: Server, tab: Tab) -> None:
    """Cancel tells the application, with state and iss, and remembers nothing."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    await tab.decide("deny")
    assert tab.back == {
        "error": "access_denied",
        "error_description": "User denied the consent",
        "state": "the state",
        "iss": ISSUER,
    }
    await tab.authorize(owner.client_id)
    assert tab.at == "/consent"


async def test_growing_scopes_and_prompt_consent_ask_again(server: Server, tab: Tab) -> None:
    """What was agreed to is not asked again, more is, and prompt=consent always asks."""
    owner = await server.client()
    await tab.authorize(owner.client_id, scope="openid profile")
    await tab.sign_in()
    await tab.decide()
    await tab.authorize(owner.client_id, scope="profile")
    assert tab.back["code"]
    await tab.authorize(owner.client_id, scope="openid email")
    assert tab.at == "/consent"
    await tab.decide()
    await tab.authorize(owner.client_id, scope="openid profile email")
    assert tab.back["code"]
    await tab.authorize(owner.client_id, prompt="consent")
    assert tab.at == "/consent"
    await tab.decide()
    assert tab.back["code"]


async def test_what_one_user_agreed_to_is_not_anothers(server: Server, tab: Tab) -> None:
    """Another account in the same browser is asked for itself."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    await tab.decide()
    await tab.authorize(owner.client_id, prompt="login")
    await tab.sign_in("ajones")
    assert tab.at == "/consent"
    assert "ajones@vbc.prod" in tab.page.text


async def test_a_public_client_on_the_device_is_always_asked_about(
    server: Server, tab: Tab
) -> None:
    """A loopback redirect of a public client proves nothing, so no answer is remembered for it."""
    target = "http://127.0.0.1/cb"
    native = await server.client(type="public", redirect_uris=(target,))
    await tab.authorize(native.client_id, redirect_uri="http://127.0.0.1:4711/cb")
    await tab.sign_in()
    await tab.decide()
    assert tab.page.headers["location"].startswith("http://127.0.0.1:4711/cb?code=")
    await tab.authorize(native.client_id, redirect_uri="http://127.0.0.1:4711/cb")
    assert tab.at == "/consent"


async def test_an_apis_scope_is_told_in_the_publishers_words(server: Server, tab: Tab) -> None:
    """A scope of a subscribed API is described as its API describes it."""
    owner = await server.client()
    subscription = Subscription(
        id=server.store.ids.next(),
        application_id=owner.application_id,
        api_id=9,
        plan="Standard",
        state="active",
        created_at=server.now,
    )
    await server.store.write(subscribe, subscription)
    await tab.authorize(owner.client_id, scope="calls:read")
    await tab.sign_in()
    assert "Calls: Read calls" in tab.page.text


async def test_a_changed_answer_is_refused(server: Server, tab: Tab) -> None:
    """Only what was sealed counts: a changed seal is refused, added parameters change nothing."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    form = tab.fields()
    text = form["request"]
    changed = text[:30] + ("A" if text[30] != "A" else "B") + text[31:]
    await tab.send("/consent", form | {"decision": "allow", "request": changed})
    assert tab.page.status_code == 400

    added = {"scope": "openid email", "client_id": "x", "redirect_uri": "https://evil.example"}
    await tab.send("/consent", form | {"decision": "allow"} | added)
    tokens = (await server.redeem(owner, tab.back["code"])).json()
    assert tokens["scope"] == "openid"


async def test_a_forged_answer_is_refused(server: Server, tab: Tab) -> None:
    """Without the token of this browser and session nothing is agreed to."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    anonymous = tab.fields()["csrf_token"]
    await tab.sign_in()
    form = tab.fields() | {"decision": "allow"}
    for token in ("", anonymous, "0.", form["csrf_token"][:-1] + "_"):
        await tab.send("/consent", form | {"csrf_token": token})
        assert tab.page.status_code == 403
    await tab.send("/consent", form, **{"sec-fetch-site": "cross-site"})
    assert tab.page.status_code == 403
    await tab.send("/consent", form | {"decision": "perhaps"})
    assert tab.page.status_code == 400


async def test_an_answer_counts_for_who_was_asked(server: Server, tab: Tab) -> None:
    """If somebody else signed in meanwhile, they are asked themselves."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    other = tab.another()
    await other.authorize(owner.client_id, prompt="login")
    await other.sign_in("ajones")

    await tab.decide()

    assert tab.at == "/consent"
    assert "ajones@vbc.prod" in tab.page.text


async def test_a_sealed_question_is_useless_in_another_browser(server: Server, tab: Tab) -> None:
    """A consent link sent to somebody else asks them to sign in first."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    stranger = Tab(tab.app)
    await stranger.open(str(tab.page.url.raw_path, "ascii"))
    assert stranger.at == "/signin"


async def test_another_account_may_be_used(server: Server, tab: Tab) -> None:
    """The link on the page leads to the sign-in form and back to the question."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    link = tab.page.text.partition('<a href="/signin')[2].partition('"')[0]
    await tab.open("/signin" + link)
    assert tab.at == "/signin"
    await tab.sign_in("ajones")
    assert "ajones@vbc.prod" in tab.page.text
    await tab.decide()
    assert tab.back["code"]


@pytest.mark.parametrize(
    ("redirect_uri", "name", "remark"),
    [
        ("https://app.example/cb", "app.example", ""),
        ("https://app.example:8443/cb?x=1", "app.example:8443", ""),
        ("https://localhost.example/cb", "localhost.example", ""),
        ("http://localhost:8080/callback", "localhost:8080", "a program on this computer"),
        ("http://[::1]/cb", "[::1]", "a program on this computer"),
        ("http://[::1]:5000/cb", "[::1]:5000", "a program on this computer"),
        ("http://127.0.0.1:1/cb", "127.0.0.1:1", "a program on this computer"),
        ("com.example.app:/cb", "com.example.app", "an app on this device"),
    ],
)
def test_where_one_returns_in_words(redirect_uri: str, name: str, remark: str) -> None:
    """A host is shown with its port, programs and apps of the device as such."""
    assert destination(redirect_uri) == Destination(name, remark)
