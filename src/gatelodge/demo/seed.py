"""Fills a store with the demo tenant. What is there already stays as it is.

A second start adds nothing; only the demo application's callback URL follows the port served, and
its printed secret is made to work again if the installation's own secret is another one by now.
"""

from gatelodge.demo import api, application, client, developers, directory
from gatelodge.demo.start import Start
from gatelodge.storage import changes, locks
from gatelodge.storage.connections import Connection


def seed(conn: Connection, start: Start) -> None:
    """Make sure that all the demo promises is there; one unit of work."""
    locks.take(conn, "installation")
    directory.ensure(conn, start.ids)
    developer_id = developers.ensure(conn, start)
    api_id = api.ensure(conn, start)
    application_id = application.ensure(conn, start, developer_id, api_id)
    client.ensure(conn, start, application_id)
    changes.append(conn, "application", application_id)
