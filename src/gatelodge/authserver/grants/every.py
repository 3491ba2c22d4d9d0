"""Every grant type the token endpoint answers, by its name on the wire."""

from collections.abc import Mapping

from gatelodge.authserver.context import Context, SignInUser
from gatelodge.authserver.grants import Grant
from gatelodge.authserver.grants.authorization_code import AuthorizationCode
from gatelodge.authserver.grants.client_credentials import ClientCredentials
from gatelodge.authserver.grants.device_code import DeviceCodeGrant
from gatelodge.authserver.grants.password import PasswordGrant
from gatelodge.authserver.grants.refresh_token import RefreshTokenGrant
from gatelodge.authserver.issuing import Issuing
from gatelodge.oauth.device import GRANT_TYPE


def grants(context: Context, sign_in: SignInUser) -> Mapping[str, Grant]:
    """Return what answers each grant type."""
    issuing = Issuing(context)
    return {
        "authorization_code": AuthorizationCode(context, issuing),
        "refresh_token": RefreshTokenGrant(context, issuing),
        GRANT_TYPE: DeviceCodeGrant(context, issuing),
        "client_credentials": ClientCredentials(context, issuing),
        "password": PasswordGrant(context, issuing, sign_in),
    }
