"""Consumer keys and secrets: which settings a key may have, and how secrets replace each other."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from gatelodge.catalog.errors import Conflict, Invalid

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "refresh_token", "password", "client_credentials", DEVICE)
DEFAULT_GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})
FORMATS = ("jwt", "opaque")
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
TYPES = ("confidential", "public")
ENVIRONMENTS = ("production", "sandbox")

MOST_CALLBACK_URLS = 20
MOST_LIVE_SECRETS = 5
LONGEST_SECRET_NAME = 60
EXPIRY_WARNING = 14 * 86_400
"""So many seconds before a secret ends the portal says so."""

OVERLAPS: Mapping[str, int | None] = {
    "now": 0,
    "1h": 3_600,
    "24h": 86_400,
    "3d": 259_200,
    "7d": 604_800,
    "keep": None,
}
"""How long the previous secrets go on working, in seconds; ``None``: they keep their own ends."""
DEFAULT_OVERLAP = "24h"

LIVES: Mapping[str, int | None] = {
    "never": None,
    "30d": 2_592_000,
    "90d": 7_776_000,
    "180d": 15_552_000,
    "1y": 31_536_000,
}
"""How long a new secret works, in seconds; ``None``: until it is revoked."""
DEFAULT_LIFE = "never"


class Lifetime(msgspec.Struct, frozen=True, kw_only=True):
    """The range of a lifetime, in seconds."""

    least: int
    most: int
    default: int


LIFETIMES = {
    "code_lifetime": Lifetime(least=30, most=600, default=60),
    "access_token_lifetime": Lifetime(least=60, most=604_800, default=86_400),
    "refresh_token_lifetime": Lifetime(least=3_600, most=7_776_000, default=604_800),
    "sign_in_lifetime": Lifetime(least=3_600, most=31_536_000, default=7_776_000),
}
_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
_KEY_DIGITS = 27


class KeySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer chooses for a consumer key; lifetimes are in seconds.

    ``sign_in_lifetime`` is how long refresh tokens may follow each other after a user agreed.
    """

    type: str = "confidential"
    authentication: str = "secret"
    jwks: str = ""
    jwks_uri: str = ""
    grant_types: frozenset[str] = DEFAULT_GRANT_TYPES
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    require_pkce: bool = True
    access_token_format: str = "jwt"  # noqa: S105 - a format's name, no secret
    access_token_algorithm: str = "ES256"  # noqa: S105 - an algorithm's name
    id_token_algorithm: str = "RS256"  # noqa: S105 - an algorithm's name
    code_lifetime: int = LIFETIMES["code_lifetime"].default
    access_token_lifetime: int = LIFETIMES["access_token_lifetime"].default
    refresh_token_lifetime: int = LIFETIMES["refresh_token_lifetime"].default
    sign_in_lifetime: int = LIFETIMES["sign_in_lifetime"].default


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer chooses for a further secret; see ``OVERLAPS`` and ``LIVES``."""

    overlap: str = DEFAULT_OVERLAP
    life: str = DEFAULT_LIFE
    name: str = ""


def check(
    settings: KeySettings,
    objection: Callable[[str], str | None],
    proving: Callable[[str, str, str], Mapping[str, str]],
) -> KeySettings:
    """Return the settings as they may be stored.

    ``objection`` says why a callback URL may not be registered (``oauth.redirects``), ``proving``
    what is wrong with authentication, key set and its address (``oauth.client_keys``). Callback
    URLs only matter to the authorization code grant and are dropped without it; a public client
    always needs PKCE (OAuth 2.1 section 7.5.1). Raises ``Invalid``, a problem of the callback URL
    in line ``n`` under ``redirect_uris.n``.
    """
    problems = dict(_choice_problems(settings)) | dict(_grant_problems(settings))
    problems |= dict(_lifetime_problems(settings))
    uris = settings.redirect_uris if "authorization_code" in settings.grant_types else ()
    problems |= dict(_callback_problems(settings, uris, objection))
    settings = _one_way_to_prove(settings)
    problems |= proving(settings.authentication, settings.jwks, settings.jwks_uri)
    problems |= dict(_logout_problems(settings, objection))
    if problems:
        raise Invalid(problems)
    return msgspec.structs.replace(
        settings,
        redirect_uris=uris,
        require_pkce=settings.require_pkce or settings.type == "public",
    )


def _one_way_to_prove(settings: KeySettings) -> KeySettings:
    """Return the settings without what another way of proving oneself would need."""
    if settings.type == "public":
        return msgspec.structs.replace(settings, authentication="secret", jwks="", jwks_uri="")
    if settings.authentication == "secret":
        return msgspec.structs.replace(settings, jwks="", jwks_uri="")
    return settings


def _choice_problems(settings: KeySettings) -> Iterable[tuple[str, str]]:
    if settings.type not in TYPES:
        yield "type", "Choose where the application runs."
    if settings.access_token_format not in FORMATS:
        yield "access_token_format", "Choose one of the formats."
    for name in ("access_token_algorithm", "id_token_algorithm"):
        if getattr(settings, name) not in ALGORITHMS:
            yield name, "Choose one of the algorithms."


def _grant_problems(settings: KeySettings) -> Iterable[tuple[str, str]]:
    grants = settings.grant_types
    if not grants <= frozenset(GRANT_TYPES):
        yield "grant_types", "Choose from the grant types listed."
    elif not grants - {"refresh_token"}:
        yield "grant_types", "Choose at least one of Code, Password, Client Credentials and Device."
    elif grants == {"refresh_token", "client_credentials"}:
        yield "grant_types", "Refresh Token needs Code, Password or Device beside it."
    elif settings.type == "public" and "client_credentials" in grants:
        yield "grant_types", "Client Credentials needs a secret, which a public client cannot keep."


def _lifetime_problems(settings: KeySettings) -> Iterable[tuple[str, str]]:
    for name, lifetime in LIFETIMES.items():
        if not lifetime.least <= getattr(settings, name) <= lifetime.most:
            yield name, f"Enter {lifetime.least:,} to {lifetime.most:,} seconds."


def _callback_problems(
    settings: KeySettings, uris: tuple[str, ...], objection: Callable[[str], str | None]
) -> Iterable[tuple[str, str]]:
    if "authorization_code" in settings.grant_types and not uris:
        yield "redirect_uris.0", "Enter at least one callback URL: the Code grant type needs it."
    if len(uris) > MOST_CALLBACK_URLS:
        yield "redirect_uris", f"At most {MOST_CALLBACK_URLS} callback URLs are possible."
    for line, uri in enumerate(uris):
        found = "This callback URL is listed twice." if uri in uris[:line] else objection(uri)
        if found:
            yield f"redirect_uris.{line}", found


def _logout_problems(
    settings: KeySettings, objection: Callable[[str], str | None]
) -> Iterable[tuple[str, str]]:
    returns = settings.post_logout_redirect_uris
    if len(returns) > MOST_CALLBACK_URLS:
        yield "post_logout_redirect_uris", f"At most {MOST_CALLBACK_URLS} URLs are possible."
    for line, uri in enumerate(returns, 1):
        found = "It is listed twice." if uri in returns[: line - 1] else objection(uri)
        if found:
            yield "post_logout_redirect_uris", f"Line {line}: {found}"
    uri = settings.backchannel_logout_uri
    if uri:
        found = objection(uri)
        if found is None and not uri.lower().startswith(("https://", "http://")):
            found = "It has to be an https address: the server itself calls it."
        if found:
            yield "backchannel_logout_uri", found


def consumer_key(random: bytes) -> str:
    """Return a consumer key (28 letters, digits and underscores, ending in a) from 32 bytes."""
    number = int.from_bytes(random, "big")
    digits = []
    for _ in range(_KEY_DIGITS):
        number, digit = divmod(number, len(_KEY_ALPHABET))
        digits.append(_KEY_ALPHABET[digit])
    return "".join(digits) + "a"


def old_secret_end(live_secrets: int, overlap: str, now: int) -> int | None:
    """Return when the secrets that live now end, given that a new one is being made.

    ``None`` when each keeps its own end. Raises ``Invalid`` for an unknown overlap and
    ``Conflict`` when a further secret would make more than ``MOST_LIVE_SECRETS`` live ones.
    """
    if overlap not in OVERLAPS:
        raise Invalid({"overlap": "Choose how long the old secrets go on working."})
    lasting = OVERLAPS[overlap]
    if lasting != 0 and live_secrets >= MOST_LIVE_SECRETS:
        raise Conflict(
            f"{MOST_LIVE_SECRETS} secrets are live already. Revoke one of them first, "
            "or let them all end now."
        )
    return None if lasting is None else now + lasting


def new_secret_end(wanted: NewSecret, now: int) -> int | None:
    """Return when a new secret ends, ``None`` for never. Raises ``Invalid``."""
    problems = {}
    if wanted.life not in LIVES:
        problems["life"] = "Choose how long the secret works."
    if len(wanted.name) > LONGEST_SECRET_NAME:
        problems["name"] = f"At most {LONGEST_SECRET_NAME} characters."
    elif not wanted.name.isprintable():
        problems["name"] = "Use letters, digits, spaces and punctuation only."
    if problems:
        raise Invalid(problems)
    life = LIVES[wanted.life]
    return None if life is None else now + life


def check_revocation(live_secrets: int) -> None:
    """Raise ``Conflict`` if the secret to be revoked is the last live one."""
    if live_secrets <= 1:
        raise Conflict(
            "This is the only live secret. Generate a new one and let this one end now, "
            "or delete the keys."
        )
