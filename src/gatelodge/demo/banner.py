"""What a start of the demo prints: who can sign in where, and lines to paste."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from gatelodge.demo import credentials
from gatelodge.demo.lines import Line, call_lines, sign_in_address, token_lines


def show(console: Console, origin: str, tenant: str) -> None:
    """Print everything for the demo served at ``origin`` (``http://localhost:8080``)."""
    console.print(_people(tenant))
    console.print(f"Developers sign in at {origin}, users where an application sends them.")
    console.print("\n[bold]Get an access token[/], three ways")
    _paste(console, token_lines(origin, tenant))
    _paste(console, [Line("Code, in a browser", sign_in_address(origin))])
    console.print("\n[bold]Call the Provisioning API[/]")
    _paste(console, call_lines(origin, tenant))


def _people(tenant: str) -> Table:
    # As wide as 80 columns allow; on a narrower terminal values go on in the next line, whole.
    table = Table("", "name", "password", box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    user, other = f"{credentials.USER_LOGIN}@{tenant}", f"{credentials.OTHER_LOGIN}@{tenant}"
    rows = (
        ("Developer", credentials.DEVELOPER_EMAIL, credentials.DEVELOPER_PASSWORD),
        ("Administrator", credentials.ADMINISTRATOR_EMAIL, credentials.ADMINISTRATOR_PASSWORD),
        ("User of account 571700", user, credentials.USER_PASSWORD),
        ("User of account 571701", other, credentials.USER_PASSWORD),
        ("Consumer key", credentials.CONSUMER_KEY, ""),
        ("Consumer secret", credentials.CONSUMER_SECRET, ""),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _paste(console: Console, lines: Sequence[Line]) -> None:
    # Neither wrapped nor coloured: what is pasted has to be one line, exactly as written.
    for line in lines:
        console.print(f"# {line.title}", style="dim", markup=False, highlight=False)
        console.print(line.text, soft_wrap=True, markup=False, highlight=False)
