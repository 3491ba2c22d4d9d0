"""What a start of the demo prints: who can sign in where, and lines to paste."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from gatelodge.demo import credentials
from gatelodge.demo.lines import Line, call_lines, sign_in_address, token_lines


def show(console: Console, origin: str, tenant: str) -> None:
    """Print everything for the demo served at ``origin`` (``http://localhost:8080``)."""
    console.print(_people(origin, tenant))
    console.print("[bold]Get an access token[/] (three ways)")
    _paste(console, token_lines(origin, tenant))
    _paste(console, [Line("Code, in a browser", sign_in_address(origin))])
    console.print("[bold]Call the Provisioning API[/]")
    _paste(console, call_lines(origin, tenant))


def _people(origin: str, tenant: str) -> Table:
    table = Table("", "name", "password", "where", box=None, pad_edge=False)
    rows = (
        ("Developer", credentials.DEVELOPER_EMAIL, credentials.DEVELOPER_PASSWORD, origin),
        (
            "Administrator",
            credentials.ADMINISTRATOR_EMAIL,
            credentials.ADMINISTRATOR_PASSWORD,
            origin,
        ),
        (
            "User, administrator of account 571700",
            f"{credentials.USER_LOGIN}@{tenant}",
            credentials.USER_PASSWORD,
            "sign-in page of applications",
        ),
        (
            "User of account 571701",
            f"{credentials.OTHER_LOGIN}@{tenant}",
            credentials.USER_PASSWORD,
            "sign-in page of applications",
        ),
        (
            f"{credentials.APPLICATION}: key and secret",
            credentials.CONSUMER_KEY,
            credentials.CONSUMER_SECRET,
            f"{origin}/token",
        ),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _paste(console: Console, lines: Sequence[Line]) -> None:
    # Neither wrapped nor coloured: what is pasted has to be one line, exactly as written.
    for line in lines:
        console.print(f"# {line.title}", style="dim", markup=False, highlight=False)
        console.print(line.text, soft_wrap=True, markup=False, highlight=False)
