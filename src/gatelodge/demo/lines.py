"""The command lines the demo prints: each runs as it stands, in the order they are listed."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from gatelodge.demo import credentials


class Line(msgspec.Struct, frozen=True):
    """One line to paste, and what it shows."""

    title: str
    text: str


def sign_in_address(origin: str) -> str:
    """Return where a browser begins the authorization code grant."""
    query = urlencode(
        {
            "response_type": "code",
            "client_id": credentials.CONSUMER_KEY,
            "redirect_uri": credentials.callback(origin),
            "scope": "openid",
        }
    )
    return f"{origin}/authorize?{query}"


def token_lines(origin: str, tenant: str) -> Sequence[Line]:
    """Return how to get an access token, the password grant as VBC's documentation has it."""
    key, secret = credentials.CONSUMER_KEY, credentials.CONSUMER_SECRET
    user = f"username={credentials.USER_LOGIN}@{tenant}&password={credentials.USER_PASSWORD}"
    password = (
        f'curl -s -d "grant_type=password&scope=openid&{user}" '
        f'-d "client_id={key}&client_secret={secret}" {origin}/token'
    )
    pick = """sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'"""
    return (
        Line("Password", password),
        Line(
            "Client credentials",
            f'curl -s -u "{key}:{secret}" -d grant_type=client_credentials {origin}/token',
        ),
        Line("Keep one", f"ACCESS_TOKEN=$({password} | {pick})"),
    )


def call_lines(origin: str, tenant: str) -> Sequence[Line]:
    """Return how to call the API with the access token that was kept."""
    account = f"{origin}/t/{tenant}/provisioning/v1/api/accounts/self"
    bearer = 'curl -s -H "Authorization: Bearer $ACCESS_TOKEN"'
    return (
        Line("Account", f"{bearer} {account}"),
        Line("Locations", f"{bearer} {account}/locations"),
        Line("Extensions", f'{bearer} "{account}/extensions?page_size=10"'),
        Line("Users", f'{bearer} "{account}/users?last_name=Smith"'),
    )
