"""A developer's own account."""

import httpx2

from tests.portal.browsing import follow, sign_in, text_of
from tests.portal.conftest import EMAIL, PASSWORD


async def test_the_profile_says_who_is_signed_in(visitor: httpx2.AsyncClient) -> None:
    """The menu leads to the account; who is not signed in signs in and comes back to it."""
    asked = await visitor.get("/account")
    assert asked.headers["location"] == "/login?return_to=%2Faccount"
    home = await follow(visitor, await sign_in(visitor, EMAIL, PASSWORD))
    assert '<a href="/account">' in home.text
    page = await visitor.get("/account")
    assert EMAIL in text_of(page)
    assert '<a href="/account" aria-current="page">' in page.text
