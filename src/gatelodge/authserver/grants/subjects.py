"""The user behind a grant, looked at anew every time something is issued for them."""

from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client
from gatelodge.oauth.codes import Code
from gatelodge.oauth.device import Allowance
from gatelodge.oauth.errors import InvalidGrant
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.oauth.tokens import Subject
from gatelodge.storage import sessions
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live


async def of_code(store: Store, live: Live, code: Code) -> Subject:
    """Return the user a code stands for.

    Raises ``InvalidGrant`` if the user has signed out or was disabled, or if user or client were
    revoked since. The family is left out: only a replay of this very code can have ended it by
    now, and then exactly one request still gets an answer, with tokens that are dead already.
    """
    user = await _user(live, code.user_id)
    session = await store.read(sessions.find, code.session_id)
    revoked = live.revoked(
        access_token_id=code.id,
        family_id=None,
        client_row=code.client_row,
        user_id=code.user_id,
    )
    signed_out = session is None or session.subject_id != code.user_id
    if revoked or signed_out or user is None or user.state != "active":
        raise InvalidGrant("Expired or Revoked authorization code received from token request")
    return Subject(
        user_id=user.id,
        login_name=user.login_name,
        account_id=user.account_id,
        family_id=code.family_id,
        auth_time=code.auth_time,
        amr=code.amr,
        nonce=code.nonce,
        session_id=code.session_id,
    )


async def of_device(live: Live, client: Client, allowance: Allowance) -> Subject:
    """Return the user who allowed a device's request.

    Raises ``InvalidGrant`` if the user was disabled, or if user or client were revoked since.
    """
    user = await _user(live, allowance.user_id)
    revoked = live.revoked(
        access_token_id=allowance.family_id,
        family_id=allowance.family_id,
        client_row=client.id,
        user_id=allowance.user_id,
    )
    if revoked or user is None or user.state != "active":
        raise InvalidGrant("Expired or Revoked device code received from token request")
    return Subject(
        user_id=user.id,
        login_name=user.login_name,
        account_id=user.account_id,
        family_id=allowance.family_id,
        auth_time=allowance.auth_time,
        amr=allowance.amr,
    )


async def of_refresh_token(live: Live, row: RefreshToken) -> Subject:
    """Return the user a refresh token stands for.

    Raises ``InvalidGrant`` if the user was disabled; revocations were looked at by the rotation.
    """
    user = await _user(live, row.user_id)
    if user is None or user.state != "active":
        raise InvalidGrant("Invalid refresh token state")
    return Subject(
        user_id=user.id,
        login_name=user.login_name,
        account_id=user.account_id,
        family_id=row.family_id,
        auth_time=row.auth_time,
        amr=row.amr,
        session_id=row.session_id,
    )


async def _user(live: Live, user_id: int) -> User | None:
    return live.peek_user(user_id) or await live.user(user_id)
