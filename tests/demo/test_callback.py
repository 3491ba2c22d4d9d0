"""The callback page shows what came back, and nothing of it can harm."""

import httpx2
import pytest
from starlette.applications import Starlette

from gatelodge.demo import callback
from gatelodge.portal import site
from gatelodge.settings import Settings
from gatelodge.web.csrf import Csrf
from gatelodge.web.pages import Pages

ORIGIN = "http://localhost:8123"


@pytest.fixture
def browser_client() -> httpx2.AsyncClient:
    """A client of an application that only has the page."""
    settings = Settings(port=8123)
    pages = Pages(settings, Csrf(b"s" * 32, origin=ORIGIN, secure=False), site.FUNCTIONS)
    app = Starlette(routes=list(callback.routes(pages, ORIGIN)))
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url=ORIGIN)


async def test_it_shows_the_code_and_how_to_exchange_it(browser_client: httpx2.AsyncClient) -> None:
    """A code comes with a command that redeems it at this server."""
    answer = await browser_client.get("/callback-demo?code=glac_abc&state=xyz")
    assert answer.status_code == 200
    assert "glac_abc" in answer.text
    assert "grant_type=authorization_code" in answer.text
    assert "DemoApplicationConsumerKey0a" in answer.text
    assert "xyz" in answer.text


async def test_it_shows_an_error(browser_client: httpx2.AsyncClient) -> None:
    """A refusal is shown with its description and a way to start again."""
    query = "error=access_denied&error_description=User+denied+the+consent"
    answer = await browser_client.get(f"/callback-demo?{query}")
    assert "access_denied" in answer.text
    assert "User denied the consent" in answer.text
    assert "/authorize?response_type=code" in answer.text


async def test_it_explains_itself_when_nothing_came(browser_client: httpx2.AsyncClient) -> None:
    """Without code or error it says how to begin."""
    answer = await browser_client.get("/callback-demo")
    assert answer.status_code == 200
    assert "Sign in as a user" in answer.text


async def test_markup_that_comes_back_stays_text(browser_client: httpx2.AsyncClient) -> None:
    """Everything in the query is escaped, and codes are not sent on to other sites."""
    evil = "%3Cscript%3Ealert(1)%3C/script%3E"
    answer = await browser_client.get(f"/callback-demo?code={evil}&state={evil}")
    assert "<script>alert" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
