"""The password grant's user name (RFC 6749 section 4.3; off unless a key has it, RFC 9700 2.4)."""

from gatelodge.oauth.errors import InvalidRequest


def login_of(username: str | None, tenant: str) -> str:
    """Return the login without its realm: the last ``@tenant`` and no other.

    A login may be an e-mail address itself (``a@x.com@tenant``). Raises ``InvalidRequest``.
    """
    login = (username or "").strip().removesuffix(f"@{tenant}")
    if not login:
        raise InvalidRequest("Missing username parameter value")
    return login


def refusal(login: str, tenant: str) -> str:
    """Return the one text for every failed sign-in, whatever its reason."""
    return f"Authentication failed for {login}@{tenant}"
