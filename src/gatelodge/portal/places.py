"""Addresses of the portal's own pages."""

from urllib.parse import urlsplit

from gatelodge.catalog import addresses
from gatelodge.catalog.apis import Api

HOME = "/applications"


def application(application_id: int, *parts: str) -> str:
    """Return the address of an application's page."""
    return "/".join((f"/applications/{application_id}", *parts))


def keys(application_id: int, environment: str) -> str:
    """Return the address of an application's keys for one environment."""
    return application(application_id, "keys", environment)


def api(one: Api, *parts: str) -> str:
    """Return the address of an API's page, or of a part of it."""
    return "/".join((addresses.page(one), *parts))


def context(slug: str) -> str:
    """Return the context that an API's address has as ``slug``."""
    return "/" + slug.replace("~", "/")


def local(path: str, default: str = HOME) -> str:
    """Return ``path`` if it leads to a page of this site, and ``default`` otherwise.

    Browsers read a second slash or a backslash as the start of a foreign host, and drop control
    characters before they look.
    """
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return default
    parts = urlsplit(path)
    return default if parts.scheme or parts.netloc else path
