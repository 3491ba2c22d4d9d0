"""A sign-in that only the second step is missing of is worth no more than its password."""

import httpx2

from tests.flows.two_step import answer_to, set_up_app
from tests.security.victims import Operator, shown, sign_in
from tests.serving import Server


async def _with_password(http: httpx2.AsyncClient, username: str) -> httpx2.Response:
    """Give the password and return the page that follows."""
    return await sign_in(http, await shown(http, await http.get("/me/two-step")), username)


async def test_a_new_password_ends_what_the_old_one_began(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """A thief with the password and a recovery code is too late once the password is another."""
    async with Operator.of(demo) as operator:
        username = await operator.person()
        await _with_password(http, username)
        _, codes = await set_up_app(http, "/me/two-step")
        async with httpx2.AsyncClient(base_url=demo.base_url, timeout=60) as thief:
            asked = await _with_password(thief, username)
            await operator.take_password(username)
            late = await thief.post("/signin/second", data=answer_to(asked, codes[0]))
            assert (late.status_code, "no longer valid" in late.text) == (400, True)
            assert (await thief.get("/me")).status_code == 303
