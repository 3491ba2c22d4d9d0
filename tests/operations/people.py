"""People with passwords, and a pool that compares them without hashing."""

import msgspec
from sqlalchemy import Connection, insert

from gatelodge.identity.errors import PoolFull
from gatelodge.operations.passwords import PasswordPool
from gatelodge.storage import developers, schema
from tests.operations.conftest import OWNER

JSMITH, AJONES = 22, 23
PASSWORD = "the right password"


class PlainPool(PasswordPool):
    """Compares plain texts, and remembers what it was asked to compare with."""

    def __init__(self) -> None:
        self.compared: list[str | None] = []
        self.full_after = 10_000
        self.refused = 0

    @property
    def full(self) -> bool:
        """Whether it takes no more."""
        return self.full_after <= 0

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Compare."""
        if len(self.compared) >= self.full_after:
            raise PoolFull
        self.compared.append(password_hash)
        return password_hash is not None and password_hash == password


def add_passwords(conn: Connection) -> None:
    """Give the developer OWNER a password, and store the users jsmith and ajones with theirs."""
    owner = developers.find(conn, OWNER)
    assert owner is not None
    developers.replace(conn, msgspec.structs.replace(owner, password_hash=PASSWORD))
    account = {"id": 571_700, "name": "Vonage", "status": "ACTIVE", "address": {}}
    conn.execute(insert(schema.accounts), account)
    for id_, login in ((JSMITH, "jsmith"), (AJONES, "ajones")):
        user = {
            "id": id_,
            "account_id": 571_700,
            "login_name": login,
            "email": f"{login}@example.com",
            "first_name": "First",
            "last_name": "Last",
            "contact_numbers": [],
            "role": "member",
            "state": "active",
            "password_hash": PASSWORD,
        }
        conn.execute(insert(schema.users), user)
