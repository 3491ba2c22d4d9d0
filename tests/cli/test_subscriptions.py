"""``gatelodge subscriptions``: who is subscribed, and what a publisher says of it."""

import asyncio

from gatelodge.catalog.applications import Draft
from gatelodge.cli.installation import opened
from gatelodge.operations import applications
from gatelodge.operations import subscriptions as acts
from gatelodge.operations.actor import Act, command_line
from gatelodge.settings import read
from gatelodge.storage import apis, developers
from gatelodge.storage.connections import Connection
from tests.cli.installing import WEATHER, Commands, write

GUARDED = (
    WEATHER
    + """\
components:
  securitySchemes:
    oauth:
      type: oauth2
      x-sensitive-scopes: [erase]
      flows: {clientCredentials: {tokenUrl: "https://x.example/token", scopes: {erase: Erase}}}
"""
)


async def subscribe() -> None:
    """Let a developer subscribe an application to the API, as the portal does."""

    def work(conn: Connection, act: Act) -> None:
        owner = developers.find_by_email(conn, "dev@example.com")
        assert owner is not None
        draft = Draft(name="Clouds [/red]", description="", quota="Unlimited")
        made = applications.create(conn, act, owner.id, draft)
        (api,) = apis.all(conn)
        acts.subscribe(conn, act, made.id, api.id, "Standard")

    async with opened(read(None)) as installation:
        act = Act(actor=command_line("root"), now=1, ids=installation.store.ids)
        await installation.store.write(work, act)


def test_scopes_are_approved_and_subscribers_shut_out(commands: Commands) -> None:
    """Listed with what waits; approved, taken back, blocked; what makes no sense is refused."""
    name = write("openapi.yaml", GUARDED)
    at = ("--context", "/weather", "--upstream", "http://127.0.0.1:9000")
    assert commands.run("apis", "publish", name, *at).exit_code == 0
    assert "need approval     erase" in commands.run("apis", "show", "weather").stdout
    assert "Nobody is subscribed" in commands.run("subscriptions", "list", "weather").stdout
    assert commands.run("developers", "invite", "dev@example.com").exit_code == 0
    asyncio.run(subscribe())
    listed = commands.run("subscriptions", "list", "weather").stdout
    assert all(word in listed for word in ("Clouds [/red]", "dev@example.com", "active", "erase"))
    assert "subscription.add" in commands.run("audit", "list").stdout
    (one,) = commands.json("subscriptions", "list", "weather")
    number = str(one["id"])
    assert one["waiting_scopes"] == ["erase"]
    wrong = commands.run("subscriptions", "approve", number, "write")
    assert (wrong.exit_code, "erase" in wrong.stderr) == (2, True)
    said = commands.run("subscriptions", "approve", number, "erase").stdout
    assert said == "The subscription is active; approved scopes: erase.\n"
    said = commands.run("subscriptions", "withdraw", number, "erase").stdout
    assert said == "The subscription is active; approved scopes: none.\n"
    assert commands.json("subscriptions", "block", number)["state"] == "blocked"
    assert commands.json("subscriptions", "unblock", number)["state"] == "active"
    assert commands.run("subscriptions", "unblock", number).exit_code == 1
