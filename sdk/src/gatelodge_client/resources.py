"""Accounts, locations, extensions and users, for programs without an event loop."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar, Unpack

from gatelodge_client.flow import Flow
from gatelodge_client.models import Account, Extension, Id, Location, Model, User
from gatelodge_client.pages import PAGE_SIZE, Page
from gatelodge_client.provisioning import (
    EXTENSION,
    LOCATION,
    USER,
    ExtensionFilters,
    Kind,
    Provisioning,
    UserFilters,
    extension_query,
    user_query,
)

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Run:
    """Drives flows; what a resource needs of its client."""

    def __init__(self, run: Callable[[Flow[Any]], Any]) -> None:
        self._run = run

    def __call__(self, flow: Flow[T]) -> T:
        """Drive a flow and return its result."""
        done: T = self._run(flow)
        return done


class Listing(Generic[M]):
    """A list that fetches page after page while it is iterated; each iteration starts anew."""

    def __init__(self, run: Run, fetch: Callable[[int], Flow[Page[M]]]) -> None:
        self._run = run
        self._fetch = fetch

    def __iter__(self) -> Iterator[M]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[M]]:
        """Yield whole pages, with the totals the server tells."""
        number, has_next = 1, True
        while has_next:
            page = self._run(self._fetch(number))
            yield page
            number, has_next = number + 1, page.has_next


class Resource:
    """One part of the API."""

    def __init__(self, api: Provisioning, run: Run) -> None:
        self._api = api
        self._run = run

    def _listing(self, kind: Kind[M], account: Id, asked: Mapping[str, str]) -> Listing[M]:
        return Listing(self._run, lambda number: self._api.page(kind, account, asked, number))


class Accounts(Resource):
    """``client.accounts``."""

    def get(self, account: Id = "self") -> Account:
        """Return an account; `self` is the one of the user who signed in."""
        return self._run(self._api.account(account))


class Locations(Resource):
    """``client.locations``."""

    def list(self, *, account: Id = "self") -> Listing[Location]:
        """Return the account's locations, all in one page."""
        return self._listing(LOCATION, account, {})

    def get(self, location_id: Id, *, account: Id = "self") -> Location:
        """Return one location."""
        return self._run(self._api.record(LOCATION, account, location_id))


class Extensions(Resource):
    """``client.extensions``."""

    def list(
        self,
        *,
        account: Id = "self",
        page_size: int = PAGE_SIZE,
        **wanted: Unpack[ExtensionFilters],
    ) -> Listing[Extension]:
        """Return extensions by number.

        Filters by keyword, all optional and all to be met: ``location_id``, ``phone_number``,
        ``login_name``, ``email``. ``page_size`` is 1 to 1000.
        """
        return self._listing(EXTENSION, account, extension_query(page_size, wanted))

    def get(self, external_id: Id, *, account: Id = "self") -> Extension:
        """Return one extension by external id or extension number."""
        return self._run(self._api.record(EXTENSION, account, external_id))


class Users(Resource):
    """``client.users``."""

    def list(
        self, *, account: Id = "self", page_size: int = PAGE_SIZE, **wanted: Unpack[UserFilters]
    ) -> Listing[User]:
        """Return users by id.

        Filters by keyword, all optional and all to be met: ``first_name``, ``last_name``,
        ``login_name``, ``email``. ``page_size`` is 1 to 1000.
        """
        return self._listing(USER, account, user_query(page_size, wanted))

    def get(self, user_id: Id, *, account: Id = "self") -> User:
        """Return one user."""
        return self._run(self._api.record(USER, account, user_id))
