"""Production and sandbox keys: generated, shown once, rotated, revoked, configured, deleted."""

import re

import httpx2
import pytest

from gatelodge.operations import applications as application_acts
from gatelodge.operations.actor import Act, command_line
from tests.portal.browsing import (
    KEY_FIELDS,
    add_application,
    follow,
    generate_keys,
    sign_in,
    submit,
    text_of,
)
from tests.portal.conftest import EMAIL, NOW, PASSWORD, TEST_TOKEN, Portal

SECRET = re.compile(r"glcs_[\w-]{59}")
CLIENT_CREDENTIALS = ("grant_types", "client_credentials")


@pytest.fixture
async def developer(visitor: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser with the developer signed in."""
    await sign_in(visitor, EMAIL, PASSWORD)
    return visitor


@pytest.fixture
async def application(developer: httpx2.AsyncClient) -> str:
    """The address of an application."""
    return await add_application(developer)


async def test_without_keys_the_form_has_the_defaults(
    developer: httpx2.AsyncClient, application: str
) -> None:
    """No Keys Found, with Code and Refresh Token checked and nothing else."""
    for environment in ("production", "sandbox"):
        page = await developer.get(f"{application}/keys/{environment}")
        assert "No Keys Found" in page.text
        checked = re.findall(r'name="grant_types" value="(\w+)" checked', page.text)
        assert checked == ["authorization_code", "refresh_token"]
        assert "Generate keys" in page.text


async def test_a_secret_is_shown_once(developer: httpx2.AsyncClient, application: str) -> None:
    """The page after generating shows key and secret; a reload shows the key alone."""
    page = await generate_keys(developer, application)
    (secret,) = set(SECRET.findall(page.text))
    assert page.headers["cache-control"] == "no-store"
    assert "shown this once" in text_of(page)
    assert re.search(r'id="consumer-key">\w{27}a<', page.text)
    assert page.text.count(secret) > 3, "the samples are filled with it while it is shown"
    again = await developer.get(f"{application}/keys/production")
    assert SECRET.search(again.text) is None
    assert secret[-4:] in again.text
    assert "CLIENT_SECRET" in again.text
    for path in ("", "/subscriptions", "/keys/sandbox"):
        assert SECRET.search((await developer.get(application + path)).text) is None


async def test_a_secret_waits_for_its_page(developer: httpx2.AsyncClient, application: str) -> None:
    """Another page opened in between shows the notice at most, never the secret."""
    keys = f"{application}/keys/production"
    answer = await submit(developer, keys, keys, KEY_FIELDS)
    assert answer.status_code == 303
    assert SECRET.search(answer.text + str(answer.headers)) is None
    assert SECRET.search((await developer.get("/apis")).text) is None


async def test_wrong_settings_come_back(developer: httpx2.AsyncClient, application: str) -> None:
    """Each wrong field is told, what was typed stays, and the folded part opens."""
    keys = f"{application}/keys/production"
    answer = await submit(
        developer,
        keys,
        keys,
        [
            ("act", "save"),
            ("grant_types", "authorization_code"),
            ("redirect_uris", "https://a.example/"),
            ("redirect_uris", "http://example.com/cb"),
            ("code_lifetime", "soon"),
            ("access_token_lifetime", "60"),
            ("refresh_token_lifetime", "9" * 30),
            ("access_token_format", "xml"),
        ],
    )
    assert answer.status_code == 422
    text = text_of(answer)
    assert "Plain http is only allowed for localhost" in text
    assert "Enter 30 to 600 seconds." in text
    assert "4 fields need another look." in text
    assert 'value="http://example.com/cb"' in answer.text
    assert '<details class="fold" open>' in answer.text


async def test_signatures_are_chosen(developer: httpx2.AsyncClient, application: str) -> None:
    """Access tokens and id_tokens each have four algorithms to choose from, remembered apart."""
    names = ("access_token_algorithm", "id_token_algorithm")
    await generate_keys(developer, application)
    keys = f"{application}/keys/production"
    assert chosen(await developer.get(keys), *names) == ["ES256", "RS256"]
    for wanted in (["PS256", "EdDSA"], ["EdDSA", "PS256"]):
        fields = [*KEY_FIELDS, *zip(names, wanted, strict=True)]
        await follow(developer, await submit(developer, keys, f"{keys}/settings", fields))
        assert chosen(await developer.get(keys), *names) == wanted


def chosen(page: httpx2.Response, *names: str) -> list[str]:
    """Return the value of each group of radio buttons."""
    found = [re.findall(rf'name="{name}" value="(\w+)" checked', page.text) for name in names]
    return [value for values in found for value in values]


async def test_callback_lines_need_no_script(
    developer: httpx2.AsyncClient, application: str
) -> None:
    """The buttons that add and remove a line work as forms, and keep what was typed."""
    keys = f"{application}/keys/production"
    typed = [("redirect_uris", "https://a.example/"), ("redirect_uris", "https://b.example/")]
    more = await submit(developer, keys, keys, [*typed, ("act", "add-callback")])
    assert more.status_code == 200
    assert more.text.count('name="redirect_uris"') == 3
    less = await submit(developer, keys, keys, [*typed, ("act", "remove-callback-0")])
    assert 'value="https://b.example/"' in less.text
    assert 'value="https://a.example/"' not in less.text
    none = await submit(developer, keys, keys, [typed[0], ("act", "remove-callback-0")])
    assert none.text.count('name="redirect_uris"') == 1


async def test_twenty_callback_urls_fit(developer: httpx2.AsyncClient, application: str) -> None:
    """20 callback URLs are stored and shown."""
    more = [("redirect_uris", f"https://app{n}.example/a/rather/long/path") for n in range(19)]
    page = await generate_keys(developer, application, *more)
    assert page.text.count('name="redirect_uris"') == 20


async def test_samples_follow_the_settings(developer: httpx2.AsyncClient, application: str) -> None:
    """Only grant types that are on have samples; PKCE is in them when it is required."""
    page = await generate_keys(developer, application)
    assert "code_challenge_method=S256" in text_of(page)
    assert "code_verifier" in text_of(page)
    assert "grant_type=password" not in text_of(page)
    assert "curl -k" not in text_of(page)
    keys = f"{application}/keys/production"
    fields = [
        ("act", "save"),
        ("grant_types", "password"),
        ("code_lifetime", "60"),
        ("access_token_lifetime", "600"),
        ("refresh_token_lifetime", "3600"),
    ]
    changed = await follow(developer, await submit(developer, keys, f"{keys}/settings", fields))
    assert "The key configuration was saved." in text_of(changed)
    assert "grant_type=password" in text_of(changed)
    assert "Endpoint Examples" not in text_of(changed)
    assert "code_challenge" not in text_of(changed)


async def test_settings_can_be_wrong_later_too(
    developer: httpx2.AsyncClient, application: str
) -> None:
    """Changing settings passes the same rules, and its callback buttons work alike."""
    await generate_keys(developer, application)
    keys = f"{application}/keys/production"
    wrong = await submit(developer, keys, f"{keys}/settings", [("act", "save")])
    assert wrong.status_code == 422
    assert "Choose at least one of Code" in text_of(wrong)
    more = await submit(developer, keys, f"{keys}/settings", [("act", "add-callback")])
    assert more.status_code == 200


async def test_keys_are_generated_once(developer: httpx2.AsyncClient, application: str) -> None:
    """Sending the form a second time (a reload) says so and shows no secret."""
    await generate_keys(developer, application)
    keys = f"{application}/keys/production"
    again = await submit(developer, keys, keys, KEY_FIELDS)
    assert again.status_code == 409
    assert "There are production keys already." in text_of(again)
    assert SECRET.search(again.text) is None


async def test_secrets_overlap(developer: httpx2.AsyncClient, application: str) -> None:
    """A second secret is shown once beside the old one; a sixth needs one to go first."""
    await generate_keys(developer, application)
    keys = f"{application}/keys/production"
    answer = await submit(developer, keys, f"{keys}/secrets", [("overlap", "24h")])
    page = await follow(developer, answer)
    assert len(set(SECRET.findall(page.text))) == 1
    assert "in 24 hours" in text_of(page) or "in 1 day" in text_of(page)
    for _ in range(3):
        await submit(developer, keys, f"{keys}/secrets", [("overlap", "24h")])
    refused = await submit(developer, keys, f"{keys}/secrets", [("overlap", "24h")])
    assert refused.status_code == 409
    assert "5 secrets are live already" in text_of(refused)
    unknown = await submit(developer, keys, f"{keys}/secrets", [("overlap", "never")])
    assert unknown.status_code == 422
    (first, *others, second) = re.findall(r'name="secret" value="(\d+)"', refused.text)
    for other in others:
        await submit(developer, keys, f"{keys}/secrets/revoke", [("secret", other)])
    done = await submit(developer, keys, f"{keys}/secrets/revoke", [("secret", second)])
    assert "The consumer secret was revoked." in text_of(await follow(developer, done))
    last = await submit(developer, keys, f"{keys}/secrets/revoke", [("secret", first)])
    assert last.status_code == 409
    assert "only live secret" in text_of(last)
    gone = await submit(developer, keys, f"{keys}/secrets/revoke", [("secret", "x")])
    assert gone.status_code == 404


async def test_a_secret_with_a_name_and_an_end(
    developer: httpx2.AsyncClient, application: str
) -> None:
    """The table names a secret and says when it ends and was used; a near end is warned about."""
    await generate_keys(developer, application)
    keys = f"{application}/keys/production"
    fields = [("overlap", "keep"), ("life", "90d"), ("secret_name", "Nightly <job>")]
    page = await follow(developer, await submit(developer, keys, f"{keys}/secrets", fields))
    shown = text_of(page)
    assert "Nightly <job>" in shown
    assert shown.count("Not yet") == 2
    assert "stops working" not in shown.partition("Consumer Secret Created")[0]
    await submit(developer, keys, f"{keys}/secrets", [("overlap", "7d"), ("life", "never")])
    warned = text_of(await developer.get(keys))
    assert warned.count("Switch to another one before that.") == 2
    wrong = [("life", "2y"), ("secret_name", "n" * 61)]
    refused = await submit(developer, keys, f"{keys}/secrets", wrong)
    assert refused.status_code == 422
    assert "Choose how long the secret works." in text_of(refused)
    assert f'value="{"n" * 61}"' in refused.text


async def test_keys_that_sign(developer: httpx2.AsyncClient, application: str) -> None:
    """Keys with private_key_jwt have no secret; their samples sign, and may go back to secrets."""
    uri = "https://app.example/jwks.json"
    signing = (("authentication", "private_key_jwt"), ("jwks_uri", uri))
    grants = (("grant_types", "client_credentials"),)
    page = await generate_keys(developer, application, *signing, *grants)
    assert SECRET.search(page.text) is None
    shown = text_of(page)
    assert "These keys have no secret" in shown
    assert uri in shown
    assert "Generate another secret" not in shown
    assert "Sign a client assertion" in shown
    assert "client_assertion=$CLIENT_ASSERTION" in shown
    keys = f"{application}/keys/production"
    assert (await submit(developer, keys, f"{keys}/secrets", [])).status_code == 409
    back = await submit(developer, keys, f"{keys}/settings", KEY_FIELDS)
    shown = text_of(await follow(developer, back))
    assert "There is no live secret." in shown
    assert "Generate another secret" in shown


async def test_how_long_a_sign_in_lasts(developer: httpx2.AsyncClient, application: str) -> None:
    """The end of every sign-in is a setting of its own, with bounds."""
    page = await generate_keys(developer, application, ("sign_in_lifetime", "86400"))
    assert re.search(r'name="sign_in_lifetime"[^>]* value="86400"', page.text)
    settings = f"{application}/keys/production/settings"
    for wrong in ("3599", "31536001", "x"):
        fields = [*KEY_FIELDS, ("sign_in_lifetime", wrong)]
        answer = await submit(developer, settings.removesuffix("/settings"), settings, fields)
        assert answer.status_code == 422


async def test_a_public_client_has_no_secret(
    developer: httpx2.AsyncClient, application: str
) -> None:
    """Public keys show no secret, and their samples authenticate with the key alone."""
    page = await generate_keys(developer, application, ("type", "public"))
    assert SECRET.search(page.text) is None
    assert "A public client has no secret" in text_of(page)
    assert "client_id=" in text_of(page)
    assert "CLIENT_SECRET" not in page.text


async def test_keys_are_deleted(developer: httpx2.AsyncClient, application: str) -> None:
    """After deleting, the form to generate keys is back."""
    await generate_keys(developer, application)
    keys = f"{application}/keys/production"
    page = await follow(developer, await submit(developer, keys, f"{keys}/delete"))
    assert "The production keys were deleted." in text_of(page)
    assert "No Keys Found" in text_of(page)


async def test_a_test_token_is_shown_once(developer: httpx2.AsyncClient, application: str) -> None:
    """The token is shown with its claims, and never again."""
    await generate_keys(developer, application, CLIENT_CREDENTIALS)
    keys = f"{application}/keys/production"
    page = await follow(developer, await submit(developer, keys, f"{keys}/test-token"))
    assert TEST_TOKEN in page.text
    assert "Decoded claims" in page.text
    assert '"abc"' in text_of(page)
    assert TEST_TOKEN not in (await developer.get(keys)).text
    assert "Production test token issued" in text_of(await developer.get(application))


async def test_test_tokens_need_client_credentials(
    developer: httpx2.AsyncClient, application: str, portal: Portal
) -> None:
    """Without that grant type, without keys, or for a blocked application there is none."""
    keys = f"{application}/keys/production"
    missing = await submit(developer, keys, f"{keys}/test-token")
    assert missing.status_code == 404
    page = await generate_keys(developer, application)
    assert "which is off for these keys" in text_of(page)
    refused = await submit(developer, keys, f"{keys}/test-token")
    assert refused.status_code == 409
    sandbox = f"{application}/keys/sandbox"
    await submit(developer, sandbox, sandbox, [*KEY_FIELDS, CLIENT_CREDENTIALS])
    act = Act(actor=command_line("root"), now=NOW, ids=portal.store.ids)
    await portal.store.write(application_acts.block, act, int(application.rpartition("/")[2]))
    blocked = await submit(developer, sandbox, f"{sandbox}/test-token")
    assert blocked.status_code == 409
    assert "This application is blocked." in text_of(await developer.get(sandbox))
