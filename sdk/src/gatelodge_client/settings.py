"""Which server, which application: frozen values, each address apart.

VBC's token host and API host differ for some accounts, so nothing is derived that was given.
"""

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from gatelodge_client.errors import SettingsError
from gatelodge_client.secret import Secret

ClientAuth = Literal["basic", "post"]
_PLAIN_HOSTS = {"localhost", "127.0.0.1", "::1"}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """An application at a server.

    ``base_url`` is the API's host and where the other addresses are when they are not given.
    ``client_id`` and ``client_secret`` are the consumer key and secret; without a secret the
    application is a public client. ``client_auth`` says where the secret travels: in the
    Authorization header, or in the body. ``issuer`` (the origin of ``authorize_url`` unless
    given) is compared with a redirect's ``iss``, which must be there with ``require_iss``.
    ``allow_http`` lets secrets travel in the clear to other machines than this one; only a private
    test network is a reason.
    """

    base_url: str
    client_id: str
    client_secret: Secret | str | None = None
    tenant: str = "vbc.prod"
    token_url: str = ""
    authorize_url: str = ""
    device_url: str = ""
    revoke_url: str = ""
    issuer: str = ""
    require_iss: bool = False
    scope: str = "openid"
    client_auth: ClientAuth = "basic"
    allow_http: bool = False

    def __post_init__(self) -> None:
        base = self.base_url.rstrip("/")
        for name, default in (
            ("base_url", base),
            ("token_url", f"{base}/token"),
            ("authorize_url", f"{base}/authorize"),
            ("device_url", f"{base}/device_authorization"),
            ("revoke_url", f"{base}/revoke"),
        ):
            address = default if name == "base_url" else getattr(self, name) or default
            msgspec.structs.force_setattr(self, name, address)
            if not self.allow_http:
                _check(name, address)
        if not self.issuer:
            origin = urlsplit(self.authorize_url)
            msgspec.structs.force_setattr(self, "issuer", f"{origin.scheme}://{origin.netloc}")
        if not self.client_id:
            raise SettingsError("client_id is empty", hint="It is the application's consumer key.")
        if isinstance(self.client_secret, str):
            hidden = Secret(self.client_secret) if self.client_secret else None
            msgspec.structs.force_setattr(self, "client_secret", hidden)

    @property
    def secret(self) -> str:
        """The consumer secret as it is sent; empty for a public client."""
        held = self.client_secret
        return held.reveal() if isinstance(held, Secret) else ""


def _check(name: str, address: str) -> None:
    """Refuse an address that would send secrets in the clear to another machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in _PLAIN_HOSTS:
        return
    raise SettingsError(
        f"{name} is {address!r}",
        hint="Use https; plain http is for this machine only (localhost, 127.0.0.1).",
    )
