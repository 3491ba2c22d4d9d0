"""Form bodies and the Authorization header, read strictly into frozen requests.

A repeated parameter is refused (RFC 6749 section 3.2), an empty one counts as absent, an unknown
one is ignored. Like ordinary form parsers it skips empty pairs (``&&``) and takes raw special
characters as they stand, because clients in the field send them.
"""

from base64 import b64decode
from binascii import Error as BadBase64
from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec

from gatelodge.oauth import client_assertion
from gatelodge.oauth.client_assertion import Assertion
from gatelodge.oauth.errors import InvalidClient, InvalidRequest, UnsupportedMediaType

MAX_FIELDS = 64
MEDIA_TYPE = b"application/x-www-form-urlencoded"

_REPEATABLE = frozenset({"resource", "audience"})
_BETWEEN = "\0"
"""Stands between the values of a repeated parameter: no value has it."""
_SENSITIVE = frozenset(
    {
        "access_token",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "device_code",
        "password",
        "refresh_token",
        "token",
    }
)

Method = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Who a client says it is; ``secrets`` holds every reading of the secret it sent.

    A Basic header should be form-encoded before Base64 (RFC 6749 section 2.3.1), yet many clients
    send it raw, so that a secret with ``%`` or ``+`` in it has two readings.
    """

    method: Method
    client_id: str
    secrets: tuple[bytes, ...] = ()
    assertion: Assertion | None = None


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the token endpoint with the parameters of every grant type.

    ``address`` is the network address it came from.
    """

    credentials: Credentials
    grant_type: str
    code: str | None
    redirect_uri: str | None
    code_verifier: str | None
    refresh_token: str | None
    device_code: str | None = None
    username: str | None
    password: str | None
    scope: str | None
    resources: tuple[str, ...] = ()
    address: str = ""


class PresentedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A request about one access or refresh token (RFC 7009, RFC 7662)."""

    credentials: Credentials
    text: str


def check_media_type(value: bytes | None) -> None:
    """Refuse a body that is not a form. Raises ``UnsupportedMediaType``."""
    sent = (value or b"").partition(b";")[0].strip().lower()
    if sent != MEDIA_TYPE:
        shown = sent.decode("latin-1")[:100] or "no Content-Type"
        raise UnsupportedMediaType(
            f"This endpoint reads application/x-www-form-urlencoded bodies, but got {shown}."
        )


def check_query(query: bytes) -> None:
    """Refuse secrets in the address, where logs keep them (OAuth 2.1 section 2.4.1)."""
    for pair in query.split(b"&"):
        if _text(pair.partition(b"=")[0]) in _SENSITIVE:
            raise InvalidRequest("Invalid request with sensitive data in the URL.")


def read_form(body: bytes) -> dict[str, str]:
    """Return the form's parameters that have a value.

    Raises ``InvalidRequest`` for a repeated one, too many, a NUL or bytes that are not UTF-8.
    """
    pairs = body.split(b"&", MAX_FIELDS)
    if len(pairs) > MAX_FIELDS:
        raise InvalidRequest("The request has too many parameters.")
    form: dict[str, str] = {}
    for pair in pairs:
        raw_name, _, raw_value = pair.partition(b"=")
        if not raw_value:
            continue
        name = _text(raw_name)
        if name not in form:
            form[name] = _text(raw_value)
        elif name in _REPEATABLE:
            form[name] += _BETWEEN + _text(raw_value)
        else:
            raise InvalidRequest("Invalid request with repeated parameters.")
    return form


def resources(form: dict[str, str]) -> tuple[str, ...]:
    """Return the resources named in a form (RFC 8707 section 2)."""
    text = form.get("resource")
    return () if text is None else tuple(text.split(_BETWEEN))


def token_request(
    form: dict[str, str], authorization: bytes | None, address: str = ""
) -> TokenRequest:
    """Read a token request. Raises ``InvalidRequest`` and ``InvalidClient``."""
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("Missing grant_type parameter value")
    return TokenRequest(
        credentials=read_credentials(form, authorization),
        grant_type=grant_type,
        code=form.get("code"),
        redirect_uri=form.get("redirect_uri"),
        code_verifier=form.get("code_verifier"),
        refresh_token=form.get("refresh_token"),
        device_code=form.get("device_code"),
        username=form.get("username"),
        password=form.get("password"),
        scope=form.get("scope"),
        resources=resources(form),
        address=address,
    )


def presented_token(form: dict[str, str], authorization: bytes | None) -> PresentedToken:
    """Read a revocation or introspection request; a wrong hint may be ignored, so all are."""
    credentials = read_credentials(form, authorization)
    text = form.get("token")
    if text is None:
        raise InvalidRequest("Missing token parameter value")
    return PresentedToken(credentials=credentials, text=text)


def read_credentials(form: dict[str, str], authorization: bytes | None) -> Credentials:
    """Return what the client says of itself, by one method only (OAuth 2.1 section 2.4).

    Raises ``InvalidRequest`` for two methods at once and ``InvalidClient`` for none.
    """
    client_id, secret = form.get("client_id"), form.get("client_secret")
    if "client_assertion" in form or "client_assertion_type" in form:
        return _read_assertion(form, authorization)
    if authorization is None:
        if client_id is None:
            raise InvalidClient("Client ID not found in the request.")
        if secret is None:
            return Credentials(method="none", client_id=client_id)
        return Credentials(
            method="client_secret_post", client_id=client_id, secrets=(secret.encode(),)
        )
    basic = _read_basic(authorization)
    if secret is not None or client_id not in {None, basic.client_id}:
        raise InvalidRequest(
            "The client MUST NOT use more than one authentication method per request."
        )
    return basic


def _read_assertion(form: dict[str, str], authorization: bytes | None) -> Credentials:
    """Return what a client assertion says of itself, unverified (RFC 7521 section 4.2).

    ``client_id`` may be left out, as the assertion names the client, but not contradict it.
    """
    if authorization is not None or "client_secret" in form:
        raise InvalidRequest(
            "The client MUST NOT use more than one authentication method per request."
        )
    if form.get("client_assertion_type") != client_assertion.TYPE:
        raise InvalidClient(f"The client_assertion_type has to be {client_assertion.TYPE}.")
    assertion = client_assertion.read(form.get("client_assertion", ""))
    client_id = form.get("client_id", assertion.claims.sub)
    # PostgreSQL takes no NUL in a text, not even to say that there is no such client.
    if client_id != assertion.claims.sub or "\0" in client_id:
        raise InvalidClient("The client assertion is of another client than client_id says.")
    return Credentials(method="private_key_jwt", client_id=client_id, assertion=assertion)


def _read_basic(authorization: bytes) -> Credentials:
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        raise InvalidClient("The Authorization header must use the Basic scheme here.")
    try:
        raw = b64decode(encoded.strip(), validate=True)
        raw_id, colon, raw_secret = raw.partition(b":")
        client_id = _unquote(raw_id).decode()
    except (BadBase64, UnicodeDecodeError):
        raise InvalidClient("The Basic credentials are malformed.") from None
    # PostgreSQL takes no NUL in a text, not even to say that there is no such client.
    if not colon or not client_id or "\0" in client_id:
        raise InvalidClient("The Basic credentials are malformed.")
    if not raw_secret:
        return Credentials(method="none", client_id=client_id)
    readings = tuple(dict.fromkeys((_unquote(raw_secret), raw_secret)))
    return Credentials(method="client_secret_basic", client_id=client_id, secrets=readings)


def _unquote(raw: bytes) -> bytes:
    if b"%" in raw or b"+" in raw:
        return unquote_to_bytes(raw.replace(b"+", b" "))
    return raw


def _text(raw: bytes) -> str:
    value = _unquote(raw)
    if b"\0" in value:
        raise InvalidRequest("A parameter contains a NUL character.")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("A parameter is not UTF-8.") from None
