"""Logout that an application asks for, and the word it is sent when a user signs out.

OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0.
"""

import msgspec

from gatelodge.oauth import redirects
from gatelodge.oauth.authorization import Parameters
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken, OAuthError, PageError
from gatelodge.oauth.jose import LOGOUT_TYPE, PLAIN_TYPE, KeyRing, SigningKey

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120
"""How long, in seconds, a logout token is good: each attempt to deliver it signs a new one."""

PAUSES = (30, 60, 300, 900, 3_600, 3_600, 10_800, 21_600)
"""How long, in seconds, to wait after each attempt; after the last one it is given up."""

LONGEST_STATE = 4_096
_NAMES = (b"id_token_hint", b"client_id", b"post_logout_redirect_uri", b"state")
_encode = msgspec.json.Encoder().encode


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What an id_token of ours says that an application hands back; it may have expired."""

    iss: str
    sub: str
    aud: list[str]
    sid: str | None = None


_decode = msgspec.json.Decoder(Hint).decode


class LogoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters (RP-Initiated Logout section 2); unknown ones are ignored."""

    hint: Hint | None
    client_id: str | None
    redirect_uri: str | None
    state: str | None


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request: whose application asks, where one returns, and for whom it asks."""

    client_id: str | None
    redirect_uri: str | None
    state: str | None
    sub: str | None
    sid: str | None

    @property
    def location(self) -> str | None:
        """Where the browser goes once nobody is signed in, if anywhere."""
        if self.redirect_uri is None or self.state is None:
            return self.redirect_uri
        return redirects.append(self.redirect_uri, [("state", self.state)])


def read(parameters: Parameters, keys: KeyRing, issuer: str) -> LogoutRequest:
    """Return the request. Raises ``PageError``: nothing of a bad one is followed."""
    if any(name in parameters.repeated for name in _NAMES):
        raise PageError("invalid_request", "A parameter came twice.")
    try:
        text, client_id, redirect_uri, state = (parameters.text(name) for name in _NAMES)
    except OAuthError as error:
        raise PageError("invalid_request", error.description) from None
    if len(state or "") > LONGEST_STATE:
        raise PageError("invalid_request", "The state parameter is too long.")
    hint = None if text is None else _read_hint(text, keys, issuer)
    if hint is not None:
        if client_id not in {None, *hint.aud}:
            raise PageError("invalid_request", "The id_token was issued to another application.")
        client_id = hint.aud[0]
    return LogoutRequest(hint=hint, client_id=client_id, redirect_uri=redirect_uri, state=state)


def check(request: LogoutRequest, client: Client | None) -> Leaving:
    """Return what a request comes to, ``client`` being the one it names.

    The address is compared character by character (section 3). Raises ``PageError``.
    """
    if request.client_id is not None and client is None:
        raise PageError("invalid_client", "This server does not know the application.")
    uri = request.redirect_uri
    if uri is not None and (client is None or uri not in client.post_logout_redirect_uris):
        text = "The application did not register the address it wants you to return to."
        raise PageError("invalid_request", text)
    return Leaving(
        client_id=request.client_id,
        redirect_uri=uri,
        state=request.state,
        sub=None if request.hint is None else request.hint.sub,
        sid=None if request.hint is None else request.hint.sid,
    )


def names(leaving: Leaving, sub: str, session_sid: str | None) -> bool:
    """Say whether the id_token handed back is of this very session.

    One without ``sid`` was issued without any; it names whoever it was issued for.
    """
    if leaving.sid is not None:
        return session_sid is not None and leaving.sid == session_sid and leaving.sub == sub
    return leaving.sub == sub


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a logout token says."""

    issuer: str
    client_id: str
    sub: str
    sid: str
    jti: str
    at: int


def sign(word: Word, signing_key: SigningKey) -> str:
    """Return a logout token (Back-Channel Logout section 2.4); a ``nonce`` is forbidden in it."""
    claims: dict[str, object] = {
        "iss": word.issuer,
        "aud": [word.client_id],
        "sub": word.sub,
        "sid": word.sid,
        "iat": word.at,
        "exp": word.at + LIFETIME,
        "jti": word.jti,
        "events": {EVENT: {}},
    }
    return signing_key.sign(LOGOUT_TYPE, _encode(claims))


def _read_hint(text: str, keys: KeyRing, issuer: str) -> Hint:
    """Read an id_token of ours, expired or not (RP-Initiated Logout section 4)."""
    try:
        hint = _decode(keys.verify(text, PLAIN_TYPE))
    except (InvalidToken, msgspec.DecodeError, UnicodeDecodeError):
        hint = None
    if hint is None or hint.iss != issuer or len(hint.aud) != 1:
        raise PageError("invalid_request", "The id_token is not one of this server's.")
    return hint
