"""What an act changed, for the activity log: a thing's named fields before and after it.

Fields are named one by one: a field that somebody adds to a record stays out of the log until it is
named here, so that a digest, a hash or a sealed value cannot get in by being new.
"""

from collections.abc import Mapping, Sequence

import msgspec

from gatelodge.catalog.apis import Api
from gatelodge.catalog.applications import Application
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.identity.consents import Consent
from gatelodge.identity.developers import Developer
from gatelodge.identity.factors import Factors
from gatelodge.identity.linked import LinkedIdentity
from gatelodge.identity.personal_tokens import PersonalToken
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client, ClientSecret

SHOWN: Mapping[type[msgspec.Struct], Sequence[str]] = {
    Application: ("owner_id", "name", "description", "quota", "state"),
    Api: (
        "name",
        "version",
        "context",
        "state",
        "default_version",
        "production_upstream",
        "sandbox_upstream",
        "plans",
        "scopes",
        "sensitive_scopes",
    ),
    Consent: ("scopes",),
    Client: (
        "type",
        "authentication",
        "jwks",
        "jwks_uri",
        "grant_types",
        "redirect_uris",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "require_pkce",
        "access_token_format",
        "access_token_algorithm",
        "id_token_algorithm",
        "code_lifetime",
        "access_token_lifetime",
        "refresh_token_lifetime",
        "sign_in_lifetime",
    ),
    Developer: ("email", "name", "roles", "state"),
    Factors: ("totp", "passkeys", "recovery_codes"),
    LinkedIdentity: ("issuer", "label"),
    PersonalToken: ("name", "tail", "scopes", "expires_at"),
    ClientSecret: ("name", "tail", "created_at", "expires_at"),
    Session: ("auth_time", "amr", "address", "user_agent"),
    Subscription: ("api_id", "plan", "state", "approved_scopes"),
    User: ("login_name", "state"),
}
"""The fields of each record that the activity log shows."""

Thing = msgspec.Struct | Mapping[str, object] | None
Values = dict[str, object]


class Difference(msgspec.Struct, frozen=True):
    """Plain JSON; ``None`` where there was nothing before, or is nothing after."""

    before: Values | None = None
    after: Values | None = None


def difference(before: Thing, after: Thing) -> Difference:
    """Return the shown fields that differ; all of them of what is new or gone.

    Of mappings everything is shown.
    """
    old, new = _values(before), _values(after)
    if old is None or new is None:
        return Difference(before=old, after=new)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return Difference(
        before={name: old.get(name) for name in names},
        after={name: new.get(name) for name in names},
    )


def _values(thing: Thing) -> Values | None:
    if thing is None:
        return None
    if isinstance(thing, msgspec.Struct):
        thing = {name: getattr(thing, name) for name in SHOWN[type(thing)]}
    values: Values = msgspec.to_builtins(dict(thing), order="deterministic")
    return values
