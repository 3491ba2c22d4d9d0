"""Forms that browsers send: read once, strictly, with every limit before the parsing."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from gatelodge.web.http import BODY_LIMIT, BadRequest, ClientGone, HttpError, TooLarge

MAX_FIELDS = 256
_MEDIA_TYPE = "application/x-www-form-urlencoded"


class WrongMediaType(HttpError):
    """The body is not a form (RFC 9110 section 15.5.16)."""

    status = 415

    def __init__(self) -> None:
        super().__init__(f"Send the form as {_MEDIA_TYPE}.")


class Form:
    """A form's fields by name, each with all its values in the order sent."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def one(self, name: str, default: str = "") -> str:
        """Return a field's only value. Raises ``BadRequest`` if it was sent more than once."""
        values = self._fields.get(name, ())
        if len(values) > 1:
            raise BadRequest("A field of the form came twice.")
        return values[0] if values else default

    def all(self, name: str) -> Sequence[str]:
        """Return every value of a field that may have several, such as check boxes."""
        return self._fields.get(name, ())

    def __contains__(self, name: str) -> bool:
        return name in self._fields


async def read_form(request: Request, limit: int = BODY_LIMIT) -> Form:
    """Read a urlencoded body of at most ``limit`` bytes.

    Raises ``WrongMediaType``, ``TooLarge``, ``ClientGone``, and ``BadRequest`` for bytes that are
    not UTF-8, a NUL character or too many fields.
    """
    return Form(_fields(await read_body(request, limit)))


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """Return a urlencoded body as it came. Raises ``WrongMediaType``, ``TooLarge``, ``ClientGone``.

    For endpoints that read the parameters by rules of their own.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise WrongMediaType
    read = bytearray()
    try:
        async for chunk in request.stream():
            read += chunk
            if len(read) > limit:
                raise TooLarge(f"The form may have at most {limit} bytes.")
    except ClientDisconnect:
        raise ClientGone from None
    return bytes(read)


def _fields(body: bytes) -> Mapping[str, Sequence[str]]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:  # too many fields, or bytes that are no UTF-8
        raise BadRequest("The form cannot be read.") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise BadRequest("The form contains a NUL character.")
        fields.setdefault(name, []).append(value)
    return fields
