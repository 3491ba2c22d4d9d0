"""The API Directory and the pages of an API."""

import json

import httpx2
import pytest

from tests.portal.browsing import sign_in, text_of
from tests.portal.conftest import DOCUMENT, EMAIL, PASSWORD


@pytest.fixture
async def developer(visitor: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser with the developer signed in."""
    await sign_in(visitor, EMAIL, PASSWORD)
    return visitor


async def test_the_directory_lists_what_is_offered(developer: httpx2.AsyncClient) -> None:
    """Published and deprecated APIs have cards, others do not; a search narrows them."""
    text = text_of(await developer.get("/apis"))
    assert "Provisioning" in text
    assert "Deprecated" in text
    assert "Secret" not in text
    found = text_of(await developer.get("/apis?search=TOWN"))
    assert "Weather" in found
    assert "Provisioning" not in found
    assert "No API matches" in text_of(await developer.get("/apis?search=zzz"))


@pytest.mark.parametrize("name", ["10", "provisioning"])
async def test_short_addresses_lead_to_the_version(
    developer: httpx2.AsyncClient, name: str
) -> None:
    """An API's id or context alone leads to its page."""
    answer = await developer.get(f"/apis/{name}")
    assert answer.headers["location"] == "/apis/provisioning/v1"


async def test_the_overview_has_addresses_and_plans(developer: httpx2.AsyncClient) -> None:
    """The page shows both addresses, the plans with their limits, and the scopes."""
    text = text_of(await developer.get("/apis/provisioning/v1"))
    assert "/t/vbc.prod/provisioning/v1" in text
    assert "Production URL, without version" in text
    assert "600 requests per minute" in text
    assert "provisioning.read" in text
    old = text_of(await developer.get("/apis/weather/v1"))
    assert "This version is deprecated." in old
    assert "takes no new subscriptions" in old
    assert (await developer.get("/apis/x/v1")).status_code == 404


async def test_the_documentation_shows_every_operation(developer: httpx2.AsyncClient) -> None:
    """Each operation of the document has its method, path, parameters, answers and sample."""
    page = await developer.get("/apis/provisioning/v1/documentation")
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        assert f"<code>{path}</code>" in page.text
        assert item["get"]["summary"] in text_of(page)
    empty = await developer.get("/apis/weather/v1/documentation")
    assert "No operations are described" in empty.text


async def test_the_document_is_downloaded_as_published(developer: httpx2.AsyncClient) -> None:
    """The raw OpenAPI document comes byte for byte, as a file."""
    answer = await developer.get("/apis/provisioning/v1/openapi.json")
    assert answer.text == DOCUMENT.read_text(encoding="utf-8")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="provisioning-v1.json"'
