"""Where an API is found: below its tenant, at the gateway, and in the portal."""

from urllib.parse import quote

from gatelodge.catalog.apis import Api


def contexts(api: Api) -> tuple[str, ...]:
    """Return the paths below the tenant at which an API answers, the version's own first."""
    bare = "/" + api.context.strip("/")
    versioned = f"{bare}/{api.version}"
    return (versioned, bare) if api.default_version else (versioned,)


def paths(api: Api, tenant: str) -> tuple[str, ...]:
    """Return the gateway's paths of an API, the version's own first."""
    return tuple(f"/t/{tenant}{context}" for context in contexts(api))


def page(api: Api) -> str:
    """Return the path of an API's page; a context of several segments is written with ``~``."""
    slug = quote(api.context.strip("/").replace("/", "~"), safe="~")
    return f"/apis/{slug}/{quote(api.version, safe='')}"
