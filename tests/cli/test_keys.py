"""``gatelodge keys``: listed, rotated, revoked."""

from tests.cli.installing import Commands


def states(commands: Commands) -> dict[str, str]:
    """Return each ES256 key's state by kid."""
    return {
        key["kid"]: key["state"]
        for key in commands.json("keys", "list")
        if key["algorithm"] == "ES256"
    }


def test_keys_are_rotated(commands: Commands) -> None:
    """A coming key is announced, with --now it signs; the list shows both."""
    assert "first start makes them" in commands.run("keys", "list").stdout
    assert commands.run("keys", "rotate").exit_code == 0
    (first,) = states(commands)
    commands.json("keys", "rotate", "--algorithm", "ES256")
    announced = states(commands)
    assert sorted(announced.values()) == ["active", "coming"]
    commands.json("keys", "rotate", "--now", "--algorithm", "ES256")
    after = states(commands)
    assert after.keys() == announced.keys()
    assert after[first] == "retiring"
    listed = commands.run("keys", "list").stdout
    assert first in listed
    assert "retiring" in listed
    assert len([key for key in commands.json("keys", "list") if key["algorithm"] == "RS256"]) == 1


def test_a_key_is_revoked(commands: Commands) -> None:
    """It is gone, another one signs; an unknown one is exit code 1, a wrong algorithm 2."""
    commands.json("keys", "rotate")
    (first,) = states(commands)
    result = commands.run("keys", "revoke", first)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Revoked {first}.")
    left = states(commands)
    assert first not in left
    assert list(left.values()) == ["active"]
    unknown = commands.run("keys", "revoke", first)
    assert (unknown.exit_code, unknown.stderr) == (1, "There is no such signing key.\n")
    assert commands.run("keys", "rotate", "--algorithm", "none").exit_code == 2
