"""The seven things that can be read, each as a HAL document."""

import msgspec

from gatelodge.directory.errors import NotInDirectory
from gatelodge.directory.parameters import (
    read_extension_name,
    read_extension_query,
    read_id,
    read_user_query,
)
from gatelodge.provisioning.answers import Embedded, EmbeddedPage, paged, whole
from gatelodge.provisioning.cache import DirectoryCache
from gatelodge.storage import directory_extensions, directory_users
from gatelodge.storage.engine import Store


class Asked(msgspec.Struct, frozen=True):
    """One call: the caller's account, its address, the last path segment, and the query."""

    account_id: int
    href: str
    item: str
    query: bytes


class Resources:
    """Reads for one account at a time. Each raises ``NotInDirectory`` for what is not there."""

    def __init__(self, store: Store, cache: DirectoryCache) -> None:
        self._store = store
        self._cache = cache

    async def account(self, asked: Asked) -> Embedded:
        """Return the account."""
        found = await self._cache.account(asked.account_id)
        if found is None:
            raise NotInDirectory("Account not found")
        return whole(asked.href, "account", found)

    async def locations(self, asked: Asked) -> Embedded:
        """Return every location of the account."""
        found = await self._cache.locations(asked.account_id)
        return whole(f"{asked.href}/locations", "locations", found)

    async def location(self, asked: Asked) -> Embedded:
        """Return one location."""
        location_id = read_id(asked.item)
        for location in await self._cache.locations(asked.account_id):
            if location.id == location_id:
                return whole(f"{asked.href}/locations/{location_id}", "location", location)
        raise NotInDirectory("Location not found")

    async def extensions(self, asked: Asked) -> EmbeddedPage:
        """Return one page of the extensions. Raises ``InvalidParameters``."""
        wanted = read_extension_query(asked.query)
        found = await self._store.read(
            directory_extensions.list_extensions, asked.account_id, wanted.chosen, wanted.page
        )
        href = f"{asked.href}/extensions"
        return paged(href, wanted.page, wanted.chosen, found.total, found.items)

    async def extension(self, asked: Asked) -> Embedded:
        """Return one extension by ``external_id`` or ``extension_number``."""
        name = read_extension_name(asked.item)
        if name is None:
            raise NotInDirectory("Extension not found")
        find = directory_extensions.find_extension
        found = await self._store.read(find, asked.account_id, name)
        if found is None:
            raise NotInDirectory("Extension not found")
        return whole(f"{asked.href}/extensions/{name}", "extension", found)

    async def users(self, asked: Asked) -> EmbeddedPage:
        """Return one page of the users. Raises ``InvalidParameters``."""
        wanted = read_user_query(asked.query)
        found = await self._store.read(
            directory_users.list_users, asked.account_id, wanted.chosen, wanted.page
        )
        href = f"{asked.href}/users"
        return paged(href, wanted.page, wanted.chosen, found.total, found.items)

    async def user(self, asked: Asked) -> Embedded:
        """Return one user."""
        user_id = read_id(asked.item)
        if user_id is None:
            raise NotInDirectory("User not found")
        found = await self._store.read(directory_users.find_user, asked.account_id, user_id)
        if found is None:
            raise NotInDirectory("User not found")
        return whole(f"{asked.href}/users/{user_id}", "user", found)
