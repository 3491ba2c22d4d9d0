"""Which profile a command works with, and the client made from it."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import typer

from gatelodge_client.cli import screen
from gatelodge_client.client import Client
from gatelodge_client.connecting import Connecting
from gatelodge_client.errors import SettingsError
from gatelodge_client.profiles import Profile, Profiles
from gatelodge_client.session import Session
from gatelodge_client.store.places import Store
from gatelodge_client.tokens import TokenSet

CONNECTING = Connecting(user_agent="lodge")
_FIRST = "lodge profile add NAME --base-url https://api.example.com --client-id KEY"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A profile, its name, and the place of its secrets."""

    name: str
    profile: Profile
    store: Store


def profiles() -> Profiles:
    """Return the profiles of whoever runs the command."""
    return Profiles(notice=screen.say)


def name_given(context: typer.Context) -> str:
    """Return the profile named with --profile or LODGE_PROFILE; empty for the current one."""
    given = context.obj
    return given if isinstance(given, str) else ""


def chosen(context: typer.Context) -> Chosen:
    """Return the profile to work with; raises ``SettingsError`` where there is none."""
    known = profiles()
    name = name_given(context) or known.current()
    if name not in known.names():
        there = ", ".join(known.names())
        raise SettingsError(
            f"There is no profile {name!r}" if name else "There is no profile yet",
            hint=f"Profiles here: {there}." if there else f"Make one: {_FIRST}",
        )
    profile = known.get(name)
    return Chosen(name=name, profile=profile, store=known.store(profile))


@contextmanager
def client(context: typer.Context) -> Iterator[tuple[Client, Chosen]]:
    """Open the client of the chosen profile."""
    found = chosen(context)
    if not found.profile.client_id:
        raise SettingsError(
            f"The profile {found.name} has no consumer key, so nobody can sign in with it",
            hint=f"Give it one: lodge keys generate APPLICATION --save, or {_FIRST}",
        )
    settings, options = profiles().open(found.name)
    with Client(settings, connecting=CONNECTING, **options) as made:
        yield made, found


def held(session: Session) -> TokenSet | None:
    """Return the tokens as they are stored; asks no server."""
    return CONNECTING.run(session.record()).held
