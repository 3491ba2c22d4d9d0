"""What there is to subscribe to: APIs with their documents, plans, and quotas."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import NoSuch
from gatelodge.catalog.names import folded
from gatelodge.catalog.quotas import QUOTAS
from gatelodge.management import paging
from gatelodge.management.call import Answer, Call, Operation
from gatelodge.management.paging import Items
from gatelodge.management.shown import row
from gatelodge.storage import apis, plans
from gatelodge.storage.connections import Connection


class ApiShown(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an API; ``context`` is its path at the gateway, ``scopes`` its own.

    Sensitive scopes need a publisher's approval for each subscription.
    """

    id: str
    name: str
    version: str
    context: str
    description: str
    state: str
    default_version: bool
    plans: Sequence[str]
    scopes: Mapping[str, str]
    sensitive_scopes: Sequence[str]


class LimitShown(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``limit`` calls in any ``period`` seconds; null means no limit."""

    name: str
    limit: int | None
    period: int
    description: str


def shown(api: Api) -> ApiShown:
    """Return an API as it is answered: nothing of what lies behind the gateway."""
    return ApiShown(
        id=row(api.id),
        name=api.name,
        version=api.version,
        context=api.context,
        description=api.description,
        state=api.state,
        default_version=api.default_version,
        plans=api.plans,
        scopes=api.scopes,
        sensitive_scopes=sorted(api.sensitive_scopes),
    )


def list_apis(conn: Connection, call: Call) -> Answer:
    """List the APIs that are published or deprecated, the oldest first."""
    page, words = paging.read(call.query), folded(call.query.get("search", ""))
    listed = sorted((api for api in apis.all(conn) if _listed(api, words)), key=lambda api: api.id)
    found = [api for api in listed if page.row is None or api.id > page.row]
    items = [shown(api) for api in found[: page.limit]]
    following = paging.following([api.id for api in found], page)
    return Answer(value=Items(items=items, next_cursor=following))


def show_api(conn: Connection, call: Call) -> Answer:
    """Show an API."""
    found = shown(_offered(conn, call))
    return Answer(value=found, tagged=found)


def show_api_document(conn: Connection, call: Call) -> Answer:
    """Show the OpenAPI document of an API as it was published."""
    text = apis.document(conn, _offered(conn, call).id) or "{}"
    return Answer(value=msgspec.Raw(text.encode()))


def list_plans(conn: Connection, _: Call) -> Answer:
    """List the plans of the installation."""
    items = [
        LimitShown(name=one.name, limit=one.limit, period=one.period, description=one.description)
        for one in plans.all(conn)
    ]
    return Answer(value=Items(items=items))


def list_quotas(_: Connection, __: Call) -> Answer:
    """List the per-token quotas an application may have."""
    items = [
        LimitShown(name=one.name, limit=one.limit, period=one.period, description=one.description)
        for one in QUOTAS.values()
    ]
    return Answer(value=Items(items=items))


def _listed(api: Api, words: str) -> bool:
    text = folded(f"{api.name} {api.version} {api.context} {api.description}")
    return api.state in {"published", "deprecated"} and words in text


def _offered(conn: Connection, call: Call) -> Api:
    api = apis.find(conn, call.row("api_id", "API"))
    if api is None or api.state == "created":
        raise NoSuch("API")
    return api


OPERATIONS: Sequence[Operation] = (
    Operation(
        method="GET",
        path="/apis",
        scope="apis:read",
        unit=list_apis,
        answer=Items[ApiShown],
        query=(*paging.PARAMETERS, "search"),
    ),
    Operation(
        method="GET",
        path="/apis/{api_id}",
        scope="apis:read",
        unit=show_api,
        answer=ApiShown,
        tagged=True,
    ),
    Operation(
        method="GET",
        path="/apis/{api_id}/openapi.json",
        scope="apis:read",
        unit=show_api_document,
        answer=dict[str, Any],
    ),
    Operation(
        method="GET", path="/plans", scope="apis:read", unit=list_plans, answer=Items[LimitShown]
    ),
    Operation(
        method="GET", path="/quotas", scope="apis:read", unit=list_quotas, answer=Items[LimitShown]
    ),
)
