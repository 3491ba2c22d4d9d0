"""``gatelodge apis``: what it prints, and with which exit code it ends."""

import json

import pytest

from tests.cli.installing import WEATHER, Commands, write


def publish(commands: Commands, *more: str) -> str:
    """Publish the Weather API and return what was printed."""
    name = write("openapi.yaml", WEATHER)
    arguments = ("--context", "/weather", "--upstream", "http://127.0.0.1:9000", *more)
    result = commands.run("apis", "publish", name, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_api_is_published_and_shown(commands: Commands) -> None:
    """The address is printed; list and show tell what was given."""
    said = publish(commands, "--plan", "Bronze", "--plan", "Gold")
    assert said == "Published Weather v1 at http://localhost:8080/t/default/weather/v1\n"
    listed = commands.run("apis", "list").stdout
    assert "Weather" in listed
    assert "v1 (default)" in listed
    assert "Bronze, Gold" in listed
    shown = commands.run("apis", "show", "weather").stdout
    assert "upstream          http://127.0.0.1:9000" in shown
    assert "/towns/{town}" in shown
    (one,) = commands.json("apis", "list")
    assert one["address"] == "http://localhost:8080/t/default/weather/v1"
    assert commands.json("apis", "show", "/weather/v1") == one


def test_publishing_again_updates(commands: Commands) -> None:
    """The second run says so and keeps what it was not given."""
    publish(commands)
    name = write("openapi.yaml", WEATHER.replace("/towns/", "/cities/"))
    sandbox = ("--sandbox-upstream", "http://127.0.0.1:9001")
    again = commands.run("apis", "publish", name, "--context", "/weather", *sandbox)
    assert again.stdout.startswith("Updated Weather v1")
    shown = commands.json("apis", "show", "weather")["api"]
    assert shown["production_upstream"] == "http://127.0.0.1:9000"
    assert shown["sandbox_upstream"] == "http://127.0.0.1:9001"
    assert [each["path"] for each in shown["operations"]] == ["/cities/{town}"]


def test_an_api_is_deprecated_then_retired(commands: Commands) -> None:
    """In this order only; the state is said each time."""
    publish(commands)
    early = commands.run("apis", "retire", "weather")
    assert (early.exit_code, early.stdout) == (1, "")
    assert "Only a deprecated version can be retired" in early.stderr
    assert commands.run("apis", "deprecate", "weather").stdout == "Weather v1 is deprecated.\n"
    assert commands.json("apis", "retire", "weather")["api"]["state"] == "retired"


def test_a_reference_must_mean_one_version(commands: Commands) -> None:
    """With two versions the version has to be said; an unknown API is exit code 1."""
    publish(commands)
    publish(commands, "--api-version", "v2", "--default")
    several = commands.run("apis", "deprecate", "weather")
    assert several.exit_code == 1
    assert "/weather/v1, /weather/v2" in several.stderr
    assert commands.run("apis", "deprecate", "weather/v1").exit_code == 0
    unknown = commands.run("apis", "show", "tides")
    assert (unknown.exit_code, unknown.stderr) == (1, "There is no such API.\n")


def test_every_problem_is_printed(commands: Commands) -> None:
    """A bad document and bad options list all that is wrong; exit code 2; nothing is stored."""
    broken = write("broken.yaml", WEATHER.replace("{town}:", "{town:").replace(", version: v1", ""))
    result = commands.run("apis", "publish", broken, "--context", "/weather")
    assert result.exit_code == 2
    assert "info.version: is missing." in result.stderr
    assert "paths./towns/{town: a brace is left open" in result.stderr
    good = write("openapi.yaml", WEATHER)
    options = ("--context", "/we ather", "--upstream", "ftp://x", "--plan", "Free")
    result = commands.run("apis", "publish", good, *options)
    assert result.exit_code == 2
    for said in ("The context must be", "An upstream must start", "There is no plan Free"):
        assert said in result.stderr
    as_json = commands.run("apis", "publish", good, *options, "--json")
    assert as_json.exit_code == 2
    assert len(json.loads(as_json.stdout)["problems"]) == 3
    assert commands.json("apis", "list") == []


def test_an_empty_list_says_what_to_do(commands: Commands) -> None:
    """Where nothing is offered, the next command is named."""
    assert "gatelodge apis publish --help" in commands.run("apis", "list").stdout


@pytest.mark.parametrize("arguments", [("apis", "publish", "none.yaml"), ("apis", "show")])
def test_bad_usage(commands: Commands, arguments: tuple[str, ...]) -> None:
    """A missing file or argument is exit code 2."""
    assert commands.run(*arguments).exit_code == 2


def test_a_bad_configuration_is_named(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting that is wrong is printed, exit code 2."""
    monkeypatch.setenv("GATELODGE_TENANT", "No Such Tenant")
    result = commands.run("apis", "list")
    assert result.exit_code == 2
    assert "tenant: must be lower-case letters" in result.stderr
