"""Consumer keys: generate, show, change, delete; secrets; test tokens."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.management import applications, matching
from gatelodge.management import key_shapes as shapes
from gatelodge.management.call import Answer, Call, Operation
from gatelodge.management.paging import Items
from gatelodge.oauth.clients import Client
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.operations import credentials as acts
from gatelodge.operations import test_tokens
from gatelodge.operations.credentials import Target
from gatelodge.storage import clients
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store

PATH = f"{applications.ONE}/keys"
ONE = f"{PATH}/{{environment}}"
Mint = Callable[[Client, str], Awaitable[TokenAnswer]]
"""Issues an access token that stands for a client itself, with a scope."""


class Keys:
    """The operations on keys; ``digest_key`` is as in ``operations.credentials``."""

    def __init__(self, store: Store, digest_key: bytes, mint: Mint) -> None:
        self._store = store
        self._digest_key = digest_key
        self._mint = mint

    def list_keys(self, conn: Connection, call: Call) -> Answer:
        """List an application's keys, production first."""
        found = clients.of_application(conn, applications.of(conn, call).id)
        return Answer(value=Items(items=[shapes.shown(one) for one in found]))

    def generate_keys(self, conn: Connection, call: Call) -> Answer:
        """Generate an application's consumer key and secret for one environment."""
        values = msgspec.structs.asdict(call.body)
        environment = values.pop("environment")
        target = _target(call, environment)
        issued = acts.generate(conn, call.act, self._digest_key, target, KeySettings(**values))
        made = shapes.shown(issued.client)
        return Answer(
            value=shapes.KeysMade(key=made, consumer_secret=issued.consumer_secret),
            tagged=made,
            location=f"{applications.PATH}/{target.application_id}/keys/{environment}",
        )

    def show_key(self, conn: Connection, call: Call) -> Answer:
        """Show a consumer key with its settings."""
        found = shapes.shown(_of(conn, call))
        return Answer(value=found, tagged=found)

    def change_key(self, conn: Connection, call: Call) -> Answer:
        """Change settings of a consumer key; its type stays."""
        before = _of(conn, call)
        matching.check(call, shapes.shown(before))
        wanted = {
            name: value
            for name, value in msgspec.structs.asdict(call.body).items()
            if value is not msgspec.UNSET
        }
        settings = KeySettings(**(shapes.settings(before) | wanted))
        after = shapes.shown(acts.change_settings(conn, call.act, _target(call), settings))
        return Answer(value=after, tagged=after)

    def delete_keys(self, conn: Connection, call: Call) -> Answer:
        """Delete a consumer key with its secrets; its tokens end at once."""
        matching.check(call, shapes.shown(_of(conn, call)))
        acts.delete(conn, call.act, _target(call))
        return Answer()

    def list_secrets(self, conn: Connection, call: Call) -> Answer:
        """List a key's secrets by their last letters, the newest first."""
        return Answer(value=Items(items=shapes.secrets_shown(_of(conn, call).secrets)))

    def add_secret(self, conn: Connection, call: Call) -> Answer:
        """Generate a further consumer secret."""
        wanted = NewSecret(**msgspec.structs.asdict(call.body))
        target = _target(call)
        issued = acts.add_secret(conn, call.act, self._digest_key, target, wanted)
        newest = shapes.secret_shown(max(issued.client.secrets, key=lambda secret: secret.id))
        return Answer(
            value=shapes.SecretMade(secret=newest, consumer_secret=issued.consumer_secret)
        )

    def revoke_secret(self, conn: Connection, call: Call) -> Answer:
        """Revoke one of several consumer secrets."""
        acts.revoke_secret(conn, call.act, _target(call), call.row("secret_id", "secret"))
        return Answer()

    async def mint(self, call: Call) -> Call:
        """Issue the test token before it is written down."""
        target, asked = _target(call), call.body.scope.split()
        ready = await self._store.read(test_tokens.ready, call.act, target, asked)
        minted = await self._mint(ready.client, ready.scope)
        return msgspec.structs.replace(call, minted=minted)

    def issue_test_token(self, conn: Connection, call: Call) -> Answer:
        """Issue an access token for the application itself, to try an API with."""
        minted = call.minted
        assert minted is not None, "mint runs before"  # noqa: S101 - tells the type, not the world
        acts.note_test_token(conn, call.act, _target(call), minted.scope)
        return Answer(
            value=shapes.TestToken(
                access_token=minted.access_token,
                token_type=minted.token_type,
                scope=minted.scope,
                expires_in=minted.expires_in,
            )
        )

    def operations(self) -> Sequence[Operation]:
        """Return the table's lines."""
        return (*self._about_keys(), *self._about_one_key(), *self._about_secrets())

    def _about_keys(self) -> Sequence[Operation]:
        return (
            Operation(
                method="GET",
                path=PATH,
                scope="keys:read",
                unit=self.list_keys,
                answer=Items[shapes.KeyShown],
            ),
            Operation(
                method="POST",
                path=PATH,
                scope="keys:write",
                unit=self.generate_keys,
                body=shapes.NewKeys,
                answer=shapes.KeysMade,
                status=201,
                tagged=True,
            ),
        )

    def _about_one_key(self) -> Sequence[Operation]:
        return (
            Operation(
                method="GET",
                path=ONE,
                scope="keys:read",
                unit=self.show_key,
                answer=shapes.KeyShown,
                tagged=True,
            ),
            Operation(
                method="PATCH",
                path=ONE,
                scope="keys:write",
                unit=self.change_key,
                body=shapes.KeyChange,
                answer=shapes.KeyShown,
                matched=True,
                tagged=True,
            ),
            Operation(
                method="DELETE",
                path=ONE,
                scope="keys:write",
                unit=self.delete_keys,
                status=204,
                matched=True,
            ),
        )

    def _about_secrets(self) -> Sequence[Operation]:
        return (
            Operation(
                method="GET",
                path=f"{ONE}/secrets",
                scope="keys:read",
                unit=self.list_secrets,
                answer=Items[shapes.SecretShown],
            ),
            Operation(
                method="POST",
                path=f"{ONE}/secrets",
                scope="keys:write",
                unit=self.add_secret,
                body=shapes.SecretWanted,
                answer=shapes.SecretMade,
                status=201,
            ),
            Operation(
                method="DELETE",
                path=f"{ONE}/secrets/{{secret_id}}",
                scope="keys:write",
                unit=self.revoke_secret,
                status=204,
            ),
            Operation(
                method="POST",
                path=f"{ONE}/test-tokens",
                scope="keys:write",
                unit=self.issue_test_token,
                body=shapes.Asked,
                answer=shapes.TestToken,
                prepare=self.mint,
            ),
        )


def _target(call: Call, environment: str | None = None) -> Target:
    return Target(
        application_id=call.row("application_id", "application"),
        environment=call.path["environment"] if environment is None else environment,
    )


def _of(conn: Connection, call: Call) -> Client:
    return acts.find(conn, call.act, _target(call))
