"""The authorization code: short-lived, spent once (RFC 6749 section 4.1, RFC 9700 section 2.1)."""

import msgspec


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An issued code; ``digest`` is keyed, ``scope`` and ``amr`` are space-separated.

    ``family_id`` is fixed when the code is issued, so that a replay can revoke what the first
    redemption minted. ``redirect_uri_sent`` says whether the authorization request named one.
    """

    id: int
    digest: bytes
    client_row: int
    user_id: int
    family_id: int
    redirect_uri: str
    redirect_uri_sent: bool
    scope: str
    code_challenge: str | None
    nonce: str | None
    auth_time: int
    amr: str
    session_id: int
    issued_at: int
    expires_at: int
    spent_at: int | None = None
