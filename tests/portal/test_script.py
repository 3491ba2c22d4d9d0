"""What the script adds in a real browser: copying, counting, focus, colours, one send a form."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.portal.conftest import Portal
from tests.portal.walking import sign_in

pytestmark = pytest.mark.browser

# As on plain http in a local network, where browsers offer no clipboard.
_NO_CLIPBOARD = "Object.defineProperty(window, 'isSecureContext', { value: false });"


async def context_of(browser: Browser, *, clipboard: bool = True) -> BrowserContext:
    """Return a browser context, with or without the clipboard."""
    permissions = ["clipboard-read", "clipboard-write"]
    context = await browser.new_context(reduced_motion="reduce", permissions=permissions)
    context.set_default_timeout(15_000)
    if not clipboard:
        await context.add_init_script(_NO_CLIPBOARD)
    return context


async def with_keys(page: Page, portal: Portal) -> None:
    """Sign in, add an application and generate its keys."""
    await sign_in(page, portal)
    await page.goto(f"{portal.base_url}/applications/new")
    await page.locator("#name").fill("MyTestApp")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_label("Callback URL 1", exact=True).fill("http://localhost")
    await page.get_by_role("button", name="Generate keys").last.click()
    await page.get_by_text("Store the consumer secret now.").wait_for()


@pytest.mark.parametrize("clipboard", [True, False])
async def test_copying_says_what_was_copied(
    browser: Browser, portal: Portal, *, clipboard: bool
) -> None:
    """The button copies, says so to eyes and to screen readers, with or without a clipboard."""
    page = await (await context_of(browser, clipboard=clipboard)).new_page()
    await with_keys(page, portal)
    button = page.get_by_role("button", name="Copy Consumer Key")
    key = await page.locator("#consumer-key").inner_text()
    await button.click()
    await page.locator("#live", has_text="Consumer Key copied").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == key
    assert await button.evaluate("button => button === document.activeElement")


async def test_back_does_not_show_a_secret_again(browser: Browser, portal: Portal) -> None:
    """Neither Back nor Forward nor a reload brings the secret back."""
    page = await (await context_of(browser)).new_page()
    await with_keys(page, portal)
    secret = await page.locator("#consumer-secret").inner_text()
    await page.goto(f"{portal.base_url}/apis")
    await page.go_back()
    await page.get_by_role("heading", name="Key and secret").wait_for()
    assert secret not in await page.content()
    await page.go_forward()
    await page.go_back()
    assert secret not in await page.content()


async def test_one_language_for_all_samples(browser: Browser, portal: Portal) -> None:
    """Choosing a language switches every sample, and the next page remembers it."""
    page = await (await context_of(browser)).new_page()
    await with_keys(page, portal)
    exchange = page.locator("#sample-exchange")
    await exchange.get_by_text("Python", exact=True).click()
    assert await page.locator("#code-refresh_token-2").is_visible()
    assert not await page.locator("#code-refresh_token-1").is_visible()
    await page.reload()
    assert await page.locator("#code-authorize-2").is_visible()
    await exchange.get_by_role("radio", name="Python").press("ArrowRight")
    assert await page.locator("#code-authorize-3").is_visible()


async def test_callback_lines_come_and_go(browser: Browser, portal: Portal) -> None:
    """Lines are added and removed in place, and go off with the Code grant type."""
    page = await (await context_of(browser)).new_page()
    await with_keys(page, portal)
    address = page.url
    await page.get_by_role("button", name="Add callback URL").click()
    second = page.get_by_label("Callback URL 2", exact=True)
    assert await second.evaluate("field => field === document.activeElement")
    await page.keyboard.type("https://app.example/cb")
    await page.get_by_role("button", name="Remove callback URL 1").click()
    only = page.get_by_label("Callback URL 1", exact=True)
    assert await only.input_value() == "https://app.example/cb"
    await page.get_by_role("button", name="Remove callback URL 1").click()
    assert await only.input_value() == ""
    code = page.locator("[name=grant_types][value=authorization_code]")
    await code.uncheck()
    assert await only.is_disabled()
    assert await page.get_by_text("Not used while Code is off").is_visible()
    await code.check()
    assert await only.is_enabled()
    assert page.url == address


async def test_the_keyboard_finds_its_way(browser: Browser, portal: Portal) -> None:
    """The skip link comes first, / goes to the search, and counters count characters."""
    page = await (await context_of(browser)).new_page()
    await sign_in(page, portal)
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    assert await skip.evaluate("link => link === document.activeElement")
    await page.goto(f"{portal.base_url}/apis")
    await page.keyboard.press("/")
    search = page.get_by_label("Search APIs")
    assert await search.evaluate("field => field === document.activeElement")
    await page.keyboard.type("a/b")
    assert await search.input_value() == "a/b"
    await page.goto(f"{portal.base_url}/applications/new")
    await page.locator("#name").fill("Grüße 👋")
    assert await page.locator("#name-left").inner_text() == "Characters left: 63"


async def test_colours_change_at_once_and_stay(browser: Browser, portal: Portal) -> None:
    """The button changes the page without leaving it; the server knows on the next one."""
    page = await (await context_of(browser)).new_page()
    await page.goto(f"{portal.base_url}/login")
    await page.get_by_label("E-mail address").fill("kept@example.com")
    async with page.expect_response("**/theme"):
        await page.get_by_role("button", name="Dark").click()
    assert await page.get_by_label("E-mail address").input_value() == "kept@example.com"
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(background)
    await page.goto(portal.base_url)
    assert await page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert await page.evaluate(background) == dark


async def test_a_form_is_sent_once(browser: Browser, portal: Portal) -> None:
    """A second click while the first is under way sends nothing."""
    page = await (await context_of(browser)).new_page()
    await sign_in(page, portal)
    await page.goto(f"{portal.base_url}/applications/new")
    await page.locator("#name").fill("Once")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    await page.get_by_role("button", name="Add", exact=True).dblclick()
    await page.get_by_role("heading", name="No Keys Found").wait_for()
    assert sent.count("POST") == 1
