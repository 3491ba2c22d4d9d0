"""Access tokens for some APIs only, and the way from a 401 to where others are given out."""

import pytest

from tests.gateway.installation import ISSUER, Installation

HERE = f"{ISSUER}/t/vbc.prod/things-api"


@pytest.mark.parametrize("opaque", [True, False])
@pytest.mark.parametrize(
    ("resources", "status"),
    [
        (HERE, 200),
        (HERE + "/v1", 200),
        (f"{ISSUER}/userinfo {HERE}", 200),
        (HERE + "/v2", 401),
        (HERE + "/", 401),
        (f"{ISSUER}/t/vbc.prod/other", 401),
        (f"{ISSUER}/t/other/things-api", 401),
        (f"{ISSUER}/userinfo", 401),
    ],
)
async def test_an_access_token_for_another_api_is_refused(
    installation: Installation, resources: str, status: int, *, opaque: bool
) -> None:
    """Whatever its form, as often as it is shown, at both of the API's paths."""
    row = installation.row(resources=resources)
    text = await installation.stored(row) if opaque else installation.sign(row)
    for path in ("/things/1", "/t/vbc.prod/things-api/v1/things/1", "/things/1"):
        answer = await installation.call(path, text)
        assert answer.status == status
    assert installation.echo.calls == (3 if status == 200 else 0)


@pytest.mark.parametrize("path", ["/t/vbc.prod/things-api", "/t/vbc.prod/things-api/v1"])
async def test_a_401_says_where_the_api_is_described(installation: Installation, path: str) -> None:
    """By the path it was called by (RFC 9728 section 5.1), after what RFC 6750 asks for."""
    pointer = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource{path}"'

    without = await installation.call(path + "/things/1")
    wrong = await installation.call(path + "/things/1", "wrong")

    assert without.header("www-authenticate") == f'Bearer realm="gatelodge", {pointer}'
    told = wrong.header("www-authenticate") or ""
    assert told.startswith('Bearer realm="gatelodge", error="invalid_token", error_description="')
    assert told.endswith(f", {pointer}")
    assert wrong.json()["code"] == "900901"


async def test_a_strange_spelling_is_described_by_the_version_s_path(
    installation: Installation,
) -> None:
    """Nothing a caller wrote is repeated."""
    answer = await installation.call("/t/vbc.prod/%74hings-api/things/1")

    assert answer.status == 401
    told = answer.header("www-authenticate") or ""
    assert told.endswith('/.well-known/oauth-protected-resource/t/vbc.prod/things-api/v1"')
