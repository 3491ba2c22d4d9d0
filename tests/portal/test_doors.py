"""Landing, sign-in, sign-out, colours."""

import httpx2
import msgspec
import pytest

from gatelodge.storage import developers
from tests.portal.browsing import sign_in, submit, text_of
from tests.portal.conftest import EMAIL, PASSWORD, Portal


async def test_the_landing_page_leads_to_sign_in(visitor: httpx2.AsyncClient) -> None:
    """Nobody has to be signed in to read what this is; the way in is one link away."""
    page = await visitor.get("/")
    assert page.status_code == 200
    assert 'href="/login"' in page.text
    assert "Generate keys" in page.text


async def test_signing_in_leads_back(visitor: httpx2.AsyncClient) -> None:
    """Who is sent to the sign-in page comes back to where they wanted to go."""
    away = await visitor.get("/applications?search=x")
    assert away.status_code == 303
    assert away.headers["location"] == "/login?return_to=%2Fapplications%3Fsearch%3Dx"
    form = await visitor.get(away.headers["location"])
    assert 'value="/applications?search=x"' in form.text
    fields = [("email", " DEV@example.com "), ("password", PASSWORD)]
    answer = await submit(
        visitor, "/login", "/login", [*fields, ("return_to", "/applications?search=x")]
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/applications?search=x")
    assert (await visitor.get("/applications")).status_code == 200
    again = await visitor.get("/login")
    assert (again.status_code, again.headers["location"]) == (303, "/applications")


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:1",
    ],
)
async def test_nobody_is_led_to_another_site(visitor: httpx2.AsyncClient, return_to: str) -> None:
    """An address of another site is replaced by the list of applications."""
    answer = await submit(
        visitor,
        "/login",
        "/login",
        [("email", EMAIL), ("password", PASSWORD), ("return_to", return_to)],
    )
    assert answer.headers["location"] == "/applications"


async def test_every_refusal_looks_the_same(visitor: httpx2.AsyncClient, portal: Portal) -> None:
    """A wrong password, an unknown address and a disabled account get one and the same page."""
    await portal.developer(2, "gone@example.com")
    gone = await portal.store.read(developers.find, 2)
    assert gone is not None
    await portal.store.write(developers.replace, msgspec.structs.replace(gone, state="disabled"))
    wrong = await sign_in(visitor, EMAIL, "wrong")
    unknown = await sign_in(visitor, "nobody@example.com", PASSWORD)
    disabled = await sign_in(visitor, "gone@example.com", PASSWORD)
    assert {wrong.status_code, unknown.status_code, disabled.status_code} == {422}
    texts = {text_of(answer) for answer in (wrong, unknown, disabled)}
    assert len(texts) == 1
    assert "The e-mail address or password is not right" in texts.pop()
    assert PASSWORD not in unknown.text


async def test_strangers_cannot_keep_a_developer_out(
    visitor: httpx2.AsyncClient, portal: Portal
) -> None:
    """Failures elsewhere pause that address for other browsers, not for one it is known by."""
    await sign_in(visitor, EMAIL, PASSWORD)
    await submit(visitor, "/applications/new", "/logout")
    async with httpx2.AsyncClient(base_url=portal.base_url) as stranger:
        for _ in range(6):
            await sign_in(stranger, EMAIL, "wrong")
        assert (await sign_in(stranger, EMAIL, PASSWORD)).status_code == 422
    assert (await sign_in(visitor, EMAIL, PASSWORD)).status_code == 303


async def test_a_disabled_developer_is_out_at_once(
    visitor: httpx2.AsyncClient, portal: Portal
) -> None:
    """A session of a developer who was disabled opens nothing any more."""
    await sign_in(visitor, EMAIL, PASSWORD)
    person = await portal.store.read(developers.find, 1)
    assert person is not None
    await portal.store.write(developers.replace, msgspec.structs.replace(person, state="disabled"))
    assert (await visitor.get("/applications")).status_code == 303


async def test_signing_out_ends_the_session(visitor: httpx2.AsyncClient) -> None:
    """After signing out the old cookie is worth nothing; signing out twice does no harm."""
    await sign_in(visitor, EMAIL, PASSWORD)
    cookies = dict(visitor.cookies)
    answer = await submit(visitor, "/applications/new", "/logout")
    assert answer.headers["location"] == "/"
    for name, value in cookies.items():
        visitor.cookies.set(name, value, domain="localhost.local")
    assert (await visitor.get("/applications")).status_code == 303
    again = await submit(visitor, "/login", "/logout")
    assert again.headers["location"] == "/login"


async def test_forms_of_other_sites_are_refused(visitor: httpx2.AsyncClient) -> None:
    """Without the page's hidden field, or from another origin, nothing is done."""
    await sign_in(visitor, EMAIL, PASSWORD)
    bare = await visitor.post("/applications/new", data={"name": "x"})
    assert bare.status_code == 403
    assert "out of date" in text_of(bare)
    foreign = await visitor.post(
        "/logout", data={"x": "1"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert (await visitor.get("/applications")).status_code == 200


async def test_colours_are_remembered(visitor: httpx2.AsyncClient) -> None:
    """The choice comes back as an attribute of the page, so nothing flashes."""
    answer = await submit(visitor, "/", "/theme", [("theme", "dark"), ("return_to", "/login")])
    assert answer.headers["location"] == "/login"
    assert '<html lang="en" data-bs-theme="dark">' in (await visitor.get("/")).text
    await submit(visitor, "/", "/theme", [("theme", "<b>"), ("return_to", "//x")])
    assert '<html lang="en">' in (await visitor.get("/")).text


async def test_pages_carry_their_headers(visitor: httpx2.AsyncClient) -> None:
    """Pages forbid framing, foreign and inline content, keeping, and the referrer."""
    page = await visitor.get("/login")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "style=" not in page.text


async def test_unknown_pages_are_404(visitor: httpx2.AsyncClient) -> None:
    """An address that leads nowhere, or a wrong method, gets a page that says so."""
    await sign_in(visitor, EMAIL, PASSWORD)
    for path in ("/nothing", "/applications/1", "/applications/1/keys/staging", "/apis/nothing"):
        page = await visitor.get(path)
        assert page.status_code == 404, path
        assert page.headers["content-type"].startswith("text/html")
    assert (await visitor.get("/logout")).status_code == 405
