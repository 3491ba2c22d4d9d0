"""Write docs/reference from the code, or with --check say which pages no longer say the truth."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import typer.main

from gatelodge import providers
from gatelodge.cli.init import toml_value
from gatelodge.cli.main import app
from gatelodge.gateway import errors as gateway_errors
from gatelodge.gateway.upstreams import faults as upstream_faults
from gatelodge.oauth import errors as oauth_errors
from gatelodge.settings import CREDENTIAL, PREFIX, SECRET_VARIABLE, every
from gatelodge_client.cli import developer, exits
from gatelodge_client.cli import main as lodge
from gatelodge_client.cli import profile as lodge_profile
from scripts import endpoints

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
MADE = "<!-- Written by `make reference` from the code; edit the code instead. -->\n"


def page(title: str, opening: str, *parts: str) -> str:
    """Return a page with its title, the note that it is made, and its parts."""
    return "\n\n".join([f"# {title}", MADE.strip(), opening, *parts]) + "\n"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; bars and line breaks in cells are made harmless."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines)


def cell(text: str) -> str:
    """Return text as one table cell."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def settings_page() -> str:
    """Every setting: name, environment variable, default, meaning."""
    rows = [
        (
            f"`{setting.name}`",
            f"`{PREFIX}{setting.name.upper()}`",
            f"`{toml_value(setting.default)}`",
            setting.description,
        )
        for setting in every()
    ]
    return page(
        "Settings",
        "One TOML file (`gatelodge.toml` in the current directory, or `--config`) and environment "
        "variables. A variable wins over the file, an option of the command over both. "
        "`gatelodge init` writes a commented file.",
        table(("setting", "variable", "default", "meaning"), rows),
        f"The installation's secret (64 hexadecimal digits) comes from the variable "
        f"`{SECRET_VARIABLE}`, from `secret_key_file`, or from the systemd credential "
        f"`{CREDENTIAL}`; without one of them it is kept in `secret.key` in the data directory, "
        "made at the first start. See [Signing keys](../guides/signing-keys.md#the-secret).",
        "## Sign-in providers",
        "Each `[[providers]]` table of the file names an OpenID provider that people may sign in "
        "with; see [the guide](../guides/sign-in-with-your-provider.md).",
        table(
            ("key", "default", "meaning"),
            [
                (
                    f"`{key.name}`",
                    "required" if key.required else f"`{json.dumps(key.default)}`",
                    key.description,
                )
                for key in providers.table_keys()
            ],
        ),
    )


def commands_page() -> str:
    """Every command of the command line with its arguments and options."""
    root = typer.main.get_command(app)
    return page("Commands", plain(root.help), *commands("gatelodge", root))


def lodge_page() -> str:
    """Every command of ``lodge``, its exit codes and variables."""
    root = typer.main.get_command(lodge.app)
    options = [(f"`{spelled(each)}`", explained(each)) for each in root.params]
    codes = [(f"{code}", meaning) for code, meaning in exits.MEANINGS.items()]
    variables = (
        ("`GATELODGE_HOME`", "The directory of profiles and, without a keyring, of tokens."),
        ("`LODGE_PROFILE`", "The profile to work with, as --profile."),
        (f"`{lodge_profile.SECRET_VARIABLE}`", "The consumer secret, for `lodge profile add`."),
        (f"`{developer.VARIABLE}`", "The personal access token; wins over the stored one."),
        (f"`{lodge.DEBUG_VARIABLE}`", "Set: a fault of lodge itself prints its traceback."),
        ("`NO_COLOR`", "Set: no colours. Where nobody looks there are none anyway."),
    )
    return page(
        "lodge",
        "The command line of the distribution `gatelodge-client[cli]`; "
        "[the guide](../guides/lodge.md) begins at the beginning.",
        "## Exit codes",
        table(("code", "means"), codes),
        "## Variables",
        table(("variable", "meaning"), variables),
        "## Options of every command",
        "They stand before the command: `lodge --profile work users list`.",
        table(("option", "meaning"), options),
        *commands("lodge", root),
    )


def commands(name: str, root: Any) -> list[str]:
    """Describe every command below one, in order."""
    return [part for typed, command in leaves(name, root) for part in described(typed, command)]


def leaves(
    name: str, command: Any
) -> list[tuple[str, Any]]:  # typer's own copy of click is private
    """Return every command below this one with its full name; groups come before their commands."""
    below = sorted(getattr(command, "commands", {}).items())
    return [
        found
        for part, inner in below
        for found in ((f"{name} {part}", inner), *leaves(f"{name} {part}", inner))
    ]


def described(name: str, command: Any) -> list[str]:
    """Return a command's heading, what it does, how it is typed and what its options mean."""
    if hasattr(command, "commands"):
        return [f"## {name}", plain(command.help)]
    parameters = [parameter for parameter in command.params if not parameter.hidden]
    rows = [(f"`{spelled(each)}`", explained(each)) for each in parameters if each.name != "help"]
    typed = " ".join(
        [name, *(spelled(each) for each in parameters if is_argument(each)), "[OPTIONS]"]
    )
    options = [table(("argument or option", "meaning"), rows)] if rows else []
    return [f"### {name}", plain(command.help), f"    {typed}", *options]


def is_argument(parameter: Any) -> bool:
    """Tell a positional argument from an option."""
    return bool(parameter.param_type_name == "argument")


def spelled(parameter: Any) -> str:
    """Return how a parameter is typed on the command line."""
    if is_argument(parameter):
        name = parameter.metavar or parameter.name.upper()
        return str(name if parameter.required else f"[{name}]")
    return ", ".join(parameter.opts + parameter.secondary_opts)


def explained(parameter: Any) -> str:
    """Return a parameter's meaning with its default and its variable, where it has them."""
    default = parameter.default
    notes = ["required"] if parameter.required and not is_argument(parameter) else []
    if (
        default not in (None, False, True, (), [])
        and not callable(default)
        and not parameter.required
    ):
        notes.append(f"default: `{default}`")
    if parameter.envvar:
        notes.append(f"variable: `{parameter.envvar}`")
    meaning = plain(parameter.help or "")
    return f"{meaning} ({'; '.join(notes)})" if notes else meaning


def plain(text: str | None) -> str:
    """Return help text without the terminal's markup, one line for each paragraph."""
    paragraphs = re.split(r"\n\s*\n", re.sub(r"\[/?[a-z ]*\]", "", text or ""))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def errors_page() -> str:
    """Every error code: OAuth's, then the gateway's."""
    found = [each for each in vars(oauth_errors).values() if is_oauth_error(each)]
    rows = [(f"`{each.code}`", str(each.status), each.default, first(each)) for each in found]
    return page(
        "Error codes",
        "What a caller may meet, and what it means.",
        "## OAuth endpoints",
        'JSON as RFC 6749 section 5.2 has it: `{"error": ..., "error_description": ...}`. Several '
        "reasons share a code, as the RFC asks; the description says which.",
        table(("error", "status", "description", "when"), rows),
        "## Gateway",
        "Codes and texts of WSO2 API Manager. The setting `fault_format` chooses between the "
        'bodies of its version 4 (`{"code": "900901", "message": ..., "description": ...}`) and '
        'of its version 3 (`{"fault": {"code": 900901, ...}}`).',
        table(("code", "status", "message", "when"), faults(gateway_errors, upstream_faults)),
    )


def endpoints_page() -> str:
    """Every path the program answers: endpoints for programs, then pages for people."""
    machine, pages = endpoints.endpoints_and_pages()
    rows = [
        (f"`{each.path}`", each.methods, each.meaning, ", ".join(f"`{a}`" for a in each.aliases))
        for each in machine
    ]
    return page(
        "Endpoints",
        f"What the program answers by itself, where the tenant is `{endpoints.TENANT}`. Everything "
        "else below `/t/` is the gateway's: `/t/TENANT/CONTEXT/...` and "
        "`/t/TENANT/CONTEXT/VERSION/...` for each API that is published.",
        "## For programs",
        table(("path", "methods", "what it is", "also at"), rows),
        "## The management API",
        "JSON for a developer's own programs, with a personal access token; described as OpenAPI "
        "3.1 at `/api/v1/openapi.json`.",
        table(
            ("path", "method", "what it does"),
            [(f"`{o.path}`", o.methods, o.meaning) for o in endpoints.management_operations()],
        ),
        "## For people",
        "HTML pages; forms carry a CSRF value and answer a POST with a redirect.",
        table(
            ("path", "methods", "what it does"),
            [(f"`{p.path}`", p.methods, p.meaning) for p in pages],
        ),
    )


def faults(*modules: ModuleType) -> list[tuple[str, str, str, str]]:
    """Return a row for each exception of the modules that has a code of its own, by code."""
    refusals: list[Any] = [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Exception) and "code" in vars(each)
    ]
    found = [
        (f"`{each.code}`", str(each.status), getattr(each, "message", "Runtime Error"), first(each))
        for each in refusals
    ]
    return sorted(found)


def is_oauth_error(value: object) -> bool:
    """Tell whether this is one of the protocol's error classes, their base not included."""
    base = oauth_errors.OAuthError
    return isinstance(value, type) and issubclass(value, base) and value is not base


def first(described_class: type) -> str:
    """Return the first paragraph of a docstring as Markdown."""
    return plain((described_class.__doc__ or "").split("\n\n")[0]).replace("``", "`")


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "lodge.md": lodge_page,
    "endpoints.md": endpoints_page,
    "errors.md": errors_page,
}


def main() -> int:
    """Write the pages, or compare them; return how many differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    stale = 0
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path.name} differs from the code: run `make reference`", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    return stale if check else 0


if __name__ == "__main__":
    sys.exit(main())
