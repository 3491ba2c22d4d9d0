"""The developer's personal access token: kept beside the profile's secrets, one for each server.

Owns where it is looked for: the variable first, then the store of the profile.
"""

import hashlib
import os
import sys
from urllib.parse import urlsplit

import typer

from gatelodge_client.cli import chosen, screen
from gatelodge_client.cli.asking import secret
from gatelodge_client.cli.chosen import Chosen
from gatelodge_client.errors import SignInRequired

VARIABLE = "LODGE_PERSONAL_ACCESS_TOKEN"
PAGE = "/account/access-tokens"


def personal_token(found: Chosen) -> str:
    """Return the personal access token for a profile's server; raises ``SignInRequired``."""
    given = os.environ.get(VARIABLE, "").strip()
    kept = given or (found.store.load(_key(found)) or b"").decode()
    if not kept:
        raise SignInRequired(
            f"There is no personal access token for {_origin(found)}",
            hint=f"Make one at {_origin(found)}{PAGE}, then: lodge login --developer",
        )
    return kept


def ensured(found: Chosen) -> str:
    """Return the personal access token, asked for and kept where there is none yet."""
    try:
        return personal_token(found)
    except SignInRequired:
        if not sys.stdin.isatty():
            raise
    screen.say(f"Make a personal access token at {_origin(found)}{PAGE} and paste it here.")
    text = secret("Personal access token: ", "--password-stdin", is_piped=False).reveal()
    keep(found, text)
    return text.strip()


def sign_in(context: typer.Context, *, is_piped: bool) -> None:
    """Keep a personal access token for the profile's server."""
    found = chosen.chosen(context)
    if not is_piped:
        screen.say(f"Make a personal access token at {_origin(found)}{PAGE} and paste it here.")
    keep(found, secret("Personal access token: ", "--password-stdin", is_piped=is_piped).reveal())
    screen.done(f"Kept a personal access token for {_origin(found)} in {found.store.where}.")


def keep(found: Chosen, text: str) -> None:
    """Store a personal access token."""
    found.store.save(_key(found), text.strip().encode())


def sign_out(context: typer.Context) -> None:
    """Forget the personal access token; only its owner can revoke it, in the portal."""
    found = chosen.chosen(context)
    forget(found)
    screen.done(f"Forgot the personal access token for {_origin(found)}.")
    screen.say(f"It still works elsewhere; revoke it at {_origin(found)}{PAGE}.", "dim")


def forget(found: Chosen) -> None:
    """Forget what is stored for a profile's server."""
    found.store.delete(_key(found))


def described(found: Chosen) -> str:
    """Return where there is one, in a word."""
    if os.environ.get(VARIABLE, "").strip():
        return f"from {VARIABLE}"
    return "yes" if found.store.load(_key(found)) else "no"


def _key(found: Chosen) -> str:
    parts = f"personal access token\n{_origin(found)}"
    return hashlib.sha256(parts.encode()).hexdigest()[:40]


def _origin(found: Chosen) -> str:
    parts = urlsplit(found.profile.base_url)
    return f"{parts.scheme}://{parts.netloc}"
