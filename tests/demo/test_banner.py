"""What a start of the demo prints can be pasted."""

import io
import shlex
from pathlib import Path

from rich.console import Console

from gatelodge.demo import banner, credentials
from gatelodge.demo.callback import exchange
from gatelodge.demo.lines import call_lines, sign_in_address, token_lines

ORIGIN = "http://localhost:8123"


def printed(width: int) -> str:
    """Return the banner as a terminal of a width gets it."""
    sink = io.StringIO()
    banner.show(Console(file=sink, width=width, highlight=False), ORIGIN, "vbc.prod")
    return sink.getvalue()


def test_every_line_is_printed_whole() -> None:
    """Lines to paste are neither wrapped nor coloured, however narrow the terminal is."""
    lines = printed(40).splitlines()
    for line in (*token_lines(ORIGIN, "vbc.prod"), *call_lines(ORIGIN, "vbc.prod")):
        assert line.text in lines
    assert sign_in_address(ORIGIN) in lines


def test_everybody_who_can_sign_in_is_listed() -> None:
    """The table shows people, passwords, key and secret whole on 80 columns."""
    text = printed(80)
    for words in (
        credentials.DEVELOPER_EMAIL,
        credentials.DEVELOPER_PASSWORD,
        credentials.ADMINISTRATOR_EMAIL,
        credentials.ADMINISTRATOR_PASSWORD,
        "jsmith@vbc.prod",
        "ajones@vbc.prod",
        credentials.USER_PASSWORD,
        credentials.CONSUMER_KEY,
        credentials.CONSUMER_SECRET,
    ):
        assert words in text


def test_the_reference_names_everything_that_is_fixed() -> None:
    """docs/reference/demo.md holds what the banner prints."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "demo.md"
    text = page.read_text(encoding="utf-8")
    fixed = [value for name, value in vars(credentials).items() if name.isupper()]
    assert [v for v in fixed if not v.startswith("$argon2") and f"`{v}`" not in text] == []


def test_the_exchange_command_is_one_safe_command() -> None:
    """Whatever came back as a code, the shell sees it as one word of curl's."""
    evil = "x'; rm -rf / #\n$(id)`id`"
    words = shlex.split(exchange(ORIGIN, evil))
    assert words[0] == "curl"
    assert f"code={evil}" in words
    assert words[-1] == f"{ORIGIN}/token"
    assert words.count("--data-urlencode") == 3
