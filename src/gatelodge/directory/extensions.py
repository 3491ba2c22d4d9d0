"""The extension: an internal number of an account, with its phones and outside numbers."""

from msgspec import UNSET, Struct, UnsetType


class Did(Struct, frozen=True, kw_only=True):
    """An outside number (direct inward dialling) that reaches an extension, digits only."""

    phone_number: str
    custom_tag: str | None


class Handset(Struct, frozen=True, kw_only=True):
    """A phone registered for an extension."""

    handset_name: str
    sip_id: str


class ExtensionUser(Struct, frozen=True, kw_only=True):
    """The person an extension belongs to, as far as the extension tells."""

    id: int
    email: str
    login_name: str
    first_name: str
    last_name: str


class Extension(Struct, frozen=True, kw_only=True):
    """An internal number; its fields go over the wire in this order.

    An unset field is left out: ``user`` where the extension belongs to nobody,
    ``service_type_name`` in lists.
    """

    extension_number: str
    user: ExtensionUser | UnsetType = UNSET
    location_id: int
    vtt_enabled: bool
    dnd_enabled: bool
    caller_id: str | None
    external_id: str
    block_caller_id: bool
    dids: tuple[Did, ...]
    extension_handsets: tuple[Handset, ...]
    service_type_name: str | UnsetType = UNSET
