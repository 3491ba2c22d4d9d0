"""Developers and users in a store, for tests of what hangs on them."""

from sqlalchemy import Connection, insert

from gatelodge.identity.developers import Developer
from gatelodge.oauth.clients import Client
from gatelodge.storage import clients, developers, schema

NOW = 1_800_000_000


def developer(id_: int = 1, email: str = "dev@example.com", **changed: object) -> Developer:
    """Return an active developer."""
    fields: dict[str, object] = {
        "id": id_,
        "email": email,
        "name": "Dev",
        "roles": frozenset({"developer"}),
        "state": "active",
        "password_hash": None,
        "created_at": NOW,
    }
    return Developer(**(fields | changed))  # type: ignore[arg-type]  # the fields of above


def add_people(conn: Connection) -> None:
    """Store the developer 1 and, in account 571700, the users 22 (jsmith) and 23 (ajones)."""
    developers.add(conn, developer())
    account = {"id": 571_700, "name": "Vonage", "status": "ACTIVE", "address": {}}
    conn.execute(insert(schema.accounts), account)
    conn.execute(insert(schema.users), [_user(22, "jsmith"), _user(23, "ajones")])


def _user(id_: int, login: str, **changed: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": id_,
        "account_id": 571_700,
        "login_name": login,
        "email": f"{login}@example.com",
        "first_name": "First",
        "last_name": "Last",
        "contact_numbers": [],
        "role": "member",
        "state": "active",
        "password_hash": None,
    }
    return fields | changed


def add_user(conn: Connection, id_: int, login: str, email: str) -> None:
    """Store one more user."""
    conn.execute(insert(schema.users), _user(id_, login, email=email))


def add_client(conn: Connection, client_row: int, application_id: int = 5) -> None:
    """Store an application of developer 1 with a client."""
    application = {
        "id": application_id,
        "owner_id": 1,
        "name": f"Application {application_id}",
        "name_folded": f"application {application_id}",
        "description": "",
        "quota": "Unlimited",
        "state": "active",
        "created_at": NOW,
        "updated_at": NOW,
    }
    conn.execute(insert(schema.applications), application)
    client = Client(
        id=client_row,
        client_id=f"Key{client_row}a",
        application_id=application_id,
        application_name="",
        owner_name="",
        environment="production",
        grant_types=frozenset(),
        redirect_uris=(),
        created_at=NOW,
    )
    clients.add(conn, client)
