"""``gatelodge init``: writes a settings file in which every setting is explained."""

import json
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import typer
from rich.console import Console

from gatelodge.cli.installation import DEFAULT_CONFIG, fail
from gatelodge.settings import every

_HEAD = """\
# Settings of this Gatelodge installation.
# Every line below shows a default; uncomment what you change. An environment variable wins over
# this file: GATELODGE_PORT=9000 overrides port. A wrong value is reported with its setting's name.
"""


def init(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write the file.")
    ] = DEFAULT_CONFIG,
) -> None:
    """Write a commented settings file; an existing one is left alone."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(commented_settings())
    except FileExistsError:
        fail(f"{path} exists already; it was left as it is.")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    console = Console(highlight=False)
    console.print(f"Wrote [bold]{path}[/]. Start with: [bold]gatelodge serve[/]")


def commented_settings() -> str:
    """Return the file's text: every setting with its meaning and its default, commented out."""
    parts = [_HEAD]
    for setting in every():
        meaning = "\n".join(f"# {line}" for line in wrap(setting.description, 96))
        parts.append(f"{meaning}\n# {setting.name} = {toml_value(setting.default)}\n")
    return "\n".join(parts)


def toml_value(value: object) -> str:
    """Return a setting's default as TOML writes it."""
    return json.dumps(str(value) if isinstance(value, Path) else value)
