"""Web Authentication: what browsers are asked for, and whether what they answer proves anything.

The library that checks signatures takes long to import and is imported by the first answer, in a
thread of its own like every check.
"""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog

from gatelodge.identity.errors import PasskeyRefused
from gatelodge.identity.factors import Passkey, Person
from gatelodge.oauth import digests
from gatelodge.settings import Secrets

T = TypeVar("T")

Options = Mapping[str, object]
"""The JSON form of creation or request options (Web Authentication section 5.1.8)."""

CHALLENGE_BYTES = 32
LONGEST_ANSWER = 16_384
_PATIENCE_MS = 300_000
_ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256

_log = structlog.get_logger(__name__)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new credential's public half."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    single_device: bool


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that was right."""

    sign_count: int
    verified: bool


class Ceremonies:
    """Makes options and checks answers for one site; ``issuer`` is its address."""

    def __init__(self, issuer: str, name: str, secrets: Secrets) -> None:
        self._origin = issuer
        self._rp_id = urlsplit(issuer).hostname or ""
        self._name = name
        self._key = secrets.derive("passkey-user-handles")

    def creation_options(
        self, person: Person, account: str, challenge: bytes, existing: Sequence[Passkey]
    ) -> Options:
        """Return what a browser is asked when a passkey is to be made for ``account``."""
        # The handle says nothing to who reads it, and a device keeps one passkey for it.
        handle = digests.digest(self._key, f"{person.kind}:{person.id}".encode())
        return {
            "rp": {"id": self._rp_id, "name": self._name},
            "user": {"id": _text(handle), "name": account, "displayName": account},
            "challenge": _text(challenge),
            "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in _ALGORITHMS],
            "timeout": _PATIENCE_MS,
            "excludeCredentials": _described(existing),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "preferred",
            },
            "attestation": "none",
        }

    def request_options(self, challenge: bytes, allowed: Sequence[Passkey] | None) -> Options:
        """Return what a browser is asked at a sign-in.

        Without ``allowed`` the passkey is all that is proven, so that its holder has to unlock it.
        """
        return {
            "challenge": _text(challenge),
            "rpId": self._rp_id,
            "timeout": _PATIENCE_MS,
            "allowCredentials": _described(allowed or ()),
            "userVerification": "required" if allowed is None else "preferred",
        }

    async def check_new(self, answer: str, challenge: bytes) -> Made:
        """Return the public half of a passkey that was made. Raises ``PasskeyRefused``."""

        def check() -> Made:
            import webauthn  # noqa: PLC0415 - see the head of this file

            made = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
            )
            return Made(
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                single_device=made.credential_device_type == "single_device",
            )

        return await _checked(check, answer)

    async def check_signature(
        self, answer: str, challenge: bytes, passkey: Passkey, *, alone: bool
    ) -> Signed:
        """Return what a signature of this passkey proves. Raises ``PasskeyRefused``.

        ``alone``: nothing else was proven, so that its holder must have unlocked it.
        """

        def check() -> Signed:
            import webauthn  # noqa: PLC0415 - see the head of this file

            signed = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=alone,
            )
            return Signed(sign_count=signed.new_sign_count, verified=signed.user_verified)

        return await _checked(check, answer)


def credential_of(answer: str) -> bytes:
    """Return which credential an answer says it is of. Raises ``PasskeyRefused``."""
    try:
        raw_id = msgspec.json.decode(answer[:LONGEST_ANSWER], type=_Named).rawId
        return urlsafe_b64decode(raw_id + "=" * (-len(raw_id) % 4))
    except (msgspec.MsgspecError, ValueError):
        raise PasskeyRefused from None


class _Named(msgspec.Struct):
    rawId: str  # noqa: N815 - the specification's name


async def _checked(check: Callable[[], T], answer: str) -> T:
    if len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused
    try:
        return await asyncio.to_thread(check)
    except Exception as error:  # noqa: BLE001 - the library's parsers raise all kinds, see below
        # The library's parsers raise all kinds of errors; each means that nothing was proven.
        _log.info("passkey_refused", cause=type(error).__name__)
        raise PasskeyRefused from None


def _described(passkeys: Sequence[Passkey]) -> list[dict[str, Any]]:
    return [{"type": "public-key", "id": _text(each.credential_id)} for each in passkeys]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
