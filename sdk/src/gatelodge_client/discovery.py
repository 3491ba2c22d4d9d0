"""Reads an authorization server's metadata (OpenID Connect Discovery, RFC 8414)."""

import time

import httpx2
import msgspec

from gatelodge_client import repeating
from gatelodge_client.errors import SettingsError
from gatelodge_client.flow import Flow
from gatelodge_client.retrying import Retrying
from gatelodge_client.settings import Settings

_PATH = "/.well-known/openid-configuration"


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    token_endpoint: str
    authorization_endpoint: str = ""
    device_authorization_endpoint: str = ""
    revocation_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


def discovered(settings: Settings, issuer: str) -> Flow[Settings]:
    """Return ``settings`` with the addresses that ``issuer`` publishes.

    The document must name the issuer it was asked of (RFC 8414 section 3.3).
    """
    request = httpx2.Request("GET", issuer.rstrip("/") + _PATH)
    answer = yield from repeating.asked(request, Retrying(), is_repeatable=True, now=time.time)
    try:
        found = msgspec.json.decode(answer.content if answer.is_success else b"", type=_Metadata)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{issuer} publishes no metadata", hint="Give each URL.") from error
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise SettingsError(f"The metadata of {issuer} is that of {found.issuer}")
    return msgspec.structs.replace(
        settings,
        issuer=found.issuer,
        token_url=found.token_endpoint,
        authorize_url=found.authorization_endpoint or settings.authorize_url,
        device_url=found.device_authorization_endpoint or settings.device_url,
        revoke_url=found.revocation_endpoint or settings.revoke_url,
        require_iss=found.authorization_response_iss_parameter_supported,
    )
