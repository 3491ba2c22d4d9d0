"""Budgets of size and of coupling; a file that outgrows them has a second reason to be opened."""

import ast
import fnmatch
import statistics

from tests.house.sources import (
    ROOT,
    Module,
    body_lines,
    listed,
    own_imports,
    product_modules,
    python_modules,
)

FILE_LINES = 400
FILE_MEDIAN = 140
BODY_LINES = 40
BODY_NINETY_PERCENT = 25
OWN_IMPORTS = 6
HUB_OWN_IMPORTS = 12
ROOT_OWN_IMPORTS = 16

# Where the spokes meet: these read as recipes and name many parts. An operation joins a rule,
# its records, the store and the activity log; the store's joins are its engine, its caches
# and its lists: the schema's files, and what expires.
HUBS = (
    "src/gatelodge/authserver/*.py",
    "src/gatelodge/cli/*.py",
    "src/gatelodge/demo/seed.py",
    "src/gatelodge/gateway/gate.py",
    "src/gatelodge/jobs.py",
    "src/gatelodge/mail/*.py",
    "src/gatelodge/management/*.py",
    "src/gatelodge/operations/*.py",
    "src/gatelodge/portal/*.py",
    "src/gatelodge/provisioning/*.py",
    "src/gatelodge/recovery/*.py",
    "src/gatelodge/storage/engine.py",
    "src/gatelodge/storage/expired.py",
    "src/gatelodge/storage/live.py",
    "src/gatelodge/storage/loading.py",
    "src/gatelodge/storage/migrate.py",
    "src/gatelodge/two_step/*.py",
    "sdk/src/gatelodge_client/cli/*.py",
    "sdk/src/gatelodge_client/session.py",
)

# Composition: what exists only to name every part once.
ROOTS = (
    "src/gatelodge/app/*.py",
    "src/gatelodge/cli/main.py",
    "src/gatelodge/portal/site.py",
    "sdk/src/gatelodge_client/__init__.py",
    "sdk/src/gatelodge_client/client.py",
)

# The words everybody shares, not parts one depends on: exceptions, a connection's type, the time.
VOCABULARY = (
    "gatelodge.*.errors",
    "gatelodge.storage.connections",
    "gatelodge.web.clock",
    "gatelodge_client.errors",
    "gatelodge_client.flow",
)


def test_no_file_is_longer_than_400_lines() -> None:
    """Every Python file, tests and scripts included, stays within 400 lines."""
    long = [f"{module.name}: {module.lines}" for module in python_modules()]
    over = [entry for entry in long if int(entry.rsplit(" ", 1)[1]) > FILE_LINES]
    assert not over, listed(over)


def test_the_median_file_is_short() -> None:
    """Half of the product's files are at most 140 lines long."""
    lines = [module.lines for module in product_modules() if module.lines]
    assert statistics.median(lines) <= FILE_MEDIAN


def test_function_bodies_are_short() -> None:
    """No function outside the tests has a body over 40 lines, docstring not counted."""
    code = [module for module in python_modules() if not module.name.startswith("tests/")]
    over = [
        f"{module.name}:{function.lineno} {function.name}: {body_lines(function)}"
        for module in code
        for function in module.functions()
        if body_lines(function) > BODY_LINES
    ]
    assert not over, listed(over)


def test_nine_of_ten_function_bodies_fit_in_25_lines() -> None:
    """The ninetieth percentile of the product's function bodies is at most 25 lines."""
    bodies = [
        body_lines(function) for module in product_modules() for function in module.functions()
    ]
    assert statistics.quantiles(bodies, n=10)[-1] <= BODY_NINETY_PERCENT


def test_functions_import_nothing_of_our_own() -> None:
    """Own modules are imported at the top: an import inside a function hides a dependency."""
    hidden = [
        f"{module.name}:{function.lineno} {function.name}: {sorted(own_imports(function))}"
        for module in product_modules()
        for function in module.functions()
        if own_imports(function)
    ]
    assert not hidden, listed(hidden)


def test_modules_import_few_of_our_own() -> None:
    """A module imports at most 6 modules of the product, a hub 12, the composition 16."""
    over = [
        f"{module.name}: {len(names)} of {_allowed(module)}: {', '.join(sorted(names))}"
        for module in product_modules()
        if len(names := _parts(module)) > _allowed(module)
    ]
    assert not over, listed(over)


def _parts(module: Module) -> set[str]:
    """Return the modules of the product this one builds on, the shared words left out."""
    names = own_imports(module.tree)
    return {
        name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in VOCABULARY)
    }


def _allowed(module: Module) -> int:
    if any(fnmatch.fnmatch(module.name, pattern) for pattern in ROOTS):
        return ROOT_OWN_IMPORTS
    is_hub = any(fnmatch.fnmatch(module.name, pattern) for pattern in HUBS)
    return HUB_OWN_IMPORTS if is_hub else OWN_IMPORTS


def test_packages_say_what_they_own() -> None:
    """Every package of the product opens with a paragraph about what it owns."""
    silent = [
        module.name
        for module in product_modules()
        if module.path.name == "__init__.py" and len(ast.get_docstring(module.tree) or "") < 80
    ]
    assert not silent, listed(silent)


def test_pure_code_has_tests_of_its_own() -> None:
    """What `make test` measures for full coverage is there to be measured, by tests of its name."""
    packages = [f"tests/{name}" for name in ("oauth", "catalog", "identity", "directory")]
    pure = [f"tests/gateway/test_{name}.py" for name in ("routing", "access", "limits", "headers")]
    missing = [name for name in (*packages, *pure) if not (ROOT / name).exists()]
    assert not missing, listed(missing)
