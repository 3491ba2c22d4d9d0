"""docs/guarantees.md and the tests it names do not part."""

import re

from tests.house.sources import ROOT, listed, python_modules

PAGE = ROOT / "docs" / "guarantees.md"
CHAOS = "tests/chaos/"
NAME = re.compile(r"`(test_\w+)`")
ELSEWHERE = re.compile(r"`(tests/[\w/]+)`: `(test_\w+)`")


def _tests(directory: str) -> set[str]:
    modules = [module for module in python_modules() if module.name.startswith(directory)]
    names = {function.name for module in modules for function in module.functions()}
    return {name for name in names if name.startswith("test_")}


def test_every_test_of_a_promise_exists() -> None:
    """A test that the page names is in the directory it names, tests/chaos where it names none."""
    text = PAGE.read_text(encoding="utf-8")
    elsewhere = ELSEWHERE.findall(text)
    here = set(NAME.findall(text)) - {name for _, name in elsewhere}
    wanted = [*elsewhere, *((CHAOS, name) for name in here)]
    missing = [f"{place} {name}" for place, name in wanted if name not in _tests(place)]
    assert not missing, listed(missing)


def test_every_test_of_a_fault_stands_for_a_promise() -> None:
    """The page names every test of tests/chaos."""
    named = set(NAME.findall(PAGE.read_text(encoding="utf-8")))
    silent = sorted(_tests(CHAOS) - named)
    assert not silent, listed(silent)
