"""Registers the demo's application and subscribes it to the Provisioning API."""

from gatelodge.catalog.applications import Application
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.demo import credentials
from gatelodge.demo.start import Start
from gatelodge.storage import applications, subscriptions
from gatelodge.storage.connections import Connection

UNLIMITED = "Unlimited"
"""The quota of the application and the plan of its subscription: nobody is throttled at first."""


def ensure(conn: Connection, start: Start, developer_id: int, api_id: int) -> int:
    """Register and subscribe it, where either is missing, and return its id."""
    found = applications.find_named(conn, developer_id, credentials.APPLICATION)
    if found is None:
        found = Application(
            id=start.ids.next(),
            owner_id=developer_id,
            name=credentials.APPLICATION,
            description="Made for trying things out: its consumer key and secret are public.",
            quota=UNLIMITED,
            state="active",
            created_at=start.now,
            updated_at=start.now,
        )
        applications.add(conn, found)
    if all(one.api_id != api_id for one in subscriptions.of_application(conn, found.id)):
        subscription = Subscription(
            id=start.ids.next(),
            application_id=found.id,
            api_id=api_id,
            plan=UNLIMITED,
            state="active",
            created_at=start.now,
        )
        subscriptions.add(conn, subscription)
    return found.id
