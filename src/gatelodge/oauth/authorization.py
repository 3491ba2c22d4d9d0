"""The authorization request: parameters from a browser, checked into a frozen value.

First the client and its redirect URI: while these are not known to be good, errors are for the
person in front of the browser only (``PageError``). From then on errors go to the redirect URI with
``state`` and ``iss`` (RFC 6749 section 4.1.2.1, RFC 9207).
"""

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

import msgspec

from gatelodge.oauth import pkce, redirects, resources, scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import (
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    PageError,
    RedirectError,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)

MAX_FIELDS = 64
LONGEST_STATE = 4_096
LONGEST_NONCE = 512
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_REPEATABLE = frozenset({b"resource", b"audience"})


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request; ``scope`` is what will be granted, ``state`` any bytes, ``max_age`` s."""

    client_id: str
    redirect_uri: str
    redirect_uri_sent: bool
    scope: str
    state: bytes | None
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str | None
    code_challenge: str | None
    resources: str = ""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters as they came, undecoded text still in bytes; ``repeated`` names doubles.

    ``resources`` are all the values of the one parameter that may come more than once.
    """

    values: dict[bytes, bytes]
    repeated: frozenset[bytes]
    resources: tuple[bytes, ...] = ()

    @property
    def client_id(self) -> str:
        """The one client named. Raises ``PageError`` if there is none or more than one."""
        found = self._page_text(b"client_id")
        if found is None:
            raise PageError("invalid_request", "The application did not say which one it is.")
        return found

    @property
    def redirect_uri(self) -> str | None:
        """The redirect URI named, if any. Raises ``PageError`` for more than one."""
        return self._page_text(b"redirect_uri")

    @property
    def state(self) -> bytes | None:
        """The client's state, returned byte by byte; none if it came twice."""
        return None if b"state" in self.repeated else self.values.get(b"state")

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes asked for, so that what is allowed can be looked up; none if malformed."""
        try:
            return scopes.asked(self.text(b"scope"))
        except OAuthError:
            return ()

    def text(self, name: bytes) -> str | None:
        """Return one parameter as text. Raises ``InvalidRequest`` if it is none."""
        try:
            return _decode(self.values.get(name))
        except ValueError:
            raise InvalidRequest(f"The {name.decode()} parameter is not valid text.") from None

    def _page_text(self, name: bytes) -> str | None:
        if name in self.repeated:
            raise PageError("invalid_request", f"The {name.decode()} parameter came twice.")
        try:
            return _decode(self.values.get(name))
        except ValueError:
            raise PageError("invalid_request", f"The {name.decode()} is not valid.") from None


def read(query: bytes) -> Parameters:
    """Split a query or form into parameters; empty ones count as absent. Raises ``PageError``."""
    pairs = query.split(b"&", MAX_FIELDS)
    if len(pairs) > MAX_FIELDS:
        raise PageError("invalid_request", "The request has too many parameters.")
    values: dict[bytes, bytes] = {}
    repeated = set()
    targets = []
    for pair in pairs:
        raw_name, _, raw_value = pair.partition(b"=")
        name = unquote_to_bytes(raw_name.replace(b"+", b" "))
        if not raw_value:
            continue
        if name in values and name not in _REPEATABLE:
            repeated.add(name)
        value = unquote_to_bytes(raw_value.replace(b"+", b" "))
        values.setdefault(name, value)
        if name == b"resource":
            targets.append(value)
    return Parameters(values=values, repeated=frozenset(repeated), resources=tuple(targets))


def known(client: Client | None) -> Client:
    """Return the client if it may ask at all. Raises ``PageError``."""
    if client is None:
        raise PageError(
            "invalid_client", "A valid OAuth client could not be found for this client_id."
        )
    if not client.active:
        raise PageError("invalid_client", "This application is not active.")
    return client


def redirect_target(parameters: Parameters, client: Client) -> str:
    """Return the verified redirect URI. Raises ``PageError``, never redirects."""
    presented = parameters.redirect_uri
    if presented is None:
        if len(client.redirect_uris) != 1:
            raise PageError(
                "invalid_request", "Redirect URI is not present in the authorization request."
            )
        return client.redirect_uris[0]
    _verify(client, presented)
    return presented


def validate(
    parameters: Parameters,
    client: Client | None,
    allowed: Collection[str],
    within_reach: Collection[str] = (),
) -> AuthorizationRequest:
    """Check everything. ``allowed`` are the scopes this client may ask for, and the resources.

    Raises ``PageError`` until the redirect URI is verified and ``RedirectError`` afterwards.
    """
    asking = known(client)
    target = redirect_target(parameters, asking)
    try:
        checked = _validate(parameters, asking, target, allowed)
        granted = _resources(parameters, within_reach)
        return msgspec.structs.replace(checked, resources=granted)
    except OAuthError as error:
        raise RedirectError(error, target, _state(parameters)) from error


def recheck(request: AuthorizationRequest, client: Client, allowed: Collection[str]) -> None:
    """Check a request again that was accepted a while ago: the client may have changed since.

    Raises ``PageError`` and ``RedirectError`` as ``validate`` does.
    """
    _verify(client, request.redirect_uri)
    try:
        if "authorization_code" not in client.grant_types:
            raise UnauthorizedClient
        scopes.grant(scopes.asked(request.scope), allowed)
    except OAuthError as error:
        raise RedirectError(error, request.redirect_uri, request.state) from error


def _verify(client: Client, redirect_uri: str) -> None:
    if not redirects.matches(client.redirect_uris, redirect_uri):
        raise PageError(
            "invalid_callback", "The redirect_uri is not one the application has registered."
        )


def _validate(
    parameters: Parameters, client: Client, target: str, allowed: Collection[str]
) -> AuthorizationRequest:
    if parameters.repeated:
        raise InvalidRequest("Invalid request with repeated parameters.")
    _check_kind(parameters, client)
    state = parameters.state
    if state is not None and len(state) > LONGEST_STATE:
        raise InvalidRequest("The state is too long.")
    nonce = parameters.text(b"nonce")
    if nonce is not None and len(nonce) > LONGEST_NONCE:
        raise InvalidRequest("The nonce is too long.")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=target,
        redirect_uri_sent=parameters.redirect_uri is not None,
        scope=scopes.grant(scopes.asked(parameters.text(b"scope")), allowed),
        state=state,
        nonce=nonce,
        prompt=_prompt(parameters.text(b"prompt")),
        max_age=_max_age(parameters.text(b"max_age")),
        login_hint=parameters.text(b"login_hint"),
        code_challenge=pkce.check_challenge(
            parameters.text(b"code_challenge"),
            parameters.text(b"code_challenge_method"),
            required=client.require_pkce or client.type == "public",
        ),
    )


def _resources(parameters: Parameters, within_reach: Collection[str]) -> str:
    try:
        wanted = [resource.decode() for resource in parameters.resources]
    except UnicodeDecodeError:
        raise InvalidTarget from None
    return resources.grant(wanted, within_reach)


def _check_kind(parameters: Parameters, client: Client) -> None:
    if b"request" in parameters.values:
        raise RequestNotSupported
    if b"request_uri" in parameters.values:
        raise RequestUriNotSupported
    response_type = parameters.text(b"response_type")
    if response_type is None:
        raise InvalidRequest("Missing response_type parameter value")
    if response_type != "code":
        raise UnsupportedResponseType
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient
    if parameters.text(b"response_mode") not in {None, "query"}:
        raise InvalidRequest("The only response_mode supported is query.")


def _prompt(text: str | None) -> frozenset[str]:
    prompts = frozenset((text or "").split())
    if not prompts <= _PROMPTS:
        raise InvalidRequest("The prompt has an unknown value.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt=none allows no other prompt beside it.")
    return prompts


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - 31 years
        raise InvalidRequest("The max_age is not a number of seconds.")
    return int(text)


def _state(parameters: Parameters) -> bytes | None:
    state = parameters.state
    return state if state is None or len(state) <= LONGEST_STATE else None


def _decode(value: bytes | None) -> str | None:
    if value is None:
        return None
    if b"\0" in value:
        raise ValueError("NUL")
    return value.decode()


def answer(redirect_uri: str, code: str, state: bytes | None, issuer: str) -> str:
    """Return where the browser goes with a code (RFC 6749 section 4.1.2, ``iss``: RFC 9207)."""
    return _location(redirect_uri, [("code", code)], state, issuer)


def refusal(error: RedirectError, issuer: str) -> str:
    """Return where the browser goes with an error."""
    told: list[tuple[str, str | bytes]] = [
        ("error", error.error.code),
        ("error_description", error.error.description),
    ]
    return _location(error.redirect_uri, told, error.state, issuer)


def _location(
    redirect_uri: str, told: list[tuple[str, str | bytes]], state: bytes | None, issuer: str
) -> str:
    if state is not None:
        told = [*told, ("state", state)]
    return redirects.append(redirect_uri, [*told, ("iss", issuer)])
