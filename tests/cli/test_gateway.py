"""``gatelodge gateway config``: what a proxy in front is given."""

import pytest

from tests.cli.installing import WEATHER, Commands, write


@pytest.mark.parametrize("proxy", ["nginx", "envoy", "traefik", "caddy"])
def test_a_configuration_for_each_proxy(
    commands: Commands, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the published API and nothing on standard output but the file."""
    monkeypatch.setenv("GATELODGE_BASE_URL", "https://api.example.com")
    monkeypatch.setenv("GATELODGE_TRUSTED_PROXIES", "127.0.0.1")
    at = ("--context", "/weather", "--upstream", "http://127.0.0.1:9000/base")
    name = write("openapi.yaml", WEATHER)
    assert commands.run("apis", "publish", name, *at).exit_code == 0

    made = commands.run("gateway", "config", "--for", proxy)

    assert made.exit_code == 0
    assert made.stdout.startswith("# Made by `gatelodge gateway config")
    assert "127.0.0.1:9000" in made.stdout or "port_value: 9000" in made.stdout
    assert made.stderr == ""


def test_what_would_not_work_is_said_beside_it(commands: Commands) -> None:
    """Nobody would be answered, and two programs would want one port."""
    made = commands.run("gateway", "config", "--for", "nginx")

    assert made.exit_code == 0
    assert "trusted_proxies" in made.stderr
    assert "the proxy needs another" in made.stderr
    assert "auth_request" not in made.stdout


def test_another_proxy_is_refused(commands: Commands) -> None:
    """The message names those there are."""
    made = commands.run("gateway", "config", "--for", "apache")

    assert made.exit_code == 2
    assert "'caddy'" in made.stderr
