"""Forms are read strictly: one value where one is meant, UTF-8, limits before parsing."""

import pytest

from gatelodge.web.forms import WrongMediaType, read_body, read_form
from gatelodge.web.http import BadRequest, ClientGone, TooLarge
from tests.web.requests import page_request

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_fields_are_read() -> None:
    """Single fields, repeated ones, empty ones, and defaults for missing ones."""
    body = b"name=caf%C3%A9+au+lait&box=a&box=b&empty="
    form = await read_form(page_request("POST", body=body, headers=FORM))
    assert form.one("name") == "café au lait"
    assert list(form.all("box")) == ["a", "b"]
    assert (form.one("empty", "x"), form.one("missing", "x")) == ("", "x")
    assert list(form.all("missing")) == []
    assert "empty" in form
    assert "missing" not in form


async def test_a_field_that_came_twice_has_no_one_value() -> None:
    """Neither the first nor the last is taken, even if they are equal."""
    form = await read_form(page_request("POST", body=b"a=1&a=1", headers=FORM))
    with pytest.raises(BadRequest):
        form.one("a")


@pytest.mark.parametrize(
    "body", [b"a=%ff", b"a=%00", b"%00=a", b"a=\xff", "a=é".encode(), b"a=1&" * 257]
)
async def test_what_cannot_be_read(body: bytes) -> None:
    """Bytes that are no UTF-8 or not encoded at all, NUL, and too many fields."""
    with pytest.raises(BadRequest):
        await read_form(page_request("POST", body=body, headers=FORM))


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data", "x" * 99])
async def test_other_media_types(content_type: str) -> None:
    """Only the type that browsers send by themselves is read."""
    with pytest.raises(WrongMediaType):
        await read_form(page_request("POST", body=b"a=1", headers={"content-type": content_type}))


async def test_a_charset_may_follow_the_media_type() -> None:
    """Parameters and case of the type do not matter."""
    written = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
    form = await read_form(page_request("POST", body=b"a=1", headers={"content-type": written}))
    assert form.one("a") == "1"


async def test_the_limit_counts_while_reading() -> None:
    """A body that goes over it is not read to its end; one at the limit is taken."""
    parts = [b"a" * 10, b"b" * 10, b"c" * 10]
    request = page_request("POST", body=parts, headers=FORM)
    with pytest.raises(TooLarge):
        await read_body(request, 19)
    request = page_request("POST", body=parts, headers=FORM)
    assert await read_body(request, 30) == b"".join(parts)


async def test_a_browser_that_goes_away() -> None:
    """An end before the end of the body is nobody's mistake."""
    request = page_request("POST", body=[], headers=FORM)
    with pytest.raises(ClientGone):
        await read_form(request)
