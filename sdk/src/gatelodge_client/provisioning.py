"""Where the Provisioning API has what, and how its questions are put; no I/O."""

from collections.abc import Mapping
from typing import Any, Generic, TypedDict, TypeVar
from urllib.parse import quote

import msgspec

from gatelodge_client.calls import Calling
from gatelodge_client.errors import SettingsError
from gatelodge_client.flow import Flow
from gatelodge_client.models import Account, Extension, Id, Location, Model, User
from gatelodge_client.pages import Page, embedded, page
from gatelodge_client.reading import read
from gatelodge_client.settings import Settings

M = TypeVar("M", bound=Model)


class Kind(msgspec.Struct, Generic[M], frozen=True, kw_only=True):
    """A kind of record: its model, its words on the wire, and whether its list has pages."""

    model: type[M]
    one: str
    many: str
    is_paged: bool = True


ACCOUNT = Kind(model=Account, one="account", many="accounts", is_paged=False)
LOCATION = Kind(model=Location, one="location", many="locations", is_paged=False)
EXTENSION = Kind(model=Extension, one="extension", many="extensions")
USER = Kind(model=User, one="user", many="users")


class Provisioning(msgspec.Struct, frozen=True, kw_only=True):
    """The API at one host for one tenant."""

    settings: Settings
    calling: Calling

    def account(self, account: Id) -> Flow[Account]:
        """Return an account; `self` is the caller's."""
        body = yield from self.calling.json(self._address(account), {})
        return read(Account, embedded(body, ACCOUNT.one))

    def record(self, kind: Kind[M], account: Id, record_id: Id) -> Flow[M]:
        """Return one record of an account."""
        body = yield from self.calling.json(self._address(account, kind.many, record_id), {})
        return read(kind.model, embedded(body, kind.one))

    def page(
        self, kind: Kind[M], account: Id, filters: Mapping[str, str], number: int
    ) -> Flow[Page[M]]:
        """Return one page of a list, counted from 1; the page size is always said."""
        query = {**filters, "page": str(number)} if kind.is_paged else {}
        body = yield from self.calling.json(self._address(account, kind.many), query)
        return page(kind.model, body, kind.many, number)

    def _address(self, *parts: Id) -> str:
        base = f"{self.settings.base_url}/t/{self.settings.tenant}/provisioning/v1/api/accounts"
        return "/".join((base, *(_segment(part) for part in parts)))


def _segment(part: Id) -> str:
    """Return an id as one path segment; a dot segment would be another address."""
    text = quote(str(part), safe="")
    if not text or set(text) == {"."}:
        raise SettingsError(f"{part!r} is no id")
    return text


class ExtensionFilters(TypedDict, total=False):
    """What extensions can be looked for by; all that are given are to be met."""

    location_id: Id | None
    phone_number: str | None
    login_name: str | None
    email: str | None


class UserFilters(TypedDict, total=False):
    """What users can be looked for by; all that are given are to be met."""

    first_name: str | None
    last_name: str | None
    login_name: str | None
    email: str | None


def extension_query(page_size: int, wanted: ExtensionFilters) -> dict[str, str]:
    """Return the query of a list of extensions."""
    return _query(page_size, wanted, ExtensionFilters.__annotations__)


def user_query(page_size: int, wanted: UserFilters) -> dict[str, str]:
    """Return the query of a list of users."""
    return _query(page_size, wanted, UserFilters.__annotations__)


def _query(page_size: int, wanted: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, str]:
    """Return a query; a misspelt filter is refused here, for servers ignore it and answer all."""
    unknown = sorted(wanted.keys() - known.keys())
    if unknown:
        raise TypeError(f"no such filter: {', '.join(unknown)}; there are {', '.join(known)}")
    asked = {name: str(value) for name, value in wanted.items() if value is not None}
    return {"page_size": str(page_size), **asked}
