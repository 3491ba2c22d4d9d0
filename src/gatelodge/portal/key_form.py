"""The form of a consumer key's settings: what stands in its fields, right or wrong."""

from collections.abc import Mapping, Sequence

import msgspec

from gatelodge.catalog.credentials import LIFETIMES, MOST_CALLBACK_URLS, KeySettings
from gatelodge.oauth.clients import Client
from gatelodge.web.forms import Form

_OFF_RANGE = -1
_LONGEST_NUMBER = 10
_DEFAULT_SIGN_IN = str(LIFETIMES["sign_in_lifetime"].default)
_GROUPS = {
    "client": ("type", "authentication", "jwks", "jwks_uri"),
    "tokens": ("access_token_format", "access_token_algorithm", "id_token_algorithm", *LIFETIMES),
    "leaving": ("post_logout_redirect_uris", "backchannel_logout_uri"),
}


class KeyForm(msgspec.Struct, frozen=True, kw_only=True):
    """The fields as they are shown; lifetimes and lists the text that was typed."""

    type: str
    authentication: str
    jwks: str
    jwks_uri: str
    grant_types: frozenset[str]
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: str
    backchannel_logout_uri: str
    require_pkce: bool
    access_token_format: str
    access_token_algorithm: str
    id_token_algorithm: str
    code_lifetime: str
    access_token_lifetime: str
    refresh_token_lifetime: str
    sign_in_lifetime: str
    open_groups: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> object:
        """Return a field by name, for templates that loop over names."""
        return getattr(self, name)


def of_settings(settings: KeySettings | Client) -> KeyForm:
    """Return the form that shows ``settings``, with a line for one callback URL at least."""
    return KeyForm(
        type=settings.type,
        authentication=settings.authentication,
        jwks=settings.jwks,
        jwks_uri=settings.jwks_uri,
        grant_types=settings.grant_types,
        redirect_uris=settings.redirect_uris or ("",),
        post_logout_redirect_uris="\n".join(settings.post_logout_redirect_uris),
        backchannel_logout_uri=settings.backchannel_logout_uri,
        require_pkce=settings.require_pkce,
        access_token_format=settings.access_token_format,
        access_token_algorithm=settings.access_token_algorithm,
        id_token_algorithm=settings.id_token_algorithm,
        code_lifetime=str(settings.code_lifetime),
        access_token_lifetime=str(settings.access_token_lifetime),
        refresh_token_lifetime=str(settings.refresh_token_lifetime),
        sign_in_lifetime=str(settings.sign_in_lifetime),
    )


def read(form: Form) -> KeyForm:
    """Return the form as it was sent; empty callback lines are dropped."""
    uris = [uri for uri in (line.strip() for line in form.all("redirect_uris")) if uri]
    return KeyForm(
        type=form.one("type", "confidential"),
        authentication=form.one("authentication", "secret"),
        jwks=form.one("jwks").strip(),
        jwks_uri=form.one("jwks_uri").strip(),
        grant_types=frozenset(form.all("grant_types")),
        redirect_uris=uris or [""],
        post_logout_redirect_uris=form.one("post_logout_redirect_uris"),
        backchannel_logout_uri=form.one("backchannel_logout_uri").strip(),
        require_pkce=form.one("require_pkce") == "yes",
        access_token_format=form.one("access_token_format", "jwt"),
        access_token_algorithm=form.one("access_token_algorithm", "ES256"),
        id_token_algorithm=form.one("id_token_algorithm", "RS256"),
        code_lifetime=form.one("code_lifetime").strip(),
        access_token_lifetime=form.one("access_token_lifetime").strip(),
        refresh_token_lifetime=form.one("refresh_token_lifetime").strip(),
        sign_in_lifetime=form.one("sign_in_lifetime", _DEFAULT_SIGN_IN).strip(),
    )


def settings(form: KeyForm) -> KeySettings:
    """Return what the form asks for, unchecked; a lifetime that is no number is out of range."""
    return KeySettings(
        type=form.type,
        authentication=form.authentication,
        jwks=form.jwks,
        jwks_uri=form.jwks_uri,
        grant_types=form.grant_types,
        redirect_uris=tuple(uri for uri in form.redirect_uris if uri),
        post_logout_redirect_uris=tuple(form.post_logout_redirect_uris.split()),
        backchannel_logout_uri=form.backchannel_logout_uri,
        require_pkce=form.require_pkce,
        access_token_format=form.access_token_format,
        access_token_algorithm=form.access_token_algorithm,
        id_token_algorithm=form.id_token_algorithm,
        code_lifetime=_number(form.code_lifetime),
        access_token_lifetime=_number(form.access_token_lifetime),
        refresh_token_lifetime=_number(form.refresh_token_lifetime),
        sign_in_lifetime=_number(form.sign_in_lifetime),
    )


def edited(form: KeyForm, act: str) -> KeyForm | None:
    """Return the form with a callback line more or less, for buttons that only do that.

    ``None`` when ``act`` is another button. Browsers with a script do this on their own.
    """
    uris = list(form.redirect_uris)
    if act == "add-callback":
        return msgspec.structs.replace(form, redirect_uris=[*uris, ""][:MOST_CALLBACK_URLS])
    name, _, line = act.rpartition("-")
    if name != "remove-callback" or not line.isdecimal():
        return None
    kept = [uri for index, uri in enumerate(uris) if str(index) != line]
    return msgspec.structs.replace(form, redirect_uris=kept or [""])


def opened(form: KeyForm, problems: Mapping[str, str]) -> KeyForm:
    """Return the form with those of its folded groups open that have a problem in them."""
    found = {group for group, names in _GROUPS.items() if any(name in problems for name in names)}
    return msgspec.structs.replace(form, open_groups=frozenset(found))


def _number(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if digits else _OFF_RANGE
