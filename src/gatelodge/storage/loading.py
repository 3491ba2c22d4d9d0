"""How the live caches read what they hold; apart from them, so that they know no tables."""

from sqlalchemy import Connection

from gatelodge.storage import apis, applications, clients, plans, subscriptions, users
from gatelodge.storage.live import ApplicationView, Loaders


def application(conn: Connection, application_id: int) -> ApplicationView | None:
    """Return an application with its subscriptions by API id."""
    found = applications.find(conn, application_id)
    if found is None:
        return None
    subscribed = subscriptions.of_application(conn, application_id)
    return ApplicationView(
        application=found, subscriptions={each.api_id: each for each in subscribed}
    )


LOADERS = Loaders(
    client=clients.find_by_client_id,
    application=application,
    user=users.find,
    apis=apis.all,
    plans=plans.all,
)
"""Reads from the tables."""
