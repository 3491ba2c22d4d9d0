"""A developer's commands: applications, keys, subscriptions, the API directory; the quickstart."""

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.signing_in import PASSWORD, USER
from tests.interop.peers import walk
from tests.lodge.terminal import PROGRAM, Ended, Person
from tests.portal import browsing
from tests.serving import Server

PAGE = "/account/access-tokens"


@pytest.fixture(scope="session")
def personal_token(demo: Server) -> str:
    """A personal access token that may do everything."""
    return asyncio.run(browsing.personal_token(demo.base_url))


@pytest.fixture(scope="session")
def developer(
    demo: Server, personal_token: str, tmp_path_factory: pytest.TempPathFactory
) -> Person:
    """Somebody with a personal access token and no application."""
    person = Person(tmp_path_factory.mktemp("developer"))
    assert person.lodge("profile", "add", "dev", "--base-url", demo.base_url).code == 0
    kept = person.lodge("login", "--developer", "--password-stdin", stdin=f"{personal_token}\n")
    assert kept.code == 0, kept.err
    assert personal_token not in kept.err + kept.out
    return person


def told(done: Ended) -> dict[str, Any]:
    """Return the record a command printed as JSON."""
    assert done.code == 0, done.err
    record: dict[str, Any] = json.loads(done.out)
    return record


def test_without_a_personal_access_token(stranger: Person, demo: Server) -> None:
    """Exit code 3, and where to make one; a wrong one likewise."""
    stranger.lodge("profile", "add", "dev", "--base-url", demo.base_url)
    done = stranger.lodge("apps", "list")
    assert (done.code, done.out) == (3, "")
    assert f"{demo.base_url}{PAGE}" in done.err
    wrong = stranger.lodge("apps", "list", LODGE_PERSONAL_ACCESS_TOKEN="glpt_not_this")
    assert wrong.code == 3
    assert f"{demo.base_url}{PAGE}" in wrong.err
    assert "glpt_not_this" not in wrong.err


def test_without_the_scope(stranger: Person, demo: Server) -> None:
    """Exit code 4, and where scopes are chosen; the variable needs no storage."""
    stranger.lodge("profile", "add", "dev", "--base-url", demo.base_url)
    held = asyncio.run(browsing.personal_token(demo.base_url, "applications:read"))
    given = {"LODGE_PERSONAL_ACCESS_TOKEN": held}
    assert stranger.lodge("apps", "list", **given).code == 0
    refused = stranger.lodge("apps", "create", "Lodge Scope", **given)
    assert refused.code == 4
    assert PAGE in refused.err
    assert "from LODGE_PERSONAL_ACCESS_TOKEN" in stranger.lodge("status", **given).out


def test_an_application(developer: Person) -> None:
    """Add, find, change, delete; names in any case, nothing ended without being sure."""
    made = told(developer.lodge("apps", "create", "Lodge One", "-o", "json"))
    assert developer.lodge("apps", "create", "Lodge One").code == 1
    changed = told(
        developer.lodge("apps", "update", "lodge one", "--description", "Tried", "-o", "json")
    )
    assert (changed["id"], changed["description"]) == (made["id"], "Tried")
    assert "Lodge One" in developer.lodge("apps", "list", "--search", "lodge").out
    unsure = developer.lodge("apps", "delete", "Lodge One")
    assert unsure.code == 2
    assert "--yes" in unsure.err
    assert developer.lodge("apps", "delete", "Lodge One", "--yes").code == 0
    gone = developer.lodge("apps", "get", "Lodge One")
    assert gone.code == 5
    assert "lodge apps list" in gone.err


def test_a_wrong_field_is_named(developer: Person) -> None:
    """What the rules refuse comes field by field."""
    done = developer.lodge("apps", "create", "Lodge Quota", "--quota", "no-such-quota")
    assert (done.code, done.out) == (2, "")
    assert "  quota: " in done.err


def test_keys_and_subscriptions(developer: Person, demo: Server) -> None:
    """Keys printed once, a second secret, a test token that calls; plans; the end of each."""
    developer.lodge("apps", "create", "Lodge Two")
    grants = ("--grant-type", "client_credentials")
    made = told(developer.lodge("keys", "generate", "Lodge Two", *grants, "-o", "json"))
    assert made["consumer_key"]
    assert made["consumer_secret"]
    listed = developer.lodge("keys", "list", "Lodge Two")
    assert made["consumer_key"] in listed.out
    assert made["consumer_secret"] not in listed.out
    second = told(developer.lodge("keys", "add-secret", "Lodge Two", "-o", "json"))
    assert len(developer.lodge("keys", "secrets", "Lodge Two").out.splitlines()) == 2
    removed = developer.lodge("keys", "remove-secret", "Lodge Two", second["id"], "--yes")
    assert removed.code == 0, removed.err
    access_token = developer.lodge("keys", "test-token", "Lodge Two").out
    form = {"token": access_token.strip()}
    pair = (made["consumer_key"], made["consumer_secret"])
    answer = httpx2.post(f"{demo.base_url}/introspect", data=form, auth=pair)
    assert answer.json()["active"] is True
    subscribed = told(
        developer.lodge("subscriptions", "add", "Lodge Two", "provisioning", "-o", "json")
    )
    assert subscribed["api"] == "Provisioning"
    changed = ("change", "Lodge Two", "Provisioning", "--plan", "Unlimited")
    assert developer.lodge("subscriptions", *changed).code == 0
    assert "Provisioning\tUnlimited" in developer.lodge("subscriptions", "list", "Lodge Two").out
    removed = developer.lodge("subscriptions", "remove", "Lodge Two", "Provisioning", "--yes")
    assert removed.code == 0, removed.err
    assert developer.lodge("keys", "delete", "Lodge Two", "--yes").code == 0
    assert developer.lodge("keys", "list", "Lodge Two").out == ""


def test_a_key_changes(developer: Person) -> None:
    """Settings by name, lists by option, the rest stays; what is no setting is named."""
    developer.lodge("apps", "create", "Lodge Three")
    developer.lodge("keys", "generate", "Lodge Three")
    update = ("keys", "update", "Lodge Three")
    set_two = ("--set", "access_token_lifetime=600", "--set", "access_token_format=opaque")
    changed = told(developer.lodge(*update, *set_two, "-o", "json"))
    assert (changed["access_token_lifetime"], changed["access_token_format"]) == (600, "opaque")
    both = ("--redirect-uri", "http://127.0.0.1/a", "--redirect-uri", "http://127.0.0.1/b")
    changed = told(developer.lodge(*update, *both, "-o", "json"))
    assert changed["redirect_uris"] == ["http://127.0.0.1/a", "http://127.0.0.1/b"]
    assert changed["access_token_lifetime"] == 600
    keys = '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","use":"sig","alg":"EdDSA","x":"'
    keys += '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
    proof = ("--set", "authentication=private_key_jwt", "--set", f"jwks={keys}")
    changed = told(developer.lodge(*update, *proof, "-o", "json"))
    assert changed["authentication"] == "private_key_jwt"
    nothing = developer.lodge(*update)
    assert (nothing.code, "--set" in nothing.err) == (2, True)
    unknown = developer.lodge(*update, "--set", "colour=red")
    assert (unknown.code, "colour" in unknown.err) == (2, True)
    assert developer.lodge(*update, "--set", "colour").code == 2


def test_a_secret_ends(developer: Person) -> None:
    """A second secret with an end of its own; the first works on for the overlap only."""
    developer.lodge("apps", "create", "Lodge Four")
    developer.lodge("keys", "generate", "Lodge Four")
    ends = ("--life", "90d", "--overlap", "1h")
    added = developer.lodge("keys", "add-secret", "Lodge Four", *ends)
    assert added.code == 0, added.err
    listed = json.loads(developer.lodge("keys", "secrets", "Lodge Four", "-o", "json").out)
    assert len([one for one in listed if one["expires_at"]]) == 2


def test_the_directory(developer: Person) -> None:
    """APIs with their plans, the document behind one, and the limits."""
    assert "Provisioning" in developer.lodge("apis", "list").out
    document = json.loads(developer.lodge("apis", "openapi", "Provisioning").out)
    assert document["paths"]
    assert "Bronze" in developer.lodge("apis", "plans").out
    assert "10PerMin" in developer.lodge("apis", "quotas").out
    me = developer.lodge("request", "GET", "/api/v1/me", "--developer")
    assert json.loads(me.out)["email"] == "dev@example.com"


def test_quickstart(demo: Server, personal_token: str, tmp_path: Path) -> None:
    """One command from nothing to the first call, with a device for the sign-in."""
    person = Person(tmp_path / "home")
    with subprocess.Popen(
        [PROGRAM, "quickstart", "--base-url", demo.base_url, "--device", "--name", "Lodge-Quick"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**person.environment, "LODGE_PERSONAL_ACCESS_TOKEN": personal_token},
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        said = []
        for line in process.stderr:
            said.append(line)
            found = re.search(r"Open (\S+) and enter the code (\S+)", line)
            if found:
                fields = {"user_code": found[2], "username": USER, "password": PASSWORD}
                walk(found[1], decision="allow", **fields)
        printed = process.stdout.read()
    assert process.returncode == 0, said
    steps = ("Created the application", "Generated keys", "Subscribed to", "Signed in")
    assert [step for step in steps if not any(step in line for line in said)] == []
    assert "571700\tVonage" in printed
    assert person.lodge("whoami").code == 0
