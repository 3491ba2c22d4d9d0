"""What asking for a new password tells and takes (line 103)."""

from pathlib import Path

import httpx2
import pytest

from tests import serving
from tests.flows.signing_in import authorize, hidden_fields
from tests.flows.test_recovery import NEW, asked, choose
from tests.portal.browsing import submit, text_of
from tests.serving import Server


@pytest.mark.parametrize(
    ("place", "known", "unknown"),
    [
        ("/login", "admin@example.com", "nobody@example.com"),
        ("/signin", "ajones", "nobody"),
        ("/signin", "alice.jones@example.org", "nobody@example.org"),
    ],
)
async def test_line_103_asking_tells_nothing_about_accounts(
    http: httpx2.AsyncClient, place: str, known: str, unknown: str
) -> None:
    """Known and unknown names get the same answer; only a form of ours asks."""
    page = f"{place}/forgot"
    answers = [await submit(http, page, page, [("login", login)]) for login in (known, unknown)]
    assert {(each.status_code, each.headers["location"], each.text) for each in answers} == {
        (303, f"{page}/sent", "")
    }
    names = [set(each.headers) for each in answers]
    assert names[0] == names[1]
    empty = await submit(http, page, page, [("login", " ")])
    assert empty.status_code == 422
    forged = await http.post(page, data={"login": known})
    assert forged.status_code == 403


async def test_what_is_wrong_with_a_new_password_is_said(tmp_path: Path) -> None:
    """A poor password and two different ones are refused beside their field; the link lives on.

    On a server of its own, whose newest mail is the one that was asked for here.
    """
    async with (
        serving.demo(tmp_path / "data") as own,
        httpx2.AsyncClient(base_url=own.base_url, timeout=60) as http,
    ):
        link = await asked(http, "/login", "admin@example.com")
        poor = await choose(http, link, "password123456789")
        assert poor.status_code == 422
        assert "a common password" in text_of(poor)
        form = hidden_fields((await http.get(link)).text) | {"password": NEW, "repeated": "other"}
        differ = await http.post("/login/reset", data=form)
        assert "The two passwords differ." in text_of(differ)
        assert (await choose(http, link)).status_code == 303
        assert (await http.get("/signin/reset", params={"link": "glpr_x"})).status_code == 410


async def test_a_request_too_large_for_a_cookie_is_not_kept(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """The reset works all the same; there is just nothing to go on with."""
    form = [("login", "jsmith"), ("request", "x" * 4_000)]
    answer = await submit(http, "/signin/forgot", "/signin/forgot", form)
    assert answer.status_code == 303
    assert "Sign in and go on" not in (await http.get("/signin/reset/done")).text
    assert "code" in await authorize(http, f"{demo.base_url}/callback-demo")


async def test_only_the_demo_shows_an_outbox(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """An installation has no such page, and without a mail server says whom to ask."""
    folder = tmp_path_factory.mktemp("real")
    async with (
        serving.serving(folder / "data") as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        assert (await http.get("/outbox")).status_code == 404
        for place in ("/login", "/signin"):
            page = await http.get(f"{place}/forgot")
            assert "sends no mail. Ask its administrator" in text_of(page)
            assert '<input class="form-control"' not in page.text
