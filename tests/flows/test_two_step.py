"""Two-step sign-in through sockets, on both databases: codes count once, whoever races."""

import asyncio
from urllib.parse import urlencode

import httpx2

from tests.flows.signing_in import PASSWORD, USER, by_password, hidden_fields
from tests.flows.two_step import answer_to, code_of, set_up_app
from tests.portal.browsing import sign_in as developer_signs_in
from tests.portal.browsing import submit
from tests.serving import Server

PARALLEL = 64


async def user_signs_in(http: httpx2.AsyncClient) -> httpx2.Response:
    """Sign in to the user's own account as far as a password goes; return what is shown then."""
    page = await http.get("/me/two-step", follow_redirects=True)
    form = hidden_fields(page.text) | {"username": USER, "password": PASSWORD}
    return await http.post("/signin", data=form, follow_redirects=True)


async def test_a_users_second_step(demo: Server, http: httpx2.AsyncClient) -> None:
    """Asked for in a new browser; of 64 uses of a code one signs in; the password grant is shut."""
    page = await user_signs_in(http)
    assert "Set up an app" in page.text
    assert (await by_password(http)).status_code == 200
    secret, codes = await set_up_app(http, "/me/two-step")
    assert len(codes) == 10

    grant = await by_password(http)
    assert (grant.status_code, grant.json()["error"]) == (400, "invalid_grant")
    assert grant.json()["error_description"] == f"Authentication failed for {USER}"

    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=60) as other:
        asked = await user_signs_in(other)
        stranger = await http.post("/signin/second", data=answer_to(asked, codes[0]))
        assert stranger.status_code == 403  # the form belongs to another browser
        form = answer_to(asked, code_of(secret, ahead=1))
        tries = [other.post("/signin/second", data=form) for _ in range(PARALLEL)]
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*tries))
        assert statuses == [303] + [422] * (PARALLEL - 1)
        assert "Remove the app" in (await other.get("/me/two-step")).text
        spent = await other.post("/signin/second", data=form | {"code": codes[1]})
        assert spent.status_code in {400, 422}  # finished already, or paused by the wrong codes


async def test_a_developers_second_step(demo: Server, http: httpx2.AsyncClient) -> None:
    """A wrong code is refused, a recovery code works once; removing asks for a recent sign-in."""
    await developer_signs_in(http, "dev@example.com", "demo-developer-password")
    _, codes = await set_up_app(http, "/account/two-step")

    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=60) as other:
        answer = await developer_signs_in(other, "dev@example.com", "demo-developer-password")
        asked = await other.get(answer.headers["location"])
        refused = await other.post("/login/second", data=answer_to(asked, "000000"))
        assert (refused.status_code, "is not right" in refused.text) == (422, True)
        assert (await other.get("/applications")).status_code == 303
        good = answer_to(asked, codes[0].lower()) | {"return_to": "/applications"}
        first = await other.post("/login/second", data=good)
        assert first.headers["location"] == "/applications"
        again = await other.post("/login/second", data=good)
        assert again.status_code == 422
        base = "/account/two-step"
        removed = await submit(other, base, f"{base}/app/remove")
        assert removed.headers["location"] == base
        assert "Set up an app" in (page := await other.get(base)).text
        assert "The app is removed." in page.text
    query = urlencode({"return_to": "/apis", "again": "1"})
    assert "Password" in (await http.get(f"/login?{query}")).text
