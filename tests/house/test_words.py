"""Words: names that say nothing, places that exist on one machine only, silenced checks."""

import ast
import re
from pathlib import Path

from tests.house.sources import ROOT, Function, listed, product_modules, python_modules, tracked

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "misc"}

# Written in pieces, so that this file does not contain what it forbids.
MACHINE_PATHS = [
    "/" + name + "/" for name in ("work/main", "work/shared", "root", "tmp/gl", "home/user")
]
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
        ("repo1", "maven", "org"),
    )
]
# The lock file is written by uv and says where every archive is.
WITH_HOSTS = {"uv.lock"}

SILENCED = re.compile(
    r"#\s*(?P<what>noqa|type:\s*ignore|pragma:\s*no\s+(?:cover|branch))(?P<rest>[^\n]*)"
)
CODES = re.compile(r"^(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*|\[[a-z0-9, -]+\])")
SHORTEST_REASON = 8


def _texts() -> list[tuple[str, str]]:
    """Every tracked text file: its path from the root and its content."""
    found = []
    for path in tracked():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_no_module_has_an_empty_name() -> None:
    """A module is named after what it owns, never `utils`, `helpers`, `common` and their like."""
    empty = [
        module.name
        for module in python_modules()
        if EMPTY_NAMES & {part.removesuffix(".py") for part in Path(module.name).parts}
    ]
    assert not empty, listed(empty)


def test_no_file_names_a_place_of_one_machine() -> None:
    """No tracked file holds a path of the machine it was written on."""
    named = [(name, place) for name, text in _texts() for place in MACHINE_PATHS if place in text]
    assert not named, listed(named)


def test_no_file_names_a_registry() -> None:
    """Package registries are reached through their clients' own settings, never by a host here."""
    named = [
        (name, host)
        for name, text in _texts()
        for host in REGISTRY_HOSTS
        if host in text and name not in WITH_HOSTS
    ]
    assert not named, listed(named)


def test_every_silenced_check_says_why() -> None:
    """A noqa names its rule, a type: ignore its code, and both the reason, on the same line."""
    bare = [
        f"{module.name}: {match.group(0)}"
        for module in python_modules()
        for match in SILENCED.finditer(module.text)
        if module.name != "tests/house/test_words.py" and not _explained(match)
    ]
    assert not bare, listed(bare)


def _explained(match: re.Match[str]) -> bool:
    rest = match["rest"]
    codes = CODES.match(rest)
    if codes is None and not match["what"].startswith("pragma"):
        return False
    reason = rest[codes.end() if codes else 0 :].strip(" -#:,;")
    return len(reason) >= SHORTEST_REASON


def test_nothing_is_left_for_later() -> None:
    """No function of the product raises NotImplementedError or is an empty promise."""
    promised = [
        f"{module.name}:{node.lineno}"
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]
    assert not promised, listed(promised)


def test_token_never_stands_alone() -> None:
    """Parameters and fields say which token they hold: access, refresh, identity."""
    alone = [
        f"{module.name} {name}"
        for module in product_modules()
        for node in ast.walk(module.tree)
        for name in _named(node)
        if name in {"token", "tokens"}
    ]
    assert not alone, listed(alone)


def _named(node: ast.AST) -> list[str]:
    """Names of a function's parameters, or of an annotated field."""
    if isinstance(node, Function):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return [argument.arg for argument in every]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []
