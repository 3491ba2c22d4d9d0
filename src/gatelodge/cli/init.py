"""``gatelodge init``: writes a settings file in which every setting is explained."""

import json
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import typer
from pydantic.fields import FieldInfo
from rich.console import Console

from gatelodge.cli.installation import DEFAULT_CONFIG, fail
from gatelodge.settings import Settings

_HEAD = """\
# Settings of this Gatelodge installation.
# Every line below shows a default; uncomment what you change. An environment variable wins over
# this file: GATELODGE_PORT=9000 overrides port. A wrong value is reported with its setting's name.
"""


def init(
    path: Annotated[Path, typer.Argument(help="Where to write the file.")] = DEFAULT_CONFIG,
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
    for name, field in Settings.model_fields.items():
        meaning = "\n".join(f"# {line}" for line in wrap(field.description or "", 96))
        parts.append(f"{meaning}\n# {name} = {toml_default(field)}\n")
    return "\n".join(parts)


def toml_default(field: FieldInfo) -> str:
    """Return a setting's default as TOML writes it."""
    default = field.get_default()
    return json.dumps(str(default) if isinstance(default, Path) else default)
