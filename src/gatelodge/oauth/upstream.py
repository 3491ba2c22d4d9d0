"""Signing in with somebody else's OpenID provider: what we ask it, and what of its answers counts.

The relying party's half of OpenID Connect Core 3.1 with PKCE (RFC 7636), the issuer in the answer
(RFC 9207) and a redirect URI of each provider's own against mix-up (RFC 9700 section 4.4). What is
refused says why to the log only; ``upstream_identity`` checks the id_token.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import msgspec

from gatelodge.oauth import digests, pkce
from gatelodge.oauth.errors import Cancelled, UpstreamProblem
from gatelodge.oauth.foreign_keys import ALGORITHMS
from gatelodge.oauth.signatures import encode64
from gatelodge.providers import Provider, may_be_asked

DISCOVERY = "/.well-known/openid-configuration"
_LONGEST_ANSWER = 16_384
_MOST_FIELDS = 32
_CANCELLED = frozenset({"access_denied", "user_cancelled", "login_required", "consent_required"})


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself (OpenID Connect Discovery section 3, RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: tuple[str, ...]
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def algorithms(self) -> frozenset[str]:
        """Return what an id_token may be signed with: never ``none``, never our own secret."""
        return ALGORITHMS & frozenset(self.id_token_signing_alg_values_supported)


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brought back."""

    state: str
    code: str | None
    error: str | None
    issuer: str | None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is asked; with ``again`` an old sign-in there is no answer."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    again: bool = False

    def __repr__(self) -> str:
        """Show nothing of the proofs."""
        return f"Question({self.redirect_uri})"


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What the token endpoint answered; neither text is ever shown or stored."""

    id_token: str
    access_token: str = ""

    def __repr__(self) -> str:
        """Show nothing of the tokens."""
        return "Granted(...)"


class _TokenAnswer(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str
    token_type: str


def read_metadata(provider: Provider, body: bytes) -> Metadata:
    """Return a provider's metadata.

    Raises ``UpstreamProblem`` when it speaks for another issuer (Discovery section 4.3), names an
    address that nobody vouches for, or signs with nothing that can be checked.
    """
    try:
        found = msgspec.json.decode(body, type=Metadata)
    except msgspec.DecodeError as error:
        raise UpstreamProblem(f"its metadata cannot be read: {error}") from error
    if found.issuer != provider.issuer:
        raise UpstreamProblem("its metadata names another issuer")
    addresses = [found.authorization_endpoint, found.token_endpoint, found.jwks_uri]
    if found.userinfo_endpoint is not None:
        addresses.append(found.userinfo_endpoint)
    if not all(_may_be_asked(provider, address) for address in addresses):
        raise UpstreamProblem("its metadata names an address without TLS")
    if not found.algorithms:
        raise UpstreamProblem("it signs id_tokens with no algorithm known here")
    return found


def _may_be_asked(provider: Provider, address: str) -> bool:
    """Say whether an address in a provider's metadata may be asked.

    Only a provider on this machine may name this machine: others would have us knock on doors here
    that are closed to them.
    """
    if not may_be_asked(address):
        return False
    return urlsplit(address).scheme == "https" or urlsplit(provider.issuer).scheme == "http"


def nonce_of(key: bytes, secret: bytes) -> str:
    """Return the nonce that belongs to an attempt's secret, so that none has to be stored."""
    return encode64(digests.digest(key, b"nonce" + secret))


def verifier_of(key: bytes, secret: bytes) -> str:
    """Return the PKCE verifier that belongs to an attempt's secret."""
    return encode64(digests.digest(key, b"verifier" + secret))


def authorization_address(provider: Provider, metadata: Metadata, question: Question) -> str:
    """Return where the browser goes (Core 3.1.2.1)."""
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": question.redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": pkce.challenge_of(question.verifier),
        "code_challenge_method": "S256",
    }
    if question.again:
        query["prompt"] = "login"
    address = metadata.authorization_endpoint
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def read_callback(query: bytes) -> Callback:
    """Return what came back. Raises ``UpstreamProblem`` for what is repeated or too long."""
    if len(query) > _LONGEST_ANSWER:
        raise UpstreamProblem("the answer is too long")
    try:
        pairs = parse_qsl(query.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UpstreamProblem("the answer cannot be read") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UpstreamProblem("a parameter of the answer came twice")
    return Callback(
        state=found.get("state", ""),
        code=found.get("code"),
        error=found.get("error"),
        issuer=found.get("iss"),
    )


def check_callback(callback: Callback, metadata: Metadata) -> str:
    """Return the code of an answer to an attempt of ours.

    Raises ``UpstreamProblem`` for another issuer's answer (RFC 9207 section 2.4) and for an error,
    ``Cancelled`` for a person's own no.
    """
    if callback.issuer is None:
        if metadata.authorization_response_iss_parameter_supported:
            raise UpstreamProblem("the answer does not name its issuer")
    elif callback.issuer != metadata.issuer:
        raise UpstreamProblem("the answer is another issuer's")
    if callback.error is not None:
        # Cut and quoted: anybody can make a browser bring any text.
        said = f"the provider answered {callback.error[:60]!r}"
        raise Cancelled(said) if callback.error in _CANCELLED else UpstreamProblem(said)
    if not callback.code:
        raise UpstreamProblem("the answer has no code")
    return callback.code


def token_request(
    provider: Provider, metadata: Metadata, redirect_uri: str, code: str, verifier: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return headers and form of the token request (RFC 6749 sections 2.3.1 and 4.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {}
    methods = metadata.token_endpoint_auth_methods_supported
    if "client_secret_basic" in methods or "client_secret_post" not in methods:
        headers["authorization"] = _basic(provider.client_id, provider.client_secret)
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    return headers, form


def read_granted(status: int, body: bytes) -> Granted:
    """Return what a token request got. Raises ``UpstreamProblem``."""
    if status != 200:  # noqa: PLR2004 - the one status of success (RFC 6749 section 5.1)
        raise UpstreamProblem(f"its token endpoint answered {status}{_error_in(body)}")
    try:
        answer = msgspec.json.decode(body, type=_TokenAnswer)
    except msgspec.DecodeError as error:
        raise UpstreamProblem("its token endpoint's answer cannot be read") from error
    if answer.token_type.lower() != "bearer":
        raise UpstreamProblem("its access token is of another type")
    return Granted(id_token=answer.id_token, access_token=answer.access_token)


def _basic(client_id: str, client_secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _error_in(body: bytes) -> str:
    """Return the protocol's name of an error, quoted; nothing else of an answer is logged."""
    try:
        found: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    error = found.get("error") if isinstance(found, dict) else None
    return f" {error[:60]!r}" if isinstance(error, str) else ""
