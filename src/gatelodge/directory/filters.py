"""What a list may be narrowed to. Text is compared whole, letters in either case."""

import msgspec

PHONE_PUNCTUATION = str.maketrans("", "", "+-(). ")


class ExtensionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which extensions of an account are asked for; ``None`` asks for all.

    ``phone_number`` holds digits only; ``login_name`` and ``email`` are those of the user.
    """

    location_id: int | None = None
    phone_number: str | None = None
    login_name: str | None = None
    email: str | None = None


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which users of an account are asked for; ``None`` asks for all."""

    first_name: str | None = None
    last_name: str | None = None
    login_name: str | None = None
    email: str | None = None


def digits(written: str) -> str | None:
    """Return a phone number's digits, ``None`` when it holds anything but digits and ``+-(). ``."""
    bare = written.translate(PHONE_PUNCTUATION)
    return bare if bare.isascii() and bare.isdigit() else None
