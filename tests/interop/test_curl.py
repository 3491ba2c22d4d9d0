"""The curl samples of VBC's documentation, word for word but for the host and the placeholders."""

import asyncio
import base64
import os
import shutil
import subprocess

import httpx2
import msgspec
import pytest

from tests.flows.signing_in import PASSWORD, USER, authorize
from tests.programs import absent
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

Answer = dict[str, object]

# The password sample: the body has `&&` in it, and the values are not percent-encoded.
PASSWORD_SAMPLE = r"""
curl -k -d "grant_type=password&username=$VBC_USERNAME&password=$VBC_PASSWORD" \
        -d "&client_id=$VBC_CLIENT_ID&client_secret=$VBC_CLIENT_SECRET" \
        HOST/token
"""
NEWER_PASSWORD_SAMPLE = r"""
curl --request POST "HOST/token" \
--header "Content-Type: application/x-www-form-urlencoded" \
--data-urlencode "grant_type=password" \
--data-urlencode "scope=openid" \
--data-urlencode "username=$VBC_USERNAME" \
--data-urlencode "password=$VBC_PASSWORD" \
--data-urlencode "client_id=$VBC_CLIENT_ID" \
--data-urlencode "client_secret=$VBC_CLIENT_SECRET"
"""
CODE_SAMPLE = r"""
curl --request POST "HOST/token" \
--header "Content-Type: application/x-www-form-urlencoded" \
--header "Authorization: Basic $AUTHORIZATION" \
--data-urlencode "grant_type=authorization_code" \
--data-urlencode "code=$AUTHORIZATION_CODE" \
--data-urlencode "redirect_uri=$REDIRECT_URI"
"""
PORTAL_CODE_SAMPLE = r"""
curl -k -d "grant_type=authorization_code&code=$AUTHORIZATION_CODE&redirect_uri=$REDIRECT_URI" \
     -H "Authorization: Basic $AUTHORIZATION" \
     HOST/token
"""
REFRESH_SAMPLE = r"""
curl --location --request POST "HOST/token" \
--header "Content-Type: application/x-www-form-urlencoded" \
--data-urlencode "grant_type=refresh_token" \
--data-urlencode "client_id=$VBC_CLIENT_ID" \
--data-urlencode "client_secret=$VBC_CLIENT_SECRET" \
--data-urlencode "refresh_token=$REFRESH_TOKEN"
"""
API_SAMPLE = r"""
curl --location --request GET "HOST/t/vbc.prod/provisioning/api/accounts/$account_id" \
--header "Content-Type: application/json" \
--header "Authorization: Bearer $bearer_token"
"""
FIELDS = ["access_token", "refresh_token", "scope", "token_type", "expires_in"]
OPENID_FIELDS = ["access_token", "refresh_token", "scope", "id_token", "token_type", "expires_in"]


def typed(sample: str, demo: Server, **values: str) -> Answer:
    """Run a sample in a shell with its placeholders set, and return the JSON it prints."""
    if shutil.which("curl") is None:
        absent("curl")
    known = {
        "VBC_USERNAME": USER,
        "VBC_PASSWORD": PASSWORD,
        "VBC_CLIENT_ID": DEMO_KEY,
        "VBC_CLIENT_SECRET": DEMO_SECRET,
        "AUTHORIZATION": base64.b64encode(f"{DEMO_KEY}:{DEMO_SECRET}".encode()).decode(),
        "REDIRECT_URI": f"{demo.base_url}/callback-demo",
        **values,
    }
    done = subprocess.run(
        ["/bin/sh", "-c", sample.replace("HOST", demo.base_url)],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], **known},
    )
    return msgspec.json.decode(done.stdout, type=Answer)


def code(demo: Server) -> str:
    """Sign in as a browser would, without PKCE as VBC's address has it, and return the code."""

    async def walk() -> str:
        async with httpx2.AsyncClient(base_url=demo.base_url) as http:
            return (await authorize(http, f"{demo.base_url}/callback-demo"))["code"]

    return asyncio.run(walk())


def test_the_password_sample(demo: Server) -> None:
    """The sample of the source page prints the five fields, in the documented order."""
    answer = typed(PASSWORD_SAMPLE, demo)
    assert list(answer) == FIELDS
    assert (answer["scope"], answer["token_type"]) == ("default", "Bearer")
    assert answer["expires_in"] == 86400


def test_the_password_sample_of_today(demo: Server) -> None:
    """With scope openid the answer has an id_token where the documentation shows it."""
    answer = typed(NEWER_PASSWORD_SAMPLE, demo)
    assert list(answer) == OPENID_FIELDS
    assert answer["scope"] == "openid"


@pytest.mark.parametrize("sample", [CODE_SAMPLE, PORTAL_CODE_SAMPLE])
def test_the_code_samples(demo: Server, sample: str) -> None:
    """A code is redeemed with the Basic header, encoded or not; a second time it is refused."""
    values = {"AUTHORIZATION_CODE": code(demo)}
    assert list(typed(sample, demo, **values)) == OPENID_FIELDS
    assert typed(sample, demo, **values) == {
        "error_description": "Inactive authorization code received from token request",
        "error": "invalid_grant",
    }


def test_the_refresh_sample(demo: Server) -> None:
    """A refresh token is exchanged, credentials in the body, for another one."""
    first = typed(NEWER_PASSWORD_SAMPLE, demo)
    second = typed(REFRESH_SAMPLE, demo, REFRESH_TOKEN=str(first["refresh_token"]))
    assert list(second) == OPENID_FIELDS
    assert second["refresh_token"] != first["refresh_token"]


@pytest.mark.parametrize("account_id", ["571700", "self"])
def test_the_api_sample(demo: Server, account_id: str) -> None:
    """The access token reads the account, by its number and as self."""
    bearer = str(typed(PASSWORD_SAMPLE, demo)["access_token"])
    answer = typed(API_SAMPLE, demo, bearer_token=bearer, account_id=account_id)
    shown = msgspec.convert(answer["_embedded"], dict[str, Answer])
    assert (shown["account"]["id"], shown["account"]["name"]) == (571700, "Vonage")


@pytest.mark.parametrize(
    ("changed", "error", "description"),
    [
        ({"VBC_PASSWORD": "wrong"}, "invalid_grant", f"Authentication failed for {USER}"),
        ({"VBC_CLIENT_SECRET": "wrong"}, "invalid_client", "Client Authentication failed."),
        (
            {"VBC_CLIENT_ID": "unknown"},
            "invalid_client",
            "A valid OAuth client could not be found for client_id: unknown",
        ),
    ],
)
def test_wrong_values_are_refused(
    demo: Server, changed: dict[str, str], error: str, description: str
) -> None:
    """A wrong password, secret or consumer key is named as VBC's server names it."""
    answer = typed(PASSWORD_SAMPLE, demo, **changed)
    assert answer == {"error_description": description, "error": error}
