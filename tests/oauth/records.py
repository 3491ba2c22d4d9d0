"""Records the tests of the OAuth rules start from."""

from typing import Any

from gatelodge.oauth import digests, pkce
from gatelodge.oauth.clients import Client, ClientSecret
from gatelodge.oauth.codes import Code
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.oauth.tokens import Subject

NOW = 1_800_000_000
ISSUER = "https://login.example"
KEY = b"k" * 32
SECRET = "a secret"
CALLBACK = "https://app.example/cb"
VERIFIER = "v" * 43
CHALLENGE = pkce.challenge_of(VERIFIER)


def client_secret(text: str = SECRET, **changed: Any) -> ClientSecret:
    """A live secret."""
    fields: dict[str, Any] = {
        "id": 1,
        "digest": digests.digest(KEY, text.encode()),
        "tail": text[-4:],
        "created_at": NOW - 100,
    }
    return ClientSecret(**(fields | changed))


def client(**changed: Any) -> Client:
    """A confidential client with every grant type."""
    fields: dict[str, Any] = {
        "id": 11,
        "client_id": "TheConsumerKeyOfTheTestsXX_a",
        "application_id": 5,
        "application_name": "Tests",
        "owner_name": "Dev",
        "environment": "production",
        "grant_types": frozenset(
            {"authorization_code", "refresh_token", "password", "client_credentials"}
        ),
        "redirect_uris": (CALLBACK,),
        "created_at": NOW - 1000,
        "secrets": (client_secret(),),
    }
    return Client(**(fields | changed))


def code(**changed: Any) -> Code:
    """A living code with PKCE."""
    fields: dict[str, Any] = {
        "id": 71,
        "digest": b"d" * 32,
        "client_row": 11,
        "user_id": 22,
        "family_id": 33,
        "redirect_uri": CALLBACK,
        "redirect_uri_sent": True,
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "nonce": None,
        "auth_time": NOW - 5,
        "amr": "pwd",
        "session_id": 44,
        "issued_at": NOW - 1,
        "expires_at": NOW + 59,
    }
    return Code(**(fields | changed))


def refresh_token(**changed: Any) -> RefreshToken:
    """A refresh token that has not been used."""
    fields: dict[str, Any] = {
        "id": 81,
        "digest": b"d" * 32,
        "family_id": 33,
        "client_row": 11,
        "user_id": 22,
        "scope": "openid profile",
        "auth_time": NOW - 5,
        "amr": "pwd",
        "issued_at": NOW - 100,
        "expires_at": NOW + 500,
    }
    return RefreshToken(**(fields | changed))


def subject(**changed: Any) -> Subject:
    """The user of the tests."""
    fields: dict[str, Any] = {
        "user_id": 22,
        "login_name": "jsmith",
        "account_id": 571700,
        "family_id": 33,
        "auth_time": NOW - 5,
        "amr": "pwd",
    }
    return Subject(**(fields | changed))
