"""A developer's personal access tokens on the account page."""

import re

import httpx2

from gatelodge.oauth import digests
from gatelodge.operations import personal_tokens as acts
from gatelodge.settings import Secrets
from gatelodge.storage import personal_tokens
from tests.portal.browsing import follow, sign_in, submit, text_of
from tests.portal.conftest import EMAIL, NOW, PASSWORD, Portal

PAGE = "/account/access-tokens"
FORM = [("name", "CI <b>"), ("scopes", "keys:write"), ("scopes", "apis:read"), ("life", "90")]
_TEXT = re.compile(r"glpt_[\w-]{59}")


async def test_one_is_made_shown_once_and_revoked(
    portal: Portal, visitor: httpx2.AsyncClient
) -> None:
    """The text is on one page only; it works until it is revoked there."""
    await sign_in(visitor, EMAIL, PASSWORD)
    assert "No personal access tokens yet" in text_of(await visitor.get(PAGE))
    page = await follow(visitor, await submit(visitor, PAGE, PAGE, FORM))
    (text,) = set(_TEXT.findall(page.text))
    assert "CI <b>" in text_of(page)
    assert page.headers["cache-control"] == "no-store"
    key = Secrets(bytes(32)).derive(digests.PERSONAL_TOKEN)
    found = await portal.store.read(acts.holder, key, text, NOW)
    assert found is not None
    assert found.stored.scopes == {"keys:write", "apis:read"}
    assert found.stored.expires_at == NOW + 90 * 86_400
    again = await visitor.get(PAGE)
    assert not _TEXT.search(again.text)
    assert text[-4:] in again.text
    row = [("row", str(found.stored.id))]
    gone = await follow(visitor, await submit(visitor, PAGE, f"{PAGE}/revoke", row))
    assert "was revoked" in text_of(gone)
    assert await portal.store.read(acts.holder, key, text, NOW) is None


async def test_making_one_needs_a_fresh_sign_in(
    portal: Portal, visitor: httpx2.AsyncClient
) -> None:
    """Ten minutes after the sign-in the form leads to another one; a list is still shown."""
    await sign_in(visitor, EMAIL, PASSWORD)
    form = await visitor.get(PAGE)
    portal.time.now += 601
    page = await visitor.get(PAGE)
    assert "Sign in again" in text_of(page)
    assert "Make personal access token" not in text_of(page)
    found = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert found is not None
    answer = await visitor.post(PAGE, data={"csrf_token": found[1], **dict(FORM)})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?return_to=%2Faccount%2Faccess-tokens")
    assert await portal.store.read(personal_tokens.of_developer, 1) == []


async def test_what_is_wrong_is_said_beside_the_field(
    portal: Portal, visitor: httpx2.AsyncClient
) -> None:
    """A form with nothing in it comes back with its sentences; nobody else's row is revoked."""
    await sign_in(visitor, EMAIL, PASSWORD)
    answer = await submit(visitor, PAGE, PAGE, [("life", "custom"), ("days", "x")])
    assert answer.status_code == 422
    for sentence in ("Enter a name.", "Choose what it may do.", "Enter 1 to 365 days."):
        assert sentence in text_of(answer)
    for row in ("1", "x", "9" * 30):
        gone = await submit(visitor, PAGE, f"{PAGE}/revoke", [("row", row)])
        assert gone.status_code == 404
    assert (await visitor.post(PAGE, data=dict(FORM))).status_code == 403
    assert await portal.store.read(personal_tokens.of_developer, 1) == []
