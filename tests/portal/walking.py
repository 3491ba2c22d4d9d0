"""Every page and state of the portal, reached in a real browser as a person would reach it."""

from collections.abc import AsyncIterator

from playwright.async_api import Page

from gatelodge.catalog.applications import Draft
from gatelodge.catalog.credentials import MOST_LIVE_SECRETS
from gatelodge.operations import applications as acts
from gatelodge.operations.actor import Act, Actor, command_line
from gatelodge.storage import clients
from tests.portal.conftest import EMAIL, NOW, PASSWORD, Portal

LONG_NAME = "An application with a name of seventy characters, as long as it may be"

FOLDED = (
    "Application type, authentication and PKCE",
    "Token format, signatures and lifetimes",
    "Sign-out: return URLs and notices",
)


async def sign_in(page: Page, portal: Portal) -> None:
    """Sign the developer in."""
    await page.goto(f"{portal.base_url}/login")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/applications")


async def walk(page: Page, portal: Portal) -> AsyncIterator[str]:
    """Yield the name of each state while the browser shows it."""
    async for state in _doors(page, portal):
        yield state
    async for state in _application(page, portal):
        yield state
    async for state in _keys(page, portal):
        yield state
    async for state in _apis(page, portal):
        yield state
    async for state in _account(page, portal):
        yield state
    async for state in _later(page, portal):
        yield state
    async for state in _much(page, portal):
        yield state


async def _doors(page: Page, portal: Portal) -> AsyncIterator[str]:
    await page.goto(portal.base_url)
    yield "landing"
    await page.get_by_role("link", name="Sign in", exact=True).click()
    yield "sign-in"
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_text("The e-mail address or password is not right").wait_for()
    yield "sign-in refused"
    await sign_in(page, portal)
    yield "no applications"
    await page.goto(portal.base_url)
    yield "landing, signed in"
    await page.goto(f"{portal.base_url}/nothing")
    yield "not found"


async def _application(page: Page, portal: Portal) -> AsyncIterator[str]:
    await page.goto(f"{portal.base_url}/applications")
    await page.get_by_role("link", name="Add Application").click()
    yield "add application"
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_text("Enter a name.").wait_for()
    yield "add application, refused"
    await page.locator("#name").fill(LONG_NAME)
    await page.locator("#description").fill("What it is for. " * 32)
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("heading", name="No Keys Found").wait_for()
    yield "no keys"
    await page.get_by_role("main").get_by_role("link", name="Details").click()
    yield "details"
    await page.locator("#name").fill("")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Enter a name.").wait_for()
    yield "details, refused"
    await page.locator("#typed").fill("something else")
    await page.get_by_role("button", name="Delete application").click()
    await page.get_by_text("exactly to delete").wait_for()
    yield "deletion refused"


async def _keys(page: Page, portal: Portal) -> AsyncIterator[str]:
    await page.get_by_role("main").get_by_role("link", name="Production Keys").click()
    await page.locator("[name=grant_types][value=authorization_code]").uncheck()
    yield "callback URL off"
    await page.locator("[name=grant_types][value=authorization_code]").check()
    for group in FOLDED:
        await page.get_by_text(group).click()
    for label in ("Access token lifetime", "Refresh token lifetime", "Authorization code lifetime"):
        await page.get_by_label(label).fill("1")
    await page.get_by_label("Where users return after signing out").fill("nowhere")
    yield "everything unfolded"
    await page.get_by_role("button", name="Generate keys").last.click()
    await page.get_by_text("fields need another look").wait_for()
    yield "keys refused"
    await page.goto(page.url)
    for grant in ("client_credentials", "password", "urn:ietf:params:oauth:grant-type:device_code"):
        await page.locator(f"[value='{grant}']").check()
    await page.get_by_label("Callback URL 1", exact=True).fill("http://localhost")
    await page.get_by_role("button", name="Generate keys").last.click()
    await page.get_by_text("Store the consumer secret now.").wait_for()
    yield "secret shown once"
    async for state in _secrets(page, portal):
        yield state
    async for state in _signing_keys(page):
        yield state


async def _secrets(page: Page, portal: Portal) -> AsyncIterator[str]:
    await page.get_by_label("Name (optional)").fill("A name of forty characters, as it may be")
    await page.get_by_label("The new secret works").select_option("90d")
    await page.get_by_label("The others go on working").select_option("1h")
    await page.get_by_role("button", name="Generate another secret").click()
    await page.get_by_text("A new consumer secret was generated.").wait_for()
    address = page.url.partition("#")[0]
    client = await portal.store.read(
        clients.find_of_application, int(address.split("/")[-3]), "production"
    )
    assert client is not None
    await portal.store.write(clients.note_uses, {client.secrets[0].id: NOW})
    await page.goto(address)
    yield "two secrets, one ending"
    for _ in range(MOST_LIVE_SECRETS - 1):
        await page.get_by_label("The others go on working").select_option("keep")
        await page.get_by_role("button", name="Generate another secret").click()
        await page.get_by_role("status").or_(page.locator("#overlap-problem")).first.wait_for()
    await page.get_by_text("secrets are live already").wait_for()
    yield "as many secrets as there may be"
    await page.get_by_role("button", name="Revoke").first.click()
    yield "revoke?"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Delete keys").click()
    yield "delete keys?"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Get test token").click()
    await page.get_by_role("heading", name="Your test token").wait_for()
    yield "test token"


async def _signing_keys(page: Page) -> AsyncIterator[str]:
    await page.get_by_role("main").get_by_role("link", name="Sandbox Keys").click()
    yield "no sandbox keys"
    await page.get_by_text(FOLDED[0]).click()
    await page.locator("[value=private_key_jwt]").check()
    await page.get_by_label("Or the public keys themselves").fill("{}")
    await page.get_by_role("button", name="Generate keys").last.click()
    await page.locator("#jwks-problem").wait_for()
    yield "public keys refused"
    for grant in ("authorization_code", "refresh_token"):
        await page.locator(f"[value={grant}]").uncheck()
    await page.locator("[value=client_credentials]").check()
    await page.get_by_label("Or the public keys themselves").fill("")
    await page.get_by_label("Address of the public keys").fill(
        "https://application.example.com/with/a/rather/long/path/to/its/public/keys/jwks.json"
    )
    await page.get_by_role("button", name="Generate keys").last.click()
    await page.get_by_text("These keys have no secret").wait_for()
    yield "keys that sign"


async def _apis(page: Page, portal: Portal) -> AsyncIterator[str]:
    await page.get_by_role("main").get_by_role("link", name="Subscriptions").click()
    yield "no subscriptions"
    await page.goto(f"{portal.base_url}/apis")
    yield "directory"
    await page.goto(f"{portal.base_url}/apis?search=zzz")
    yield "directory, nothing found"
    await page.goto(f"{portal.base_url}/apis/weather")
    yield "deprecated API"
    await page.goto(f"{portal.base_url}/apis/provisioning")
    yield "API"
    await page.get_by_role("button", name="Subscribe").click()
    await page.get_by_text("Select an application.").wait_for()
    yield "subscribe, refused"
    await page.get_by_label("My Applications").select_option(label=LONG_NAME)
    await page.get_by_role("button", name="Subscribe").click()
    await page.get_by_text("Subscribed to Provisioning v1").wait_for()
    yield "subscriptions"
    await page.get_by_role("button", name="Change plan").first.click()
    yield "change plan?"
    await page.keyboard.press("Escape")
    await page.goto(f"{portal.base_url}/apis/provisioning/v1/documentation")
    await page.locator("details.fold > summary").first.click()
    yield "documentation"
    await page.goto(f"{portal.base_url}/apis/weather/v1/documentation")
    yield "documentation, empty"


async def _account(page: Page, portal: Portal) -> AsyncIterator[str]:
    await page.get_by_role("link", name="Account", exact=True).first.click()
    yield "profile"
    browser = page.context.browser
    assert browser is not None
    other = await browser.new_page(user_agent="An unknown program with a long name " * 6)
    await sign_in(other, portal)
    await other.context.close()
    await page.get_by_role("main").get_by_role("link", name="Sessions").click()
    yield "sessions"
    await page.get_by_role("button", name="Sign out everywhere else").first.click()
    yield "sign out everywhere?"
    await page.locator(":popover-open").get_by_role("button", name="Sign out").click()
    await page.get_by_text("You are signed out everywhere else.").wait_for()
    yield "one session"
    async for state in _access_tokens(page):
        yield state


async def _access_tokens(page: Page) -> AsyncIterator[str]:
    await page.get_by_role("main").get_by_role("link", name="Access tokens").click()
    yield "no access tokens"
    await page.get_by_label("It works for").select_option(label="Other")
    await page.get_by_role("button", name="Make personal access token").click()
    await page.get_by_text("Choose what it may do.").wait_for()
    yield "access token refused"
    await page.get_by_label("Name").fill(
        "A program with a name of sixty characters, as long as it may"
    )
    for box in await page.locator("[name=scopes]").all():
        await box.check()
    await page.get_by_label("It works for").select_option(label="30 days")
    await page.get_by_role("button", name="Make personal access token").click()
    await page.get_by_text("Store it now.").wait_for()
    yield "access token shown once"
    await page.get_by_role("button", name="Revoke").first.click()
    yield "revoke access token?"
    await page.keyboard.press("Escape")


async def _later(page: Page, portal: Portal) -> AsyncIterator[str]:
    portal.time.now += 3601
    await page.get_by_role("main").get_by_role("link", name="Access tokens").click()
    yield "access tokens, long after signing in"
    await page.get_by_role("main").get_by_role("link", name="Two-step sign-in").click()
    await page.get_by_text("To change anything here").wait_for()
    yield "two-step sign-in, long after signing in"
    await page.get_by_role("main").get_by_role("link", name="Sign in again").click()
    yield "sign in again"
    await page.goto(f"{portal.base_url}/applications")
    await page.get_by_role("link", name=LONG_NAME, exact=True).click()
    await page.get_by_role("main").get_by_role("link", name="Production Keys").click()
    yield "an expired secret"


async def _much(page: Page, portal: Portal) -> AsyncIterator[str]:
    actor = Actor(kind="developer", id=1, name=EMAIL)
    act = Act(actor=actor, now=NOW, ids=portal.store.ids)
    for number in range(60):
        draft = Draft(name=f"Application {number:02}", description="", quota="Unlimited")
        made = await portal.store.write(acts.create, act, 1, draft)
    operator = Act(actor=command_line("root"), now=NOW, ids=portal.store.ids)
    await portal.store.write(acts.block, operator, made.id)
    await page.goto(f"{portal.base_url}/applications")
    yield "applications"
    await page.goto(f"{portal.base_url}/applications?search=zzz")
    yield "applications, nothing found"
    await page.goto(f"{portal.base_url}/applications/{made.id}")
    yield "blocked application"
