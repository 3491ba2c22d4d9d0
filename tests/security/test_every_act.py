"""Every way to change something beside the line it leaves in the activity log.

That units of work write their lines is watched in every test (``tests/audited.py``), and what is
stored without one is listed in ``tests/house/test_quiet_writes.py``. Here is the outer side: each
form, operation, endpoint and command is in the table, with its line or the reason for none.
"""

import re
from collections.abc import Iterator

import typer
from typer.main import get_command

from gatelodge.cli.main import app
from scripts.endpoints import endpoints_and_pages, management_operations
from tests.house.sources import ROOT

READS = "none: changes nothing"
ISSUES = "none: issues, which is counted and not written down one by one"
ASKS = "none: begins what another request ends"
COOKIE = "none: a cookie in the browser is all it changes"

KEYS = "/applications/{application_id:int}/keys/{environment}"
SUBSCRIPTIONS = "/applications/{application_id:int}/subscriptions"
ONE = "/api/v1/applications/{application_id}"
TWO_STEP = {
    "app": "totp-add",
    "app/remove": "totp-remove",
    "codes": "recovery-codes",
    "passkeys": "passkey-add",
    "passkeys/remove": "passkey-remove",
    "passkeys/rename": "passkey-rename",
}

PORTAL = {
    "/account/access-tokens": "personal-token.make",
    "/account/access-tokens/revoke": "personal-token.revoke",
    "/account/linked": "developer.link developer.unlink",
    "/account/password": "developer.change-password",
    "/account/sessions": "session.end session.end-others",
    **{f"/account/two-step/{path}": f"developer.{act}" for path, act in TWO_STEP.items()},
    "/apis/{slug}/{version}/subscribe": "subscription.add",
    "/applications/new": "application.create",
    "/applications/{application_id:int}": "application.update",
    "/applications/{application_id:int}/delete": "application.delete",
    KEYS: "keys.generate",
    f"{KEYS}/delete": "keys.delete",
    f"{KEYS}/secrets": "secret.add",
    f"{KEYS}/secrets/revoke": "secret.revoke",
    f"{KEYS}/settings": "keys.change",
    f"{KEYS}/test-token": "keys.test-token",
    SUBSCRIPTIONS: "subscription.add",
    f"{SUBSCRIPTIONS}/plan": "subscription.change",
    f"{SUBSCRIPTIONS}/remove": "subscription.remove",
    "/invite/{invite}": "developer.accept session.start",
    "/login": "session.start",
    "/login/forgot": "developer.ask-reset",
    "/login/link": "developer.link developer.join session.start",
    "/login/reset": "developer.reset-password",
    "/login/second": "session.start developer.recovery-code",
    "/login/with/{provider}": ASKS,
    "/logout": "session.end",
    "/theme": COOKIE,
}
USERS = {
    "/consent": "consent.agree",
    "/device": ASKS,
    "/device/confirm": "device.allow device.deny consent.agree",
    "/me/applications": "consent.withdraw",
    "/me/linked": "user.link user.unlink",
    "/me/password": "user.change-password",
    "/me/sessions": "session.end session.end-others",
    **{f"/me/two-step/{path}": f"user.{act}" for path, act in TWO_STEP.items()},
    "/signin": "session.start",
    "/signin/forgot": "user.ask-reset",
    "/signin/link": "user.link session.start",
    "/signin/reset": "user.reset-password",
    "/signin/second": "session.start user.recovery-code",
    "/signin/with/{provider}": ASKS,
    "/signout": "session.end",
}
ENDPOINTS = {
    "/authorize": ISSUES,
    "/device_authorization": ISSUES,
    "/endsession": "session.end",
    "/introspect": READS,
    "/revoke": "tokens.end-family tokens.end-one",
    "/token": "tokens.end-family",
    "/userinfo": READS,
}
MANAGEMENT = {
    "POST /api/v1/applications": "application.create",
    f"PATCH {ONE}": "application.update",
    f"DELETE {ONE}": "application.delete",
    f"POST {ONE}/keys": "keys.generate",
    f"PATCH {ONE}/keys/{{environment}}": "keys.change",
    f"DELETE {ONE}/keys/{{environment}}": "keys.delete",
    f"POST {ONE}/keys/{{environment}}/secrets": "secret.add",
    f"DELETE {ONE}/keys/{{environment}}/secrets/{{secret_id}}": "secret.revoke",
    f"POST {ONE}/keys/{{environment}}/test-tokens": "keys.test-token",
    f"POST {ONE}/subscriptions": "subscription.add",
    f"PATCH {ONE}/subscriptions/{{subscription_id}}": "subscription.change",
    f"DELETE {ONE}/subscriptions/{{subscription_id}}": "subscription.remove",
}
BY_LINK = {
    "/login/with/{provider}/callback": "developer.sign-in-linked developer.link session.start",
    "/signin/with/{provider}/callback": "user.sign-in-linked user.link session.start",
}
"""What providers send browsers back to: the only pages that act when they are opened."""

COMMANDS = {
    "apis deprecate": "api.deprecate",
    "apis list": READS,
    "apis publish": "api.publish",
    "apis retire": "api.retire",
    "apis show": READS,
    "audit export": READS,
    "audit list": READS,
    "audit verify": READS,
    "backup": READS,
    "developers disable": "developer.disable",
    "developers enable": "developer.enable",
    "developers invite": "developer.invite",
    "developers list": READS,
    "developers reset-factors": "developer.reset-factors",
    "doctor": READS,
    "gateway config": READS,
    "import directory": "directory.import",
    "init": "none: writes a settings file",
    "keys list": READS,
    "keys revoke": "signing-key.revoke",
    "keys rotate": "signing-key.rotate",
    "migrate": "none: changes tables, which the database's history of them tells",
    "restore": "installation.restore",
    "serve": "developer.invite signing-key.schedule",
    "subscriptions approve": "subscription.approve",
    "subscriptions block": "subscription.block",
    "subscriptions list": READS,
    "subscriptions unblock": "subscription.unblock",
    "subscriptions withdraw": "subscription.withdraw",
    "users disable": "user.disable",
    "users enable": "user.enable",
    "users reset-factors": "user.reset-factors",
    "users set-password": "user.set-password",
    "users show": READS,
}
FROM_NOWHERE = {"api.default", "audit.drop"}
"""An operation that no surface offers yet, and what a job does by itself."""

TABLES = (PORTAL, USERS, ENDPOINTS, MANAGEMENT, BY_LINK, COMMANDS)


def _named() -> set[str]:
    lines = [line for table in TABLES for line in table.values()]
    return {act for line in lines if not line.startswith("none: ") for act in line.split()}


def _operations() -> str:
    files = sorted((ROOT / "src/gatelodge/operations").glob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_forms_and_endpoints() -> None:
    """Every path that takes more than GET is in the tables, and nothing else is."""
    endpoints, pages = endpoints_and_pages()
    takes = {one.path for one in [*endpoints, *pages] if "POST" in one.methods}
    known = {*PORTAL, *USERS, *ENDPOINTS}
    assert takes - known == set()
    # What providers bring is there only where one is configured.
    assert {path for path in known - takes if "{provider}" not in path} == set()


def test_operations_of_the_management_api() -> None:
    """Every one that is no GET is in the table."""
    acting = {f"{one.methods} {one.path}" for one in management_operations()}
    assert {one for one in acting if not one.startswith("GET ")} == MANAGEMENT.keys()


def test_commands() -> None:
    """Every command is in the table."""
    assert set(_commands(get_command(app))) == COMMANDS.keys()


def _commands(command: object, path: str = "") -> Iterator[str]:
    if isinstance(command, typer.core.TyperGroup):
        for name, below in command.commands.items():
            yield from _commands(below, f"{path} {name}".strip())
    else:
        yield path


def test_lines_are_written_by_an_operation() -> None:
    """A name in the tables is one that operations write, whole or behind the kind of person."""
    code = _operations()
    missing = [act for act in _named() if not re.search(rf'["}}.]{act.partition(".")[2]}"', code)]
    assert missing == []


def test_what_operations_write_is_in_the_tables() -> None:
    """A line whose act nobody can do is as suspicious as an act without a line."""
    written = set(re.findall(r'"([a-z]+(?:-[a-z]+)?\.[a-z-]+)"', _operations()))
    assert {act for act in written if not act.endswith(".py")} - _named() - FROM_NOWHERE == set()
