"""Publishes the Provisioning API in the demo."""

import json

import msgspec

from gatelodge.catalog import openapi
from gatelodge.catalog.apis import Api
from gatelodge.demo.start import Start
from gatelodge.storage import apis, changes, plans
from gatelodge.storage.connections import Connection

CONTEXT = "/provisioning"
UPSTREAM = "app:provisioning"
"""The name the gateway mounts the application under."""


def ensure(conn: Connection, start: Start) -> int:
    """Publish it as its document describes it, and return its id.

    An API that is there already keeps its state and plans, but follows a newer document.
    """
    plans.ensure_standard(conn)
    described = openapi.read(json.loads(start.document))
    found = apis.find_version(conn, CONTEXT, described.version)
    if found is not None:
        if apis.document(conn, found.id) != start.document:
            newer = msgspec.structs.replace(
                found,
                description=described.description,
                operations=described.operations,
                scopes=described.scopes,
            )
            apis.replace(conn, newer, start.document)
            changes.append(conn, "api", 0)
        return found.id
    api = Api(
        id=start.ids.next(),
        name=described.name,
        version=described.version,
        context=CONTEXT,
        description=described.description,
        state="published",
        default_version=True,
        production_upstream=UPSTREAM,
        sandbox_upstream=UPSTREAM,
        plans=tuple(plan.name for plan in plans.all(conn)),
        operations=described.operations,
        scopes=described.scopes,
        created_at=start.now,
    )
    apis.add(conn, api, start.document)
    changes.append(conn, "api", 0)
    return api.id
