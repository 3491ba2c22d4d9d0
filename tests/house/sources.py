"""The tree as the house tests see it: tracked files, parsed modules, functions and their sizes."""

import ast
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The two distributions: each package by its name, in the directory that holds it.
PACKAGES = {"gatelodge": ROOT / "src", "gatelodge_client": ROOT / "sdk" / "src"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A parsed Python file; `name` is its path from the root, as people write it."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the root."""
        return str(self.path.relative_to(ROOT))

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        """Yield every function and method, nested ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@cache
def tracked() -> tuple[Path, ...]:
    """Return all files git tracks or would track, without what it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is wherever the machine has it
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def python_modules() -> tuple[Module, ...]:
    """Return every Python file of the repository, parsed."""
    paths = (path for path in tracked() if path.suffix == ".py")
    return tuple(_parse(path) for path in paths)


def product_modules(*packages: str) -> list[Module]:
    """Return the modules of the product itself: of these packages, or of both."""
    places = [PACKAGES[name] / name for name in packages or PACKAGES]
    return [
        module
        for module in python_modules()
        if any(module.path.is_relative_to(place) for place in places)
    ]


def _parse(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path=path, text=text, tree=ast.parse(text, str(path)))


def body_lines(function: Function) -> int:
    """Return the lines of a function's body, its docstring not counted."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def own_imports(tree: ast.AST) -> set[str]:
    """Return the modules of the product that the code imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if _is_own(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module and _is_own(node.module):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if _is_module(inner) else node.module)
    return found


def _is_own(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in PACKAGES


def _is_module(name: str) -> bool:
    place = PACKAGES[name.split(".", maxsplit=1)[0]] / Path(*name.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def listed(findings: Sequence[object]) -> str:
    """Return the findings one a line, as an assertion's message."""
    return "\n" + "\n".join(str(finding) for finding in findings)
