"""Blocks that nobody can run here (a service, a proxy, a clone): checked by what reads them."""

import configparser
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from unittest import mock

import typer.main
import yaml

from gatelodge import settings
from gatelodge.cli.main import app
from tests.flows.guide import Block

_SECRET_VARIABLE = re.compile(r'client_secret_env = "(\w+)"')
_UPSTREAM = re.compile(r"^\s*reverse_proxy (\S+)$", re.MULTILINE)


def check(block: Block, folder: Path, targets: set[str]) -> None:
    """Fail unless the block is what its language says; ``targets`` are the Makefile's."""
    if block.language == "toml":
        _settings(block.text, folder / "gatelodge.toml")
    elif block.language == "sh":
        _commands(block.text, targets)
    elif block.language == "ini":
        _unit(block.text)
    elif block.language == "yaml":
        yaml.safe_load(block.text)
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "caddyfile":
        default = settings.Settings()
        assert _UPSTREAM.findall(block.text) == [f"{default.host}:{default.port}"]
    else:
        raise AssertionError(f"{block.language}: nothing runs or checks this\n{block.text}")


def _settings(text: str, path: Path) -> None:
    """Have the product read the settings, with every variable set that they name."""
    path.write_text(text, encoding="utf-8")
    with mock.patch.dict(os.environ, dict.fromkeys(_SECRET_VARIABLE.findall(text), "secret")):
        settings.read(path)


def _unit(text: str) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    gatelodge(shlex.split(parser["Service"]["ExecStart"])[1:])


def _commands(text: str, targets: set[str]) -> None:
    """Have bash parse the commands; ours, and make's, must exist with the options they get."""
    subprocess.run(["/bin/bash", "-n", "-c", text], check=True)
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words and Path(words[0]).name == "gatelodge":
            gatelodge(words[1:])
        elif words and words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, line


def gatelodge(words: list[str]) -> None:
    """Fail unless ``gatelodge`` has the command that ``words`` name, with these options."""
    command = typer.main.get_command(app)
    for word in words:
        known = {option for parameter in command.params for option in parameter.opts}
        assert not word.startswith("-") or word.partition("=")[0] in known, f"{words}: {word}"
        command = getattr(command, "commands", {}).get(word, command)
    assert not hasattr(command, "commands"), f"no command: {words}"
