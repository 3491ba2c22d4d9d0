"""One-time codes from an authenticator app: TOTP (RFC 6238) over HOTP (RFC 4226 section 5.3).

SHA-1, six digits and 30 seconds are what every app understands, and several ignore anything else.
"""

import hmac
from base64 import b32encode
from urllib.parse import quote, urlencode

STEP = 30
"""How long, in seconds, a code is shown."""

DIGITS = 6
DRIFT = 1
"""How many steps a device's clock may be off, in either direction (RFC 6238 section 5.2)."""

SECRET_BYTES = 20


def code(secret: bytes, step: int) -> str:
    """Return the code of one time step (RFC 4226 section 5.3: dynamic truncation)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def looks_like_code(typed: str) -> bool:
    """Say whether somebody typed such a code, with or without blanks, and nothing else."""
    digits = "".join(typed.split())
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit()


def matching_step(secret: bytes, typed: str, now: int, last_step: int) -> int | None:
    """Return the step a typed code belongs to, ``None`` if it is no code of now.

    Steps up to ``last_step`` are spent: a code counts once (RFC 6238 section 5.2).
    """
    digits = "".join(typed.split()).encode()
    current = now // STEP
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        right = hmac.compare_digest(code(secret, step).encode(), digits)
        if right and step > last_step:
            found = step
    return found


def readable(secret: bytes) -> str:
    """Return a secret as people type it into an app: base 32 in groups of four."""
    text = b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, issuer: str, person: str) -> str:
    """Return the ``otpauth`` address that apps read from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(person, safe='@')}"
    secret_text = b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret_text, 'issuer': issuer})}"
